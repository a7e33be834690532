//! Azure in a box: Entra ID, Microsoft Graph, Resource Manager and Blob Storage on loopback.
//!
//! It reads Microsoft's formats with its own structs and shares no code with Coldkeep's client, so that one
//! misreading cannot hide in both. Everything lives in memory; with [`Options::data`] a folder keeps it.

mod arm;
pub mod blob;
mod bound;
mod control;
mod folder;
mod graph;
mod login;
pub mod options;
pub mod scenario;
mod server;
mod sim;
pub mod storage;
mod wire;
pub mod world;

pub use bound::Bound;
pub use options::{AccountSeed, Options, Ports, SubscriptionSeed, TenantSeed, UserSeed};
pub use scenario::{Scenario, ScenarioError};
pub use server::tls::is_own_certificate;
pub use sim::Sim;
pub use storage::tier::ArchiveRefusal;
pub use wire::{Body, NameOrder, body_of, empty_body};
pub use world::{Endpoints, World};
