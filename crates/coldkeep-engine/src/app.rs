//! The engine as a whole: its parts, opened once, shared by every use case.

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

/// Every use case, as methods: `add_repository`, `start_run`, ... (one file a noun).
#[derive(Debug)]
pub struct Engine {
    pub(crate) config: Config,
    pub(crate) store: Store,
    pub(crate) vault: Vault,
    pub(crate) azures: crate::connect::Azures,
    pub(crate) points: crate::points::Opened,
    pub(crate) runs: crate::runs::Live,
    pub(crate) sign_ins: crate::sign_ins::Live,
    /// Held for reading from sealing a secret until it is saved.
    pub(crate) sealing: tokio::sync::RwLock<()>,
    pub(crate) rekeying: tokio::sync::Mutex<()>,
    /// Held while a service account's credential is changed: one at a time.
    pub(crate) renewing: tokio::sync::Mutex<()>,
}

impl Engine {
    /// Opens (and makes, the first time) everything in the data folder.
    pub async fn open(config: Config) -> Result<Arc<Engine>, Problem> {
        let store = match &config.database_url {
            Some(url) => Store::open(url).await?,
            None => Store::open_sqlite(&config.data_dir.join("coldkeep.db")).await?,
        };
        let vault = crate::settings::open_vault(&config, &store).await?;
        for run in store.interrupt_runs(config.clock.now()).await? {
            tracing::info!(%run, "the run was cut short by the end of its process");
        }
        Ok(Arc::new(Engine {
            config,
            store,
            vault,
            azures: Default::default(),
            points: Default::default(),
            runs: Default::default(),
            sign_ins: Default::default(),
            sealing: Default::default(),
            rekeying: Default::default(),
            renewing: Default::default(),
        }))
    }
}
