//! Which commit records are there, and their bytes. The listing decides what is there; the cache only spares the
//! reading of bytes that are known under the very ETag that is listed.

use super::Target;
use bytes::Bytes;
use coldkeep_azure::{Error, blob::Include};
use coldkeep_core::{Kind, Problem, format, hash::Sha256Digest, target_finding::Anomaly};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, path::PathBuf};

/// A record is a few MiB at most, however many parts it names; what is larger is none.
pub(super) const RECORD_BYTES_MAX: u64 = 32 * 1024 * 1024;
/// The maximum number of names among the records that are looked at; a target with a point an hour has fewer in ten years.
const RECORDS_MAX: usize = 100_000;
/// The maximum number of strays reported by name.
pub(super) const STRAYS_TOLD_MAX: usize = 100;
/// The number of remembered ETags at which the folder is emptied; that costs requests only.
const ETAGS_MAX: usize = 20_000;

/// The blobs under `commits/`.
#[derive(Debug, Default)]
pub(super) struct RecordNames {
    pub records: BTreeMap<u64, ListedRecord>,
    /// Names (within the folder) that no record has; the first of them.
    pub strays: Vec<String>,
    /// Further ones, and records beyond what is looked at.
    pub left_out: usize,
}

#[derive(Debug, Clone)]
pub(super) struct ListedRecord {
    etag: String,
    pub size_bytes: u64,
}

/// A record's bytes as they are in the target.
#[derive(Debug, Clone)]
pub(super) struct RawRecord {
    pub content: Bytes,
    pub sha256: Sha256Digest,
    pub version_id: Option<String>,
}

/// What was read.
#[derive(Debug)]
pub(super) enum ReadRecord {
    Whole(RawRecord),
    /// It is no record that could be read.
    Strange(Anomaly),
    /// Its reader has no right to it.
    Denied(Problem),
    /// It went between the listing and now.
    Gone,
}

impl Target {
    pub(super) async fn list_records(&self) -> Result<RecordNames, Problem> {
        let prefix = format!("{}commits/", self.prefix);
        let mut names = RecordNames::default();
        let mut pages = self.container.list(&prefix, Include::default());
        let cannot = |e: Error| e.problem(self.what("cannot be listed"));
        while let Some(page) = pages.next().await.map_err(cannot)? {
            for blob in page.blobs {
                let name = blob.name.strip_prefix(&self.prefix).unwrap_or(&blob.name);
                match format::commit_sequence(name) {
                    Some(sequence) if names.records.len() < RECORDS_MAX => {
                        let (etag, size_bytes) = (blob.etag, blob.size_bytes);
                        names.records.insert(sequence, ListedRecord { etag, size_bytes });
                    }
                    None if names.strays.len() < STRAYS_TOLD_MAX => names.strays.push(name.to_owned()),
                    _ => names.left_out += 1,
                }
            }
        }
        Ok(names)
    }

    /// The record that is listed.
    pub(super) async fn read_record(
        &self,
        sequence: u64,
        listed: &ListedRecord,
    ) -> Result<ReadRecord, Problem> {
        if listed.size_bytes > RECORD_BYTES_MAX {
            let why = format!("it has {} bytes", listed.size_bytes);
            return Ok(ReadRecord::Strange(Anomaly::Stray(why)));
        }
        let note = self.note_of(sequence, &listed.etag);
        if let Some(known) = note.load()
            && let Some(content) = self.cache.load(&known.sha256)
        {
            return Ok(ReadRecord::Whole(RawRecord {
                content,
                sha256: known.sha256,
                version_id: known.version_id,
            }));
        }
        self.fetch_record(sequence, None).await
    }

