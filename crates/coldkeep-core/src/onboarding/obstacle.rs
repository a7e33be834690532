//! What is in the way of an onboarding: everything at once, each with who could do it, so that nobody finds out piece by
//! piece.

use super::{ApplicationFact, Facts, PlaceFact, Role, RoleFact, Wish, assigned, role::Choice};
use crate::{
    Kind, Problem,
    built_in::{self, BuiltInRole},
    permission::{GrantWish, PermissionSet, same_condition},
    resource::ResourceKind,
};

const ACTIVATE: &str = "Roles that are only eligible must be activated before signing in.";

/// Refuses with all that is in the way.
pub(super) fn refuse(wish: &Wish<'_>, facts: &Facts, choices: &[Choice]) -> Result<(), Problem> {
    let mut found = application_obstacles(wish, facts);
    found.extend(facts.places.iter().filter_map(place_obstacle));
    let mut roles: Vec<&Role> = Vec::new();
    for choice in choices {
        if let Choice::Own(role) = choice
            && !roles.contains(&role)
        {
            roles.push(role);
            found.extend(role_obstacle(role, facts));
        }
    }
    let placed = wish.grants.iter().zip(choices);
    found.extend(placed.filter_map(|(grant, choice)| condition_obstacle(grant, choice, facts)));
    match together(found) {
        Some(problem) => Err(problem),
        None => Ok(()),
    }
}

fn application_obstacles(wish: &Wish<'_>, facts: &Facts) -> Vec<Problem> {
    let mut found = Vec::new();
    let registering = wish.register && facts.application.is_none();
    if !wish.register && facts.application.is_none() {
        found.push(Problem::not_found(
            "The application does not exist in the tenant that you signed in to",
            "Check the application (client) id. An application whose home is another tenant must be set up there.",
        ));
    }
    if registering && facts.may_register == Some(false) {
        found.push(Problem::new(
            Kind::Denied,
            "Whom you signed in as may not register applications in this tenant",
            format!(
                "An Application Developer, a Cloud Application Administrator or an Application Administrator may: sign in \
                 as one, or let one register it and use it with --existing. {ACTIVATE}"
            ),
        ));
    }
    if let Some(deleted) = facts.deleted.as_ref().filter(|_| registering) {
        found.push(Problem::conflict(
            format!(
                "The application that was registered for this account was deleted, and still holds its unique name in the \
                 tenant's bin ({})",
                ids(deleted)
            ),
            "In the portal, under App registrations, Deleted applications: restore it to go on with it, or delete it for \
             good to register a new one.",
        ));
    }
    if registering && !facts.same_name.is_empty() && !wish.on_purpose.same_name {
        let all: Vec<String> = facts.same_name.iter().map(ids).collect();
        found.push(Problem::conflict(
            format!(
                "The tenant has an application named `{}` already ({})",
                wish.name,
                all.join("; ")
            ),
            "Use it (`--existing`), choose another --name, or say that a second one of that name is meant with \
             --allow-same-name.",
        ));
    }
    let to_register = wish.certificate.is_some() && !facts.certificate_registered;
    if facts.application.is_some() && to_register && facts.may_add_keys == Some(false) {
        found.push(Problem::new(
            Kind::Denied,
            "Whom you signed in as may not add keys to the application",
            format!(
                "Its owners, a Cloud Application Administrator or an Application Administrator may: sign in as one, or let \
                 one register the certificate and leave --grant away. {ACTIVATE}"
            ),
        ));
    }
    found.extend(facts.forbidden.clone().filter(|_| to_register));
    found
}

fn ids(application: &ApplicationFact) -> String {
    format!(
        "application id {}, object id {}",
        application.application_id, application.object_id
    )
}

fn place_obstacle(place: &PlaceFact) -> Option<Problem> {
    let what = match place.scope.parse() {
        Err(problem) => return Some(problem),
        Ok(ResourceKind::Subscription) => "The subscription".to_owned(),
        Ok(ResourceKind::ResourceGroup) => "The resource group".to_owned(),
        Ok(ResourceKind::StorageAccount { account }) => format!("The storage account `{account}`"),
        Ok(ResourceKind::Container { account, container }) => {
            format!("The container `{container}` of `{account}`")
        }
    };
    if let Some(system) = &place.refused {
        return Some(
            Problem::new(
                Kind::Denied,
                format!("{what} is not shown to whom you signed in as (`{}`)", place.scope),
                format!("Correct the resource id, or sign in as an Owner or User Access Administrator of it. {ACTIVATE}"),
            )
            .in_system(system.clone()),
        );
    }
    if !place.exists {
        return Some(Problem::not_found(
            format!(
                "{what} does not exist, or is not shown to whom you signed in as (`{}`)",
                place.scope
            ),
            "Create it, or correct the resource id.",
        ));
    }
    (place.may_grant == Some(false)).then(|| {
        Problem::new(
            Kind::Denied,
            format!(
                "{what}: whom you signed in as may not assign roles there (`{}`)",
                place.scope
            ),
            format!(
                "Sign in as an Owner, User Access Administrator or Role Based Access Control Administrator of it. \
                 {ACTIVATE}"
            ),
        )
    })
}

