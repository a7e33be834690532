//! One blob as it is stored: a current one, a previous version or a snapshot.

use std::collections::BTreeMap;
use std::sync::Arc;

use coldkeep_core::Timestamp;
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

use super::{content::Content, moment::Tick, tier::Tiering};

/// Metadata in the order of its names.
pub(crate) type Metadata = Arc<BTreeMap<String, String>>;
/// Index tags in the order of their keys.
pub(crate) type Tags = Arc<BTreeMap<String, String>>;

/// The kinds of blob.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum BlobType {
    Block,
    Append,
    Page,
}

impl BlobType {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Block => "BlockBlob",
            Self::Append => "AppendBlob",
            Self::Page => "PageBlob",
        }
    }
}

/// Content headers a blob was written with, each as it was sent:
/// <https://learn.microsoft.com/rest/api/storageservices/put-blob#request-headers-all-blob-types>.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ContentHeaders {
    /// `Content-Type`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content_type: Option<String>,
    /// `Content-Encoding`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content_encoding: Option<String>,
    /// `Content-Language`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content_language: Option<String>,
    /// `Content-Disposition`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content_disposition: Option<String>,
    /// `Cache-Control`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cache_control: Option<String>,
}

/// The last Copy Blob that wrote a blob.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct CopyState {
    pub(crate) id: String,
    pub(crate) source: String,
    pub(crate) started: Tick,
    /// When it is done, failed or was aborted.
    pub(crate) completed: Tick,
    pub(crate) aborted: bool,
    /// Why it failed, if it did: status, code and text of what the source answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) failed: Option<Box<str>>,
    pub(crate) length: u64,
    /// Whether bytes arrive bit by bit, and not at the end of a rehydration.
    pub(crate) gradual: bool,
}

impl CopyState {
    /// `pending`, `success`, `failed` or `aborted`.
    pub(crate) fn status(&self, now: Tick) -> &'static str {
        if self.failed.is_some() {
            "failed"
        } else if self.aborted {
            "aborted"
        } else if self.completed > now {
            "pending"
        } else {
            "success"
        }
    }

    pub(crate) fn is_pending(&self, now: Tick) -> bool {
        self.status(now) == "pending"
    }

    /// Bytes copied and bytes in all, as in `12/400`.
    pub(crate) fn progress(&self, now: Tick) -> String {
        let done = match self.status(now) {
            "success" => self.length,
            "pending" if self.gradual => {
                let (part, whole) = (
                    now.to_bits().saturating_sub(self.started.to_bits()),
                    self.completed.to_bits() - self.started.to_bits(),
                );
                let bytes = u128::from(self.length) * u128::from(part) / u128::from(whole.max(1));
                u64::try_from(bytes).unwrap_or(self.length)
            }
            _ => 0,
        };
        format!("{done}/{}", self.length)
    }
}

/// A deletion that can be undone until its time is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Deletion {
    pub(crate) at: Tick,
    pub(crate) until: Tick,
}

impl Deletion {
    /// A deletion at `now`, kept for `days`.
    pub(crate) fn new(now: Timestamp, days: u32) -> Self {
        let kept = SignedDuration::from_hours(24 * i64::from(days));
        Self {
            at: Tick::at(now),
            until: Tick::at(now.checked_add(kept).unwrap_or(Timestamp::MAX)),
        }
    }

    /// Whole days that are left.
    pub(crate) fn remaining_days(&self, now: Tick) -> i64 {
        let left_s = self.until.seconds() - now.seconds();
        (left_s - 1).max(0) / (24 * 3600)
    }
}

/// A version's own time-based retention:
/// <https://learn.microsoft.com/azure/storage/blobs/immutable-version-level-worm-policies>.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Retention {
    pub(crate) until: Tick,
    /// A locked one can only be extended.
    pub(crate) locked: bool,
}

impl Retention {
    pub(crate) fn mode(&self) -> &'static str {
        if self.locked { "locked" } else { "unlocked" }
    }
}

