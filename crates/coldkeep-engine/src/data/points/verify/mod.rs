//! `point verify`: what a point needs, compared with what is in the target. Everything is read from the target: what this
//! host remembers of it proves nothing. A streaming merge of the point's blobs with a listing; memory does not grow with
//! the number of blobs.

mod content;
mod remember;
mod report;

use crate::{
    data::DataWing,
    data::ledger::{Commit, IndexRow, Listing, PartKind, Presence, Target, listed_md5},
    data::spool::{Sorted, Sorter},
};
use coldkeep_api::Verification;
use coldkeep_azure::Meter;
use coldkeep_core::{
    Kind, PointAddress, Problem,
    blob::ListedBlob,
    format::PartRef,
    repository::Tier,
    verification::{Damage, DamageKind},
};
use content::{Content, read_content};
use futures::{StreamExt, stream::FuturesUnordered};
use remember::Memory;
use report::Report;
use std::{path::PathBuf, sync::Arc};

/// The number of blobs that are read at once by a deep verification.
const IN_FLIGHT: usize = 8;
/// The number of rows that came out of order and are held in memory (target names are random: nearly all do).
const BUFFER_ROWS: usize = 8192;

/// A verification under way.
struct Verifying<'a> {
    /// For the bytes of lists that were proven to be in the target.
    target: Target,
    /// For proving them.
    uncached: Target,
    commit: &'a Commit,
    spool: PathBuf,
    report: Report,
    memory: Memory<'a>,
}

impl DataWing {
    /// Whether the point can be restored, as far as a listing shows; `deep` also reads every blob's content. Findings
    /// are remembered, so that the next run copies damaged blobs again.
    pub async fn verify_point(
        &self,
        point: impl Into<PointAddress>,
        deep: bool,
    ) -> Result<Verification, Problem> {
        let point = self.open_point(point).await?;
        let meter: Arc<Meter> = Arc::default();
        let target = point.target_counted(self, meter.clone()).await?.patient();
        let record = &point.commit.record;
        let mut verifying = Verifying {
            memory: Memory::new(self, record.point_id, record.target_id),
            spool: self.ground.config.data_dir.join("spool"),
            report: Report::new(deep),
            commit: &point.commit,
            uncached: target.uncached(),
            target,
        };
        let findings = point.findings.iter();
        findings.for_each(|finding| verifying.report.remark(finding.words()));
        let (manifest, index) = verifying.check_lists().await?;
        let (rows, versions) = verifying.check_manifest(manifest).await?;
        verifying.check_index(index, &rows).await?;
        verifying.check_blobs(&rows, versions, deep).await?;
        let Verifying { memory, report, .. } = verifying;
        let verification = report.finish(point.point(), &meter);
        memory.finish(&verification).await?;
        Ok(verification)
    }
}

