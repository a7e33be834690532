//! One function per request about jobs and their runs.

use super::{Client, encoded};
use crate::{CopyPlan, NewJob, RunItemsPage, RunsPage, StartRun};
use coldkeep_core::{
    Problem,
    id::RunId,
    job::Job,
    run::{FailureReason, Run},
};
use serde_json::json;

impl Client {
    /// `GET /jobs`.
    pub async fn list_jobs(&self) -> Result<Vec<Job>, Problem> {
        self.get("/jobs").await
    }
    /// `GET /jobs/{key}`.
    pub async fn show_job(&self, key: &str) -> Result<Job, Problem> {
        self.get(&format!("/jobs/{}", encoded(key))).await
    }
    /// `POST /jobs`.
    pub async fn add_job(&self, request: &NewJob) -> Result<Job, Problem> {
        self.post("/jobs", request).await
    }
    /// `DELETE /jobs/{key}`.
    pub async fn remove_job(&self, key: &str) -> Result<(), Problem> {
        self.delete(&format!("/jobs/{}", encoded(key)), None::<&()>).await
    }
    /// `POST /jobs/{key}/plan`.
    pub async fn plan_job(&self, key: &str) -> Result<CopyPlan, Problem> {
        self.post(&format!("/jobs/{}/plan", encoded(key)), &json!({}))
            .await
    }
    /// `POST /jobs/{key}/runs`.
    pub async fn start_job(&self, key: &str, request: &StartRun) -> Result<Run, Problem> {
        self.post(&format!("/jobs/{}/runs", encoded(key)), request).await
    }
    /// `GET /runs`: one page, newest first.
    pub async fn list_runs(&self, after: Option<&str>, limit: usize) -> Result<RunsPage, Problem> {
        let after = after.map(|after| format!("&after={}", encoded(after)));
        self.get(&format!("/runs?limit={limit}{}", after.unwrap_or_default()))
            .await
    }
    /// `GET /runs/{id}`.
    pub async fn show_run(&self, id: RunId) -> Result<Run, Problem> {
        self.get(&format!("/runs/{id}")).await
    }
    /// `GET /runs/{id}/items`: one page of failed items, behind the number `after`.
    pub async fn list_run_items(&self, id: RunId, after: u64, limit: usize) -> Result<RunItemsPage, Problem> {
        self.get(&format!("/runs/{id}/items?after={after}&limit={limit}"))
            .await
    }
    /// `GET /runs/{id}/reasons`: the failed items by their reasons.
    pub async fn list_run_reasons(&self, id: RunId) -> Result<Vec<FailureReason>, Problem> {
        self.get(&format!("/runs/{id}/reasons")).await
    }
}
