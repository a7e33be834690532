//! `coldkeep doctor`.

use super::Context;
use crate::{
    cli::Output,
    failure::{Done, Outcome},
    print::Cell,
};
use coldkeep_server::requests::{Finding, Level};

fn row(finding: &Finding) -> Vec<Cell> {
    let level = match finding.level {
        Level::Wrong => "wrong",
        Level::Warning => "warning",
        Level::Unknown => "unknown",
    };
    vec![
        level.to_owned().into(),
        finding.subject.clone().into(),
        Cell::of_lines([finding.what.clone(), format!("  {}", finding.fix)]),
    ]
}

/// Exit code 1 where something is wrong; warnings are shown and pass.
pub async fn run(context: Context<'_>) -> Outcome {
    let diagnosis = context.client.doctor().await?;
    match context.out.format() {
        Output::Table if diagnosis.findings.is_empty() => context.out.remark("Nothing is wrong."),
        Output::Table => {
            context
                .out
                .list(&diagnosis.findings, &["level", "about", "what, and the fix"], row)?
        }
        Output::Json | Output::Jsonl => context.out.one(&diagnosis, |_| vec![])?,
    }
    Ok(if diagnosis.ok { Done::All } else { Done::Unwell })
}
