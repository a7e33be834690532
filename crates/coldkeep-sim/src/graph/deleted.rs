//! `directory/deletedItems`: what was deleted can be restored, or purged for good.

use super::{
    Answer,
    asker::{Area, Asker},
    collection::{self, APPLICATIONS, Kind, PRINCIPALS},
    error::GraphError,
    one, render,
};
use crate::{
    World,
    server::{call::Call, reply},
    world::{directory::Directory, read, write},
};
use http::Method;
use serde_json::Value;

/// Answers a request below `directory/deletedItems`.
pub(super) fn route(world: &World, call: &Call, asker: &Asker, rest: &[&str]) -> Answer {
    match (&call.method, rest) {
        (&Method::GET, ["microsoft.graph.application"]) => {
            let directory = read(&world.directory);
            let all = directory.applications.iter();
            let found = all
                .filter(|a| a.tenant_id == asker.tenant_id && a.deleted_at.is_some())
                .map(|a| render::application(a, false));
            listed(world, call, asker, APPLICATIONS, found.collect())
        }
        (&Method::GET, ["microsoft.graph.servicePrincipal"]) => {
            let directory = read(&world.directory);
            let all = directory.service_principals.iter();
            let found = all
                .filter(|s| s.tenant_id == asker.tenant_id && s.deleted_at.is_some())
                .map(|s| render::service_principal(&directory, s));
            listed(world, call, asker, PRINCIPALS, found.collect())
        }
        (&Method::GET, []) => Err(GraphError::bad(
            "Resource 'deletedItems' has to be cast to a type, as in deletedItems/microsoft.graph.application.",
        )),
        (&Method::GET, [id]) => {
            asker.may_read(Area::Applications)?;
            let (_, value) = find(&read(&world.directory), asker, id)?;
            Ok(one(world, call, "directoryObjects", value))
        }
        (&Method::DELETE, [id]) => purge(world, asker, id),
        (&Method::POST, [id, "restore"]) => restore(world, asker, id),
        _ => Err(GraphError::method(&call.method)),
    }
}

fn listed(world: &World, call: &Call, asker: &Asker, kind: Kind, found: Vec<Value>) -> Answer {
    asker.may_read(Area::Applications)?;
    collection::page(world, call, kind, found)
}

/// A deleted object: its owners, and what it looks like.
fn find(directory: &Directory, asker: &Asker, id: &str) -> Result<(Vec<String>, Value), GraphError> {
    let app = directory.applications.iter().find(|a| {
        a.object_id.eq_ignore_ascii_case(id) && a.tenant_id == asker.tenant_id && a.deleted_at.is_some()
    });
    if let Some(app) = app {
        return Ok((app.owners.clone(), render::application(app, false)));
    }
    directory
        .service_principals
        .iter()
        .find(|s| {
            s.object_id.eq_ignore_ascii_case(id) && s.tenant_id == asker.tenant_id && s.deleted_at.is_some()
        })
        .map(|s| (s.owners.clone(), render::service_principal(directory, s)))
        .ok_or_else(|| GraphError::not_found(id))
}

fn purge(world: &World, asker: &Asker, id: &str) -> Answer {
    let (owners, _) = find(&read(&world.directory), asker, id)?;
    asker.may_change(world, &owners)?;
    let mut directory = write(&world.directory);
    directory
        .applications
        .retain(|a| !a.object_id.eq_ignore_ascii_case(id));
    directory
        .service_principals
        .retain(|s| !s.object_id.eq_ignore_ascii_case(id));
    directory.forget_permissions(&id.to_ascii_lowercase());
    Ok(reply::bare(204))
}

fn restore(world: &World, asker: &Asker, id: &str) -> Answer {
    let (owners, value) = find(&read(&world.directory), asker, id)?;
    asker.may_change(world, &owners)?;
    let mut directory = write(&world.directory);
    let mut restored = None;
    for app in directory
        .applications
        .iter_mut()
        .filter(|a| a.object_id.eq_ignore_ascii_case(id))
    {
        app.deleted_at = None;
        restored = Some(app.app_id.clone());
    }
    let principals = directory.service_principals.iter_mut();
    for principal in principals.filter(|s| {
        s.object_id.eq_ignore_ascii_case(id) || restored.as_ref().is_some_and(|app_id| s.app_id == *app_id)
    }) {
        principal.deleted_at = None;
    }
    Ok(reply::json(200, &value))
}
