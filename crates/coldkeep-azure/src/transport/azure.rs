//! A cloud with its connections, clock and meter, and the one way by which every request leaves.

use crate::{
    Body, Call, CountsAs, Deadlines, Error, Exchange, HyperExchange, Meter, Network, Payload, Service,
    transport::body::{Metered, read_whole},
    transport::gate::{Gate, Gates},
    transport::pace::Pace,
    transport::retry::Backoff,
    transport::said,
};
use bytes::Bytes;
use coldkeep_core::{Clock, Code, Problem, cloud::Cloud};
use http::{HeaderValue, Method, Request, Response};
use http_body::Body as _;
use http_body_util::{BodyExt, Full};
use std::{fmt, sync::Arc};
use tokio::time::Instant;

/// No refusal needs more words.
const EXPLANATION_LIMIT_BYTES: usize = 256 * 1024;

/// A cloud, its connections, clock and meter. Cheap to clone.
#[derive(Clone)]
pub struct Azure {
    shared: Arc<Shared>,
    meter: Arc<Meter>,
    gates: Arc<Gates>,
    pace: Option<Arc<Pace>>,
    deadlines: Deadlines,
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
    /// Connections for one cloud, through `network`; nothing is sent yet.
    ///
    /// # Errors
    /// If the cloud's endpoints or certificates that are to be trusted cannot be used.
    pub fn new(cloud: Cloud, network: &Network, clock: Arc<dyn Clock>) -> Result<Self, Problem> {
        cloud.check()?;
        let exchange = HyperExchange::new(network, cloud.ca_pem.as_deref())?;
        Ok(Self::with_exchange(cloud, clock, Arc::new(exchange)))
    }

    /// Connections over another network: tests script one.
    pub fn with_exchange(cloud: Cloud, clock: Arc<dyn Clock>, exchange: Arc<dyn Exchange>) -> Self {
        let login = Service::new(
            "Microsoft Entra ID",
            &cloud.active_directory,
            "client-request-id",
            said::login::read_refusal,
        );
        let graph = Service::new(
            "Microsoft Graph",
            &cloud.graph,
            "client-request-id",
            said::json::read_refusal,
        );
        let resource_manager = Service::new(
            "Azure Resource Manager",
            &cloud.resource_manager,
            "x-ms-client-request-id",
            said::json::read_refusal,
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
            gates: Arc::default(),
            pace: None,
            deadlines: Deadlines::default(),
        }
    }

    /// These connections with another meter.
    #[must_use]
    pub fn with_meter(&self, meter: Arc<Meter>) -> Self {
        Self {
            meter,
            ..self.clone()
        }
    }

    /// These connections with at most this number of requests a second to storage accounts over the new handle and
    /// its clones.
    #[must_use]
    pub fn with_pace(&self, requests_per_second: Option<u32>) -> Self {
        let Some(per_second) = requests_per_second else {
            return Self {
                pace: None,
                ..self.clone()
            };
        };
        // With its own gates: a slow pace delays only this handle.
        Self {
            gates: Arc::default(),
            pace: Some(Arc::new(Pace::new(per_second))),
            ..self.clone()
        }
    }

    /// These connections with other deadlines.
    #[must_use]
    pub fn with_deadlines(&self, deadlines: Deadlines) -> Self {
        Self {
            deadlines,
            ..self.clone()
        }
    }

