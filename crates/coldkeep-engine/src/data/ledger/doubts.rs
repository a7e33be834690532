//! Doubts: a short list is stored in the commit record, a long one in its own parts.

use super::{
    Target,
    parts::{PartKind, Span},
};
use crate::data::spool::Sorted;
use coldkeep_core::{
    Doubt, Problem,
    format::{INLINE_DOUBTS_MAX, PartRef},
};

/// A part of the list ends when it is so long.
const PART_BYTES_MAX: usize = 4 * 1024 * 1024;

/// With the line that reaches it, no part of the list is longer.
pub(super) const DOUBTS_BYTES_MAX: usize = 8 * 1024 * 1024;

/// As a commit record holds them.
#[derive(Debug, Default)]
pub(super) struct StoredDoubts {
    pub inline: Vec<Doubt>,
    pub parts: Vec<PartRef>,
}

impl Target {
    /// Uploads the list if it is too long for the record.
    pub(super) async fn ensure_doubts(&self, doubts: &Sorted<Doubt>) -> Result<StoredDoubts, Problem> {
        let mut stored = StoredDoubts::default();
        let long = doubts.len() > INLINE_DOUBTS_MAX as u64;
        let (mut text, mut span) = (Vec::new(), Span::default());
        for doubt in doubts.iter()? {
            let doubt = doubt?;
            if long {
                span.add(&doubt.name);
                serde_json::to_writer(&mut text, &doubt).map_err(|e| Problem::internal(e.to_string()))?;
                text.push(b'\n');
                if text.len() >= PART_BYTES_MAX {
                    let (text, span) = (std::mem::take(&mut text), std::mem::take(&mut span));
                    stored
                        .parts
                        .push(self.ensure_part(PartKind::Doubts, text.into(), span, &[]).await?);
                }
            }
            if stored.inline.len() < INLINE_DOUBTS_MAX {
                stored.inline.push(doubt);
            }
        }
        if !text.is_empty() {
            stored
                .parts
                .push(self.ensure_part(PartKind::Doubts, text.into(), span, &[]).await?);
        }
        Ok(stored)
    }
}
