//! The hands: use cases that observe, plan, journal and act. No URLs, no SQL, no terminals.

mod data;
mod doctor;
mod engine;
mod ground;
mod identity;
mod loops;
mod setup;

pub use data::DataWing;
pub use engine::Engine;
pub use ground::Config;
pub use identity::IdentityWing;
pub use loops::Loops;
pub use setup::{NewSession, Setup};
