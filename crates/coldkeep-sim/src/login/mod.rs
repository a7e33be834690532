//! Entra's sign-in host: discovery documents, device codes and tokens
//! (<https://learn.microsoft.com/entra/identity-platform/v2-protocols>).

mod asked;
mod assertion;
mod authorize;
mod claims;
mod client;
mod device;
pub(crate) mod error;
mod form;
mod person;
pub(crate) mod possession;
mod resources;
mod router;
pub(crate) mod step_up;
mod tenant;
mod token;

pub(crate) use authorize::approve;
pub(crate) use claims::{direct_claims, pairwise};
pub(crate) use router::handle;
