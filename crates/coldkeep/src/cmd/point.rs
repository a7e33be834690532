//! `coldkeep point`.

use super::{
    Context,
    view::{exactness_word, point_lines, tell_findings, verified_words},
};
use crate::{
    cli::Output,
    failure::{Done, Failure, Outcome},
    print::{Progress, count, fix, fix::parsed, of_size, plain, when},
};
use clap::{Args, Subcommand};
use coldkeep_api::Verification;
use coldkeep_core::{PointAddress, point::Entry, run::Counts};

/// How a point is named on the command line.
pub const POINT: &str = "[REPOSITORY/]POINT";

/// Files asked for at once.
const PAGE: usize = 1_000;

#[derive(Debug, Subcommand)]
pub enum PointVerb {
    /// All restore points, oldest first
    List {
        /// Only those in this repository
        #[arg(long, value_name = "R")]
        repository: Option<String>,
    },
    /// One restore point
    Show {
        #[arg(value_name = POINT, value_parser = parsed::<PointAddress>)]
        point: PointAddress,
    },
    /// The files of a restore point
    Files {
        #[arg(value_name = POINT, value_parser = parsed::<PointAddress>)]
        point: PointAddress,
    },
    /// Prove that a restore point can be restored
    Verify(Verify),
}

#[derive(Debug, Args)]
pub struct Verify {
    #[arg(value_name = POINT, value_parser = parsed::<PointAddress>)]
    pub point: PointAddress,
    /// Also read the content
    #[arg(long)]
    pub deep: bool,
}

pub async fn run(verb: PointVerb, context: Context<'_>) -> Outcome {
    let Context { client, out, .. } = context;
    match verb {
        PointVerb::List { repository } => return list(context, repository.as_deref()).await,
        PointVerb::Show { point } => out.one(&client.show_point(point).await?, point_lines)?,
        PointVerb::Files { point } => files(context, point).await?,
        PointVerb::Verify(args) => {
            let mut progress = Progress::start(out);
            progress.show("verifying", &Counts::default());
            let verified = client.verify_point(args.point, args.deep).await;
            progress.end();
            let verified = verified?;
            out.one(&verified, verification_lines)?;
            return Ok(if verified.ok { Done::All } else { Done::FailedItems });
        }
    }
    Ok(Done::All)
}

/// The points that were found, and beside them what could not be read and what is strange.
async fn list(context: Context<'_>, repository: Option<&str>) -> Outcome {
    let Context { client, out, .. } = context;
    let headers = [
        "shows",
        "exactness",
        "items",
        "size",
        "verified",
        "job",
        "repository",
        "point",
    ];
    let list = client.list_points(repository).await?;
    // "None." would be a claim about repositories that could not be read.
    if list.problems.is_empty() || !list.points.is_empty() || out.format() != Output::Table {
        out.list(&list.points, &headers, |p| {
            vec![
                when(p.cut_at),
                exactness_word(p.exactness).into(),
                count(p.item_count),
                of_size(p.size_bytes),
                verified_words(p.verification.as_ref()),
                p.job_name.clone(),
                p.repository.clone(),
                p.id.to_string(),
            ]
        })?;
    }
    tell_findings(out, &list.findings);
    for unread in &list.problems {
        let what = format!(
            "The repository `{}` cannot be read: its restore points are not in this list",
            unread.repository
        );
        out.problem(&unread.problem.clone().context(what));
    }
    Ok(if list.problems.is_empty() {
        Done::All
    } else {
        Done::Unwell
    })
}

/// Page by page: a point may have more files than fit into memory. As JSON, all pages are one.
async fn files(context: Context<'_>, point: PointAddress) -> Result<(), Failure> {
    let Context { client, out, .. } = context;
    let mut after: Option<String> = None;
    let mut written = 0_u64;
    match out.format() {
        Output::Table => out.text(&format!("{:>12}  {:<23}  NAME", "SIZE", "MODIFIED"))?,
        Output::Json => out.text("{\"entries\": [")?,
        Output::Jsonl => {}
    }
    loop {
        let page = client.list_files(&point, after.as_deref(), PAGE).await?;
        for entry in &page.entries {
            match out.format() {
                Output::Table => out.text(&file_line(entry))?,
                Output::Jsonl => out.json(entry, false)?,
                Output::Json => {
                    if written > 0 {
                        out.text(",")?;
                    }
                    out.json(entry, false)?;
                }
            }
            written += 1;
        }
        match page.next {
            // A server that repeats itself must not keep us here for ever.
            Some(next) if after.as_ref() != Some(&next) => after = Some(next),
            _ => break,
        }
    }
    if out.format() == Output::Json {
        out.text("], \"next\": null}")?;
    }
    Ok(())
}

fn file_line(entry: &Entry) -> String {
    let name = plain(&entry.name);
    format!(
        "{:>12}  {:<23}  {name}",
        of_size(entry.size_bytes),
        when(entry.last_modified)
    )
}

fn verification_lines(v: &Verification) -> Vec<(&'static str, String)> {
    let mut lines = vec![
        ("point", v.point.id.to_string()),
        ("result", verification_result(v)),
        (
            "depth",
            if v.deep {
                "content read"
            } else {
                "without reading content"
            }
            .into(),
        ),
        (
            "checked",
            format!("{} items, {}", count(v.items_checked), of_size(v.bytes_checked)),
        ),
        ("damaged", some_count(v.items_damaged)),
        ("not checked", some_count(v.items_unchecked)),
        ("requests", count(v.counts.requests)),
        (
            "through here",
            format!(
                "{} control, {} data",
                of_size(v.counts.control_bytes),
                of_size(v.counts.data_bytes)
            ),
        ),
    ];
    lines.extend(v.proved.iter().map(|text| ("proved", text.clone())));
    lines.extend(v.not_proved.iter().map(|text| ("not proved", text.clone())));
    lines.extend(v.findings.iter().map(|text| ("finding", fix::sentence(text))));
    lines
}

/// Archived content cannot be read; that is no fault, and no proof either.
fn verification_result(v: &Verification) -> String {
    match (v.ok, v.items_unchecked) {
        (true, 0) => "passed".into(),
        (true, unread) => format!("passed, but the content of {} items was not read", count(unread)),
        (false, _) => "failed".into(),
    }
}

fn some_count(number: u64) -> String {
    if number == 0 { String::new() } else { count(number) }
}
