//! What both wings stand on: the opened store and vault, settings, clouds, sealed secrets, and connections to Azure.

pub(crate) mod certificate_keys;
pub(crate) mod clock_skew;
pub(crate) mod connections;
pub(crate) mod findings;
pub(crate) mod leases;
pub(crate) mod off_thread;
pub(crate) mod passwords;
pub(crate) mod paths;
pub(crate) mod random;
pub(crate) mod sealed;
pub(crate) mod settings;
pub(crate) mod shown_plans;
pub(crate) mod storage_accounts;

use coldkeep_core::{Clock, Problem};
use coldkeep_keys::Vault;
use coldkeep_store::Store;
use std::{path::PathBuf, sync::Arc};

/// What the engine is opened with.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where the embedded database, the master key (unless given), spools and caches are.
    pub data_dir: PathBuf,
    /// `postgres://…`; none: SQLite in the data folder.
    pub database_url: Option<String>,
    /// The master key's file; default: the one named before, else `master.key` in the data folder.
    pub master_key_file: Option<PathBuf>,
    pub clock: Arc<dyn Clock>,
}

/// The ground, opened once for each process.
#[derive(Debug)]
pub struct Ground {
    pub(crate) config: Config,
    pub(crate) store: Store,
    pub(crate) vault: Vault,
    pub(crate) connections: connections::CloudConnections,
    pub(crate) lease_queues: leases::LeaseQueues,
}

impl Ground {
    pub(crate) async fn open(config: Config) -> Result<Self, Problem> {
        let store = match &config.database_url {
            Some(url) => Store::open(url).await?,
            None => Store::open_sqlite(&config.data_dir.join("coldkeep.db")).await?,
        };
        store.end_leases_of_dead().await?;
        let vault = settings::open_vault(&config, &store).await?;
        Ok(Self {
            config,
            store,
            vault,
            connections: Default::default(),
            lease_queues: Default::default(),
        })
    }
}
