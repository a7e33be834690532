//! A renewal before its first step: which credential, by whose right, and everything that speaks against it.

use super::{needs_somebody, refuse_unready};
use crate::{
    identity::IdentityWing,
    identity::onboard::{CertificateChoice, check_choice, der_of, refuse_unusable, unreadable},
};
use coldkeep_api::{NewCredential, RenewServiceAccount};
use coldkeep_azure::{Person, graph::Graph, graph::key_id};
use coldkeep_core::{
    Code, Fix, Problem, SecretString, Timestamp,
    app_policy::AppPolicy,
    certificate::{Certificate, NewCertificate},
    moment::days_after,
    renewal::{Phase, Renewal, RenewalMethod, check_own_right},
    service_account::{Credential, MadeObject, ServiceAccount},
    sharing::{self, key_needed},
};

const VALID_DAYS: u32 = 365;
const KEY_BITS: u32 = 3072;
const DAY_S: i64 = 86_400;

/// What the account is to prove itself with from now on.
pub(super) enum NextCredential {
    Certificate(CertificateChoice),
    /// Entra creates one.
    NewSecret {
        valid_days: u32,
    },
    /// It was created by hand.
    GivenSecret(SecretString),
}

/// A renewal that nothing speaks against. Nothing was changed yet.
pub(super) struct Prepared {
    pub(super) next: NextCredential,
    pub(super) way: RenewalMethod,
    pub(super) person: Option<Person>,
    pub(super) object_id: Option<String>,
    pub(super) grace_days: u32,
    /// What could not be found out beforehand.
    pub(super) unknown: Vec<Fix>,
    /// Why the old credential stays, where it does.
    pub(super) old_stays: Option<String>,
}

impl IdentityWing {
    /// Checks everything; reads from Azure and changes nothing anywhere.
    pub(super) async fn prepare_renewal(
        &self,
        account: &ServiceAccount,
        request: &RenewServiceAccount,
    ) -> Result<Prepared, Problem> {
        refuse_unready(account)?;
        let person = self.person_for(account, request.sign_in_id).await?;
        let next = self.choose_next(account, request).await?;
        let mut seen = account.clone();
        if let Some(id) = &request.application_object_id {
            seen.application_object_id = Some(object_id(id)?);
        }
        let way = match (&next, &person) {
            (NextCredential::GivenSecret(_), _) => RenewalMethod::Registered,
            _ if request.registered => RenewalMethod::Registered,
            (_, Some(_)) => RenewalMethod::SignIn,
            (NextCredential::NewSecret { .. }, None) => return Err(needs_somebody(account)),
            (NextCredential::Certificate(_), None) => {
                check_own_right(&seen, self.ground.config.clock.now())?;
                RenewalMethod::OwnRight
            }
        };
        if request.remove_old && way == RenewalMethod::OwnRight && self.own_key_id(account).await?.is_none() {
            // Only a signed-in user can ask for the id under which it was registered outside Coldkeep.
            return Err(needs_somebody(account));
        }
        let mut unknown = vec![];
        if let Some(person) = &person {
            unknown.extend(self.look_as(person, &mut seen, &next).await?);
        }
        Ok(Prepared {
            old_stays: self.why_old_stays(account, request, way).await?,
            next,
            way,
            person,
            object_id: seen.application_object_id,
            grace_days: request.grace_days,
            unknown,
        })
    }

    /// As it is now; what counts is how it is once the grace is over.
    async fn why_old_stays(
        &self,
        account: &ServiceAccount,
        request: &RenewServiceAccount,
        way: RenewalMethod,
    ) -> Result<Option<String>, Problem> {
        let own = self.own_key_id(account).await?;
        let key_id = own.clone().unwrap_or_default();
        let others = self.neighbours(account).await?;
        let now = self.ground.config.clock.now();
        let needed = key_needed(account, &account.credential, &key_id, &others, now).map(|n| n.why);
        let certificate = matches!(account.credential, Credential::Certificate { .. });
        Ok(needed.or_else(|| match (own, certificate) {
            (Some(_), _) => None,
            (None, true) if request.remove_old && way == RenewalMethod::SignIn => None,
            (None, true) => {
                Some("Coldkeep did not register it; with a sign-in it can be removed at once".into())
            }
            (None, false) => {
                Some("Coldkeep did not create it: remove it in the portal when it is no longer used".into())
            }
        }))
    }

