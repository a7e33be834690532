//! What holds for the whole of Coldkeep: the master key, where it lies, and changing it.

pub(crate) mod network;
pub(crate) mod place;
mod rekey;
#[cfg(test)]
mod tests;

pub use network::{ChangeNetwork, NetworkFacts, ProxyFacts};
pub(crate) use rekey::open_vault;

use crate::ground::Ground;
use coldkeep_core::Problem;
use serde::{Deserialize, Serialize};

/// `settings show`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    pub data_dir: String,
    pub master_key: MasterKeyFacts,
}

/// The master key that every secret is sealed with, and what is known of its file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MasterKeyFacts {
    pub file: String,
    /// 16 hex digits that tell keys apart and say nothing about them.
    pub id: String,
    /// Whoever copies the data folder then copies the key that opens its secrets. `doctor` warns.
    pub in_data_folder: bool,
    /// systemd keeps the file.
    pub is_credential: bool,
}

/// `settings rekey`.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Rekey {
    /// Where the new master key is to lie, absolute; default: where the old one is.
    #[serde(default)]
    pub to_file: Option<String>,
}

impl Ground {
    /// What holds for the whole.
    pub(crate) fn settings(&self) -> Settings {
        Settings {
            data_dir: self.config.data_dir.display().to_string(),
            master_key: self.master_key(),
        }
    }

    /// The master key's file, for people and for `doctor`.
    pub(crate) fn master_key(&self) -> MasterKeyFacts {
        let file = self.vault.key_file();
        MasterKeyFacts {
            id: self.vault.key_id(),
            in_data_folder: place::is_within(&file, &self.config.data_dir),
            is_credential: coldkeep_keys::is_credential(&file),
            file: file.display().to_string(),
        }
    }

    /// Makes a new master key and seals every secret with it. Interrupted anywhere, the next start resumes.
    pub(crate) async fn rekey(&self, wish: Rekey) -> Result<(), Problem> {
        self.rekey_with(wish, &|_| Ok(())).await
    }
}
