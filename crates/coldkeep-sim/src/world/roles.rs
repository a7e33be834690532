//! Role definitions and assignments, and whether they add up to a right
//! (<https://learn.microsoft.com/azure/role-based-access-control/overview>).

use super::{
    builtin_roles,
    conditions::{Circumstances, Condition},
    role::{Permission, RoleDefinition, scope_contains},
};
use coldkeep_core::Timestamp;
use serde::{Deserialize, Serialize};
use std::{collections::HashMap, sync::Arc};

/// A role given to a principal at a scope.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoleAssignment {
    /// The GUID in its id.
    pub name: String,
    pub tenant_id: String,
    /// Without a trailing slash.
    pub scope: String,
    /// The definition's GUID.
    pub role: String,
    pub principal_id: String,
    pub principal_type: String,
    pub description: Option<String>,
    /// Where it gives nothing unless that holds.
    #[serde(default)]
    pub condition: Option<Condition>,
    /// Object id of its creator; `None`: it existed from the start.
    pub created_by: Option<String>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    /// From when on it has an effect.
    pub effective_at: Timestamp,
}

/// All that was defined and assigned, without the built-in roles.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct KeptRoles {
    definitions: Vec<Arc<RoleDefinition>>,
    assignments: Vec<RoleAssignment>,
}

/// All definitions and assignments.
#[derive(Debug, Default)]
pub struct Roles {
    definitions: HashMap<String, Arc<RoleDefinition>>,
    assignments: HashMap<String, Vec<RoleAssignment>>,
}

impl Roles {
    /// The built-in roles, no assignments.
    pub fn with_builtin() -> Self {
        let mut roles = Self::default();
        for role in builtin_roles::all() {
            roles.put_definition(role);
        }
        roles
    }

    /// What to keep of them.
    pub(crate) fn kept(&self) -> KeptRoles {
        let own = self.definitions.values().filter(|d| d.tenant_id.is_some());
        KeptRoles {
            definitions: own.cloned().collect(),
            assignments: self.assignments().cloned().collect(),
        }
    }

    /// The built-in roles, and what was kept.
    pub(crate) fn of(kept: KeptRoles) -> Self {
        let mut roles = Self::with_builtin();
        for definition in kept.definitions {
            roles.put_definition(Arc::unwrap_or_clone(definition));
        }
        for assignment in kept.assignments {
            roles.put_assignment(assignment);
        }
        roles
    }

    /// Adds or replaces a definition.
    pub fn put_definition(&mut self, role: RoleDefinition) {
        self.definitions
            .insert(role.name.to_ascii_lowercase(), Arc::new(role));
    }

    /// The definition with this GUID, as seen from a tenant.
    pub fn definition(&self, name: &str, tenant_id: &str) -> Option<Arc<RoleDefinition>> {
        self.definitions
            .get(&name.to_ascii_lowercase())
            .filter(|d| d.tenant_id.as_deref().is_none_or(|t| t == tenant_id))
            .cloned()
    }

    /// Every definition a tenant sees, sorted by name.
    pub fn definitions(&self, tenant_id: &str) -> Vec<Arc<RoleDefinition>> {
        let mut all: Vec<_> = self
            .definitions
            .values()
            .filter(|d| d.tenant_id.as_deref().is_none_or(|t| t == tenant_id))
            .cloned()
            .collect();
        all.sort_by(|a, b| a.role_name.cmp(&b.role_name));
        all
    }

    /// Takes a definition away.
    pub fn remove_definition(&mut self, name: &str) {
        self.definitions.remove(&name.to_ascii_lowercase());
    }

    /// Adds an assignment; the caller has checked for an equal one.
    pub fn put_assignment(&mut self, assignment: RoleAssignment) {
        self.assignments
            .entry(assignment.principal_id.to_ascii_lowercase())
            .or_default()
            .push(assignment);
    }

    /// All assignments, oldest first within a principal.
    pub fn assignments(&self) -> impl Iterator<Item = &RoleAssignment> {
        self.assignments.values().flatten()
    }

    /// Takes the assignment of that name and scope away.
    pub fn remove_assignment(&mut self, scope: &str, name: &str) -> Option<RoleAssignment> {
        for of_principal in self.assignments.values_mut() {
            let at = of_principal
                .iter()
                .position(|a| a.name.eq_ignore_ascii_case(name) && a.scope.eq_ignore_ascii_case(scope));
            if let Some(at) = at {
                return Some(of_principal.remove(at));
            }
        }
        None
    }

    /// Removes what was granted at a scope that is gone, and below it.
    pub fn remove_assignments_below(&mut self, scope: &str) {
        for of_principal in self.assignments.values_mut() {
            of_principal.retain(|a| !scope_contains(scope, &a.scope));
        }
    }

