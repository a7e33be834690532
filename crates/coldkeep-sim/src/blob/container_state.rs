//! One container: what it is itself, the names in it and what is behind each.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, RwLock, RwLockReadGuard, RwLockWriteGuard};

use serde::{Deserialize, Serialize};

use super::lease::Lease;
use super::moment::Tick;
use super::record::{Blob, Metadata};
use super::slot::{Slot, Which};
pub(super) use super::slots::Slots;
use super::state::{ContainerSummary, read, write};
use crate::world::container_rules::ContainerRules;

/// One container.
#[derive(Debug)]
pub(super) struct ContainerBlobs {
    pub(super) name: String,
    facts: RwLock<ContainerFacts>,
    slots: RwLock<Slots>,
    /// Another number after every change, and another than that of any other container.
    stamp: AtomicU64,
}

/// What a container is at one moment.
#[derive(Debug)]
pub(super) struct ContainerCopy {
    pub(super) facts: ContainerFacts,
    pub(super) slots: Vec<(Arc<str>, Slot)>,
}

/// What can change about a container itself.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct ContainerFacts {
    pub(super) modified: Tick,
    pub(super) metadata: Metadata,
    /// What Resource Manager set on it.
    pub(super) rules: Arc<ContainerRules>,
    pub(super) lease: Option<Box<Lease>>,
    /// Stored access policies, which signatures can name.
    pub(super) policies: Arc<Vec<StoredPolicy>>,
    pub(super) encryption_scope: Option<Arc<str>>,
    /// Whether blobs may have no other scope than that.
    pub(super) scope_is_fixed: bool,
}

/// A stored access policy: <https://learn.microsoft.com/rest/api/storageservices/define-stored-access-policy>.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct StoredPolicy {
    pub(super) id: String,
    pub(super) start: Option<String>,
    pub(super) expiry: Option<String>,
    pub(super) permission: Option<String>,
}

impl ContainerBlobs {
    pub(super) fn new(name: &str, tick: Tick) -> Self {
        let facts = ContainerFacts {
            modified: tick,
            metadata: Metadata::default(),
            rules: Arc::default(),
            lease: None,
            policies: Arc::default(),
            encryption_scope: None,
            scope_is_fixed: false,
        };
        Self::of(name, facts, Slots::new())
    }

    /// A container with all that is in it.
    pub(super) fn of(name: &str, facts: ContainerFacts, slots: Slots) -> Self {
        Self {
            name: name.to_owned(),
            facts: RwLock::new(facts),
            slots: RwLock::new(slots),
            stamp: AtomicU64::new(next_stamp()),
        }
    }

    /// Tells whether it was changed since; never the same for two containers.
    pub(super) fn stamp(&self) -> u64 {
        self.stamp.load(Ordering::Acquire)
    }

    /// All of it; bytes are shared.
    pub(super) fn copy(&self) -> ContainerCopy {
        let slots = self.read();
        ContainerCopy {
            facts: self.facts(),
            slots: slots
                .iter()
                .map(|(name, slot)| (Arc::clone(name), slot.clone()))
                .collect(),
        }
    }

    pub(super) fn facts(&self) -> ContainerFacts {
        read(&self.facts).clone()
    }

    /// Looks at what can change about the container, and changes it.
    pub(super) fn with_facts<T>(&self, change: impl FnOnce(&mut ContainerFacts) -> T) -> T {
        let mut facts = write(&self.facts);
        self.stamp.store(next_stamp(), Ordering::Release);
        change(&mut facts)
    }

    pub(super) fn read(&self) -> RwLockReadGuard<'_, Slots> {
        read(&self.slots)
    }

    pub(super) fn write(&self) -> RwLockWriteGuard<'_, Slots> {
        let slots = write(&self.slots);
        self.stamp.store(next_stamp(), Ordering::Release);
        slots
    }

    /// What a name stands for at `now`.
    pub(super) fn find(&self, name: &str, which: Which, now: Tick) -> Option<Arc<Blob>> {
        self.read().get(name)?.get(which, now).cloned()
    }

    pub(super) fn summary(&self) -> ContainerSummary {
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

fn next_stamp() -> u64 {
    static LAST: AtomicU64 = AtomicU64::new(0);
    LAST.fetch_add(1, Ordering::Relaxed)
}
