//! One request as the routes see it, and what they answer it with: permissions that are asked for, and pages of lists.

use super::error::ArmError;
use crate::{
    Body, World,
    wire::{call::Call, reply},
    world::Principal,
};
use http::Response;
use serde_json::{Value, json};

pub(super) type Answer = Result<Response<Body>, ArmError>;

/// A request with what every route needs.
pub(super) struct Ask<'a> {
    pub(super) world: &'a World,
    pub(super) call: &'a Call,
    pub(super) caller: &'a Principal,
}

/// Refuses a caller that does not hold an action at a scope.
pub(super) fn require(ask: &Ask<'_>, scope: &str, action: &str) -> Result<(), ArmError> {
    if ask.world.may(ask.caller, scope, action, false) {
        return Ok(());
    }
    Err(ArmError::unauthorized(ask.caller, action, scope))
}

/// A page of a list, of the length in the options.
pub(super) fn page(ask: &Ask<'_>, all: Vec<Value>) -> Response<Body> {
    page_of(ask, all, None)
}

/// A page of a list, at most as long as the client wants it.
pub(super) fn page_of(ask: &Ask<'_>, all: Vec<Value>, wanted: Option<usize>) -> Response<Body> {
    let size = ask.world.options().arm_page_size.max(1);
    let size = wanted.filter(|w| *w > 0).map_or(size, |w| w.min(size));
    let token = ask.call.query("$skiptoken").and_then(|v| v.parse().ok());
    let skip: usize = token.unwrap_or(0);
    let more = all.len() > skip + size;
    let value: Vec<Value> = all.into_iter().skip(skip).take(size).collect();
    let mut body = json!({"value": value});
    if more {
        body["nextLink"] = json!(next_link(ask, skip + size));
    }
    reply::json(200, &body)
}

/// The address of the request's next page, after `skip` entries.
pub(super) fn next_link(ask: &Ask<'_>, skip: usize) -> String {
    let path = ask.call.path();
    let mut url = format!(
        "{}/{}?$skiptoken={skip}",
        ask.world.endpoints().resource_manager,
        path.join("/")
    );
    for name in [
        "api-version",
        "$filter",
        "$include",
        "$maxpagesize",
        "$expand",
        "$top",
    ] {
        if let Some(value) = ask.call.query(name) {
            let value: String = url::form_urlencoded::byte_serialize(value.as_bytes()).collect();
            url.push_str(&format!("&{name}={value}"));
        }
    }
    url
}
