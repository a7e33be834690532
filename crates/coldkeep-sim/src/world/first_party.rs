//! Services and clients of Microsoft's own that every tenant knows, with the permissions that matter here
//! (<https://learn.microsoft.com/graph/permissions-reference>).

use super::directory::{Directory, ServicePrincipal};
use crate::wire::new_guid;
use coldkeep_core::Timestamp;
use serde_json::{Map, Value, json};

/// Microsoft Graph's application id.
pub const GRAPH: &str = "00000003-0000-0000-c000-000000000000";
/// Resource Manager's application id.
pub const RESOURCE_MANAGER: &str = "797f4846-ba00-4fd7-ba43-dac1f8f63013";
/// Azure Storage's application id.
pub const STORAGE: &str = "e406a681-f3d4-42a8-90b6-c2b029497af1";
/// The tenant that owns Microsoft's services.
const MICROSOFT: &str = "f8cdef31-a31e-4b4a-93e4-5f571e91255a";

/// Public clients of Microsoft's that sign people in: Azure CLI, Azure PowerShell, Visual Studio, Graph's command line.
pub const CLIENTS: [&str; 4] = [
    "04b07795-8ddb-461a-bbee-02f9e1bf7b46",
    "1950a258-227b-4e31-a9cf-717495945fc2",
    "872cd9fa-d31f-45e0-9eab-6e460a02d1f1",
    "14d82eec-204b-4c2f-b7e8-296a70dab67e",
];

/// Scopes of Graph that its own clients have without a consent.
pub const GRAPH_SCOPES_OF_CLIENTS: &str = "Application.ReadWrite.All AppRoleAssignment.ReadWrite.All AuditLog.Read.All \
    DelegatedPermissionGrant.ReadWrite.All Directory.AccessAsUser.All Group.ReadWrite.All User.Read.All User.ReadWrite.All \
    email openid profile";

/// And those of Graph's own command line once an administrator has consented: it is a stranger's in this
/// (<https://learn.microsoft.com/graph/cli/installation>).
pub const GRAPH_SCOPES_OF_GRAPH_CLI: &str = "Application.ReadWrite.All AppRoleAssignment.ReadWrite.All \
    DelegatedPermissionGrant.ReadWrite.All Directory.AccessAsUser.All Policy.Read.All Policy.ReadWrite.ApplicationConfiguration \
    RoleManagement.Read.Directory User.Read.All User.ReadWrite.All email openid profile";

/// App roles of Graph: permissions that applications hold by themselves.
const GRAPH_ROLES: [(&str, &str); 14] = [
    ("9a5d68dd-52b0-4cc2-bd40-abcf44ac3a30", "Application.Read.All"),
    (
        "1bfefb4e-e0b5-418b-a88f-73c46d2cc8e9",
        "Application.ReadWrite.All",
    ),
    (
        "18a4783c-866b-4cc7-a460-3d5e5662c884",
        "Application.ReadWrite.OwnedBy",
    ),
    (
        "06b708a9-e830-4db3-a914-8e69da51d44f",
        "AppRoleAssignment.ReadWrite.All",
    ),
    (
        "8e8e4742-1d95-4f68-9d56-6ee75648c72a",
        "DelegatedPermissionGrant.ReadWrite.All",
    ),
    ("7ab1d382-f21e-4acd-a863-ba3e13f7da61", "Directory.Read.All"),
    ("19dbc75e-c2e2-444c-a770-ec69d8559fc7", "Directory.ReadWrite.All"),
    ("498476ce-e0fe-48b0-b801-37ba7e2685c6", "Organization.Read.All"),
    ("246dd0d5-5bd0-4def-940b-0421030a5b68", "Policy.Read.All"),
    (
        "be74164b-cff1-491c-8741-e671cb536e13",
        "Policy.ReadWrite.ApplicationConfiguration",
    ),
    (
        "483bed4a-2ad3-4361-a73b-c83ccdbdc53c",
        "RoleManagement.Read.Directory",
    ),
    (
        "9e3f62cf-ca93-4989-b6ce-bf83c28f9fe8",
        "RoleManagement.ReadWrite.Directory",
    ),
    ("df021288-bdef-4463-88db-98f22de89214", "User.Read.All"),
    ("741f803b-c850-494e-b5df-cde7c675a1ca", "User.ReadWrite.All"),
];

