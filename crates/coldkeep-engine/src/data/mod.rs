//! The wing of data: repositories, jobs, runs, restore points and restores. It knows nothing of the wing of identity.

pub(crate) mod copy;
mod failures;
mod flow;
mod jobs;
pub(crate) mod ledger;
pub(crate) mod points;
pub(crate) mod repositories;
mod restore;
mod run_handle;
pub(crate) mod runs;
pub(crate) mod spool;

use crate::ground::{Ground, shown_plans::ShownPlans};
use coldkeep_api::CopyPlan;
use coldkeep_core::Caller;
use std::sync::Arc;

/// What this process keeps of the wing in memory.
#[derive(Debug, Default)]
pub(crate) struct LiveData {
    plans: ShownPlans<CopyPlan>,
    points: points::OpenPoints,
    runs: runs::LiveRuns,
}

impl LiveData {
    pub fn runs(&self) -> &runs::LiveRuns {
        &self.runs
    }
}

/// Use cases of data, on behalf of one caller. Cheap to clone.
#[derive(Debug, Clone)]
pub struct DataWing {
    pub(crate) ground: Arc<Ground>,
    live: Arc<LiveData>,
    caller: Caller,
}

impl DataWing {
    pub(crate) fn new(ground: Arc<Ground>, live: Arc<LiveData>, caller: Caller) -> Self {
        Self { ground, live, caller }
    }

    /// Writes into the log who changed what: `log_change("job added", "nightly")`.
    fn log_change(&self, change: &'static str, name: &str) {
        tracing::info!(caller = %self.caller, name, "{change}");
    }
}
