//! `applications`: make, find, change, delete.

use super::{
    Answer, credentials,
    error::GraphError,
    keys::{self, SentKey},
    may_change, may_read, may_register,
    odata::{self, Address},
    people, policies, possession, render,
};
use crate::{
    World,
    server::{call::Call, reply},
    world::{Principal, directory::Application, new_guid, read, write},
};
use coldkeep_core::Timestamp;
use http::Method;
use serde_json::{Map, Value};

/// Properties that are kept and given back without meaning anything to the simulator.
const KEPT: [&str; 7] = [
    "notes",
    "description",
    "tags",
    "requiredResourceAccess",
    "serviceManagementReference",
    "web",
    "publicClient",
];

/// Answers a request below `applications`.
pub(super) fn route(
    world: &World,
    call: &Call,
    caller: &Principal,
    (key, rest): (Option<Address>, &[&str]),
) -> Answer {
    match (&call.method, key, rest) {
        (&Method::GET, None, []) => find_all(world, call, caller),
        (&Method::POST, None, []) => create(world, call, caller, None),
        (&Method::GET, Some(key), []) => get(world, call, caller, &key),
        (&Method::PATCH, Some(key), []) => patch(world, call, caller, &key),
        (&Method::DELETE, Some(key), []) => delete(world, caller, &key),
        (&Method::POST, Some(key), ["addPassword"]) => credentials::add_password(world, call, caller, &key),
        (&Method::POST, Some(key), ["removePassword"]) => {
            credentials::remove_password(world, call, caller, &key)
        }
        (_, Some(key), ["owners"]) => people::owners(world, call, caller, &key),
        (&Method::POST, Some(key), ["addKey"]) => possession::add_key(world, call, caller, &key),
        (&Method::POST, Some(key), ["removeKey"]) => possession::remove_key(world, call, caller, &key),
        (_, Some(key), ["appManagementPolicies"]) => {
            let app = find(&read(&world.directory).applications, caller, &key, world.now())?.clone();
            policies::policies_of(world, call, caller, &app)
        }
        (_, _, []) => Err(GraphError::method(&call.method)),
        (_, _, [other, ..]) => Err(GraphError::no_resource(other)),
    }
}

/// Whether a path's key names this application.
pub(super) fn is_named(app: &Application, key: &Address) -> bool {
    match key {
        Address::Id(id) => app.object_id.eq_ignore_ascii_case(id),
        Address::Key(name, value) if name.eq_ignore_ascii_case("appId") => {
            app.app_id.eq_ignore_ascii_case(value)
        }
        Address::Key(name, value) if name.eq_ignore_ascii_case("uniqueName") => {
            app.unique_name.as_deref() == Some(value)
        }
        Address::Key(..) => false,
    }
}

/// A living, replicated application of the caller's tenant.
pub(super) fn find<'a>(
    apps: &'a [Application],
    caller: &Principal,
    key: &Address,
    now: Timestamp,
) -> Result<&'a Application, GraphError> {
    apps.iter()
        .find(|a| {
            a.tenant_id == caller.tenant_id
                && a.deleted_at.is_none()
                && a.visible_at <= now
                && is_named(a, key)
        })
        .ok_or_else(|| {
            let (Address::Id(name) | Address::Key(_, name)) = key;
            GraphError::not_found(name)
        })
}

fn find_all(world: &World, call: &Call, caller: &Principal) -> Answer {
    may_read(caller)?;
    let wanted = call.query("$filter").map(odata::filter).transpose()?;
    let now = world.now();
    let found = read(&world.directory)
        .applications
        .iter()
        .filter(|a| a.tenant_id == caller.tenant_id && a.deleted_at.is_none() && a.visible_at <= now)
        .map(|a| render::application(a, false))
        .filter(|a| {
            wanted.as_ref().is_none_or(|(name, value)| {
                a[name.as_str()]
                    .as_str()
                    .is_some_and(|v| v.eq_ignore_ascii_case(value))
            })
        })
        .collect();
    Ok(odata::page(world, call, "applications", found))
}

fn get(world: &World, call: &Call, caller: &Principal, key: &Address) -> Answer {
    may_read(caller)?;
    let directory = read(&world.directory);
    let app = find(&directory.applications, caller, key, world.now())?;
    let select = call.query("$select");
    let with_keys = select.is_some_and(|s| s.split(',').any(|name| name.trim() == "keyCredentials"));
    Ok(reply::json(
        200,
        &odata::select(render::application(app, with_keys), select),
    ))
}

