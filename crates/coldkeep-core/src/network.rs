//! How this installation reaches the network, where that is a setting of its own and not the environment's.

use serde::{Deserialize, Serialize};

/// The network settings; a missing one comes from the environment.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NetworkSetting {
    /// `http://proxy.example:3128`, without a user.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proxy: Option<String>,
    /// Who this host is to the proxy; the password is kept sealed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proxy_user: Option<String>,
    /// Hosts that are asked directly, parted by commas.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub no_proxy: Option<String>,
    /// Certificates (PEM) that are trusted for every cloud, besides those of the system.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ca_pem: Option<String>,
}

impl NetworkSetting {
    /// Whether everything comes from the environment.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}