impl Verifying<'_> {
    /// The record and every part of the point's lists, as they lie in the target. Answers with the parts of manifest and
    /// index that can be read, be it from this host alone.
    async fn check_lists(&mut self) -> Result<(Vec<PartRef>, Vec<PartRef>), Problem> {
        match self.uncached.check_record(self.commit).await {
            Ok(()) => self.report.parts += 1,
            Err(problem) if problem.kind == Kind::Corrupt => self.report.damage(problem.what),
            Err(problem) => return Err(problem),
        }
        let record = &self.commit.record;
        self.check_parts(PartKind::Doubts, &record.doubt_parts).await?;
        let manifest = self.check_parts(PartKind::Manifest, &record.parts).await?;
        let index = self.check_parts(PartKind::Index, &record.index_parts).await?;
        Ok((manifest, index))
    }

    async fn check_parts(&mut self, kind: PartKind, parts: &[PartRef]) -> Result<Vec<PartRef>, Problem> {
        let mut readable = Vec::new();
        for part in parts {
            let whole = match self.uncached.check_part(kind, part).await {
                Ok(()) => true,
                Err(problem) if problem.kind == Kind::Corrupt => {
                    self.report.damage(problem.what);
                    self.memory.add(damage_of(part)).await?;
                    false
                }
                Err(problem) => return Err(problem),
            };
            self.report.parts += u64::from(whole);
            if whole || self.target.has_cached(part) {
                readable.push(part.clone());
            }
        }
        Ok(readable)
    }

    /// Reads the manifest: its view of the target, in the order of target names, and whether versions are kept.
    async fn check_manifest(&mut self, parts: Vec<PartRef>) -> Result<(Sorted<IndexRow>, bool), Problem> {
        let mut rows = Sorter::new(
            &self.spool,
            |row: &IndexRow| row.target_name.as_bytes(),
            BUFFER_ROWS,
        );
        let mut versions = false;
        let (mut items, mut bytes) = (0u64, 0u64);
        let mut whole = parts.len() == self.commit.record.parts.len();
        let mut entries = self.target.entries_in(parts);
        loop {
            let entry = match entries.next().await {
                Ok(Some(entry)) => entry,
                Ok(None) => break,
                Err(problem) if problem.kind == Kind::Corrupt => {
                    whole = false;
                    self.report.damage(problem.what);
                    continue;
                }
                Err(problem) => return Err(problem),
            };
            items += 1;
            bytes = bytes.saturating_add(entry.size_bytes);
            versions |= entry.target_version_id.is_some();
            if !entry.target_name.is_empty() {
                rows.push(IndexRow::from(&entry))?;
            }
        }
        let record = &self.commit.record;
        (self.report.items, self.report.bytes) = (items, bytes);
        if whole && (items, bytes) != (record.item_count, record.size_bytes) {
            self.report
                .damage("The number of blobs or bytes in the manifest differs from the commit record".into());
        }
        Ok((rows.finish()?, versions))
    }

    /// The index must agree with the manifest.
    async fn check_index(&mut self, parts: Vec<PartRef>, rows: &Sorted<IndexRow>) -> Result<(), Problem> {
        let record = &self.commit.record;
        let mut comparable =
            parts.len() == record.index_parts.len() && self.report.items == record.item_count;
        let mut expected = rows.iter()?;
        let mut index = self.target.index_in(parts);
        let mut differs = false;
        loop {
            match index.next().await {
                // Behind a damaged part the two do not run side by side any more.
                Ok(Some(_)) if !comparable => {}
                Ok(Some(row)) => differs |= expected.next().transpose()? != Some(row),
                Ok(None) => break,
                Err(problem) if problem.kind == Kind::Corrupt => {
                    comparable = false;
                    self.report.damage(problem.what);
                }
                Err(problem) => return Err(problem),
            }
        }
        if comparable && (differs || expected.next().is_some()) {
            self.report.damage("The index differs from the manifest".into());
        }
        Ok(())
    }

    async fn check_blobs(
        &mut self,
        rows: &Sorted<IndexRow>,
        versions: bool,
        deep: bool,
    ) -> Result<(), Problem> {
        let target = self.target.clone();
        let mut listing = target.data_blobs(versions);
        let mut reading = FuturesUnordered::new();
        for row in rows.iter()? {
            let row = row?;
            let Some(online) = self.check_blob(&mut listing, &row).await? else {
                continue;
            };
            if deep && online {
                reading.push(read_content(&target, row));
                if reading.len() >= IN_FLIGHT
                    && let Some((row, content)) = reading.next().await
                {
                    self.take_content(&row, content).await?;
                }
            }
        }
        while let Some((row, content)) = reading.next().await {
            self.take_content(&row, content).await?;
        }
        Ok(())
    }

    async fn damage(&mut self, row: &IndexRow, kind: DamageKind, why: &str) -> Result<(), Problem> {
        let content = self.target.blob_name(&row.target_name);
        self.report
            .damage(format!("`{}`: its content `{content}` {why}", row.name));
        let damage = Damage {
            target_name: row.target_name.to_string(),
            target_version_id: row.target_version_id.clone(),
            kind,
            name: row.name.clone(),
        };
        self.memory.add(damage).await
    }

    /// Compares a row with the blob it names. None: the blob is damaged; else whether it can be read.
    async fn check_blob(&mut self, listing: &mut Listing, row: &IndexRow) -> Result<Option<bool>, Problem> {
        let name = self.target.blob_name(&row.target_name);
        let there = listing.seek(&row.target_name).await?;
        let presence = there.presence_of(row);
        let Presence::Whole(blob) = presence else {
            let why = match presence {
                Presence::Length(bytes) => format!("has {bytes} bytes instead of {}", row.size_bytes),
                Presence::ListedMd5 => {
                    "is listed with another MD5 than the one recorded when it was copied".into()
                }
                _ => "is missing".to_owned(),
            };
            let kind = presence.damage().unwrap_or(DamageKind::Missing);
            self.damage(row, kind, &why).await?;
            return Ok(None);
        };
        let report = &mut self.report;
        report.present += 1;
        if row.target_version_id.is_some() {
            report.versions += 1;
            remark_current(there.current(), row, &name, report);
        }
        match (row.target_tier, blob.tier) {
            (Some(expected), Some(tier)) if expected == tier => report.tiers += 1,
            (Some(expected), Some(tier)) => report.remark(format!(
                "`{}`: its content is in the tier {tier} instead of {expected}",
                row.name
            )),
            _ => {}
        }
        match (&row.md5, listed_md5(blob)) {
            (Some(_), Some(_)) if row.pack_offset.is_none() => report.hashes_listed += 1,
            _ => report.hashes_unknown += 1,
        }
        let online = blob.tier != Some(Tier::Archive);
        report.archived += u64::from(!online);
        Ok(Some(online))
    }

    async fn take_content(&mut self, row: &IndexRow, content: Content) -> Result<(), Problem> {
        let report = &mut self.report;
        match content {
            Content::Same => report.contents += 1,
            Content::NoHash => report.contents_unknown += 1,
            Content::Differs(why) => self.damage(row, DamageKind::Content, &why).await?,
            Content::Gone(problem) => {
                let why = format!("cannot be read: {}", problem.what);
                self.damage(row, DamageKind::Missing, &why).await?;
            }
            Content::Unread(problem) => report.unread(format!("`{}`: {problem}", row.name)),
        }
        Ok(())
    }
}

/// A part of a list, as damage is remembered: the next run writes it again.
fn damage_of(part: &PartRef) -> Damage {
    Damage {
        target_name: part.name.clone(),
        target_version_id: part.version_id.clone(),
        kind: DamageKind::Content,
        name: String::new(),
    }
}

/// Reports it if the bare name now shows another version.
fn remark_current(current: Option<&ListedBlob>, row: &IndexRow, name: &str, report: &mut Report) {
    let what = match current {
        Some(current) if current.version_id == row.target_version_id => return,
        Some(_) => "overwritten",
        None => "deleted",
    };
    report.remark(format!(
        "`{}`: its content `{name}` was {what} outside Coldkeep; the version that this point refers to still \
         exists",
        row.name
    ));
}
