//! The front of all services: listeners and connections, and around every request its faults and its log entry.

mod bodies;
mod front;
pub(crate) mod listen;
pub(crate) mod proxy;
mod refusal;
pub(crate) mod tls;
