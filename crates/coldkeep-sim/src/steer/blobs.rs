//! Ways around HTTP for tests, benchmarks and the demo: filling containers fast, and looking into them.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;

pub use crate::storage::record::ContentHeaders;
use crate::{
    blob::{
        alias,
        properties::{checked_tags, default_headers, is_metadata_name},
    },
    storage::{
        container_state::ContainerBlobs,
        content::Content,
        moment::Tick,
        record::{Blob, BlobType},
        slot::{Keeping, Which},
        slots::Slots,
        tier::{Tier, Tiering},
    },
    world::World,
};

/// A container for blobs, created if missing.
#[derive(Debug, Clone)]
pub struct ContainerHandle<'w> {
    world: &'w World,
    container: Arc<ContainerBlobs>,
    versioning: bool,
    /// Without directories: names become what the service would make of them.
    flat: bool,
    soft_delete_days: Option<u32>,
}

/// How a blob is seeded.
#[derive(Debug, Clone, Default)]
pub struct Seed {
    /// Without a content type: `application/octet-stream`.
    pub headers: ContentHeaders,
    /// By name; names keep their spelling. By [`ContainerHandle::put`] also names as they were allowed before version 2009-09-19,
    /// which no request can give a blob any more.
    pub metadata: BTreeMap<String, String>,
    /// Index tags.
    pub tags: BTreeMap<String, String>,
    /// `Hot`, `Cool`, `Cold` or `Archive`; the account's default if none or unknown.
    pub tier: Option<String>,
    /// An append blob instead of a block blob.
    pub append: bool,
    /// The stored Content-MD5 property.
    pub content_md5: StoredMd5,
}

/// The Content-MD5 property of a blob; it is not checked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum StoredMd5 {
    /// The content's own, as Put Blob stores it.
    #[default]
    Computed,
    /// None, as after Put Block List.
    Absent,
    /// This one, for any content.
    Given([u8; 16]),
}

impl Seed {
    /// Why no blob can be so.
    pub(crate) fn check(&self) -> Result<(), String> {
        if let Some(name) = self.metadata.keys().find(|name| !is_metadata_name(name)) {
            return Err(format!(
                "`{name}` is not a valid metadata name: letters, digits and _, and no digit first"
            ));
        }
        if checked_tags(self.tags.clone()).is_none() {
            return Err(
                "its tags are not valid in Azure: at most 10, names of 1 to 128 and values of up to 256 \
                        letters, digits, spaces and +-./:=_"
                    .to_owned(),
            );
        }
        match &self.tier {
            Some(tier) if Tier::parse(tier).is_none() => {
                Err(format!("`{tier}` is not a tier: Hot, Cool, Cold, Archive"))
            }
            _ => Ok(()),
        }
    }
}

/// A blob as tests look at it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// The whole content.
    pub content: Bytes,
    /// `BlockBlob`, `AppendBlob` or `PageBlob`.
    pub blob_type: &'static str,
    /// ETag without quotes.
    pub etag: String,
    /// The version's id, where the account keeps versions.
    pub version_id: Option<String>,
    /// Content type and the like.
    pub headers: ContentHeaders,
    /// The stored Content-MD5 property.
    pub content_md5: Option<Vec<u8>>,
    /// By name, as spelled.
    pub metadata: BTreeMap<String, String>,
    /// Index tags.
    pub tags: BTreeMap<String, String>,
    /// `Hot`, `Cool`, `Cold` or `Archive`.
    pub tier: &'static str,
}

impl World {
    /// A container to fill or read; created if missing. An unknown account keeps no versions.
    pub fn blobs_in(&self, account: &str, container: &str) -> ContainerHandle<'_> {
        let found = self.storage_account(account);
        let (container, _) = self.blobs.ensure_container(account, container, self.now());
        ContainerHandle {
            world: self,
            container,
            versioning: found.as_ref().is_some_and(|account| account.versioning),
            flat: found.as_ref().is_none_or(|account| !account.hns),
            soft_delete_days: found.and_then(|account| account.blob_soft_delete_days),
        }
    }
}

