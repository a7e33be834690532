//! The chain of commit records: what makes a restore point exist, and what keeps two writers from sharing a place.
//!
//! A record is created under the next number with `If-None-Match: *`; anyone who is second reads the new head and takes
//! the number after it. A lease on a lock blob would need a right that `copy-target` leaves out on purpose
//! (`blobs/write`, which overwrites).

use super::{
    Manifest, Target,
    records::{RECORD_BYTES_MAX, ReadRecord},
    signed,
    target::{WRITTEN_BY, corrupt},
};
use crate::{data::spool::Sorted, ground::Ground};
use bytes::Bytes;
use coldkeep_core::{
    Code, Doubt, Problem, Timestamp, WriterPublicKey,
    format::{self, CommitRecord, DOMAIN_RECORD, Previous, RecordKind, WriterRecord},
    hash::Sha256Digest,
    id::{JobId, PointId, RunId, TargetId},
    point::{Exactness, Point, SourceAddress},
};
use coldkeep_keys::WriterKey;
use uuid::Uuid;

/// Other writers that may be quicker, one after another, before this one gives up.
const ATTEMPTS_MAX: usize = 32;

/// A commit record of a restore point as stored in the target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Commit {
    pub record: CommitRecord,
    /// Of the record's bytes.
    pub sha256: Sha256Digest,
    /// The record's version, where versions are kept.
    pub version_id: Option<String>,
}

impl Commit {
    /// The point it stands for.
    pub(crate) fn point(&self, repository: &str) -> Point {
        let record = &self.record;
        Point {
            id: record.point_id,
            sequence: record.sequence,
            job_name: record.job_name.clone(),
            job_id: record.job_id,
            run_id: record.run_id,
            repository: repository.to_owned(),
            cut_at: record.cut_at,
            committed_at: record.committed_at,
            exactness: record.exactness,
            item_count: record.item_count,
            size_bytes: record.size_bytes,
            doubts: record.doubts.clone(),
            doubt_count: record.doubt_count,
            source: record.source.clone(),
            verification: None,
        }
    }
}

/// The description of a new point, besides its lists.
#[derive(Debug, Clone)]
pub(crate) struct CommitFacts {
    pub point_id: PointId,
    pub run_id: RunId,
    pub job_id: JobId,
    pub job_name: String,
    pub source: SourceAddress,
    pub cut_at: Timestamp,
    pub exactness: Exactness,
    /// Names in doubt or missing, by name.
    pub doubts: Sorted<Doubt>,
}

/// A place in the chain that a record may take.
struct ChainPosition {
    target_id: TargetId,
    sequence: u64,
    previous: Option<Previous>,
}

impl Target {
    /// Refuses a record that is not in the target as it was read.
    pub(crate) async fn check_record(&self, commit: &Commit) -> Result<(), Problem> {
        let sequence = commit.record.sequence;
        let what = format!(
            "`{}` in the repository `{}`",
            self.record_name(sequence),
            self.repository
        );
        match self.fetch_record(sequence, commit.version_id.as_deref()).await? {
            ReadRecord::Whole(raw) if raw.sha256 == commit.sha256 => Ok(()),
            ReadRecord::Gone => Err(corrupt(&what, "it is missing")),
            ReadRecord::Denied(problem) => Err(problem),
            _ => Err(corrupt(&what, "it is not the record that was read")),
        }
    }

