//! Setting up a service account: from what is wished and what exists to the exact steps, or the reason why not.

use crate::{
    Kind, Problem,
    id::ServiceAccountId,
    permission::{GrantWish, PermissionSet},
    resource::{ResourceId, ResourceKind},
};
use uuid::Uuid;

/// What is wished, once every answer is known to make sense by itself.
#[derive(Debug, Clone)]
pub struct Wish<'a> {
    pub account_id: ServiceAccountId,
    pub name: &'a str,
    pub description: &'a str,
    /// Make the application, or use the one that is there.
    pub register: bool,
    /// The certificate's name and SHA-1 thumbprint; none: a secret, which is registered already. A certificate that
    /// is still to be made has no thumbprint.
    pub certificate: Option<(&'a str, Option<&'a str>)>,
    pub grants: &'a [GrantWish],
}

/// What exists.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    /// The application, where it is there.
    pub application: Option<ApplicationFact>,
    /// Its service principal's object id, where there is one.
    pub principal_id: Option<String>,
    pub certificate_registered: bool,
    /// One for each grant's scope.
    pub places: Vec<PlaceFact>,
    /// Coldkeep's roles that are there.
    pub roles: Vec<RoleFact>,
    /// The roles that the service principal has at the grants' scopes.
    pub assignments: Vec<AssignmentFact>,
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
    /// Whether whoever is signed in may assign roles there; none: it could not be found out.
    pub may_grant: Option<bool>,
}

#[derive(Debug, Clone)]
pub struct RoleFact {
    pub id: String,
    /// Whether it gives exactly what its permission set says.
    pub same_rights: bool,
}

#[derive(Debug, Clone)]
pub struct AssignmentFact {
    pub id: String,
    pub scope: ResourceId,
    pub role_definition_id: String,
}

/// A custom role: one permission set in one subscription.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Role {
    pub permission_set: PermissionSet,
    /// `/subscriptions/ID`: where it can be assigned.
    pub scope: ResourceId,
    pub guid: String,
    /// Unique in the tenant, so it names the subscription.
    pub name: String,
    pub description: String,
}

impl Role {
    /// The role of a permission set in a subscription: the same however often it is asked for.
    pub fn of(permission_set: PermissionSet, subscription: &str) -> Self {
        let name = permission_set.role_name();
        let subscription = subscription.to_ascii_lowercase();
        let guid = Uuid::new_v5(
            &Uuid::NAMESPACE_URL,
            format!("coldkeep:{subscription}:{name}").as_bytes(),
        );
        Self {
            permission_set,
            scope: ResourceId(format!("/subscriptions/{subscription}")),
            guid: guid.to_string(),
            name: format!("{name} ({subscription})"),
            description: format!("Coldkeep: {}.", permission_set.purpose()),
        }
    }

    /// Its id at Resource Manager.
    pub fn id(&self) -> String {
        format!(
            "{}/providers/Microsoft.Authorization/roleDefinitions/{}",
            self.scope, self.guid
        )
    }
}

/// One step, with all that doing it needs but the ids that earlier steps bring.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
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
    Role(Role),
    Assignment {
        permission_set: PermissionSet,
        scope: ResourceId,
        role_definition_id: String,
        description: String,
    },
    /// A token with the new credential.
    ProveToken,
    /// A data call that needs what was granted.
    ProveGrant {
        permission_set: PermissionSet,
        scope: ResourceId,
    },
}

/// A step and whether what it makes is there already.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Planned {
    pub step: Step,
    /// The id of what is there.
    pub exists: Option<String>,
}

/// The name by which a repetition finds the application it made before.
pub fn unique_name(id: ServiceAccountId) -> String {
    format!("coldkeep-{id}")
}

