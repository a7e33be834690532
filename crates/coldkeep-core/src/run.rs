//! One execution of a job, or of a restore: its row. What it counted: `run/counts.rs`; why its items failed: `run/reasons.rs`.

mod counts;
mod reasons;

pub use counts::{Counter, Counts};
pub use reasons::{EXAMPLES_MAX, FailureReason, REASONS_MAX, Reasons};

use crate::{
    Caller, Code, Doubt, Fix, Problem, Timestamp,
    copy::remarks::Remark,
    id::{JobId, PointId, RunId},
    job::OnChange,
    point::{Exactness, Point},
};
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

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
    /// It could not continue.
    Failed,
    /// The process ended in the middle; the next run continues from here.
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

/// An item that did not get where it should.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FailedItem {
    pub name: String,
    pub problem: Problem,
}

/// A failed item as it is kept with its run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunItem {
    /// Its number among the failed items of the run, from 1.
    pub sequence: u64,
    #[serde(flatten)]
    pub item: FailedItem,
}

/// Behind which run a page of the list of runs begins. In text: the start in milliseconds since 1970, a hyphen, the id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RunCursor {
    pub started_at_ms: i64,
    pub id: RunId,
}

impl RunCursor {
    /// Behind this run.
    pub fn after(run: &Run) -> Self {
        Self {
            started_at_ms: run.started_at.as_millisecond(),
            id: run.id,
        }
    }
}

impl fmt::Display for RunCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.started_at_ms, self.id)
    }
}

impl FromStr for RunCursor {
    type Err = Problem;

    fn from_str(text: &str) -> Result<Self, Problem> {
        let parts = text.split_once('-');
        let read = parts.and_then(|(ms, id)| Some((ms.parse().ok()?, id.parse().ok()?)));
        let (started_at_ms, id) = read.ok_or_else(|| {
            Problem::new(
                Code::RequestQueryInvalid,
                format!("`{text}` is not a position in the list of runs"),
                "Give the value of `next` from the previous page unchanged, or omit it for the first page.",
            )
        })?;
        Ok(Self { started_at_ms, id })
    }
}

/// One execution: the row of it. Its failed items are rows of their own.
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
    /// The point that was created, restored or verified.
    #[serde(default)]
    pub point_id: Option<PointId>,
    /// The exactness of the point that a copy created.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub point: Option<RunPoint>,
    pub state: RunState,
    pub phase: Phase,
    pub started_at: Timestamp,
    #[serde(default)]
    pub ended_at: Option<Timestamp>,
    pub counts: Counts,
    /// Each one once: "the target does not do Put Blob From URL; blocks are copied instead".
    #[serde(default)]
    pub notes: Vec<Fix>,
    /// What an administrator should check although nothing failed.
    #[serde(default)]
    pub remarks: Vec<Remark>,
    #[serde(default)]
    pub problem: Option<Problem>,
}

/// The point that a run created: its exactness, and the number of uncertain names.
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
    /// Of a point that a run under this rule created.
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

/// The maximum number of names in doubt in a run's record; the point has more.
pub const DOUBTS_SHOWN_MAX: usize = 10;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{DoubtKind, point::SourceAddress};

    #[test]
    fn a_place_in_the_list_goes_both_ways() {
        let cursor = RunCursor {
            started_at_ms: 1_800_000_000_123,
            id: RunId::new(),
        };
        assert_eq!(cursor.to_string().parse::<RunCursor>().unwrap(), cursor);
        for other in ["", "5", "5-", "x-018f3c2e-0000-7000-8000-000000000001"] {
            assert!(other.parse::<RunCursor>().is_err(), "{other}");
        }
    }

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
                kind: DoubtKind::LeftOut,
            };
            let point = Point {
                id: PointId::new(),
                sequence: 1,
                job_name: String::new(),
                job_id: JobId::new(),
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
