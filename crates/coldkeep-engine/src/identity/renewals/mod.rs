//! Use cases of replacing a service account's credential: planned, journalled step by step, and gone on with wherever
//! it was interrupted.

mod act;
mod auto;
mod begin;
mod own;
mod retire;
mod view;
mod words;

use crate::{
    identity::IdentityWing,
    identity::onboard::{Fresh, prove_tokens},
};
use act::RenewalExecutor;
use coldkeep_api::{AbandonRenewal, OnboardingPlan, RenewServiceAccount, RetireOldCredentials};
use coldkeep_azure::{Person, TokenSource, graph::Graph};
use coldkeep_core::{
    Code, Kind, Problem, fix,
    id::SignInId,
    problem::{Field, Verb},
    renewal::{self, RenewalMethod, RenewalStep},
    service_account::{ServiceAccount, State},
};

impl IdentityWing {
    /// What a renewal would do, step by step; reads from Azure and changes nothing anywhere.
    pub async fn plan_renewal(
        &self,
        key: &str,
        request: &RenewServiceAccount,
    ) -> Result<OnboardingPlan, Problem> {
        let account = self.show_service_account(key).await?;
        if account.upkeep.renewal.is_some() {
            return Err(running(&account, "is in progress, so no new one can be planned"));
        }
        let planned = self.prepare_renewal(&account, request).await?;
        Ok(self.show_plan(planned.shown(&account)))
    }

    /// Replaces the credential: the new one is registered beside the old, proven, switched to; the old one goes once
    /// its grace is over. One that was begun continues.
    pub async fn renew_service_account(
        &self,
        key: &str,
        request: RenewServiceAccount,
    ) -> Result<ServiceAccount, Problem> {
        let this = self.change_accounts().await?;
        let mut account = this.show_service_account(key).await?;
        let person = this.person_for(&account, request.sign_in_id).await?;
        let fresh = account.upkeep.renewal.is_none();
        if fresh {
            let prepared = this.prepare_renewal(&account, &request).await?;
            this.check_agreed(request.plan_digest.as_ref(), prepared.shown(&account))?;
            this.begin_renewal(&mut account, prepared, &request).await?;
        } else if request.plan_digest.is_some() {
            return Err(under_way(&account));
        } else {
            this.check_goes_on(&account, &request, person.as_ref())?;
        }
        let finished = this.finish_renewal(&mut account, person.as_ref(), fresh).await;
        finished.map_err(|problem| went_wrong(&account, problem))?;
        this.retire_due(&mut account, person.as_ref()).await?;
        this.log_change("credential renewed", &account.name);
        Ok(account)
    }

    /// Does what is left of a renewal.
    async fn finish_renewal(
        &self,
        account: &mut ServiceAccount,
        person: Option<&Person>,
        fresh: bool,
    ) -> Result<(), Problem> {
        let Some(renewal) = account.upkeep.renewal.clone() else {
            return Ok(());
        };
        let mut hands = RenewalExecutor {
            identity: self,
            azure: self.ground.azure(&account.cloud).await?,
            account,
            person,
        };
        for step in renewal::plan_renewal(&renewal) {
            match step {
                RenewalStep::Register => hands.register(fresh).await?,
                RenewalStep::Prove => hands.prove().await?,
                RenewalStep::Switch => hands.switch().await?,
            }
        }
        Ok(())
    }

    /// Takes the new credential away again; the old one was in use all the time, and stays.
    pub async fn abandon_renewal(&self, key: &str, how: AbandonRenewal) -> Result<ServiceAccount, Problem> {
        let this = self.change_accounts().await?;
        let mut account = this.show_service_account(key).await?;
        if account.upkeep.renewal.is_none() {
            return Err(Problem::new(
                Code::RenewalNotRunning,
                format!("No renewal of `{}` is in progress", account.name),
                fix![
                    "To show the state of its credential: ",
                    Verb::ServiceAccountShow.of(&account.name),
                    "."
                ],
            ));
        }
        let person = this.person_for(&account, how.sign_in_id).await?;
        let mut hands = RenewalExecutor {
            identity: &this,
            azure: this.ground.azure(&account.cloud).await?,
            account: &mut account,
            person: person.as_ref(),
        };
        hands.abandon().await?;
        Ok(account)
    }

    /// Removes the replaced credentials whose grace is over, and no others.
    pub async fn retire_old_credentials(
        &self,
        key: &str,
        how: RetireOldCredentials,
    ) -> Result<ServiceAccount, Problem> {
        let this = self.change_accounts().await?;
        let mut account = this.show_service_account(key).await?;
        let person = this.person_for(&account, how.sign_in_id).await?;
        if how.now {
            let now = this.ground.config.clock.now();
            for old in &mut account.upkeep.retiring {
                old.remove_after = old.remove_after.min(now);
            }
        }
        this.retire_due(&mut account, person.as_ref()).await?;
        Ok(account)
    }

