//! What Entra knows: tenants, people, applications with their credentials, service principals, sign-ins under way.

use super::{
    permissions::{AppRoleAssignment, PermissionGrant},
    policies::AppManagementPolicy,
};
use coldkeep_core::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap};

/// An Entra tenant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tenant {
    pub id: String,
    pub name: String,
    pub domain: String,
    /// Whether users may register applications without a role (the authorization policy's rule).
    pub users_may_register: bool,
    /// Whether guests have the rights of members.
    pub guests_are_members: bool,
}

/// A person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    pub object_id: String,
    pub tenant_id: String,
    pub principal_name: String,
    pub display_name: String,
    pub admin: bool,
    pub guest: bool,
    /// Template ids of the directory roles that are active. Administrators have the global one besides.
    pub directory_roles: Vec<String>,
    /// The permissions of a custom directory role.
    pub directory_actions: Vec<String>,
}

/// Global Administrator, by template id.
pub const GLOBAL_ADMINISTRATOR: &str = "62e90394-69f5-4237-9190-012177145e10";
/// Registers applications in spite of the tenant's rule, and manages those it owns.
pub const APPLICATION_DEVELOPER: &str = "cf1c38e5-3621-4004-a7cb-879624dced7c";
/// Registers and manages all applications.
pub const APPLICATION_ADMINISTRATOR: &str = "9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3";

impl User {
    /// Template ids of every directory role.
    pub fn roles(&self) -> Vec<String> {
        let global = self.admin.then(|| GLOBAL_ADMINISTRATOR.to_owned());
        global.into_iter().chain(self.directory_roles.clone()).collect()
    }

    /// Whether the person may change applications of others.
    pub fn manages_applications(&self) -> bool {
        self.admin
            || self
                .directory_roles
                .iter()
                .any(|r| r == APPLICATION_ADMINISTRATOR)
            || self.allows("microsoft.directory/applications/credentials/update")
    }

    /// Whether the person may register applications in this tenant.
    pub fn may_register(&self, tenant: &Tenant) -> bool {
        let as_user = tenant.users_may_register && (!self.guest || tenant.guests_are_members);
        as_user
            || self.manages_applications()
            || self.directory_roles.iter().any(|r| r == APPLICATION_DEVELOPER)
            || self.allows("microsoft.directory/applications/create")
    }

    fn allows(&self, action: &str) -> bool {
        self.directory_actions.iter().any(|a| a == action)
    }
}

/// A certificate on an application.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyCredential {
    pub key_id: String,
    pub display_name: Option<String>,
    /// base64; the SHA-1 thumbprint unless the writer gave another value.
    pub custom_key_identifier: String,
    pub start: Timestamp,
    pub end: Timestamp,
    pub der: Vec<u8>,
    /// From when on tokens are given for it.
    pub usable_at: Timestamp,
}

/// A secret on an application.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PasswordCredential {
    pub key_id: String,
    pub display_name: Option<String>,
    pub hint: String,
    pub secret_sha256: [u8; 32],
    pub start: Timestamp,
    pub end: Timestamp,
    /// From when on tokens are given for it.
    pub usable_at: Timestamp,
}

/// An application registration.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Application {
    pub object_id: String,
    pub app_id: String,
    pub tenant_id: String,
    pub unique_name: Option<String>,
    pub display_name: String,
    pub sign_in_audience: String,
    /// Whether it may sign people in without a credential of its own.
    pub public_client: bool,
    /// Properties kept as they came (`notes`, `tags`, `requiredResourceAccess`, …).
    pub other: serde_json::Map<String, serde_json::Value>,
    pub key_credentials: Vec<KeyCredential>,
    pub password_credentials: Vec<PasswordCredential>,
    /// Object ids; its creator is the first.
    pub owners: Vec<String>,
    pub created_at: Timestamp,
    pub visible_at: Timestamp,
    pub deleted_at: Option<Timestamp>,
}

/// An application's presence in a tenant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServicePrincipal {
    pub object_id: String,
    pub app_id: String,
    pub tenant_id: String,
    /// The tenant whose application it is.
    pub owner_tenant_id: String,
    pub display_name: String,
    /// Off: no tokens are given for it.
    pub enabled: bool,
    /// Properties kept as they came (`tags`, `notes`, …).
    pub other: serde_json::Map<String, serde_json::Value>,
    /// What opens the application in this tenant, beside its own.
    #[serde(default)]
    pub key_credentials: Vec<KeyCredential>,
    #[serde(default)]
    pub password_credentials: Vec<PasswordCredential>,
    /// Object ids; its creator is the first.
    pub owners: Vec<String>,
    pub created_at: Timestamp,
    pub visible_at: Timestamp,
    pub deleted_at: Option<Timestamp>,
}

/// A device sign-in under way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceSignIn {
    pub user_code: String,
    pub client_id: String,
    /// The tenant of the path it was asked under; `None` for `organizations` and `common`.
    pub tenant_id: Option<String>,
    pub scope: String,
    /// Whether the client asked for a second factor.
    #[serde(default)]
    pub step_up: bool,
    pub expires_at: Timestamp,
    pub state: DeviceState,
}

/// How far a device sign-in is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum DeviceState {
    Pending,
    /// By the person with this object id.
    Approved(String),
    Declined,
}

