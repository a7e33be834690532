//! What is stored: accounts, containers, names, and the versions and staged blocks behind each name.

use super::{
    container_rules::ContainerRules,
    container_state::{ContainerBlobs, ContainerSummary},
    lease::{LeaseStatus, lease_status},
    moment::{Tick, Ticker},
    pending::PendingCopies,
    record::Deletion,
    sections::Sections,
    tier::ArchiveRefusal,
};
use crate::wire::{read, write};
use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, RwLock};

use coldkeep_core::Timestamp;

/// Everything the Blob service holds. Locks are per container, so that busy containers do not wait for each other.
#[derive(Debug)]
pub struct Blobs {
    pub(crate) accounts: RwLock<HashMap<String, Arc<AccountBlobs>>>,
    pub(crate) ticker: Ticker,
    pub(crate) pending: PendingCopies,
    /// How fast Copy Blob works; 0: its copies are done at once.
    pub(crate) copy_bytes_per_s: AtomicU64,
    pub(crate) archive_refusal: RwLock<ArchiveRefusal>,
    /// What user delegation keys are derived from.
    pub(crate) delegation_secret: [u8; 32],
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
            pending: PendingCopies::default(),
            copy_bytes_per_s: AtomicU64::new(0),
            archive_refusal: RwLock::default(),
            delegation_secret,
        }
    }
}

/// A deleted container that can still be brought back.
#[derive(Debug, Clone)]
pub struct DeletedContainerSummary {
    /// What it was.
    pub container: ContainerSummary,
    /// Distinguishes it from others with its name.
    pub version: String,
    /// When it was deleted.
    pub deleted_at: Timestamp,
    /// Whole days that are left.
    pub remaining_days: i64,
}

impl Blobs {
    /// An empty service.
    pub fn new() -> Self {
        Self::default()
    }

    /// Slows down Copy Blob by the simulated clock: in bytes a second. 0: copies are done at once.
    pub fn set_copy_bytes_per_s(&self, rate: u64) {
        self.copy_bytes_per_s.store(rate, Ordering::Relaxed);
    }

    pub(crate) fn copy_bytes_per_s(&self) -> u64 {
        self.copy_bytes_per_s.load(Ordering::Relaxed)
    }

    /// How Archive is refused where an account's redundancy does not have it.
    pub fn set_archive_refusal(&self, refusal: ArchiveRefusal) {
        *write(&self.archive_refusal) = refusal;
    }

    pub(crate) fn archive_refusal(&self) -> ArchiveRefusal {
        *read(&self.archive_refusal)
    }

    /// The containers of an account, by name.
    pub fn containers(&self, account: &str) -> Vec<ContainerSummary> {
        self.account(account)
            .all()
            .iter()
            .map(|container| container.summary())
            .collect()
    }

    /// A container's lease, as it is shown.
    pub(crate) fn container_lease(&self, account: &str, name: &str, now: Timestamp) -> LeaseStatus {
        let account = self.account(account);
        let found = read(&account.containers).get(name).cloned();
        let lease = found.and_then(|container| container.facts().lease);
        lease_status(lease.as_deref(), Tick::at(now))
    }

