//! What `doctor` and the checks of both wings find: one thing that is or will soon be wrong, with its fix.

use coldkeep_api::{Finding, Level};
use coldkeep_core::Problem;

pub(crate) fn finding(
    level: Level,
    subject: &str,
    what: impl Into<String>,
    fix: impl Into<String>,
) -> Finding {
    Finding {
        level,
        subject: subject.to_owned(),
        what: what.into(),
        fix: fix.into(),
    }
}

pub(crate) fn of_problem(level: Level, subject: &str, problem: &Problem) -> Finding {
    let system = problem
        .system
        .as_ref()
        .map(|s| format!(": {s}"))
        .unwrap_or_default();
    finding(
        level,
        subject,
        format!("{}{system}", problem.what),
        problem.next.clone(),
    )
}
