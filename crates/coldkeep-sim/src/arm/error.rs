//! Resource Manager's errors.

use crate::{
    Body,
    wire::{call::Call, reply},
    world::Principal,
};
use http::Response;
use serde_json::json;

/// A refusal: HTTP status, code and text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ArmError {
    status: u16,
    code: &'static str,
    pub(super) message: String,
}

impl ArmError {
    pub(super) fn new(status: u16, code: &'static str, message: impl Into<String>) -> Self {
        Self {
            status,
            code,
            message: message.into(),
        }
    }

    pub(super) fn unauthorized(caller: &Principal, action: &str, scope: &str) -> Self {
        Self::new(
            403,
            "AuthorizationFailed",
            format!(
                "The client '{}' with object id '{}' does not have authorization to perform action '{action}' over scope \
                 '{scope}' or the scope is invalid. If access was recently granted, please refresh your credentials.",
                caller.name, caller.object_id
            ),
        )
    }

    pub(super) fn no_subscription(id: &str) -> Self {
        Self::new(
            404,
            "SubscriptionNotFound",
            format!("The subscription '{id}' could not be found."),
        )
    }

    pub(super) fn no_group(name: &str) -> Self {
        Self::new(
            404,
            "ResourceGroupNotFound",
            format!("Resource group '{name}' could not be found."),
        )
    }

    pub(super) fn no_resource(what: &str, group: &str) -> Self {
        Self::new(
            404,
            "ResourceNotFound",
            format!(
                "The Resource '{what}' under resource group '{group}' was not found. For more details please go to \
                 https://aka.ms/ARMResourceNotFoundFix"
            ),
        )
    }

    pub(super) fn no_route(call: &Call) -> Self {
        Self::new(
            404,
            "InvalidResourceType",
            format!(
                "The simulator does not know '{} /{}'.",
                call.method,
                call.path().join("/")
            ),
        )
    }

    pub(super) fn reply(&self) -> Response<Body> {
        let mut response = reply::json(
            self.status,
            &json!({"error": {"code": self.code, "message": self.message}}),
        );
        reply::set_header(&mut response, "x-ms-failure-cause", "gateway");
        response
    }
}

impl From<serde_json::Error> for ArmError {
    fn from(error: serde_json::Error) -> Self {
        Self::new(
            400,
            "InvalidRequestContent",
            format!("The request content was invalid and could not be deserialized: '{error}'."),
        )
    }
}