    /// The deleted containers of an account that can still be brought back.
    pub fn deleted_containers(&self, account: &str, now: Timestamp) -> Vec<DeletedContainerSummary> {
        let now = Tick::at(now);
        self.account(account)
            .deleted(now)
            .iter()
            .map(|deleted| DeletedContainerSummary {
                container: deleted.container.summary(),
                version: deleted.version.clone(),
                deleted_at: deleted.deletion.at.timestamp(),
                remaining_days: deleted.deletion.remaining_days(now),
            })
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

    /// A container, created if missing, and whether it was created.
    pub(crate) fn ensure_container(
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

    /// Deletes a container and all in it for good; false if there was none.
    pub fn delete_container(&self, account: &str, name: &str) -> bool {
        self.remove_container(account, name, None)
    }

    /// Deletes a container according to its account: for `soft_delete_days` it can be restored. False if there was none.
    pub fn soft_delete_container(
        &self,
        account: &str,
        name: &str,
        soft_delete_days: Option<u32>,
        now: Timestamp,
    ) -> bool {
        let deletion = soft_delete_days.map(|days| Deletion::new(now, days));
        self.remove_container(account, name, deletion)
    }

    fn remove_container(&self, account: &str, name: &str, deletion: Option<Deletion>) -> bool {
        let account = self.account(account);
        let Some(container) = write(&account.containers).remove(name) else {
            return false;
        };
        if let Some(deletion) = deletion {
            write(&account.deleted).push(Arc::new(DeletedContainer {
                version: format!("{:016X}", self.tick(deletion.at.timestamp()).to_bits()),
                container,
                deletion,
            }));
        }
        true
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
        container.with_facts(|facts| {
            change(
                Arc::make_mut(&mut facts.rules),
                Arc::make_mut(&mut facts.metadata),
            );
            facts.modified = self.tick(now);
        });
        Some(container.summary())
    }

    pub(crate) fn container(&self, account: &str, name: &str) -> Option<Arc<ContainerBlobs>> {
        read(&self.account(account).containers).get(name).cloned()
    }

    pub(crate) fn account(&self, name: &str) -> Arc<AccountBlobs> {
        if let Some(account) = read(&self.accounts).get(name) {
            return Arc::clone(account);
        }
        Arc::clone(write(&self.accounts).entry(name.to_owned()).or_default())
    }

    pub(crate) fn tick(&self, now: Timestamp) -> Tick {
        self.ticker.next(now)
    }
}

/// The containers of one account.
#[derive(Debug, Default)]
pub(crate) struct AccountBlobs {
    pub(crate) containers: RwLock<BTreeMap<String, Arc<ContainerBlobs>>>,
    pub(crate) deleted: RwLock<Vec<Arc<DeletedContainer>>>,
    pub(crate) service: RwLock<Sections>,
}

/// A container that was deleted and is kept for a while.
#[derive(Debug)]
pub(crate) struct DeletedContainer {
    pub(crate) container: Arc<ContainerBlobs>,
    pub(crate) version: String,
    pub(crate) deletion: Deletion,
}

impl AccountBlobs {
    pub(crate) fn all(&self) -> Vec<Arc<ContainerBlobs>> {
        read(&self.containers).values().cloned().collect()
    }

    /// What was set of the service's properties.
    pub(crate) fn service(&self) -> Sections {
        read(&self.service).clone()
    }

    pub(crate) fn change_service(&self, sections: Sections) {
        write(&self.service).extend(sections);
    }

    /// Deleted containers that can still be brought back.
    pub(crate) fn deleted(&self, now: Tick) -> Vec<Arc<DeletedContainer>> {
        let mut deleted = write(&self.deleted);
        deleted.retain(|one| one.deletion.until > now);
        deleted.clone()
    }

    /// Brings a deleted container back, if its name is free.
    pub(crate) fn restore(&self, name: &str, version: &str, now: Tick) -> Restored {
        let mut containers = write(&self.containers);
        let mut deleted = write(&self.deleted);
        deleted.retain(|one| one.deletion.until > now);
        let found = deleted
            .iter()
            .position(|one| one.container.name == name && one.version == version);
        let Some(found) = found else {
            return Restored::Unknown;
        };
        if containers.contains_key(name) {
            return Restored::NameTaken;
        }
        let container = Arc::clone(&deleted.swap_remove(found).container);
        containers.insert(name.to_owned(), Arc::clone(&container));
        Restored::Done(container)
    }
}

/// What came of bringing a container back.
#[derive(Debug)]
pub(crate) enum Restored {
    Done(Arc<ContainerBlobs>),
    NameTaken,
    Unknown,
}
