//! `servicePrincipals`: make, find, delete.

use super::{Answer, applications, error::GraphError, may_change, may_read, odata, odata::Address, render};
use crate::{
    World,
    server::{call::Call, reply},
    world::{Principal, directory::ServicePrincipal, new_guid, read, write},
};
use coldkeep_core::Timestamp;
use http::Method;
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Create {
    app_id: String,
}

/// Answers a request below `servicePrincipals`.
pub(super) fn route(
    world: &World,
    call: &Call,
    caller: &Principal,
    (key, rest): (Option<Address>, &[&str]),
) -> Answer {
    if let Some(other) = rest.first() {
        return Err(GraphError::no_resource(other));
    }
    match (&call.method, key) {
        (&Method::GET, None) => find_all(world, call, caller),
        (&Method::POST, None) => {
            let sent: Create = call.json()?;
            create(world, caller, &sent.app_id)
        }
        (&Method::GET, Some(key)) => {
            may_read(caller)?;
            let directory = read(&world.directory);
            let found = find(&directory.service_principals, caller, &key, world.now())?;
            Ok(reply::json(
                200,
                &odata::select(render::service_principal(found), call.query("$select")),
            ))
        }
        (&Method::PATCH, Some(Address::Key(name, app_id)))
            if name == "appId" && applications::wants_creation(call) =>
        {
            let key = Address::Key(name, app_id.clone());
            let exists = find(
                &read(&world.directory).service_principals,
                caller,
                &key,
                world.now(),
            )
            .is_ok();
            if exists {
                Ok(reply::bare(204))
            } else {
                create(world, caller, &app_id)
            }
        }
        (&Method::DELETE, Some(key)) => delete(world, caller, &key),
        _ => Err(GraphError::method(&call.method)),
    }
}

fn find<'a>(
    all: &'a [ServicePrincipal],
    caller: &Principal,
    key: &Address,
    now: Timestamp,
) -> Result<&'a ServicePrincipal, GraphError> {
    let (Address::Id(name) | Address::Key(_, name)) = key;
    all.iter()
        .filter(|s| s.tenant_id == caller.tenant_id && s.deleted_at.is_none() && s.visible_at <= now)
        .find(|s| match key {
            Address::Id(id) => s.object_id.eq_ignore_ascii_case(id),
            Address::Key(property, value) => property == "appId" && s.app_id.eq_ignore_ascii_case(value),
        })
        .ok_or_else(|| GraphError::not_found(name))
}

fn find_all(world: &World, call: &Call, caller: &Principal) -> Answer {
    may_read(caller)?;
    let wanted = call.query("$filter").map(odata::filter).transpose()?;
    let now = world.now();
    let found = read(&world.directory)
        .service_principals
        .iter()
        .filter(|s| s.tenant_id == caller.tenant_id && s.deleted_at.is_none() && s.visible_at <= now)
        .map(render::service_principal)
        .filter(|s| {
            wanted.as_ref().is_none_or(|(name, value)| {
                s[name.as_str()]
                    .as_str()
                    .is_some_and(|v| v.eq_ignore_ascii_case(value))
            })
        })
        .collect();
    Ok(odata::page(world, call, "servicePrincipals", found))
}

fn create(world: &World, caller: &Principal, app_id: &str) -> Answer {
    let now = world.now();
    let (display_name, owner) = {
        let directory = read(&world.directory);
        let app = directory.application(app_id, now).ok_or_else(|| {
            GraphError::bad(format!(
                "The appId '{app_id}' of the service principal does not reference a valid application object."
            ))
        })?;
        if app.tenant_id != caller.tenant_id && app.sign_in_audience == "AzureADMyOrg" {
            return Err(GraphError::new(
                403,
                "Authorization_RequestDenied",
                "When using this permission, the backing application of the service principal being created must in the local \
                 tenant",
            ));
        }
        (app.display_name.clone(), app.owner_id.clone())
    };
    may_change(world, caller, Some(&owner))?;
    let mut directory = write(&world.directory);
    let exists = directory.service_principals.iter().any(|s| {
        s.app_id.eq_ignore_ascii_case(app_id) && s.tenant_id == caller.tenant_id && s.deleted_at.is_none()
    });
    if exists {
        return Err(GraphError::new(
            409,
            "Request_MultipleObjectsWithSameKeyValue",
            format!(
                "The service principal cannot be created, updated, or restored because the service principal name {app_id} is \
                 already in use."
            ),
        ));
    }
    let made = ServicePrincipal {
        object_id: new_guid(),
        app_id: app_id.to_ascii_lowercase(),
        tenant_id: caller.tenant_id.clone(),
        display_name,
        owner_id: caller.object_id.clone(),
        visible_at: world.replicated_at(),
        deleted_at: None,
    };
    let value = render::service_principal(&made);
    directory.service_principals.push(made);
    Ok(reply::json(201, &value))
}

fn delete(world: &World, caller: &Principal, key: &Address) -> Answer {
    let now = world.now();
    let found = find(&read(&world.directory).service_principals, caller, key, now)?.clone();
    may_change(world, caller, Some(&found.owner_id))?;
    let mut directory = write(&world.directory);
    for principal in directory
        .service_principals
        .iter_mut()
        .filter(|s| s.object_id == found.object_id)
    {
        principal.deleted_at = Some(now);
    }
    Ok(reply::bare(204))
}
