//! `federatedIdentityCredentials` of applications: kept and listed. No token is given for them
//! (<https://learn.microsoft.com/graph/api/resources/federatedidentitycredential>).

use super::{
    answer::{Answer, list, made, one},
    asker::{Area, Asker},
    error::GraphError,
    find,
    odata::Address,
};
use crate::{
    World,
    wire::{call::Call, new_guid, read, reply, write},
};
use http::Method;
use serde_json::{Map, Value, json};

const CONTEXT: &str = "applications/federatedIdentityCredentials";
/// The maximum number for one application.
const MOST: usize = 20;
const TEXTS: [&str; 4] = ["name", "issuer", "subject", "description"];

/// Answers a request below `applications/{id}/federatedIdentityCredentials`.
pub(super) fn route(world: &World, call: &Call, asker: &Asker, key: &Address, rest: &[&str]) -> Answer {
    let app = find::find_application(&read(&world.directory).applications, asker, key, world.now())?.clone();
    let of_app = || {
        let directory = read(&world.directory);
        directory
            .federated_credentials
            .get(&app.object_id)
            .cloned()
            .unwrap_or_default()
    };
    let is = |entry: &Value, id: &str| entry["id"] == id || entry["name"] == id;
    match (&call.method, rest) {
        (&Method::GET, []) => {
            asker.may_read(Area::Applications)?;
            Ok(list(world, CONTEXT, of_app()))
        }
        (&Method::GET, [id]) => {
            asker.may_read(Area::Applications)?;
            let found = of_app().into_iter().find(|entry| is(entry, id));
            let found = found.ok_or_else(|| GraphError::not_found(id))?;
            Ok(one(world, call, CONTEXT, found))
        }
        (&Method::POST, []) => {
            asker.may_change(world, &app.owners)?;
            let entry = checked(call.json()?, &of_app())?;
            let mut directory = write(&world.directory);
            let all = directory.federated_credentials.entry(app.object_id).or_default();
            all.push(entry.clone());
            Ok(made(world, CONTEXT, entry))
        }
        (&Method::DELETE, [id]) => {
            asker.may_change(world, &app.owners)?;
            let mut directory = write(&world.directory);
            let all = directory.federated_credentials.entry(app.object_id).or_default();
            let before = all.len();
            all.retain(|entry| !is(entry, id));
            match all.len() < before {
                true => Ok(reply::bare(204)),
                false => Err(GraphError::not_found(id)),
            }
        }
        (_, [] | [_]) => Err(GraphError::method(&call.method)),
        (_, [_, other, ..]) => Err(GraphError::no_resource(other)),
    }
}

fn checked(body: Map<String, Value>, all: &[Value]) -> Result<Value, GraphError> {
    let mut entry = json!({"id": new_guid(), "description": Value::Null});
    for name in TEXTS {
        match body.get(name) {
            Some(Value::String(text)) if !text.is_empty() => entry[name] = json!(text),
            None | Some(Value::Null) if name == "description" => {}
            _ => return Err(invalid(name)),
        }
    }
    let audiences = body.get("audiences").and_then(Value::as_array);
    match audiences {
        // One is taken, although it is a list.
        Some(audiences) if audiences.len() == 1 && audiences[0].is_string() => {
            entry["audiences"] = json!(audiences);
        }
        _ => return Err(invalid("audiences")),
    }
    if all.len() >= MOST {
        return Err(GraphError::bad(format!(
            "An application can have {MOST} federated identity credentials at most."
        )));
    }
    let same = |other: &Value, name: &str| other[name] == entry[name];
    if all.iter().any(|other| same(other, "name")) {
        return Err(GraphError::new(
            409,
            "Request_MultipleObjectsWithSameKeyValue",
            "FederatedIdentityCredential with the same name already exists.",
        ));
    }
    if all
        .iter()
        .any(|other| same(other, "issuer") && same(other, "subject"))
    {
        return Err(GraphError::bad(
            "FederatedIdentityCredential with the same issuer and subject already exists.",
        ));
    }
    Ok(entry)
}

fn invalid(name: &str) -> GraphError {
    GraphError::bad(format!(
        "Invalid value specified for property '{name}' of resource 'FederatedIdentityCredential'."
    ))
}
