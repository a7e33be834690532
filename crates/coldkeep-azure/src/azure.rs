//! A cloud with its connections, clock and meter, and the one way by which every request leaves.

use crate::{Body, CountsAs, Error, Exchange, HyperExchange, Meter, pace::Pace, retry::Backoff};
use bytes::{Bytes, BytesMut};
use coldkeep_core::{Clock, Kind, Problem, cloud::Cloud};
use http::{HeaderMap, HeaderValue, Method, Request, Response, Uri, header::HeaderName};
use http_body::{Body as _, Frame, SizeHint};
use http_body_util::{BodyExt, Full};
use std::{
    fmt,
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

/// A cloud, its connections, clock and meter. Cheap to clone.
#[derive(Clone)]
pub struct Azure {
    shared: Arc<Shared>,
    meter: Arc<Meter>,
    pace: Option<Arc<Pace>>,
}

struct Shared {
    cloud: Cloud,
    exchange: Arc<dyn Exchange>,
    clock: Arc<dyn Clock>,
    login: Service,
    graph: Service,
    resource_manager: Service,
}

impl Azure {
    /// Connections for one cloud; nothing is sent yet.
    ///
    /// # Errors
    /// If the cloud's endpoints or its CA certificates cannot be used.
    pub fn new(cloud: Cloud, clock: Arc<dyn Clock>) -> Result<Self, Problem> {
        cloud.check()?;
        let exchange = HyperExchange::new(cloud.ca_pem.as_deref())?;
        Ok(Self::with_exchange(cloud, clock, Arc::new(exchange)))
    }

    /// The same over another network: tests script one.
    pub fn with_exchange(cloud: Cloud, clock: Arc<dyn Clock>, exchange: Arc<dyn Exchange>) -> Self {
        let login = Service::new(
            "Microsoft Entra ID",
            &cloud.active_directory,
            "client-request-id",
            crate::token::understand,
        );
        let graph = Service::new(
            "Microsoft Graph",
            &cloud.graph,
            "client-request-id",
            crate::json::understand,
        );
        let resource_manager = Service::new(
            "Azure Resource Manager",
            &cloud.resource_manager,
            "x-ms-client-request-id",
            crate::json::understand,
        );
        Self {
            shared: Arc::new(Shared {
                cloud,
                exchange,
                clock,
                login,
                graph,
                resource_manager,
            }),
            meter: Arc::default(),
            pace: None,
        }
    }

    /// The same connections, counted elsewhere.
    #[must_use]
    pub fn with_meter(&self, meter: Arc<Meter>) -> Self {
        Self {
            meter,
            ..self.clone()
        }
    }

    /// The same connections, at most so many requests a second over this handle and its clones.
    #[must_use]
    pub fn with_pace(&self, requests_per_second: Option<u32>) -> Self {
        Self {
            pace: requests_per_second.map(|n| Arc::new(Pace::new(n))),
            ..self.clone()
        }
    }

    pub fn cloud(&self) -> &Cloud {
        &self.shared.cloud
    }

    pub fn meter(&self) -> &Arc<Meter> {
        &self.meter
    }

    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.shared.clock
    }

    pub(crate) fn login(&self) -> &Service {
        &self.shared.login
    }

    pub(crate) fn graph_service(&self) -> &Service {
        &self.shared.graph
    }

    pub(crate) fn resource_manager(&self) -> &Service {
        &self.shared.resource_manager
    }

    /// Sends a request and answers with a success whose body still streams; any other answer is an error. Repeats
    /// what may be repeated, at most [`crate::retry::TRIES`] times in all.
    pub(crate) async fn call(&self, call: Call) -> Result<Response<Body>, Error> {
        call.service.check_names(&call.uri)?;
        let mut backoff = Backoff::default();
        loop {
            match self.try_once(&call, backoff.tries() > 0).await {
                Ok(answer) => return Ok(answer),
                Err(error) => backoff.wait_or_give_up(call.repeat, error).await?,
            }
        }
    }

    /// As [`Azure::call`], with the whole body read (a body cut short is a try that failed). Longer than
    /// `limit_bytes` is an error.
    pub(crate) async fn call_whole(&self, call: Call, limit_bytes: usize) -> Result<Response<Bytes>, Error> {
        call.service.check_names(&call.uri)?;
        let mut backoff = Backoff::default();
        loop {
            let tried = match self.try_once(&call, backoff.tries() > 0).await {
                Ok(answer) => {
                    let (head, body) = answer.into_parts();
                    read_whole(&call.service, body, limit_bytes)
                        .await
                        .map(|body| Response::from_parts(head, body))
                }
                Err(error) => Err(error),
            };
            match tried {
                Ok(answer) => return Ok(answer),
                Err(error) => backoff.wait_or_give_up(call.repeat, error).await?,
            }
        }
    }

    async fn try_once(&self, call: &Call, again: bool) -> Result<Response<Body>, Error> {
        if let Some(pace) = &self.pace {
            pace.turn().await;
        }
        Meter::add(&self.meter.requests, 1);
        if again {
            Meter::add(&self.meter.retries, 1);
        }
        let request = self.request(call);
        let sent = tokio::time::timeout(call.patience, self.shared.exchange.send(request));
        let answer = match sent.await {
            Ok(answer) => answer.map_err(|e| e.at(&call.service))?,
            Err(_) => {
                let message = format!("no answer within {} seconds", call.patience.as_secs());
                return Err(Error::without_answer(
                    call.service.name(),
                    Kind::Unavailable,
                    message,
                ));
            }
        };
        let (head, body) = answer.into_parts();
        let success = head.status.is_success();
        // What explains a refusal is never blob content.
        let counts_as = if success {
            call.counts_as
        } else {
            CountsAs::Control
        };
        let body = self.metered(&call.service, body, counts_as);
        if success {
            return Ok(Response::from_parts(head, body));
        }
        // A refusal whose explanation is cut short or too long is still that refusal.
        let explanation = read_whole(&call.service, body, 256 * 1024)
            .await
            .unwrap_or_default();
        Err(Error::from_response(
            &call.service,
            head.status,
            &head.headers,
            &explanation,
        ))
    }

    fn request(&self, call: &Call) -> Request<Body> {
        let content = match &call.body {
            Payload::Empty => Bytes::new(),
            Payload::Bytes(bytes) => bytes.clone(),
        };
        Meter::add(self.counter(call.counts_as), content.len() as u64);
        let length = content.len();
        let mut request = Request::new(Full::new(content).map_err(|never| match never {}).boxed_unsync());
        *request.method_mut() = call.method.clone();
        *request.uri_mut() = call.uri.clone();
        let headers = request.headers_mut();
        *headers = call.headers.clone();
        if length == 0 && matches!(call.method, Method::PUT | Method::POST | Method::PATCH) {
            headers.insert(http::header::CONTENT_LENGTH, HeaderValue::from_static("0"));
        }
        let id = uuid::Uuid::new_v4().hyphenated().to_string();
        if let Ok(id) = HeaderValue::from_str(&id) {
            headers.insert(call.service.0.id_header.clone(), id);
        }
        headers
            .entry(http::header::USER_AGENT)
            .or_insert(HeaderValue::from_static(concat!(
                "coldkeep/",
                env!("CARGO_PKG_VERSION")
            )));
        request
    }

    fn counter(&self, counts_as: CountsAs) -> &std::sync::atomic::AtomicU64 {
        match counts_as {
            CountsAs::Control => &self.meter.control_bytes,
            CountsAs::Data => &self.meter.data_bytes,
        }
    }

    fn metered(&self, service: &Service, body: Body, counts_as: CountsAs) -> Body {
        if body.is_end_stream() {
            return body;
        }
        Metered {
            body,
            service: service.clone(),
            meter: self.meter.clone(),
            counts_as,
            idle: None,
        }
        .boxed_unsync()
    }
}

