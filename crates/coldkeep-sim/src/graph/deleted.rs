//! `directory/deletedItems`: what was deleted can be restored for 30 days, or purged for good.

use super::{
    answer::{Answer, one},
    applications,
    asker::{Area, Asker},
    collection::{self, APPLICATIONS, Kind, PRINCIPALS},
    error::GraphError,
    principals, render,
};
use crate::{
    World,
    wire::{call::Call, read, reply, write},
    world::directory::{Directory, ServicePrincipal},
};
use coldkeep_core::Timestamp;
use http::Method;
use jiff::SignedDuration;
use serde_json::Value;

/// How long what was deleted is held (<https://learn.microsoft.com/graph/api/resources/directory#deleted-items>).
const HELD: SignedDuration = SignedDuration::from_hours(30 * 24);

/// Answers a request below `directory/deletedItems`.
pub(super) fn route(world: &World, call: &Call, asker: &Asker, rest: &[&str]) -> Answer {
    let now = world.now();
    match (&call.method, rest) {
        (&Method::GET, ["microsoft.graph.application"]) => {
            let directory = read(&world.directory);
            let all = directory.applications.iter();
            let found = all
                .filter(|a| a.tenant_id == asker.tenant_id && is_held(a.deleted_at, now))
                .map(|a| render::application(a, false));
            listed(world, call, asker, APPLICATIONS, found.collect())
        }
        (&Method::GET, ["microsoft.graph.servicePrincipal"]) => {
            let directory = read(&world.directory);
            let all = directory.service_principals.iter();
            let found = all
                .filter(|s| s.tenant_id == asker.tenant_id && is_held(s.deleted_at, now))
                .map(|s| render::service_principal(&directory, s));
            listed(world, call, asker, PRINCIPALS, found.collect())
        }
        (&Method::GET, []) => Err(GraphError::bad(
            "Resource 'deletedItems' has to be cast to a type, as in deletedItems/microsoft.graph.application.",
        )),
        (&Method::GET, [id]) => {
            asker.may_read(Area::Applications)?;
            let (_, value) = find_deleted(&read(&world.directory), asker, id, now)?;
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

/// Whether something deleted then can still be brought back.
fn is_held(deleted_at: Option<Timestamp>, now: Timestamp) -> bool {
    deleted_at.is_some_and(|at| now.duration_since(at) < HELD)
}

/// A deleted object: its owners, and what it looks like.
fn find_deleted(
    directory: &Directory,
    asker: &Asker,
    id: &str,
    now: Timestamp,
) -> Result<(Vec<String>, Value), GraphError> {
    let app = directory.applications.iter().find(|a| {
        a.object_id.eq_ignore_ascii_case(id) && a.tenant_id == asker.tenant_id && is_held(a.deleted_at, now)
    });
    if let Some(app) = app {
        return Ok((app.owners.clone(), render::application(app, false)));
    }
    directory
        .service_principals
        .iter()
        .find(|s| {
            s.object_id.eq_ignore_ascii_case(id)
                && s.tenant_id == asker.tenant_id
                && is_held(s.deleted_at, now)
        })
        .map(|s| (s.owners.clone(), render::service_principal(directory, s)))
        .ok_or_else(|| GraphError::not_found(id))
}

fn purge(world: &World, asker: &Asker, id: &str) -> Answer {
    let (owners, _) = find_deleted(&read(&world.directory), asker, id, world.now())?;
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

/// Brings an application back with the service principal that went with it, or a service principal by itself. What took its
/// place meanwhile is in the way.
fn restore(world: &World, asker: &Asker, id: &str) -> Answer {
    let (owners, _) = find_deleted(&read(&world.directory), asker, id, world.now())?;
    asker.may_change(world, &owners)?;
    let mut directory = write(&world.directory);
    let directory = &mut *directory;
    let apps = &directory.applications;
    let app = apps.iter().position(|a| a.object_id.eq_ignore_ascii_case(id));
    if let Some(at) = app {
        applications::check_unique(apps, &apps[at])?;
        let deleted_at = directory.applications[at].deleted_at.take();
        let app = &directory.applications[at];
        let principals = &mut directory.service_principals;
        let same = |s: &ServicePrincipal| s.app_id == app.app_id && s.tenant_id == app.tenant_id;
        if !principals.iter().any(|s| same(s) && s.deleted_at.is_none()) {
            let mut went_along = principals
                .iter_mut()
                .filter(|s| same(s) && s.deleted_at == deleted_at);
            if let Some(principal) = went_along.next() {
                principal.deleted_at = None;
            }
        }
        return Ok(reply::json(200, &render::application(app, false)));
    }
    let principals = &directory.service_principals;
    let found = principals
        .iter()
        .position(|s| s.object_id.eq_ignore_ascii_case(id));
    let at = found.ok_or_else(|| GraphError::not_found(id))?;
    principals::check_unique(principals, &principals[at])?;
    directory.service_principals[at].deleted_at = None;
    let value = render::service_principal(directory, &directory.service_principals[at]);
    Ok(reply::json(200, &value))
}
