//! Directory objects as Graph's JSON.

use crate::world::directory::{Application, KeyCredential, PasswordCredential, ServicePrincipal};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use coldkeep_core::Timestamp;
use serde_json::{Value, json};

/// Graph writes whole seconds.
pub(super) fn time(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
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
        "notes": Value::Null,
        "description": Value::Null,
        "tags": [],
        "requiredResourceAccess": [],
        "serviceManagementReference": Value::Null,
        "keyCredentials": keys,
        "passwordCredentials": passwords,
    });
    for (name, set) in &app.other {
        value[name.as_str()] = set.clone();
    }
    value
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

/// A secret without its text, which is shown once, when it is made.
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

/// A service principal.
pub(super) fn service_principal(principal: &ServicePrincipal) -> Value {
    json!({
        "id": principal.object_id,
        "appId": principal.app_id,
        "displayName": principal.display_name,
        "appDisplayName": principal.display_name,
        "appOwnerOrganizationId": principal.tenant_id,
        "servicePrincipalType": "Application",
        "accountEnabled": true,
        "servicePrincipalNames": [principal.app_id],
        "deletedDateTime": principal.deleted_at.map(time),
    })
}
