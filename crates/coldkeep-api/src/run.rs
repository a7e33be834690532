//! Runs, page by page: the list of runs, and the failed items of one.

use coldkeep_core::run::{Run, RunItem};
use serde::{Deserialize, Serialize};

/// A page of the list of runs, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunsPage {
    pub runs: Vec<Run>,
    /// Pass as `after` for the next page; none at the end.
    pub next: Option<String>,
}

/// A page of a run's failed items, in the order in which they failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunItemsPage {
    pub items: Vec<RunItem>,
    /// Pass as `after` for the next page; none at the end.
    pub next: Option<u64>,
}
