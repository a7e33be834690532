//! Requests about restore points, and what is in them.

use coldkeep_core::{
    Fix, Problem,
    point::{Entry, Point},
    run::Counts,
    target_finding::TargetFinding,
};
use serde::{Deserialize, Serialize};

/// `GET /points`.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct PointList {
    /// Oldest first.
    pub points: Vec<Point>,
    /// Repositories that could not be read: what is in them is not in `points`.
    pub problems: Vec<RepositoryProblem>,
    /// What is strange in those that could.
    pub findings: Vec<TargetFinding>,
}

/// Why a repository could not be read.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RepositoryProblem {
    pub repository: String,
    pub problem: Problem,
}

/// One page of a point's files.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct FilesPage {
    pub entries: Vec<Entry>,
    /// Pass as `after` for the next page; none at the end.
    pub next: Option<String>,
}

/// `POST /points/{id}/verify`.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
pub struct VerifyPoint {
    /// Read and hash all content.
    #[serde(default)]
    pub deep: bool,
}

/// What a verification proved and what it did not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verification {
    pub point: Point,
    pub ok: bool,
    pub deep: bool,
    pub items_checked: u64,
    pub bytes_checked: u64,
    /// Blobs and parts that are missing or damaged.
    pub items_damaged: u64,
    /// Blobs that could not be checked as was asked: archived, or not readable at the time.
    pub items_unchecked: u64,
    /// For people: "presence and length of 512 blobs", "MD5 of 500 blobs against the service's".
    pub proved: Vec<String>,
    pub not_proved: Vec<String>,
    pub findings: Vec<Fix>,
    pub counts: Counts,
}

/// `POST /points/{id}/restore`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct StartRestore {
    /// Repository id or name.
    pub to: String,
    /// Put under this folder of it instead of the repository's own.
    #[serde(default)]
    pub folder: Option<String>,
    #[serde(default)]
    pub include: Vec<String>,
    #[serde(default)]
    pub overwrite: bool,
}
