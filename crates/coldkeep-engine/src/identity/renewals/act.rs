//! The steps of a renewal, done one by one, and taking them back.

use super::{gives_tokens, needs_somebody};
use crate::{
    identity::IdentityWing,
    identity::onboard::{Fresh, der_of, prove_tokens, registered},
};
use coldkeep_azure::{
    Azure, Error, Person,
    graph::{Graph, NewKey},
};
use coldkeep_core::{
    Problem, SecretOwner, Timestamp, ValidityPeriod,
    certificate::Certificate,
    id::CertificateId,
    renewal::{self, Phase, Renewal, RenewalMethod, check_own_right},
    service_account::{Credential, MadeObject, ServiceAccount},
    sharing::{self, NeededBy},
};

/// The name of a secret that Entra creates: no other secret of the application has it.
pub(super) fn secret_name(account: &ServiceAccount, now: Timestamp) -> String {
    format!(
        "coldkeep {} {}",
        account.id,
        now.strftime("%Y-%m-%d %H:%M:%S%.6f")
    )
}

/// What an account's renewal is done with.
pub(super) struct RenewalExecutor<'a> {
    pub(super) identity: &'a IdentityWing,
    pub(super) azure: Azure,
    pub(super) account: &'a mut ServiceAccount,
    pub(super) person: Option<&'a Person>,
}

