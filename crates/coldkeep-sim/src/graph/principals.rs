//! `servicePrincipals`: make, find, change, delete (<https://learn.microsoft.com/graph/api/resources/serviceprincipal>).

use super::{
    answer::{Answer, made, one},
    asker::{Area, Asker},
    collection::{self, PERMISSION_GRANTS, PRINCIPALS},
    credentials,
    error::GraphError,
    find::{find_principal, wants_creation},
    holder::Holder,
    keys::{self, SentKey},
    odata::Address,
    owners::{self, Owned},
    policies,
    properties::{self, Shape},
    render,
    roles::{self, End},
};
use crate::{
    World,
    wire::{call::Call, new_guid, read, reply, write},
    world::directory::{Directory, KeyCredential, ServicePrincipal},
};
use http::Method;
use serde_json::{Map, Value};

/// What errors call the resource.
const PRINCIPAL: &str = "ServicePrincipal";

/// Properties that are kept and given back without meaning anything to the simulator.
const KEPT: [(&str, Shape); 15] = [
    ("addIns", Shape::Complexes),
    ("alternativeNames", Shape::Texts),
    ("appRoleAssignmentRequired", Shape::Flag),
    ("customSecurityAttributes", Shape::Complex),
    ("description", Shape::Text),
    ("homepage", Shape::Text),
    ("loginUrl", Shape::Text),
    ("notes", Shape::Text),
    ("notificationEmailAddresses", Shape::Texts),
    ("preferredSingleSignOnMode", Shape::Text),
    ("preferredTokenSigningKeyThumbprint", Shape::Text),
    ("replyUrls", Shape::Texts),
    ("samlSingleSignOnSettings", Shape::Complex),
    ("tags", Shape::Texts),
    ("tokenEncryptionKeyId", Shape::Text),
];

/// Answers a request below `servicePrincipals`.
pub(super) fn route(
    world: &World,
    call: &Call,
    asker: &Asker,
    key: Option<Address>,
    rest: &[&str],
) -> Answer {
    match (&call.method, key, rest) {
        (&Method::GET, None, [] | ["$count"]) => find_all(world, call, asker, rest),
        (&Method::POST, None, []) => create(world, asker, None, call.json()?),
        (&Method::GET, Some(key), []) => {
            asker.may_read(Area::Applications)?;
            let directory = read(&world.directory);
            let found = find_principal(&directory, asker, &key, world.seen_until())?;
            Ok(one(
                world,
                call,
                "servicePrincipals",
                render::service_principal(&directory, found),
            ))
        }
        (&Method::PATCH, Some(key), []) => patch(world, call, asker, &key),
        (&Method::DELETE, Some(key), []) => delete(world, asker, &key),
        (_, Some(key), [part, rest @ ..]) => below(world, call, asker, &key, part, rest),
        (_, _, []) => Err(GraphError::method(&call.method)),
        (_, None, [other, ..]) => Err(GraphError::no_resource(other)),
    }
}

/// What hangs on a service principal.
fn below(world: &World, call: &Call, asker: &Asker, key: &Address, part: &str, rest: &[&str]) -> Answer {
    let found = find_principal(&read(&world.directory), asker, key, world.seen_until())?.clone();
    let id = found.object_id.as_str();
    match part {
        "addPassword" if call.method == Method::POST && rest.is_empty() => {
            credentials::add_password(world, call, asker, Holder::Principal, key)
        }
        "removePassword" if call.method == Method::POST && rest.is_empty() => {
            credentials::remove_password(world, call, asker, Holder::Principal, key)
        }
        "appRoleAssignedTo" => roles::route(world, call, asker, id, End::Resource, rest),
        "appRoleAssignments" => roles::route(world, call, asker, id, End::Principal, rest),
        "owners" => {
            asker.may_read(Area::Applications)?;
            let owned = Owned {
                id,
                owners: &found.owners,
                find_owners: owners::of_principal,
            };
            owners::route(world, call, asker, owned, rest)
        }
        "oauth2PermissionGrants" if rest.is_empty() && call.method == Method::GET => {
            asker.may_read(Area::PermissionGrants)?;
            let directory = read(&world.directory);
            let all = directory.permission_grants.iter();
            let found = all.filter(|g| g.client_id == id).map(render::permission_grant);
            collection::page(world, call, PERMISSION_GRANTS, found.collect())
        }
        other => Err(GraphError::no_resource(other)),
    }
}

fn find_all(world: &World, call: &Call, asker: &Asker, rest: &[&str]) -> Answer {
    asker.may_read(Area::Applications)?;
    let now = world.seen_until();
    let directory = read(&world.directory);
    let found = directory
        .service_principals
        .iter()
        .filter(|s| s.tenant_id == asker.tenant_id && s.deleted_at.is_none() && s.visible_at <= now)
        .map(|s| render::service_principal(&directory, s))
        .collect();
    match rest {
        [] => collection::page(world, call, PRINCIPALS, found),
        _ => collection::count(call, PRINCIPALS, found),
    }
}

