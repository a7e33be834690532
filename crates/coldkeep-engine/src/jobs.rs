//! Use cases of jobs.

use crate::{
    Engine,
    requests::{CopyPlan, NewJob},
};
use coldkeep_core::{Problem, job::Job, run::Run};
use std::sync::Arc;

impl Engine {
    pub async fn add_job(&self, _wish: NewJob) -> Result<Job, Problem> {
        todo!()
    }
    pub async fn list_jobs(&self) -> Result<Vec<Job>, Problem> {
        todo!()
    }
    pub async fn show_job(&self, _key: &str) -> Result<Job, Problem> {
        todo!()
    }
    /// What a run started now would do; nothing is written anywhere.
    pub async fn plan_job(&self, _key: &str) -> Result<CopyPlan, Problem> {
        todo!()
    }
    /// Starts a run in the background and answers with it; `allow_incomplete` overrides the job's rule for this run.
    pub async fn start_job(self: &Arc<Self>, _key: &str, _allow_incomplete: Option<bool>) -> Result<Run, Problem> {
        todo!()
    }
}
