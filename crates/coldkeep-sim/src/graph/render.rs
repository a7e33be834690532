//! Directory objects as Graph's JSON.

use super::properties;
use crate::world::{
    directory::{Application, Directory, KeyCredential, PasswordCredential, ServicePrincipal},
    forever,
    permissions::{AppRoleAssignment, PermissionGrant},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use coldkeep_core::Timestamp;
use serde_json::{Value, json};

/// Graph writes whole seconds.
pub(super) fn time(at: Timestamp) -> String {
    forever::render_end(at)
}

/// An application. `with_keys`: certificates themselves are given only when `keyCredentials` is selected on one object.
pub(super) fn application(app: &Application, with_keys: bool) -> Value {
    let keys: Vec<Value> = app
        .key_credentials
        .iter()
        .map(|k| key_credential(k, with_keys))
        .collect();
    let passwords: Vec<Value> = app.password_credentials.iter().map(password_credential).collect();
    let mut value = json!({
        "id": app.object_id,
        "appId": app.app_id,
        "uniqueName": app.unique_name,
        "displayName": app.display_name,
        "signInAudience": app.sign_in_audience,
        "isFallbackPublicClient": app.public_client,
        "createdDateTime": time(app.created_at),
        "deletedDateTime": app.deleted_at.map(time),
        "publisherDomain": Value::Null,
        "identifierUris": [],
        "appRoles": [],
        "api": {"oauth2PermissionScopes": [], "preAuthorizedApplications": [], "knownClientApplications": [],
            "acceptMappedClaims": Value::Null, "requestedAccessTokenVersion": Value::Null},
        "web": {"redirectUris": [], "homePageUrl": Value::Null, "logoutUrl": Value::Null,
            "implicitGrantSettings": {"enableIdTokenIssuance": false, "enableAccessTokenIssuance": false}},
        "publicClient": {"redirectUris": []},
        "spa": {"redirectUris": []},
        "info": {},
        "addIns": [],
        "optionalClaims": Value::Null,
        "groupMembershipClaims": Value::Null,
        "disabledByMicrosoftStatus": Value::Null,
        "notes": Value::Null,
        "description": Value::Null,
        "tags": [],
        "requiredResourceAccess": [],
        "serviceManagementReference": Value::Null,
        "keyCredentials": keys,
        "passwordCredentials": passwords,
    });
    put_kept(&mut value, &app.other);
    value
}

/// Puts what was kept as it came over what an object has without it.
fn put_kept(value: &mut Value, kept: &serde_json::Map<String, Value>) {
    for (name, set) in kept {
        properties::merge(&mut value[name.as_str()], set.clone());
    }
}

/// A certificate of an application.
pub(super) fn key_credential(key: &KeyCredential, with_key: bool) -> Value {
    json!({
        "keyId": key.key_id,
        "type": "AsymmetricX509Cert",
        "usage": "Verify",
        "displayName": key.display_name,
        "customKeyIdentifier": key.custom_key_identifier,
        "startDateTime": time(key.start),
        "endDateTime": time(key.end),
        "key": with_key.then(|| STANDARD.encode(&key.der)),
    })
}

/// A secret without its text, which is shown once, when it is created.
pub(super) fn password_credential(password: &PasswordCredential) -> Value {
    json!({
        "keyId": password.key_id,
        "displayName": password.display_name,
        "hint": password.hint,
        "startDateTime": time(password.start),
        "endDateTime": time(password.end),
        "customKeyIdentifier": Value::Null,
        "secretText": Value::Null,
    })
}

/// A service principal; what it offers comes from its application unless it has its own.
pub(super) fn service_principal(directory: &Directory, principal: &ServicePrincipal) -> Value {
    let app = directory
        .applications
        .iter()
        .find(|a| a.app_id == principal.app_id);
    let of_app = |name: &str| app.and_then(|a| a.other.get(name)).cloned();
    let mut names = vec![json!(principal.app_id)];
    let uris = of_app("identifierUris").and_then(|uris| uris.as_array().cloned());
    names.extend(uris.unwrap_or_default());
    let keys: Vec<Value> = principal
        .key_credentials
        .iter()
        .map(|k| key_credential(k, false))
        .collect();
    let passwords: Vec<Value> = principal
        .password_credentials
        .iter()
        .map(password_credential)
        .collect();
    let addresses = of_app("web").map(|web| web["redirectUris"].clone());
    let scopes = of_app("api").map(|api| api["oauth2PermissionScopes"].clone());
    let mut value = json!({
        "id": principal.object_id,
        "appId": principal.app_id,
        "displayName": principal.display_name,
        "appDisplayName": principal.display_name,
        "appOwnerOrganizationId": principal.owner_tenant_id,
        "createdDateTime": time(principal.created_at),
        "servicePrincipalType": "Application",
        "signInAudience": app.map_or("AzureADMultipleOrgs", |a| a.sign_in_audience.as_str()),
        "accountEnabled": principal.enabled,
        "servicePrincipalNames": names,
        "alternativeNames": [],
        "appRoleAssignmentRequired": false,
        "appRoles": directory.app_roles(principal),
        "oauth2PermissionScopes": scopes.filter(Value::is_array).unwrap_or_else(|| json!([])),
        "homepage": Value::Null,
        "notes": Value::Null,
        "replyUrls": addresses.filter(Value::is_array).unwrap_or_else(|| json!([])),
        "tags": [],
        "keyCredentials": keys,
        "passwordCredentials": passwords,
        "deletedDateTime": principal.deleted_at.map(time),
    });
    put_kept(&mut value, &principal.other);
    value
}

/// An assigned app role.
pub(super) fn app_role_assignment(directory: &Directory, assignment: &AppRoleAssignment) -> Value {
    let mut all = directory.service_principals.iter();
    let resource = all.find(|s| s.object_id == assignment.resource_id);
    let mut all = directory.service_principals.iter();
    let holder = all.find(|s| s.object_id == assignment.principal_id);
    let person = directory.user(&assignment.principal_id);
    json!({
        "id": assignment.id,
        "appRoleId": assignment.app_role_id,
        "createdDateTime": time(assignment.created_at),
        "deletedDateTime": Value::Null,
        "principalId": assignment.principal_id,
        "principalDisplayName": holder.map(|s| &s.display_name).or(person.map(|u| &u.display_name)),
        "principalType": if person.is_some() { "User" } else { "ServicePrincipal" },
        "resourceId": assignment.resource_id,
        "resourceDisplayName": resource.map(|s| &s.display_name),
    })
}

/// Scopes that were granted to a client.
pub(super) fn permission_grant(grant: &PermissionGrant) -> Value {
    json!({
        "id": grant.id,
        "clientId": grant.client_id,
        "consentType": if grant.principal_id.is_some() { "Principal" } else { "AllPrincipals" },
        "principalId": grant.principal_id,
        "resourceId": grant.resource_id,
        "scope": grant.scope,
    })
}