fn create(world: &World, asker: &Asker, app_id: Option<String>, mut body: Map<String, Value>) -> Answer {
    let sent = body.remove("appId").and_then(|id| id.as_str().map(str::to_owned));
    let app_id = app_id.or(sent).ok_or_else(|| {
        GraphError::bad(
            "Property 'appId' is required and cannot be null or empty on resource 'ServicePrincipal'.",
        )
    })?;
    let now = world.now();
    let found = read(&world.directory)
        .application(&app_id, world.seen_until())
        .cloned();
    // Microsoft's services are in every tenant, and their applications in none.
    let microsofts = || {
        let directory = read(&world.directory);
        directory
            .service_principal(&app_id, &asker.tenant_id, now)
            .is_some()
    };
    if found.is_none() && microsofts() {
        return Err(in_use(&app_id));
    }
    let app = found.ok_or_else(|| {
        GraphError::bad(format!(
            "The appId '{app_id}' of the service principal does not reference a valid application object."
        ))
    })?;
    if app.tenant_id != asker.tenant_id && app.sign_in_audience == "AzureADMyOrg" {
        return Err(GraphError::new(
            403,
            "Authorization_RequestDenied",
            "When using this permission, the backing application of the service principal being created must in the local \
             tenant",
        ));
    }
    asker.may_change(world, &app.owners)?;
    let mut made_now = ServicePrincipal {
        object_id: new_guid(),
        app_id: app.app_id,
        tenant_id: asker.tenant_id.clone(),
        owner_tenant_id: app.tenant_id,
        display_name: app.display_name,
        enabled: true,
        other: Map::new(),
        key_credentials: vec![],
        password_credentials: vec![],
        owners: vec![asker.object_id.clone()],
        created_at: now,
        visible_at: world.replicated_at(),
        deleted_at: None,
    };
    apply(&mut made_now, body, world)?;
    let mut directory = write(&world.directory);
    check_keys(&directory, &made_now, &[])?;
    check_unique(&directory.service_principals, &made_now)?;
    let value = render::service_principal(&directory, &made_now);
    directory.service_principals.push(made_now);
    Ok(made(world, "servicePrincipals", value))
}

fn check_keys(
    directory: &Directory,
    principal: &ServicePrincipal,
    before: &[KeyCredential],
) -> Result<(), GraphError> {
    policies::check_new_keys(
        directory,
        &principal.tenant_id,
        &principal.object_id,
        &principal.key_credentials,
        before,
    )
}

/// An application has one service principal in a tenant.
pub(super) fn check_unique(all: &[ServicePrincipal], principal: &ServicePrincipal) -> Result<(), GraphError> {
    if all.iter().any(|other| {
        other.app_id == principal.app_id
            && other.tenant_id == principal.tenant_id
            && other.object_id != principal.object_id
            && other.deleted_at.is_none()
    }) {
        return Err(in_use(&principal.app_id));
    }
    Ok(())
}

fn in_use(app_id: &str) -> GraphError {
    GraphError::new(
        409,
        "Request_MultipleObjectsWithSameKeyValue",
        format!(
            "The service principal cannot be created, updated, or restored because the service principal name {app_id} is \
             already in use."
        ),
    )
}

/// PATCH: changes an existing one; by `appId` with `Prefer: create-if-missing` also creates it.
fn patch(world: &World, call: &Call, asker: &Asker, key: &Address) -> Answer {
    let body: Option<Map<String, Value>> = call.json()?;
    let body = body.unwrap_or_default();
    let found = find_principal(&read(&world.directory), asker, key, world.seen_until()).cloned();
    let mut principal = match (found, key) {
        (Ok(principal), _) => principal,
        (Err(_), Address::Key(name, app_id)) if name == "appId" && wants_creation(call) => {
            return create(world, asker, Some(app_id.clone()), body);
        }
        (Err(missing), _) => return Err(missing),
    };
    asker.may_change(world, &principal.owners)?;
    let before = principal.key_credentials.clone();
    apply(&mut principal, body, world)?;
    let mut directory = write(&world.directory);
    check_keys(&directory, &principal, &before)?;
    let mut all = directory.service_principals.iter_mut();
    if let Some(kept) = all.find(|s| s.object_id == principal.object_id) {
        *kept = principal;
    }
    Ok(reply::bare(204))
}

fn apply(
    principal: &mut ServicePrincipal,
    body: Map<String, Value>,
    world: &World,
) -> Result<(), GraphError> {
    for (name, value) in body {
        match (name.as_str(), &value) {
            (annotation, _) if properties::is_annotation(annotation) => {}
            ("accountEnabled", Value::Bool(on)) => principal.enabled = *on,
            ("displayName", Value::String(text))
                if text.chars().count() <= properties::DISPLAY_NAME_MAX_CHARS =>
            {
                principal.display_name.clone_from(text);
            }
            ("appId", Value::String(id)) if id.eq_ignore_ascii_case(&principal.app_id) => {}
            ("keyCredentials", _) => {
                let sent: Vec<SentKey> = serde_json::from_value(value)?;
                let known = &principal.key_credentials;
                principal.key_credentials = keys::replace(known, sent, world.now(), world.replicated_at())?;
            }
            _ => {
                if !properties::keep(&mut principal.other, &KEPT, &name, value, PRINCIPAL)? {
                    return Err(properties::invalid(&name, PRINCIPAL));
                }
            }
        }
    }
    Ok(())
}

fn delete(world: &World, asker: &Asker, key: &Address) -> Answer {
    let now = world.now();
    let found = find_principal(&read(&world.directory), asker, key, world.seen_until())?.clone();
    asker.may_change(world, &found.owners)?;
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
