//! What is stored: accounts, containers, names, and the versions and staged blocks behind each name.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use coldkeep_core::Timestamp;

use super::content::Content;
use super::lease::Lease;
use super::moment::{Tick, Ticker};
use super::tier::Tiering;
use crate::world::container_rules::ContainerRules;

/// Everything the Blob service holds. Locks are per container, so that busy containers do not wait for each other.
#[derive(Debug)]
pub struct Blobs {
    accounts: RwLock<HashMap<String, Arc<AccountBlobs>>>,
    ticker: Ticker,
    /// What user delegation keys are derived from.
    pub(super) delegation_secret: [u8; 32],
}

impl Default for Blobs {
    fn default() -> Self {
        let mut delegation_secret = [0; 32];
        let (low, high) = delegation_secret.split_at_mut(16);
        low.copy_from_slice(uuid::Uuid::new_v4().as_bytes());
        high.copy_from_slice(uuid::Uuid::new_v4().as_bytes());
        Self {
            accounts: RwLock::default(),
            ticker: Ticker::default(),
            delegation_secret,
        }
    }
}

/// A container as Resource Manager shows it.
#[derive(Debug, Clone)]
pub struct ContainerSummary {
    /// The container's name.
    pub name: String,
    /// ETag without quotes.
    pub etag: String,
    /// When it was last changed.
    pub last_modified: Timestamp,
    /// Its metadata.
    pub metadata: Arc<BTreeMap<String, String>>,
    /// What protects its blobs.
    pub rules: Arc<ContainerRules>,
}

impl Blobs {
    /// An empty service.
    pub fn new() -> Self {
        Self::default()
    }

    /// The containers of an account, by name.
    pub fn containers(&self, account: &str) -> Vec<ContainerSummary> {
        self.account(account)
            .all()
            .iter()
            .map(|container| container.summary())
            .collect()
    }

    /// Whether a container exists.
    pub fn container_exists(&self, account: &str, name: &str) -> bool {
        self.container(account, name).is_some()
    }

    /// Creates a container; false if it was there already.
    pub fn create_container(&self, account: &str, name: &str, now: Timestamp) -> bool {
        self.ensure_container(account, name, now).1
    }

    /// A container, made if it is not there, and whether that was so.
    pub(super) fn ensure_container(
        &self,
        account: &str,
        name: &str,
        now: Timestamp,
    ) -> (Arc<ContainerBlobs>, bool) {
        let tick = self.tick(now);
        let account = self.account(account);
        let mut containers = write(&account.containers);
        let mut created = false;
        let container = containers.entry(name.to_owned()).or_insert_with(|| {
            created = true;
            Arc::new(ContainerBlobs::new(name, tick))
        });
        (Arc::clone(container), created)
    }

    /// Deletes a container and all in it; false if there was none.
    pub fn delete_container(&self, account: &str, name: &str) -> bool {
        write(&self.account(account).containers).remove(name).is_some()
    }

    /// Whether a container holds any blob.
    pub fn container_has_blobs(&self, account: &str, name: &str) -> bool {
        self.container(account, name)
            .is_some_and(|container| container.read().values().any(|slot| !slot.is_empty()))
    }

    /// Forgets all containers of an account.
    pub fn delete_account(&self, account: &str) {
        write(&self.accounts).remove(account);
    }

    /// Changes what protects a container, and its metadata; a changed container has another ETag. `None`: there is none.
    pub fn change_container(
        &self,
        account: &str,
        name: &str,
        now: Timestamp,
        change: impl FnOnce(&mut ContainerRules, &mut BTreeMap<String, String>),
    ) -> Option<ContainerSummary> {
        let container = self.container(account, name)?;
        let mut held = write(&container.facts);
        let facts = &mut *held;
        change(
            Arc::make_mut(&mut facts.rules),
            Arc::make_mut(&mut facts.metadata),
        );
        facts.modified = self.tick(now);
        drop(held);
        Some(container.summary())
    }

    pub(super) fn container(&self, account: &str, name: &str) -> Option<Arc<ContainerBlobs>> {
        read(&self.account(account).containers).get(name).cloned()
    }

    pub(super) fn account(&self, name: &str) -> Arc<AccountBlobs> {
        if let Some(account) = read(&self.accounts).get(name) {
            return Arc::clone(account);
        }
        Arc::clone(write(&self.accounts).entry(name.to_owned()).or_default())
    }

    pub(super) fn tick(&self, now: Timestamp) -> Tick {
        self.ticker.next(now)
    }
}

/// The containers of one account.
#[derive(Debug, Default)]
pub(super) struct AccountBlobs {
    containers: RwLock<BTreeMap<String, Arc<ContainerBlobs>>>,
}

impl AccountBlobs {
    pub(super) fn all(&self) -> Vec<Arc<ContainerBlobs>> {
        read(&self.containers).values().cloned().collect()
    }
}

/// Names and what is behind them, in the order of their bytes.
pub(super) type Slots = BTreeMap<Arc<str>, Slot>;

/// One container.
#[derive(Debug)]
pub(super) struct ContainerBlobs {
    pub(super) name: String,
    facts: RwLock<ContainerFacts>,
    slots: RwLock<Slots>,
}

/// What can change about a container itself.
#[derive(Debug, Clone)]
pub(super) struct ContainerFacts {
    pub(super) modified: Tick,
    pub(super) metadata: Metadata,
    /// What Resource Manager set on it.
    pub(super) rules: Arc<ContainerRules>,
}

impl ContainerBlobs {
    fn new(name: &str, tick: Tick) -> Self {
        let facts = ContainerFacts {
            modified: tick,
            metadata: Metadata::default(),
            rules: Arc::default(),
        };
        Self {
            name: name.to_owned(),
            facts: RwLock::new(facts),
            slots: RwLock::default(),
        }
    }

