//! The point that a copy run created: exact, inexact or incomplete, and its uncertain blobs.

use super::{Context, view::exactness_word};
use crate::print::{count, doubt_words, plain};
use coldkeep_core::{
    point::Exactness,
    run::{Run, RunKind, RunPoint, RunState},
};

/// Its id; a text if there is none although the run has ended.
pub fn point_id(run: &Run) -> String {
    match run.point_id {
        Some(id) => id.to_string(),
        None if run.kind == RunKind::Copy && run.state != RunState::Running => "none was created".into(),
        None => String::new(),
    }
}

/// `exact`, or `inexact: 3 blobs uncertain`.
pub fn exactness(run: &Run) -> String {
    let Some(point) = &run.point else {
        return String::new();
    };
    let word = exactness_word(point.exactness);
    match point.doubt_count {
        0 => word.to_owned(),
        _ => format!("{word}: {}", in_doubt(point)),
    }
}

/// `exact`, or `inexact, 3 uncertain`, for a table of runs.
pub fn point_word(run: &Run) -> String {
    let word = |point: &RunPoint| match point.doubt_count {
        0 => exactness_word(point.exactness).to_owned(),
        doubts => format!("{}, {} uncertain", exactness_word(point.exactness), count(doubts)),
    };
    run.point.as_ref().map(word).unwrap_or_default()
}

fn in_doubt(point: &RunPoint) -> String {
    let names = match point.doubt_count {
        1 => "1 blob".to_owned(),
        many => format!("{} blobs", count(many)),
    };
    match point.exactness {
        Exactness::Incomplete => format!("{names} missing or uncertain"),
        Exactness::Exact | Exactness::Inexact => format!("{names} uncertain"),
    }
}

/// The first uncertain blobs, and how to list more.
pub fn doubt_lines(run: &Run) -> Vec<(&'static str, String)> {
    let Some(point) = &run.point else {
        return vec![];
    };
    let named = point.doubts.iter();
    let mut lines: Vec<_> = named
        .map(|doubt| {
            (
                "uncertain",
                format!("{}: {}", doubt.name, doubt_words(&doubt.kind)),
            )
        })
        .collect();
    let more = point.doubt_count.saturating_sub(point.doubts.len() as u64);
    if more > 0 {
        lines.push((
            "uncertain",
            format!("and {} more: coldkeep point show {}", count(more), point.id),
        ));
    }
    lines
}

/// Explains the exit code on stderr, unless the point is as requested.
pub fn warn(context: Context<'_>, run: &Run) {
    let Some(point) = &run.point else {
        if run.state == RunState::DoneWithFailures {
            let failed = count(run.counts.items_failed);
            let told = format!("warning: No point was created: {failed} items failed.");
            context.out.tell(&told);
        }
        return;
    };
    let told = match point.exactness {
        Exactness::Exact => return,
        Exactness::Inexact if point.as_asked => format!(
            "The point is inexact, as the job's rule (take-new) allows: {}.",
            in_doubt(point)
        ),
        Exactness::Inexact => format!("The point is inexact: {}.", in_doubt(point)),
        Exactness::Incomplete => format!("The point is incomplete: {}.", in_doubt(point)),
    };
    let told = format!("warning: {told} `coldkeep point show {}` lists them.", point.id);
    context.out.tell(&plain(&told));
}
