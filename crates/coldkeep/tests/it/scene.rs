//! The simulator in this process, and the binary set up against it.

use crate::bin::Bin;
use coldkeep_sim::{Options, Sim, World};
use std::sync::Arc;
use tokio::runtime::Runtime;

/// A running simulator, and the binary that knows it as the cloud `sim`.
pub struct Scene {
    pub bin: Bin,
    pub world: Arc<World>,
    sim: Option<Sim>,
    runtime: Runtime,
}

impl Scene {
    pub fn start() -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .unwrap();
        let sim = runtime.block_on(Sim::start(Options::default())).unwrap();
        let (bin, world) = (Bin::new(), sim.world().clone());
        let e = world.endpoints().clone();
        bin.ok(&[
            "cloud",
            "add",
            "sim",
            "--active-directory",
            &e.login,
            "--graph",
            &e.graph,
            "--resource-manager",
            &e.resource_manager,
            "--blob-endpoint",
            &e.blob,
        ]);
        Self {
            bin,
            world,
            sim: Some(sim),
            runtime,
        }
    }

    /// Waits until the simulator has held so many requests; says whether it has.
    pub fn wait_held(&self, count: u64, limit: std::time::Duration) -> bool {
        self.runtime.block_on(self.world.faults().wait_held(count, limit))
    }

    /// Adds a repository that is opened with its account's key.
    pub fn add_repository(&self, name: &str, account: &str, container: &str) {
        self.world.blobs_in(account, container);
        let key = self.bin.file(
            &format!("{account}.key"),
            &self.world.account_key(account).unwrap(),
        );
        self.bin.ok(&[
            "repository",
            "add",
            name,
            "--cloud",
            "sim",
            "--account",
            account,
            "--container",
            container,
            "--account-key-file",
            &key,
        ]);
    }
}

impl Drop for Scene {
    fn drop(&mut self) {
        if let Some(sim) = self.sim.take() {
            self.runtime.block_on(sim.stop()).unwrap();
        }
    }
}
