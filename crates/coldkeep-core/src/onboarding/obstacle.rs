//! The obstacles of an onboarding: all of them at once, each with the roles that can resolve it.

use super::{
    ApplicationFact, CustomRole, Facts, OnboardingRequest, PlaceFact, RoleFact, assigned, role::RoleChoice,
};
use crate::{
    Code, Fix, Problem,
    built_in::{self, BuiltInRole},
    fix,
    permission::{GrantRequest, PermissionSet, same_condition},
    problem::{Allowance, Field},
    resource::ResourceKind,
};

const ACTIVATE: &str = "Roles that are only eligible must be activated before signing in.";

/// Refuses with all that is in the way.
pub(super) fn refuse(
    request: &OnboardingRequest<'_>,
    facts: &Facts,
    choices: &[RoleChoice],
) -> Result<(), Problem> {
    let mut found = application_obstacles(request, facts);
    found.extend(facts.places.iter().filter_map(place_obstacle));
    let mut roles: Vec<&CustomRole> = Vec::new();
    for choice in choices {
        if let RoleChoice::Own(role) = choice
            && !roles.contains(&role)
        {
            roles.push(role);
            found.extend(role_obstacle(role, facts));
        }
    }
    let placed = request.grants.iter().zip(choices);
    found.extend(placed.filter_map(|(grant, choice)| condition_obstacle(grant, choice, facts)));
    match together(found) {
        Some(problem) => Err(problem),
        None => Ok(()),
    }
}

fn application_obstacles(request: &OnboardingRequest<'_>, facts: &Facts) -> Vec<Problem> {
    let mut found = Vec::new();
    let registering = request.register && facts.application.is_none();
    if !request.register && facts.application.is_none() {
        found.push(Problem::new(
            Code::ApplicationNotFound,
            "The application does not exist in the tenant that you signed in to",
            "Check the application (client) id. An application that belongs to another tenant must be set up in that \
             tenant.",
        ));
    }
    if registering && facts.may_register == Some(false) {
        found.push(registration_not_allowed());
    }
    let deleted = facts.deleted.as_ref().filter(|_| registering);
    found.extend(deleted.map(application_deleted));
    if registering && !facts.same_name.is_empty() && !request.on_purpose.same_name {
        found.push(name_taken(request.name, &facts.same_name));
    }
    let to_register = request.certificate.is_some() && !facts.certificate_registered;
    if facts.application.is_some() && to_register && facts.may_add_keys == Some(false) {
        found.push(keys_not_allowed());
    }
    found.extend(facts.forbidden.clone().filter(|_| to_register));
    found
}

fn registration_not_allowed() -> Problem {
    Problem::new(
        Code::ApplicationRegistrationNotAllowed,
        "The signed-in user is not allowed to register applications in this tenant",
        fix![
            "Sign in as an Application Developer, Cloud Application Administrator or Application Administrator; or let \
             such an administrator register it, and use it with ",
            Field::Existing,
            format!(". {ACTIVATE}")
        ],
    )
}

fn application_deleted(deleted: &ApplicationFact) -> Problem {
    Problem::new(
        Code::ApplicationDeleted,
        format!(
            "The application that was registered for this account was deleted, and still occupies its unique name among \
             the tenant's deleted applications ({})",
            ids(deleted)
        ),
        "In the portal, under App registrations, Deleted applications: restore it to continue with it, or delete it \
         permanently to register a new one.",
    )
}

fn name_taken(name: &str, same_name: &[ApplicationFact]) -> Problem {
    let all: Vec<String> = same_name.iter().map(ids).collect();
    Problem::new(
        Code::ApplicationNameTaken,
        format!(
            "The tenant already has an application named `{name}` ({})",
            all.join("; ")
        ),
        fix![
            "Use it (",
            Field::Existing,
            "), choose another ",
            Field::Name,
            ", or create a second one with that name (",
            Allowance::SameName,
            ")."
        ],
    )
}

fn keys_not_allowed() -> Problem {
    Problem::new(
        Code::ApplicationKeysNotAllowed,
        "The signed-in user is not allowed to add keys to the application",
        fix![
            "Sign in as an owner of the application, a Cloud Application Administrator or an Application Administrator; \
             or let such an administrator register the certificate, and omit ",
            Field::Grant,
            format!(". {ACTIVATE}")
        ],
    )
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
            Problem::new(Code::ResourceNotVisible, format!("{what} is not visible to the signed-in user (`{}`)", place.scope), format!("Correct the resource id, or sign in as an Owner or User Access Administrator of it. {ACTIVATE}"))
            .in_system(system.clone()),
        );
    }
    if !place.exists {
        return Some(Problem::new(
            Code::ResourceNotFound,
            format!(
                "{what} does not exist, or is not visible to the signed-in user (`{}`)",
                place.scope
            ),
            "Create it, or correct the resource id.",
        ));
    }
    (place.may_grant == Some(false)).then(|| {
        Problem::new(Code::RoleAssignmentNotAllowed, format!("{what}: the signed-in user is not allowed to assign roles there (`{}`)", place.scope), format!(
                "Sign in as an Owner, User Access Administrator or Role Based Access Control Administrator of it. \
                 {ACTIVATE}"
            ))
    })
}