fn create(world: &World, call: &Call, caller: &Principal, unique_name: Option<String>) -> Answer {
    may_register(world, caller)?;
    let mut body: Map<String, Value> = call.json()?;
    let display_name = body
        .get("displayName")
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned();
    if display_name.is_empty() {
        return Err(GraphError::bad(
            "Property 'displayName' is required and cannot be null or empty on resource 'Application'.",
        ));
    }
    let now = world.now();
    let unique_name =
        unique_name.or_else(|| body.get("uniqueName").and_then(Value::as_str).map(str::to_owned));
    let mut app = Application {
        object_id: new_guid(),
        app_id: new_guid(),
        tenant_id: caller.tenant_id.clone(),
        unique_name,
        display_name,
        sign_in_audience: "AzureADandPersonalMicrosoftAccount".to_owned(),
        public_client: false,
        other: Map::new(),
        key_credentials: vec![],
        password_credentials: vec![],
        owner_id: caller.object_id.clone(),
        created_at: now,
        visible_at: world.replicated_at(),
        deleted_at: None,
    };
    apply(&mut app, std::mem::take(&mut body), now, world.replicated_at())?;
    let mut directory = write(&world.directory);
    policies::check_new_keys(&directory, &app, &[])?;
    let taken = directory.applications.iter().any(|a| {
        app.unique_name.is_some()
            && a.deleted_at.is_none()
            && a.tenant_id == app.tenant_id
            && a.unique_name == app.unique_name
    });
    if taken {
        return Err(GraphError::new(
            409,
            "Request_MultipleObjectsWithSameKeyValue",
            "Another object with the same value for property uniqueName already exists.",
        ));
    }
    let value = render::application(&app, false);
    directory.applications.push(app);
    Ok(reply::json(201, &value))
}

/// PATCH: changes what is there; by `uniqueName` with `Prefer: create-if-missing` also makes it.
fn patch(world: &World, call: &Call, caller: &Principal, key: &Address) -> Answer {
    let now = world.now();
    let found = find(&read(&world.directory).applications, caller, key, now).cloned();
    let mut app = match (found, key) {
        (Ok(app), _) => app,
        (Err(_), Address::Key(name, value)) if name == "uniqueName" && wants_creation(call) => {
            return create(world, call, caller, Some(value.clone()));
        }
        (Err(missing), _) => return Err(missing),
    };
    may_change(world, caller, Some(&app.owner_id))?;
    let before = app.key_credentials.clone();
    apply(&mut app, call.json()?, now, world.replicated_at())?;
    let mut directory = write(&world.directory);
    policies::check_new_keys(&directory, &app, &before)?;
    if let Some(kept) = directory
        .applications
        .iter_mut()
        .find(|a| a.object_id == app.object_id)
    {
        *kept = app;
    }
    Ok(reply::bare(204))
}

pub(super) fn wants_creation(call: &Call) -> bool {
    call.header("prefer")
        .is_some_and(|p| p.split([',', ';']).any(|w| w.trim() == "create-if-missing"))
}

/// Writes the properties sent; an unknown one is refused, so that a misspelt name is noticed.
fn apply(
    app: &mut Application,
    body: Map<String, Value>,
    now: Timestamp,
    usable_at: Timestamp,
) -> Result<(), GraphError> {
    for (name, value) in body {
        let text = || {
            value.as_str().map(str::to_owned).ok_or_else(|| {
                GraphError::bad(format!(
                    "Invalid value specified for property '{name}' of resource 'Application'."
                ))
            })
        };
        match name.as_str() {
            "displayName" => app.display_name = text()?,
            "signInAudience" => app.sign_in_audience = text()?,
            "uniqueName" => {
                let wanted = text()?;
                if app.unique_name.as_ref().is_some_and(|u| *u != wanted) {
                    return Err(GraphError::bad(
                        "Property 'uniqueName' is immutable once it is set.",
                    ));
                }
                app.unique_name = Some(wanted);
            }
            "isFallbackPublicClient" => app.public_client = value.as_bool().unwrap_or(false),
            "keyCredentials" => {
                let sent: Vec<SentKey> = serde_json::from_value(value)?;
                app.key_credentials = keys::replace(&app.key_credentials, sent, now, usable_at)?;
            }
            "passwordCredentials" => {
                return Err(GraphError::bad(
                    "Property 'passwordCredentials' cannot be set: use addPassword and removePassword.",
                ));
            }
            kept if KEPT.contains(&kept) => {
                app.other.insert(name, value);
            }
            _ => {
                return Err(GraphError::bad(format!(
                    "Property '{name}' does not exist or cannot be written on resource 'Application'."
                )));
            }
        }
    }
    Ok(())
}

/// Soft: it and its service principal can be restored for 30 days.
fn delete(world: &World, caller: &Principal, key: &Address) -> Answer {
    let now = world.now();
    let app = find(&read(&world.directory).applications, caller, key, now)?.clone();
    may_change(world, caller, Some(&app.owner_id))?;
    let mut directory = write(&world.directory);
    for found in directory
        .applications
        .iter_mut()
        .filter(|a| a.object_id == app.object_id)
    {
        found.deleted_at = Some(now);
    }
    let principals = directory.service_principals.iter_mut();
    for found in principals
        .filter(|s| s.app_id == app.app_id && s.tenant_id == app.tenant_id && s.deleted_at.is_none())
    {
        found.deleted_at = Some(now);
    }
    Ok(reply::bare(204))
}
