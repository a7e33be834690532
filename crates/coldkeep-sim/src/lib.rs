//! Azure in a box: Entra ID, Microsoft Graph, Resource Manager and Blob Storage on loopback.
//!
//! It reads Microsoft's formats with its own structs and shares no code with Coldkeep's client, so that one
//! misreading cannot hide in both. Everything lives in memory; with [`Options::data`] a folder keeps it.

mod arm;
mod blob;
mod bound;
mod folder;
mod graph;
mod login;
mod server;
mod sim;
mod steer;
mod storage;
mod wire;
pub mod world;

pub use bound::Bound;
pub use server::tls::is_own_certificate;
pub use sim::Sim;
pub use steer::blobs;
pub use steer::scenario::{self, Scenario, ScenarioError};
pub use storage::container_rules;
pub use storage::tier::ArchiveRefusal;
pub use wire::{Body, NameOrder, body_of, empty_body};
pub use world::{
    Endpoints, World, options,
    options::{AccountSeed, Options, Ports, SubscriptionSeed, TenantSeed, UserSeed},
};
