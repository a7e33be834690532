//! Graph's errors (<https://learn.microsoft.com/graph/errors>).

use crate::{Body, World};
use http::{Method, Response};
use serde_json::json;

/// A refusal: HTTP status, code and text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct GraphError {
    status: u16,
    code: &'static str,
    message: String,
}

impl GraphError {
    pub(super) fn new(status: u16, code: &'static str, message: impl Into<String>) -> Self {
        Self {
            status,
            code,
            message: message.into(),
        }
    }

    pub(super) fn bad(message: impl Into<String>) -> Self {
        Self::new(400, "Request_BadRequest", message)
    }

    pub(super) fn not_found(id: &str) -> Self {
        Self::new(
            404,
            "Request_ResourceNotFound",
            format!(
                "Resource '{id}' does not exist or one of its queried reference-property objects are not present."
            ),
        )
    }

    pub(super) fn no_resource(name: &str) -> Self {
        Self::new(
            400,
            "BadRequest",
            format!("Resource not found for the segment '{name}'."),
        )
    }

    pub(super) fn method(method: &Method) -> Self {
        Self::new(
            405,
            "Request_BadRequest",
            format!("Specified HTTP method {method} is not allowed for the request target."),
        )
    }

    pub(super) fn reply(&self, world: &World, request_id: &str, client_request_id: &str) -> Response<Body> {
        reply(
            world,
            self.status,
            self.code,
            &self.message,
            request_id,
            client_request_id,
        )
    }
}

/// A refusal's body.
pub(super) fn reply(
    world: &World,
    status: u16,
    code: &str,
    message: &str,
    request_id: &str,
    client_request_id: &str,
) -> Response<Body> {
    let date = world.now().strftime("%Y-%m-%dT%H:%M:%S").to_string();
    let inner = json!({"date": date, "request-id": request_id, "client-request-id": client_request_id});
    crate::wire::reply::json(
        status,
        &json!({"error": {"code": code, "message": message, "innerError": inner}}),
    )
}

impl From<serde_json::Error> for GraphError {
    fn from(error: serde_json::Error) -> Self {
        Self::new(
            400,
            "BadRequest",
            format!("Unable to read JSON request payload. {error}"),
        )
    }
}
