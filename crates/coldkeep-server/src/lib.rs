//! The door: the REST API over a Unix socket in the data folder and, where asked, over loopback TCP.

mod api;
mod data_dir;
mod document;
mod extract;
mod guard;
mod limits;
mod listen;
mod serve;
mod wings;

pub use coldkeep_engine::{Config, Engine, requests};
pub use data_dir::{DataDir, DataDirLock};
pub use document::{PROBLEM_MEDIA_TYPE, PROBLEM_TRAILER, ProblemDocument};
pub use listen::{Listeners, Tcp, connect_unix};
pub use serve::{Role, serve};

/// What `GET /api/v1` answers: who is there.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Greeting {
    /// Always `coldkeep`.
    pub name: String,
    pub version: String,
}
