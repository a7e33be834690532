//! Clouds and settings: what is set up once and used by both wings.

mod clouds;
mod people;

pub use people::NewSession;

use crate::ground::Ground;
use coldkeep_api::{ChangeNetwork, NetworkFacts, Rekey, Settings};
use coldkeep_core::{Caller, Problem};
use std::sync::Arc;

/// Use cases of set-up, on behalf of one caller. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Setup {
    ground: Arc<Ground>,
    caller: Caller,
}

impl Setup {
    pub(crate) fn new(ground: Arc<Ground>, caller: Caller) -> Self {
        Self { ground, caller }
    }

    /// The data folder and its master key.
    pub fn show_settings(&self) -> Settings {
        self.ground.settings()
    }

    /// Replaces the master key and seals every secret with the new one. If it is interrupted, the next start resumes it.
    pub async fn rekey(&self, request: Rekey) -> Result<Settings, Problem> {
        self.ground.rekey(request).await?;
        tracing::info!(caller = %self.caller, "master key replaced");
        Ok(self.ground.settings())
    }

    /// How requests leave this host.
    pub async fn show_network(&self) -> Result<NetworkFacts, Problem> {
        self.ground.show_network().await
    }

    /// Replaces the network settings. Nothing is sent; the next request uses them.
    pub async fn change_network(&self, change: ChangeNetwork) -> Result<NetworkFacts, Problem> {
        let facts = self.ground.change_network(change).await?;
        tracing::info!(caller = %self.caller, "network settings changed");
        Ok(facts)
    }
}
