//! Resource providers: which there are, and that a subscription uses them
//! (<https://learn.microsoft.com/azure/azure-resource-manager/management/resource-providers-and-types>).

use super::{
    ask::{Answer, Ask, page, require},
    error::ArmError,
    subscriptions, version,
};
use crate::wire::reply;
use http::Method;
use serde_json::{Value, json};

/// Namespaces and the types in them that the simulator has.
const PROVIDERS: [(&str, &[&str]); 3] = [
    (
        "Microsoft.Authorization",
        &[
            "roleAssignments",
            "roleDefinitions",
            "permissions",
            "denyAssignments",
            "locks",
        ],
    ),
    (
        "Microsoft.Resources",
        &["subscriptions", "resourceGroups", "tenants"],
    ),
    (
        "Microsoft.Storage",
        &[
            "storageAccounts",
            "storageAccounts/blobServices",
            "storageAccounts/blobServices/containers",
            "checkNameAvailability",
            "operations",
        ],
    ),
];

/// Answers a request below `/subscriptions/ID/providers`, or below `/providers` without a subscription.
pub(super) fn route(ask: &Ask<'_>, subscription: Option<&str>, rest: &[&str]) -> Answer {
    let scope = match subscription {
        Some(id) => format!("/subscriptions/{}", subscriptions::find_subscription(ask, id)?.id),
        None => String::new(),
    };
    match (&ask.call.method, rest) {
        (&Method::GET, []) => Ok(page(
            ask,
            PROVIDERS
                .iter()
                .map(|(name, types)| render(&scope, name, types))
                .collect(),
        )),
        (&Method::GET, [name]) => one(&scope, name),
        (&Method::POST, [name, "register"]) => {
            require(ask, &scope, &format!("{name}/register/action"))?;
            one(&scope, name)
        }
        _ => Err(ArmError::no_route(ask.call)),
    }
}

/// Registering changes nothing: what the simulator has is registered everywhere.
fn one(scope: &str, name: &str) -> Answer {
    let found = PROVIDERS
        .iter()
        .find(|(known, _)| known.eq_ignore_ascii_case(name));
    let (name, types) = found.ok_or_else(|| {
        ArmError::new(
            404,
            "InvalidResourceNamespace",
            format!("The resource namespace '{name}' is invalid."),
        )
    })?;
    Ok(reply::json(200, &render(scope, name, types)))
}

fn render(scope: &str, name: &str, types: &[&str]) -> Value {
    let (versions, locations): (&[&str], Vec<&str>) = if name == "Microsoft.Storage" {
        (
            &version::STORAGE,
            version::LOCATIONS.map(|(_, shown, _)| shown).to_vec(),
        )
    } else {
        (&["2022-04-01", "2021-04-01"], vec![])
    };
    let types: Vec<Value> = types
        .iter()
        .map(|kind| json!({"resourceType": kind, "locations": locations, "apiVersions": versions, "capabilities": "None"}))
        .collect();
    let mut provider = json!({
        "id": format!("{scope}/providers/{name}"),
        "namespace": name,
        "registrationPolicy": "RegistrationRequired",
        "resourceTypes": types,
    });
    if !scope.is_empty() {
        provider["registrationState"] = json!("Registered");
    }
    provider
}
