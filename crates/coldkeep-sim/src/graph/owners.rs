//! `owners` of applications and service principals: who may change them without a role
//! (<https://learn.microsoft.com/graph/api/application-list-owners>).

use super::{
    answer::{Answer, list},
    asker::Asker,
    collection::{self, DIRECTORY_OBJECTS},
    error::GraphError,
};
use crate::{
    World,
    wire::{call::Call, read, reply, write},
    world::directory::Directory,
};
use http::Method;
use serde::Deserialize;
use serde_json::{Value, json};

/// Finds the owners of something in the directory.
type FindOwners = for<'a> fn(&'a mut Directory, &str) -> Option<&'a mut Vec<String>>;

/// What has owners.
pub(super) struct Owned<'a> {
    pub(super) id: &'a str,
    /// As they are while the request is answered.
    pub(super) owners: &'a [String],
    pub(super) find_owners: FindOwners,
}

#[derive(Deserialize)]
struct Reference {
    #[serde(rename = "@odata.id")]
    id: String,
}

/// The owners of an application.
pub(super) fn of_application<'a>(directory: &'a mut Directory, id: &str) -> Option<&'a mut Vec<String>> {
    let mut all = directory.applications.iter_mut();
    all.find(|a| a.object_id == id).map(|a| &mut a.owners)
}

/// The owners of a service principal.
pub(super) fn of_principal<'a>(directory: &'a mut Directory, id: &str) -> Option<&'a mut Vec<String>> {
    let mut all = directory.service_principals.iter_mut();
    all.find(|s| s.object_id == id).map(|s| &mut s.owners)
}

/// Lists, adds and removes.
pub(super) fn route(world: &World, call: &Call, asker: &Asker, owned: Owned<'_>, rest: &[&str]) -> Answer {
    let Owned {
        id,
        owners,
        find_owners,
    } = owned;
    match (&call.method, rest) {
        (&Method::GET, []) => {
            let directory = read(&world.directory);
            let all = owners
                .iter()
                .map(|owner| render_owner(&directory, owner))
                .collect();
            collection::page(world, call, DIRECTORY_OBJECTS, all)
        }
        (&Method::GET, ["$ref"]) => {
            let graph = &world.endpoints().graph;
            let all = owners
                .iter()
                .map(|owner| json!({"@odata.id": format!("{graph}/v1.0/directoryObjects/{owner}")}));
            Ok(list(world, "Collection($ref)", all.collect()))
        }
        (&Method::POST, ["$ref"]) => {
            asker.may_change(world, owners)?;
            let sent: Reference = call.json()?;
            let owner = sent
                .id
                .rsplit('/')
                .next()
                .unwrap_or_default()
                .to_ascii_lowercase();
            add(world, asker, id, owner, find_owners)
        }
        (&Method::DELETE, [owner, "$ref"]) => {
            asker.may_change(world, owners)?;
            if !owners.iter().any(|o| o == owner) {
                return Err(GraphError::not_found(owner));
            }
            let mut directory = write(&world.directory);
            if let Some(all) = find_owners(&mut directory, id) {
                all.retain(|o| o != owner);
            }
            Ok(reply::bare(204))
        }
        _ => Err(GraphError::method(&call.method)),
    }
}

fn add(world: &World, asker: &Asker, id: &str, owner: String, find_owners: FindOwners) -> Answer {
    let mut directory = write(&world.directory);
    let known = directory.principal_type(&owner, &asker.tenant_id, world.now());
    if known.is_none() {
        return Err(GraphError::not_found(&owner));
    }
    let all = find_owners(&mut directory, id).ok_or_else(|| GraphError::not_found(id))?;
    if all.contains(&owner) {
        return Err(GraphError::bad(
            "One or more added object references already exist for the following modified properties: 'owners'.",
        ));
    }
    all.push(owner);
    Ok(reply::bare(204))
}

fn render_owner(directory: &Directory, owner: &str) -> Value {
    let user = directory.user(owner);
    match user {
        Some(user) => {
            json!({"@odata.type": "#microsoft.graph.user", "id": owner, "displayName": user.display_name,
            "userPrincipalName": user.principal_name})
        }
        None => {
            let mut all = directory.service_principals.iter();
            let found = all.find(|s| s.object_id == owner);
            json!({"@odata.type": "#microsoft.graph.servicePrincipal", "id": owner,
                "displayName": found.map(|s| s.display_name.clone()), "appId": found.map(|s| s.app_id.clone())})
        }
    }
}
