//! What `doctor` and the checks of both wings find: one thing that is or will soon be wrong, with its fix.

use coldkeep_core::{Code, Fix, Problem};
use serde::{Deserialize, Serialize};

/// One thing that is or will soon be wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    pub level: Level,
    /// What it is about: `service account north`, `master key`.
    pub subject: String,
    pub what: String,
    /// What it is, for programs.
    pub code: Code,
    /// What to do.
    pub fix: Vec<Fix>,
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
    code: Code,
    subject: &str,
    what: impl Into<String>,
    fix: impl Into<Fix>,
) -> Finding {
    Finding {
        level,
        code,
        subject: subject.to_owned(),
        what: what.into(),
        fix: vec![fix.into()],
    }
}

pub(crate) fn of_problem(level: Level, subject: &str, problem: &Problem) -> Finding {
    let system = problem
        .system
        .as_ref()
        .map(|s| format!(": {s}"))
        .unwrap_or_default();
    Finding {
        level,
        code: problem.code,
        subject: subject.to_owned(),
        what: format!("{}{system}", problem.what),
        fix: problem.fix.clone(),
    }
}