    /// How long this handle waits for anything.
    pub fn deadlines(&self) -> Deadlines {
        self.deadlines
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

    /// Sends a request and reads the whole answer (a body cut short is a try that failed); an answer that is no success is an
    /// error. Repeats what may be repeated, at most [`crate::transport::retry::TRIES`] times in all. Longer than `limit_bytes` is an
    /// error ([`Error::is_too_long`]). Requests to storage accounts go another way (`blob/send.rs`).
    pub(crate) async fn call_whole(&self, call: Call, limit_bytes: usize) -> Result<Response<Bytes>, Error> {
        call.service.check_names(&call.uri)?;
        let mut backoff = Backoff::new(self.deadlines.tries);
        loop {
            let began = Instant::now();
            let tried = match self.try_once(&call, backoff.tries() > 0).await {
                Ok(answer) => {
                    let (head, body) = answer.into_parts();
                    let body = self.read(&call.service, body, limit_bytes).await;
                    body.map(|body| Response::from_parts(head, body))
                }
                Err(error) => Err(error),
            };
            match tried {
                Ok(answer) => return Ok(answer),
                Err(error) => {
                    backoff
                        .wait_or_give_up(call.repeat, error, began.elapsed())
                        .await?
                }
            }
        }
    }

    /// The whole body; one cut short is a try that failed.
    pub(crate) async fn read(
        &self,
        service: &Service,
        body: Body,
        limit_bytes: usize,
    ) -> Result<Bytes, Error> {
        read_whole(service, body, limit_bytes, self.deadlines.whole).await
    }

    /// The gate of the account with this endpoint.
    pub(crate) fn gate(&self, endpoint: &str) -> Arc<Gate> {
        self.gates.of(endpoint)
    }

    pub(crate) fn pace(&self) -> Option<&Pace> {
        self.pace.as_deref()
    }

    /// Sends it once. `again`: it is a repetition.
    pub(crate) async fn try_once(&self, call: &Call, again: bool) -> Result<Response<Body>, Error> {
        Meter::add(&self.meter.requests, 1);
        if again {
            Meter::add(&self.meter.retries, 1);
        }
        let request = self.request(call).await?;
        let within = self.deadlines.head_of(call.copies, call.body.length());
        let sent = tokio::time::timeout(within, self.shared.exchange.send(request));
        let answer = match sent.await {
            Ok(answer) => answer.map_err(|e| e.at(&call.service))?,
            Err(_) => {
                let message = format!("no response within {} seconds", within.as_secs());
                return Err(Error::without_answer(
                    call.service.name(),
                    Code::ServiceUnavailable,
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
        let explanation = read_whole(&call.service, body, EXPLANATION_LIMIT_BYTES, self.deadlines.idle)
            .await
            .unwrap_or_default();
        Err(Error::from_response(
            &call.service,
            head.status,
            &head.headers,
            &explanation,
        ))
    }

    async fn request(&self, call: &Call) -> Result<Request<Body>, Error> {
        let length = call.body.length();
        let whole = |content: Bytes| {
            Meter::add(call.counts_as.counter(&self.meter), content.len() as u64);
            Full::new(content).map_err(|never| match never {}).boxed_unsync()
        };
        let body = match &call.body {
            Payload::Empty => whole(Bytes::new()),
            Payload::Bytes(bytes) => whole(bytes.clone()),
            Payload::Stream(streamed) => streamed.body(&self.meter, call.counts_as).await?,
        };
        let mut request = Request::new(body);
        *request.method_mut() = call.method.clone();
        *request.uri_mut() = call.uri.clone();
        let headers = request.headers_mut();
        *headers = call.headers.clone();
        if length == 0 && matches!(call.method, Method::PUT | Method::POST | Method::PATCH) {
            headers.insert(http::header::CONTENT_LENGTH, HeaderValue::from_static("0"));
        }
        let id = uuid::Uuid::new_v4().hyphenated().to_string();
        if let Ok(id) = HeaderValue::from_str(&id) {
            headers.insert(call.service.id_header().clone(), id);
        }
        headers
            .entry(http::header::USER_AGENT)
            .or_insert(HeaderValue::from_static(concat!(
                "coldkeep/",
                env!("CARGO_PKG_VERSION")
            )));
        Ok(request)
    }

    fn metered(&self, service: &Service, body: Body, counts_as: CountsAs) -> Body {
        if body.is_end_stream() {
            return body;
        }
        Metered::new(body, service, &self.meter, counts_as, self.deadlines).boxed_unsync()
    }
}

impl fmt::Debug for Azure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Azure")
            .field("cloud", &self.shared.cloud.name)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
