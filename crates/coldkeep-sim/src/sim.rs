//! The running simulator: a listener for each service over one world, the proxy, and what saves the world.

use crate::{
    Endpoints, Options, World,
    folder::{self, Folder},
    server::{
        Service,
        listen::{Front, serve},
        proxy::{self, Lead},
        tls::{self, Certificate},
    },
    world::Start,
};
use std::{io, sync::Arc};
use tokio::{net::TcpListener, sync::watch, task::JoinHandle};

/// A running simulator. It stops when dropped.
#[derive(Debug)]
pub struct Sim {
    world: Arc<World>,
    stop: watch::Sender<()>,
    /// The listeners, and what saves the world.
    tasks: Vec<JoinHandle<()>>,
    ca_pem: Option<String>,
    resumed: bool,
}

impl Sim {
    /// Listens on 127.0.0.1 and serves. Errors: a port that is taken, a folder that is in use or cannot be read.
    pub async fn start(options: Options) -> io::Result<Sim> {
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
        let scheme = if options.tls { "https" } else { "http" };
        let ports = options.ports;
        let (login, login_url) = bind(ports.login, scheme).await?;
        let (graph, graph_url) = bind(ports.graph, scheme).await?;
        let (arm, arm_url) = bind(ports.resource_manager, scheme).await?;
        let (blob, blob_url) = bind(ports.blob, scheme).await?;
        // The control API needs no token and so no secrecy: plain HTTP, also for `curl` in scripts.
        let (control, control_url) = bind(ports.control, "http").await?;
        let proxy = match &acceptor {
            Some(_) => Some(bind(ports.proxy, "http").await?),
            None => None,
        };
        let endpoints = Endpoints {
            proxy: proxy.as_ref().map(|(_, url)| url.clone()),
            login: login_url,
            graph: graph_url,
            resource_manager: arm_url,
            blob: format!("{blob_url}/{{account}}"),
            control: control_url,
        };
        let start = kept.map_or_else(|| Start::seeded(&options.tenants), Ok)?;
        let world = Arc::new(World::new(options, endpoints, start, folder));
        let (stop, stopped) = watch::channel(());
        let mut tasks: Vec<_> = [
            (login, Service::Login),
            (graph, Service::Graph),
            (arm, Service::Arm),
            (blob, Service::Blob),
            (control, Service::Control),
        ]
        .into_iter()
        .map(|(listener, service)| {
            let tls = acceptor.clone().filter(|_| service != Service::Control);
            tokio::spawn(serve(
                listener,
                Front {
                    world: world.clone(),
                    service,
                    tls,
                    stop: stopped.clone(),
                },
            ))
        })
        .collect();
        if let Some((listener, _)) = proxy {
            let lead = Arc::new(Lead::to(world.endpoints()));
            tasks.push(tokio::spawn(proxy::serve(listener, lead, stopped.clone())));
        }
        if world.folder().is_some() {
            tasks.push(tokio::spawn(folder::keep(world.clone(), stopped)));
        }
        Ok(Sim {
            world,
            stop,
            tasks,
            ca_pem: certificate.map(|certificate| certificate.pem),
            resumed,
        })
    }

    /// The state, to look at and to change without a request.
    pub fn world(&self) -> &Arc<World> {
        &self.world
    }

    /// Where the services listen.
    pub fn endpoints(&self) -> Endpoints {
        self.world.endpoints().clone()
    }

    /// With [`Options::tls`]: the certificate to trust, in PEM.
    pub fn ca_pem(&self) -> Option<&str> {
        self.ca_pem.as_deref()
    }

    /// Whether the world is one that [`Options::data`] held already.
    pub fn is_resumed(&self) -> bool {
        self.resumed
    }

    /// Why the last save failed, while that is so; `None` without [`Options::data`].
    pub fn save_failure(&self) -> Option<watch::Receiver<Option<String>>> {
        self.world.folder().map(|folder| folder.failure.subscribe())
    }

    /// Stops listening, cuts all connections, returns when no listener is left, and saves the world if a folder keeps it.
    /// Errors: it cannot be saved; the folder holds what was saved before.
    pub async fn stop(self) -> io::Result<()> {
        drop(self.stop);
        for task in self.tasks {
            // A task ends by returning; the only error is a panic, which its own thread has reported.
            let _ended = task.await;
        }
        folder::save(&self.world).await.map(drop)
    }
}

async fn bind(port: u16, scheme: &str) -> io::Result<(TcpListener, String)> {
    let listener = TcpListener::bind(("127.0.0.1", port)).await?;
    let url = format!("{scheme}://127.0.0.1:{}", listener.local_addr()?.port());
    Ok((listener, url))
}
