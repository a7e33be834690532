//! One execution of a job, or of a restore, and what it counted.

use crate::{
    Problem, Timestamp,
    id::{JobId, PointId, RunId},
};
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunKind {
    Copy,
    Restore,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunState {
    Running,
    /// Everything was done.
    Done,
    /// It ended, but some items failed.
    DoneWithFailures,
    /// It could not go on.
    Failed,
    /// The process ended in the middle; the next run goes on from here.
    Interrupted,
}

/// What it is doing, for a progress display.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    Listing,
    Planning,
    Copying,
    Proving,
    Committing,
    Restoring,
    Ended,
}

/// Counters of a run. Bytes through this host are the bodies of requests and answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Counts {
    pub items_total: u64,
    pub items_done: u64,
    /// Of `items_done`: held already, nothing was asked of the service.
    pub items_unchanged: u64,
    pub items_copied: u64,
    pub items_relayed: u64,
    pub items_failed: u64,
    pub bytes_total: u64,
    pub bytes_done: u64,
    /// Bytes the service moved itself.
    pub bytes_copied: u64,
    pub requests: u64,
    /// Requests that moved or created a data blob.
    pub copy_requests: u64,
    pub retries: u64,
    /// Listings, manifests, tokens: bodies that crossed this host without blob content.
    pub control_bytes: u64,
    /// Blob content that crossed this host; 0 for server-side copies.
    pub data_bytes: u64,
}

/// An item that did not get where it should.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FailedItem {
    pub name: String,
    pub problem: Problem,
}

/// One execution.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Run {
    pub id: RunId,
    pub kind: RunKind,
    #[serde(default)]
    pub job_id: Option<JobId>,
    #[serde(default)]
    pub job_name: Option<String>,
    /// The point made, restored or verified.
    #[serde(default)]
    pub point_id: Option<PointId>,
    pub state: RunState,
    pub phase: Phase,
    pub started_at: Timestamp,
    #[serde(default)]
    pub ended_at: Option<Timestamp>,
    pub counts: Counts,
    /// Said once each: "the target does not do Put Blob From URL; blocks are copied instead".
    #[serde(default)]
    pub notes: Vec<String>,
    /// The first failed items (bounded by [`FAILED_ITEMS_MAX`]); the counts know how many there were.
    #[serde(default)]
    pub failed_items: Vec<FailedItem>,
    #[serde(default)]
    pub problem: Option<Problem>,
}

/// So many failed items are named in a run's record.
pub const FAILED_ITEMS_MAX: usize = 100;
