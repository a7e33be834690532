//! Setting up a service account: what is asked for is checked, what exists is observed, and the exact steps are
//! planned before the first is done.

mod accounts;
mod act;
mod ahead;
mod certificate;
mod check;
mod checked_request;
mod compare;
mod neighbours;
mod observe;
mod outdated;
mod policy;
mod prove;
mod remove;
mod role_drift;
mod script;
mod strangers;
mod words;

use crate::{identity::IdentityWing, identity::places};
use act::OnboardingExecutor;
use checked_request::{CheckedRequest, RequestedCredential};
use coldkeep_api::NewServiceAccount;
use coldkeep_azure::{AppCredential, Azure, Person, TokenSource, arm::Arm, graph::Graph};
use coldkeep_core::{
    Code, Fix, Problem, fix,
    id::ServiceAccountId,
    onboarding::{self, OnboardingRequest, PlannedStep},
    problem::{Field, Verb},
    service_account::{Proof, ServiceAccount, State},
    wizard::ExistingApplication,
};
use coldkeep_keys::MemorySigner;
use std::sync::Arc;

pub(crate) use accounts::learn;
pub(crate) use certificate::{CertificateChoice, refuse_unusable};
pub(crate) use check::check_with_own_credential;
pub(crate) use compare::registered;
pub(crate) use neighbours::{shown, shown_departure};
pub(crate) use observe::{der_of, observe};
pub(crate) use policy::{check_choice, unreadable};
pub(crate) use prove::{Fresh, prove_grant, prove_tokens};
pub(crate) use words::shown_plan;

/// A request that has passed every check, with its steps. Nothing has been created yet.
pub(crate) struct Prepared {
    pub(crate) azure: Azure,
    /// Fresh, or the incomplete one that continues.
    pub(crate) account: ServiceAccount,
    pub(crate) person: Option<Person>,
    pub(crate) certificate: CertificateChoice,
    pub(crate) steps: Vec<PlannedStep>,
    /// What could not be found out beforehand.
    pub(crate) unknown: Vec<Fix>,
}

impl Prepared {
    /// The application and its tenant are changed, not only used.
    pub(crate) fn changes_azure(&self) -> bool {
        self.person.is_some()
    }
}

impl IdentityWing {
    /// Checks and plans; reads from Azure and changes nothing anywhere.
    pub(crate) async fn plan_onboarding(&self, request: &NewServiceAccount) -> Result<Prepared, Problem> {
        self.prepare_onboarding(&self.asked(request).await?).await
    }

    async fn prepare_onboarding(&self, asked: &CheckedRequest<'_>) -> Result<Prepared, Problem> {
        let azure = self.ground.azure(asked.cloud()).await?;
        let earlier = self.incomplete_account(asked).await?;
        let certificate = self.choose_certificate(asked, earlier.as_ref()).await?;
        let person = if asked.changes_azure() {
            Some(self.signed_in_for(asked).await?)
        } else {
            None
        };
        let (tenant_id, application_id) = self.place_of(asked, &azure, person.as_ref()).await?;
        let mut account = match earlier {
            Some(earlier) if earlier.tenant_id == tenant_id => earlier,
            Some(earlier) => return Err(elsewhere(&earlier, &tenant_id)),
            None => self.fresh_account(asked, tenant_id, application_id, &certificate),
        };
        account.answers = Some(Box::new(asked.answers()));
        if let Some(person) = &person {
            let arm = Arm::new(&azure, person.tokens.clone());
            account.subscriptions = places::check_seen(&arm, asked.subscriptions()).await?;
        }
        let mut unknown = vec![];
        let steps = match &person {
            None => vec![],
            Some(person) => {
                let planned = OnboardingRequest {
                    account_id: account.id,
                    name: &account.name,
                    description: &account.description,
                    register: asked.existing().is_none(),
                    certificate: certificate.name_and_thumbprint(),
                    grants: asked.grants(),
                    on_purpose: asked.allow(),
                };
                let mut facts =
                    observe::observe(&azure, person, &planned, &account, certificate.known()).await?;
                if !facts.certificate_registered {
                    let graph = Graph::new(&azure, person.tokens.clone());
                    let object_id = facts.application.as_ref().map(|a| a.object_id.as_str());
                    let now = self.ground.config.clock.now();
                    facts.forbidden = match policy::observe_policy(&graph, object_id).await? {
                        Some(policy) => policy::check_choice(&policy, &certificate, now).err(),
                        None => {
                            unknown.push(policy::unreadable());
                            None
                        }
                    };
                }
                onboarding::plan_onboarding(&planned, &facts)?
            }
        };
        Ok(Prepared {
            azure,
            account,
            person,
            certificate,
            steps,
            unknown,
        })
    }

