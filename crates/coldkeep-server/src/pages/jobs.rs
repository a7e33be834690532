//! Jobs: the list, one job with its runs, and the form that runs it.

use super::{
    PageError, Site,
    form::{Form, invalid},
    layout::{Shell, page},
    runs::{RunRow, run_row},
    session::{SignedIn, is_form_of},
    words::exact,
};
use askama::Template;
use axum::{
    extract::{Path, State},
    response::{IntoResponse, Redirect, Response},
};
use coldkeep_api::StartRun;
use coldkeep_core::{
    Clock, SystemClock,
    id::RepositoryId,
    job::{Job, OnChange},
    person::PersonRole,
    repository::Repository,
};

/// Runs of a job that its page shows.
const RUNS_SHOWN: usize = 20;
/// Runs that are looked through for them.
const RUNS_LOOKED_AT: usize = 500;

#[derive(Debug, Template)]
#[template(path = "pages/jobs.html")]
struct JobList {
    shell: Shell,
    jobs: Vec<JobRow>,
}

#[derive(Debug)]
struct JobRow {
    name: String,
    address: String,
    source: String,
    target: String,
    on_change: &'static str,
}

#[derive(Debug, Template)]
#[template(path = "pages/job.html")]
struct JobPage {
    shell: Shell,
    job: JobRow,
    id: String,
    include: String,
    exclude: String,
    added: String,
    runs: Vec<RunRow>,
    /// The token of the form that runs it, where the person may.
    may_run: Option<String>,
}

pub(super) async fn list(State(site): State<Site>, signed_in: SignedIn) -> Result<Response, PageError> {
    let data = site.engine.data(signed_in.caller());
    let repositories = data.list_repositories().await?;
    let jobs = data.list_jobs().await?;
    Ok(page(&JobList {
        jobs: jobs.iter().map(|job| job_row(job, &repositories)).collect(),
        shell: Shell::of("Jobs", "/jobs", &signed_in),
    }))
}

pub(super) async fn show(
    State(site): State<Site>,
    signed_in: SignedIn,
    Path(key): Path<String>,
) -> Result<Response, PageError> {
    let data = site.engine.data(signed_in.caller());
    let job = data.show_job(&key).await?;
    let repositories = data.list_repositories().await?;
    let runs = data.list_runs(None, RUNS_LOOKED_AT).await?.runs;
    let now = SystemClock.now();
    let of_job = runs.iter().filter(|run| run.job_id == Some(job.id));
    Ok(page(&JobPage {
        job: job_row(&job, &repositories),
        id: job.id.to_string(),
        include: job.include.join(", "),
        exclude: job.exclude.join(", "),
        added: exact(job.created_at),
        runs: of_job.take(RUNS_SHOWN).map(|run| run_row(run, now)).collect(),
        may_run: signed_in
            .may(PersonRole::Operator)
            .then(|| signed_in.form_token.clone()),
        shell: Shell::of(&job.name, "/jobs", &signed_in),
    }))
}

/// Runs the job, and shows the run.
pub(super) async fn run(
    State(site): State<Site>,
    signed_in: SignedIn,
    Path(key): Path<String>,
    mut form: Form,
) -> Result<Response, PageError> {
    signed_in.person.require(PersonRole::Operator)?;
    if !is_form_of(&signed_in.secret, form.token().as_deref()) {
        return Err(invalid("it belongs to another session").into());
    }
    form.end()?;
    let data = site.engine.data(signed_in.caller());
    let run = data.start_job(&key, StartRun::default()).await?;
    Ok(Redirect::to(&format!("/runs/{}", run.id)).into_response())
}

fn job_row(job: &Job, repositories: &[Repository]) -> JobRow {
    let name_of = |id: RepositoryId| {
        let found = repositories.iter().find(|repository| repository.id == id);
        found.map_or_else(|| id.to_string(), |repository| repository.name.clone())
    };
    JobRow {
        name: job.name.clone(),
        address: format!("/jobs/{}", job.id),
        source: name_of(job.source_id),
        target: name_of(job.target_id),
        on_change: match job.on_change {
            OnChange::Fail => "the item fails",
            OnChange::TakeNew => "the new state is taken",
        },
    }
}
