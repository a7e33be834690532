//! `directory/deletedItems`: what was deleted can be restored, or purged for good.

use super::{Answer, error::GraphError, may_change, may_read, odata, render};
use crate::{
    World,
    server::{call::Call, reply},
    world::{Principal, directory::Directory, read, write},
};
use http::Method;
use serde_json::Value;

/// Answers a request below `directory/deletedItems`.
pub(super) fn route(world: &World, call: &Call, caller: &Principal, rest: &[&str]) -> Answer {
    match (&call.method, rest) {
        (&Method::GET, ["microsoft.graph.application"]) => {
            may_read(caller)?;
            let directory = read(&world.directory);
            let deleted = directory
                .applications
                .iter()
                .filter(|a| a.tenant_id == caller.tenant_id);
            let found = deleted
                .filter(|a| a.deleted_at.is_some())
                .map(|a| render::application(a, false))
                .collect();
            Ok(odata::page(
                world,
                call,
                "directory/deletedItems/microsoft.graph.application",
                found,
            ))
        }
        (&Method::GET, ["microsoft.graph.servicePrincipal"]) => {
            may_read(caller)?;
            let directory = read(&world.directory);
            let deleted = directory
                .service_principals
                .iter()
                .filter(|s| s.tenant_id == caller.tenant_id);
            let found = deleted
                .filter(|s| s.deleted_at.is_some())
                .map(render::service_principal)
                .collect();
            Ok(odata::page(
                world,
                call,
                "directory/deletedItems/microsoft.graph.servicePrincipal",
                found,
            ))
        }
        (&Method::GET, [id]) => {
            may_read(caller)?;
            let (_, value) = find(&read(&world.directory), caller, id)?;
            Ok(reply::json(200, &value))
        }
        (&Method::DELETE, [id]) => purge(world, caller, id),
        (&Method::POST, [id, "restore"]) => restore(world, caller, id),
        _ => Err(GraphError::method(&call.method)),
    }
}

/// A deleted object: its owner, and what it looks like.
fn find(directory: &Directory, caller: &Principal, id: &str) -> Result<(String, Value), GraphError> {
    let app = directory.applications.iter().find(|a| {
        a.object_id.eq_ignore_ascii_case(id) && a.tenant_id == caller.tenant_id && a.deleted_at.is_some()
    });
    if let Some(app) = app {
        return Ok((app.owner_id.clone(), render::application(app, false)));
    }
    directory
        .service_principals
        .iter()
        .find(|s| {
            s.object_id.eq_ignore_ascii_case(id) && s.tenant_id == caller.tenant_id && s.deleted_at.is_some()
        })
        .map(|s| (s.owner_id.clone(), render::service_principal(s)))
        .ok_or_else(|| GraphError::not_found(id))
}

fn purge(world: &World, caller: &Principal, id: &str) -> Answer {
    let (owner, _) = find(&read(&world.directory), caller, id)?;
    may_change(world, caller, Some(&owner))?;
    let mut directory = write(&world.directory);
    directory
        .applications
        .retain(|a| !a.object_id.eq_ignore_ascii_case(id));
    directory
        .service_principals
        .retain(|s| !s.object_id.eq_ignore_ascii_case(id));
    Ok(reply::bare(204))
}

fn restore(world: &World, caller: &Principal, id: &str) -> Answer {
    let (owner, value) = find(&read(&world.directory), caller, id)?;
    may_change(world, caller, Some(&owner))?;
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
