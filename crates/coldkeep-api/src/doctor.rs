//! What `doctor` finds.

use coldkeep_core::{Code, Fix, Timestamp};
use serde::{Deserialize, Serialize};

/// Everything that `doctor` found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Diagnosis {
    pub checked_at: Timestamp,
    /// Whether nothing is wrong; warnings do not count.
    pub ok: bool,
    pub findings: Vec<Finding>,
}

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

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    Wrong,
    Warning,
    /// It could not be found out.
    Unknown,
}
