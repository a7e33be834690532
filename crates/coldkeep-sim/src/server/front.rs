//! One request: which fault strikes it, which service answers it, what the log keeps.

use super::{
    bodies,
    refusal::{self, Refusal},
};
use crate::{
    World, arm, blob, folder, graph, login,
    steer::api,
    wire::{Body, Service, call::Call},
    world::{
        Caller,
        faults::{Action, RequestInfo},
        hosts,
        log::{Entry, redact},
        manner::{MANNER, Manner, manner},
    },
};
use bytes::Bytes;
use http::{
    HeaderMap, HeaderName, HeaderValue, Method, Request, Response,
    header::{CONTENT_LENGTH, DATE, HOST},
};
use http_body_util::BodyExt;
use hyper::body::{Body as _, Incoming};
use jiff::SignedDuration;
use std::{io, sync::Arc, time::Duration};

const COPY_SOURCE: HeaderName = HeaderName::from_static("x-ms-copy-source");
const ERROR_CODE: HeaderName = HeaderName::from_static("x-ms-error-code");

/// Answers a request, or fails, which cuts the connection.
pub(super) async fn answer(
    world: &Arc<World>,
    service: Service,
    request: Request<Incoming>,
) -> io::Result<Response<Body>> {
    world.run_due_events(service);
    if service == Service::Control {
        if let Err(refused) = api::check(world, request.method(), request.headers()) {
            return Ok(refused);
        }
        return dispatch(world, service, request).await;
    }
    let request = match service {
        Service::Blob => blob::to_path_style(request),
        _ => request,
    };
    let mut record = Record::of(world, service, &request);
    let skew_s = world.skew_s(service);
    let manner = Manner {
        skew_s,
        public_names: is_microsofts(&request),
        stale_s: 0,
    };
    let served = served(world, service, request);
    // What is as usual costs nothing.
    let mut answered = if manner == Manner::default() {
        served.await
    } else {
        MANNER.scope(manner, served).await
    };
    if let Ok(response) = &mut answered {
        if let Some(record) = &mut record {
            record.finish(response);
        }
        date(world, skew_s, response);
    }
    answered
}

/// Whether a request came by one of Microsoft's own hosts.
fn is_microsofts(request: &Request<Incoming>) -> bool {
    let host = request.headers().get(HOST).and_then(|host| host.to_str().ok());
    let name = host.map(|host| host.split(':').next().unwrap_or(host));
    name.and_then(hosts::service_of).is_some()
}

/// Puts the service's own time on a reply that has none yet.
fn date(world: &World, skew_s: i64, response: &mut Response<Body>) {
    if response.headers().contains_key(DATE) {
        return;
    }
    let now = world.now().saturating_add(SignedDuration::from_secs(skew_s));
    let text = now.map(crate::storage::moment::http_date).unwrap_or_default();
    if let Ok(value) = HeaderValue::from_str(&text) {
        response.headers_mut().insert(DATE, value);
    }
}

/// What faults and limits leave of a request, by the clock of the service.
async fn served(
    world: &Arc<World>,
    service: Service,
    request: Request<Incoming>,
) -> io::Result<Response<Body>> {
    // On its way, before anything is decided: what else is on its way counts then, too.
    if let Some(latency) = world.latency(service) {
        tokio::time::sleep(latency).await;
    }
    let path = request.uri().path_and_query().map_or("/", |p| p.as_str());
    if let Some(refused) = world.throttle().refuse(service.word(), path, world.now()) {
        bodies::drain(request).await;
        return Ok(refusal::too_many(world, service, refused));
    }
    let epoch = world.faults().epoch();
    let action = world.faults().judge(&RequestInfo {
        service: service.word(),
        method: request.method().as_str(),
        path,
        copy_source: request.headers().contains_key(COPY_SOURCE),
    });
    match action {
        None => dispatch(world, service, request).await,
        Some(action) => strike(world, service, request, (action, epoch)).await,
    }
}