impl fmt::Debug for Azure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Azure")
            .field("cloud", &self.shared.cloud.name)
            .finish_non_exhaustive()
    }
}

/// One request, not yet sent.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    pub(crate) service: Service,
    pub(crate) method: Method,
    pub(crate) uri: Uri,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Payload,
    pub(crate) repeat: Repeat,
    pub(crate) counts_as: CountsAs,
    /// How long to wait for the answer's head.
    pub(crate) patience: Duration,
}

impl Call {
    /// A request without a body that may be repeated.
    pub(crate) fn new(service: &Service, method: Method, uri: Uri) -> Self {
        Self {
            service: service.clone(),
            method,
            uri,
            headers: HeaderMap::new(),
            body: Payload::Empty,
            repeat: Repeat::Safe,
            counts_as: CountsAs::Control,
            patience: Duration::from_secs(100),
        }
    }
}

/// What a request carries.
#[derive(Debug, Clone)]
pub(crate) enum Payload {
    Empty,
    Bytes(Bytes),
}

/// Whether a request may be sent again when nobody knows whether it took effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Repeat {
    Safe,
    Never,
}

/// What a service said in the body of a refusal.
#[derive(Debug, Default)]
pub(crate) struct Said {
    pub(crate) code: Option<String>,
    pub(crate) message: Option<String>,
    pub(crate) request_id: Option<String>,
    /// Where the code and the status do not tell the kind.
    pub(crate) kind: Option<Kind>,
    /// Entra's OAuth error word.
    pub(crate) entra_error: Option<String>,
}

/// How a service's refusals are read.
pub(crate) type Understand = fn(&HeaderMap, &[u8]) -> Said;

/// A service of the cloud: its name for people, where it is, and how its refusals are read. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Service(Arc<ServiceParts>);

struct ServiceParts {
    name: String,
    base: Result<Uri, String>,
    id_header: HeaderName,
    understand: Understand,
}

