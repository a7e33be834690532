//! One repository seen as a target: its container and folder, and the control blobs in it.

use crate::ground::Ground;
use bytes::Bytes;
use coldkeep_azure::{
    Meter,
    blob::{BlobBody, Container, CountsAs, Read, Write},
};
use coldkeep_core::{
    ByteRange, Clock, Code, DataName, Kind, Problem, Timestamp, blob::ContentHeaders,
    copy::method::WriteRefusal, id::RepositoryId, point::Entry, repository::Repository,
};
use std::{path::PathBuf, sync::Arc};

use super::cache::Cache;

/// Written into markers and records, for anyone who wonders.
pub(crate) const WRITTEN_BY: &str = concat!("coldkeep ", env!("CARGO_PKG_VERSION"));

/// One repository seen as a target. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Target {
    pub(super) container: Container,
    /// Empty, or the folder with its slash.
    pub(super) prefix: String,
    /// Coldkeep's name for the repository.
    pub(super) repository: String,
    pub(super) repository_id: RepositoryId,
    pub(super) cache: Cache,
    /// What is known of records, by name and ETag.
    pub(super) records_dir: PathBuf,
    pub(super) clock: Arc<dyn Clock>,
}

impl Target {
    pub(crate) async fn open(
        ground: &Ground,
        repository: &Repository,
        meter: Arc<Meter>,
    ) -> Result<Target, Problem> {
        Self::over(ground, repository, ground.connect(repository, meter).await?)
    }

    /// Opens a target over a container that is already connected.
    pub(crate) fn over(
        ground: &Ground,
        repository: &Repository,
        container: Container,
    ) -> Result<Target, Problem> {
        let cache_dir = ground.config.data_dir.join("cache");
        let cache = Cache::open(&cache_dir)?;
        Ok(Target {
            container,
            prefix: repository.prefix(),
            repository: repository.name.clone(),
            repository_id: repository.id,
            cache,
            records_dir: cache_dir.join("records"),
            clock: ground.config.clock.clone(),
        })
    }

    /// The target, read only from the service: the cache of this host proves nothing.
    pub(crate) fn uncached(&self) -> Self {
        Self {
            cache: self.cache.write_only(),
            ..self.clone()
        }
    }

    /// The target with the deadlines of an unattended run.
    pub(crate) fn patient(self) -> Self {
        Self {
            container: self.container.patient(),
            ..self
        }
    }

    pub(crate) fn container(&self) -> &Container {
        &self.container
    }

    /// What all names of this target begin with: empty, or the folder with its slash.
    pub(crate) fn prefix(&self) -> &str {
        &self.prefix
    }

    /// The container's name of a data blob of this target.
    pub(crate) fn blob_name(&self, name: &DataName) -> String {
        name.within(&self.prefix)
    }

    /// The content of an entry, from the version that the point holds.
    pub(crate) async fn fetch_data(&self, entry: &Entry) -> Result<BlobBody, Problem> {
        let name = self.blob_name(&entry.target_name);
        let range = entry.pack_offset.map(|offset| ByteRange {
            offset,
            length_bytes: entry.pack_length.unwrap_or(entry.size_bytes),
        });
        let read = Read {
            version_id: entry.target_version_id.clone(),
            range,
            counts_as: CountsAs::Data,
            ..Read::default()
        };
        let cannot = || format!("`{name}` (the content of `{}`) cannot be read", entry.name);
        let body = self
            .container
            .fetch_blob(&name, read)
            .await
            .map_err(|e| e.problem(cannot()))?;
        let whole = body.head.blob.size_bytes;
        if range.is_none() && whole != entry.size_bytes {
            let why = format!("it has {whole} bytes instead of {}", entry.size_bytes);
            return Err(corrupt(&format!("`{name}`"), &why));
        }
        Ok(body)
    }

    /// The content of a control blob (name within the folder) and its version; none if there is none. Longer than
    /// `limit_bytes`, it is none of ours.
    pub(super) async fn fetch_control(
        &self,
        name: &str,
        version_id: Option<&str>,
        limit_bytes: usize,
    ) -> Result<Option<(Bytes, Option<String>)>, Problem> {
        let full = format!("{}{name}", self.prefix);
        let cannot = || format!("`{full}` in the repository `{}` cannot be read", self.repository);
        let fetched = self.container.fetch_small_blob(&full, version_id, limit_bytes);
        match fetched.await {
            Ok((head, content)) => Ok(Some((content, head.blob.version_id))),
            Err(e) if e.kind() == Kind::NotFound && e.code() != Some("ContainerNotFound") => Ok(None),
            Err(e) if e.is_too_long() => Err(corrupt(
                &format!("`{full}` in the repository `{}`", self.repository),
                &format!("it has more than {limit_bytes} bytes"),
            )),
            Err(e) => Err(e.problem(cannot())),
        }
    }

    /// Creates a control blob (name within the folder). None: something has that name already.
    pub(super) async fn create_control(
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
            Err(e) if e.meaning() == WriteRefusal::Exists => Ok(None),
            Err(e) => Err(e.problem(format!(
                "`{full}` in the repository `{}` cannot be written",
                self.repository
            ))),
        }
    }

    pub(super) fn what(&self, happened: &str) -> String {
        format!("The target `{}` {happened}", self.repository)
    }

    pub(super) fn now(&self) -> Timestamp {
        self.clock.now()
    }
}

/// The service's answer about a control blob that it created.
#[derive(Debug)]
pub(super) struct Created {
    pub(super) version_id: Option<String>,
}

pub(super) fn corrupt(what: &str, why: &str) -> Problem {
    Problem::new(
        Code::TargetDamaged,
        format!("{what} is not what Coldkeep wrote ({why})"),
        "Find out who else writes to this container. If versioning is enabled, an earlier version may be \
         intact.",
    )
}
