//! Refusals in Entra's words (<https://learn.microsoft.com/entra/identity-platform/reference-error-codes>).

use crate::{
    Body, World,
    wire::{new_guid, reply},
};
use http::Response;
use jiff::tz::TimeZone;
use serde_json::json;

/// A refusal: HTTP status, OAuth error, AADSTS number and text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub status: u16,
    pub error: &'static str,
    pub code: u32,
    pub message: String,
    /// What a new sign-in has to ask for, as JSON.
    pub claims: Option<&'static str>,
}

impl Refusal {
    pub(crate) fn new(status: u16, error: &'static str, code: u32, message: impl Into<String>) -> Self {
        Self {
            status,
            error,
            code,
            message: message.into(),
            claims: None,
        }
    }

    /// Adds what a new sign-in has to ask for.
    pub(crate) fn demanding(self, claims: &'static str) -> Self {
        Self {
            claims: Some(claims),
            ..self
        }
    }

    /// A credential that is not accepted.
    pub(crate) fn credential(code: u32, message: impl Into<String>) -> Self {
        Self::new(401, "invalid_client", code, message)
    }

    /// An invalid request.
    pub(crate) fn request(code: u32, message: impl Into<String>) -> Self {
        Self::new(400, "invalid_request", code, message)
    }

    /// A code or refresh token that is not accepted.
    pub(crate) fn grant(code: u32, message: impl Into<String>) -> Self {
        Self::new(400, "invalid_grant", code, message)
    }

    pub(crate) fn missing(parameter: &str) -> Self {
        Self::request(
            900_144,
            format!("The request body must contain the following parameter: '{parameter}'."),
        )
    }

    pub(crate) fn unknown_tenant(tenant: &str) -> Self {
        Self::request(
            90002,
            format!(
                "Tenant '{tenant}' not found. Check to make sure you have the correct tenant ID and are signing into the \
                 correct cloud. Check with your subscription administrator, this may happen if there are no active \
                 subscriptions for the tenant."
            ),
        )
    }

    pub(crate) fn unknown_application(client_id: &str, tenant: &str) -> Self {
        Self::new(
            400,
            "unauthorized_client",
            700_016,
            format!(
                "Application with identifier '{client_id}' was not found in the directory '{tenant}'. This can happen if the \
                 application has not been installed by the administrator of the tenant or consented to by any user in the \
                 tenant. You may have sent your authentication request to the wrong tenant."
            ),
        )
    }

    /// As a reply; the correlation id is the client's own where it sent one.
    pub(crate) fn reply(&self, world: &World, correlation_id: Option<&str>) -> Response<Body> {
        let told = Told {
            error: self.error,
            code: self.code,
            message: &self.message,
            claims: self.claims,
        };
        told.reply(world, self.status, correlation_id)
    }
}

/// A refusal whose words come from a fault.
pub(crate) fn plain(world: &World, status: u16, error: &str, code: u32, message: &str) -> Response<Body> {
    let told = Told {
        error,
        code,
        message,
        claims: None,
    };
    told.reply(world, status, None)
}

/// The content of a refusal.
struct Told<'a> {
    error: &'a str,
    code: u32,
    message: &'a str,
    claims: Option<&'a str>,
}

impl Told<'_> {
    fn reply(&self, world: &World, status: u16, correlation_id: Option<&str>) -> Response<Body> {
        let Self {
            error,
            code,
            message,
            claims,
        } = self;
        let trace_id = new_guid();
        let correlation_id = correlation_id.map_or_else(new_guid, str::to_owned);
        let timestamp = world
            .now()
            .to_zoned(TimeZone::UTC)
            .strftime("%Y-%m-%d %H:%M:%SZ")
            .to_string();
        let mut said = json!({
                "error": error,
                "error_description": format!(
                    "AADSTS{code}: {message} Trace ID: {trace_id} Correlation ID: {correlation_id} Timestamp: {timestamp}"
                ),
                "error_codes": [code],
                "timestamp": timestamp,
                "trace_id": trace_id,
                "correlation_id": correlation_id,
                "error_uri": format!("{}/error?code={code}", world.endpoints().login),
        });
        if let Some(claims) = claims {
            said["claims"] = json!(claims);
            said["suberror"] = json!(if *code == 53003 {
                "message_only"
            } else {
                "basic_action"
            });
        }
        let mut response = reply::json(status, &said);
        reply::set_header(&mut response, "x-ms-request-id", &trace_id);
        response
    }
}
