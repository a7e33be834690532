//! Use cases of changing a service account: its description, how it is renewed, and what is granted to it. Its tenant
//! and application never change.

mod moves;

use crate::{
    identity::IdentityWing,
    identity::onboard::{self, CertificateChoice, Prepared},
};
use coldkeep_api::{EditServiceAccount, OnboardingPlan, PlanDigest};
use coldkeep_azure::Person;
use coldkeep_core::{
    Code, Kind, Problem, fix,
    onboarding::{OnPurpose, OnboardingRequest, SetupStep, plan_onboarding},
    permission::{self, GrantRequest},
    problem::Verb,
    service_account::{Credential, Grant, MadeObject, ServiceAccount, State},
    sharing::{Neighbour, same_object, same_role},
};
use moves::Moving;

/// An edit that nothing speaks against.
struct PreparedEdit {
    granting: Option<Prepared>,
    revoking: Vec<Grant>,
    /// Grants of an earlier version of their set, whose place is taken by new ones.
    moving: Vec<Moving>,
    /// Roles that no grant needs then, also such as an edit left that was interrupted, are removed.
    tidies: bool,
    person: Option<Person>,
}

impl PreparedEdit {
    /// What goes, unless another service account needs it.
    fn leaving(&self, account: &ServiceAccount) -> Vec<MadeObject> {
        let moved = self.moving.iter().map(|moving| &moving.grant);
        let assignments = moved
            .filter(|grant| grant.made_by_us)
            .chain(&self.revoking)
            .map(|grant| MadeObject::RoleAssignment {
                id: grant.assignment_id.clone(),
            });
        let roles = self.roles(account).into_iter();
        let roles = roles.map(|id| MadeObject::RoleDefinition { id });
        assignments.chain(roles).collect()
    }
}

impl IdentityWing {
    /// What an edit would change in Azure; changes nothing anywhere.
    pub async fn plan_edit(
        &self,
        key: &str,
        request: &EditServiceAccount,
    ) -> Result<OnboardingPlan, Problem> {
        Ok(self.show_plan(self.list_edit_steps(key, request).await?))
    }

    async fn list_edit_steps(
        &self,
        key: &str,
        request: &EditServiceAccount,
    ) -> Result<OnboardingPlan, Problem> {
        let account = self.show_service_account(key).await?;
        let ready = self.prepare_edit(&account, request).await?;
        let mut plan = match &ready.granting {
            Some(prepared) => onboard::shown_plan(prepared),
            None => OnboardingPlan {
                signed_in_as: ready.person.as_ref().map(|p| p.user_principal_name.clone()),
                tenant_id: account.tenant_id.clone(),
                name: account.name.clone(),
                steps: vec![],
                unknown: vec![],
                digest: PlanDigest::default(),
            },
        };
        let others = ready.moving.iter().filter(|moving| !moving.grant.made_by_us);
        plan.steps.extend(others.map(Moving::step));
        for departure in self.plan_departures(&account, ready.leaving(&account)).await? {
            let moving = ready.moving.iter().find(|moving| moving.is(&departure.object));
            plan.steps.push(match moving {
                Some(moving) if departure.stays.is_none() => moving.step(),
                _ => onboard::shown_departure(&account, &departure),
            });
        }
        Ok(plan)
    }

    /// Changes it: what is granted first, then what is removed, then the rest.
    pub async fn edit_service_account(
        &self,
        key: &str,
        request: EditServiceAccount,
    ) -> Result<ServiceAccount, Problem> {
        let this = self.change_accounts().await?;
        let mut account = this.show_service_account(key).await?;
        if request.plan_digest.is_some() {
            let plan = this.list_edit_steps(key, &request).await?;
            this.check_agreed(request.plan_digest.as_ref(), plan)?;
        }
        let ready = this.prepare_edit(&account, &request).await?;
        if let (Some(prepared), Some(person)) = (ready.granting, &ready.person) {
            account = onboard::do_all(&this, person, prepared).await?;
        }
        if let Some(person) = &ready.person {
            let azure = this.ground.azure(&account.cloud).await?;
            if request.update_roles || !request.grants.is_empty() {
                this.leave_old_roles(&azure, person, &mut account, &ready.moving)
                    .await?;
            }
            let roles = match ready.tidies {
                true => unneeded_roles(&account, &ready.revoking, &[]),
                false => vec![],
            };
            let gone = ready.revoking.into_iter();
            let assignments = gone.map(|grant| MadeObject::RoleAssignment {
                id: grant.assignment_id,
            });
            this.delete_these(&azure, person, &mut account, assignments.collect())
                .await?;
            this.delete_roles(&azure, person, &mut account, roles).await?;
        }
        if let Some(description) = request.description {
            account.description = description;
        }
        if let Some(days) = request.auto_renew_days {
            account.upkeep.auto_renew_days = Some(days).filter(|d| *d > 0);
            account.upkeep.failure = None;
        }
        this.save_account(&account).await?;
        this.log_change("service account changed", &account.name);
        Ok(account)
    }

