//! What steers the world without a request to a service: the control API, scenarios, and handles for tests.

pub(crate) mod api;
pub(crate) mod applications;
pub mod blobs;
pub(crate) mod describe;
pub(crate) mod fill;
pub(crate) mod guard;
pub mod handles;
pub(crate) mod refused;
pub mod scenario;
pub(crate) mod step;
pub(crate) mod tenants;