    /// The unfinished account of that name, which continues; a finished one is a conflict.
    async fn incomplete_account(
        &self,
        asked: &CheckedRequest<'_>,
    ) -> Result<Option<ServiceAccount>, Problem> {
        let Some(found) = self
            .ground
            .store
            .load_service_account_by_name(&asked.name)
            .await?
        else {
            return Ok(None);
        };
        let same_application = asked.existing().is_none_or(|existing| {
            let id = existing.application_id.trim();
            found.application_id.eq_ignore_ascii_case(id)
        });
        match found.state {
            State::Incomplete if found.cloud == asked.cloud() && same_application => Ok(Some(found)),
            State::Incomplete => Err(Problem::new(
                Code::ServiceAccountDiffers,
                format!(
                    "The unfinished service account `{}` is for another cloud or application",
                    asked.name
                ),
                fix![
                    "Remove it first, or choose another ",
                    Field::Name,
                    ": ",
                    Verb::ServiceAccountRemove.of(&asked.name),
                    "."
                ],
            )),
            State::Ready | State::Removing => Err(Problem::new(
                Code::ServiceAccountNameTaken,
                format!("The service account `{}` already exists", asked.name),
                fix!["Choose another ", Field::Name, ", or remove that one first."],
            )),
        }
    }

    async fn signed_in_for(&self, asked: &CheckedRequest<'_>) -> Result<Person, Problem> {
        let person = self.signed_in(asked.sign_in_id()).await?;
        if let Some(id) = asked.sign_in_id()
            && self.show_sign_in(id).await?.cloud != asked.cloud()
        {
            return Err(Problem::new(
                Code::SignInOtherCloud,
                "The sign-in is in another cloud",
                format!("Sign in to {}.", asked.cloud()),
            ));
        }
        Ok(person)
    }

    /// The tenant's id and, for an existing application, its client id.
    async fn place_of(
        &self,
        asked: &CheckedRequest<'_>,
        azure: &Azure,
        person: Option<&Person>,
    ) -> Result<(String, String), Problem> {
        let Some(ExistingApplication {
            tenant,
            application_id,
            ..
        }) = asked.existing()
        else {
            return Ok((
                person.map(|p| p.tenant_id.clone()).unwrap_or_default(),
                String::new(),
            ));
        };
        let tenant_id = azure
            .fetch_tenant_id(tenant.trim())
            .await
            .map_err(|e| e.problem(format!("The tenant `{tenant}` cannot be used")))?;
        if let Some(person) = person
            && !person.tenant_id.eq_ignore_ascii_case(&tenant_id)
        {
            return Err(Problem::new(
                Code::SignInOtherTenant,
                format!(
                    "`{}` is signed in to the tenant {}, not to {tenant_id}",
                    person.user_principal_name, person.tenant_id
                ),
                fix!["Sign in to that tenant (", Field::Tenant.set(tenant_id), ")."],
            ));
        }
        Ok((tenant_id, application_id.trim().to_ascii_lowercase()))
    }

    fn fresh_account(
        &self,
        asked: &CheckedRequest<'_>,
        tenant_id: String,
        application_id: String,
        certificate: &CertificateChoice,
    ) -> ServiceAccount {
        ServiceAccount {
            id: ServiceAccountId::new(),
            name: asked.name.clone(),
            description: asked.description().to_owned(),
            cloud: asked.cloud().to_owned(),
            tenant_id,
            application_id,
            application_object_id: None,
            principal_id: None,
            credential: certificate.credential(),
            grants: vec![],
            subscriptions: vec![],
            storage_accounts: vec![],
            objects: vec![],
            state: State::Incomplete,
            proofs: vec![],
            proven_at: None,
            created_at: self.ground.config.clock.now(),
            answers: None,
            upkeep: Default::default(),
        }
    }