/// Decides every step, in order, or refuses before any is done.
///
/// # Errors
/// If the application, a scope or a right to grant is missing, or a role of Coldkeep's was changed by somebody.
pub fn plan_onboarding(wish: &Wish<'_>, facts: &Facts) -> Result<Vec<Planned>, Problem> {
    let mut steps = Vec::new();
    let mut step = |step: Step, exists: Option<String>| steps.push(Planned { step, exists });
    let application = facts.application.as_ref();
    if wish.register {
        let make = Step::Application {
            unique_name: unique_name(wish.account_id),
            display_name: wish.name.to_owned(),
            notes: notes(wish),
        };
        step(make, application.map(|a| a.application_id.clone()));
    } else if application.is_none() {
        return Err(Problem::not_found(
            "The application does not exist in the tenant that you signed in to",
            "Check the application (client) id. An application whose home is another tenant must be set up there.",
        ));
    }
    step(Step::ServicePrincipal, facts.principal_id.clone());
    if let Some((name, thumbprint)) = wish.certificate {
        let registered = facts
            .certificate_registered
            .then(|| thumbprint.unwrap_or_default().to_owned());
        let make = Step::Certificate {
            name: name.to_owned(),
            thumbprint_sha1: thumbprint.map(str::to_owned),
        };
        step(make, registered);
    }
    for place in &facts.places {
        check_place(place)?;
    }
    let mut roles: Vec<Role> = Vec::new();
    for grant in wish.grants {
        let role = role_for(grant)?;
        if !roles.contains(&role) {
            let there = facts.roles.iter().find(|r| r.id.eq_ignore_ascii_case(&role.id()));
            if let Some(changed) = there.filter(|r| !r.same_rights) {
                return Err(changed_role(&role, changed));
            }
            step(Step::Role(role.clone()), there.map(|r| r.id.clone()));
            roles.push(role);
        }
    }
    for grant in wish.grants {
        let role_id = role_for(grant)?.id();
        let there = facts
            .assignments
            .iter()
            .find(|a| a.scope == grant.scope && same_guid(&a.role_definition_id, &role_id));
        let description = format!("Coldkeep service account `{}`", wish.name);
        let (permission_set, scope) = (grant.permission_set, grant.scope.clone());
        let make = Step::Assignment {
            permission_set,
            scope,
            role_definition_id: role_id,
            description,
        };
        step(make, there.map(|a| a.id.clone()));
    }
    step(Step::ProveToken, None);
    for grant in wish.grants {
        step(
            Step::ProveGrant {
                permission_set: grant.permission_set,
                scope: grant.scope.clone(),
            },
            None,
        );
    }
    Ok(steps)
}

/// The role that a grant assigns; refuses sets that mean nothing at the scope.
pub fn role_for(grant: &GrantWish) -> Result<Role, Problem> {
    let kind = grant.scope.parse()?;
    if grant.permission_set == PermissionSet::DelegateKey
        && let ResourceKind::Container { account, .. } = &kind
    {
        return Err(Problem::invalid(
            format!("`{}` cannot be granted at a container", grant.permission_set),
            format!("Grant it at the storage account `{account}`: the service knows it at no smaller scope."),
        ));
    }
    let subscription = grant.scope.subscription().ok_or_else(|| {
        Problem::invalid(
            format!("`{}` names no subscription", grant.scope),
            "Copy the resource id from the portal.",
        )
    })?;
    Ok(Role::of(grant.permission_set, subscription))
}

fn same_guid(a: &str, b: &str) -> bool {
    let guid = |id: &str| id.rsplit('/').next().unwrap_or_default().to_ascii_lowercase();
    guid(a) == guid(b)
}

fn notes(wish: &Wish<'_>) -> String {
    let made = format!("Made by Coldkeep for its service account `{}`.", wish.name);
    if wish.description.is_empty() {
        made
    } else {
        format!("{made} {}", wish.description)
    }
}

fn check_place(place: &PlaceFact) -> Result<(), Problem> {
    let what = match place.scope.parse()? {
        ResourceKind::Subscription => "The subscription".to_owned(),
        ResourceKind::ResourceGroup => "The resource group".to_owned(),
        ResourceKind::StorageAccount { account } => format!("The storage account `{account}`"),
        ResourceKind::Container { account, container } => {
            format!("The container `{container}` of `{account}`")
        }
    };
    if !place.exists {
        return Err(Problem::not_found(
            format!(
                "{what} does not exist, or is not shown to whom you signed in as (`{}`)",
                place.scope
            ),
            "Create it, or correct the resource id; nothing was made.",
        ));
    }
    if place.may_grant == Some(false) {
        return Err(Problem::new(
            Kind::Denied,
            format!("{what}: whom you signed in as may not assign roles there"),
            "Sign in as an Owner, User Access Administrator or Role Based Access Control Administrator of it; nothing \
             was made.",
        ));
    }
    Ok(())
}

