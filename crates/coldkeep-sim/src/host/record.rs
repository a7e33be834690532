//! What the request log keeps of a request.

use crate::{
    World,
    wire::{Body, Service},
    world::{
        Caller,
        log::{Entry, redact},
    },
};
use http::{HeaderMap, HeaderName, Request, Response, header::CONTENT_LENGTH};
use hyper::body::{Body as _, Incoming};

pub(super) const COPY_SOURCE: HeaderName = HeaderName::from_static("x-ms-copy-source");
const ERROR_CODE: HeaderName = HeaderName::from_static("x-ms-error-code");

/// A log entry under way: kept when the request ends, also when it ends by the client's going away.
pub(super) struct Record<'a> {
    world: &'a World,
    entry: Option<Entry>,
}

impl<'a> Record<'a> {
    pub(super) fn of(world: &'a World, service: Service, request: &Request<Incoming>) -> Option<Self> {
        let seq = world.log().next_seq(service);
        if !world.log().is_enabled() {
            return None;
        }
        let copy_source = request.headers().get(COPY_SOURCE).and_then(|v| v.to_str().ok());
        let entry = Entry {
            seq,
            service: service.word(),
            method: request.method().as_str().to_owned(),
            path: redact(request.uri().path_and_query().map_or("/", |p| p.as_str())),
            status: None,
            principal: None,
            copy_source: copy_source.map(redact),
            error_code: None,
            bytes_in: content_length(request.headers()),
            bytes_out: 0,
        };
        Some(Self {
            world,
            entry: Some(entry),
        })
    }

    pub(super) fn finish(&mut self, response: &Response<Body>) {
        let Some(entry) = &mut self.entry else { return };
        entry.status = Some(response.status().as_u16());
        entry.principal = response.extensions().get::<Caller>().map(|c| c.0.clone());
        entry.error_code = response
            .headers()
            .get(ERROR_CODE)
            .and_then(|v| v.to_str().ok())
            .map(str::to_owned);
        let stated = response.body().size_hint().exact();
        entry.bytes_out = stated.unwrap_or_else(|| content_length(response.headers()));
    }
}

impl Drop for Record<'_> {
    fn drop(&mut self) {
        if let Some(entry) = self.entry.take() {
            self.world.log().push(entry);
        }
    }
}

fn content_length(headers: &HeaderMap) -> u64 {
    headers
        .get(CONTENT_LENGTH)
        .and_then(|v| v.to_str().ok())
        .and_then(|v| v.parse().ok())
        .unwrap_or(0)
}
