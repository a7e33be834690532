//! Who was granted which permission of which resource: app roles for applications, scopes for clients that act for people.

use super::directory::Directory;
use coldkeep_core::Timestamp;
use serde::{Deserialize, Serialize};

/// An app role of a resource that a service principal (or a person) holds
/// (<https://learn.microsoft.com/graph/api/resources/approleassignment>).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AppRoleAssignment {
    pub id: String,
    pub tenant_id: String,
    /// Object id of who holds it.
    pub principal_id: String,
    /// Object id of the resource's service principal.
    pub resource_id: String,
    /// All zeros: the default access of a resource without roles.
    pub app_role_id: String,
    pub created_at: Timestamp,
}

/// Scopes of a resource in which a client may act for a person, or for all
/// (<https://learn.microsoft.com/graph/api/resources/oauth2permissiongrant>).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PermissionGrant {
    pub id: String,
    pub tenant_id: String,
    /// Object id of the client's service principal.
    pub client_id: String,
    /// The person; `None`: everybody in the tenant.
    pub principal_id: Option<String>,
    pub resource_id: String,
    /// Separated by spaces.
    pub scope: String,
}

impl Directory {
    /// Names of a resource's app roles that a principal holds (both object ids).
    pub fn roles_held(&self, principal_id: &str, resource_id: &str) -> Vec<String> {
        let Some(resource) = self
            .service_principals
            .iter()
            .find(|s| s.object_id == resource_id)
        else {
            return vec![];
        };
        let roles = self.app_roles(resource);
        self.app_role_assignments
            .iter()
            .filter(|a| a.principal_id == principal_id && a.resource_id == resource_id)
            .filter_map(|a| roles.iter().find(|r| r["id"] == a.app_role_id.as_str()))
            .filter_map(|role| role["value"].as_str().map(str::to_owned))
            .collect()
    }

    /// Scopes of a resource that a client (both object ids) was granted for a person.
    pub fn scopes_granted(&self, client_id: &str, resource_id: &str, person_id: &str) -> Vec<String> {
        let mut scopes: Vec<String> = self
            .permission_grants
            .iter()
            .filter(|g| g.client_id == client_id && g.resource_id == resource_id)
            .filter(|g| g.principal_id.as_deref().is_none_or(|id| id == person_id))
            .flat_map(|g| g.scope.split_whitespace().map(str::to_owned))
            .collect();
        scopes.sort();
        scopes.dedup();
        scopes
    }

    /// Names of the scopes that a resource (application id) offers in a tenant.
    pub fn scopes_offered(&self, app_id: &str, tenant_id: &str) -> Vec<String> {
        let app = self.applications.iter().find(|a| a.app_id == app_id);
        let of_app = app.and_then(|app| app.other.get("api")?.get("oauth2PermissionScopes"));
        let own = || {
            let mut all = self.service_principals.iter();
            let found = all.find(|s| s.app_id == app_id && s.tenant_id == tenant_id)?;
            found.other.get("oauth2PermissionScopes")
        };
        let scopes = of_app.or_else(own).and_then(|scopes| scopes.as_array());
        let values = scopes.into_iter().flatten().filter_map(|s| s["value"].as_str());
        values.map(str::to_owned).collect()
    }

    /// Whether a resource (application id) asks for access tokens of version 2.
    pub fn wants_version_2(&self, app_id: &str) -> bool {
        let app = self.applications.iter().find(|a| a.app_id == app_id);
        let version = app.and_then(|app| app.other.get("api")?.get("requestedAccessTokenVersion"));
        version.is_some_and(|version| *version == 2)
    }

    /// Forgets what was granted to or at a service principal that is gone for good.
    pub fn forget_permissions(&mut self, object_id: &str) {
        self.app_role_assignments
            .retain(|a| a.principal_id != object_id && a.resource_id != object_id);
        self.permission_grants
            .retain(|g| g.client_id != object_id && g.resource_id != object_id);
    }
}
