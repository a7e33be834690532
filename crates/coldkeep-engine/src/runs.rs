//! Use cases of runs, and the runs that are alive in this process.

use crate::Engine;
use coldkeep_core::{Problem, id::RunId, run::Run};

/// Runs of this process, with their live counters.
#[derive(Debug, Default)]
pub(crate) struct Live {}

impl Engine {
    /// Newest first.
    pub async fn list_runs(&self) -> Result<Vec<Run>, Problem> {
        todo!()
    }
    /// With live counters while it is running.
    pub async fn show_run(&self, _id: RunId) -> Result<Run, Problem> {
        todo!()
    }
    /// Waits until no run is alive in this process.
    pub async fn drain(&self) {}
}
