//! Global settings: the master key's file, and the network.

use crate::Given;
use coldkeep_core::network::NetworkSetting;
use serde::{Deserialize, Serialize};

/// `GET /settings`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    pub data_dir: String,
    pub master_key: MasterKeyFacts,
}

/// The master key that every secret is sealed with, and what is known of its file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MasterKeyFacts {
    pub file: String,
    /// 16 hex digits that identify a key and reveal nothing about it.
    pub id: String,
    /// Whether a copy of the data folder holds the key that opens its secrets. `doctor` warns.
    pub in_data_folder: bool,
    /// systemd keeps the file.
    pub is_credential: bool,
}

/// `POST /settings/rekey`.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Rekey {
    /// Where the new master key is to lie, absolute; default: where the old one is.
    #[serde(default)]
    pub to_file: Option<String>,
}

/// `GET /settings/network`: how requests leave this host.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NetworkFacts {
    /// For `https` addresses; none: directly.
    pub proxy: Option<ProxyFacts>,
    /// For `http` addresses, which are on this machine.
    pub http_proxy: Option<ProxyFacts>,
    /// Hosts that are asked directly.
    pub no_proxy: String,
    /// Whether certificates are trusted beyond the system's.
    pub ca_file: bool,
    /// The settings; the rest comes from the environment.
    pub setting: NetworkSetting,
}

/// A proxy, for people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProxyFacts {
    pub address: String,
    /// Whether a user and a password are sent to it.
    pub has_user: bool,
}

/// `PUT /settings/network`: replaces the settings; what is missing comes from the environment.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChangeNetwork {
    /// `http://proxy.example:3128`, without a user.
    #[serde(default)]
    pub proxy: Option<String>,
    #[serde(default)]
    pub proxy_user: Option<String>,
    #[serde(default)]
    pub proxy_password: Option<Given>,
    /// Hosts that are asked directly, separated by commas.
    #[serde(default)]
    pub no_proxy: Option<String>,
    /// PEM.
    #[serde(default)]
    pub ca_pem: Option<String>,
}
