//! The simulator as a whole: a world on its ports, with what is still to happen in it and the folder that keeps it.

mod bodies;
mod bound;
mod folder;
mod front;
mod listen;
mod proxy;
mod record;
mod refusal;
mod sim;
mod state;
mod strike;
mod tls;

pub use bound::Bound;
pub use sim::Sim;
pub use tls::is_own_certificate;