fn role_obstacle(role: &CustomRole, facts: &Facts) -> Option<Problem> {
    if let Some(there) = role.find_among(&facts.roles) {
        return (!there.same_rights).then(|| changed_role(role, there));
    }
    if role.may_define(facts) != Some(false) {
        return None;
    }
    let set = role.permission_set;
    let sign_in = "Sign in as an Owner or User Access Administrator of the whole subscription";
    let (beside, next) = match BuiltInRole::nearest(set) {
        Some(nearest) => (
            format!("; {}", compared(nearest, set)),
            fix![
                format!("{sign_in}, or allow the closest built-in role with "),
                Allowance::BuiltInRoles,
                "."
            ],
        ),
        None => (
            String::new(),
            fix![format!("{sign_in}; no built-in role can replace this one.")],
        ),
    };
    let scopes: Vec<&str> = role.assignable_scopes.iter().map(|s| s.0.as_str()).collect();
    Some(Problem::new(
        Code::RoleDefinitionNotAllowed,
        format!(
            "`{set}` needs a custom role, and the signed-in user is not allowed to create any in {}{beside}",
            scopes.join(", ")
        ),
        next,
    ))
}

/// A role that is assigned there already under another rule: a second assignment is not taken, and one that is there is
/// not changed.
fn condition_obstacle(grant: &GrantRequest, choice: &RoleChoice, facts: &Facts) -> Option<Problem> {
    let there = assigned(grant, &choice.id_for(grant), facts)?;
    if same_condition(grant.condition().as_deref(), there.condition.as_deref()) {
        return None;
    }
    let set = grant.permission_set;
    let said = match there.condition.as_deref() {
        None | Some("") => "without a condition".to_owned(),
        Some(other) => format!("under another condition ({other})"),
    };
    Some(Problem::new(
        Code::AssignmentConditionDiffers,
        format!(
            "The role of `{set}` is already assigned at `{}`, {said}",
            grant.scope
        ),
        fix![
            "If Coldkeep granted it for another folder, revoke that first (",
            Field::Revoke.set(format!("{set}=…")),
            format!(
                "); else remove the assignment under Access control (IAM) in the portal ({}).",
                there.id
            )
        ],
    ))
}

/// How a built-in role differs from the set it stands in for.
pub fn compared(role: BuiltInRole, set: PermissionSet) -> String {
    let listed = |rights: Vec<String>| match rights.is_empty() {
        true => "nothing".to_owned(),
        false => built_in::short(&rights),
    };
    format!(
        "the closest built-in role, {}, also allows: {}; and lacks: {}",
        role.name,
        listed(role.beyond(set)),
        listed(role.lacks(set))
    )
}

fn changed_role(role: &CustomRole, there: &RoleFact) -> Problem {
    Problem::new(
        Code::RoleChanged,
        format!(
            "The role `{}` grants other permissions than Coldkeep's permission set of that name ({})",
            role.name, there.id
        ),
        "The role was changed outside Coldkeep. Restore its permissions or delete it in the portal, then try \
        again.",
    )
}

/// What every refusal here ends with.
const NOTHING_CREATED: &str = "Nothing was created.";

/// One problem that names them all; the first decides of which kind it is.
fn together(mut found: Vec<Problem>) -> Option<Problem> {
    match found.len() {
        0 => None,
        1 => Some(found.remove(0).also(NOTHING_CREATED)),
        count => {
            let numbered: Vec<String> = (1..)
                .zip(&found)
                .map(|(n, problem)| format!("({n}) {}", problem.what))
                .collect();
            let what = format!("{count} obstacles: {}", numbered.join("; "));
            // A refusal's own words and request id are not lost among the others.
            let system = found.iter().find_map(|p| p.system.clone());
            let code = found[0].code;
            let mut fixes = (1..).zip(found).map(|(n, problem)| {
                let parts = problem.fix.into_iter();
                parts.fold(Fix::from(format!("({n})")), Fix::then)
            });
            let first = fixes.next()?;
            let all = fixes.fold(Problem::new(code, what, first), Problem::also);
            let all = all.also(NOTHING_CREATED);
            Some(match system {
                Some(system) => all.in_system(system),
                None => all,
            })
        }
    }
}
