//! The running simulator: a listener for each service over one world, the proxy, and what saves the world.

use super::{bound::Bound, folder::keeper, state::Host};
use crate::{Endpoints, Options, Scenario, ScenarioError, World};
use std::{io, sync::Arc};
use tokio::{sync::watch, task::JoinHandle};

/// A running simulator. It stops when dropped.
#[derive(Debug)]
pub struct Sim {
    pub(super) host: Arc<Host>,
    pub(super) stop: watch::Sender<()>,
    /// The listeners, and what saves the world.
    pub(super) tasks: Vec<JoinHandle<()>>,
    pub(super) ca_pem: Option<String>,
}

impl Sim {
    /// Takes ports on 127.0.0.1 and creates the world, or reads it from its folder; [`Bound::serve`] starts it. Errors: a port
    /// that is taken, a folder that is in use or cannot be read.
    pub async fn bind(options: Options) -> io::Result<Bound> {
        Bound::new(options).await
    }

    /// Takes ports, creates or reads the world, and serves at once.
    pub async fn start(options: Options) -> io::Result<Sim> {
        Ok(Self::bind(options).await?.serve())
    }

    /// The state, to look at and to change without a request.
    pub fn world(&self) -> &Arc<World> {
        self.host.world()
    }

    /// Where the services listen.
    pub fn endpoints(&self) -> Endpoints {
        self.world().endpoints().clone()
    }

    /// With [`Options::tls`]: the certificate to trust, in PEM.
    pub fn ca_pem(&self) -> Option<&str> {
        self.ca_pem.as_deref()
    }

    /// Whether the world is one that [`Options::data`] held already.
    pub fn is_resumed(&self) -> bool {
        self.host.is_resumed()
    }

    /// Plays a scenario, as [`Bound::play`] does.
    pub fn play(&self, scenario: Scenario) -> Result<(), ScenarioError> {
        self.host.play(scenario)
    }

    /// Saves the world now; false: nothing has changed, or no folder keeps it.
    pub fn save(&self) -> io::Result<bool> {
        self.host.save()
    }

    /// Why the last save failed, while that is so; `None` without [`Options::data`].
    pub fn save_failure(&self) -> Option<watch::Receiver<Option<String>>> {
        self.host.folder().map(|folder| folder.failure.subscribe())
    }

    /// Stops listening, cuts all connections, returns when no listener is left, and saves the world if a folder keeps it.
    /// Errors: it cannot be saved; the folder holds what was saved before.
    pub async fn stop(self) -> io::Result<()> {
        drop(self.stop);
        for task in self.tasks {
            // A task ends by returning; the only error is a panic, which its own thread has reported.
            let _ended = task.await;
        }
        keeper::save(&self.host).await.map(drop)
    }
}
