//! A backup copy job: source, target and its rules.

use crate::{
    Code, Problem, Timestamp,
    id::{JobId, RepositoryId},
};
use serde::{Deserialize, Serialize};
use std::str::FromStr;

/// What happens to a blob that was changed after the cut and whose state at the cut is lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OnChange {
    /// The item fails, and with it the point.
    Fail,
    /// The new state is taken; the point is inexact and names the blob.
    TakeNew,
}

impl FromStr for OnChange {
    type Err = Problem;
    fn from_str(s: &str) -> Result<Self, Problem> {
        match s {
            "fail" => Ok(Self::Fail),
            "take-new" => Ok(Self::TakeNew),
            _ => Err(Problem::new(
                Code::ChoiceUnknown,
                format!("`{s}` is not a rule for changed blobs"),
                "Choose fail or take-new.",
            )),
        }
    }
}

/// A backup copy job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Job {
    pub id: JobId,
    pub name: String,
    pub source_id: RepositoryId,
    pub target_id: RepositoryId,
    /// Globs over names relative to the source's folder; empty: everything.
    pub include: Vec<String>,
    pub exclude: Vec<String>,
    pub on_change: OnChange,
    pub allow_incomplete: bool,
    /// Upper bound for requests to each storage account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_requests_per_second: Option<u32>,
    pub created_at: Timestamp,
}
