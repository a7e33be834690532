//! What verifying a restore point found, as it is remembered: its outcome, and each blob of the target that is gone or
//! damaged.

use crate::{Timestamp, id::PointId};
use serde::{Deserialize, Serialize};

/// How a blob of a target is not what was recorded of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DamageKind {
    /// It (or the version that the point holds) is not there.
    Missing,
    /// It has another length.
    Length,
    /// The MD5 that a listing shows is not the one that the service computed when it was written.
    ListedMd5,
    /// Its content was read and has another hash or another length.
    Content,
}

/// A blob of a target that cannot be restored from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Damage {
    /// Within the target's folder.
    pub target_name: String,
    pub target_version_id: Option<String>,
    pub kind: DamageKind,
    /// The source blob whose content it holds; empty for a part of a list.
    pub name: String,
}

/// How the last verification of a point ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VerificationSummary {
    pub point_id: PointId,
    pub verified_at: Timestamp,
    /// Content was read too.
    pub deep: bool,
    /// Nothing is damaged and nothing was left unchecked that was to be checked.
    pub ok: bool,
    /// Blobs and parts that are damaged or missing.
    pub damaged_count: u64,
    /// Blobs that could not be checked: archived, or not readable at that time.
    pub unchecked_count: u64,
}
