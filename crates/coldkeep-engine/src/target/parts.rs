//! Content-addressed blobs of a target: written once, shared by every point that has the same content, checked
//! against their name whenever read.

use super::{Target, corrupt, doubts::DOUBTS_BYTES_MAX, hex_sha256, table::PART_BYTES_MAX};
use bytes::Bytes;
use coldkeep_core::{
    Problem,
    format::{self, PartRef},
};

/// Which list a part belongs to, and so where it lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PartKind {
    Manifest,
    Index,
    Doubts,
}

impl PartKind {
    fn name(self, sha256: &str) -> String {
        match self {
            PartKind::Manifest => format::part_name(sha256),
            PartKind::Index => format::index_part_name(sha256),
            PartKind::Doubts => format::doubt_part_name(sha256),
        }
    }

    /// What a part of this kind has at most.
    fn bytes_max(self) -> usize {
        match self {
            PartKind::Manifest | PartKind::Index => PART_BYTES_MAX,
            PartKind::Doubts => DOUBTS_BYTES_MAX,
        }
    }

    fn content_type(self) -> &'static str {
        match self {
            PartKind::Manifest | PartKind::Index => "application/vnd.apache.parquet",
            PartKind::Doubts => "application/x-ndjson",
        }
    }
}

/// What a part holds, besides its content.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Span {
    pub item_count: u64,
    pub first_name: String,
    pub last_name: String,
}

impl Span {
    pub(super) fn add(&mut self, name: &str) {
        if self.item_count == 0 {
            name.clone_into(&mut self.first_name);
        }
        name.clone_into(&mut self.last_name);
        self.item_count += 1;
    }
}

impl Target {
    /// Uploads a part, unless `known` has it: then nothing is asked of the service.
    pub(super) async fn ensure_part(
        &self,
        kind: PartKind,
        content: Bytes,
        span: Span,
        known: &[PartRef],
    ) -> Result<PartRef, Problem> {
        let sha256 = hex_sha256(&content);
        if let Some(part) = known.iter().find(|p| p.sha256 == sha256) {
            return Ok(part.clone());
        }
        let size_bytes = content.len() as u64;
        self.cache.save(&sha256, &content);
        let name = kind.name(&sha256);
        let version_id = match self
            .create_control(&name, content.clone(), kind.content_type())
            .await?
        {
            Some(created) => created.version_id,
            None => self.check_existing_part(kind, &name, &sha256).await?,
        };
        let Span {
            item_count,
            first_name,
            last_name,
        } = span;
        Ok(PartRef {
            sha256,
            version_id,
            item_count,
            size_bytes,
            first_name,
            last_name,
        })
    }

    /// A part of that name is there (another point's, or left by a run that was killed): it must hold what its
    /// name says, or the point would be built on somebody else's bytes.
    async fn check_existing_part(
        &self,
        kind: PartKind,
        name: &str,
        sha256: &str,
    ) -> Result<Option<String>, Problem> {
        match self.fetch_control(name, None, kind.bytes_max()).await? {
            Some((content, version_id)) if hex_sha256(&content) == sha256 => Ok(version_id),
            Some(_) => Err(corrupt(
                &format!("`{}{name}`", self.prefix),
                "its content does not have the hash it is named by",
            )),
            None => Err(Problem::conflict(
                format!("`{}{name}` was there and is gone", self.prefix),
                "Somebody deletes from the target while it is written to; find out who, then run the job again.",
            )),
        }
    }

    /// The content of a part, from the cache or the target.
    pub(super) async fn fetch_part(&self, kind: PartKind, part: &PartRef) -> Result<Bytes, Problem> {
        if let Some(content) = self.cache.load(&part.sha256) {
            return Ok(content);
        }
        let name = kind.name(&part.sha256);
        let what = || format!("`{}{name}` in the repository `{}`", self.prefix, self.repository);
        let limit_bytes = kind.bytes_max();
        if part.size_bytes > limit_bytes as u64 {
            return Err(corrupt(&what(), "it is longer than a part can be"));
        }
        let fetched = self
            .fetch_control(&name, part.version_id.as_deref(), limit_bytes)
            .await?;
        let Some((content, _)) = fetched else {
            return Err(corrupt(&what(), "it is missing"));
        };
        if hex_sha256(&content) != part.sha256 {
            return Err(corrupt(
                &what(),
                "its content does not have the hash it is named by",
            ));
        }
        self.cache.save(&part.sha256, &content);
        Ok(content)
    }
}
