//! Moving grants to the current roles of their permission sets: the new assignment is created and tested, then the
//! old one is deleted, and the rest is tested again by itself.

use super::EditServiceAccount;
use crate::{identity::IdentityWing, identity::onboard};
use coldkeep_api::{OnboardingStep, StepAction};
use coldkeep_azure::{Azure, Person};
use coldkeep_core::{
    Problem,
    onboarding::outdated,
    resource::same_id,
    service_account::{Grant, MadeObject, ServiceAccount},
    sharing::is_untold,
};
use std::sync::Arc;

/// A grant whose role is of an earlier version.
#[derive(Debug, Clone)]
pub(super) struct Moving {
    pub(super) grant: Grant,
    /// `copy-target v1 -> v2`
    words: String,
}

impl Moving {
    /// Whether this is its old assignment.
    pub(super) fn is(&self, object: &MadeObject) -> bool {
        matches!(object, MadeObject::RoleAssignment { id } if same_id(id, &self.grant.assignment_id))
    }

    pub(super) fn step(&self) -> OnboardingStep {
        let place = self.grant.request().place();
        let mut detail = format!("{} at {place}", self.words);
        let action = if self.grant.made_by_us {
            StepAction::Remove
        } else {
            detail += ": Coldkeep did not create the old one; remove it under Access control (IAM) there";
            StepAction::Keep
        };
        OnboardingStep::new(action, "role assignment", detail)
    }
}

/// What is moved over: all of it where that was asked for, else what is granted once more.
pub(super) fn moving(
    account: &ServiceAccount,
    request: &EditServiceAccount,
    revoking: &[Grant],
) -> Vec<Moving> {
    let old = outdated(account).into_iter();
    let asked = old.filter(|old| {
        let revoked = revoking.iter().any(|gone| gone == old.grant);
        !revoked && (request.update_roles || request.grants.contains(&old.grant.request()))
    });
    asked
        .map(|old| Moving {
            grant: old.grant.clone(),
            words: old.words(),
        })
        .collect()
}

/// Assignments of ours that no grant names: an edit that was interrupted had put others in their place.
pub(super) fn leftovers(account: &ServiceAccount) -> Vec<MadeObject> {
    // One that was granted nothing was handed what another account of its application had.
    if is_untold(account) {
        return vec![];
    }
    let used = |id: &str| {
        let mut grants = account.grants.iter();
        grants.any(|grant| same_id(&grant.assignment_id, id))
    };
    let left = |object: &&MadeObject| matches!(object, MadeObject::RoleAssignment { id } if !used(id));
    account.objects.iter().filter(left).cloned().collect()
}

impl IdentityWing {
    /// Takes the old assignments away, also such as an earlier edit left that was interrupted, and proves what took the
    /// place of those that were moved over.
    pub(super) async fn leave_old_roles(
        &self,
        azure: &Azure,
        person: &Person,
        account: &mut ServiceAccount,
        moving: &[Moving],
    ) -> Result<(), Problem> {
        let gone = leftovers(account);
        if gone.is_empty() {
            return Ok(());
        }
        self.delete_these(azure, person, account, gone).await?;
        let source = self.ground.token_source(account, Arc::default()).await?;
        for grant in moving.iter().map(|moving| moving.grant.request()) {
            onboard::prove_grant(azure, &source, &grant, &*self.ground.config.clock).await?;
        }
        Ok(())
    }

    /// Deletes roles that no grant of the account needs. One that is also assigned outside of Coldkeep stays, and is
    /// tried again by the next edit.
    pub(super) async fn delete_roles(
        &self,
        azure: &Azure,
        person: &Person,
        account: &mut ServiceAccount,
        roles: Vec<String>,
    ) -> Result<(), Problem> {
        for id in roles {
            let role = vec![MadeObject::RoleDefinition { id }];
            match self.delete_these(azure, person, account, role).await {
                Err(problem) if is_assigned(&problem) => {
                    tracing::info!("{problem}");
                }
                other => drop(other?),
            }
        }
        Ok(())
    }
}

fn is_assigned(problem: &Problem) -> bool {
    let system = problem.system.as_ref();
    system.and_then(|system| system.code.as_deref()) == Some("RoleDefinitionHasAssignments")
}