    pub(super) fn facts(&self) -> ContainerFacts {
        read(&self.facts).clone()
    }

    pub(super) fn set_facts(&self, facts: ContainerFacts) {
        *write(&self.facts) = facts;
    }

    pub(super) fn read(&self) -> RwLockReadGuard<'_, Slots> {
        read(&self.slots)
    }

    pub(super) fn write(&self) -> RwLockWriteGuard<'_, Slots> {
        write(&self.slots)
    }

    /// The current version of a name, or the given one.
    pub(super) fn find(&self, name: &str, version: Option<Tick>) -> Option<Arc<Blob>> {
        let slots = self.read();
        let slot = slots.get(name)?;
        match version {
            None => slot.current.clone(),
            Some(version) => slot.version(version).cloned(),
        }
    }

    fn summary(&self) -> ContainerSummary {
        let facts = self.facts();
        ContainerSummary {
            name: self.name.clone(),
            etag: facts.modified.etag(),
            last_modified: facts.modified.timestamp(),
            metadata: facts.metadata,
            rules: facts.rules,
        }
    }
}

/// What is behind one name.
#[derive(Debug, Default)]
pub(super) struct Slot {
    pub(super) current: Option<Arc<Blob>>,
    /// Previous versions, oldest first.
    pub(super) previous: Vec<Arc<Blob>>,
    /// Uncommitted blocks by block id.
    pub(super) staged: Option<BTreeMap<String, Arc<Content>>>,
    pub(super) lease: Option<Box<Lease>>,
}

impl Slot {
    /// A version, be it the current one or not.
    pub(super) fn version(&self, version: Tick) -> Option<&Arc<Blob>> {
        self.current
            .iter()
            .chain(&self.previous)
            .find(|blob| blob.version == Some(version))
    }

    /// Makes `blob` the current version. With `versioning`, what was there before stays as a previous version.
    pub(super) fn replace(&mut self, blob: Blob, versioning: bool) -> Arc<Blob> {
        self.retire(versioning);
        let blob = Arc::new(blob);
        self.current = Some(Arc::clone(&blob));
        blob
    }

    /// Takes the current version away; it becomes a previous version if it has an id or `versioning` gives it one.
    pub(super) fn retire(&mut self, versioning: bool) {
        let Some(mut old) = self.current.take() else {
            return;
        };
        if old.version.is_none() && versioning {
            Arc::make_mut(&mut old).version = Some(old.modified);
        }
        if old.version.is_some() {
            self.previous.push(old);
        }
    }

    /// Changes the current blob in place: no new version.
    pub(super) fn amend(&mut self, change: impl FnOnce(&mut Blob)) -> Option<Arc<Blob>> {
        let current = self.current.as_mut()?;
        change(Arc::make_mut(current));
        Some(Arc::clone(current))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.current.is_none() && self.previous.is_empty() && self.staged.is_none()
    }
}

/// Metadata in the order of its names.
pub(super) type Metadata = Arc<BTreeMap<String, String>>;
/// Index tags in the order of their keys.
pub(super) type Tags = Arc<BTreeMap<String, String>>;

/// The kinds of blob.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BlobType {
    Block,
    Append,
    Page,
}

impl BlobType {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Block => "BlockBlob",
            Self::Append => "AppendBlob",
            Self::Page => "PageBlob",
        }
    }
}

/// Content headers a blob was written with, each as it was sent:
/// <https://learn.microsoft.com/rest/api/storageservices/put-blob#request-headers-all-blob-types>.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ContentHeaders {
    /// `Content-Type`.
    pub content_type: Option<String>,
    /// `Content-Encoding`.
    pub content_encoding: Option<String>,
    /// `Content-Language`.
    pub content_language: Option<String>,
    /// `Content-Disposition`.
    pub content_disposition: Option<String>,
    /// `Cache-Control`.
    pub cache_control: Option<String>,
}

/// The last Copy Blob that wrote a blob.
#[derive(Debug, Clone)]
pub(super) struct CopyState {
    pub(super) id: String,
    pub(super) source: String,
    pub(super) completed: Tick,
    pub(super) length: u64,
}

/// A committed block.
#[derive(Debug, Clone)]
pub(super) struct Block {
    pub(super) id: Box<str>,
    pub(super) content: Arc<Content>,
}

/// One version of a blob.
#[derive(Debug, Clone)]
pub(super) struct Blob {
    pub(super) kind: BlobType,
    pub(super) content: Arc<Content>,
    /// The stored Content-MD5: computed for Put Blob, given for a block list, possibly none.
    pub(super) md5: Option<[u8; 16]>,
    pub(super) headers: Arc<ContentHeaders>,
    pub(super) metadata: Metadata,
    pub(super) tags: Tags,
    pub(super) tiering: Tiering,
    pub(super) created: Tick,
    /// Last-Modified and ETag.
    pub(super) modified: Tick,
    pub(super) version: Option<Tick>,
    pub(super) blocks: Option<Arc<Vec<Block>>>,
    pub(super) copy: Option<Arc<CopyState>>,
    /// Blocks appended (append blobs) or writes made (page blobs).
    pub(super) sequence: u32,
}

impl Blob {
    pub(super) fn length(&self) -> u64 {
        self.content.length()
    }
}

pub(super) fn read<T>(lock: &RwLock<T>) -> RwLockReadGuard<'_, T> {
    lock.read().unwrap_or_else(PoisonError::into_inner)
}

pub(super) fn write<T>(lock: &RwLock<T>) -> RwLockWriteGuard<'_, T> {
    lock.write().unwrap_or_else(PoisonError::into_inner)
}
