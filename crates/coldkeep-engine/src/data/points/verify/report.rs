//! What a verification proved, what it did not, and what it found.

use coldkeep_api::Verification;
use coldkeep_azure::Meter;
use coldkeep_core::{
    Fix,
    point::{Exactness, Point},
    run::Counts,
};

/// The number of findings that are named.
const FINDINGS_MAX: usize = 1000;

/// Counted while verifying.
#[derive(Debug, Default)]
pub(super) struct Report {
    deep: bool,
    pub items: u64,
    pub bytes: u64,
    pub parts: u64,
    /// Blobs that are there with the right length.
    pub present: u64,
    pub versions: u64,
    pub tiers: u64,
    pub hashes_listed: u64,
    pub hashes_unknown: u64,
    pub contents: u64,
    pub contents_unknown: u64,
    pub archived: u64,
    unread: u64,
    damages: u64,
    findings: Vec<Fix>,
    findings_left_out: u64,
}

impl Report {
    pub(super) fn new(deep: bool) -> Self {
        Self {
            deep,
            ..Self::default()
        }
    }

    /// The point cannot be restored whole.
    pub(super) fn damage(&mut self, finding: String) {
        self.damages += 1;
        self.remark(finding);
    }

    /// It could not be read; its content is unknown.
    pub(super) fn unread(&mut self, finding: String) {
        self.unread += 1;
        self.remark(finding);
    }

    /// Worth knowing; the point can be restored.
    pub(super) fn remark(&mut self, finding: impl Into<Fix>) {
        if self.findings.len() < FINDINGS_MAX {
            self.findings.push(finding.into());
        } else {
            self.findings_left_out += 1;
        }
    }

    pub(super) fn finish(mut self, point: Point, meter: &Meter) -> Verification {
        if self.findings_left_out > 0 {
            let more = format!("and {} more", self.findings_left_out);
            self.findings.push(more.into());
        }
        Verification {
            ok: self.damages == 0 && self.unread == 0,
            deep: self.deep,
            items_checked: self.items,
            bytes_checked: self.bytes,
            items_damaged: self.damages,
            items_unchecked: self.unread + if self.deep { self.archived } else { 0 },
            proved: self.proved(),
            not_proved: self.not_proved(&point),
            counts: Counts {
                items_total: self.items,
                items_done: self.items,
                items_failed: self.damages,
                bytes_total: self.bytes,
                bytes_done: self.bytes,
                requests: Meter::read(&meter.requests),
                retries: Meter::read(&meter.retries),
                control_bytes: Meter::read(&meter.control_bytes),
                data_bytes: Meter::read(&meter.data_bytes),
                ..Counts::default()
            },
            findings: self.findings,
            point,
        }
    }

    fn proved(&self) -> Vec<String> {
        let lines = [
            (
                self.parts,
                "manifest parts and records exist with their recorded hash",
            ),
            (self.present, "blobs exist with their recorded length"),
            (self.versions, "blobs exist in the version that was written"),
            (self.tiers, "blobs are in the tier that they were written with"),
            (
                self.hashes_listed,
                "blobs are listed with the MD5 that was recorded when they were copied",
            ),
            (self.contents, "blobs were read and match every recorded hash"),
        ];
        lines
            .iter()
            .filter(|(n, _)| *n > 0)
            .map(|(n, what)| format!("{n} {what}"))
            .collect()
    }

    fn not_proved(&self, point: &Point) -> Vec<String> {
        let mut lines = Vec::new();
        if !self.deep && self.present > 0 {
            lines.push("the content was not read (a deep verification reads it)".to_owned());
        }
        if !self.deep && self.hashes_unknown > 0 {
            lines.push(format!(
                "the listing shows no MD5 to compare for {} blobs",
                self.hashes_unknown
            ));
        }
        if self.contents_unknown > 0 {
            lines.push(format!(
                "{} blobs were read in full, but no hash was recorded for them",
                self.contents_unknown
            ));
        }
        if self.deep && self.archived > 0 {
            lines.push(format!(
                "the content of {} blobs could not be read: they are archived",
                self.archived
            ));
        }
        if self.unread > 0 {
            lines.push(format!("{} blobs could not be read this time", self.unread));
        }
        match point.exactness {
            Exactness::Exact => {}
            Exactness::Inexact => lines.push(format!(
                "the point is inexact: {} uncertain blobs",
                point.doubt_count
            )),
            Exactness::Incomplete => {
                lines.push(format!(
                    "the point is incomplete: {} missing or uncertain blobs",
                    point.doubt_count
                ));
            }
        }
        lines
    }
}
