//! Which role a grant assigns: a custom one of the permission set's own, or the closest built-in one if the user
//! cannot create custom roles and allowed the built-in ones.

use super::{Facts, OnboardingRequest, RoleFact};
use crate::{
    Code, Problem,
    built_in::BuiltInRole,
    permission::{GrantRequest, PermissionSet},
    resource::{ResourceId, same_id},
};
use uuid::Uuid;

/// A custom role: one permission set in one subscription, or in several.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustomRole {
    pub permission_set: PermissionSet,
    /// `/subscriptions/ID`: where it is defined, the first of its assignable scopes.
    pub scope: ResourceId,
    /// Where it can be assigned.
    pub assignable_scopes: Vec<ResourceId>,
    pub guid: String,
    /// Unique in the tenant, so it names the subscription.
    pub name: String,
    pub description: String,
}

impl CustomRole {
    /// The role of a permission set in a subscription: the same however often it is asked for.
    pub fn of(permission_set: PermissionSet, subscription: &str) -> Self {
        Self::of_version(permission_set, permission_set.version(), subscription)
    }

    /// The role of one version of a permission set.
    pub fn of_version(permission_set: PermissionSet, version: u32, subscription: &str) -> Self {
        let subscriptions = vec![subscription.to_ascii_lowercase()];
        Self::across(permission_set, version, subscriptions)
    }

    /// One role for several subscriptions, sorted and in lower case.
    fn across(permission_set: PermissionSet, version: u32, subscriptions: Vec<String>) -> Self {
        let name = permission_set.role_name_of(version);
        let all = subscriptions.join(",");
        let bound = format!("coldkeep:{all}:{name}");
        let guid = Uuid::new_v5(&Uuid::NAMESPACE_URL, bound.as_bytes()).to_string();
        let name = match subscriptions.as_slice() {
            [one] => format!("{name} ({one})"),
            // Names have 512 characters at most, so they cannot list them all.
            more => format!("{name} ({} subscriptions, {})", more.len(), &guid[..8]),
        };
        let scopes: Vec<ResourceId> = subscriptions
            .iter()
            .map(|id| ResourceId(format!("/subscriptions/{id}")))
            .collect();
        Self {
            permission_set,
            scope: scopes[0].clone(),
            assignable_scopes: scopes,
            guid,
            name,
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

    pub(super) fn find_among<'a>(&self, there: &'a [RoleFact]) -> Option<&'a RoleFact> {
        let id = self.id();
        there.iter().find(|r| same_id(&r.id, &id))
    }

    /// Whether it may be defined in all its subscriptions; none: that could not be found out.
    pub(super) fn may_define(&self, facts: &Facts) -> Option<bool> {
        let answers = self.assignable_scopes.iter().map(|scope| {
            let place = facts.role_places.iter().find(|p| p.scope == *scope);
            place.and_then(|p| p.may_define)
        });
        let answers: Vec<Option<bool>> = answers.collect();
        if answers.contains(&Some(false)) {
            return Some(false);
        }
        answers.into_iter().collect::<Option<Vec<_>>>().map(|_| true)
    }
}

/// The custom role of a grant that stands alone; refuses sets that mean nothing at the scope.
pub fn role_for(grant: &GrantRequest) -> Result<CustomRole, Problem> {
    role_among(grant, std::slice::from_ref(grant))
}

/// The custom role of one of several grants: `archiver-appliance` has one role for all subscriptions it is granted at,
/// the others one in each.
pub fn role_among(grant: &GrantRequest, all: &[GrantRequest]) -> Result<CustomRole, Problem> {
    let set = grant.permission_set;
    set.check_scope(&grant.scope)?;
    let own = grant.scope.subscription().map(str::to_ascii_lowercase);
    let own = own.ok_or_else(|| {
        Problem::new(
            Code::ResourceIdInvalid,
            format!("`{}` does not contain a subscription", grant.scope),
            "Copy the resource id from the portal.",
        )
    })?;
    if set != PermissionSet::ArchiverAppliance {
        return Ok(CustomRole::of(set, &own));
    }
    let same = all.iter().filter(|other| other.permission_set == set);
    let mut subscriptions: Vec<String> = same
        .filter_map(|other| other.scope.subscription())
        .map(str::to_ascii_lowercase)
        .chain([own])
        .collect();
    subscriptions.sort();
    subscriptions.dedup();
    Ok(CustomRole::across(set, set.version(), subscriptions))
}

/// What a grant assigns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum RoleChoice {
    Own(CustomRole),
    BuiltIn(PermissionSet, BuiltInRole),
}

impl RoleChoice {
    /// The set's own role if it exists or can be created.
    pub(super) fn of(
        grant: &GrantRequest,
        request: &OnboardingRequest<'_>,
        facts: &Facts,
    ) -> Result<Self, Problem> {
        let own = role_among(grant, request.grants)?;
        let makeable = own.find_among(&facts.roles).is_some() || own.may_define(facts) != Some(false);
        let nearest = BuiltInRole::nearest(grant.permission_set);
        Ok(
            match nearest.filter(|_| !makeable && request.on_purpose.built_in_roles) {
                Some(role) => Self::BuiltIn(grant.permission_set, role),
                None => Self::Own(own),
            },
        )
    }

    /// The role's id as an assignment at the grant's scope names it.
    pub(super) fn id_for(&self, grant: &GrantRequest) -> String {
        let subscription = grant.scope.subscription().unwrap_or_default();
        match self {
            Self::Own(role) => {
                let id = role.id();
                let guid = id.rsplit('/').next().unwrap_or_default();
                format!(
                    "/subscriptions/{}/providers/Microsoft.Authorization/roleDefinitions/{guid}",
                    subscription.to_ascii_lowercase()
                )
            }
            Self::BuiltIn(_, role) => role.id(subscription),
        }
    }
}
