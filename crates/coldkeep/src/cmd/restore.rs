//! `coldkeep restore`.

use super::{
    Context,
    point::POINT,
    view::{outcome_of, reason_lines, show_run},
};
use crate::{
    failure::{Done, Outcome},
    print::{count, fix, fix::parsed, of_size, watch_run},
    restore_dir::{self, Report, RestoreRequest},
};
use clap::{ArgGroup, Args};
use coldkeep_api::StartRestore;
use coldkeep_core::PointAddress;
use std::path::PathBuf;

#[derive(Debug, Args)]
#[command(group(ArgGroup::new("where").required(true).args(["to", "to_dir"])))]
pub struct RestoreArgs {
    #[arg(value_name = POINT, value_parser = parsed::<PointAddress>)]
    pub point: PointAddress,
    /// Into this repository, or a folder of it, server side
    #[arg(long, value_name = "REPOSITORY[/FOLDER]")]
    pub to: Option<String>,
    /// Into a folder of this machine
    #[arg(long, value_name = "DIR")]
    pub to_dir: Option<PathBuf>,
    /// Only names that match; can be repeated
    #[arg(long, value_name = "GLOB")]
    pub include: Vec<String>,
    /// Replace existing blobs and files
    #[arg(long)]
    pub overwrite: bool,
}

pub async fn run(args: RestoreArgs, context: Context<'_>) -> Outcome {
    let Context { client, out, .. } = context;
    if let Some(dir) = args.to_dir {
        let request = RestoreRequest {
            point: args.point,
            dir,
            include: args.include,
            overwrite: args.overwrite,
        };
        let report = restore_dir::run(client, out, &request).await?;
        out.one(&report, lines)?;
        return Ok(if report.items_failed == 0 {
            Done::All
        } else {
            Done::FailedItems
        });
    }
    let to = args.to.unwrap_or_default();
    let (to, folder) = match to.split_once('/') {
        Some((repository, folder)) => (repository.to_owned(), Some(folder.to_owned())),
        None => (to, None),
    };
    let request = StartRestore {
        to,
        folder,
        include: args.include,
        overwrite: args.overwrite,
    };
    let started = client.start_restore(args.point, &request).await?;
    let run = watch_run(client, out, started.id).await?;
    show_run(context, &run).await?;
    outcome_of(context, &run)
}

fn lines(report: &Report) -> Vec<(&'static str, String)> {
    let mut lines = vec![
        ("point", report.point_id.to_string()),
        ("folder", report.dir.clone()),
        (
            "restored",
            format!(
                "{} items, {}",
                count(report.items_done),
                of_size(report.bytes_done)
            ),
        ),
        (
            "failed",
            if report.items_failed == 0 {
                String::new()
            } else {
                count(report.items_failed)
            },
        ),
        (
            "under other names",
            if report.items_renamed == 0 {
                String::new()
            } else {
                format!(
                    "{}, in .coldkeep/names; .coldkeep/index.jsonl lists them",
                    count(report.items_renamed)
                )
            },
        ),
        ("index", report.index.clone()),
    ];
    lines.extend(
        report
            .remarks
            .iter()
            .map(|remark| ("warning", fix::sentence(&remark.words()))),
    );
    lines.extend(report.notes.iter().map(|note| ("note", note.clone())));
    lines.extend(reason_lines(&report.reasons));
    lines
}
