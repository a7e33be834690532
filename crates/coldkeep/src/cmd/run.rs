//! `coldkeep run`.

use super::{
    Context,
    made::point_word,
    view::{kind_word, show_run, state_word},
};
use crate::{
    failure::{Done, Outcome},
    print::{count, of_size, when},
};
use clap::Subcommand;
use coldkeep_core::id::RunId;

#[derive(Debug, Subcommand)]
pub enum RunVerb {
    /// All runs, newest first
    List,
    /// One run
    Show { run: RunId },
}

pub async fn run(verb: RunVerb, context: Context<'_>) -> Outcome {
    let Context { client, out, .. } = context;
    match verb {
        RunVerb::List => {
            let headers = [
                "started", "kind", "job", "state", "point", "copied", "failed", "size", "run",
            ];
            out.list(&client.list_runs().await?, &headers, |run| {
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
            show_run(context, &run)?;
            if let Some(problem) = &run.problem {
                out.problem(problem);
            }
        }
    }
    Ok(Done::All)
}
