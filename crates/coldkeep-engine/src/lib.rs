//! The hands: use cases that observe, plan, journal and act. No URLs, no SQL, no terminals.

mod app;
mod capabilities;
mod certificates;
mod clouds;
mod connect;
mod copy;
mod doctor;
mod edits;
mod flow;
mod jobs;
mod onboard;
mod places;
mod points;
mod random;
mod renewals;
mod repositories;
pub mod requests;
mod restore;
mod runs;
mod sealed;
mod service_accounts;
mod settings;
mod sign_ins;
mod spool;
mod target;

pub use app::{Config, Engine};
