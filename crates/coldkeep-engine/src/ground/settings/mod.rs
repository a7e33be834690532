//! Settings of the whole installation: the master key, its file, and changing it.

pub(crate) mod network;
pub(crate) mod place;
mod rekey;
#[cfg(test)]
mod tests;

pub(crate) use rekey::open_vault;

use crate::ground::Ground;
use coldkeep_api::{MasterKeyFacts, Rekey, Settings};
use coldkeep_core::Problem;

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

    /// Creates a new master key and seals every secret with it. Interrupted anywhere, the next start resumes.
    pub(crate) async fn rekey(&self, request: Rekey) -> Result<(), Problem> {
        self.rekey_with(request, &|_| Ok(())).await
    }
}
