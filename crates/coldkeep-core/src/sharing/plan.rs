//! In which order the objects of a service account are deleted, and which of them stay.

use super::{NeededBy, Neighbour, needed, same_id, same_role};
use crate::{
    Timestamp,
    service_account::{MadeObject, ServiceAccount},
};

/// One object that is asked to go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Departure {
    pub object: MadeObject,
    /// Why it stays, where it does.
    pub stays: Option<NeededBy>,
}

/// In this order: an assignment needs its role and its principal, a key its application.
fn rank(object: &MadeObject) -> u8 {
    match object {
        MadeObject::RoleAssignment { .. } => 0,
        MadeObject::RoleDefinition { .. } => 1,
        MadeObject::KeyCredential { .. } | MadeObject::Secret { .. } => 2,
        MadeObject::ServicePrincipal { .. } => 3,
        MadeObject::Application { .. } => 4,
    }
}

/// Decides about some of an account's objects, in the order in which they are to be removed. A role stays where an
/// assignment of it does.
pub fn plan_removal(
    account: &ServiceAccount,
    mut objects: Vec<MadeObject>,
    others: &[Neighbour],
    now: Timestamp,
) -> Vec<Departure> {
    objects.sort_by_key(rank);
    let mut plan: Vec<Departure> = Vec::new();
    for object in objects {
        let stays = needed(account, &object, others, now).or_else(|| match &object {
            MadeObject::RoleDefinition { id } => assigned_still(account, id, &plan),
            _ => None,
        });
        plan.push(Departure { object, stays });
    }
    plan
}

fn assigned_still(account: &ServiceAccount, role: &str, plan: &[Departure]) -> Option<NeededBy> {
    let of_role = |assignment: &str| {
        let mut grants = account.grants.iter();
        grants.any(|g| same_id(&g.assignment_id, assignment) && same_role(&g.role_definition_id, role))
    };
    plan.iter().find_map(|departure| match &departure.object {
        MadeObject::RoleAssignment { id } if of_role(id) => departure.stays.clone(),
        _ => None,
    })
}
