//! What the demo did and whether everything held, as a table or as data.

use super::{azure::Changes, compare::Differences};
use crate::{
    failure::Failure,
    print::{Out, count, of_size},
};
use coldkeep_core::run::Counts;
use serde::Serialize;

/// One line of the table.
#[derive(Debug, Serialize)]
pub struct ReportLine {
    pub step: String,
    pub items: u64,
    pub bytes: u64,
    pub requests: u64,
    /// Requests that moved blobs, for each blob moved.
    pub requests_per_item: f64,
    /// Listings, manifests and tokens that crossed this host.
    pub control_bytes: u64,
    /// Blob content that crossed this host.
    pub data_bytes: u64,
    pub seconds: f64,
}

impl ReportLine {
    /// A step that a run counted.
    pub fn of(step: &str, counts: &Counts, seconds: f64) -> Self {
        let moved = counts.items_copied + counts.items_relayed;
        Self {
            step: step.into(),
            items: moved,
            bytes: counts.bytes_copied,
            requests: counts.requests,
            requests_per_item: if moved == 0 {
                0.0
            } else {
                counts.copy_requests as f64 / moved as f64
            },
            control_bytes: counts.control_bytes,
            data_bytes: counts.data_bytes,
            seconds,
        }
    }
}

/// Something that had to hold.
#[derive(Debug, Serialize)]
pub struct CheckResult {
    pub what: String,
    pub held: bool,
}

/// The whole of it.
#[derive(Debug, Default, Serialize)]
pub struct Report {
    pub files: u64,
    pub bytes: u64,
    pub left_out: u64,
    pub changes: Changes,
    pub steps: Vec<ReportLine>,
    pub checks: Vec<CheckResult>,
    pub differences: Vec<String>,
    pub seconds: f64,
}

impl Report {
    pub fn check(&mut self, what: &str, held: bool) {
        self.checks.push(CheckResult {
            what: what.into(),
            held,
        });
    }

    /// Records a comparison with the originals.
    pub fn compared(&mut self, what: &str, differences: Differences) {
        let text = format!(
            "{what}: {} blobs equal the originals in every byte, property, metadata entry and tag",
            count(differences.compared)
        );
        self.check(&text, differences.none());
        self.differences.extend(differences.told);
    }

    pub fn everything_held(&self) -> bool {
        !self.checks.is_empty() && self.checks.iter().all(|c| c.held)
    }

    /// On stdout: the table for people, or the data.
    pub fn print(&self, out: &Out) -> Result<(), Failure> {
        if out.format() != crate::cli::Output::Table {
            return out.json(self, out.format() == crate::cli::Output::Json);
        }
        let headers = [
            "step", "items", "size", "requests", "per item", "control", "data", "seconds",
        ];
        out.list(&self.steps, &headers, |s| {
            vec![
                s.step.clone(),
                count(s.items),
                of_size(s.bytes),
                count(s.requests),
                if s.requests_per_item == 0.0 {
                    "-".into()
                } else {
                    format!("{:.2}", s.requests_per_item)
                },
                of_size(s.control_bytes),
                of_size(s.data_bytes),
                format!("{:.2}", s.seconds),
            ]
        })?;
        out.text("")?;
        for check in &self.checks {
            out.text(&format!(
                "{}  {}",
                if check.held { "ok    " } else { "FAILED" },
                check.what
            ))?;
        }
        for difference in &self.differences {
            out.text(&format!("        {difference}"))?;
        }
        out.text(
            "\n\"control\" and \"data\" are the bytes that crossed this host: listings, manifests and \
             tokens; and blob content.",
        )?;
        out.text(
            "Next: docs/tutorial.md has these steps by hand; `coldkeep demo --keep-running` keeps \
            everything running to try them.",
        )
    }
}
