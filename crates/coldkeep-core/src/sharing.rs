//! Several service accounts may be one application, or use one certificate: what one of them may remove, and what
//! stays because another needs it.

mod plan;

pub use plan::{Departure, plan_removal};

use crate::{
    Timestamp,
    id::{CertificateId, ServiceAccountId},
    resource::{ResourceId, ResourceKind, same_id},
    service_account::{Credential, Grant, MadeObject, ServiceAccount, State},
};

/// Another service account, with what deciding needs to know of it.
#[derive(Debug, Clone)]
pub struct Neighbour {
    pub account: ServiceAccount,
    /// The ids under which Coldkeep would register the certificates it uses with the application in question.
    pub key_ids: Vec<String>,
    /// The storage accounts and containers that its repositories open.
    pub opens: Vec<(String, String)>,
}

/// Why an object stays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NeededBy {
    /// Who needs it; the first takes it over.
    pub by: Vec<ServiceAccountId>,
    /// For people: "also used by the service account `north-2`".
    pub why: String,
}

/// Whether both are the same application. Its id names it in every tenant; an unknown id matches none.
pub fn same_application(a: &ServiceAccount, b: &ServiceAccount) -> bool {
    !a.application_id.is_empty() && a.application_id.eq_ignore_ascii_case(&b.application_id)
}

/// Whether both are the same service principal: the same application in the same tenant.
pub fn same_principal(a: &ServiceAccount, b: &ServiceAccount) -> bool {
    same_application(a, b) && a.tenant_id.eq_ignore_ascii_case(&b.tenant_id)
}

/// Which of the others still need what `account` created, and so keep it; none: it can be deleted. An account that
/// is being removed
/// needs nothing.
pub fn needed(
    account: &ServiceAccount,
    object: &MadeObject,
    others: &[Neighbour],
    now: Timestamp,
) -> Option<NeededBy> {
    needed_by(account, others, |other| match object {
        MadeObject::Application { .. } => same_application(account, &other.account),
        MadeObject::ServicePrincipal { .. } => same_principal(account, &other.account),
        MadeObject::KeyCredential { key_id } => {
            same_application(account, &other.account) && needs_key(other, key_id, now)
        }
        // Its name belongs to one account, and only that account has its text.
        MadeObject::Secret { .. } => false,
        MadeObject::RoleDefinition { id } => needs_role(&other.account, id),
        MadeObject::RoleAssignment { id } => {
            same_principal(account, &other.account) && needs_assignment(account, other, id)
        }
    })
}

/// Who else needs a registered certificate that is to be removed for `account`. It is compared by content as well as
/// by its id: another administrator can have registered it under another id.
pub fn key_needed(
    account: &ServiceAccount,
    credential: &Credential,
    key_id: &str,
    others: &[Neighbour],
    now: Timestamp,
) -> Option<NeededBy> {
    needed_by(account, others, |other| {
        let same = used_credentials(&other.account, now).any(|c| same_certificate(c, credential));
        same_application(account, &other.account) && (same || needs_key(other, key_id, now))
    })
}

/// Whether another account of any application proves itself with a certificate of the store, is about to, or did until
/// a moment ago.
pub fn certificate_needed(
    account: &ServiceAccount,
    id: CertificateId,
    others: &[Neighbour],
) -> Option<NeededBy> {
    needed_by(account, others, |other| uses(&other.account, id))
}

/// Whether a service account proves itself with this certificate, is about to, or did until a moment ago.
pub fn uses(account: &ServiceAccount, id: CertificateId) -> bool {
    let is_it = |credential: &Credential| matches!(credential, Credential::Certificate { certificate_id, .. } if *certificate_id == id);
    let upkeep = &account.upkeep;
    is_it(&account.credential)
        || upkeep.renewal.as_ref().is_some_and(|r| is_it(&r.credential))
        || upkeep.retiring.iter().any(|r| is_it(&r.credential))
}

/// Puts an object that stays into the journal of the account that needs it, so that the last one takes it away. The two
/// are one application, unless the object is a role.
pub fn hand_over(from: &ServiceAccount, object: &MadeObject, to: &mut ServiceAccount) {
    journal(to, object);
    if let MadeObject::RoleAssignment { id } = object {
        hand_over_grant(from, id, to);
    }
    if to.application_object_id.is_none() && same_application(from, to) {
        to.application_object_id = from.application_object_id.clone();
    }
}

fn journal(to: &mut ServiceAccount, object: &MadeObject) {
    if !to.objects.iter().any(|o| same_object(o, object)) {
        to.objects.push(object.clone());
    }
}

/// With its role. An account without recorded needs stays such a one.
fn hand_over_grant(from: &ServiceAccount, assignment_id: &str, to: &mut ServiceAccount) {
    let of_assignment = |g: &&Grant| same_id(&g.assignment_id, assignment_id);
    let grant = from.grants.iter().find(of_assignment);
    let role = grant.and_then(|grant| {
        let of_grant = |o: &&MadeObject| matches!(o, MadeObject::RoleDefinition { id } if same_role(id, &grant.role_definition_id));
        from.objects.iter().find(of_grant)
    });
    if let Some(role) = role {
        journal(to, role);
    }
    let told = !is_untold(to);
    let own = to
        .grants
        .iter_mut()
        .find(|g| same_id(&g.assignment_id, assignment_id));
    match (own, grant) {
        (Some(own), _) => own.made_by_us = true,
        (None, Some(grant)) if told => to.grants.push(Grant {
            made_by_us: true,
            ..grant.clone()
        }),
        (None, _) => {}
    }
}

