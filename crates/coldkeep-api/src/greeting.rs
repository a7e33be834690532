//! The API's description of itself.

use serde::{Deserialize, Serialize};

/// `GET /api/v1`: which program answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Greeting {
    /// Always `coldkeep`.
    pub name: String,
    pub version: String,
}
