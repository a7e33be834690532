//! A proxy for clients that have Microsoft's hosts built in: it leads those hosts to the services here, and reaches no others.

use crate::{
    Endpoints,
    wire::{Body, Service, empty_body},
    world::hosts,
};
use base64::Engine as _;
use http::{HeaderValue, Method, Request, Response, StatusCode, header, uri::Authority};
use hyper::{body::Incoming, server::conn::http1, service::service_fn, upgrade::OnUpgrade};
use hyper_util::rt::TokioIo;
use std::{convert::Infallible, sync::Arc};
use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
    sync::watch,
};

/// Where connections lead.
#[derive(Debug)]
pub(crate) struct Lead {
    login: String,
    graph: String,
    resource_manager: String,
    blob: String,
    /// The expected value of `Proxy-Authorization`.
    authorization: Option<String>,
}

impl Lead {
    pub(crate) fn to(endpoints: &Endpoints) -> Self {
        let address = |url: &str| {
            let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
            rest.split('/').next().unwrap_or_default().to_owned()
        };
        Self {
            login: address(&endpoints.login),
            graph: address(&endpoints.graph),
            resource_manager: address(&endpoints.resource_manager),
            blob: address(&endpoints.blob),
            authorization: None,
        }
    }

    /// Serves only clients that present this `user:password`.
    pub(crate) fn only_for(mut self, login: Option<&str>) -> Self {
        let encoded = |login: &str| base64::engine::general_purpose::STANDARD.encode(login);
        self.authorization = login.map(|login| format!("Basic {}", encoded(login)));
        self
    }

    fn knows(&self, request: &Request<Incoming>) -> bool {
        let said = request.headers().get(header::PROXY_AUTHORIZATION);
        match &self.authorization {
            Some(expected) => said.is_some_and(|said| said.as_bytes() == expected.as_bytes()),
            None => true,
        }
    }

    /// The address here that a host stands for. The services' own addresses stand for themselves.
    fn target(&self, asked: &Authority) -> Option<&str> {
        match hosts::service_of(asked.host()) {
            Some(Service::Login) => Some(&self.login),
            Some(Service::Graph) => Some(&self.graph),
            Some(Service::Arm) => Some(&self.resource_manager),
            Some(Service::Blob) => Some(&self.blob),
            Some(Service::Control) | None => {
                let own = [&self.login, &self.graph, &self.resource_manager, &self.blob];
                own.into_iter()
                    .find(|own| *own == asked.as_str())
                    .map(String::as_str)
            }
        }
    }
}

/// Takes connections until the simulator stops.
pub(crate) async fn serve(listener: TcpListener, lead: Arc<Lead>, stop: watch::Receiver<()>) {
    super::listen::accept(listener, stop.clone(), |stream| {
        tokio::spawn(connection(stream, lead.clone(), stop.clone()));
    })
    .await;
}

async fn connection(stream: TcpStream, lead: Arc<Lead>, mut stop: watch::Receiver<()>) {
    let ended = stop.clone();
    let service = service_fn(|request| answer(request, lead.clone(), ended.clone()));
    let served = http1::Builder::new()
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades();
    tokio::select! {
        served = served => if let Err(error) = served {
            tracing::debug!(%error, "a connection to the proxy ended");
        },
        _ = stop.changed() => {}
    }
}

/// Connects to where the host leads, and answers when that is done.
async fn answer(
    mut request: Request<Incoming>,
    lead: Arc<Lead>,
    stop: watch::Receiver<()>,
) -> Result<Response<Body>, Infallible> {
    let mut response = Response::new(empty_body());
    if !lead.knows(&request) {
        *response.status_mut() = StatusCode::PROXY_AUTHENTICATION_REQUIRED;
        let asks = HeaderValue::from_static("Basic realm=\"coldkeep-sim\"");
        response.headers_mut().insert(header::PROXY_AUTHENTICATE, asks);
        return Ok(response);
    }
    if request.method() != Method::CONNECT {
        *response.status_mut() = StatusCode::METHOD_NOT_ALLOWED;
        return Ok(response);
    }
    let target = request.uri().authority().and_then(|asked| lead.target(asked));
    let connected = match target {
        Some(target) => TcpStream::connect(target).await.ok(),
        None => None,
    };
    match connected {
        Some(server) => drop(tokio::spawn(tunnel(
            hyper::upgrade::on(&mut request),
            server,
            stop,
        ))),
        None => *response.status_mut() = StatusCode::BAD_GATEWAY,
    }
    Ok(response)
}

/// Passes bytes on until either side ends, or the simulator stops.
async fn tunnel(client: OnUpgrade, mut server: TcpStream, mut stop: watch::Receiver<()>) {
    let Ok(client) = client.await else { return };
    let mut client = TokioIo::new(client);
    tokio::select! {
        // Either side may go as it likes.
        _ = copy_bidirectional(&mut client, &mut server) => {}
        _ = stop.changed() => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn microsofts_hosts_lead_here_and_others_nowhere() {
        let lead = Lead::to(&Endpoints {
            login: "https://127.0.0.1:1".into(),
            graph: "https://127.0.0.1:2".into(),
            resource_manager: "https://127.0.0.1:3".into(),
            blob: "https://127.0.0.1:4/{account}".into(),
            control: "http://127.0.0.1:5".into(),
            proxy: None,
        });
        let target = |asked: &str| lead.target(&asked.parse().unwrap()).map(str::to_owned);
        for (asked, leads_to) in [
            ("login.microsoftonline.com:443", Some("127.0.0.1:1")),
            ("graph.microsoft.com:443", Some("127.0.0.1:2")),
            ("management.azure.com:443", Some("127.0.0.1:3")),
            ("north.blob.core.windows.net:443", Some("127.0.0.1:4")),
            ("LOGIN.Windows.Net:443", Some("127.0.0.1:1")),
            ("north.BLOB.core.windows.net:443", Some("127.0.0.1:4")),
            ("127.0.0.1:3", Some("127.0.0.1:3")),
            ("127.0.0.1:5", None),
            ("example.com:443", None),
            ("blob.core.windows.net.example.com:443", None),
        ] {
            assert_eq!(target(asked).as_deref(), leads_to, "{asked}");
        }
    }
}
