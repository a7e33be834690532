//! The chain of commit records: what makes a restore point exist, and what keeps two writers from sharing a place.
//!
//! A record is created under the next number with `If-None-Match: *`; whoever is second reads the new head and takes
//! the number after it. A lease on a lock blob would need a right that `copy-target` leaves out on purpose
//! (`blobs/write`, which overwrites).

use super::{Manifest, RECORD_BYTES_MAX, Target, WRITTEN_BY, corrupt, hex_sha256, to_json};
use crate::spool::Sorted;
use bytes::Bytes;
use coldkeep_azure::blob::Include;
use coldkeep_core::{
    Problem, Timestamp,
    format::{self, CommitRecord, Previous},
    id::{JobId, PointId, RunId},
    point::{Doubt, Exactness, Point, SourceAddress},
};

/// Other writers that may be quicker, one after another, before this one gives up.
const ATTEMPTS_MAX: usize = 32;
/// The only kind of record there is in version 1.
const KIND_POINT: &str = "point";

/// A commit record as it lies in the target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Commit {
    pub record: CommitRecord,
    /// Of the record's bytes.
    pub sha256: String,
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
            job_id: record.job_id.clone(),
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
        }
    }
}

/// What a new point says of itself, besides its lists.
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

impl Target {
    /// All commit records, oldest first, each proven by the hash in the next one.
    pub(crate) async fn fetch_commits(&self) -> Result<Vec<Commit>, Problem> {
        let sequences = self.fetch_sequences().await?;
        let mut commits: Vec<Commit> = Vec::with_capacity(sequences.len());
        for sequence in sequences.into_iter().rev() {
            let commit = self.fetch_commit(sequence, commits.last()).await?;
            commits.push(commit);
        }
        commits.reverse();
        Ok(commits)
    }

    /// Refuses a record that is not in the target as it was read.
    pub(crate) async fn check_record(&self, commit: &Commit) -> Result<(), Problem> {
        let name = format::commit_name(commit.record.sequence);
        let what = format!("`{}{name}` in the repository `{}`", self.prefix, self.repository);
        match self
            .fetch_control(&name, commit.version_id.as_deref(), RECORD_BYTES_MAX)
            .await?
        {
            Some((content, _)) if hex_sha256(&content) == commit.sha256 => Ok(()),
            Some(_) => Err(corrupt(&what, "it is another record than the one that was read")),
            None => Err(corrupt(&what, "it is missing")),
        }
    }

