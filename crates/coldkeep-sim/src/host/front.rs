//! One request: which fault strikes it, which service answers it, what the log keeps.

use super::{
    bodies,
    folder::keeper,
    record::{COPY_SOURCE, Record},
    refusal,
    state::Host,
    strike::Strike,
};
use crate::{
    World, arm, blob, graph, login,
    steer::api,
    wire::{Body, Service, call::Call},
    world::{
        faults::RequestInfo,
        hosts,
        manner::{MANNER, Manner},
    },
};
use bytes::Bytes;
use http::{
    HeaderValue, Method, Request, Response,
    header::{DATE, HOST},
};
use hyper::body::Incoming;
use jiff::SignedDuration;
use std::{io, sync::Arc};

/// Answers a request, or fails, which cuts the connection.
pub(crate) async fn answer(
    host: &Arc<Host>,
    service: Service,
    request: Request<Incoming>,
) -> io::Result<Response<Body>> {
    host.run_due_events(service);
    let world = host.world();
    if service == Service::Control {
        if let Err(refused) = api::refuse_strangers(world, request.method(), request.headers()) {
            return Ok(refused);
        }
        return dispatch(host, service, request).await;
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
    let served = served(host, service, request);
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
    host: &Arc<Host>,
    service: Service,
    request: Request<Incoming>,
) -> io::Result<Response<Body>> {
    let world = host.world();
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
        None => dispatch(host, service, request).await,
        Some(action) => Strike { action, epoch }.answer(host, service, request).await,
    }
}

/// Answers a request that nothing strikes.
pub(super) async fn dispatch<B>(
    host: &Arc<Host>,
    service: Service,
    request: Request<B>,
) -> io::Result<Response<Body>>
where
    B: hyper::body::Body<Data = Bytes>,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let world = host.world();
    if service == Service::Blob {
        return Ok(blob::handle(world, request).await);
    }
    let call = Call::read(request)
        .await
        .ok_or_else(|| io::Error::other("the body is too large or broke off"))?;
    if service == Service::Control && call.method == Method::POST && call.path() == ["save"] {
        return Ok(keeper::answer(host).await);
    }
    let _busy = world.busy();
    let now = world.now();
    let response = match service {
        Service::Login => login::handle(world, &call),
        Service::Graph => graph::handle(world, &call),
        Service::Arm => arm::handle(world, &call),
        Service::Control | Service::Blob => api::handle(world, host.events(), &call),
    };
    if matches!(service, Service::Arm | Service::Control) {
        world.blobs.complete_due_copies(now);
    }
    Ok(response)
}