impl Service {
    /// `base` is the endpoint under which every request to the service must lie.
    pub(crate) fn new(name: &str, base: &str, id_header: &'static str, understand: Understand) -> Self {
        Self(Arc::new(ServiceParts {
            name: name.to_owned(),
            base: base.parse().map_err(|_| base.to_owned()),
            id_header: HeaderName::from_static(id_header),
            understand,
        }))
    }

    pub(crate) fn name(&self) -> &str {
        &self.0.name
    }

    pub(crate) fn understand(&self, headers: &HeaderMap, body: &[u8]) -> Said {
        (self.0.understand)(headers, body)
    }

    /// Promise 8: refuses every address that is not under the service's endpoint, and plain HTTP anywhere but on
    /// this machine. Answers name further addresses (`nextLink`), which pass here too.
    pub(crate) fn check_names(&self, uri: &Uri) -> Result<(), Error> {
        let base = match &self.0.base {
            Ok(base) => base,
            Err(text) => {
                let message = match text.as_str() {
                    "" => "the cloud names no endpoint for it".to_owned(),
                    text => format!("its endpoint `{text}` is not a URL"),
                };
                return Err(Error::without_answer(self.name(), Kind::Invalid, message));
            }
        };
        let host = |uri: &Uri| uri.host().map(str::to_ascii_lowercase);
        let port = |uri: &Uri| {
            uri.port_u16().or(if uri.scheme_str() == Some("https") {
                Some(443)
            } else {
                Some(80)
            })
        };
        let plain = uri.authority().is_some_and(|a| !a.as_str().contains('@'));
        let same = plain
            && uri.scheme() == base.scheme()
            && uri.host().is_some()
            && host(uri) == host(base)
            && port(uri) == port(base);
        let folder = base.path().trim_end_matches('/');
        let under = uri
            .path()
            .strip_prefix(folder)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        if !(same && under) {
            let there = uri.authority().map_or("no host", |a| a.host());
            let message = format!("a request to `{there}` was not sent: the cloud does not name that host");
            return Err(Error::without_answer(self.name(), Kind::Denied, message));
        }
        if uri.scheme_str() != Some("https") && !is_loopback(uri.host().unwrap_or_default()) {
            let message = "a request was not sent: plain HTTP is for this machine alone".to_owned();
            return Err(Error::without_answer(self.name(), Kind::Denied, message));
        }
        Ok(())
    }
}

impl fmt::Debug for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.name)
    }
}

fn is_loopback(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    bare == "localhost"
        || bare.ends_with(".localhost")
        || bare.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// Reads a body to its end, refusing more than `limit_bytes`.
pub(crate) async fn read_whole(
    service: &Service,
    mut body: Body,
    limit_bytes: usize,
) -> Result<Bytes, Error> {
    let mut first = Bytes::new();
    let mut rest = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame?.into_data() else { continue };
        if first.len() + rest.len() + data.len() > limit_bytes {
            let message = format!("the answer is longer than {limit_bytes} bytes");
            return Err(Error::without_answer(service.name(), Kind::Unsupported, message));
        }
        if first.is_empty() && rest.is_empty() {
            first = data;
            continue;
        }
        if rest.is_empty() {
            rest.extend_from_slice(&first);
            first = Bytes::new();
        }
        rest.extend_from_slice(&data);
    }
    Ok(if rest.is_empty() { first } else { rest.freeze() })
}

/// How long a body may stand still before its connection counts as broken.
const BODY_IDLE: Duration = Duration::from_secs(60);

/// A body that counts what passes and does not wait for ever.
struct Metered {
    body: Body,
    service: Service,
    meter: Arc<Meter>,
    counts_as: CountsAs,
    /// Runs only while nothing arrives.
    idle: Option<Pin<Box<tokio::time::Sleep>>>,
}

impl http_body::Body for Metered {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        let this = &mut *self;
        match Pin::new(&mut this.body).poll_frame(cx) {
            Poll::Pending => {
                let idle = this
                    .idle
                    .get_or_insert_with(|| Box::pin(tokio::time::sleep(BODY_IDLE)));
                if idle.as_mut().poll(cx).is_pending() {
                    return Poll::Pending;
                }
                let message = format!("the answer stood still for {} seconds", BODY_IDLE.as_secs());
                Poll::Ready(Some(Err(Error::without_answer(
                    this.service.name(),
                    Kind::Unavailable,
                    message,
                ))))
            }
            Poll::Ready(frame) => {
                this.idle = None;
                if let Some(Ok(frame)) = &frame {
                    let counter = match this.counts_as {
                        CountsAs::Control => &this.meter.control_bytes,
                        CountsAs::Data => &this.meter.data_bytes,
                    };
                    Meter::add(counter, frame.data_ref().map_or(0, |d| d.len() as u64));
                }
                Poll::Ready(frame.map(|f| f.map_err(|e| e.at(&this.service))))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
#[path = "azure_tests.rs"]
mod tests;