    /// Makes the point exist: the record is the last thing written, and written once.
    pub(crate) async fn commit(
        &self,
        ground: &Ground,
        manifest: &Manifest,
        facts: CommitFacts,
    ) -> Result<Point, Problem> {
        let doubts = self.ensure_doubts(&facts.doubts).await?;
        let mut record = CommitRecord {
            format: format::VERSION,
            requires: vec![],
            kind: RecordKind::Point.word().into(),
            target_id: TargetId(Uuid::nil()),
            sequence: 0,
            epoch: 0,
            previous: None,
            point_id: facts.point_id,
            run_id: facts.run_id,
            job_id: facts.job_id,
            job_name: facts.job_name,
            source: facts.source,
            cut_at: facts.cut_at,
            committed_at: self.now(),
            exactness: facts.exactness,
            item_count: manifest.item_count,
            size_bytes: manifest.size_bytes,
            doubt_count: facts.doubts.len(),
            doubts: doubts.inline,
            doubt_parts: doubts.parts,
            parts: manifest.parts.clone(),
            index_parts: manifest.index_parts.clone(),
            written_by: WRITTEN_BY.into(),
        };
        let written = self
            .append(ground, |key, place| {
                record.target_id = place.target_id;
                record.sequence = place.sequence;
                record.epoch = place.sequence;
                record.previous = place.previous;
                signed::sign(key, DOMAIN_RECORD, &record)
            })
            .await?;
        let commit = Commit {
            record,
            sha256: written.sha256,
            version_id: written.version_id,
        };
        Ok(commit.point(&self.repository))
    }

    /// Makes another writer's key trusted by anyone who trusts this installation's.
    pub(crate) async fn admit(&self, ground: &Ground, admits: WriterPublicKey) -> Result<(), Problem> {
        self.append(ground, |key, place| {
            let record = WriterRecord {
                format: format::VERSION,
                requires: vec![],
                kind: RecordKind::Writer.word().into(),
                target_id: place.target_id,
                sequence: place.sequence,
                epoch: place.sequence,
                previous: place.previous,
                admits,
                committed_at: self.now(),
                written_by: WRITTEN_BY.into(),
            };
            signed::sign(key, DOMAIN_RECORD, &record)
        })
        .await
        .map(drop)
    }

    /// Appends a record to the chain, after the newest that is trusted and where nothing else is.
    async fn append(
        &self,
        ground: &Ground,
        mut make: impl FnMut(&WriterKey, ChainPosition) -> Result<Bytes, Problem>,
    ) -> Result<Previous, Problem> {
        for _ in 0..ATTEMPTS_MAX {
            let history = self.fetch_history(ground).await?;
            self.check_writable(&history)?;
            let target_id = match &history.known {
                Some(known) => known.target_id,
                None => return Err(Problem::internal("A record was to be written before the marker")),
            };
            let key = ground.ensure_writer_key(target_id).await?;
            let Some(sequence) = history.next_sequence() else {
                return Err(Problem::new(
                    Code::TargetFull,
                    self.what("has no free number for another commit record"),
                    "Use another folder as the target.",
                ));
            };
            let place = ChainPosition {
                target_id,
                sequence,
                previous: history.head(),
            };
            let content = make(&key, place)?;
            if content.len() as u64 > RECORD_BYTES_MAX {
                return Err(Problem::new(
                    Code::PointRecordTooLong,
                    self.what("cannot hold this restore point: its commit record is too long"),
                    "Copy folders of the source with separate jobs.",
                ));
            }
            if let Some(written) = self.create_record(sequence, content).await? {
                let is_there = |record: &Previous| *record == written || history.is_there(record);
                self.remember_head(ground, Some(written.clone()), is_there)
                    .await?;
                return Ok(written);
            }
        }
        Err(Problem::new(
            Code::TargetBusy,
            self.what("is being changed by other writers"),
            "Run the job again when they are done; blobs that were copied are not copied again.",
        ))
    }

    /// None: something else has this place.
    async fn create_record(&self, sequence: u64, content: Bytes) -> Result<Option<Previous>, Problem> {
        let name = format::commit_name(sequence);
        let sha256 = Sha256Digest::of(&content);
        let created = self.create_control(&name, content, "application/json").await?;
        let version_id = match created {
            Some(created) => created.version_id,
            // The place may be taken by this very record: a lost reply, and the request was sent again.
            None => match self.fetch_record(sequence, None).await? {
                ReadRecord::Whole(raw) if raw.sha256 == sha256 => raw.version_id,
                _ => return Ok(None),
            },
        };
        Ok(Some(Previous {
            sequence,
            sha256,
            version_id,
        }))
    }
}
