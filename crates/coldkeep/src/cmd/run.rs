//! `coldkeep run`.

use super::{
    Context,
    made::point_word,
    view::{kind_word, show_run, state_word},
};
use crate::{
    failure::{Done, Failure, Outcome},
    print::{count, fix, of_size, when},
};
use clap::Subcommand;
use coldkeep_core::{id::RunId, run::Run};

/// Runs asked for at once.
const PAGE: usize = 100;

#[derive(Debug, Subcommand)]
pub enum RunVerb {
    /// The newest runs, newest first
    List {
        /// How many
        #[arg(long, value_name = "N", default_value_t = 500)]
        limit: usize,
    },
    /// One run, with the failed items grouped by reason
    Show { run: RunId },
    /// The failed items of a run, all of them
    Items {
        run: RunId,
        /// Start after the item with this number
        #[arg(long, value_name = "NUMBER", default_value_t = 0)]
        after: u64,
        /// How many
        #[arg(long, value_name = "N", default_value_t = 1000, value_parser = clap::value_parser!(u16).range(1..=5000))]
        limit: u16,
    },
}

pub async fn run(verb: RunVerb, context: Context<'_>) -> Outcome {
    let Context { client, out, .. } = context;
    match verb {
        RunVerb::List { limit } => {
            let headers = [
                "started", "kind", "job", "state", "point", "copied", "failed", "size", "run",
            ];
            out.list(&newest(context, limit).await?, &headers, |run| {
                vec![
                    when(run.started_at),
                    kind_word(run.kind).into(),
                    run.job_name.clone().unwrap_or_default(),
                    state_word(run.state).into(),
                    point_word(run),
                    count(run.counts.items_copied),
                    count(run.counts.items_failed),
                    of_size(run.counts.bytes_total),
                    run.id.to_string(),
                ]
            })?;
        }
        RunVerb::Show { run } => {
            let run = client.show_run(run).await?;
            show_run(context, &run).await?;
            if let Some(problem) = &run.problem {
                out.problem(problem);
            }
        }
        RunVerb::Items { run, after, limit } => {
            let page = client.list_run_items(run, after, usize::from(limit)).await?;
            out.list(&page.items, &["number", "name", "problem"], |item| {
                vec![
                    item.sequence.to_string(),
                    item.item.name.clone(),
                    fix::problem_text(&item.item.problem),
                ]
            })?;
            if let Some(next) = page.next {
                out.tell(&format!(
                    "There may be more: coldkeep run items {run} --after {next}"
                ));
            }
        }
    }
    Ok(Done::All)
}

/// The newest runs, at most this many.
async fn newest(context: Context<'_>, limit: usize) -> Result<Vec<Run>, Failure> {
    let (mut runs, mut after): (Vec<Run>, Option<String>) = (Vec::new(), None);
    while runs.len() < limit {
        let page = PAGE.min(limit - runs.len());
        let page = context.client.list_runs(after.as_deref(), page).await?;
        runs.extend(page.runs);
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    Ok(runs)
}
