//! One execution of a job, or of a restore, and what it counted.

use crate::{
    Caller, Fix, Problem, Timestamp,
    copy::remarks::Remark,
    id::{JobId, PointId, RunId},
    job::OnChange,
    point::{Doubt, Exactness, Point},
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
    /// Who started it, and by what way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started_by: Option<Caller>,
    #[serde(default)]
    pub job_id: Option<JobId>,
    #[serde(default)]
    pub job_name: Option<String>,
    /// The point made, restored or verified.
    #[serde(default)]
    pub point_id: Option<PointId>,
    /// How good the point is that a copy made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub point: Option<RunPoint>,
    pub state: RunState,
    pub phase: Phase,
    pub started_at: Timestamp,
    #[serde(default)]
    pub ended_at: Option<Timestamp>,
    pub counts: Counts,
    /// Said once each: "the target does not do Put Blob From URL; blocks are copied instead".
    #[serde(default)]
    pub notes: Vec<Fix>,
    /// What somebody should look at although nothing failed.
    #[serde(default)]
    pub remarks: Vec<Remark>,
    /// The first failed items (bounded by [`FAILED_ITEMS_MAX`]); the counts know how many there were.
    #[serde(default)]
    pub failed_items: Vec<FailedItem>,
    #[serde(default)]
    pub problem: Option<Problem>,
}

/// The point that a run made: how sure it is, and of how many names not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunPoint {
    pub id: PointId,
    pub exactness: Exactness,
    pub item_count: u64,
    pub size_bytes: u64,
    /// Names in doubt or missing.
    pub doubt_count: u64,
    /// The first of them (bounded by [`DOUBTS_SHOWN_MAX`]).
    #[serde(default)]
    pub doubts: Vec<Doubt>,
    /// Whether the point is what the job asks for: exact, or inexact where its rule takes what is new.
    pub as_asked: bool,
}

impl RunPoint {
    /// Of a point that a run under this rule made.
    pub fn of(point: &Point, on_change: OnChange) -> Self {
        let as_asked = match point.exactness {
            Exactness::Exact => true,
            Exactness::Inexact => on_change == OnChange::TakeNew,
            Exactness::Incomplete => false,
        };
        Self {
            id: point.id,
            exactness: point.exactness,
            item_count: point.item_count,
            size_bytes: point.size_bytes,
            doubt_count: point.doubt_count,
            doubts: point.doubts.iter().take(DOUBTS_SHOWN_MAX).cloned().collect(),
            as_asked,
        }
    }
}

/// So many names in doubt are named in a run's record; the point has more.
pub const DOUBTS_SHOWN_MAX: usize = 10;

/// So many failed items are named in a run's record.
pub const FAILED_ITEMS_MAX: usize = 100;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::point::SourceAddress;

    #[test]
    fn only_exact_points_and_those_the_rule_allows_are_as_asked() {
        for (exactness, on_change, as_asked) in [
            (Exactness::Exact, OnChange::Fail, true),
            (Exactness::Exact, OnChange::TakeNew, true),
            (Exactness::Inexact, OnChange::Fail, false),
            (Exactness::Inexact, OnChange::TakeNew, true),
            (Exactness::Incomplete, OnChange::Fail, false),
            (Exactness::Incomplete, OnChange::TakeNew, false),
        ] {
            let doubt = |n: u32| Doubt {
                name: n.to_string(),
                reason: String::new(),
            };
            let point = Point {
                id: PointId::new(),
                sequence: 1,
                job_name: String::new(),
                job_id: String::new(),
                run_id: RunId::new(),
                repository: String::new(),
                cut_at: Timestamp::UNIX_EPOCH,
                committed_at: Timestamp::UNIX_EPOCH,
                exactness,
                item_count: 2,
                size_bytes: 3,
                doubts: (0..30).map(doubt).collect(),
                doubt_count: 30,
                source: SourceAddress {
                    endpoint: String::new(),
                    account: String::new(),
                    container: String::new(),
                    folder: String::new(),
                },
                verification: None,
            };
            let made = RunPoint::of(&point, on_change);
            assert_eq!(made.as_asked, as_asked, "{exactness:?} {on_change:?}");
            assert_eq!((made.doubt_count, made.doubts.len()), (30, DOUBTS_SHOWN_MAX));
        }
    }
}