async fn dispatch<B>(world: &Arc<World>, service: Service, request: Request<B>) -> io::Result<Response<Body>>
where
    B: hyper::body::Body<Data = Bytes>,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    if service == Service::Blob {
        return Ok(blob::handle(world, request).await);
    }
    let call = Call::read(request)
        .await
        .ok_or_else(|| io::Error::other("the body is too large or broke off"))?;
    if service == Service::Control && call.method == Method::POST && call.path() == ["save"] {
        return Ok(folder::answer(world).await);
    }
    let _busy = world.busy();
    let now = world.now();
    let response = match service {
        Service::Login => login::handle(world, &call),
        Service::Graph => graph::handle(world, &call),
        Service::Arm => arm::handle(world, &call),
        Service::Control | Service::Blob => api::handle(world, &call),
    };
    if matches!(service, Service::Arm | Service::Control) {
        world.blobs.settle_copies(now);
    }
    Ok(response)
}

async fn strike(
    world: &Arc<World>,
    service: Service,
    request: Request<Incoming>,
    (action, epoch): (Action, u64),
) -> io::Result<Response<Body>> {
    match action {
        Action::Status {
            status,
            code,
            retry_after_s,
        } => {
            bodies::drain(request).await;
            let refusal = Refusal {
                service,
                status,
                code: code.as_deref(),
                message: "The simulator was told to refuse this request.",
                retry_after_s,
            };
            return Ok(refusal.respond(world));
        }
        Action::Drop => {}
        Action::LoseReply => bodies::consume(dispatch(world, service, request).await?).await,
        Action::Hold { after_effect } => {
            if after_effect {
                bodies::consume(dispatch(world, service, request).await?).await;
            }
            world.faults().hold(epoch).await;
        }
        Action::CutRequest { after_bytes } => bodies::take_in(request, after_bytes).await,
        Action::Delay { ms } => {
            tokio::time::sleep(Duration::from_millis(ms)).await;
            return dispatch(world, service, request).await;
        }
        Action::Stale { seconds } => {
            return lagging(seconds, dispatch(world, service, request)).await;
        }
        Action::SlowRequest { bytes_per_s } => {
            let request =
                request.map(|body| bodies::slow(body.map_err(io::Error::other).boxed(), bytes_per_s));
            return dispatch(world, service, request).await;
        }
        Action::CutBody { after_bytes } => {
            let response = dispatch(world, service, request).await?;
            return Ok(response.map(|body| bodies::cut_after(body, after_bytes)));
        }
        Action::LieLength { bytes } => {
            let mut response = dispatch(world, service, request)
                .await?
                .map(bodies::of_unknown_length);
            response.headers_mut().insert(CONTENT_LENGTH, bytes.into());
            return Ok(response);
        }
        Action::EndlessBody => {
            let mut response = dispatch(world, service, request)
                .await?
                .map(|_| bodies::endless());
            response.headers_mut().remove(CONTENT_LENGTH);
            return Ok(response);
        }
        Action::RepeatMarkers { period } => {
            let response = dispatch(world, service, request).await?;
            let number = world.faults().next_marker(period);
            return blob::lead_back(response, number).await;
        }
        Action::SlowBody { bytes_per_s } => {
            let response = dispatch(world, service, request).await?;
            return Ok(bodies::with_body(response, |body| {
                bodies::slow(body, bytes_per_s)
            }));
        }
    }
    Err(bodies::cut())
}

/// Answers as a replica that is so many seconds behind.
async fn lagging<T>(seconds: u32, answer: impl Future<Output = T>) -> T {
    let manner = Manner {
        stale_s: seconds.into(),
        ..manner()
    };
    MANNER.scope(manner, answer).await
}

/// A log entry under way: kept when the request ends, also when it ends by the client's going away.
struct Record<'a> {
    world: &'a World,
    entry: Option<Entry>,
}

impl<'a> Record<'a> {
    fn of(world: &'a World, service: Service, request: &Request<Incoming>) -> Option<Self> {
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

    fn finish(&mut self, response: &Response<Body>) {
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