    /// Whether the principal's assignments at or above `scope` give what is asked for.
    pub fn allows(&self, object_id: &str, scope: &str, asked: &Asked<'_>, now: Timestamp) -> bool {
        self.held_at(object_id, scope, now)
            .any(|(condition, permission)| {
                permission.allows(asked.action, asked.data)
                    && condition.is_none_or(|condition| condition.holds(asked.action, &asked.circumstances))
            })
    }

    /// The permissions a principal holds at a scope, under all conditions.
    pub fn permissions_at<'a>(
        &'a self,
        object_id: &str,
        scope: &'a str,
        now: Timestamp,
    ) -> impl Iterator<Item = &'a Permission> {
        self.held_at(object_id, scope, now)
            .map(|(_, permission)| permission)
    }

    fn held_at<'a>(
        &'a self,
        object_id: &str,
        scope: &'a str,
        now: Timestamp,
    ) -> impl Iterator<Item = (Option<&'a Condition>, &'a Permission)> {
        let mine = self
            .assignments
            .get(object_id)
            .or_else(|| self.assignments.get(&object_id.to_ascii_lowercase()));
        mine.into_iter()
            .flatten()
            .filter(move |a| a.effective_at <= now && scope_contains(&a.scope, scope))
            .filter_map(|a| Some((a, self.definitions.get(&a.role.to_ascii_lowercase())?)))
            .flat_map(|(a, d)| d.permissions.iter().map(|p| (a.condition.as_ref(), p)))
    }

    /// Whether the principal has any assignment at, above or below `scope`.
    pub fn touches(&self, object_id: &str, scope: &str, now: Timestamp) -> bool {
        self.assignments
            .get(&object_id.to_ascii_lowercase())
            .into_iter()
            .flatten()
            .any(|a| {
                a.effective_at <= now && (scope_contains(&a.scope, scope) || scope_contains(scope, &a.scope))
            })
    }
}

/// What is asked for: an action, whether it is one of data, and what the request is about.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    pub action: &'a str,
    pub data: bool,
    pub circumstances: Circumstances<'a>,
}

impl<'a> Asked<'a> {
    /// An action that is about nothing that conditions know of.
    pub fn plain(action: &'a str, data: bool) -> Self {
        Self {
            action,
            data,
            circumstances: Circumstances::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const READ: &str = "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read";

    #[test]
    fn an_assignment_gives_its_role_below_its_scope_from_its_time_on() {
        let mut roles = Roles::with_builtin();
        let at = Timestamp::from_second(1_000).unwrap();
        roles.put_assignment(RoleAssignment {
            name: "n".into(),
            tenant_id: "t".into(),
            scope: "/subscriptions/s".into(),
            role: "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1".into(),
            principal_id: "P".into(),
            principal_type: "ServicePrincipal".into(),
            description: None,
            condition: None,
            created_by: None,
            created_at: at,
            updated_at: at,
            effective_at: at,
        });
        let early = Timestamp::from_second(999).unwrap();
        assert!(roles.allows("p", "/subscriptions/s/x", &Asked::plain(READ, true), at));
        assert!(!roles.allows("p", "/subscriptions/s/x", &Asked::plain(READ, true), early));
        assert!(
            !roles.allows("p", "/subscriptions/s/x", &Asked::plain(READ, false), at),
            "a data action is no control-plane action"
        );
        assert!(!roles.allows("p", "/subscriptions/other", &Asked::plain(READ, true), at));
        assert!(!roles.allows("q", "/subscriptions/s/x", &Asked::plain(READ, true), at));
    }

    #[test]
    fn conditions_are_kept_with_the_world() {
        let text =
            "@Resource[Microsoft.Storage/storageAccounts/blobServices/containers:name] StringEquals 'data'";
        let at = Timestamp::from_second(1_000).unwrap();
        let mut roles = Roles::with_builtin();
        roles.put_assignment(RoleAssignment {
            name: "n".into(),
            tenant_id: "t".into(),
            scope: "/subscriptions/s".into(),
            role: "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1".into(),
            principal_id: "p".into(),
            principal_type: "ServicePrincipal".into(),
            description: None,
            condition: Some(Condition::parse(text).unwrap()),
            created_by: None,
            created_at: at,
            updated_at: at,
            effective_at: at,
        });
        let kept = serde_json::to_string(&roles.kept()).unwrap();
        let roles = Roles::of(serde_json::from_str(&kept).unwrap());
        let may = |container| {
            let circumstances = Circumstances {
                container: Some(container),
                ..Circumstances::default()
            };
            let asked = Asked {
                circumstances,
                ..Asked::plain(READ, true)
            };
            roles.allows("p", "/subscriptions/s/x", &asked, at)
        };
        assert!(may("data") && !may("other"));
        assert!(serde_json::from_str::<KeptRoles>(&kept.replace("StringEquals", "Nonsense")).is_err());
    }
}
