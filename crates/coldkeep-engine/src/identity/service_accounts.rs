//! Use cases of service accounts.

use crate::{ground::clock_skew::judge_skew, identity::IdentityWing, identity::onboard};
use coldkeep_api::{
    Check, CheckServiceAccount, Level, NewServiceAccount, OnboardingPlan, RemoveServiceAccount,
    RemovedServiceAccount,
};
use coldkeep_core::{
    Code, Problem, SecretOwner, fix,
    problem::Verb,
    repository::Access,
    service_account::{Credential, Proof, ProofOutcome, ServiceAccount, State},
};
use std::sync::Arc;

impl IdentityWing {
    /// The exact list of objects and permissions, before anything is created.
    pub async fn plan_service_account(&self, request: &NewServiceAccount) -> Result<OnboardingPlan, Problem> {
        Ok(self.show_plan(onboard::shown_plan(&self.plan_onboarding(request).await?)))
    }

    /// Sets it up and proves it; an unfinished one of the same name continues.
    pub async fn add_service_account(&self, request: NewServiceAccount) -> Result<ServiceAccount, Problem> {
        let account = self.change_accounts().await?.onboard(request).await?;
        self.log_change("service account added", &account.name);
        Ok(account)
    }

    /// By name.
    pub async fn list_service_accounts(&self) -> Result<Vec<ServiceAccount>, Problem> {
        self.ground.store.list_service_accounts().await
    }

    /// `key`: id or name, here and below.
    pub async fn show_service_account(&self, key: &str) -> Result<ServiceAccount, Problem> {
        self.ground.store.find_service_account(key).await?.ok_or_else(|| {
            Problem::new(
                Code::ServiceAccountNotFound,
                format!("The service account `{key}` does not exist"),
                fix!["To list them: ", Verb::ServiceAccountList.any(), "."],
            )
        })
    }

    /// Tries the credential and each permission against the real services.
    pub async fn check_service_account(&self, key: &str) -> Result<Check, Problem> {
        self.check_service_account_with(key, CheckServiceAccount::default())
            .await
    }

    /// Tries the credential and each permission; with a sign-in, also compares Entra and Azure with Coldkeep's
    /// records.
    pub async fn check_service_account_with(
        &self,
        key: &str,
        how: CheckServiceAccount,
    ) -> Result<Check, Problem> {
        let mut account = self.show_service_account(key).await?;
        let person = self.person_for(&account, how.sign_in_id).await?;
        let clock = &*self.ground.config.clock;
        let mut findings = self.check_credential(&account).await?;
        if let Ok(skew_s) = self.ground.clock_skew_s(&account).await
            && let Some(off) = judge_skew("clock", skew_s)
        {
            let outcome = match off.level {
                Level::Wrong => ProofOutcome::Failed,
                _ => ProofOutcome::Ok,
            };
            findings.push(Proof {
                what: "clock".into(),
                outcome,
                detail: format!("{}.", off.what),
                fix: off.fix,
                code: Some(off.code),
            });
        }
        if let Some(person) = &person {
            findings.extend(self.compare_with_azure(&mut account, person).await?);
        }
        let ok = findings
            .iter()
            .all(|f| !matches!(f.outcome, ProofOutcome::Missing | ProofOutcome::Failed));
        let checked_at = clock.now();
        // As it is now: it may have been renewed meanwhile.
        let this = self.change_accounts().await?;
        let mut now = this.show_service_account(&account.id.to_string()).await?;
        now.proofs = findings.clone();
        if ok {
            now.proven_at = Some(checked_at);
        }
        if person.is_some() {
            now.application_object_id = account.application_object_id.clone();
            now.storage_accounts = account.storage_accounts.clone();
            let secret = |c: &Credential| matches!(c, Credential::Secret { .. });
            if secret(&now.credential) && secret(&account.credential) && now.upkeep == account.upkeep {
                now.credential = account.credential.clone();
            }
        }
        this.save_account(&now).await?;
        Ok(Check {
            name: account.name,
            checked_at,
            ok,
            findings,
        })
    }

    async fn check_credential(&self, account: &ServiceAccount) -> Result<Vec<Proof>, Problem> {
        let clock = &*self.ground.config.clock;
        let mut findings = match self.ground.token_source(account, Arc::default()).await {
            Ok(source) => {
                onboard::check_with_own_credential(
                    &self.ground.azure(&account.cloud).await?,
                    &source,
                    account,
                    clock,
                )
                .await
            }
            Err(problem) => vec![Proof::of_problem("credential", ProofOutcome::Failed, problem)],
        };
        if account.state != State::Ready {
            let detail = "It is unfinished: add it again with the same name to resume, or remove it.";
            findings.insert(
                0,
                onboard::proof("set up completely", ProofOutcome::Failed, detail),
            );
        }
        Ok(findings)
    }

    /// Removes its record and, on request, what Coldkeep created for it. Refused while a repository uses it.
    /// Answers with what stays because another service account needs it.
    pub async fn remove_service_account(
        &self,
        key: &str,
        how: RemoveServiceAccount,
    ) -> Result<RemovedServiceAccount, Problem> {
        let this = self.change_accounts().await?;
        let mut account = this.show_service_account(key).await?;
        this.refuse_used(&account).await?;
        if how.plan_digest.is_some() {
            let plan = this.list_removal_steps(key, &how).await?;
            this.check_agreed(how.plan_digest.as_ref(), plan)?;
        }
        let mut stays = vec![];
        if how.delete_objects && !account.objects.is_empty() {
            let person = this.signed_in_to(&account, how.sign_in_id).await?;
            account.state = State::Removing;
            this.save_account(&account).await?;
            let azure = this.ground.azure(&account.cloud).await?;
            let deleted = this.delete_objects(&azure, &person, &mut account).await;
            stays = deleted.map_err(|problem| {
                problem.also(format!(
                    "Then remove `{}` again: it continues where it stopped.",
                    account.name
                ))
            })?;
        }
        this.ground.store.delete_service_account(account.id).await?;
        this.ground
            .store
            .delete_secret(&SecretOwner::ServiceAccount(account.id))
            .await?;
        this.ground
            .store
            .delete_secret(&SecretOwner::NextSecret(account.id))
            .await?;
        if how.delete_objects {
            this.delete_own_certificates(&account).await?;
        }
        this.log_change("service account removed", &account.name);
        Ok(RemovedServiceAccount {
            name: account.name,
            stays,
        })
    }

    pub(crate) async fn refuse_used(&self, account: &ServiceAccount) -> Result<(), Problem> {
        let opened = |access: &Access| matches!(access, Access::ServiceAccount { service_account_id } if *service_account_id == account.id);
        let repositories = self.ground.store.list_repositories().await?;
        let names: Vec<String> = repositories
            .iter()
            .filter(|r| opened(&r.access))
            .map(|r| format!("`{}`", r.name))
            .collect();
        if names.is_empty() {
            return Ok(());
        }
        Err(Problem::new(
            Code::ServiceAccountInUse,
            format!(
                "The repositories {1} use the service account `{0}`",
                account.name,
                names.join(", ")
            ),
            fix![
                "Remove them first; nothing was removed: ",
                Verb::RepositoryRemove.any(),
                "."
            ],
        ))
    }

    /// The certificates that were generated for this account go with it: nothing else knows them.
    async fn delete_own_certificates(&self, account: &ServiceAccount) -> Result<(), Problem> {
        for id in &account.upkeep.made_certificates {
            self.let_certificate_go(account, *id).await?;
        }
        Ok(())
    }
}
