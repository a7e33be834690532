//! The overview: what needs a person, and how each job stands.

use super::{
    PageError, Site,
    layout::{Shell, page},
    session::SignedIn,
    words::{Badge, Moment, count},
};
use askama::Template;
use axum::{extract::State, response::Response};
use coldkeep_core::{
    Clock, SystemClock, Timestamp,
    job::Job,
    moment::days_until,
    run::{Run, RunKind, RunState},
    service_account::ServiceAccount,
    size::of_size,
};

/// Runs that are looked through for the last one of each job.
const RUNS_LOOKED_AT: usize = 500;

#[derive(Debug, Template)]
#[template(path = "pages/overview.html")]
struct Overview {
    shell: Shell,
    notices: Vec<Notice>,
    jobs: Vec<JobRow>,
    accounts: Vec<AccountRow>,
    jobs_well: usize,
    points: usize,
}

/// What needs a person: what is wrong, and where to go.
#[derive(Debug)]
struct Notice {
    class: &'static str,
    what: String,
    address: String,
    link: String,
}

#[derive(Debug)]
struct JobRow {
    name: String,
    address: String,
    state: Option<Badge>,
    ended: Option<Moment>,
    point: Option<Moment>,
    items: String,
    size: String,
}

#[derive(Debug)]
struct AccountRow {
    name: String,
    address: String,
    tenant: String,
    expiry: Badge,
}

pub(super) async fn show(State(site): State<Site>, signed_in: SignedIn) -> Result<Response, PageError> {
    let data = site.engine.data(signed_in.caller());
    let identity = site.engine.identity(signed_in.caller());
    let jobs = data.list_jobs().await?;
    let runs = data.list_runs(None, RUNS_LOOKED_AT).await?.runs;
    let accounts = identity.list_service_accounts().await?;
    let now = SystemClock.now();
    let rows: Vec<JobRow> = jobs.iter().map(|job| job_row(job, &runs, now)).collect();
    let well = |row: &&JobRow| row.state.as_ref().is_some_and(|state| state.class == "ok");
    let mut notices: Vec<Notice> = accounts
        .iter()
        .filter_map(|account| about_account(account, now))
        .collect();
    notices.extend(jobs.iter().filter_map(|job| about_job(job, &runs)));
    Ok(page(&Overview {
        notices,
        jobs_well: rows.iter().filter(well).count(),
        points: runs.iter().filter(|run| run.point.is_some()).count(),
        jobs: rows,
        accounts: accounts.iter().map(|account| account_row(account, now)).collect(),
        shell: Shell::of("Overview", "/", &signed_in),
    }))
}

fn last_run<'a>(job: &Job, runs: &'a [Run], fits: impl Fn(&Run) -> bool) -> Option<&'a Run> {
    runs.iter()
        .find(|run| run.kind == RunKind::Copy && run.job_id == Some(job.id) && fits(run))
}

fn job_row(job: &Job, runs: &[Run], now: Timestamp) -> JobRow {
    let last = last_run(job, runs, |_| true);
    let good = last_run(job, runs, |run| {
        run.point.as_ref().is_some_and(|point| point.as_asked)
    });
    let point = good.and_then(|run| run.point.as_ref());
    JobRow {
        name: job.name.clone(),
        address: format!("/jobs/{}", job.id),
        state: last.map(|run| Badge::of_run(run.state)),
        ended: last.and_then(|run| run.ended_at).map(|at| Moment::new(at, now)),
        point: good.and_then(|run| run.ended_at).map(|at| Moment::new(at, now)),
        items: point.map(|point| count(point.item_count)).unwrap_or_default(),
        size: point.map(|point| of_size(point.size_bytes)).unwrap_or_default(),
    }
}

fn account_row(account: &ServiceAccount, now: Timestamp) -> AccountRow {
    let expires_at = account.credential.expires_at();
    AccountRow {
        name: account.name.clone(),
        address: format!("/service-accounts/{}", account.id),
        tenant: account.tenant_id.clone(),
        expiry: Badge::of_expiry(expires_at.map(|at| days_until(at, now)), expires_at),
    }
}

fn about_account(account: &ServiceAccount, now: Timestamp) -> Option<Notice> {
    let row = account_row(account, now);
    let class = match row.expiry.class {
        "bad" => "bad",
        "warn" => "warn",
        _ => return None,
    };
    let text = row.expiry.text.trim_start_matches(|c: char| !c.is_alphanumeric());
    let what = match class {
        "bad" => format!(
            "The credential of the service account {} has expired.",
            account.name
        ),
        _ => format!(
            "The credential of the service account {} expires: {text} left.",
            account.name
        ),
    };
    Some(Notice {
        class,
        what,
        address: row.address,
        link: "Show the service account".into(),
    })
}

/// A failure that a later run cured needs nobody.
fn about_job(job: &Job, runs: &[Run]) -> Option<Notice> {
    let last = last_run(job, runs, |run| run.state != RunState::Running)?;
    let (class, what) = match last.state {
        RunState::Failed => ("bad", "failed"),
        RunState::DoneWithFailures => ("warn", "ended with failed items"),
        RunState::Interrupted => ("warn", "was interrupted"),
        RunState::Running | RunState::Done => return None,
    };
    Some(Notice {
        class,
        what: format!("The last run of the job {} {what}.", job.name),
        address: format!("/runs/{}", last.id),
        link: "Show the run".into(),
    })
}
