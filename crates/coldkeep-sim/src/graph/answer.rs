//! What requests are answered with: lists, single objects, and what was just created.

use super::{error::GraphError, odata};
use crate::{
    Body, World,
    wire::{call::Call, reply},
};
use http::{Method, Response};
use serde_json::{Value, json};

pub(super) type Answer = Result<Response<Body>, GraphError>;

pub(super) fn only_get(call: &Call) -> Result<(), GraphError> {
    if call.method == Method::GET {
        Ok(())
    } else {
        Err(GraphError::method(&call.method))
    }
}

pub(super) fn list(world: &World, context: &str, value: Vec<Value>) -> Response<Body> {
    let graph = &world.endpoints().graph;
    reply::json(
        200,
        &json!({"@odata.context": format!("{graph}/v1.0/$metadata#{context}"), "value": value}),
    )
}

/// One object, with its context.
pub(super) fn one(world: &World, call: &Call, context: &str, value: Value) -> Response<Body> {
    reply::json(
        200,
        &odata::select(described(world, context, value), call.query("$select")),
    )
}

/// A new object.
pub(super) fn made(world: &World, context: &str, value: Value) -> Response<Body> {
    let location = value["id"]
        .as_str()
        .map(|id| format!("{}/v1.0/{context}/{id}", world.endpoints().graph));
    let mut response = reply::json(201, &described(world, context, value));
    if let Some(location) = location {
        reply::set_header(&mut response, "location", &location);
    }
    response
}

pub(super) fn described(world: &World, context: &str, mut value: Value) -> Value {
    let graph = &world.endpoints().graph;
    value["@odata.context"] = json!(format!("{graph}/v1.0/$metadata#{context}/$entity"));
    value
}
