//! Where the services listen.

use serde::Serialize;

/// Where the services listen. No trailing slashes; `blob` has `{account}` where the account's name belongs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Endpoints {
    pub login: String,
    pub graph: String,
    pub resource_manager: String,
    pub blob: String,
    pub control: String,
    /// With HTTPS: a proxy that leads Microsoft's own hosts to these.
    pub proxy: Option<String>,
}
