//! The control API: what tests and scripts outside the process do to the world. No sign-in; loopback only.

use super::{
    fill, guard,
    refused::Refused,
    scenario::Events,
    step::{self, AccountChange, Step},
};
use crate::{
    Body, World,
    wire::{Service, call::Call, checked::Checked, reply},
    world::log::LogFilter,
};
use http::{HeaderMap, Method, Response};
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize)]
struct Approve {
    user: String,
}

/// Refuses a request that is not allowed to steer, before its body is read.
pub(crate) fn refuse_strangers(
    world: &World,
    method: &Method,
    headers: &HeaderMap,
) -> Result<(), Response<Body>> {
    guard::check_origin(world, method, headers).map_err(|why| reply::json(403, &json!({"error": why})))
}

/// Answers a request.
pub(crate) fn handle(world: &World, events: &Events, call: &Call) -> Response<Body> {
    let (status, message) = match route(world, events, call) {
        Ok(value) => return reply::json(200, &value),
        Err(Refused::NoRoute) => (
            404,
            format!("there is no {} /{}", call.method, call.path().join("/")),
        ),
        Err(refused @ Refused::Unknown(_)) => (404, refused.to_string()),
        Err(refused) => (400, refused.to_string()),
    };
    reply::json(status, &json!({"error": message}))
}

fn route(world: &World, events: &Events, call: &Call) -> Result<Value, Refused> {
    let path = call.path();
    check_queries(call, &path)?;
    match call.method {
        Method::GET => look(world, events, call, &path),
        Method::POST => change(world, call, &path),
        Method::DELETE => clear(world, &path),
        _ => Err(Refused::NoRoute),
    }
}

fn look(world: &World, events: &Events, call: &Call, path: &[&str]) -> Result<Value, Refused> {
    match path {
        ["requests"] => {
            if let Some(name) = call.query("service") {
                Service::of_azure(name).map_err(Refused::Senseless)?;
            }
            let wanted = LogFilter {
                service: call.query("service"),
                method: call.query("method"),
                path_contains: call.query("path"),
                status: number(call, "status")?,
                since: number(call, "since")?.unwrap_or(0),
                limit: number(call, "limit")?.unwrap_or(usize::MAX),
            };
            Ok(json!({"count": world.log().count(), "requests": world.log().find_entries(&wanted)}))
        }
        ["faults"] => Ok(json!({"faults": world.faults().list()})),
        ["throttles"] => Ok(json!({"throttles": world.throttle().list()})),
        ["held"] => Ok(json!({"held": world.faults().held(), "held_ever": world.faults().held_ever()})),
        ["clock"] => Ok(step::clock(world)),
        ["events"] => Ok(json!({"pending": events.pending(), "failed": events.failed()})),
        ["counters"] => {
            let mut counters = world.log().counters();
            counters["throttled"] = world.throttle().refused().into();
            Ok(counters)
        }
        ["containers"] => Ok(fill::count(world, call)?),
        ["world"] => Ok(world.describe()?),
        _ => Err(Refused::NoRoute),
    }
}

fn change(world: &World, call: &Call, path: &[&str]) -> Result<Value, Refused> {
    let step = match path {
        ["steps"] => call.json::<Step>()?,
        ["faults"] => Step::Fault(call.json()?),
        ["throttles"] => Step::Throttle(call.json()?),
        ["clock"] => Step::Clock(call.json()?),
        ["clock", "advance"] => Step::AdvanceClock(call.json()?),
        ["grants"] => Step::Grant(call.json()?),
        ["settings"] => Step::Settings(call.json()?),
        ["credentials", "revoke"] => Step::RevokeCredentials(call.json()?),
        ["sessions", "revoke"] => Step::RevokeSessions(call.json()?),
        ["containers"] => Step::Container(call.json()?),
        ["blobs", "seed"] => Step::SeedBlobs(call.json()?),
        ["accounts", name] => return call.json::<Checked<AccountChange>>()?.0.apply(world, name),
        ["device-codes", code, "approve"] => {
            world.approve_device_code(code, &call.json::<Approve>()?.user)?;
            return Ok(json!({}));
        }
        ["device-codes", code, "decline"] => {
            world.decline_device_code(code)?;
            return Ok(json!({}));
        }
        ["counters", "reset"] => {
            world.log().reset_counters();
            world.throttle().reset_refused();
            return Ok(json!({}));
        }
        _ => return Err(Refused::NoRoute),
    };
    step.run(world)
}

fn clear(world: &World, path: &[&str]) -> Result<Value, Refused> {
    match path {
        ["requests"] => world.log().clear(),
        ["faults"] => world.faults().clear(),
        ["throttles"] => world.throttle().clear(),
        _ => return Err(Refused::NoRoute),
    }
    Ok(json!({}))
}

/// Refuses query parameters that would mean nothing.
fn check_queries(call: &Call, path: &[&str]) -> Result<(), Refused> {
    let known: &[&str] = match path {
        ["requests"] if call.method == Method::GET => {
            &["service", "method", "path", "status", "since", "limit"]
        }
        ["containers"] if call.method == Method::GET => &["account", "container"],
        _ => &[],
    };
    match call.queries().find(|(name, _)| !known.contains(name)) {
        Some((name, _)) if known.is_empty() => {
            Err(Refused::Senseless(format!("there is no parameter `{name}` here")))
        }
        Some((name, _)) => Err(Refused::Senseless(format!(
            "no parameter `{name}`: {}",
            known.join(", ")
        ))),
        None => Ok(()),
    }
}

/// A query parameter that is a number.
fn number<T: std::str::FromStr>(call: &Call, name: &str) -> Result<Option<T>, Refused> {
    call.query(name)
        .map(|text| {
            text.parse()
                .map_err(|_| Refused::Senseless(format!("{name} is not a number: {text}")))
        })
        .transpose()
}
