//! Refusals that no service decided itself (faults, throttling), each in the service's own words.

use crate::{
    World, arm, graph, login,
    wire::{Body, Service, body_of, reply},
    world::throttle::TooMany,
};
use http::Response;
use serde_json::json;

/// What was asked to be refused, and how.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Refusal<'a> {
    pub(crate) service: Service,
    pub(crate) status: u16,
    /// The service's error code; none: its usual one with that status.
    pub(crate) code: Option<&'a str>,
    pub(crate) message: &'a str,
    pub(crate) retry_after_s: Option<u64>,
}

/// A request too many: 503 at Blob Storage
/// (<https://learn.microsoft.com/azure/storage/blobs/scalability-targets>), 429 with `Retry-After` elsewhere
/// (<https://learn.microsoft.com/graph/throttling>,
/// <https://learn.microsoft.com/azure/azure-resource-manager/management/request-limits-and-throttling>).
pub(crate) fn too_many(world: &World, service: Service, refused: TooMany) -> Response<Body> {
    let (status, message) = match service {
        Service::Blob => (503, "Operations per second is over the account limit."),
        _ => (429, "Too many requests."),
    };
    let refusal = Refusal {
        service,
        status,
        code: None,
        message,
        retry_after_s: refused.retry_after_s,
    };
    refusal.respond(world)
}

impl Refusal<'_> {
    /// The answer.
    pub(crate) fn respond(&self, world: &World) -> Response<Body> {
        let code = self.code.unwrap_or_else(|| self.usual_code());
        let mut response = match self.service {
            Service::Blob => self.blob(world, code),
            Service::Login => self.login(world, code),
            Service::Graph => graph::refusal(world, self.status, code),
            Service::Arm | Service::Control => {
                let error = json!({"error": {"code": code, "message": self.message}});
                let mut response = reply::json(self.status, &error);
                arm::describe_refusal(world, &mut response);
                response
            }
        };
        if let Some(seconds) = self.retry_after_s {
            reply::set_header(&mut response, "retry-after", &seconds.to_string());
        }
        response
    }

    /// The service's usual code with this status.
    fn usual_code(&self) -> &'static str {
        match (self.service, self.status) {
            (Service::Blob, 500) => "InternalError",
            (Service::Blob, 403) => "AuthorizationFailure",
            (Service::Blob, 404) => "ResourceNotFound",
            (Service::Blob | Service::Login, _) => "ServerBusy",
            (_, 500) => "InternalServerError",
            (_, 429) => "TooManyRequests",
            (_, 401) => "InvalidAuthenticationToken",
            (Service::Graph, 403) => "Authorization_RequestDenied",
            (_, 403) => "AuthorizationFailed",
            (_, 404) => "ResourceNotFound",
            (_, 504) => "GatewayTimeout",
            _ => "ServiceUnavailable",
        }
    }

    fn blob(&self, world: &World, code: &str) -> Response<Body> {
        let id = world.next_request_id();
        let xml = format!(
            "<?xml version=\"1.0\" encoding=\"utf-8\"?><Error><Code>{code}</Code><Message>{}\nRequestId:{id}\n\
             Time:{:.7}</Message></Error>",
            self.message,
            world.now()
        );
        let mut response = Response::new(body_of(xml));
        reply::set_header(&mut response, "content-type", "application/xml");
        reply::set_header(&mut response, "server", "Windows-Azure-Blob/1.0");
        reply::set_header(&mut response, "x-ms-error-code", code);
        reply::set_header(&mut response, "x-ms-request-id", &id);
        *response.status_mut() = reply::status_of(self.status);
        response
    }

    fn login(&self, world: &World, code: &str) -> Response<Body> {
        // A number is one of Entra's own codes (AADSTS…).
        let (error, number) = match code.parse() {
            Ok(number) => ("invalid_grant", number),
            Err(_) if self.status >= 429 => ("temporarily_unavailable", 90033),
            Err(_) => (code, 90033),
        };
        login::error::plain(world, self.status, error, number, self.message)
    }
}
