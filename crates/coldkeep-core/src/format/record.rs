//! The JSON of the marker and of the commit records. Both are signed documents: what is here, and a last line with the
//! signer's key and the signature.

use super::PartRef;
use crate::{
    Doubt, Timestamp,
    hash::Sha256Digest,
    id::{JobId, PointId, RunId, TargetId},
    point::{Exactness, SourceAddress},
    writer_key::WriterPublicKey,
};
use serde::{Deserialize, Serialize};

/// What a marker's signature is over, before the document's own bytes: a signature is good for one purpose.
pub const DOMAIN_MARKER: &str = "coldkeep-marker-1\n";
/// What a commit record's signature is over, before the document's own bytes.
pub const DOMAIN_RECORD: &str = "coldkeep-record-1\n";

/// Marks a folder as a target. Written once, first of all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Marker {
    pub format: u32,
    #[serde(default)]
    pub requires: Vec<String>,
    /// Identifies the target permanently, independent of its name.
    pub id: TargetId,
    /// The first writer's; every other key is trusted only if a trusted one admitted it, or by hand.
    pub writer_key: WriterPublicKey,
    pub created_at: Timestamp,
    pub created_by: String,
}

/// What a record of every version and kind has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordHead {
    pub format: u32,
    #[serde(default)]
    pub requires: Vec<String>,
    pub kind: String,
    pub target_id: TargetId,
    pub sequence: u64,
    #[serde(default)]
    pub previous: Option<Previous>,
}

/// The commit record before this one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Previous {
    pub sequence: u64,
    /// Of the record's bytes.
    pub sha256: Sha256Digest,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version_id: Option<String>,
}

/// A commit record: a restore point that exists.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommitRecord {
    pub format: u32,
    /// Features a reader must know, or refuse the record.
    #[serde(default)]
    pub requires: Vec<String>,
    /// [`RecordKind::Point`](super::RecordKind).
    pub kind: String,
    /// The marker's id: a record of another target is not valid here.
    pub target_id: TargetId,
    pub sequence: u64,
    /// The writer's epoch: it won this sequence against every other writer.
    pub epoch: u64,
    #[serde(default)]
    pub previous: Option<Previous>,
    pub point_id: PointId,
    pub run_id: RunId,
    pub job_id: JobId,
    pub job_name: String,
    pub source: SourceAddress,
    pub cut_at: Timestamp,
    pub committed_at: Timestamp,
    pub exactness: Exactness,
    pub item_count: u64,
    /// Of all blobs together.
    pub size_bytes: u64,
    pub doubt_count: u64,
    /// The first names in doubt or missing.
    #[serde(default)]
    pub doubts: Vec<Doubt>,
    /// All of them, where they are more than [`INLINE_DOUBTS_MAX`](super::INLINE_DOUBTS_MAX).
    #[serde(default)]
    pub doubt_parts: Vec<PartRef>,
    /// The manifest, in name order.
    pub parts: Vec<PartRef>,
    /// The list sorted by target name.
    pub index_parts: Vec<PartRef>,
    pub written_by: String,
}

/// A record that admits a further writer: what is signed with its key is trusted by anyone who trusts this record's signer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WriterRecord {
    pub format: u32,
    #[serde(default)]
    pub requires: Vec<String>,
    /// [`RecordKind::Writer`](super::RecordKind).
    pub kind: String,
    pub target_id: TargetId,
    pub sequence: u64,
    pub epoch: u64,
    #[serde(default)]
    pub previous: Option<Previous>,
    pub admits: WriterPublicKey,
    pub committed_at: Timestamp,
    pub written_by: String,
}
