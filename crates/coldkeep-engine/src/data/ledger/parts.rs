//! Content-addressed blobs of a target: written once, shared by every point that has the same content, checked
//! against their name whenever read.

use super::{Commit, Target, doubts::DOUBTS_BYTES_MAX, listed_md5, table::PART_BYTES_MAX, target::corrupt};
use crate::ground::random::random;
use bytes::Bytes;
use coldkeep_core::{
    Code, Problem,
    blob::ListedBlob,
    format::{self, PartRef, other_part_name},
    hash::{Md5, Sha256Digest},
};
use std::collections::BTreeMap;

/// Names that a part is given before its run fails.
const NAMES_MAX: u32 = 4;

/// Which list a part belongs to, and so where it is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PartKind {
    Manifest,
    Index,
    Doubts,
}

impl PartKind {
    fn name(self, sha256: &Sha256Digest) -> String {
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
    /// Uploads a part, unless `shared` has it: a part of an earlier point that was seen whole in the target.
    pub(super) async fn ensure_part(
        &self,
        kind: PartKind,
        content: Bytes,
        span: Span,
        shared: &[PartRef],
    ) -> Result<PartRef, Problem> {
        let sha256 = Sha256Digest::of(&content);
        if let Some(part) = shared.iter().find(|p| p.sha256 == sha256) {
            return Ok(part.clone());
        }
        let size_bytes = content.len() as u64;
        let md5 = Md5::of(&content);
        self.cache.save(&sha256, &content);
        let (name, version_id) = self.create_part(kind, &sha256, content).await?;
        let Span {
            item_count,
            first_name,
            last_name,
        } = span;
        Ok(PartRef {
            name,
            sha256,
            md5,
            version_id,
            item_count,
            size_bytes,
            first_name,
            last_name,
        })
    }

    /// Under the plain name; under another where the plain one is taken by other bytes, which cannot be replaced.
    async fn create_part(
        &self,
        kind: PartKind,
        sha256: &Sha256Digest,
        content: Bytes,
    ) -> Result<(String, Option<String>), Problem> {
        let plain = kind.name(sha256);
        let mut name = plain.clone();
        for _ in 0..NAMES_MAX {
            let created = self
                .create_control(&name, content.clone(), kind.content_type())
                .await?;
            if let Some(created) = created {
                return Ok((name, created.version_id));
            }
            // Another point's, or left by a run that was killed, or another writer's.
            match self.fetch_control(&name, None, kind.bytes_max()).await? {
                Some((there, version_id)) if there == content => return Ok((name, version_id)),
                Some(_) => name = other_part_name(&plain, random()?),
                None => {
                    return Err(Problem::new(
                        Code::TargetBusy,
                        format!("`{}{name}` existed and is now missing", self.prefix),
                        "Blobs are deleted from the target while a job writes to it. Find out who deletes \
                         them, then run the job again.",
                    ));
                }
            }
        }
        Err(Problem::new(
            Code::TargetNameTaken,
            format!(
                "`{}{plain}` cannot be written: every name for it was already in use",
                self.prefix
            ),
            "Find out who writes to the target's folder; then run the job again.",
        ))
    }

    /// The content of a part, from the cache or the target.
    pub(super) async fn fetch_part(&self, kind: PartKind, part: &PartRef) -> Result<Bytes, Problem> {
        if let Some(content) = self.cache.load(&part.sha256) {
            return Ok(content);
        }
        let what = || {
            format!(
                "`{}{}` in the repository `{}`",
                self.prefix, part.name, self.repository
            )
        };
        let limit_bytes = kind.bytes_max();
        if !part.is_named_as(&kind.name(&part.sha256)) || part.size_bytes > limit_bytes as u64 {
            return Err(corrupt(
                &what(),
                "its name or its length is not that of a manifest part",
            ));
        }
        let fetched = self
            .fetch_control(&part.name, part.version_id.as_deref(), limit_bytes)
            .await?;
        let Some((content, _)) = fetched else {
            return Err(corrupt(&what(), "it is missing"));
        };
        if Sha256Digest::of(&content) != part.sha256 {
            return Err(corrupt(
                &what(),
                "the hash of its content differs from the commit record",
            ));
        }
        self.cache.save(&part.sha256, &content);
        Ok(content)
    }

    /// Those parts of a point that a listing does not show whole: with their length and MD5, in their version where
    /// versions are kept. What the cache of this host has proves nothing.
    pub(crate) async fn fetch_missing_parts(&self, commit: &Commit) -> Result<Vec<PartRef>, Problem> {
        let record = &commit.record;
        let lists = [&record.parts, &record.index_parts, &record.doubt_parts];
        let mut missing: BTreeMap<&str, &PartRef> = lists
            .into_iter()
            .flatten()
            .map(|part| (part.name.as_str(), part))
            .collect();
        let versions = missing.values().any(|part| part.version_id.is_some());
        for folder in ["m/", "i/"] {
            if !missing.keys().any(|name| name.starts_with(folder)) {
                continue;
            }
            let mut listing = self.blobs_under(folder, versions);
            while let Some(blob) = listing.next().await? {
                let name = blob.name.strip_prefix(&self.prefix).unwrap_or(&blob.name);
                if missing.get(name).is_some_and(|part| shows(&blob, part)) {
                    missing.remove(name);
                }
            }
        }
        Ok(missing.into_values().cloned().collect())
    }

    /// Refuses a part that is not in the target as it was written.
    pub(crate) async fn check_part(&self, kind: PartKind, part: &PartRef) -> Result<(), Problem> {
        self.fetch_part(kind, part).await.map(drop)
    }

    /// Whether this host can read the part without the target.
    pub(crate) fn has_cached(&self, part: &PartRef) -> bool {
        self.cache.load(&part.sha256).is_some()
    }
}

/// Whether a listed blob is the part, as far as a listing shows.
fn shows(blob: &ListedBlob, part: &PartRef) -> bool {
    let same_version = match &part.version_id {
        Some(version) => blob.version_id.as_ref() == Some(version),
        None => blob.current,
    };
    same_version && blob.size_bytes == part.size_bytes && listed_md5(blob) == Some(part.md5)
}
