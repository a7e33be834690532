//! One request: which fault strikes it, which service answers it, what the log keeps.

use super::{Body, Service, body_of, call::Call, reply};
use crate::{
    World, arm, blob, control, graph, login,
    world::{
        Caller,
        faults::{Action, RequestInfo},
        log::{Entry, redact},
    },
};
use bytes::Bytes;
use http::{HeaderMap, HeaderName, Request, Response, header::CONTENT_LENGTH};
use http_body_util::{BodyExt, StreamBody};
use hyper::body::{Body as _, Frame, Incoming};
use serde_json::json;
use std::{io, sync::Arc, time::Duration};

const COPY_SOURCE: HeaderName = HeaderName::from_static("x-ms-copy-source");
const ERROR_CODE: HeaderName = HeaderName::from_static("x-ms-error-code");

/// Answers a request, or fails, which cuts the connection.
pub(super) async fn answer(
    world: &Arc<World>,
    service: Service,
    request: Request<Incoming>,
) -> io::Result<Response<Body>> {
    if service == Service::Control {
        return dispatch(world, service, request).await;
    }
    let request = match service {
        Service::Blob => blob::to_path_style(request),
        _ => request,
    };
    let mut record = Record::of(world, service, &request);
    let epoch = world.faults().epoch();
    let action = world.faults().judge(&RequestInfo {
        service: service.word(),
        method: request.method().as_str(),
        path: request.uri().path_and_query().map_or("/", |p| p.as_str()),
        copy_source: request.headers().contains_key(COPY_SOURCE),
    });
    let answered = match action {
        None => dispatch(world, service, request).await,
        Some(action) => strike(world, service, request, (action, epoch)).await,
    };
    if let (Some(record), Ok(response)) = (&mut record, &answered) {
        record.finish(response);
    }
    answered
}

async fn dispatch(
    world: &Arc<World>,
    service: Service,
    request: Request<Incoming>,
) -> io::Result<Response<Body>> {
    if service == Service::Blob {
        return Ok(blob::handle(world, request).await);
    }
    let call = Call::read(request)
        .await
        .ok_or_else(|| io::Error::other("the body is too large or broke off"))?;
    Ok(match service {
        Service::Login => login::handle(world, &call),
        Service::Graph => graph::handle(world, &call),
        Service::Arm => arm::handle(world, &call),
        Service::Control | Service::Blob => control::handle(world, &call),
    })
}

async fn strike(
    world: &Arc<World>,
    service: Service,
    request: Request<Incoming>,
    (action, epoch): (Action, u64),
) -> io::Result<Response<Body>> {
    let cut = || io::Error::new(io::ErrorKind::ConnectionAborted, "a fault cut the connection");
    match action {
        Action::Status {
            status,
            code,
            retry_after_s,
        } => {
            drain(request).await;
            Ok(refusal(
                world,
                service,
                status,
                code.as_deref().unwrap_or("ServerBusy"),
                retry_after_s,
            ))
        }
        Action::Drop => Err(cut()),
        Action::LoseReply => {
            consume(dispatch(world, service, request).await?).await;
            Err(cut())
        }
        Action::Hold { after_effect } => {
            if after_effect {
                consume(dispatch(world, service, request).await?).await;
            }
            world.faults().hold(epoch).await;
            Err(cut())
        }
        Action::Delay { ms } => {
            tokio::time::sleep(Duration::from_millis(ms)).await;
            dispatch(world, service, request).await
        }
        Action::CutBody { after_bytes } => Ok(dispatch(world, service, request)
            .await?
            .map(|body| cut_after(body, after_bytes))),
    }
}

/// Reads a request's body away, so that the client gets the reply instead of a broken pipe.
async fn drain(request: Request<Incoming>) {
    let mut body = request.into_body();
    while let Some(Ok(_)) = body.frame().await {}
}

/// Reads a reply that nobody gets: what it does while being sent is part of the effect.
async fn consume(response: Response<Body>) {
    let mut body = response.into_body();
    while let Some(Ok(_)) = body.frame().await {}
}

/// A body that breaks off after so many bytes.
fn cut_after(body: Body, after_bytes: u64) -> Body {
    let frames = futures::stream::unfold((body, Some(after_bytes)), |(mut body, left)| async move {
        let left = left?;
        let cut = || {
            Err(io::Error::new(
                io::ErrorKind::ConnectionAborted,
                "a fault cut the body",
            ))
        };
        if left == 0 {
            return Some((cut(), (body, None)));
        }
        let data = match body.frame().await? {
            Ok(frame) => frame.into_data().unwrap_or_default(),
            Err(error) => return Some((Err(error), (body, None))),
        };
        let keep = usize::try_from(left).unwrap_or(usize::MAX).min(data.len());
        let sent: Bytes = data.slice(..keep);
        Some((Ok(Frame::data(sent)), (body, Some(left - keep as u64))))
    });
    BodyExt::boxed(StreamBody::new(frames))
}

/// A refusal in the words of the service.
fn refusal(
    world: &World,
    service: Service,
    status: u16,
    code: &str,
    retry_after_s: Option<u64>,
) -> Response<Body> {
    let message = "The simulator was told to refuse this request.";
    let mut response = match service {
        Service::Blob => {
            let id = world.next_request_id();
            let xml = format!(
                "<?xml version=\"1.0\" encoding=\"utf-8\"?><Error><Code>{code}</Code><Message>{message}\nRequestId:{id}\n\
                 Time:{}</Message></Error>",
                world.now()
            );
            let mut response = Response::new(body_of(xml));
            reply::set_header(&mut response, "content-type", "application/xml");
            reply::set_header(&mut response, "x-ms-error-code", code);
            reply::set_header(&mut response, "x-ms-request-id", &id);
            *response.status_mut() = reply::status_of(status);
            response
        }
        Service::Login => {
            // A number is one of Entra's own codes (AADSTS…).
            let (error, number) = match code.parse() {
                Ok(number) => ("invalid_grant", number),
                Err(_) if status >= 500 => ("temporarily_unavailable", 90033),
                Err(_) => (code, 90033),
            };
            login::error::plain(world, status, error, number, message)
        }
        Service::Graph => graph::refusal(world, status, code),
        _ => reply::json(status, &json!({"error": {"code": code, "message": message}})),
    };
    if let Some(seconds) = retry_after_s {
        reply::set_header(&mut response, "retry-after", &seconds.to_string());
    }
    response
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