    /// Makes the point exist: the record is the last thing written, and written once.
    pub(crate) async fn commit(&self, manifest: &Manifest, facts: CommitFacts) -> Result<Point, Problem> {
        let doubts = self.ensure_doubts(&facts.doubts).await?;
        let mut record = CommitRecord {
            format: format::VERSION,
            requires: vec![],
            kind: KIND_POINT.into(),
            sequence: 0,
            epoch: 0,
            previous: None,
            point_id: facts.point_id,
            run_id: facts.run_id,
            job_id: facts.job_id.to_string(),
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
        for _ in 0..ATTEMPTS_MAX {
            let head = match self.fetch_sequences().await?.last() {
                Some(sequence) => Some(self.fetch_commit(*sequence, None).await?),
                None => None,
            };
            record.sequence = head.as_ref().map_or(1, |h| h.record.sequence + 1);
            record.epoch = record.sequence;
            record.previous = head.map(|h| Previous {
                sequence: h.record.sequence,
                sha256: h.sha256,
                version_id: h.version_id,
            });
            if let Some(commit) = self.try_commit(&record).await? {
                return Ok(commit.point(&self.repository));
            }
        }
        Err(Problem::conflict(
            self.what("is written to by others all the time"),
            "Run the job again when they are done; what was copied is not copied again.",
        ))
    }

    /// None: another writer has this place.
    async fn try_commit(&self, record: &CommitRecord) -> Result<Option<Commit>, Problem> {
        let name = format::commit_name(record.sequence);
        let content = to_json(record)?;
        let sha256 = hex_sha256(&content);
        if let Some(created) = self
            .create_control(&name, content.clone(), "application/json")
            .await?
        {
            self.cache.save(&sha256, &content);
            return Ok(Some(Commit {
                record: record.clone(),
                sha256,
                version_id: created.version_id,
            }));
        }
        // The place may be taken by this very record: a lost reply, and the request was sent again.
        let there = self.fetch_control(&name, None, RECORD_BYTES_MAX).await?;
        let version_id = there
            .filter(|(bytes, _)| *bytes == content)
            .map(|(_, version_id)| version_id);
        Ok(version_id.map(|version_id| Commit {
            record: record.clone(),
            sha256,
            version_id,
        }))
    }

    /// The sequences of the records that are there, ascending and without a gap.
    async fn fetch_sequences(&self) -> Result<Vec<u64>, Problem> {
        let prefix = format!("{}commits/", self.prefix);
        let mut sequences: Vec<u64> = Vec::new();
        let mut pages = self.container.list(&prefix, Include::default());
        let cannot = |e: coldkeep_azure::Error| e.problem(self.what("cannot be listed"));
        while let Some(page) = pages.next().await.map_err(cannot)? {
            let names = page
                .blobs
                .iter()
                .filter_map(|b| b.name.strip_prefix(&self.prefix));
            sequences.extend(names.filter_map(format::commit_sequence));
        }
        sequences.sort_unstable();
        match sequences.windows(2).find(|pair| pair[1] != pair[0] + 1) {
            Some(gap) => {
                let name = format::commit_name(gap[0] + 1);
                Err(corrupt(
                    &format!("The chain of commit records in `{}`", self.repository),
                    &format!("`{name}` is missing"),
                ))
            }
            None => Ok(sequences),
        }
    }

    /// Reads one record; `next` is the one after it, which knows its hash.
    async fn fetch_commit(&self, sequence: u64, next: Option<&Commit>) -> Result<Commit, Problem> {
        let known = next.and_then(|n| n.record.previous.as_ref());
        if let Some(previous) = known
            && let Some(content) = self.cache.load(&previous.sha256)
        {
            return self.read_commit(sequence, &content, previous.version_id.clone());
        }
        let name = format::commit_name(sequence);
        let what = format!("`{}{name}` in the repository `{}`", self.prefix, self.repository);
        let version_id = known.and_then(|p| p.version_id.as_deref());
        let Some((content, version_id)) = self.fetch_control(&name, version_id, RECORD_BYTES_MAX).await?
        else {
            return Err(corrupt(&what, "it is missing"));
        };
        let commit = self.read_commit(sequence, &content, version_id)?;
        if next.is_some() && known.map(|p| p.sha256.as_str()) != Some(commit.sha256.as_str()) {
            return Err(corrupt(
                &what,
                "it does not have the hash that the record after it names",
            ));
        }
        self.cache.save(&commit.sha256, &content);
        Ok(commit)
    }

    fn read_commit(
        &self,
        sequence: u64,
        content: &Bytes,
        version_id: Option<String>,
    ) -> Result<Commit, Problem> {
        let what = format!(
            "The commit record {sequence} in the repository `{}`",
            self.repository
        );
        // What a newer Coldkeep wrote may differ in any member: the two that say so are read first.
        let head: Head = serde_json::from_slice(content).map_err(|e| corrupt(&what, &e.to_string()))?;
        format::check_readable(&what, head.format, &head.requires)?;
        let record: CommitRecord =
            serde_json::from_slice(content).map_err(|e| corrupt(&what, &e.to_string()))?;
        if record.sequence != sequence || record.kind != KIND_POINT {
            return Err(corrupt(&what, "it is another record"));
        }
        Ok(Commit {
            record,
            sha256: hex_sha256(content),
            version_id,
        })
    }
}

/// What every version of a record has.
#[derive(serde::Deserialize)]
struct Head {
    format: u32,
    #[serde(default)]
    requires: Vec<String>,
}
