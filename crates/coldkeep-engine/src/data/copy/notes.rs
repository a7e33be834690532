//! The decisions made while copying, each reported once.

use super::method::Copier;
use coldkeep_core::{Fix, copy::classify::SOURCE_URL_BYTES_MAX};

impl Copier {
    /// The decisions about the method, each reported once.
    pub fn notes(&self) -> Vec<Fix> {
        self.state().notes.clone()
    }

    /// A blob's new name was already in use; reported once, with the first.
    pub fn note_taken(&self, name: &str, target_name: &str) {
        let mut state = self.state();
        if !state.taken {
            state.taken = true;
            let note = format!(
                "Some blobs are copied again under another name because their new name was already in use, \
                 by a copy whose response was lost or by another writer. The first is `{target_name}`, for \
                 `{name}`; no point refers to it."
            );
            state.notes.push(note.into());
        }
    }

    pub(super) fn note_no_blocks(&self) {
        let mut state = self.state();
        if !state.no_blocks {
            state.no_blocks = true;
            let note = "Blobs that the service copies only in blocks are relayed through this host: blocks \
                need the permission to write (`copy-large`), and the target grants only the permission to \
                create.";
            state.notes.push(note.into());
        }
    }

    pub(super) fn note_unhashed(&self) {
        let mut state = self.state();
        if !state.unhashed {
            state.unhashed = true;
            let note = "The service returns no hash of the blobs it copies: Coldkeep reads the copies back through \
                 this host.";
            state.notes.push(note.into());
        }
    }

    pub(super) fn note_long_url(&self, name: &str) {
        let mut state = self.state();
        if !state.long_urls {
            state.long_urls = true;
            let start: String = name.chars().take(60).collect();
            let note = format!(
                "Blobs whose source URL is longer than {SOURCE_URL_BYTES_MAX} bytes, which the service does \
                 not accept, are relayed through this host; the first is `{start}…`."
            );
            state.notes.push(note.into());
        }
    }
}
