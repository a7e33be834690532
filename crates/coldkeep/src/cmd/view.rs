//! How the things several commands show look to people.

use super::{Context, made};
use crate::{
    failure::{Done, Failure, Outcome},
    print::{Out, count, doubt_words, fix, of_size, plain, when},
};
use coldkeep_api::Check;
use coldkeep_core::{
    point::{Exactness, Point},
    run::{FailureReason, Run, RunKind, RunState},
    service_account::{Proof, ProofOutcome},
    target_finding::TargetFinding,
    verification::VerificationSummary,
};
use serde::Serialize;

/// A time that may not have come yet.
pub fn maybe_when(moment: Option<coldkeep_core::Timestamp>) -> String {
    moment.map(when).unwrap_or_default()
}

pub fn proof_word(outcome: ProofOutcome) -> &'static str {
    match outcome {
        ProofOutcome::Ok => "ok",
        ProofOutcome::Missing => "missing",
        ProofOutcome::Failed => "failed",
        ProofOutcome::Unknown => "unknown",
    }
}

fn proof_row(proof: &Proof) -> Vec<String> {
    vec![
        proof_word(proof.outcome).into(),
        proof.what.clone(),
        proof_detail(proof),
    ]
}

/// The reason, and what to do about it.
pub fn proof_detail(proof: &Proof) -> String {
    let both = [proof.detail.clone(), fix::sentences(&proof.fix)];
    both.into_iter()
        .filter(|text| !text.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

/// The findings of a check; exit code 1 unless it is well.
pub fn show_check(context: Context<'_>, check: &Check) -> Outcome {
    match context.out.format() {
        crate::cli::Output::Table => {
            context
                .out
                .list(&check.findings, &["result", "what", "detail"], proof_row)?
        }
        _ => context.out.one(check, |_| vec![])?,
    }
    Ok(if check.ok { Done::All } else { Done::Unwell })
}

/// What is strange in targets, beside an answer that is not about that.
pub fn tell_findings(out: &Out, findings: &[TargetFinding]) {
    for finding in findings {
        let told = fix::sentence(&finding.words());
        out.tell(&plain(&format!("note: {}: {told}", finding.repository)));
    }
}

pub fn exactness_word(exactness: Exactness) -> &'static str {
    match exactness {
        Exactness::Exact => "exact",
        Exactness::Inexact => "inexact",
        Exactness::Incomplete => "incomplete",
    }
}

pub fn state_word(state: RunState) -> &'static str {
    match state {
        RunState::Running => "running",
        RunState::Done => "done",
        RunState::DoneWithFailures => "done, items failed",
        RunState::Failed => "failed",
        RunState::Interrupted => "interrupted",
    }
}

pub fn kind_word(kind: RunKind) -> &'static str {
    match kind {
        RunKind::Copy => "copy",
        RunKind::Restore => "restore",
    }
}

/// A run with the reasons of its failed items.
#[derive(Debug, Serialize)]
struct RunView<'a> {
    #[serde(flatten)]
    run: &'a Run,
    reasons: Vec<FailureReason>,
}

/// A run as `run show` and the commands that start runs print it.
pub async fn show_run(context: Context<'_>, run: &Run) -> Result<(), Failure> {
    let reasons = match run.counts.items_failed {
        0 => Vec::new(),
        _ => context.client.list_run_reasons(run.id).await?,
    };
    context.out.one(&RunView { run, reasons }, |view| {
        let mut lines = run_lines(view.run);
        lines.extend(reason_lines(&view.reasons));
        if !view.reasons.is_empty() {
            lines.push(("all failed items", format!("coldkeep run items {}", run.id)));
        }
        lines
    })
}

/// Failed items, a line for each reason.
pub fn reason_lines(reasons: &[FailureReason]) -> Vec<(&'static str, String)> {
    let line = |reason: &FailureReason| {
        let first = reason.examples.first().map_or("", String::as_str);
        let told = match reason.count {
            1 => format!("{first}: {}", reason.problem),
            many => format!("{} items, the first {first}: {}", count(many), reason.problem),
        };
        ("failed", told)
    };
    reasons.iter().map(line).collect()
}

fn unless_none(number: u64) -> String {
    if number == 0 { String::new() } else { count(number) }
}

