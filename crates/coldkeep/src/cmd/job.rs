//! `coldkeep job`.

use super::{
    Context,
    made::warn,
    plan_digest::{digest_of, show_digest},
    view::{outcome_of, show_run},
};
use crate::{
    failure::{Done, Outcome},
    input,
    print::{count, fix, fix::parsed, of_size, plain, watch_run, when},
};
use clap::{Args, Subcommand};
use coldkeep_api::{Client, CopyPlan, NewJob, StartRun};
use coldkeep_core::{
    Problem,
    id::RepositoryId,
    job::{Job, OnChange},
};
use std::collections::HashMap;

#[derive(Debug, Subcommand)]
pub enum JobVerb {
    /// Add a job
    Add(AddJob),
    /// All jobs
    List,
    /// One job: by name or id
    Show { job: String },
    /// Remove it; its restore points stay in the target
    Remove { job: String },
    /// Run a job now and wait until it ends
    Run(RunJob),
}

#[derive(Debug, Args)]
pub struct AddJob {
    pub name: String,
    /// The repository to copy from
    #[arg(long, value_name = "R")]
    pub source: String,
    /// The repository to copy to
    #[arg(long, value_name = "R")]
    pub target: String,
    /// Only names that match; can be repeated
    #[arg(long, value_name = "GLOB")]
    pub include: Vec<String>,
    /// No names that match; can be repeated
    #[arg(long, value_name = "GLOB")]
    pub exclude: Vec<String>,
    /// What to do with a blob that changed after the snapshot time: fail or take-new
    #[arg(long, value_name = "RULE", default_value = "fail", value_parser = parsed::<OnChange>)]
    pub on_change: OnChange,
    /// Commit a point even if items failed, marked as incomplete
    #[arg(long)]
    pub allow_incomplete: bool,
    /// Maximum number of requests per second to each storage account
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub max_requests_per_second: Option<u32>,
}

#[derive(Debug, Args)]
pub struct RunJob {
    pub job: String,
    /// Show what a run would do, and do nothing
    #[arg(long)]
    pub plan: bool,
    /// Commit a point even if items fail, marked as incomplete
    #[arg(long, conflicts_with = "plan")]
    pub allow_incomplete: bool,
    /// Copy exactly the plan with this digest (`--plan` shows it), or nothing if the plan has changed
    #[arg(long, value_name = "DIGEST", conflicts_with = "plan")]
    pub plan_digest: Option<String>,
}

pub async fn run(verb: JobVerb, context: Context<'_>) -> Outcome {
    let Context { client, out, .. } = context;
    match verb {
        JobVerb::Add(args) => {
            let job = client.add_job(&args.request()).await?;
            let names = RepositoryNames::fetch(client).await?;
            out.one(&job, |job| lines(job, &names))?;
        }
        JobVerb::List => {
            let names = RepositoryNames::fetch(client).await?;
            let headers = ["name", "source", "target", "on change"];
            out.list(&client.list_jobs().await?, &headers, |j| {
                vec![
                    j.name.clone(),
                    names.of(j.source_id),
                    names.of(j.target_id),
                    rule(j.on_change).into(),
                ]
            })?;
        }
        JobVerb::Show { job } => {
            let names = RepositoryNames::fetch(client).await?;
            out.one(&client.show_job(&job).await?, |job| lines(job, &names))?;
        }
        JobVerb::Remove { job } => {
            let name = plain(&client.show_job(&job).await?.name);
            let question = format!("Remove the job `{name}`? Its restore points stay in the target.");
            input::confirm(context.global, out, &question)?;
            client.remove_job(&job).await?;
            out.remark(&format!("The job `{name}` is removed."));
        }
        JobVerb::Run(args) if args.plan => {
            let plan = client.plan_job(&args.job).await?;
            out.one(&plan, plan_lines)?;
            show_digest(context, "To copy exactly this, add", &plan.digest);
        }
        JobVerb::Run(args) => {
            let started = client.start_job(&args.job, &args.request()).await?;
            let run = watch_run(client, out, started.id).await?;
            show_run(context, &run).await?;
            warn(context, &run);
            return outcome_of(context, &run);
        }
    }
    Ok(Done::All)
}

impl RunJob {
    fn request(&self) -> StartRun {
        StartRun {
            allow_incomplete: self.allow_incomplete.then_some(true),
            plan_digest: self.plan_digest.as_deref().map(digest_of),
        }
    }
}

impl AddJob {
    fn request(self) -> NewJob {
        NewJob {
            name: self.name,
            source: self.source,
            target: self.target,
            include: self.include,
            exclude: self.exclude,
            on_change: self.on_change,
            allow_incomplete: self.allow_incomplete,
            max_requests_per_second: self.max_requests_per_second,
        }
    }
}

fn rule(rule: OnChange) -> &'static str {
    match rule {
        OnChange::Fail => "fail",
        OnChange::TakeNew => "take-new",
    }
}

/// What people call the repositories that a job knows by their ids.
struct RepositoryNames(HashMap<RepositoryId, String>);

impl RepositoryNames {
    async fn fetch(client: &Client) -> Result<Self, Problem> {
        let repositories = client.list_repositories().await?;
        Ok(Self(repositories.into_iter().map(|r| (r.id, r.name)).collect()))
    }

    fn of(&self, id: RepositoryId) -> String {
        self.0.get(&id).cloned().unwrap_or_else(|| id.to_string())
    }
}

fn lines(job: &Job, names: &RepositoryNames) -> Vec<(&'static str, String)> {
    vec![
        ("name", job.name.clone()),
        ("source", names.of(job.source_id)),
        ("target", names.of(job.target_id)),
        ("include", job.include.join(", ")),
        ("exclude", job.exclude.join(", ")),
        ("on change", rule(job.on_change).into()),
        (
            "incomplete points",
            if job.allow_incomplete {
                "allowed"
            } else {
                "not allowed"
            }
            .into(),
        ),
        (
            "requests per second",
            job.max_requests_per_second
                .map(|n| n.to_string())
                .unwrap_or_default(),
        ),
        ("added", when(job.created_at)),
        ("id", job.id.to_string()),
    ]
}

fn plan_lines(plan: &CopyPlan) -> Vec<(&'static str, String)> {
    let some = |number: u64, text: String| if number == 0 { String::new() } else { text };
    let mut lines = vec![
        (
            "items",
            format!("{} ({})", count(plan.items_total), of_size(plan.bytes_total)),
        ),
        ("unchanged", count(plan.items_unchanged)),
        (
            "to copy",
            format!("{} ({})", count(plan.items_to_copy), of_size(plan.bytes_to_copy)),
        ),
        (
            "of them relayed",
            some(
                plan.items_to_relay,
                format!(
                    "{} ({})",
                    count(plan.items_to_relay),
                    of_size(plan.bytes_to_relay)
                ),
            ),
        ),
        (
            "not copyable",
            some(plan.items_not_copyable, count(plan.items_not_copyable)),
        ),
        (
            "damaged in the target",
            some(plan.items_damaged, count(plan.items_damaged)),
        ),
        (
            "deleted since the last point",
            some(plan.items_gone, count(plan.items_gone)),
        ),
        ("requests", count(plan.copy_requests)),
        ("method", plan.method.clone()),
    ];
    lines.extend(
        plan.remarks
            .iter()
            .map(|remark| ("warning", fix::sentence(&remark.words()))),
    );
    lines.extend(plan.notes.iter().map(|note| ("note", fix::sentence(note))));
    lines
}
