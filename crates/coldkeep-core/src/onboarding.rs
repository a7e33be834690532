//! Setting up a service account: from what was asked for and what exists to the exact steps, or the reason why not.

mod drift;
mod obstacle;
mod role;
mod version;

pub use drift::{Drift, RoleRights, drift};
pub use obstacle::compared;
pub use role::{CustomRole, role_among, role_for};
pub use version::{Outdated, outdated};

use crate::{
    Problem, System,
    built_in::BuiltInRole,
    id::ServiceAccountId,
    permission::{self, GrantRequest, PermissionSet},
    resource::ResourceId,
};
use role::RoleChoice;
use serde::{Deserialize, Serialize};

/// The request, once every answer is valid by itself.
#[derive(Debug, Clone)]
pub struct OnboardingRequest<'a> {
    pub account_id: ServiceAccountId,
    pub name: &'a str,
    pub description: &'a str,
    /// Make the application, or use the one that is there.
    pub register: bool,
    /// The certificate's name and SHA-1 thumbprint; none: a secret, which is registered already. A certificate that
    /// has yet to be generated has no thumbprint.
    pub certificate: Option<(&'a str, Option<&'a str>)>,
    pub grants: &'a [GrantRequest],
    pub on_purpose: OnPurpose,
}

/// What is done only if it was explicitly allowed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OnPurpose {
    /// Grant at a whole subscription or resource group.
    #[serde(default, rename = "allow_wide_scope")]
    pub wide_scope: bool,
    /// Take the nearest built-in role where no role can be defined.
    #[serde(default, rename = "allow_built_in_roles")]
    pub built_in_roles: bool,
    /// Register an application although there is one of that name.
    #[serde(default, rename = "allow_same_name")]
    pub same_name: bool,
}

/// What exists, and what the person who is signed in may do. None, for a right: it could not be found out.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    /// The application, where it is there.
    pub application: Option<ApplicationFact>,
    /// Its service principal's object id, where there is one.
    pub principal_id: Option<String>,
    pub certificate_registered: bool,
    /// Why the tenant's policy forbids registering the certificate, where it does.
    pub forbidden: Option<Problem>,
    /// One for each grant's scope.
    pub places: Vec<PlaceFact>,
    /// Coldkeep's roles that are there.
    pub roles: Vec<RoleFact>,
    /// The roles that the service principal has at the grants' scopes.
    pub assignments: Vec<AssignmentFact>,
    /// Where roles would be defined.
    pub role_places: Vec<RolePlaceFact>,
    pub may_register: Option<bool>,
    /// To the application that is there.
    pub may_add_keys: Option<bool>,
    /// Other applications with the requested name.
    pub same_name: Vec<ApplicationFact>,
    /// The application created for this account, if it was deleted and can still be restored.
    pub deleted: Option<ApplicationFact>,
}

/// A subscription in which a role would be defined.
#[derive(Debug, Clone)]
pub struct RolePlaceFact {
    /// `/subscriptions/ID`
    pub scope: ResourceId,
    pub may_define: Option<bool>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApplicationFact {
    pub object_id: String,
    pub application_id: String,
    pub display_name: String,
}

/// A scope that something is to be granted at.
#[derive(Debug, Clone)]
pub struct PlaceFact {
    pub scope: ResourceId,
    pub exists: bool,
    /// The refusal to show it, if there was one: then it may exist.
    pub refused: Option<System>,
    /// Whether the signed-in user may assign roles there; none: it could not be found out.
    pub may_grant: Option<bool>,
}

#[derive(Debug, Clone)]
pub struct RoleFact {
    pub id: String,
    /// Whether it grants exactly its permission set.
    pub same_rights: bool,
}

#[derive(Debug, Clone)]
pub struct AssignmentFact {
    pub id: String,
    pub scope: ResourceId,
    pub role_definition_id: String,
    /// The rule that narrows it, where it has one.
    pub condition: Option<String>,
}

/// One step, with all that doing it needs but the ids that earlier steps bring.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SetupStep {
    Application {
        unique_name: String,
        display_name: String,
        notes: String,
    },
    ServicePrincipal,
    Certificate {
        name: String,
        thumbprint_sha1: Option<String>,
    },
    Role(CustomRole),
    /// A role that every tenant has, instead of one of the set's own.
    BuiltInRole {
        permission_set: PermissionSet,
        role: BuiltInRole,
    },
    Assignment {
        grant: GrantRequest,
        role_definition_id: String,
        description: String,
    },
    /// A token with the new credential.
    ProveToken,
    /// A data call that needs what was granted.
    ProveGrant(GrantRequest),
}

