//! `coldkeep point`.

use super::{
    Context,
    view::{exactness_word, point_lines},
};
use crate::{
    cli::Output,
    failure::{Done, Failure, Outcome},
    print::{Progress, count, of_size, plain, when},
};
use clap::{Args, Subcommand};
use coldkeep_core::{id::PointId, point::Entry, run::Counts};
use coldkeep_server::requests::Verification;

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
    Show { point: PointId },
    /// The files of a restore point
    Files { point: PointId },
    /// Prove that a restore point can be restored
    Verify(Verify),
}

#[derive(Debug, Args)]
pub struct Verify {
    pub point: PointId,
    /// Also read the content
    #[arg(long)]
    pub deep: bool,
}

pub async fn run(verb: PointVerb, context: Context<'_>) -> Outcome {
    let Context { client, out, .. } = context;
    match verb {
        PointVerb::List { repository } => {
            let headers = [
                "shows",
                "job",
                "exactness",
                "items",
                "size",
                "repository",
                "point",
            ];
            out.list(&client.list_points(repository.as_deref()).await?, &headers, |p| {
                vec![
                    when(p.cut_at),
                    p.job_name.clone(),
                    exactness_word(p.exactness).into(),
                    count(p.item_count),
                    of_size(p.size_bytes),
                    p.repository.clone(),
                    p.id.to_string(),
                ]
            })?;
        }
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

/// Page by page: a point may have more files than fit into memory. As JSON, all pages are one.
async fn files(context: Context<'_>, point: PointId) -> Result<(), Failure> {
    let Context { client, out, .. } = context;
    let mut after: Option<String> = None;
    let mut written = 0_u64;
    match out.format() {
        Output::Table => out.text(&format!("{:>12}  {:<23}  NAME", "SIZE", "MODIFIED"))?,
        Output::Json => out.text("{\"entries\": [")?,
        Output::Jsonl => {}
    }
    loop {
        let page = client.list_files(point, after.as_deref(), PAGE).await?;
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
        ("result", if v.ok { "well" } else { "not well" }.into()),
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
    lines.extend(v.findings.iter().map(|text| ("finding", text.clone())));
    lines
}
