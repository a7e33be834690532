//! A simulator that has its ports and its world, and does not respond yet: the time to fill the world.

use super::{
    folder::{Folder, keeper::keep},
    listen::{Front, serve},
    proxy::{self, Lead},
    sim::Sim,
    state::Host,
    tls::{self, Certificate},
};
use crate::{Endpoints, Options, Ports, Scenario, ScenarioError, World, wire::Service, world::Start};
use std::{fmt, io, sync::Arc};
use tokio::{net::TcpListener, sync::watch};
use tokio_rustls::TlsAcceptor;

/// A simulator before it serves. Who connects now waits, and finds the world as it is when [`Bound::serve`] is called.
pub struct Bound {
    host: Arc<Host>,
    listeners: Listeners,
    certificate: Option<Certificate>,
    acceptor: Option<TlsAcceptor>,
    proxy_login: Option<String>,
}

struct Listeners {
    services: [(TcpListener, Service); 5],
    proxy: Option<TcpListener>,
}

impl fmt::Debug for Bound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bound")
            .field("world", self.world())
            .finish_non_exhaustive()
    }
}

impl Bound {
    pub(crate) async fn new(options: Options) -> io::Result<Self> {
        let (folder, kept) = match &options.data {
            None => (None, None),
            Some(path) => Folder::open(path).map(|(folder, kept)| (Some(folder), kept))?,
        };
        let resumed = kept.is_some();
        let certificate = match &folder {
            _ if !options.tls => None,
            Some(folder) => Some(folder.certificate(Certificate::make)?),
            None => Some(Certificate::make()?),
        };
        let acceptor = certificate.as_ref().map(tls::acceptor).transpose()?;
        let (listeners, endpoints) = Listeners::bind(options.ports, options.tls).await?;
        let start = kept.map_or_else(|| Start::seeded(&options.tenants), Ok)?;
        Ok(Self {
            proxy_login: options.proxy_login.clone(),
            host: Arc::new(Host::new(World::new(options, endpoints, start), folder, resumed)),
            listeners,
            certificate,
            acceptor,
        })
    }

    /// The state, to fill.
    pub fn world(&self) -> &Arc<World> {
        self.host.world()
    }

    /// With [`Options::tls`]: the certificate to trust, in PEM.
    pub fn ca_pem(&self) -> Option<&str> {
        self.certificate
            .as_ref()
            .map(|certificate| certificate.pem.as_str())
    }

    /// Whether the world is one that [`Options::data`] held already.
    pub fn is_resumed(&self) -> bool {
        self.host.is_resumed()
    }

    /// Plays a scenario. A new world is filled first; in one that [`Options::data`] held, only what is to go wrong is put in force.
    /// Errors: what the scenario names and the world does not have.
    pub fn play(&self, scenario: Scenario) -> Result<(), ScenarioError> {
        self.host.play(scenario)
    }

    /// Answers from now on, also those who came before, and lets the folder keep the world if there is one.
    pub fn serve(self) -> Sim {
        let host = self.host;
        let (stop, stopped) = watch::channel(());
        let front = |service| Front {
            host: host.clone(),
            service,
            // The control API needs no token and so no secrecy: plain HTTP, also for `curl` in scripts.
            tls: self.acceptor.clone().filter(|_| service != Service::Control),
            stop: stopped.clone(),
        };
        let services = self.listeners.services.into_iter();
        let mut tasks: Vec<_> = services
            .map(|(listener, service)| tokio::spawn(serve(listener, front(service))))
            .collect();
        if let Some(listener) = self.listeners.proxy {
            let lead = Arc::new(Lead::to(host.world().endpoints()).only_for(self.proxy_login.as_deref()));
            tasks.push(tokio::spawn(proxy::serve(listener, lead, stopped.clone())));
        }
        if host.folder().is_some() {
            tasks.push(tokio::spawn(keep(host.clone(), stopped)));
        }
        Sim {
            host,
            stop,
            tasks,
            ca_pem: self.certificate.map(|certificate| certificate.pem),
        }
    }
}

impl Listeners {
    async fn bind(ports: Ports, tls: bool) -> io::Result<(Self, Endpoints)> {
        let scheme = if tls { "https" } else { "http" };
        let (login, login_url) = bind(ports.login, scheme, "sign-in").await?;
        let (graph, graph_url) = bind(ports.graph, scheme, "Graph").await?;
        let (arm, arm_url) = bind(ports.resource_manager, scheme, "Resource Manager").await?;
        let (blob, blob_url) = bind(ports.blob, scheme, "Blob Storage").await?;
        let (control, control_url) = bind(ports.control, "http", "the control API").await?;
        let (proxy, proxy_url) = match tls {
            true => Some(bind(ports.proxy, "http", "the proxy").await?).unzip(),
            false => (None, None),
        };
        let endpoints = Endpoints {
            proxy: proxy_url,
            login: login_url,
            graph: graph_url,
            resource_manager: arm_url,
            blob: format!("{blob_url}/{{account}}"),
            control: control_url,
        };
        let services = [
            (login, Service::Login),
            (graph, Service::Graph),
            (arm, Service::Arm),
            (blob, Service::Blob),
            (control, Service::Control),
        ];
        Ok((Self { services, proxy }, endpoints))
    }
}

/// Listens on loopback. Errors keep their kind and name the service and the port.
async fn bind(port: u16, scheme: &str, whose: &str) -> io::Result<(TcpListener, String)> {
    let listener = TcpListener::bind(("127.0.0.1", port))
        .await
        .map_err(|e| io::Error::new(e.kind(), format!("cannot listen at port {port} for {whose}: {e}")))?;
    let url = format!("{scheme}://127.0.0.1:{}", listener.local_addr()?.port());
    Ok((listener, url))
}
