//! `$batch`: up to twenty requests in one (<https://learn.microsoft.com/graph/json-batching>).

use super::{answer::Answer, asker::Asker, error::GraphError, router::answer};
use crate::{
    Body, World,
    wire::{call::Call, reply},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use futures::FutureExt as _;
use http::{HeaderMap, Method, Request, Response};
use http_body_util::BodyExt as _;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::collections::HashMap;

const MOST: usize = 20;

#[derive(Deserialize)]
struct Batch {
    requests: Vec<BatchStep>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct BatchStep {
    id: String,
    method: String,
    url: String,
    #[serde(default)]
    headers: HashMap<String, String>,
    #[serde(default)]
    body: Option<Value>,
    #[serde(default)]
    depends_on: Vec<String>,
}

/// Runs the requests, each after those it depends on; one that fails does not stop the others.
pub(super) fn run(world: &World, call: &Call, asker: &Asker) -> Answer {
    if call.method != Method::POST {
        return Err(GraphError::method(&call.method));
    }
    let batch: Batch = call.json()?;
    check_steps(&batch.requests)?;
    let mut statuses: HashMap<&str, u16> = HashMap::new();
    let mut responses = vec![];
    for step in &batch.requests {
        // The order of the list is one in which everything a request depends on comes before it.
        let failed = step
            .depends_on
            .iter()
            .any(|id| statuses.get(id.as_str()).is_none_or(|status| *status >= 400));
        let (status, value) = if failed {
            (424, failed_dependency(&step.id))
        } else {
            run_step(world, asker, step)
        };
        statuses.insert(&step.id, status);
        responses.push(value);
    }
    Ok(reply::json(200, &json!({"responses": responses})))
}

fn check_steps(steps: &[BatchStep]) -> Result<(), GraphError> {
    let bad = |message: String| Err(GraphError::new(400, "BadRequest", message));
    if steps.is_empty() {
        return bad("Batch request does not contain any requests.".to_owned());
    }
    if steps.len() > MOST {
        return bad(format!(
            "Number of batch request steps exceeds the maximum value of {MOST}."
        ));
    }
    for (at, step) in steps.iter().enumerate() {
        if steps[..at].iter().any(|earlier| earlier.id == step.id) {
            return bad(format!("Request id '{}' has to be unique in a batch.", step.id));
        }
        let known = |id: &&String| steps[..at].iter().any(|earlier| earlier.id == **id);
        if let Some(unknown) = step.depends_on.iter().find(|id| !known(id)) {
            return bad(format!(
                "Invalid dependsOn '{unknown}' of request '{}': it names no earlier request.",
                step.id
            ));
        }
        let writes = step.body.is_some();
        let typed = step
            .headers
            .keys()
            .any(|name| name.eq_ignore_ascii_case("content-type"));
        if writes && !typed {
            return bad(format!(
                "Write request id : {} does not contain Content-Type header or body.",
                step.id
            ));
        }
        if step.url.contains("$batch") {
            return bad("A batch request cannot contain another batch request.".to_owned());
        }
    }
    Ok(())
}

fn run_step(world: &World, asker: &Asker, step: &BatchStep) -> (u16, Value) {
    let Some(call) = call_of(step) else {
        let error = json!({"error": {"code": "BadRequest", "message": "Invalid batch payload format."}});
        return (
            400,
            json!({"id": step.id, "status": 400, "headers": {}, "body": error}),
        );
    };
    let (parts, body) = answer(world, &call, asker).into_parts();
    let status = parts.status.as_u16();
    let mut value = json!({"id": step.id, "status": status, "headers": headers(&parts.headers)});
    let bytes = body_of(Response::new(body));
    if !bytes.is_empty() {
        value["body"] = serde_json::from_slice(&bytes).unwrap_or_else(|_| json!(STANDARD.encode(&bytes)));
    }
    (status, value)
}

/// The request as if it had come by itself; its address is relative to the version.
fn call_of(step: &BatchStep) -> Option<Call> {
    let url = step.url.trim_start_matches('/');
    let mut request = Request::builder()
        .method(step.method.to_ascii_uppercase().as_str())
        .uri(format!("/v1.0/{}", url.replace(' ', "%20").replace('\'', "%27")));
    for (name, value) in &step.headers {
        request = request.header(name, value);
    }
    let (parts, ()) = request.body(()).ok()?.into_parts();
    let body = step.body.as_ref().map(Value::to_string).unwrap_or_default();
    Some(Call::of(parts, Bytes::from(body)))
}

fn headers(all: &HeaderMap) -> Map<String, Value> {
    let mut told = Map::new();
    for (shown, name) in [
        ("Cache-Control", "cache-control"),
        ("Content-Type", "content-type"),
        ("Location", "location"),
        ("Retry-After", "retry-after"),
        ("x-ms-resource-unit", "x-ms-resource-unit"),
    ] {
        if let Some(value) = all.get(name).and_then(|v| v.to_str().ok()) {
            told.insert(shown.to_owned(), json!(value));
        }
    }
    told
}

/// Replies of this service are complete when they are built.
fn body_of(response: Response<Body>) -> Bytes {
    let collected = response.into_body().collect().now_or_never();
    collected
        .and_then(Result::ok)
        .map(http_body_util::Collected::to_bytes)
        .unwrap_or_default()
}

fn failed_dependency(id: &str) -> Value {
    json!({
        "id": id,
        "status": 424,
        "headers": {},
        "body": {"error": {
            "code": "FailedDependency",
            "message": "The request failed because it depends on another request that failed.",
        }},
    })
}
