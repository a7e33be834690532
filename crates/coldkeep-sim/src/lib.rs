//! Azure in a box: Entra ID, Microsoft Graph, Resource Manager and Blob Storage on loopback.
//!
//! It reads Microsoft's formats with its own structs and shares no code with Coldkeep's client, so that one
//! misreading cannot hide in both. Everything lives in memory; with [`Options::data`] a folder keeps it.

mod arm;
mod blob;
mod graph;
mod host;
mod login;
mod steer;
mod storage;
mod wire;
pub mod world;

pub use host::{Bound, Sim, is_own_certificate};
pub use steer::{
    blobs,
    scenario::{self, Scenario, ScenarioError},
};
pub use storage::{container_rules, tier::ArchiveRefusal};
pub use wire::{Body, NameOrder, body_of, empty_body};
pub use world::{
    Endpoints, World,
    options::{self, AccountSeed, Options, Ports, SubscriptionSeed, TenantSeed, UserSeed},
};