    async fn prepare_edit(
        &self,
        account: &ServiceAccount,
        request: &EditServiceAccount,
    ) -> Result<PreparedEdit, Problem> {
        refuse_moving(account, request)?;
        refuse_renewing_secret(account, request)?;
        if account.state != State::Ready {
            return Err(Problem::new(
                Code::ServiceAccountIncomplete,
                format!("The service account `{}` is not set up completely", account.name),
                "Add it again with the same name to continue, or remove it; nothing was changed.",
            ));
        }
        let tidies = !request.revokes.is_empty() || request.update_roles;
        let left_over = (tidies && !unneeded_roles(account, &[], &[]).is_empty())
            || (request.update_roles && !moves::leftovers(account).is_empty());
        let mut revoking = Vec::new();
        let others = match request.revokes.is_empty() {
            true => vec![],
            false => self.neighbours(account).await?,
        };
        for revoke in &request.revokes {
            match revocable(account, revoke, &others) {
                Ok(grant) => revoking.push(grant),
                // An edit that was interrupted took it away, and not yet its role.
                Err(problem) if problem.kind == Kind::NotFound && left_over => {}
                Err(problem) => return Err(problem),
            }
        }
        refuse_other_folder(&revoking, &request.grants)?;
        permission::check_width(&request.grants, request.allow_wide_scope)?;
        request.grants.iter().try_for_each(GrantRequest::check)?;
        request
            .grants
            .iter()
            .try_for_each(|grant| grant.scope.check_names())?;
        let moving = moves::moving(account, request, &revoking);
        let mut grants = request.grants.clone();
        let moved = moving.iter().map(|moving| moving.grant.request());
        grants.extend(moved.filter(|moved| !request.grants.contains(moved)));
        if grants.is_empty() && revoking.is_empty() && !left_over {
            return Ok(PreparedEdit {
                granting: None,
                revoking,
                moving,
                tidies: false,
                person: None,
            });
        }
        let person = self
            .person_for(account, request.sign_in_id)
            .await?
            .ok_or_else(|| {
                Problem::new(
                    Code::SignInNeeded,
                    "Granting and revoking needs a sign-in",
                    "Sign in as an Owner or User Access Administrator of the scopes.",
                )
            })?;
        let granting = match grants.is_empty() {
            true => None,
            false => Some(self.prepare_grants(account, request, &grants, &person).await?),
        };
        Ok(PreparedEdit {
            granting,
            revoking,
            tidies: tidies || !moving.is_empty(),
            moving,
            person: Some(person),
        })
    }

    async fn prepare_grants(
        &self,
        account: &ServiceAccount,
        asked: &EditServiceAccount,
        grants: &[GrantRequest],
        person: &Person,
    ) -> Result<Prepared, Problem> {
        let azure = self.ground.azure(&account.cloud).await?;
        let request = OnboardingRequest {
            account_id: account.id,
            name: &account.name,
            description: &account.description,
            register: false,
            certificate: None,
            grants,
            on_purpose: OnPurpose {
                // What was asked for was looked at; what is moved over has its width already.
                wide_scope: true,
                built_in_roles: asked.allow_built_in_roles,
                same_name: false,
            },
        };
        let facts = onboard::observe(&azure, person, &request, account, None).await?;
        Ok(Prepared {
            azure,
            account: account.clone(),
            person: Some(person.clone()),
            certificate: CertificateChoice::None,
            steps: plan_onboarding(&request, &facts)?,
            unknown: vec![],
        })
    }
}

impl PreparedEdit {
    /// Ids of the roles that no grant uses afterwards.
    fn roles(&self, account: &ServiceAccount) -> Vec<String> {
        if !self.tidies {
            return vec![];
        }
        let moved = self.moving.iter().map(|moving| moving.grant.clone());
        let gone: Vec<Grant> = self.revoking.iter().cloned().chain(moved).collect();
        let steps = self.granting.iter().flat_map(|prepared| &prepared.steps);
        let coming: Vec<String> = steps
            .filter_map(|planned| match &planned.step {
                SetupStep::Role(role) => Some(role.id()),
                _ => None,
            })
            .collect();
        unneeded_roles(account, &gone, &coming)
    }
}

