//! What was decided while copying, each said once.

use super::method::Copier;
use coldkeep_core::{Fix, copy::classify::SOURCE_URL_BYTES_MAX};

impl Copier {
    /// What was decided about the method, each said once.
    pub fn notes(&self) -> Vec<Fix> {
        self.state().notes.clone()
    }

    /// Something had the name that a blob was to be copied to; said once, with the first.
    pub fn note_taken(&self, name: &str, target_name: &str) {
        let mut state = self.state();
        if !state.taken {
            state.taken = true;
            let note = format!(
                "Blobs are copied again under another name where something was there under the new one: a copy whose answer \
                 was lost, or another writer's. The first is `{target_name}`, for `{name}`; no point refers to it."
            );
            state.notes.push(note.into());
        }
    }

    pub(super) fn note_no_blocks(&self) {
        let mut state = self.state();
        if !state.no_blocks {
            state.no_blocks = true;
            let note = "What the service copies in blocks alone is relayed through this host: the permission to create makes \
                        blobs in one request, and blocks need the permission to write (`copy-large`).";
            state.notes.push(note.into());
        }
    }

    pub(super) fn note_unhashed(&self) {
        let mut state = self.state();
        if !state.unhashed {
            state.unhashed = true;
            let note =
                "The service returns no hash of what it copies: the copies are read back through this host.";
            state.notes.push(note.into());
        }
    }

    pub(super) fn note_long_url(&self, name: &str) {
        let mut state = self.state();
        if !state.long_urls {
            state.long_urls = true;
            let start: String = name.chars().take(60).collect();
            let note = format!(
                "Blobs whose source URL is longer than {SOURCE_URL_BYTES_MAX} bytes, which the service does not take, \
                 are relayed through this host; the first is `{start}…`."
            );
            state.notes.push(note.into());
        }
    }
}