/// An authorization code: what a browser brings back after a sign-in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuthorizationCode {
    pub client_id: String,
    /// The tenant of the path it was asked under; `None` for `organizations` and `common`.
    pub tenant_id: Option<String>,
    pub user_id: String,
    pub redirect_uri: String,
    /// Whether the address is that of a public client, which has no credential.
    pub public: bool,
    /// base64url of the verifier's SHA-256, where the client sent one.
    pub challenge: Option<String>,
    pub nonce: Option<String>,
    pub scope: String,
    /// Whether the client asked for a second factor.
    #[serde(default)]
    pub step_up: bool,
    pub expires_at: Timestamp,
    /// It is taken once.
    pub redeemed: bool,
}

/// A person's refresh token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefreshGrant {
    pub user_id: String,
    pub client_id: String,
    /// Whether it was given to a client without a credential.
    pub public: bool,
    pub expires_at: Timestamp,
    /// Whether the person's sign-ins were ended since.
    #[serde(default)]
    pub revoked: bool,
    /// Whether the person gave a second factor.
    #[serde(default)]
    pub mfa: bool,
    /// Whether the session began with a device code.
    #[serde(default)]
    pub device_code: bool,
    /// What was asked for when it was given.
    #[serde(default)]
    pub scope: String,
}

/// All of it.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Directory {
    pub tenants: Vec<Tenant>,
    pub users: Vec<User>,
    pub applications: Vec<Application>,
    pub service_principals: Vec<ServicePrincipal>,
    pub app_role_assignments: Vec<AppRoleAssignment>,
    pub permission_grants: Vec<PermissionGrant>,
    /// By device code.
    pub device_sign_ins: HashMap<String, DeviceSignIn>,
    /// By code.
    pub authorization_codes: HashMap<String, AuthorizationCode>,
    pub refresh_grants: HashMap<String, RefreshGrant>,
    /// Client assertions seen, so that none is taken twice: client id and `jti`, with the assertion's end.
    #[serde(with = "pairs")]
    pub assertions_seen: HashMap<(String, String), i64>,
    /// By tenant id.
    pub tenant_policies: HashMap<String, AppManagementPolicy>,
    /// Policies for single applications: tenant id and content, by their own id.
    pub management_policies: BTreeMap<String, (String, AppManagementPolicy)>,
    /// An application's policy id, by its object id.
    pub app_policies: HashMap<String, String>,
    /// Other issuers that applications trust, as Graph shows them, by the application's object id.
    #[serde(default)]
    pub federated_credentials: BTreeMap<String, Vec<serde_json::Value>>,
}

impl Directory {
    /// A tenant by id or verified domain.
    pub fn tenant(&self, id_or_domain: &str) -> Option<&Tenant> {
        self.tenants
            .iter()
            .find(|t| t.id.eq_ignore_ascii_case(id_or_domain) || t.domain.eq_ignore_ascii_case(id_or_domain))
    }

    /// A person by object id or user principal name.
    pub fn user(&self, id_or_name: &str) -> Option<&User> {
        self.users.iter().find(|u| {
            u.object_id.eq_ignore_ascii_case(id_or_name) || u.principal_name.eq_ignore_ascii_case(id_or_name)
        })
    }

    /// A living, replicated application by its application (client) id.
    pub fn application(&self, app_id: &str, now: Timestamp) -> Option<&Application> {
        self.applications
            .iter()
            .find(|a| a.app_id.eq_ignore_ascii_case(app_id) && a.deleted_at.is_none() && a.visible_at <= now)
    }

    /// A living, replicated service principal by application id.
    pub fn service_principal(
        &self,
        app_id: &str,
        tenant_id: &str,
        now: Timestamp,
    ) -> Option<&ServicePrincipal> {
        self.service_principals.iter().find(|s| {
            s.app_id.eq_ignore_ascii_case(app_id)
                && s.tenant_id == tenant_id
                && s.deleted_at.is_none()
                && s.visible_at <= now
        })
    }

    /// The app roles a service principal offers: its own, or its application's.
    pub fn app_roles(&self, principal: &ServicePrincipal) -> Vec<serde_json::Value> {
        let own = principal.other.get("appRoles");
        let roles = own.or_else(|| {
            let app = self.applications.iter().find(|a| a.app_id == principal.app_id)?;
            app.other.get("appRoles")
        });
        roles.and_then(|r| r.as_array()).cloned().unwrap_or_default()
    }

    /// The type Resource Manager gives a principal of this tenant, and whether it has replicated.
    pub fn principal_type(
        &self,
        object_id: &str,
        tenant_id: &str,
        now: Timestamp,
    ) -> Option<(&'static str, bool)> {
        let person = self
            .users
            .iter()
            .find(|u| u.object_id.eq_ignore_ascii_case(object_id));
        if person.is_some_and(|u| u.tenant_id == tenant_id) {
            return Some(("User", true));
        }
        self.service_principals
            .iter()
            .find(|s| {
                s.object_id.eq_ignore_ascii_case(object_id)
                    && s.tenant_id == tenant_id
                    && s.deleted_at.is_none()
            })
            .map(|s| ("ServicePrincipal", s.visible_at <= now))
    }
}

/// A map whose keys are not text, as a list of pairs.
mod pairs {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};
    use std::collections::HashMap;

    type Map = HashMap<(String, String), i64>;

    pub(super) fn serialize<S: Serializer>(map: &Map, to: S) -> Result<S::Ok, S::Error> {
        map.iter().collect::<Vec<_>>().serialize(to)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Map, D::Error> {
        Ok(Vec::deserialize(from)?.into_iter().collect())
    }
}