    /// The signed-in user, if there is one, in the account's tenant.
    pub(crate) async fn person_for(
        &self,
        account: &ServiceAccount,
        sign_in_id: Option<SignInId>,
    ) -> Result<Option<Person>, Problem> {
        let Some(id) = sign_in_id else {
            return Ok(None);
        };
        self.signed_in_to(account, Some(id)).await.map(Some)
    }

    /// The signed-in user, in the account's tenant; refused until the sign-in is finished.
    pub(crate) async fn signed_in_to(
        &self,
        account: &ServiceAccount,
        sign_in_id: Option<SignInId>,
    ) -> Result<Person, Problem> {
        let person = self.signed_in(sign_in_id).await?;
        if person.tenant_id.eq_ignore_ascii_case(&account.tenant_id) {
            return Ok(person);
        }
        Err(Problem::new(
            Code::SignInOtherTenant,
            format!(
                "`{}` is signed in to another tenant than the service account's",
                person.user_principal_name
            ),
            fix![
                format!("Sign in to {} (", account.cloud),
                Field::Tenant.set(&account.tenant_id),
                ")."
            ],
        ))
    }

    /// A renewal under way keeps its credential and its way.
    fn check_goes_on(
        &self,
        account: &ServiceAccount,
        request: &RenewServiceAccount,
        person: Option<&Person>,
    ) -> Result<(), Problem> {
        let Some(renewal) = &account.upkeep.renewal else {
            return Ok(());
        };
        if request.credential.as_ref().is_some_and(|c| !c.is_generated()) {
            return Err(running(account, "with another credential is in progress"));
        }
        match renewal.way {
            RenewalMethod::SignIn if person.is_none() && renewal.phase < renewal::Phase::Registered => {
                Err(needs_somebody(account))
            }
            _ => Ok(()),
        }
    }

    /// Graph as the application itself sees it.
    pub(crate) async fn graph_of_app(&self, account: &ServiceAccount) -> Result<Graph, Problem> {
        let source = self.ground.token_source(account, Default::default()).await?;
        Ok(Graph::new(&self.ground.azure(&account.cloud).await?, source))
    }
}

/// What needs a sign-in.
pub(crate) fn needs_somebody(account: &ServiceAccount) -> Problem {
    Problem::new(
        Code::SignInNeeded,
        format!("This needs a sign-in for `{}`", account.name),
        fix![
            "Sign in as an owner of the application or an application administrator (",
            Field::BySignIn,
            ")."
        ],
    )
}

fn refuse_unready(account: &ServiceAccount) -> Result<(), Problem> {
    match account.state {
        State::Ready => Ok(()),
        State::Incomplete => Err(Problem::new(
            Code::ServiceAccountIncomplete,
            format!("The service account `{}` is unfinished", account.name),
            "Add it again with the same name to continue, or remove it; nothing was changed.",
        )),
        State::Removing => Err(Problem::new(
            Code::ServiceAccountBeingRemoved,
            format!("The service account `{}` is being removed", account.name),
            "Remove it again to continue; nothing was changed.",
        )),
    }
}

/// A renewal began after the plan with this digest was shown.
fn running(account: &ServiceAccount, which: &str) -> Problem {
    Problem::new(
        Code::RenewalRunning,
        format!("A renewal of `{}` {which}", account.name),
        fix![
            "Resume it by renewing without a credential: ",
            Verb::ServiceAccountRenew.of(&account.name),
            "; or abandon it first: ",
            Verb::ServiceAccountRenew.of(&account.name).with(Field::Abandon),
            "."
        ],
    )
}

fn under_way(account: &ServiceAccount) -> Problem {
    Problem::new(
        Code::PlanChanged,
        format!(
            "The plan has changed since it was confirmed: a renewal of `{}` was started in the meantime",
            account.name
        ),
        "Check the service account, then resume or abandon that renewal.",
    )
}

/// Nothing to add where it was taken back as a whole.
fn went_wrong(account: &ServiceAccount, problem: Problem) -> Problem {
    let asks_for_somebody = problem.kind == Kind::Unauthenticated && problem.system.is_none();
    if asks_for_somebody || account.upkeep.renewal.is_none() {
        return problem;
    }
    let name = &account.name;
    problem.also(fix![
        format!("Then renew `{name}` again: it continues where it stopped. Or remove the new credential: "),
        Verb::ServiceAccountRenew.of(name).with(Field::Abandon),
        "."
    ])
}

/// Whether tokens are given for a credential right now.
pub(crate) async fn gives_tokens(azure: &coldkeep_azure::Azure, source: &TokenSource) -> bool {
    prove_tokens(azure, source, Fresh::No).await.is_ok()
}
