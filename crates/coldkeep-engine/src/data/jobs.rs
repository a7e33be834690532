//! Use cases of jobs.

use crate::{data::DataWing, ground::leases::HeldLease};
use coldkeep_api::{CopyPlan, NewJob, StartRun};
use coldkeep_core::{
    Code, Problem, fix,
    id::JobId,
    job::Job,
    lease::LeaseKind,
    problem::{Field, Verb},
    run::{Run, RunKind},
};

impl DataWing {
    /// Checked against both repositories before it is saved; nothing is written to them.
    pub async fn add_job(&self, request: NewJob) -> Result<Job, Problem> {
        let name = request.name.trim();
        if name.is_empty() {
            return Err(Problem::new(
                Code::FieldMissing,
                "A job needs a name",
                "Give it one.",
            ));
        }
        if self.ground.store.load_job_by_name(name).await?.is_some() {
            return Err(Problem::new(
                Code::JobNameTaken,
                format!("The job `{name}` already exists"),
                "Choose another name.",
            ));
        }
        if request.max_requests_per_second == Some(0) {
            return Err(Problem::new(
                Code::JobRateInvalid,
                "The job would send no request at all: the maximum number of requests per second is 0",
                fix!["Give at least 1, or omit it (", Field::MaxRequestsPerSecond, ")."],
            ));
        }
        let source = self.show_repository(&request.source).await?;
        let target = self.show_repository(&request.target).await?;
        let job = Job {
            id: JobId::new(),
            name: name.to_owned(),
            source_id: source.id,
            target_id: target.id,
            include: request.include,
            exclude: request.exclude,
            on_change: request.on_change,
            allow_incomplete: request.allow_incomplete,
            max_requests_per_second: request.max_requests_per_second,
            created_at: self.ground.config.clock.now(),
        };
        self.check_job(&job).await?;
        self.ground.store.save_job(&job).await?;
        self.log_change("job added", &job.name);
        Ok(job)
    }

    /// By name.
    pub async fn list_jobs(&self) -> Result<Vec<Job>, Problem> {
        self.ground.store.list_jobs().await
    }

    /// `key`: id or name.
    pub async fn show_job(&self, key: &str) -> Result<Job, Problem> {
        self.ground.store.find_job(key).await?.ok_or_else(|| {
            Problem::new(
                Code::JobNotFound,
                format!("The job `{key}` does not exist"),
                fix!["To list them: ", Verb::JobList.any(), "."],
            )
        })
    }

    /// Refused while it runs. Its points stay in the target, and its runs in the list.
    pub async fn remove_job(&self, key: &str) -> Result<(), Problem> {
        let job = self.show_job(key).await?;
        // While this is held no run of it can start.
        let held = self.hold_job(&job).await?;
        self.ground.store.delete_job(job.id).await?;
        held.release().await;
        self.log_change("job removed", &job.name);
        Ok(())
    }

    /// What a run started now would do; nothing is written anywhere.
    pub async fn plan_job(&self, key: &str) -> Result<CopyPlan, Problem> {
        let job = self.show_job(key).await?;
        self.plan_copy(&job).await
    }

    /// Starts a run in the background and answers with it.
    pub async fn start_job(&self, key: &str, request: StartRun) -> Result<Run, Problem> {
        let job = self.show_job(key).await?;
        let mut run = self.new_run(RunKind::Copy);
        run.job_id = Some(job.id);
        run.job_name = Some(job.name.clone());
        let held = self.hold_job(&job).await?;
        let data = self.clone();
        self.start_run(run, vec![held], move |handle| async move {
            data.run_copy(job, request, &handle).await
        })
        .await
    }

    async fn hold_job(&self, job: &Job) -> Result<HeldLease, Problem> {
        let held = self.ground.try_hold(LeaseKind::Job, &job.id.to_string()).await?;
        held.ok_or_else(|| running(job))
    }
}

fn running(job: &Job) -> Problem {
    Problem::new(
        Code::JobRunning,
        format!("The job `{}` is already running", job.name),
        fix!["Wait until it ends: ", Verb::RunList.any(), "."],
    )
}