/// A scope has one assignment of a role: the old one must be deleted before another folder's is created.
fn refuse_other_folder(revoking: &[Grant], grants: &[GrantRequest]) -> Result<(), Problem> {
    let both = |grant: &&GrantRequest| {
        let mut gone = revoking.iter();
        gone.any(|g| g.permission_set == grant.permission_set && g.scope == grant.scope)
    };
    match grants.iter().find(both) {
        None => Ok(()),
        Some(grant) => Err(Problem::new(
            Code::GrantGivenTwice,
            format!("`{grant}` is both granted and revoked by this request"),
            "Revoke it in one edit, and grant it in the next; nothing was changed.",
        )),
    }
}

/// Ids of the roles of ours that no grant uses once these are gone, and none that is `coming`.
fn unneeded_roles(account: &ServiceAccount, revoking: &[Grant], coming: &[String]) -> Vec<String> {
    let stays = |grant: &&Grant| !revoking.iter().any(|r| r.assignment_id == grant.assignment_id);
    let used = |id: &str| {
        let mut staying = account.grants.iter().filter(stays);
        coming.iter().any(|other| same_role(other, id))
            || staying.any(|grant| same_role(&grant.role_definition_id, id))
    };
    let unneeded = |object: &MadeObject| match object {
        MadeObject::RoleDefinition { id } => (!used(id)).then(|| id.clone()),
        _ => None,
    };
    account.objects.iter().filter_map(unneeded).collect()
}

fn refuse_moving(account: &ServiceAccount, request: &EditServiceAccount) -> Result<(), Problem> {
    let other = |wanted: &Option<String>, kept: &str| {
        wanted
            .as_ref()
            .is_some_and(|w| !w.trim().eq_ignore_ascii_case(kept))
    };
    if other(&request.tenant_id, &account.tenant_id)
        || other(&request.application_id, &account.application_id)
    {
        return Err(Problem::new(
            Code::ServiceAccountNotMovable,
            format!(
                "`{}` belongs to the application {} of the tenant {}; this cannot be changed",
                account.name, account.application_id, account.tenant_id
            ),
            "Its grants and the objects that Coldkeep created belong to that application: add another \
             service account instead, and remove this one; nothing was changed.",
        ));
    }
    Ok(())
}

/// Nothing would come of it.
fn refuse_renewing_secret(account: &ServiceAccount, request: &EditServiceAccount) -> Result<(), Problem> {
    let asked = request.auto_renew_days.is_some_and(|days| days > 0);
    match account.credential {
        Credential::Secret { .. } if asked => Err(Problem::new(
            Code::RenewalUnsupported,
            format!(
                "`{}` authenticates with a secret, which the server cannot renew",
                account.name
            ),
            fix![
                "Sign in and renew it, or give it a certificate: ",
                Verb::ServiceAccountRenew.of(&account.name),
                ". Nothing was changed."
            ],
        )),
        _ => Ok(()),
    }
}

/// Only what Coldkeep granted, to this service account or to another of the same application.
fn revocable(
    account: &ServiceAccount,
    request: &GrantRequest,
    others: &[Neighbour],
) -> Result<Grant, Problem> {
    let same = |g: &&Grant| g.request() == *request;
    let found = account.grants.iter().find(same).ok_or_else(|| {
        Problem::new(
            Code::GrantNotFound,
            format!(
                "`{}` has no grant of {} at {}",
                account.name,
                request.permission_set,
                request.place()
            ),
            fix![
                "To list its grants: ",
                Verb::ServiceAccountShow.of(&account.name),
                ". Nothing was changed."
            ],
        )
    })?;
    let assignment = MadeObject::RoleAssignment {
        id: found.assignment_id.clone(),
    };
    let journalled = |other: &Neighbour| other.account.objects.iter().any(|o| same_object(o, &assignment));
    if found.made_by_us || others.iter().any(journalled) {
        return Ok(found.clone());
    }
    Err(Problem::new(
        Code::GrantNotOurs,
        format!(
            "{} at {} was not granted by Coldkeep",
            request.permission_set,
            request.place()
        ),
        "Remove it under Access control (IAM) in the portal; nothing was changed.",
    ))
}