impl ContainerHandle<'_> {
    /// Writes block blobs, bytes and nothing else; returns how many. Much faster than over HTTP.
    pub fn fill(&self, blobs: impl IntoIterator<Item = (String, Bytes)>) -> u64 {
        const BATCH: usize = 1024;
        let headers = Arc::new(default_headers());
        let mut blobs = blobs.into_iter();
        let mut count = 0;
        loop {
            let batch: Vec<_> = blobs.by_ref().take(BATCH).collect();
            if batch.is_empty() {
                return count;
            }
            count += batch.len() as u64;
            let drafts: Vec<_> = batch
                .into_iter()
                .map(|(name, bytes)| (name, self.draft(Content::new(bytes), &headers)))
                .collect();
            let mut slots = self.container.write();
            for (name, blob) in drafts {
                self.store(&mut slots, &name, blob);
            }
        }
    }

    /// Writes one blob; returns its version id, or its ETag where there are no versions. In an account without directories
    /// the name becomes what the service would make of it (`./a` is `a`).
    ///
    /// # Panics
    /// If the service would write to no blob of this container for that name.
    pub fn put(&self, name: &str, content: impl Into<Bytes>, how: &Seed) -> String {
        let mut headers = how.headers.clone();
        if headers.content_type.is_none() {
            headers.content_type = default_headers().content_type;
        }
        let content = content.into();
        let mut blob = self.draft(Content::new(content.clone()), &Arc::new(headers));
        match how.content_md5 {
            StoredMd5::Computed => {}
            StoredMd5::Absent => {
                // Content without a computed MD5: answers have none of it.
                (blob.md5, blob.content) = (None, Content::new(content));
            }
            StoredMd5::Given(md5) => blob.md5 = Some(md5),
        }
        blob.metadata = Arc::new(how.metadata.clone());
        blob.tags = Arc::new(how.tags.clone());
        blob.tiering = Tiering::on_write(how.tier.as_deref().and_then(Tier::parse), blob.modified);
        if how.append {
            blob.kind = BlobType::Append;
            blob.sequence = 1;
        }
        let written = blob.modified;
        self.store(&mut self.container.write(), name, blob);
        self.world.blobs.complete_due_copies(self.world.now());
        if self.versioning {
            written.version_id()
        } else {
            written.etag()
        }
    }

    /// Deletes a blob the way a client would; false if there was none.
    pub fn delete(&self, name: &str) -> bool {
        let Some(name) = &self.meant(name) else {
            return false;
        };
        let mut slots = self.container.write();
        let Some(slot) = slots.get_mut(name.as_str()).filter(|slot| slot.current.is_some()) else {
            return false;
        };
        slot.delete(self.keeping());
        if slot.is_empty() {
            slots.remove(name.as_str());
        }
        drop(slots);
        self.world.blobs.complete_due_copies(self.world.now());
        true
    }

    /// The current version of a blob.
    pub fn get(&self, name: &str) -> Option<Seen> {
        let blob = self
            .container
            .find(&self.meant(name)?, Which::Current, Tick::at(self.world.now()))?;
        Some(self.see(&blob))
    }

    /// A version of a blob, current or not.
    pub fn get_version(&self, name: &str, version_id: &str) -> Option<Seen> {
        let version = Which::Version(Tick::from_version_id(version_id)?);
        let blob = self
            .container
            .find(&self.meant(name)?, version, Tick::at(self.world.now()))?;
        Some(self.see(&blob))
    }

    /// Names that have a current version, in the order of their bytes.
    pub fn names(&self) -> Vec<String> {
        let slots = self.container.read();
        slots
            .iter()
            .filter(|(_, slot)| slot.current.is_some())
            .map(|(name, _)| name.to_string())
            .collect()
    }

    /// How many names have a current version, and their bytes together.
    pub fn totals(&self) -> (u64, u64) {
        let slots = self.container.read();
        slots
            .values()
            .filter_map(|slot| slot.current.as_ref())
            .fold((0, 0), |(count, size_bytes), blob| {
                (count + 1, size_bytes + blob.length())
            })
    }

    fn see(&self, blob: &Blob) -> Seen {
        Seen {
            content: blob.content.to_bytes(),
            blob_type: blob.kind.as_str(),
            etag: blob.modified.etag(),
            version_id: blob.version.map(Tick::version_id),
            headers: (*blob.headers).clone(),
            content_md5: blob.md5.as_ref().map(|md5| md5.to_vec()),
            metadata: (*blob.metadata).clone(),
            tags: (*blob.tags).clone(),
            tier: blob.tiering.tier(Tick::at(self.world.now())).as_str(),
        }
    }

    fn draft(&self, content: Arc<Content>, headers: &Arc<ContentHeaders>) -> Blob {
        let modified = self.world.blobs.tick(self.world.now());
        Blob {
            kind: BlobType::Block,
            md5: Some(content.md5()),
            content,
            headers: Arc::clone(headers),
            metadata: Arc::default(),
            tags: Arc::default(),
            tiering: Tiering::on_write(None, modified),
            created: modified,
            modified,
            version: self.versioning.then_some(modified),
            blocks: None,
            copy: None,
            sequence: 0,
            rare: None,
        }
    }

    fn keeping(&self) -> Keeping {
        Keeping {
            versioning: self.versioning,
            soft_delete_days: self.soft_delete_days,
            now: self.world.now(),
        }
    }

    /// The name that the service would take for this one.
    fn meant(&self, name: &str) -> Option<String> {
        if self.flat {
            alias::blob_name(name)
        } else {
            Some(name.to_owned())
        }
    }

    fn store(&self, slots: &mut Slots, name: &str, mut blob: Blob) {
        let Some(name) = &self.meant(name) else {
            panic!("`{name}` is not a valid blob name in an account without directories");
        };
        let slot = slots.ensure(name);
        if let Some(existing) = &slot.current {
            blob.created = existing.created;
        }
        slot.staged = None;
        slot.replace(blob, self.keeping());
    }
}

/// Contents for seeding: `count` blobs named `PREFIXnnnnnnnn`, each of `size_bytes` bytes that differ from blob to blob.
pub fn generated(prefix: &str, count: u64, size_bytes: usize) -> impl Iterator<Item = (String, Bytes)> {
    let prefix = prefix.to_owned();
    (0..count).map(move |number| {
        let mut content = vec![b'.'; size_bytes];
        let stamp = number.to_le_bytes();
        let stamped = stamp.len().min(size_bytes);
        content[..stamped].copy_from_slice(&stamp[..stamped]);
        (format!("{prefix}{number:08}"), content.into())
    })
}