impl RenewalExecutor<'_> {
    async fn save(&self) -> Result<(), Problem> {
        self.identity.save_account(self.account).await
    }

    fn renewal(&mut self) -> Result<&mut Renewal, Problem> {
        let none = || Problem::internal("The renewal to resume does not exist");
        self.account.upkeep.renewal.as_mut().ok_or_else(none)
    }

    fn object_id(&self) -> Result<String, Problem> {
        let none = || Problem::internal("The application's object id is not known");
        self.account.application_object_id.clone().ok_or_else(none)
    }

    fn graph_of_person(&self) -> Result<Graph, Problem> {
        let person = self.person.ok_or_else(|| needs_somebody(self.account))?;
        Ok(Graph::new(&self.azure, person.tokens.clone()))
    }

    /// Registers the new credential beside the old. A refusal that will not pass takes everything back: the old one
    /// stays, and nothing is left of the new one.
    pub(super) async fn register(&mut self, fresh: bool) -> Result<(), Problem> {
        let renewal = self.renewal()?.clone();
        let outcome = match &renewal.credential {
            Credential::Certificate { certificate_id, .. } => {
                self.register_certificate(&renewal, *certificate_id, fresh).await
            }
            Credential::Secret { .. } => self.register_secret(&renewal).await,
        };
        match outcome {
            Ok(()) => {
                self.renewal()?.phase = Phase::Registered;
                self.save().await
            }
            Err(RegistrationRefusal::ForGood(problem)) => {
                self.forget_new().await?;
                Err(problem.also("Nothing was changed: the old credential stays in use."))
            }
            Err(RegistrationRefusal::ForNow(problem)) => Err(problem),
        }
    }

    async fn register_certificate(
        &mut self,
        renewal: &Renewal,
        id: CertificateId,
        fresh: bool,
    ) -> Result<(), RegistrationRefusal> {
        let certificate = self.certificate(id).await?;
        let der = der_of(&certificate).unwrap_or_default();
        let object_id = self.object_id()?;
        let key = NewKey {
            der: &der,
            name: &certificate.issued_to,
            start: certificate.not_before,
            end: certificate.not_after,
        };
        let made = if renewal.way == RenewalMethod::OwnRight {
            let binding = self.identity.ground.service_account_binding(self.account).await?;
            let new = self
                .identity
                .ground
                .token_source_of(self.account, &renewal.credential, &binding, Default::default())
                .await?;
            if !fresh && gives_tokens(&self.azure, &new).await {
                // An earlier try came that far; an application cannot look its own keys up.
                return Ok(());
            }
            let signer = self.signer().await?;
            self.identity
                .graph_of_app(self.account)
                .await?
                .add_key(&object_id, &key, &signer)
                .await
        } else {
            let graph = self.graph_of_person()?;
            // The new one is among those written down, and not there yet.
            let mut expected = registered(self.account);
            expected.retain(|id| Some(id) != renewal.key_id.as_ref());
            let there = graph.look_for_key_credentials(&object_id, &expected).await;
            let there = there.map_err(|e| e.problem("The application's certificates cannot be read"))?;
            let with = |der: &[u8]| there.iter().find(|k| k.der.as_deref() == Some(der));
            let own = self.valid_own_der().await?;
            match with(&der) {
                Some(found) => {
                    if fresh && Some(&found.key_id) != renewal.key_id.as_ref() {
                        self.leave_to_its_maker(renewal);
                    }
                    Ok(found.key_id.clone())
                }
                // With a valid key, a proof adds only this certificate; a write of the whole list could lose another client's.
                None if own.is_some_and(|own| with(&own).is_some()) => {
                    graph.add_key(&object_id, &key, &self.signer().await?).await
                }
                None => graph
                    .ensure_key_credential(&object_id, &key)
                    .await
                    .map(|(id, _)| id),
            }
        };
        let got = made.map_err(|e| refused(&e, "The new certificate could not be registered"))?;
        self.learn_key(renewal, got)?;
        Ok(())
    }

    /// It was registered before this began, and not by Coldkeep: Coldkeep does not remove it.
    fn leave_to_its_maker(&mut self, renewal: &Renewal) {
        self.account.objects.retain(|o| match o {
            MadeObject::KeyCredential { key_id } => Some(key_id) != renewal.key_id.as_ref(),
            _ => true,
        });
    }

    /// The service may have given another id than the one asked for.
    fn learn_key(&mut self, renewal: &Renewal, got: String) -> Result<(), Problem> {
        for object in &mut self.account.objects {
            if let MadeObject::KeyCredential { key_id } = object
                && Some(&*key_id) == renewal.key_id.as_ref()
            {
                *key_id = got.clone();
            }
        }
        self.renewal()?.key_id = Some(got);
        Ok(())
    }

    async fn register_secret(&mut self, renewal: &Renewal) -> Result<(), RegistrationRefusal> {
        let graph = self.graph_of_person()?;
        let object_id = self.object_id()?;
        let name = secret_name(self.account, renewal.started_at);
        let validity = ValidityPeriod {
            start: renewal.started_at,
            end: renewal.credential.expires_at().unwrap_or(Timestamp::MAX),
        };
        let made = graph
            .make_secret(&object_id, &name, validity)
            .await
            .map_err(|e| refused(&e, "No new secret could be created"))?;
        let binding = self.identity.ground.next_secret_binding(self.account).await?;
        self.identity
            .ground
            .save_sealed(&binding, Some(&made.secret_text))
            .await?;
        let renewal = self.renewal()?;
        renewal.key_id = Some(made.key_id);
        renewal.credential = Credential::Secret {
            expires_at: made.end_date_time.or(Some(validity.end)),
        };
        Ok(())
    }

    async fn certificate(&self, id: CertificateId) -> Result<Certificate, Problem> {
        self.identity.show_certificate(&id.0.to_string()).await
    }

    /// The certificate in use, where its key could still prove itself.
    async fn valid_own_der(&self) -> Result<Option<Vec<u8>>, Problem> {
        let now = self.identity.ground.config.clock.now();
        match self.account.credential {
            Credential::Certificate { certificate_id, .. } if check_own_right(self.account, now).is_ok() => {
                Ok(der_of(&self.certificate(certificate_id).await?))
            }
            _ => Ok(None),
        }
    }

    /// The key of the credential in use.
    async fn signer(&self) -> Result<std::sync::Arc<dyn coldkeep_core::signer::AssertionSigner>, Problem> {
        self.identity.own_signer(self.account).await
    }

    /// Tokens with the new credential, several in a row. One that was registered outside Coldkeep is retried for some seconds,
    /// and leaves nothing behind if it is wrong.
    pub(super) async fn prove(&mut self) -> Result<(), Problem> {
        let renewal = self.renewal()?.clone();
        let binding = match renewal.credential {
            Credential::Secret { .. } => self.identity.ground.next_secret_binding(self.account).await?,
            Credential::Certificate { .. } => {
                self.identity.ground.service_account_binding(self.account).await?
            }
        };
        let source = self
            .identity
            .ground
            .token_source_of(self.account, &renewal.credential, &binding, Default::default())
            .await?;
        let fresh = if renewal.way == RenewalMethod::Registered {
            Fresh::Perhaps
        } else {
            Fresh::Yes
        };
        match prove_tokens(&self.azure, &source, fresh).await {
            Ok(proofs) => self.account.proofs = proofs,
            Err(problem) => {
                if renewal.way == RenewalMethod::Registered {
                    self.forget_new().await?;
                }
                return Err(problem.also("The old credential stays in use."));
            }
        }
        self.renewal()?.phase = Phase::Proven;
        self.save().await
    }

    /// From here on the new credential is the one in use.
    pub(super) async fn switch(&mut self) -> Result<(), Problem> {
        let renewal = self.renewal()?.clone();
        let old_key = self.old_key(&renewal).await?;
        if matches!(renewal.credential, Credential::Secret { .. }) {
            // Both are valid: switching twice does no harm.
            let next = self.identity.ground.next_secret_binding(self.account).await?;
            let next = self.identity.ground.load_sealed(&next).await?;
            let binding = self.identity.ground.service_account_binding(self.account).await?;
            self.identity.ground.save_sealed(&binding, Some(&next)).await?;
        }
        renewal::switch(self.account, old_key, self.identity.ground.config.clock.now());
        self.save().await?;
        self.identity
            .ground
            .store
            .delete_secret(&SecretOwner::NextSecret(self.account.id))
            .await
            .map(drop)
    }

    /// The old credential's id, where it may be removed.
    async fn old_key(&self, renewal: &Renewal) -> Result<Option<String>, Problem> {
        if let Some(id) = self.identity.own_key_id(self.account).await? {
            return Ok(Some(id));
        }
        let Credential::Certificate { certificate_id, .. } = &self.account.credential else {
            return Ok(None);
        };
        if !renewal.remove_old || self.person.is_none() {
            return Ok(None);
        }
        let der = der_of(&self.certificate(*certificate_id).await?);
        let keys = self
            .graph_of_person()?
            .fetch_key_credentials(&self.object_id()?)
            .await;
        let keys = keys.map_err(|e| e.problem("The application's certificates cannot be read"))?;
        Ok(keys
            .into_iter()
            .find(|k| k.der.is_some() && k.der == der)
            .map(|k| k.key_id))
    }

    /// Takes the new credential away from Entra, then forgets it.
    pub(super) async fn abandon(&mut self) -> Result<(), Problem> {
        let renewal = self.renewal()?.clone();
        let needed = self.needed(&renewal).await?;
        if let (Some(needed), Some(key_id)) = (&needed, &renewal.key_id) {
            let object = MadeObject::KeyCredential {
                key_id: key_id.clone(),
            };
            self.identity.hand_over(self.account, &object, needed).await?;
        }
        if renewal.way != RenewalMethod::Registered && needed.is_none() {
            self.unregister(&renewal).await.map_err(|e| {
                e.with_fix("Try again; until then the new credential is registered and unused.")
            })?;
        }
        self.forget_new().await
    }

    /// Which other accounts of the application need the new certificate, too.
    async fn needed(&self, renewal: &Renewal) -> Result<Option<NeededBy>, Problem> {
        let others = self.identity.neighbours(self.account).await?;
        let key_id = renewal.key_id.as_deref().unwrap_or_default();
        let now = self.identity.ground.config.clock.now();
        let credential = &renewal.credential;
        Ok(sharing::key_needed(
            self.account,
            credential,
            key_id,
            &others,
            now,
        ))
    }

    async fn unregister(&mut self, renewal: &Renewal) -> Result<(), Problem> {
        let failed = |e: Error| e.problem("The new credential could not be removed");
        let object_id = self.object_id()?;
        let own = check_own_right(self.account, self.identity.ground.config.clock.now()).is_ok();
        match (&renewal.credential, &renewal.key_id) {
            (Credential::Certificate { .. }, Some(key)) if self.person.is_none() && own => {
                let graph = self.identity.graph_of_app(self.account).await?;
                graph
                    .remove_key(&object_id, key, &self.signer().await?)
                    .await
                    .map_err(failed)?;
            }
            (Credential::Certificate { .. }, Some(key)) => {
                let graph = self.graph_of_person()?;
                graph
                    .remove_key_credential(&object_id, key)
                    .await
                    .map_err(failed)?;
            }
            (Credential::Secret { .. }, _) => {
                let name = secret_name(self.account, renewal.started_at);
                let graph = self.graph_of_person()?;
                graph
                    .remove_secrets_named(&object_id, &name)
                    .await
                    .map_err(failed)?;
            }
            (Credential::Certificate { .. }, None) => {}
        }
        Ok(())
    }

    /// Forgets the new credential, here alone.
    async fn forget_new(&mut self) -> Result<(), Problem> {
        let Some(renewal) = self.account.upkeep.renewal.take() else {
            return Ok(());
        };
        let secret = secret_name(self.account, renewal.started_at);
        self.account.objects.retain(|o| match o {
            MadeObject::KeyCredential { key_id } => Some(key_id) != renewal.key_id.as_ref(),
            MadeObject::Secret { name } => *name != secret,
            _ => true,
        });
        self.save().await?;
        self.identity
            .ground
            .store
            .delete_secret(&SecretOwner::NextSecret(self.account.id))
            .await?;
        if let Credential::Certificate { certificate_id, .. } = renewal.credential {
            self.identity
                .delete_made_certificate(self.account, certificate_id)
                .await?;
        }
        Ok(())
    }
}

/// Why a registration failed: whether trying the same again may help.
enum RegistrationRefusal {
    ForGood(Problem),
    ForNow(Problem),
}

impl From<Problem> for RegistrationRefusal {
    fn from(problem: Problem) -> Self {
        Self::ForNow(problem)
    }
}

fn refused(error: &Error, what: &str) -> RegistrationRefusal {
    const FOR_GOOD: [&str; 5] = [
        "CredentialInvalidLifetimeAsPerAppPolicy",
        "CredentialTypeNotAllowedAsPerAppPolicy",
        "KeyCredentialsInvalidStartDate",
        "KeyCredentialsInvalidEndDate",
        "Request_ResourceNotFound",
    ];
    let problem = error.problem(what);
    match error.code() {
        Some(code) if FOR_GOOD.contains(&code) => RegistrationRefusal::ForGood(problem),
        _ => RegistrationRefusal::ForNow(problem),
    }
}