/// What few blobs have.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Rare {
    /// The id of a snapshot.
    pub(crate) snapshot: Option<Tick>,
    pub(crate) deletion: Option<Deletion>,
    pub(crate) retention: Option<Retention>,
    pub(crate) legal_hold: bool,
    /// SHA-256 in Base64 of the customer's key the blob is encrypted with.
    pub(crate) key_sha256: Option<Box<str>>,
    pub(crate) encryption_scope: Option<Box<str>>,
    /// A page blob's `x-ms-blob-sequence-number`.
    pub(crate) sequence_number: u64,
    /// An append blob that takes no more blocks.
    pub(crate) sealed: bool,
}

static NOTHING_RARE: Rare = Rare {
    snapshot: None,
    deletion: None,
    retention: None,
    legal_hold: false,
    key_sha256: None,
    encryption_scope: None,
    sequence_number: 0,
    sealed: false,
};

/// A committed block.
#[derive(Debug, Clone)]
pub(crate) struct Block {
    pub(crate) id: Box<str>,
    pub(crate) content: Arc<Content>,
}

/// One version of a blob.
#[derive(Debug, Clone)]
pub(crate) struct Blob {
    pub(crate) kind: BlobType,
    pub(crate) content: Arc<Content>,
    /// The stored Content-MD5: computed for Put Blob, given for a block list, possibly none.
    pub(crate) md5: Option<[u8; 16]>,
    pub(crate) headers: Arc<ContentHeaders>,
    pub(crate) metadata: Metadata,
    pub(crate) tags: Tags,
    pub(crate) tiering: Tiering,
    pub(crate) created: Tick,
    /// Last-Modified and ETag.
    pub(crate) modified: Tick,
    pub(crate) version: Option<Tick>,
    pub(crate) blocks: Option<Arc<Vec<Block>>>,
    pub(crate) copy: Option<Arc<CopyState>>,
    /// Blocks appended to an append blob.
    pub(crate) sequence: u32,
    /// What few blobs have.
    pub(crate) rare: Option<Box<Rare>>,
}

impl Blob {
    pub(crate) fn length(&self) -> u64 {
        self.content.length()
    }

    pub(crate) fn rare(&self) -> &Rare {
        self.rare.as_deref().unwrap_or(&NOTHING_RARE)
    }

    pub(crate) fn rare_mut(&mut self) -> &mut Rare {
        self.rare.get_or_insert_default()
    }

    /// Whether Copy Blob is still writing it.
    pub(crate) fn copy_pending(&self, now: Tick) -> bool {
        self.copy.as_ref().is_some_and(|copy| copy.is_pending(now))
    }

    /// Turns it into the result of an aborted copy: empty, with the metadata.
    pub(crate) fn end_copy(&mut self, copy: CopyState, tiering: Tiering) {
        self.content = Arc::default();
        self.md5 = None;
        self.blocks = None;
        self.copy = Some(Arc::new(copy));
        self.tiering = tiering;
    }

    /// The content readers see: none of a block or append blob before its copy is done
    /// (<https://learn.microsoft.com/rest/api/storageservices/copy-blob#remarks>).
    pub(crate) fn content_at(&self, now: Tick) -> Arc<Content> {
        match &self.copy {
            Some(copy) if copy.gradual && copy.is_pending(now) => Arc::default(),
            _ => Arc::clone(&self.content),
        }
    }
}

/// Whether a blob is there for its readers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Presence {
    There,
    /// Deleted, and can be brought back.
    Deleted,
    /// Deleted too long ago.
    Lost,
}

impl Blob {
    pub(crate) fn state(&self, now: Tick) -> Presence {
        match self.rare().deletion {
            None => Presence::There,
            Some(deletion) if deletion.until > now => Presence::Deleted,
            Some(_) => Presence::Lost,
        }
    }

    /// When this version or snapshot was taken: what listings order by.
    pub(crate) fn moment(&self) -> Option<Tick> {
        self.rare().snapshot.or(self.version)
    }
}
