//! The cost of a request, as Graph reports it
//! (<https://learn.microsoft.com/graph/throttling-limits#identity-and-access-service-limits>).

use crate::{
    Body,
    wire::{call::Call, reply},
};
use http::{Method, Response};

/// Lists so small cost a unit less.
const SMALL_PAGE: usize = 20;

/// The units: lists cost two, everything else one; `$select` and a small `$top` save one, `$expand` costs one.
pub(super) fn count(call: &Call, response: &mut Response<Body>) {
    // A collection's name alone, below as many pairs of names and ids.
    let length = |name: &String| if name.contains('(') || name == "me" { 2 } else { 1 };
    let is_list = call.method == Method::GET && call.segments.iter().map(length).sum::<usize>() % 2 == 0;
    let mut units: i32 = if is_list { 2 } else { 1 };
    let top = call.query("$top").and_then(|top| top.parse::<usize>().ok());
    if call.query("$select").is_some() {
        units -= 1;
    }
    if top.is_some_and(|top| top < SMALL_PAGE) {
        units -= 1;
    }
    if call.query("$expand").is_some() {
        units += 1;
    }
    reply::set_header(response, "x-ms-resource-unit", &units.max(1).to_string());
}

/// The additional headers of a throttled reply.
pub(super) fn throttled(response: &mut Response<Body>) {
    reply::set_header(response, "x-ms-throttle-limit-percentage", "1.1");
    reply::set_header(
        response,
        "x-ms-throttle-scope",
        "Tenant_Application/ReadWrite/simulator/simulator",
    );
    reply::set_header(response, "x-ms-throttle-information", "ResourceUnitLimitExceeded");
}
