//! People and their directory roles as they are shown.

use crate::world::directory::{APPLICATION_ADMINISTRATOR, APPLICATION_DEVELOPER, GLOBAL_ADMINISTRATOR, User};
use serde_json::{Value, json};
use uuid::Uuid;

/// A person as Graph's JSON.
pub(super) fn rendered(user: &User) -> Value {
    let (given_name, surname) = user
        .display_name
        .split_once(' ')
        .unwrap_or((&user.display_name, ""));
    json!({
        "id": user.object_id,
        "accountEnabled": true,
        "businessPhones": [],
        "displayName": user.display_name,
        "givenName": given_name,
        "jobTitle": Value::Null,
        "mail": user.principal_name,
        "mobilePhone": Value::Null,
        "officeLocation": Value::Null,
        "preferredLanguage": Value::Null,
        "surname": surname,
        "userPrincipalName": user.principal_name,
        "userType": if user.guest { "Guest" } else { "Member" },
    })
}

/// A directory role as it is active in a tenant.
pub(super) fn directory_role(template: &str) -> Value {
    json!({
        "@odata.type": "#microsoft.graph.directoryRole",
        "id": role_id(template),
        "roleTemplateId": template,
        "displayName": role_name(template),
    })
}

/// The id of an active role, which is not that of its template.
pub(super) fn role_id(template: &str) -> String {
    Uuid::new_v5(&Uuid::NAMESPACE_OID, format!("active {template}").as_bytes()).to_string()
}

/// Names of the roles that decide about applications
/// (<https://learn.microsoft.com/entra/identity/role-based-access-control/permissions-reference>).
pub(super) fn role_name(template: &str) -> &'static str {
    match template {
        GLOBAL_ADMINISTRATOR => "Global Administrator",
        APPLICATION_ADMINISTRATOR => "Application Administrator",
        APPLICATION_DEVELOPER => "Application Developer",
        "158c047a-c907-4556-b7ef-446551a6b5f7" => "Cloud Application Administrator",
        "e8611ab8-c189-46e8-94e1-60213ab1f814" => "Privileged Role Administrator",
        "88d8e3e3-8f55-4a1e-953a-9b9898b8876b" => "Directory Readers",
        _ => "Directory role",
    }
}
