//! What `doctor` and the checks of both wings find: one thing that is or will soon be wrong, with its fix.

use coldkeep_core::Problem;
use serde::{Deserialize, Serialize};

/// One thing that is or will soon be wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    pub level: Level,
    /// What it is about: `service account north`, `master key`.
    pub subject: String,
    pub what: String,
    /// What to do.
    pub fix: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    Wrong,
    Warning,
    /// It could not be found out.
    Unknown,
}

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
