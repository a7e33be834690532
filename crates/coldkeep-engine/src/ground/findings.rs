//! What `doctor` and the checks of both wings find: one thing that is or will soon be wrong, with its fix.

use coldkeep_api::{Finding, Level};
use coldkeep_core::{Code, Fix, Problem};

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