    async fn choose_next(
        &self,
        account: &ServiceAccount,
        request: &RenewServiceAccount,
    ) -> Result<NextCredential, Problem> {
        let days = |given: u32| request.valid_days.unwrap_or(given);
        let choice = match &request.credential {
            None if matches!(account.credential, Credential::Secret { .. }) => {
                return Ok(NextCredential::NewSecret {
                    valid_days: days(VALID_DAYS),
                });
            }
            None => CertificateChoice::Generate(self.named_certificate(account, by_default(), &days).await?),
            Some(NewCredential::GenerateCertificate(new)) => {
                CertificateChoice::Generate(self.named_certificate(account, new.clone(), &days).await?)
            }
            Some(NewCredential::Secret { secret }) => {
                return Ok(NextCredential::GivenSecret(secret.secret().clone()));
            }
            Some(NewCredential::Certificate { certificate }) => {
                CertificateChoice::Stored(Box::new(self.show_certificate(certificate).await?))
            }
            Some(NewCredential::Pfx(file)) => {
                let name = self.free_certificate_name(account).await?;
                self.choose_from_pfx(&name, file).await?
            }
        };
        if let Some(known) = choice.known() {
            self.refuse_same(account, known)?;
        }
        Ok(NextCredential::Certificate(choice))
    }

    /// The certificate with a name that is free, lasting as long as was asked for.
    async fn named_certificate(
        &self,
        account: &ServiceAccount,
        new: NewCertificate,
        days: &impl Fn(u32) -> u32,
    ) -> Result<NewCertificate, Problem> {
        let name = match new.name {
            Some(name) => {
                self.refuse_taken_name(&name).await?;
                name
            }
            None => self.free_certificate_name(account).await?,
        };
        Ok(NewCertificate {
            name: Some(name),
            subject: new.subject.or_else(|| Some(account.name.clone())),
            valid_days: days(new.valid_days),
            key_bits: new.key_bits,
        })
    }

    fn refuse_same(&self, account: &ServiceAccount, next: &Certificate) -> Result<(), Problem> {
        refuse_unusable(next, self.ground.config.clock.now())?;
        match sharing::uses(account, next.id) {
            false => Ok(()),
            true => Err(Problem::new(
                Code::CertificateAlreadyUsed,
                format!("`{}` already uses the certificate `{}`", account.name, next.name),
                "Choose another one; nothing was changed.",
            )),
        }
    }

    /// With a sign-in: the application's object id, and what the tenant's policy forbids. Answers with what
    /// is not known of that.
    async fn look_as(
        &self,
        person: &Person,
        account: &mut ServiceAccount,
        next: &NextCredential,
    ) -> Result<Option<Fix>, Problem> {
        let graph = Graph::new(&self.ground.azure(&account.cloud).await?, person.tokens.clone());
        let found = graph
            .look_for_application(&account.application_id)
            .await
            .map_err(|e| e.problem("The application cannot be read"))?
            .ok_or_else(|| {
                Problem::new(
                    Code::ApplicationNotFound,
                    "The application no longer exists",
                    "It was deleted; add the service account again.",
                )
            })?;
        let policy = graph
            .fetch_app_management_policy(Some(&found.object_id))
            .await
            .map_err(|e| e.problem("The tenant's app management policies cannot be read"))?;
        account.application_object_id = Some(found.object_id);
        match policy {
            Some(policy) => check_policy(&policy, next, self.ground.config.clock.now())
                .map_err(|problem| problem.also("Nothing was changed."))?,
            None if !matches!(next, NextCredential::GivenSecret(_)) => return Ok(Some(unreadable())),
            None => {}
        }
        Ok(None)
    }