    /// The bytes under a record's name, of a version or as they are now.
    pub(super) async fn fetch_record(
        &self,
        sequence: u64,
        version_id: Option<&str>,
    ) -> Result<ReadRecord, Problem> {
        let full = self.record_name(sequence);
        let cannot = || format!("`{full}` in the repository `{}` cannot be read", self.repository);
        let limit_bytes = usize::try_from(RECORD_BYTES_MAX).unwrap_or(usize::MAX);
        let fetched = self.container.fetch_small_blob(&full, version_id, limit_bytes);
        let (head, content) = match fetched.await {
            Ok(fetched) => fetched,
            Err(e) if e.is_too_long() => {
                return Ok(ReadRecord::Strange(Anomaly::Stray("it is too long".into())));
            }
            Err(e) => return unread(&e, cannot()),
        };
        let version_id = head.blob.version_id;
        Ok(ReadRecord::Whole(RawRecord {
            sha256: Sha256Digest::of(&content),
            content,
            version_id,
        }))
    }

    /// Spares reading a record that is trusted the next time.
    pub(super) fn keep_record(&self, sequence: u64, listed: &ListedRecord, raw: &RawRecord) {
        let note = self.note_of(sequence, &listed.etag);
        if note.load().is_none() {
            self.cache.save(&raw.sha256, &raw.content);
            note.save(&KnownRecord {
                sha256: raw.sha256,
                version_id: raw.version_id.clone(),
            });
        }
    }

    /// A record's name, whole.
    pub(super) fn record_name(&self, sequence: u64) -> String {
        format!("{}{}", self.prefix, format::commit_name(sequence))
    }

    fn note_of(&self, sequence: u64, etag: &str) -> Note {
        let (endpoint, container) = (self.container.endpoint(), self.container.container());
        let name = self.record_name(sequence);
        let key = format!("{endpoint}\n{container}\n{name}\n{etag}");
        Note {
            path: self
                .records_dir
                .join(Sha256Digest::of(key.as_bytes()).to_string()),
        }
    }
}

/// A blob that cannot be read affects nothing else: anyone who can create blobs can create one in the Archive tier, or
/// encrypted with a customer-provided key.
fn unread(e: &Error, cannot: String) -> Result<ReadRecord, Problem> {
    match (e.kind(), e.class()) {
        (Kind::NotFound, _) if e.code() != Some("ContainerNotFound") => Ok(ReadRecord::Gone),
        (Kind::Denied, _) => Ok(ReadRecord::Denied(e.problem(cannot))),
        (Kind::NotFound | Kind::Unauthenticated | Kind::Throttled | Kind::Unavailable, _) => {
            Err(e.problem(cannot))
        }
        (_, Some(class)) if class.is_of_request() => {
            let code = e.code().unwrap_or("the service refuses").to_owned();
            Ok(ReadRecord::Strange(Anomaly::Stray(format!(
                "it cannot be read: {code}"
            ))))
        }
        _ => Err(e.problem(cannot)),
    }
}

#[derive(Debug, Serialize, Deserialize)]
struct KnownRecord {
    sha256: Sha256Digest,
    version_id: Option<String>,
}

/// What is known of the bytes under one name and ETag: a small file.
struct Note {
    path: PathBuf,
}

impl Note {
    fn load(&self) -> Option<KnownRecord> {
        serde_json::from_slice(&std::fs::read(&self.path).ok()?).ok()
    }

    /// A note that cannot be written is no reason to fail.
    fn save(&self, known: &KnownRecord) {
        if let Err(e) = self.try_save(known) {
            tracing::debug!(error = %e, "a record's hash was not noted");
        }
    }

    fn try_save(&self, known: &KnownRecord) -> std::io::Result<()> {
        let Some(dir) = self.path.parent() else {
            return Ok(());
        };
        std::fs::create_dir_all(dir)?;
        if std::fs::read_dir(dir)?.count() > ETAGS_MAX {
            std::fs::remove_dir_all(dir)?;
            std::fs::create_dir_all(dir)?;
        }
        let file = tempfile::NamedTempFile::new_in(dir)?;
        serde_json::to_writer(&file, known)?;
        file.persist(&self.path)?;
        Ok(())
    }
}
