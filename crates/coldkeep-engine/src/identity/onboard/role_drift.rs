//! Whether the roles behind an account's grants still match their versions: a role can be edited in the portal.

use super::proof;
use coldkeep_azure::arm::Arm;
use coldkeep_core::{
    Code, fix,
    onboarding::{Drift, RoleRights, drift},
    problem::{Field, Verb},
    service_account::{Grant, Proof, ProofOutcome, ServiceAccount},
    sharing::same_role,
};

/// One finding for each role that was edited or is gone, and for each that cannot be read.
pub(super) async fn compare_roles(arm: &Arm, account: &ServiceAccount) -> Vec<Proof> {
    let mut roles: Vec<&Grant> = vec![];
    for grant in &account.grants {
        let same = |known: &&Grant| same_role(&known.role_definition_id, &grant.role_definition_id);
        if !roles.iter().any(same) {
            roles.push(grant);
        }
    }
    let mut found = vec![];
    for grant in roles {
        let what = format!("role of {}", grant.permission_set);
        match arm.fetch_role_definition(&grant.role_definition_id).await {
            Ok(Some(role)) => {
                let rights = RoleRights {
                    actions: &role.actions,
                    data_actions: &role.data_actions,
                    not_actions: &role.not_actions,
                };
                if let Some(drift) = drift(grant, rights) {
                    found.push(edited(what, &role.name, &drift));
                }
            }
            Ok(None) => found.push(
                proof(
                    what,
                    ProofOutcome::Missing,
                    format!("Its definition {} no longer exists.", grant.role_definition_id),
                )
                .with_fix(fix![
                    "Grant it again: ",
                    Verb::ServiceAccountEdit
                        .any()
                        .with(Field::GrantOn.set(grant.request())),
                    "."
                ])
                .coded(Code::RoleGone),
            ),
            Err(e) => {
                let told = e.problem("The role cannot be read");
                found.push(Proof::of_problem(what, ProofOutcome::Unknown, told));
            }
        }
    }
    found
}

fn edited(what: String, name: &str, drift: &Drift) -> Proof {
    let mut parts = vec![];
    if !drift.more.is_empty() {
        parts.push(format!("it also grants {}", drift.more.join(", ")));
    }
    if !drift.less.is_empty() {
        parts.push(format!("it no longer grants {}", drift.less.join(", ")));
    }
    let code = match drift.more.is_empty() {
        true => Code::RoleGivesLess,
        false => Code::RoleGivesMore,
    };
    proof(
        what,
        ProofOutcome::Failed,
        format!(
            "The role `{name}` was edited outside Coldkeep: {}.",
            parts.join(", and ")
        ),
    )
    .with_fix("Restore its permissions under Access control (IAM), Roles, in the portal.")
    .coded(code)
}
