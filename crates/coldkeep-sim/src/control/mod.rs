//! The control API: what tests and scripts outside the process do to the world. No sign-in; loopback only.

use crate::{
    Body, World,
    server::{call::Call, reply},
    world::{faults::Fault, handles::Unknown, read},
};
use http::{Method, Response};
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize)]
struct Advance {
    seconds: i64,
}

#[derive(Deserialize)]
struct Approve {
    user: String,
}

#[derive(Deserialize, Default)]
#[serde(default, deny_unknown_fields)]
struct AccountChange {
    versioning: Option<bool>,
    allow_shared_key: Option<bool>,
}

#[derive(Deserialize, Default)]
#[serde(default, deny_unknown_fields)]
struct Settings {
    log: Option<bool>,
    replication_lag_s: Option<u32>,
}

#[derive(Deserialize)]
struct Grant {
    /// Object id, application id or user principal name.
    principal: String,
    /// A role's display name or GUID.
    role: String,
    scope: String,
}

/// Why a request was refused.
enum Refused {
    Unknown(Unknown),
    Unreadable(serde_json::Error),
    NoRoute,
}

impl From<Unknown> for Refused {
    fn from(unknown: Unknown) -> Self {
        Self::Unknown(unknown)
    }
}

impl From<serde_json::Error> for Refused {
    fn from(error: serde_json::Error) -> Self {
        Self::Unreadable(error)
    }
}

/// Answers a request.
pub(crate) fn handle(world: &World, call: &Call) -> Response<Body> {
    let (status, message) = match route(world, call) {
        Ok(value) => return reply::json(200, &value),
        Err(Refused::Unknown(unknown)) => (404, unknown.to_string()),
        Err(Refused::Unreadable(error)) => (400, error.to_string()),
        Err(Refused::NoRoute) => (
            404,
            format!("there is no {} /{}", call.method, call.path().join("/")),
        ),
    };
    reply::json(status, &json!({"error": message}))
}

fn route(world: &World, call: &Call) -> Result<Value, Refused> {
    let done = || Ok(json!({}));
    match (&call.method, call.path().as_slice()) {
        (&Method::GET, ["requests"]) => {
            Ok(json!({"count": world.log().count(), "requests": world.log().entries()}))
        }
        (&Method::DELETE, ["requests"]) => {
            world.log().clear();
            done()
        }
        (&Method::GET, ["faults"]) => Ok(json!({"faults": world.faults().list()})),
        (&Method::POST, ["faults"]) => {
            world.faults().add(call.json::<Fault>()?);
            done()
        }
        (&Method::DELETE, ["faults"]) => {
            world.faults().clear();
            done()
        }
        (&Method::GET, ["held"]) => {
            Ok(json!({"held": world.faults().held(), "held_ever": world.faults().held_ever()}))
        }
        (&Method::POST, ["clock", "advance"]) => {
            world.advance_clock(call.json::<Advance>()?.seconds);
            Ok(json!({"now": world.now().to_string()}))
        }
        (&Method::POST, ["device-codes", code, "approve"]) => {
            world.approve_device_code(code, &call.json::<Approve>()?.user)?;
            done()
        }
        (&Method::POST, ["device-codes", code, "decline"]) => {
            world.decline_device_code(code)?;
            done()
        }
        (&Method::POST, ["accounts", name]) => change_account(world, name, &call.json()?),
        (&Method::PUT, ["accounts", account, "containers", name]) => {
            world
                .storage_account(account)
                .ok_or_else(|| Unknown(format!("account `{account}`")))?;
            Ok(json!({"created": world.blobs.create_container(account, name, world.now())}))
        }
        (&Method::POST, ["grants"]) => {
            let sent: Grant = call.json()?;
            let found = world.principal(&sent.principal);
            let found = found.ok_or_else(|| Unknown(format!("principal `{}`", sent.principal)))?;
            Ok(json!({"name": world.grant(&found.object_id, &sent.role, &sent.scope)?}))
        }
        (&Method::POST, ["settings"]) => {
            let sent: Settings = call.json()?;
            if let Some(on) = sent.log {
                world.log().set_enabled(on);
            }
            if let Some(seconds) = sent.replication_lag_s {
                world.set_replication_lag(seconds);
            }
            done()
        }
        (&Method::GET, ["world"]) => describe(world),
        _ => Err(Refused::NoRoute),
    }
}

fn change_account(world: &World, name: &str, change: &AccountChange) -> Result<Value, Refused> {
    if let Some(on) = change.versioning {
        world.set_versioning(name, on)?;
    }
    if let Some(on) = change.allow_shared_key {
        world.set_allow_shared_key(name, on)?;
    }
    let account = world
        .storage_account(name)
        .ok_or_else(|| Unknown(format!("account `{name}`")))?;
    Ok(
        json!({"name": account.name, "versioning": account.versioning, "allow_shared_key": account.allow_shared_key}),
    )
}

/// Everything a script needs: endpoints, ids, and the credentials, which open nothing but this simulator.
fn describe(world: &World) -> Result<Value, Refused> {
    let app = world.ready_app()?;
    let directory = read(&world.directory);
    let resources = read(&world.resources);
    let tenants: Vec<Value> = directory
        .tenants
        .iter()
        .map(|t| json!({"id": t.id, "name": t.name, "domain": t.domain}))
        .collect();
    let users: Vec<Value> = directory
        .users
        .iter()
        .map(|u| json!({"user": u.principal_name, "object_id": u.object_id, "tenant_id": u.tenant_id}))
        .collect();
    let subscriptions: Vec<Value> = resources
        .subscriptions
        .iter()
        .map(|s| json!({"id": s.id, "name": s.name, "tenant_id": s.tenant_id}))
        .collect();
    let accounts: Vec<Value> = resources
        .accounts
        .values()
        .map(|a| {
            json!({
                "name": a.name, "resource_id": a.resource_id, "keys": a.keys, "versioning": a.versioning,
                "endpoint": world.endpoints().blob.replace("{account}", &a.name),
            })
        })
        .collect();
    Ok(json!({
        "now": world.now().to_string(),
        "endpoints": world.endpoints(),
        "tenants": tenants,
        "users": users,
        "subscriptions": subscriptions,
        "accounts": accounts,
        "app": app,
    }))
}