fn changed_role(role: &Role, there: &RoleFact) -> Problem {
    Problem::conflict(
        format!(
            "The role `{}` gives other rights than Coldkeep's permission set of that name ({})",
            role.name, there.id
        ),
        "Somebody changed it. Restore its rights or delete it in the portal, then try again; nothing was made.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grant(set: PermissionSet) -> GrantWish {
        GrantWish {
            permission_set: set,
            scope: ResourceId::container("S-1", "g", "acct", "c"),
        }
    }

    fn place(exists: bool, may_grant: Option<bool>) -> PlaceFact {
        PlaceFact {
            scope: grant(PermissionSet::CopySource).scope,
            exists,
            may_grant,
        }
    }

    fn wish(grants: &[GrantWish]) -> Wish<'_> {
        Wish {
            account_id: ServiceAccountId(Uuid::nil()),
            name: "north",
            description: "",
            register: true,
            certificate: Some(("north", None)),
            grants,
        }
    }

    #[test]
    fn registering_from_nothing_makes_everything_once_and_in_order() {
        let grants = [
            grant(PermissionSet::CopySource),
            grant(PermissionSet::CopyTarget),
            grant(PermissionSet::CopySource),
        ];
        let facts = Facts {
            places: vec![place(true, None)],
            ..Facts::default()
        };
        let steps = plan_onboarding(&wish(&grants), &facts).unwrap();
        assert!(steps.iter().all(|s| s.exists.is_none()));
        let words: Vec<_> = steps
            .iter()
            .map(|s| match &s.step {
                Step::Application { unique_name, .. } => unique_name.clone(),
                Step::ServicePrincipal => "principal".into(),
                Step::Certificate { .. } => "certificate".into(),
                Step::Role(role) => role.name.clone(),
                Step::Assignment { permission_set, .. } => format!("assign {permission_set}"),
                Step::ProveToken => "token".into(),
                Step::ProveGrant { permission_set, .. } => format!("prove {permission_set}"),
            })
            .collect();
        assert_eq!(
            words,
            [
                "coldkeep-00000000-0000-0000-0000-000000000000",
                "principal",
                "certificate",
                "Coldkeep copy-source v1 (s-1)",
                "Coldkeep copy-target v1 (s-1)",
                "assign copy-source",
                "assign copy-target",
                "assign copy-source",
                "token",
                "prove copy-source",
                "prove copy-target",
                "prove copy-source",
            ]
        );
    }

    #[test]
    fn what_is_there_is_seen_whatever_the_case_of_its_id() {
        let grants = [grant(PermissionSet::CopySource)];
        let role = Role::of(PermissionSet::CopySource, "s-1");
        let facts = Facts {
            principal_id: Some("p".into()),
            places: vec![place(true, Some(true))],
            roles: vec![RoleFact {
                id: role.id().to_uppercase(),
                same_rights: true,
            }],
            assignments: vec![AssignmentFact {
                id: "a".into(),
                scope: ResourceId(grants[0].scope.0.to_uppercase()),
                role_definition_id: format!("/providers/x/{}", role.guid.to_uppercase()),
            }],
            ..Facts::default()
        };
        let steps = plan_onboarding(&wish(&grants), &facts).unwrap();
        let there: Vec<_> = steps.iter().map(|s| s.exists.is_some()).collect();
        assert_eq!(there, [false, true, false, true, true, false, false]);
    }

    #[test]
    fn what_cannot_work_is_refused_before_the_first_step() {
        let grants = [grant(PermissionSet::CopySource)];
        let kind = |wish: &Wish<'_>, facts: Facts| plan_onboarding(wish, &facts).unwrap_err().kind;
        let places = |p| Facts {
            places: vec![p],
            ..Facts::default()
        };
        assert_eq!(kind(&wish(&grants), places(place(false, None))), Kind::NotFound);
        assert_eq!(
            kind(&wish(&grants), places(place(true, Some(false)))),
            Kind::Denied
        );
        assert_eq!(
            kind(
                &Wish {
                    register: false,
                    ..wish(&[])
                },
                Facts::default()
            ),
            Kind::NotFound
        );
        let changed = RoleFact {
            id: Role::of(PermissionSet::CopySource, "S-1").id(),
            same_rights: false,
        };
        assert_eq!(
            kind(
                &wish(&grants),
                Facts {
                    roles: vec![changed],
                    ..Facts::default()
                }
            ),
            Kind::Conflict
        );
        assert_eq!(
            kind(&wish(&[grant(PermissionSet::DelegateKey)]), Facts::default()),
            Kind::Invalid
        );
    }
}
