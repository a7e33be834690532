//! A repository seen as a target: its marker, its chain of commit records, its manifests. The one module that
//! knows the stored format, version 1 (`docs/format.md`; pure pieces: `coldkeep_core::format`).

mod cache;
mod chain;
mod columns;
mod doubts;
mod history;
mod judge;
mod known;
mod list;
mod listing;
mod marker;
mod parts;
mod reading;
mod records;
mod rows;
mod signed;
mod table;
#[cfg(test)]
mod tests;
mod writer;

pub(crate) use chain::{Commit, CommitFacts};
pub(crate) use history::History;
pub(crate) use list::Entries;
pub(crate) use listing::Listing;
pub(crate) use marker::{FoundMarker, refusal};
pub(crate) use rows::IndexRow;
pub(crate) use writer::{Manifest, ManifestWriter};

use crate::Engine;
use bytes::{Bytes, BytesMut};
use cache::Cache;
use coldkeep_azure::{
    Meter,
    blob::{BlobBody, Container, CountsAs, Read, Write},
};
use coldkeep_core::{
    Clock, Kind, Problem, Timestamp, blob::ContentHeaders, id::RepositoryId, point::Entry,
    repository::Repository,
};
use futures::TryStreamExt;
use std::{path::PathBuf, sync::Arc};

/// Written into markers and records, for whoever wonders.
pub(crate) const WRITTEN_BY: &str = concat!("coldkeep ", env!("CARGO_PKG_VERSION"));
/// Control blobs are small; one that is larger is not ours.
const CONTROL_BYTES_MAX: u64 = 256 * 1024 * 1024;

/// One repository seen as a target. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Target {
    container: Container,
    /// Empty, or the folder with its slash.
    prefix: String,
    /// Coldkeep's name for the repository.
    repository: String,
    repository_id: RepositoryId,
    cache: Cache,
    /// What is known of records, by name and ETag.
    records_dir: PathBuf,
    clock: Arc<dyn Clock>,
}

impl Target {
    pub(crate) async fn open(
        engine: &Engine,
        repository: &Repository,
        meter: Arc<Meter>,
    ) -> Result<Target, Problem> {
        Self::over(engine, repository, engine.connect(repository, meter).await?)
    }

    /// The same over a container that is connected already.
    pub(crate) fn over(
        engine: &Engine,
        repository: &Repository,
        container: Container,
    ) -> Result<Target, Problem> {
        let cache_dir = engine.config.data_dir.join("cache");
        let cache = Cache::open(&cache_dir)?;
        Ok(Target {
            container,
            prefix: repository.prefix(),
            repository: repository.name.clone(),
            repository_id: repository.id,
            cache,
            records_dir: cache_dir.join("records"),
            clock: engine.config.clock.clone(),
        })
    }

    pub(crate) fn container(&self) -> &Container {
        &self.container
    }

    /// What all names of this target begin with: empty, or the folder with its slash.
    pub(crate) fn prefix(&self) -> &str {
        &self.prefix
    }

    /// The content of an entry, from the version that the point holds.
    pub(crate) async fn fetch_data(&self, entry: &Entry) -> Result<BlobBody, Problem> {
        let range = entry
            .pack_offset
            .map(|offset| (offset, entry.pack_length.unwrap_or(entry.size_bytes)));
        let read = Read {
            version_id: entry.target_version_id.clone(),
            range,
            counts_as: CountsAs::Data,
            ..Read::default()
        };
        let cannot = || {
            format!(
                "`{}` (the content of `{}`) cannot be read",
                entry.target_name, entry.name
            )
        };
        let body = self
            .container
            .fetch_blob(&entry.target_name, read)
            .await
            .map_err(|e| e.problem(cannot()))?;
        let whole = body.head.blob.size_bytes;
        if range.is_none() && whole != entry.size_bytes {
            let why = format!("it has {whole} bytes instead of {}", entry.size_bytes);
            return Err(corrupt(&format!("`{}`", entry.target_name), &why));
        }
        Ok(body)
    }

    /// The content of a control blob (name within the folder) and its version; none if there is none.
    async fn fetch_control(
        &self,
        name: &str,
        version_id: Option<&str>,
    ) -> Result<Option<(Bytes, Option<String>)>, Problem> {
        let full = format!("{}{name}", self.prefix);
        let read = Read {
            version_id: version_id.map(Into::into),
            ..Read::default()
        };
        let cannot = || format!("`{full}` in the repository `{}` cannot be read", self.repository);
        let body = match self.container.fetch_blob(&full, read).await {
            Ok(body) => body,
            Err(e) if e.kind() == Kind::NotFound && e.code() != Some("ContainerNotFound") => return Ok(None),
            Err(e) => return Err(e.problem(cannot())),
        };
        let size_bytes = body.head.blob.size_bytes;
        if size_bytes > CONTROL_BYTES_MAX {
            return Err(corrupt(
                &format!("`{full}`"),
                &format!("it has {size_bytes} bytes"),
            ));
        }
        let mut content = BytesMut::with_capacity(size_bytes as usize);
        let mut stream = body.stream;
        while let Some(chunk) = stream.try_next().await.map_err(|e| e.problem(cannot()))? {
            content.extend_from_slice(&chunk);
        }
        Ok(Some((content.freeze(), body.head.blob.version_id)))
    }

    /// Creates a control blob (name within the folder). None: something has that name already.
    async fn create_control(
        &self,
        name: &str,
        content: Bytes,
        content_type: &str,
    ) -> Result<Option<Created>, Problem> {
        let full = format!("{}{name}", self.prefix);
        let write = Write {
            headers: ContentHeaders {
                content_type: Some(content_type.into()),
                ..ContentHeaders::default()
            },
            counts_as: CountsAs::Control,
            ..Write::default()
        };
        match self.container.create_blob(&full, content, &write).await {
            Ok(written) => Ok(Some(Created {
                version_id: written.version_id,
            })),
            Err(e) if matches!(e.status(), Some(409 | 412)) && is_exists(e.code()) => Ok(None),
            Err(e) => Err(e.problem(format!(
                "`{full}` in the repository `{}` cannot be written",
                self.repository
            ))),
        }
    }

    fn what(&self, happened: &str) -> String {
        format!("The target `{}` {happened}", self.repository)
    }

    fn now(&self) -> Timestamp {
        self.clock.now()
    }
}

/// What the service said of a control blob it created.
#[derive(Debug)]
struct Created {
    version_id: Option<String>,
}

fn is_exists(code: Option<&str>) -> bool {
    // 409 BlobAlreadyExists from Put Blob; 412 ConditionNotMet from what else takes If-None-Match.
    matches!(code, Some("BlobAlreadyExists" | "ConditionNotMet"))
}

fn corrupt(what: &str, why: &str) -> Problem {
    Problem::new(
        Kind::Corrupt,
        format!("{what} is not what Coldkeep wrote ({why})"),
        "Look for other writers to this container; where it keeps versions, an earlier one may be whole.",
    )
}

fn to_json(value: &impl serde::Serialize) -> Result<Bytes, Problem> {
    let mut text = serde_json::to_vec_pretty(value).map_err(|e| Problem::internal(e.to_string()))?;
    text.push(b'\n');
    Ok(text.into())
}

fn hex_sha256(content: &[u8]) -> String {
    use sha2::Digest;
    data_encoding::HEXLOWER.encode(&sha2::Sha256::digest(content))
}