fn run_lines(run: &Run) -> Vec<(&'static str, String)> {
    let c = &run.counts;
    let seconds = run
        .ended_at
        .map(|end| end.duration_since(run.started_at).as_secs_f64());
    let mut lines = vec![
        ("run", run.id.to_string()),
        ("kind", kind_word(run.kind).into()),
        ("job", run.job_name.clone().unwrap_or_default()),
        ("state", state_word(run.state).into()),
        ("point", made::point_id(run)),
        ("exactness", made::exactness(run)),
        ("started", when(run.started_at)),
        ("lasted", seconds.map(|s| format!("{s:.1} s")).unwrap_or_default()),
        (
            "items",
            format!("{} of {}", count(c.items_done), count(c.items_total)),
        ),
        ("unchanged", count(c.items_unchanged)),
        (
            "copied",
            format!(
                "{} ({} by the service itself)",
                count(c.items_copied),
                of_size(c.bytes_copied)
            ),
        ),
        ("relayed", unless_none(c.items_relayed)),
        ("failed", unless_none(c.items_failed)),
        ("size", of_size(c.bytes_total)),
        (
            "requests",
            format!(
                "{}, {} of them copies, {} retries",
                count(c.requests),
                count(c.copy_requests),
                count(c.retries)
            ),
        ),
        (
            "through here",
            format!(
                "{} control, {} data",
                of_size(c.control_bytes),
                of_size(c.data_bytes)
            ),
        ),
    ];
    lines.extend(made::doubt_lines(run));
    lines.extend(
        run.remarks
            .iter()
            .map(|remark| ("warning", fix::sentence(&remark.words()))),
    );
    lines.extend(run.notes.iter().map(|note| ("note", fix::sentence(note))));
    lines
}

/// What a run that has ended means for the command that waited for it.
pub fn outcome_of(context: Context<'_>, run: &Run) -> Outcome {
    match run.state {
        RunState::Done if run.point.as_ref().is_some_and(|point| !point.as_asked) => Ok(Done::FailedItems),
        RunState::Done | RunState::Running => Ok(Done::All),
        RunState::DoneWithFailures => Ok(Done::FailedItems),
        RunState::Failed | RunState::Interrupted => {
            if let Some(problem) = &run.problem {
                context.out.problem(problem);
            }
            // With failed items named, that is what stopped it.
            Ok(if run.counts.items_failed > 0 {
                Done::FailedItems
            } else {
                Done::Unwell
            })
        }
    }
}

/// How the last verification of a point ended, for a list.
pub fn verified_words(last: Option<&VerificationSummary>) -> String {
    match last {
        None => "never".into(),
        Some(v) if v.damaged_count > 0 => format!("{} damaged", count(v.damaged_count)),
        Some(v) if v.unchecked_count > 0 => format!("{} unchecked", count(v.unchecked_count)),
        Some(v) if v.deep => "content".into(),
        Some(_) => "listing".into(),
    }
}

fn verified_line(last: Option<&VerificationSummary>) -> String {
    match last {
        None => "never on this installation".into(),
        Some(v) => format!("{}, {}", verified_words(last), when(v.verified_at)),
    }
}

pub fn point_lines(point: &Point) -> Vec<(&'static str, String)> {
    let source = &point.source;
    let mut lines = vec![
        ("point", point.id.to_string()),
        ("shows", when(point.cut_at)),
        ("committed", when(point.committed_at)),
        ("exactness", exactness_word(point.exactness).into()),
        ("verified", verified_line(point.verification.as_ref())),
        ("job", point.job_name.clone()),
        ("repository", point.repository.clone()),
        ("number", point.sequence.to_string()),
        ("items", count(point.item_count)),
        ("size", of_size(point.size_bytes)),
        ("source", format!("{}/{}", source.endpoint, source.container)),
        ("folder", source.folder.clone()),
        ("run", point.run_id.to_string()),
        (
            "uncertain blobs",
            if point.doubt_count == 0 {
                String::new()
            } else {
                count(point.doubt_count)
            },
        ),
    ];
    lines.extend(point.doubts.iter().map(|doubt| {
        (
            "uncertain",
            format!("{}: {}", doubt.name, doubt_words(&doubt.kind)),
        )
    }));
    lines
}
