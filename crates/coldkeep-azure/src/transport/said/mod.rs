//! The bodies of the services' refusals.

pub(crate) mod claims;
pub(super) mod json;
pub(crate) mod login;

use coldkeep_core::{Code, Fix};
use http::HeaderMap;

/// The content of a refusal's body.
#[derive(Debug, Default)]
pub(crate) struct RefusalBody {
    pub(crate) code: Option<String>,
    pub(crate) message: Option<String>,
    pub(crate) request_id: Option<String>,
    /// Where the code and the status do not tell what it means.
    pub(crate) meaning: Option<Code>,
    /// Where the code does not tell the next step.
    pub(crate) next: Option<Fix>,
    /// What a new token has to carry, as JSON.
    pub(crate) claims: Option<String>,
    /// Entra's OAuth error word.
    pub(crate) entra_error: Option<String>,
}

/// How a service's refusals are read.
pub(crate) type Understand = fn(&HeaderMap, &[u8]) -> RefusalBody;