    /// Creates the new credential and writes down that it is about to be registered.
    pub(super) async fn begin_renewal(
        &self,
        account: &mut ServiceAccount,
        prepared: Prepared,
        request: &RenewServiceAccount,
    ) -> Result<(), Problem> {
        let started_at = self.ground.config.clock.now();
        let (mut key, mut made) = (None, None);
        let credential = match prepared.next {
            NextCredential::Certificate(choice) => {
                let (certificate, generated) = self.keep_next(choice).await?;
                made = generated.then_some(certificate.id);
                if let (Some(object_id), Some(der)) = (&prepared.object_id, der_of(&certificate)) {
                    key = Some(key_id(object_id, &der));
                }
                Credential::Certificate {
                    certificate_id: certificate.id,
                    thumbprint_sha1: certificate.thumbprint_sha1,
                    expires_at: certificate.not_after,
                }
            }
            NextCredential::NewSecret { valid_days } => Credential::Secret {
                expires_at: Some(days_after(started_at, i64::from(valid_days))),
            },
            NextCredential::GivenSecret(secret) => {
                let binding = self.ground.next_secret_binding(account).await?;
                self.ground.save_sealed(&binding, Some(&secret)).await?;
                Credential::Secret { expires_at: None }
            }
        };
        let phase = match prepared.way {
            RenewalMethod::Registered => Phase::Registered,
            RenewalMethod::OwnRight | RenewalMethod::SignIn => {
                account.objects.push(match (&credential, &key) {
                    (Credential::Certificate { .. }, Some(key)) => {
                        MadeObject::KeyCredential { key_id: key.clone() }
                    }
                    _ => MadeObject::Secret {
                        name: super::act::secret_name(account, started_at),
                    },
                });
                Phase::Prepared
            }
        };
        account.application_object_id = prepared.object_id;
        account.upkeep.made_certificates.extend(made);
        account.upkeep.renewal = Some(Renewal {
            credential,
            key_id: key.filter(|_| prepared.way != RenewalMethod::Registered),
            phase,
            way: prepared.way,
            grace_days: prepared.grace_days,
            remove_old: request.remove_old,
            started_at,
        });
        self.save_account(account).await
    }

    /// The certificate in the store, and whether it was generated for this.
    async fn keep_next(&self, choice: CertificateChoice) -> Result<(Certificate, bool), Problem> {
        match choice {
            CertificateChoice::Stored(certificate) => {
                // One that was only found in a folder is not kept before something refers to it.
                self.adopt_certificate(&certificate).await?;
                Ok((*certificate, false))
            }
            CertificateChoice::Import(certificate, material) => {
                self.keep_certificate(&certificate, &material).await?;
                Ok((*certificate, false))
            }
            CertificateChoice::Generate(how) => Ok((self.generate_certificate(how).await?, true)),
            CertificateChoice::None => Err(Problem::internal("The certificate to use does not exist")),
        }
    }

    /// `north 2`, `north 3`: the first that no certificate has.
    async fn free_certificate_name(&self, account: &ServiceAccount) -> Result<String, Problem> {
        let mut n = 2_u32;
        loop {
            let name = format!("{} {n}", account.name);
            if self.ground.store.load_certificate_by_name(&name).await?.is_none() {
                return Ok(name);
            }
            n += 1;
        }
    }
}

/// What is generated where nothing else was asked for.
fn by_default() -> NewCertificate {
    NewCertificate {
        name: None,
        subject: None,
        key_bits: KEY_BITS,
        valid_days: VALID_DAYS,
    }
}

fn object_id(text: &str) -> Result<String, Problem> {
    let id = text.trim();
    match uuid::Uuid::try_parse(id) {
        Ok(_) => Ok(id.to_ascii_lowercase()),
        Err(_) => Err(Problem::new(
            Code::ObjectIdInvalid,
            format!("`{id}` is not an object id"),
            "Copy the Object ID from the application's overview under App registrations in the portal.",
        )),
    }
}

fn check_policy(policy: &AppPolicy, next: &NextCredential, now: Timestamp) -> Result<(), Problem> {
    match next {
        NextCredential::GivenSecret(_) => Ok(()),
        NextCredential::NewSecret { valid_days } => policy.check_secret(i64::from(*valid_days) * DAY_S),
        NextCredential::Certificate(choice) => check_choice(policy, choice, now),
    }
}
