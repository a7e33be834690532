//! The one seam to the network: a request goes in, an answer comes out, bodies stream both ways.

use crate::Error;
use bytes::Bytes;
use coldkeep_core::{Kind, Problem};
use futures::future::BoxFuture;
use http_body_util::{BodyExt, combinators::UnsyncBoxBody};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::{TokioExecutor, TokioTimer},
};
use rustls_pki_types::{CertificateDer, pem::PemObject};
use std::{fmt, sync::Arc, time::Duration};

/// A body of a request or an answer, streamed.
pub type Body = UnsyncBoxBody<Bytes, Error>;

/// Sends one request. Tests script it; everything else uses [`HyperExchange`].
pub trait Exchange: Send + Sync + fmt::Debug {
    /// Sends the request once and answers as soon as the answer's head is there.
    fn send(&self, request: http::Request<Body>) -> BoxFuture<'_, Result<http::Response<Body>, Error>>;
}

/// Idle connections kept for each host: as many as requests are ever in flight.
const IDLE_PER_HOST: usize = crate::gate::IN_FLIGHT_MAX as usize;
const IDLE_FOR: Duration = Duration::from_secs(30);
const CONNECT_WITHIN: Duration = Duration::from_secs(15);

/// HTTP/1.1 over pooled connections, TLS by rustls.
#[derive(Clone)]
pub struct HyperExchange {
    client: Client<HttpsConnector<HttpConnector>, Body>,
}

impl HyperExchange {
    /// Trusts the public roots and, where given, the certificates in `ca_pem`.
    pub fn new(ca_pem: Option<&str>) -> Result<Self, Problem> {
        let mut roots = rustls::RootCertStore {
            roots: webpki_roots::TLS_SERVER_ROOTS.to_vec(),
        };
        if let Some(pem) = ca_pem {
            add_roots(&mut roots, pem)?;
        }
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let tls = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|e| Problem::internal(format!("TLS cannot be set up ({e})")))?
            .with_root_certificates(roots)
            .with_no_client_auth();
        let mut tcp = HttpConnector::new();
        tcp.enforce_http(false);
        // Requests are small and answers are awaited: Nagle's algorithm would only add delay.
        tcp.set_nodelay(true);
        tcp.set_connect_timeout(Some(CONNECT_WITHIN));
        let connector = HttpsConnectorBuilder::new()
            .with_tls_config(tls)
            .https_or_http()
            .enable_http1()
            .wrap_connector(tcp);
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(IDLE_FOR)
            .pool_max_idle_per_host(IDLE_PER_HOST)
            .build(connector);
        Ok(Self { client })
    }
}

fn add_roots(roots: &mut rustls::RootCertStore, pem: &str) -> Result<(), Problem> {
    let next = "Give --ca-file a PEM file with the issuer's certificate.";
    let mut count = 0;
    for certificate in CertificateDer::pem_slice_iter(pem.as_bytes()) {
        let certificate = certificate
            .map_err(|e| Problem::invalid(format!("The cloud's CA file is not valid PEM ({e})"), next))?;
        roots.add(certificate).map_err(|e| {
            Problem::invalid(
                format!("A certificate of the cloud's CA file is unusable ({e})"),
                next,
            )
        })?;
        count += 1;
    }
    if count == 0 {
        return Err(Problem::invalid("The cloud's CA file holds no certificate", next));
    }
    Ok(())
}

impl Exchange for HyperExchange {
    fn send(&self, request: http::Request<Body>) -> BoxFuture<'_, Result<http::Response<Body>, Error>> {
        let answer = self.client.request(request);
        Box::pin(async move {
            let answer = answer.await.map_err(|e| broken(&e))?;
            Ok(answer.map(|body| body.map_err(|e| broken(&e)).boxed_unsync()))
        })
    }
}

impl fmt::Debug for HyperExchange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HyperExchange")
    }
}

/// The innermost reason says the most ("connection refused"), the outer ones say where; both are kept.
fn broken(error: &dyn std::error::Error) -> Error {
    let mut words = vec![error.to_string()];
    let mut source = error.source();
    // A chain is short; the bound keeps a cyclic one from hanging us.
    for _ in 0..8 {
        let Some(inner) = source else { break };
        words.push(inner.to_string());
        source = inner.source();
    }
    words.dedup();
    Error::without_answer("the network", Kind::Unavailable, words.join(": "))
}