/// A step, and whether its object exists already.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedStep {
    pub step: SetupStep,
    /// The id of what is there.
    pub exists: Option<String>,
}

/// The name by which a repetition finds the application that it created before.
pub fn unique_name(id: ServiceAccountId) -> String {
    format!("coldkeep-{id}")
}

/// Decides every step, in order, or refuses before any is done.
///
/// # Errors
/// All obstacles in one problem: a missing application, scope or permission of the user, a role of
/// Coldkeep's that was changed, a name that is taken, a scope wider than allowed.
pub fn plan_onboarding(request: &OnboardingRequest<'_>, facts: &Facts) -> Result<Vec<PlannedStep>, Problem> {
    permission::check_width(request.grants, request.on_purpose.wide_scope)?;
    permission::check_folders(request.grants)?;
    request.grants.iter().try_for_each(GrantRequest::check)?;
    let choices = request
        .grants
        .iter()
        .map(|grant| RoleChoice::of(grant, request, facts))
        .collect::<Result<Vec<_>, _>>()?;
    obstacle::refuse(request, facts, &choices)?;
    let mut steps = application_steps(request, facts);
    let mut step = |step: SetupStep, exists: Option<String>| steps.push(PlannedStep { step, exists });
    let mut seen: Vec<&RoleChoice> = Vec::new();
    for (grant, choice) in request.grants.iter().zip(&choices) {
        if seen.contains(&choice) {
            continue;
        }
        seen.push(choice);
        match choice {
            RoleChoice::Own(role) => {
                let there = role.find_among(&facts.roles).map(|r| r.id.clone());
                step(SetupStep::Role(role.clone()), there);
            }
            RoleChoice::BuiltIn(permission_set, role) => {
                let make = SetupStep::BuiltInRole {
                    permission_set: *permission_set,
                    role: *role,
                };
                step(make, Some(choice.id_for(grant)));
            }
        }
    }
    for (grant, choice) in request.grants.iter().zip(&choices) {
        let role_id = choice.id_for(grant);
        let there = assigned(grant, &role_id, facts);
        let description = format!("Coldkeep service account `{}`", request.name);
        let make = SetupStep::Assignment {
            grant: grant.clone(),
            role_definition_id: role_id,
            description,
        };
        step(make, there.map(|a| a.id.clone()));
    }
    step(SetupStep::ProveToken, None);
    for grant in request.grants {
        step(SetupStep::ProveGrant(grant.clone()), None);
    }
    Ok(steps)
}

/// The assignment of a role at a grant's scope, with any condition: the service accepts no second one.
fn assigned<'a>(grant: &GrantRequest, role_id: &str, facts: &'a Facts) -> Option<&'a AssignmentFact> {
    let mut all = facts.assignments.iter();
    all.find(|a| a.scope == grant.scope && same_guid(&a.role_definition_id, role_id))
}

/// The application, its presence in the tenant, and its certificate.
fn application_steps(request: &OnboardingRequest<'_>, facts: &Facts) -> Vec<PlannedStep> {
    let mut steps = Vec::new();
    let mut step = |step: SetupStep, exists: Option<String>| steps.push(PlannedStep { step, exists });
    if request.register {
        let make = SetupStep::Application {
            unique_name: unique_name(request.account_id),
            display_name: request.name.to_owned(),
            notes: notes(request),
        };
        let there = facts.application.as_ref().map(|a| a.application_id.clone());
        step(make, there);
    }
    step(SetupStep::ServicePrincipal, facts.principal_id.clone());
    if let Some((name, thumbprint)) = request.certificate {
        let registered = facts
            .certificate_registered
            .then(|| thumbprint.unwrap_or_default().to_owned());
        let make = SetupStep::Certificate {
            name: name.to_owned(),
            thumbprint_sha1: thumbprint.map(str::to_owned),
        };
        step(make, registered);
    }
    steps
}

fn same_guid(a: &str, b: &str) -> bool {
    let guid = |id: &str| id.rsplit('/').next().unwrap_or_default().to_ascii_lowercase();
    guid(a) == guid(b)
}

fn notes(request: &OnboardingRequest<'_>) -> String {
    let made = format!("Created by Coldkeep for its service account `{}`.", request.name);
    if request.description.is_empty() {
        made
    } else {
        format!("{made} {}", request.description)
    }
}

#[cfg(test)]
mod tests;