    /// Does what was prepared and proves it. What fails half-way stays known, and continues when asked for again.
    pub(crate) async fn onboard(&self, request: NewServiceAccount) -> Result<ServiceAccount, Problem> {
        let asked = self.asked(&request).await?;
        let mut prepared = self.prepare_onboarding(&asked).await?;
        self.check_agreed(request.plan_digest.as_ref(), shown_plan(&prepared))?;
        if let Some(person) = prepared.person.clone() {
            ahead::probe_writes(&person, &prepared).await?;
            self.keep_credential(&asked, &mut prepared).await?;
            let name = prepared.account.name.clone();
            return OnboardingExecutor::new(self, &person, prepared)
                .do_all()
                .await
                .map_err(|problem| {
                    problem.also(format!(
                        "Then add `{name}` again: it continues where it stopped (or remove it)."
                    ))
                });
        }
        // Nothing is stored before the credential has proved itself: a wrong one leaves no trace.
        let source = self.unstored_source(&asked, &prepared).await?;
        let mut account = prepared.account.clone();
        account.proofs = prove::prove_tokens(&prepared.azure, &source, Fresh::Perhaps).await?;
        account.proofs.extend(prove::unknowable(&account));
        account.proven_at = Some(self.ground.config.clock.now());
        account.state = State::Ready;
        account.answers = None;
        self.keep_imported(&mut prepared.certificate).await?;
        self.save_account(&account).await?;
        self.keep_secret(&asked, &account).await?;
        Ok(account)
    }

    /// Generates the certificate if one is needed, and stores the account, incomplete, with its credential.
    async fn keep_credential(
        &self,
        asked: &CheckedRequest<'_>,
        prepared: &mut Prepared,
    ) -> Result<(), Problem> {
        self.keep_imported(&mut prepared.certificate).await?;
        if let CertificateChoice::Generate(how) = &prepared.certificate {
            let made = self.generate_certificate(how.clone()).await?;
            // One that was there already is not the account's to remove with it.
            prepared.account.upkeep.made_certificates.push(made.id);
            prepared.certificate = CertificateChoice::Stored(Box::new(made));
        }
        prepared.account.credential = prepared.certificate.credential();
        self.save_account(&prepared.account).await?;
        self.keep_secret(asked, &prepared.account).await
    }

    /// Puts a file's certificate into the store, or one that was only found in a folder.
    async fn keep_imported(&self, choice: &mut CertificateChoice) -> Result<(), Problem> {
        if let CertificateChoice::Stored(certificate) = choice {
            self.adopt_certificate(certificate).await?;
        }
        if let CertificateChoice::Import(certificate, material) = choice {
            self.keep_certificate(certificate, material).await?;
            *choice = CertificateChoice::Stored(certificate.clone());
        }
        Ok(())
    }

    async fn keep_secret(&self, asked: &CheckedRequest<'_>, account: &ServiceAccount) -> Result<(), Problem> {
        let secret = match asked.credential {
            RequestedCredential::Secret(secret) => Some(secret),
            _ => None,
        };
        let binding = self.ground.service_account_binding(account).await?;
        self.ground.save_sealed(&binding, secret).await
    }

    async fn unstored_source(
        &self,
        asked: &CheckedRequest<'_>,
        prepared: &Prepared,
    ) -> Result<TokenSource, Problem> {
        let credential = match (asked.credential, &prepared.certificate) {
            (RequestedCredential::Secret(secret), _) => AppCredential::Secret(secret.clone()),
            (_, CertificateChoice::Stored(certificate)) => {
                AppCredential::Certificate(self.ground.signer_of(certificate).await?)
            }
            (_, CertificateChoice::Import(_, material)) => {
                AppCredential::Certificate(Arc::new(MemorySigner::new(material)?))
            }
            (_, CertificateChoice::Generate(_) | CertificateChoice::None) => {
                return Err(Problem::internal("The certificate to use does not exist"));
            }
        };
        let account = &prepared.account;
        Ok(TokenSource::for_app(
            &prepared.azure,
            &account.tenant_id,
            &account.application_id,
            credential,
        ))
    }
}

/// The steps that were prepared, then the proofs.
pub(crate) async fn do_all(
    identity: &IdentityWing,
    person: &Person,
    prepared: Prepared,
) -> Result<ServiceAccount, Problem> {
    OnboardingExecutor::new(identity, person, prepared).do_all().await
}

fn elsewhere(earlier: &ServiceAccount, tenant_id: &str) -> Problem {
    Problem::new(
        Code::ServiceAccountDiffers,
        format!(
            "The unfinished service account `{}` belongs to the tenant {}, not to {tenant_id}",
            earlier.name, earlier.tenant_id
        ),
        fix![
            "Sign in to that tenant, or remove the unfinished one first: ",
            Verb::ServiceAccountRemove.of(&earlier.name),
            "."
        ],
    )
}

/// A finding for people.
pub(crate) fn proof(
    what: impl Into<String>,
    outcome: coldkeep_core::service_account::ProofOutcome,
    detail: impl Into<String>,
) -> Proof {
    Proof {
        what: what.into(),
        outcome,
        detail: detail.into(),
        fix: Vec::new(),
        code: None,
    }
}