/// Scopes of Graph: permissions in which a client acts for a person.
const GRAPH_SCOPES: [(&str, &str); 15] = [
    ("c79f8feb-a9db-4090-85f9-90d820caa0eb", "Application.Read.All"),
    (
        "bdfbf15f-ee85-4955-8675-146e8e5296b5",
        "Application.ReadWrite.All",
    ),
    (
        "84bccea3-f856-4a8a-967b-dbe0a3d53a64",
        "AppRoleAssignment.ReadWrite.All",
    ),
    (
        "41ce6ca6-6826-4807-84f1-1c82854f7ee5",
        "DelegatedPermissionGrant.ReadWrite.All",
    ),
    (
        "0e263e50-5827-48a4-b97c-d940288653c7",
        "Directory.AccessAsUser.All",
    ),
    ("06da0dbc-49e2-44d2-8312-53f166ab848a", "Directory.Read.All"),
    ("c5366453-9fb0-48a5-a156-24f0c49a4b84", "Directory.ReadWrite.All"),
    ("4e46008b-f24c-477d-8fff-7bb4ec7aafe0", "Group.ReadWrite.All"),
    ("e1fe6dd8-ba31-4d61-89e7-88639da4683d", "User.Read"),
    ("a154be20-db9c-4678-8ab7-66f6cc099a59", "User.Read.All"),
    ("204e0828-b5ca-4ad8-b9f3-f32a958e7cc4", "User.ReadWrite.All"),
    ("64a6cdd6-aab1-4aaf-94b8-3cc8405e90d0", "email"),
    ("7427e0e9-2fba-42fe-b0c0-848c9e6a8182", "offline_access"),
    ("37f7f235-527c-4136-accd-4a02d197296e", "openid"),
    ("14dad69e-099b-42c9-810b-d002981feec1", "profile"),
];

/// Whether this is a client of Microsoft's own.
pub fn is_client(app_id: &str) -> bool {
    CLIENTS.iter().any(|id| id.eq_ignore_ascii_case(app_id))
}

/// Puts Microsoft's services into a tenant.
pub(crate) fn install(directory: &mut Directory, tenant_id: &str) {
    let services = [
        (
            GRAPH,
            "Microsoft Graph",
            vec!["https://graph.microsoft.com", "https://graph.microsoft.com/"],
            json!(GRAPH_ROLES.map(|(id, value)| role(id, value))),
            json!(GRAPH_SCOPES.map(|(id, value)| scope(id, value))),
        ),
        (
            RESOURCE_MANAGER,
            "Windows Azure Service Management API",
            vec![
                "https://management.azure.com/",
                "https://management.core.windows.net/",
            ],
            json!([]),
            json!([scope(
                "41094075-9dad-400e-a0bd-54e686782033",
                "user_impersonation"
            )]),
        ),
        (
            STORAGE,
            "Azure Storage",
            vec!["https://storage.azure.com", "https://storage.azure.com/"],
            json!([]),
            json!([scope(
                "03e0da56-190b-40ad-a80c-ea378c433f7f",
                "user_impersonation"
            )]),
        ),
    ];
    for (app_id, name, names, roles, scopes) in services {
        let mut other = Map::new();
        let mut all_names = vec![app_id];
        all_names.extend(names);
        other.insert("servicePrincipalNames".into(), json!(all_names));
        other.insert("appRoles".into(), roles);
        other.insert("oauth2PermissionScopes".into(), scopes);
        directory.service_principals.push(ServicePrincipal {
            object_id: new_guid(),
            app_id: app_id.to_owned(),
            tenant_id: tenant_id.to_owned(),
            owner_tenant_id: MICROSOFT.to_owned(),
            display_name: name.to_owned(),
            enabled: true,
            other,
            key_credentials: vec![],
            password_credentials: vec![],
            owners: vec![],
            created_at: Timestamp::UNIX_EPOCH,
            visible_at: Timestamp::UNIX_EPOCH,
            deleted_at: None,
        });
    }
}

fn role(id: &str, value: &str) -> Value {
    json!({"id": id, "value": value, "displayName": value, "description": value, "isEnabled": true, "origin": "Application",
        "allowedMemberTypes": ["Application"]})
}

fn scope(id: &str, value: &str) -> Value {
    json!({"id": id, "value": value, "type": "Admin", "isEnabled": true, "adminConsentDisplayName": value,
        "adminConsentDescription": value, "userConsentDisplayName": value, "userConsentDescription": value})
}