fn role_obstacle(role: &Role, facts: &Facts) -> Option<Problem> {
    if let Some(there) = role.find(&facts.roles) {
        return (!there.same_rights).then(|| changed_role(role, there));
    }
    if role.may_define(facts) != Some(false) {
        return None;
    }
    let set = role.permission_set;
    let (beside, next) = match BuiltInRole::nearest(set) {
        Some(nearest) => (
            format!("; {}", compared(nearest, set)),
            ", or take the built-in role on purpose with --allow-built-in-roles",
        ),
        None => (String::new(), "; no built-in role stands in for this one"),
    };
    let scopes: Vec<&str> = role.assignable_scopes.iter().map(|s| s.0.as_str()).collect();
    Some(Problem::new(
        Kind::Denied,
        format!(
            "`{set}` needs a role of its own, and whom you signed in as may define none in {}{beside}",
            scopes.join(", ")
        ),
        format!("Sign in as an Owner or User Access Administrator of the whole subscription{next}."),
    ))
}

/// A role that is assigned there already under another rule: a second assignment is not taken, and one that is there is
/// not changed.
fn condition_obstacle(grant: &GrantWish, choice: &Choice, facts: &Facts) -> Option<Problem> {
    let there = assigned(grant, &choice.id_for(grant), facts)?;
    if same_condition(grant.condition().as_deref(), there.condition.as_deref()) {
        return None;
    }
    let set = grant.permission_set;
    let said = match there.condition.as_deref() {
        None | Some("") => "without a condition".to_owned(),
        Some(other) => format!("under another condition ({other})"),
    };
    Some(Problem::conflict(
        format!(
            "The role of `{set}` is assigned at `{}` already, {said}",
            grant.scope
        ),
        format!(
            "If Coldkeep granted it for another folder, take that away first (`service-account edit NAME --revoke \
             {set}=…`); else remove the assignment under Access control (IAM) in the portal ({}).",
            there.id
        ),
    ))
}

/// How a built-in role differs from the set it stands in for.
pub fn compared(role: BuiltInRole, set: PermissionSet) -> String {
    let listed = |rights: Vec<String>| match rights.is_empty() {
        true => "nothing".to_owned(),
        false => built_in::short(&rights),
    };
    format!(
        "the nearest built-in role, {}, allows beyond: {}; and lacks: {}",
        role.name,
        listed(role.beyond(set)),
        listed(role.lacks(set))
    )
}

fn changed_role(role: &Role, there: &RoleFact) -> Problem {
    Problem::conflict(
        format!(
            "The role `{}` gives other rights than Coldkeep's permission set of that name ({})",
            role.name, there.id
        ),
        "Somebody changed it. Restore its rights or delete it in the portal, then try again.",
    )
}

/// One problem that names them all; the first decides of which kind it is.
fn together(mut found: Vec<Problem>) -> Option<Problem> {
    match found.len() {
        0 => None,
        1 => {
            let only = found.remove(0);
            let next = format!("{} Nothing was made.", only.next);
            Some(only.next(next))
        }
        count => {
            let numbered = |text: fn(&Problem) -> &str, between: &str| {
                let all: Vec<String> = found
                    .iter()
                    .enumerate()
                    .map(|(n, problem)| format!("({}) {}", n + 1, text(problem)))
                    .collect();
                all.join(between)
            };
            let all = Problem::new(
                found[0].kind,
                format!("{count} things are in the way: {}", numbered(|p| &p.what, "; ")),
                format!("{} Nothing was made.", numbered(|p| &p.next, " ")),
            );
            // A refusal's own words and request id are not lost among the others.
            Some(match found.iter().find_map(|p| p.system.clone()) {
                Some(system) => all.in_system(system),
                None => all,
            })
        }
    }
}
