//! A restore point: the exact set of blobs of a source at one moment, and how sure it is of that.

use crate::{
    Code, DataName, Doubt, Problem, Timestamp,
    blob::{BlobType, ContentHeaders},
    content_hash::ContentHashes,
    fix,
    hash::{Crc64, Hash, Md5},
    id::{JobId, PointId, RunId},
    problem::Verb,
    repository::Tier,
    verification::VerificationSummary,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How sure a point is of being its source at the cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Exactness {
    /// A second listing after the copy agreed.
    Exact,
    /// Some names may differ from their state at the cut; they are listed.
    Inexact,
    /// Some blobs are missing; they are listed.
    Incomplete,
}

/// One blob of a restore point: a row of the manifest. See `docs/format.md`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Entry {
    /// The name at the source, whole (with the folder).
    pub name: String,
    pub source_etag: String,
    pub source_version_id: Option<String>,
    /// The blob in the target that holds the content.
    pub target_name: DataName,
    pub target_version_id: Option<String>,
    /// Set where the content is a part of a pack: offset and length within `target_name`.
    pub pack_offset: Option<u64>,
    pub pack_length: Option<u64>,
    pub size_bytes: u64,
    /// Of the whole content.
    pub md5: Option<Hash<Md5>>,
    /// Of the whole content.
    pub crc64: Option<Hash<Crc64>>,
    /// Tier at the source when it was read.
    pub source_tier: Option<Tier>,
    /// Tier it was written with.
    pub target_tier: Option<Tier>,
    pub lock_until: Option<Timestamp>,
    pub lock_mode: Option<String>,
    pub blob_type: BlobType,
    pub created: Option<Timestamp>,
    pub last_modified: Timestamp,
    pub headers: ContentHeaders,
    pub metadata: BTreeMap<String, String>,
    pub tags: BTreeMap<String, String>,
}

impl Entry {
    /// What was recorded of the content when it was copied.
    pub fn hashes(&self) -> ContentHashes {
        ContentHashes {
            md5: self.md5.map(|hash| hash.value),
            crc64: self.crc64.map(|hash| hash.value),
        }
    }
}

/// A committed restore point, as listed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Point {
    pub id: PointId,
    /// Position in the target's chain of commits, from 1.
    pub sequence: u64,
    pub job_name: String,
    pub job_id: JobId,
    pub run_id: RunId,
    /// Its repository, by Coldkeep's name for it.
    pub repository: String,
    /// The moment it shows.
    pub cut_at: Timestamp,
    pub committed_at: Timestamp,
    pub exactness: Exactness,
    pub item_count: u64,
    pub size_bytes: u64,
    /// Names in doubt or missing (bounded; `doubt_count` knows all).
    pub doubts: Vec<Doubt>,
    pub doubt_count: u64,
    /// Where it was copied from: endpoint, container, folder.
    pub source: SourceAddress,
    /// How its last verification on this installation ended; none: it was never verified here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verification: Option<VerificationSummary>,
}

impl Point {
    /// Refuses a manifest whose number of blobs or bytes differs from the commit record.
    pub fn check_totals(&self, items: u64, bytes: u64) -> Result<(), Problem> {
        if (items, bytes) == (self.item_count, self.size_bytes) {
            return Ok(());
        }
        Err(Problem::new(
            Code::PointDamaged,
            format!(
                "The manifest of the restore point {} holds {items} items with {bytes} bytes, but its commit \
                record names {} items with {} bytes",
                self.id, self.item_count, self.size_bytes
            ),
            fix![
                "Restore from another point. For details: ",
                "a verification: ",
                Verb::PointVerify.of(self.id.to_string()),
                "."
            ],
        ))
    }
}

/// Where a point's blobs came from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceAddress {
    pub endpoint: String,
    pub account: String,
    pub container: String,
    pub folder: String,
}
