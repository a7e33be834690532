//! The engine as a whole: opens the ground once, and hands out its wings to callers.

use crate::{
    data::{DataWing, LiveData},
    ground::{Config, Ground},
    identity::{IdentityWing, LiveIdentity},
    setup::Setup,
};
use coldkeep_core::{Caller, Problem};
use std::sync::Arc;

/// What one process shares: the ground that both wings stand on, and what each of them keeps in memory.
#[derive(Debug)]
pub struct Engine {
    ground: Arc<Ground>,
    live_identity: Arc<LiveIdentity>,
    live: Arc<LiveData>,
}

impl Engine {
    /// Opens (and creates, the first time) everything in the data folder.
    ///
    /// # Errors
    /// Any failure to open the database or the master key.
    pub async fn open(config: Config) -> Result<Arc<Engine>, Problem> {
        let ground = Ground::open(config).await?;
        for run in ground.store.interrupt_runs(ground.config.clock.now()).await? {
            tracing::info!(%run, "the run was interrupted because its process ended");
        }
        Ok(Arc::new(Engine {
            ground: Arc::new(ground),
            live_identity: Arc::default(),
            live: Arc::default(),
        }))
    }

    /// Applications, certificates, permissions and sign-ins, on behalf of `caller`.
    pub fn identity(&self, caller: Caller) -> IdentityWing {
        IdentityWing::new(self.ground.clone(), self.live_identity.clone(), caller)
    }

    /// Repositories, jobs, runs, restore points and restores, on behalf of `caller`.
    pub fn data(&self, caller: Caller) -> DataWing {
        DataWing::new(self.ground.clone(), self.live.clone(), caller)
    }

    /// Clouds and settings, on behalf of `caller`.
    pub fn setup(&self, caller: Caller) -> Setup {
        Setup::new(self.ground.clone(), caller)
    }

    /// Stops the runs of this process, each where it is, and lets none begin: the process is about to end. The next run
    /// of a job resumes from there.
    pub fn stop_runs(&self) {
        self.live.runs().stop();
    }

    /// Waits until no run is alive in this process.
    pub async fn drain(&self) {
        self.live.runs().drain().await;
    }

    pub(crate) fn ground(&self) -> &Ground {
        &self.ground
    }
}
