//! The running simulator: five listeners over one world.

use crate::{
    Endpoints, Options, World,
    server::{
        Service,
        listen::{Front, serve},
        tls,
    },
};
use std::{io, sync::Arc};
use tokio::{net::TcpListener, sync::watch, task::JoinHandle};

/// A running simulator. It stops when dropped.
#[derive(Debug)]
pub struct Sim {
    world: Arc<World>,
    stop: watch::Sender<()>,
    listeners: Vec<JoinHandle<()>>,
    ca_pem: Option<String>,
}

impl Sim {
    /// Listens on 127.0.0.1 and serves. Errors: a port that is taken.
    pub async fn start(options: Options) -> io::Result<Sim> {
        let (acceptor, ca_pem) = if options.tls {
            tls::acceptor().map(|(a, p)| (Some(a), Some(p)))?
        } else {
            (None, None)
        };
        let scheme = if options.tls { "https" } else { "http" };
        let ports = options.ports;
        let (login, login_url) = bind(ports.login, scheme).await?;
        let (graph, graph_url) = bind(ports.graph, scheme).await?;
        let (arm, arm_url) = bind(ports.resource_manager, scheme).await?;
        let (blob, blob_url) = bind(ports.blob, scheme).await?;
        // The control API needs no token and so no secrecy: plain HTTP, also for `curl` in scripts.
        let (control, control_url) = bind(ports.control, "http").await?;
        let endpoints = Endpoints {
            login: login_url,
            graph: graph_url,
            resource_manager: arm_url,
            blob: format!("{blob_url}/{{account}}"),
            control: control_url,
        };
        let world = Arc::new(World::new(options, endpoints)?);
        let (stop, stopped) = watch::channel(());
        let listeners = [
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
        Ok(Sim {
            world,
            stop,
            listeners,
            ca_pem,
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

    /// Stops listening, cuts all connections, and returns when no listener is left.
    pub async fn stop(self) {
        drop(self.stop);
        for listener in self.listeners {
            // A listener ends by returning; the only error is a panic, which its own thread has reported.
            let _ended = listener.await;
        }
    }
}

async fn bind(port: u16, scheme: &str) -> io::Result<(TcpListener, String)> {
    let listener = TcpListener::bind(("127.0.0.1", port)).await?;
    let url = format!("{scheme}://127.0.0.1:{}", listener.local_addr()?.port());
    Ok((listener, url))
}
