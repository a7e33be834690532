//! The control API: what tests and scripts outside the process do to the world. No sign-in; loopback only.

mod contents;
mod describe;

use crate::{
    Body, World,
    blob::NameOrder,
    server::{call::Call, reply},
    world::{faults::Fault, handles::Unknown},
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
    /// Days; 0: off.
    blob_soft_delete_days: Option<u32>,
    container_soft_delete_days: Option<u32>,
    version_level_immutability: Option<bool>,
    allow_public_access: Option<bool>,
    /// The only clients that are let in; `null`: all are.
    #[serde(deserialize_with = "given")]
    ip_rules: Option<Option<Vec<String>>>,
}

/// Tells `null` from what is not there.
fn given<'de, D: serde::Deserializer<'de>, T: Deserialize<'de>>(from: D) -> Result<Option<T>, D::Error> {
    T::deserialize(from).map(Some)
}

#[derive(Deserialize, Default)]
#[serde(default, deny_unknown_fields)]
struct Settings {
    log: Option<bool>,
    replication_lag_s: Option<u32>,
    /// Bytes a second that Copy Blob takes its time for; 0: none.
    copy_bytes_per_s: Option<u64>,
    name_order: Option<NameOrder>,
    /// `""`: that of the connection.
    client_address: Option<String>,
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
        (&Method::GET, ["counters"]) => Ok(world.log().counters()),
        (&Method::POST, ["counters", "reset"]) => {
            world.log().reset_counters();
            done()
        }
        (&Method::POST, ["containers"]) => Ok(contents::create(world, &call.json()?)?),
        (&Method::GET, ["containers"]) => Ok(contents::count(world, call)?),
        (&Method::POST, ["blobs", "seed"]) => Ok(contents::fill(world, &call.json()?)?),
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
            if let Some(rate) = sent.copy_bytes_per_s {
                world.blobs.set_copy_bytes_per_s(rate);
            }
            if let Some(order) = sent.name_order {
                world.set_name_order(order);
            }
            if let Some(address) = sent.client_address {
                world.set_client_address(address.parse().ok());
            }
            done()
        }
        (&Method::GET, ["world"]) => Ok(world.describe()?),
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
    if let Some(days) = change.blob_soft_delete_days {
        world.set_blob_soft_delete(name, Some(days).filter(|days| *days > 0))?;
    }
    if let Some(days) = change.container_soft_delete_days {
        world.set_container_soft_delete(name, Some(days).filter(|days| *days > 0))?;
    }
    if let Some(on) = change.version_level_immutability {
        world.set_version_level_immutability(name, on)?;
    }
    if let Some(on) = change.allow_public_access {
        world.set_allow_public_access(name, on)?;
    }
    if let Some(rules) = &change.ip_rules {
        let named: Vec<_> = rules.iter().flatten().map(String::as_str).collect();
        world.set_network(name, rules.is_some(), &named)?;
    }
    let account = world
        .storage_account(name)
        .ok_or_else(|| Unknown(format!("account `{name}`")))?;
    Ok(
        json!({"name": account.name, "versioning": account.versioning, "allow_shared_key": account.allow_shared_key}),
    )
}
