//! Runs: the history, page by page, and one run with its failures grouped by reason.

use super::{
    PageError, Site,
    layout::{Shell, page},
    session::SignedIn,
    words::{Badge, Moment, count, exact, kind, phase},
};
use askama::Template;
use axum::{
    extract::{Path, Query, State},
    response::Response,
};
use coldkeep_core::{
    Clock, SystemClock, Timestamp,
    run::{FailureReason, Run, RunState},
    size::of_size,
};
use serde::Deserialize;

const PAGE_RUNS: usize = 50;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RunsQuery {
    #[serde(default)]
    after: Option<String>,
}

#[derive(Debug, Template)]
#[template(path = "pages/runs.html")]
struct RunList {
    shell: Shell,
    runs: Vec<RunRow>,
    is_first: bool,
    older: Option<String>,
}

/// A line of a table of runs.
#[derive(Debug)]
pub(super) struct RunRow {
    pub address: String,
    pub kind: &'static str,
    pub job: String,
    pub state: Badge,
    pub started: Moment,
    pub items: String,
    pub size: String,
    pub failed: String,
}

#[derive(Debug, Template)]
#[template(path = "pages/run.html")]
struct RunPage {
    shell: Shell,
    run: RunRow,
    id: String,
    is_running: bool,
    phase: &'static str,
    facts: Vec<(&'static str, String)>,
    problem: Option<Failure>,
    reasons: Vec<Reason>,
    notes: Vec<String>,
}

#[derive(Debug)]
struct Failure {
    what: String,
    system: Option<String>,
    next: String,
    code: &'static str,
}

#[derive(Debug)]
struct Reason {
    what: String,
    count: String,
    first: String,
    next: String,
    code: &'static str,
}

pub(super) async fn list(
    State(site): State<Site>,
    signed_in: SignedIn,
    Query(query): Query<RunsQuery>,
) -> Result<Response, PageError> {
    let data = site.engine.data(signed_in.caller());
    let after = query.after.as_deref().map(str::parse).transpose()?;
    let is_first = after.is_none();
    let found = data.list_runs(after, PAGE_RUNS).await?;
    let now = SystemClock.now();
    Ok(page(&RunList {
        runs: found.runs.iter().map(|run| run_row(run, now)).collect(),
        is_first,
        older: found.next.map(|next| format!("/runs?after={next}")),
        shell: Shell::of("Runs", "/runs", &signed_in),
    }))
}

pub(super) async fn show(
    State(site): State<Site>,
    signed_in: SignedIn,
    Path(key): Path<String>,
) -> Result<Response, PageError> {
    let data = site.engine.data(signed_in.caller());
    let id = key.parse().map_err(|_| PageError::not_found())?;
    let run = data.show_run(id).await?;
    let reasons = data.list_run_reasons(id).await?;
    let title = match &run.job_name {
        Some(job) => format!("{job}, run of {}", exact(run.started_at)),
        None => format!("Run of {}", exact(run.started_at)),
    };
    Ok(page(&RunPage {
        run: run_row(&run, SystemClock.now()),
        id: id.to_string(),
        is_running: run.state == RunState::Running,
        phase: phase(run.phase),
        facts: facts(&run),
        problem: run.problem.as_ref().map(|problem| Failure {
            what: problem.what.clone(),
            system: problem.system.as_ref().map(|system| system.sentence()),
            next: problem.hint(),
            code: problem.code.word(),
        }),
        reasons: reasons.iter().map(reason).collect(),
        notes: run.notes.iter().map(ToString::to_string).collect(),
        shell: Shell::of(&title, "/runs", &signed_in),
    }))
}

pub(super) fn run_row(run: &Run, now: Timestamp) -> RunRow {
    RunRow {
        address: format!("/runs/{}", run.id),
        kind: kind(run.kind),
        job: run.job_name.clone().unwrap_or_default(),
        state: Badge::of_run(run.state),
        started: Moment::new(run.started_at, now),
        items: count(run.counts.items_total),
        size: of_size(run.counts.bytes_total),
        failed: match run.counts.items_failed {
            0 => String::new(),
            failed => count(failed),
        },
    }
}

fn facts(run: &Run) -> Vec<(&'static str, String)> {
    let counts = &run.counts;
    let mut facts = vec![
        (
            "Items",
            format!("{} of {}", count(counts.items_done), count(counts.items_total)),
        ),
        ("Content", of_size(counts.bytes_total)),
        ("Unchanged", count(counts.items_unchanged)),
        ("Requests", count(counts.requests)),
        ("Data through this host", of_size(counts.data_bytes)),
        ("Control traffic", of_size(counts.control_bytes)),
        ("Started", exact(run.started_at)),
        ("Ended", run.ended_at.map(exact).unwrap_or_default()),
        (
            "Started by",
            run.started_by
                .as_ref()
                .map(ToString::to_string)
                .unwrap_or_default(),
        ),
        (
            "Restore point",
            run.point_id.map(|id| id.to_string()).unwrap_or_default(),
        ),
    ];
    facts.retain(|(_, value)| !value.is_empty());
    facts
}

fn reason(reason: &FailureReason) -> Reason {
    Reason {
        what: reason.what.clone(),
        count: count(reason.count),
        first: reason.examples.first().cloned().unwrap_or_default(),
        next: reason.problem.hint(),
        code: reason.code.word(),
    }
}
