//! `applications`: make, find, change, delete.

use super::{
    answer::{Answer, made, one},
    asker::{Area, Asker},
    collection::{self, APPLICATIONS},
    credentials,
    error::GraphError,
    federated,
    find::{as_seen, find_application, wants_creation},
    holder::Holder,
    odata::Address,
    owners::{self, Owned},
    policies, policy_changes, possession,
    properties::apply,
    render,
};
use crate::{
    World,
    wire::{call::Call, new_guid, read, reply, write},
    world::directory::{Application, Directory, KeyCredential},
};
use http::Method;
use serde_json::{Map, Value};

/// Answers a request below `applications`.
pub(super) fn route(
    world: &World,
    call: &Call,
    asker: &Asker,
    key: Option<Address>,
    rest: &[&str],
) -> Answer {
    match (&call.method, key, rest) {
        (&Method::GET, None, [] | ["$count"]) => find_all(world, call, asker, rest),
        (&Method::POST, None, []) => create(world, call, asker, None),
        (&Method::GET, Some(key), []) => get_application(world, call, asker, &key),
        (&Method::PATCH, Some(key), []) => patch(world, call, asker, &key),
        (&Method::DELETE, Some(key), []) => delete(world, asker, &key),
        (&Method::POST, Some(key), ["addPassword"]) => {
            credentials::add_password(world, call, asker, Holder::Application, &key)
        }
        (&Method::POST, Some(key), ["removePassword"]) => {
            credentials::remove_password(world, call, asker, Holder::Application, &key)
        }
        (_, Some(key), ["owners", rest @ ..]) => {
            asker.may_read(Area::Applications)?;
            let app = find_application(
                &read(&world.directory).applications,
                asker,
                &key,
                world.seen_until(),
            )?
            .clone();
            let owned = Owned {
                id: &app.object_id,
                owners: &app.owners,
                find_owners: owners::of_application,
            };
            owners::route(world, call, asker, owned, rest)
        }
        (_, Some(key), ["federatedIdentityCredentials", rest @ ..]) => {
            federated::route(world, call, asker, &key, rest)
        }
        (&Method::POST, Some(key), ["addKey"]) => possession::add_key(world, call, asker, &key),
        (&Method::POST, Some(key), ["removeKey"]) => possession::remove_key(world, call, asker, &key),
        (_, Some(key), ["appManagementPolicies", rest @ ..]) => {
            let app = find_application(
                &read(&world.directory).applications,
                asker,
                &key,
                world.seen_until(),
            )?
            .clone();
            match rest {
                [] => policies::policies_of(world, call, asker, &app),
                _ => policy_changes::assign(world, call, asker, &app.object_id, rest),
            }
        }
        (_, _, []) => Err(GraphError::method(&call.method)),
        (_, _, [other, ..]) => Err(GraphError::no_resource(other)),
    }
}

fn find_all(world: &World, call: &Call, asker: &Asker, rest: &[&str]) -> Answer {
    asker.may_read(Area::Applications)?;
    let now = world.seen_until();
    let directory = read(&world.directory);
    let all = directory.applications.iter();
    let found = all
        .filter(|a| a.tenant_id == asker.tenant_id && a.deleted_at.is_none() && a.visible_at <= now)
        .map(|a| render::application(&as_seen(world, a), false))
        .collect();
    match rest {
        [] => collection::page(world, call, APPLICATIONS, found),
        _ => collection::count(call, APPLICATIONS, found),
    }
}

fn get_application(world: &World, call: &Call, asker: &Asker, key: &Address) -> Answer {
    let directory = read(&world.directory);
    let app = find_application(&directory.applications, asker, key, world.seen_until());
    let itself = app
        .as_ref()
        .is_ok_and(|app| asker.app_id.as_deref() == Some(&app.app_id));
    if !itself {
        asker.may_read(Area::Applications)?;
    }
    let select = call.query("$select");
    let with_keys = select.is_some_and(|s| s.split(',').any(|name| name.trim() == "keyCredentials"));
    Ok(one(
        world,
        call,
        "applications",
        render::application(&as_seen(world, app?), with_keys),
    ))
}

