//! The one seam to the network: a request goes in, an answer comes out, bodies stream both ways.

use crate::{
    Error,
    transport::network::{Connector, Network, Proxy, ProxyRefusal, refused, trusted, untrusted_within},
};
use bytes::Bytes;
use coldkeep_core::{Code, Problem};
use futures::future::BoxFuture;
use http::{StatusCode, Uri, header};
use http_body_util::{BodyExt, combinators::UnsyncBoxBody};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::{TokioExecutor, TokioTimer},
};
use std::{fmt, sync::Arc, time::Duration};

/// A body of a request or an answer, streamed.
pub type Body = UnsyncBoxBody<Bytes, Error>;

/// Sends one request. Tests script it; everything else uses [`HyperExchange`].
pub trait Exchange: Send + Sync + fmt::Debug {
    /// Sends the request once and answers as soon as the answer's head is there.
    fn send(&self, request: http::Request<Body>) -> BoxFuture<'_, Result<http::Response<Body>, Error>>;
}

/// Idle connections kept for each host: as many as requests are ever in flight.
const IDLE_PER_HOST: usize = crate::transport::gate::IN_FLIGHT_MAX as usize;
const IDLE_FOR: Duration = Duration::from_secs(30);
const CONNECT_WITHIN: Duration = Duration::from_secs(15);

/// HTTP/1.1 over pooled connections, TLS by rustls.
#[derive(Clone)]
pub struct HyperExchange {
    client: Client<HttpsConnector<Connector>, Body>,
    network: Network,
}

impl HyperExchange {
    /// Connects through `network`, and trusts the certificates in `ca_pem` as well, if given.
    ///
    /// # Errors
    /// If certificates that are to be trusted cannot be read.
    pub fn new(network: &Network, ca_pem: Option<&str>) -> Result<Self, Problem> {
        let added = [
            (network.ca_pem.as_deref(), "The network's CA file"),
            (ca_pem, "The cloud's CA file"),
        ];
        let added: Vec<_> = added
            .into_iter()
            .filter_map(|(pem, of)| Some((pem?, of)))
            .collect();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let tls = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|e| Problem::internal(format!("TLS cannot be set up ({e})")))?
            .with_root_certificates(trusted(&added)?)
            .with_no_client_auth();
        let mut tcp = HttpConnector::new();
        tcp.enforce_http(false);
        // Requests are small and answers are awaited: Nagle's algorithm would only add delay.
        tcp.set_nodelay(true);
        tcp.set_connect_timeout(Some(CONNECT_WITHIN));
        let connector = HttpsConnectorBuilder::new()
            .with_tls_config(tls.clone())
            .https_or_http()
            .enable_http1()
            .wrap_connector(Connector::new(network, tcp, tls));
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(IDLE_FOR)
            .pool_max_idle_per_host(IDLE_PER_HOST)
            .build(connector);
        Ok(Self {
            client,
            network: network.clone(),
        })
    }

    /// The proxy that gets the full URL of a request, because it opens no tunnel for it.
    fn plain_proxy(&self, to: &Uri) -> Option<&Proxy> {
        self.network
            .proxy_of(to)
            .filter(|_| to.scheme_str() == Some("http"))
    }
}

impl Exchange for HyperExchange {
    fn send(&self, mut request: http::Request<Body>) -> BoxFuture<'_, Result<http::Response<Body>, Error>> {
        let proxy = self.plain_proxy(request.uri());
        if let Some(authorization) = proxy.and_then(Proxy::authorization) {
            request
                .headers_mut()
                .insert(header::PROXY_AUTHORIZATION, authorization);
        }
        let to = proxy.is_some().then(|| request.uri().clone());
        let answer = self.client.request(request);
        Box::pin(async move {
            let answer = answer.await.map_err(|e| broken(&e))?;
            if let (Some(proxy), Some(to)) = (proxy, to)
                && is_of_proxy(&answer)
            {
                return Err(Error::of_proxy(&refused(proxy, &to, &answer)));
            }
            Ok(answer.map(|body| body.map_err(|e| broken(&e)).boxed_unsync()))
        })
    }
}

/// No service answers so, only a proxy does: 407, or a 401 without the id that every service gives a request.
fn is_of_proxy<B>(answer: &http::Response<B>) -> bool {
    let has_id = ["x-ms-request-id", "request-id"]
        .iter()
        .any(|name| answer.headers().contains_key(*name));
    match answer.status() {
        StatusCode::PROXY_AUTHENTICATION_REQUIRED => true,
        StatusCode::UNAUTHORIZED => !has_id,
        _ => false,
    }
}

impl fmt::Debug for HyperExchange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HyperExchange")
    }
}

/// The innermost reason has the most detail ("connection refused"), the outer ones the place; both are kept. What a proxy
/// answered, and a certificate that is not trusted, are separate failures.
fn broken(error: &(dyn std::error::Error + 'static)) -> Error {
    let mut words: Vec<String> = Vec::new();
    let mut at = Some(error);
    // A chain is short; the bound keeps a cyclic one from hanging us.
    for _ in 0..9 {
        let Some(inner) = at else { break };
        if let Some(refusal) = inner.downcast_ref::<ProxyRefusal>() {
            return Error::of_proxy(refusal);
        }
        words.push(inner.to_string());
        at = inner.source();
    }
    words.dedup();
    let told = Error::without_answer("the network", Code::ServiceUnavailable, words.join(": "));
    match untrusted_within(error) {
        Some(trust) => told.of_trust(trust),
        None => told,
    }
}