/// Whether the needs of an account are not recorded: it was added without a sign-in, and was never granted anything.
pub fn is_untold(account: &ServiceAccount) -> bool {
    account.grants.is_empty() && account.principal_id.is_none()
}

/// Whether both name the same object, however their ids are written.
pub fn same_object(a: &MadeObject, b: &MadeObject) -> bool {
    use MadeObject::{KeyCredential, RoleAssignment, RoleDefinition};
    match (a, b) {
        (RoleAssignment { id: a }, RoleAssignment { id: b }) => same_id(a, b),
        (RoleDefinition { id: a }, RoleDefinition { id: b }) => same_role(a, b),
        (KeyCredential { key_id: a }, KeyCredential { key_id: b }) => a.eq_ignore_ascii_case(b),
        (a, b) => a == b,
    }
}

/// Whether two ids name one role definition: its GUID counts, it is assignable in several subscriptions.
pub fn same_role(a: &str, b: &str) -> bool {
    let guid = |id: &str| {
        let id = id.trim_end_matches('/');
        id.rsplit('/').next().unwrap_or_default().to_ascii_lowercase()
    };
    guid(a) == guid(b)
}

fn needed_by(
    account: &ServiceAccount,
    others: &[Neighbour],
    needs: impl Fn(&Neighbour) -> bool,
) -> Option<NeededBy> {
    let alive = |other: &&Neighbour| {
        other.account.id != account.id && other.account.state != State::Removing && needs(other)
    };
    let found: Vec<&Neighbour> = others.iter().filter(alive).collect();
    if found.is_empty() {
        return None;
    }
    let names: Vec<String> = found
        .iter()
        .map(|other| format!("`{}`", other.account.name))
        .collect();
    let noun = match names.len() {
        1 => "service account",
        _ => "service accounts",
    };
    Some(NeededBy {
        by: found.iter().map(|other| other.account.id).collect(),
        why: format!("also used by the {noun} {}", names.join(", ")),
    })
}

/// What it uses now, is about to use, or must still be able to go back to.
fn used_credentials(account: &ServiceAccount, now: Timestamp) -> impl Iterator<Item = &Credential> {
    let upkeep = &account.upkeep;
    let in_grace = upkeep.retiring.iter().filter(move |r| r.remove_after > now);
    std::iter::once(&account.credential)
        .chain(upkeep.renewal.iter().map(|r| &r.credential))
        .chain(in_grace.map(|r| &r.credential))
}

fn same_certificate(a: &Credential, b: &Credential) -> bool {
    match (a, b) {
        (
            Credential::Certificate {
                certificate_id: a,
                thumbprint_sha1: one,
                ..
            },
            Credential::Certificate {
                certificate_id: b,
                thumbprint_sha1: other,
                ..
            },
        ) => a == b || one.eq_ignore_ascii_case(other),
        _ => false,
    }
}

fn needs_key(other: &Neighbour, key_id: &str, now: Timestamp) -> bool {
    let upkeep = &other.account.upkeep;
    let is_it = |id: &String| id.eq_ignore_ascii_case(key_id);
    let in_grace = upkeep.retiring.iter().filter(|r| r.remove_after > now);
    other.key_ids.iter().any(is_it)
        || upkeep.key_id.as_ref().is_some_and(is_it)
        || upkeep
            .renewal
            .as_ref()
            .and_then(|r| r.key_id.as_ref())
            .is_some_and(is_it)
        || in_grace.map(|r| &r.key_id).any(is_it)
}

fn needs_role(other: &ServiceAccount, id: &str) -> bool {
    let wanted = MadeObject::RoleDefinition { id: id.to_owned() };
    other.objects.iter().any(|o| same_object(o, &wanted))
        || other.grants.iter().any(|g| same_role(&g.role_definition_id, id))
}

/// By one of its grants; or, if its needs are not recorded, because it opens something in the assignment's scope by
/// no own grant.
fn needs_assignment(account: &ServiceAccount, other: &Neighbour, id: &str) -> bool {
    let grants = &other.account.grants;
    let own = account.grants.iter().find(|g| same_id(&g.assignment_id, id));
    let granted = |g: &Grant| {
        let same =
            |own: &Grant| own.scope == g.scope && same_role(&own.role_definition_id, &g.role_definition_id);
        same_id(&g.assignment_id, id) || own.is_some_and(same)
    };
    if is_untold(&other.account) || grants.iter().any(granted) {
        return true;
    }
    let scope = ResourceId(scope_of(id).to_owned());
    let opened = |(account, container): &(String, String)| {
        let covered = grants.iter().any(|g| reaches(&g.scope, account, container));
        reaches(&scope, account, container) && !covered
    };
    other.opens.iter().any(opened)
}

/// Where an assignment holds, by its id.
pub fn scope_of(assignment_id: &str) -> &str {
    const PART: &str = "/providers/microsoft.authorization/roleassignments/";
    match assignment_id.to_ascii_lowercase().rfind(PART) {
        Some(at) => &assignment_id[..at],
        None => assignment_id,
    }
}

/// Whether permissions at a scope can apply to a container. The storage accounts of a subscription or group are not known.
fn reaches(scope: &ResourceId, account: &str, container: &str) -> bool {
    match scope.parse() {
        Ok(ResourceKind::Container {
            account: a,
            container: c,
        }) => a.eq_ignore_ascii_case(account) && c.eq_ignore_ascii_case(container),
        Ok(ResourceKind::StorageAccount { account: a }) => a.eq_ignore_ascii_case(account),
        Ok(ResourceKind::Subscription | ResourceKind::ResourceGroup) | Err(_) => true,
    }
}

#[cfg(test)]
mod tests;
