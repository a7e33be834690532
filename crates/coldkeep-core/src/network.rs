//! How this installation reaches the network, where that is a setting of its own and not the environment's.

use serde::{Deserialize, Serialize};

/// What was set; what was not is as the environment says.
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
    /// Whether all is as the environment says.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}
