//! Faults on demand: which requests go wrong, and how. One hook in the server's front serves all services.

mod action;
mod dice;
mod fault;
mod in_force;

pub use action::Action;
pub use fault::{Fault, RequestInfo};
pub use in_force::Faults;