pub(super) fn create(world: &World, call: &Call, asker: &Asker, unique_name: Option<String>) -> Answer {
    asker.may_register(world)?;
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
        tenant_id: asker.tenant_id.clone(),
        unique_name,
        display_name,
        sign_in_audience: "AzureADandPersonalMicrosoftAccount".to_owned(),
        public_client: false,
        other: Map::new(),
        key_credentials: vec![],
        password_credentials: vec![],
        owners: vec![asker.object_id.clone()],
        created_at: now,
        visible_at: world.replicated_at(),
        deleted_at: None,
    };
    apply(&mut app, std::mem::take(&mut body), now, world.replicated_at())?;
    let mut directory = write(&world.directory);
    check_keys(&directory, &app, &[])?;
    check_unique(&directory.applications, &app)?;
    let value = render::application(&app, false);
    directory.applications.push(app);
    Ok(made(world, "applications", value))
}

/// PATCH: changes an existing one; by `uniqueName` with `Prefer: create-if-missing` also creates it.
fn patch(world: &World, call: &Call, asker: &Asker, key: &Address) -> Answer {
    let now = world.now();
    let found = find_application(
        &read(&world.directory).applications,
        asker,
        key,
        world.seen_until(),
    )
    .cloned();
    let mut app = match (found, key) {
        (Ok(app), _) => app,
        (Err(_), Address::Key(name, value)) if name == "uniqueName" && wants_creation(call) => {
            return create(world, call, asker, Some(value.clone()));
        }
        (Err(missing), _) => return Err(missing),
    };
    asker.may_change(world, &app.owners)?;
    let before = app.key_credentials.clone();
    apply(&mut app, call.json()?, now, world.replicated_at())?;
    let mut directory = write(&world.directory);
    check_keys(&directory, &app, &before)?;
    check_unique(&directory.applications, &app)?;
    if let Some(kept) = directory
        .applications
        .iter_mut()
        .find(|a| a.object_id == app.object_id)
    {
        *kept = app;
    }
    Ok(reply::bare(204))
}

fn check_keys(directory: &Directory, app: &Application, before: &[KeyCredential]) -> Result<(), GraphError> {
    policies::check_new_keys(
        directory,
        &app.tenant_id,
        &app.object_id,
        &app.key_credentials,
        before,
    )
}

/// Unique names and identifier URIs belong to one application of a tenant.
pub(super) fn check_unique(all: &[Application], app: &Application) -> Result<(), GraphError> {
    let uris = |a: &Application| -> Vec<String> {
        let uris = a.other.get("identifierUris").and_then(Value::as_array);
        let texts = uris.into_iter().flatten().filter_map(Value::as_str);
        texts.map(str::to_owned).collect()
    };
    let own = uris(app);
    let others = all
        .iter()
        .filter(|a| a.object_id != app.object_id && a.deleted_at.is_none() && a.tenant_id == app.tenant_id);
    for other in others {
        let name = match () {
            () if app.unique_name.is_some() && other.unique_name == app.unique_name => "uniqueName",
            () if uris(other).iter().any(|uri| own.contains(uri)) => "identifierUris",
            () => continue,
        };
        let message = format!("Another object with the same value for property {name} already exists.");
        return Err(match name {
            "uniqueName" => GraphError::new(409, "Request_MultipleObjectsWithSameKeyValue", message),
            _ => GraphError::bad(message),
        });
    }
    Ok(())
}

/// Soft: it and its service principal can be restored for 30 days.
fn delete(world: &World, asker: &Asker, key: &Address) -> Answer {
    let now = world.now();
    let app = find_application(
        &read(&world.directory).applications,
        asker,
        key,
        world.seen_until(),
    )?
    .clone();
    asker.may_change(world, &app.owners)?;
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
