//! The only SQL: SQLite embedded, PostgreSQL shared. One text per statement, in the subset both take.

mod certificates;
mod clouds;
mod documents;
mod failure;
mod jobs;
mod known_targets;
mod leases;
mod migrations;
mod people;
mod pool;
mod repositories;
mod run_items;
mod runs;
mod sealed;
mod secrets;
mod service_accounts;
mod settings;
#[cfg(feature = "testing")]
pub mod testing;
mod verifications;

pub use leases::Lease;
pub use pool::Store;
pub use run_items::RUN_ITEMS_PAGE_MAX;
pub use runs::RUNS_PAGE_MAX;
pub use sealed::Sealed;
pub use verifications::DAMAGES_PAGE;
