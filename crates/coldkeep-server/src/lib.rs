//! The door: the REST API over a Unix socket in the data folder and, where asked, over loopback TCP.

mod api;
mod data_dir;
mod extract;
mod guard;
mod json;
mod limits;
mod listen;
mod pages;
mod refusal;
mod serve;
mod wings;

pub use coldkeep_engine::{Config, Engine};
pub use data_dir::{DataDir, DataDirLock};
pub use listen::{Listeners, Tcp};
pub use serve::{ServerRole, serve};
