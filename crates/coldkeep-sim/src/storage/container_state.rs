//! One container: what it is itself, the names in it and what is behind each.

use super::{
    container_rules::ContainerRules,
    lease::Lease,
    moment::Tick,
    record::{Blob, Metadata},
    slot::{Slot, Which},
    slots::Slots,
};
use crate::wire::{read, write};
use coldkeep_core::Timestamp;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};

use std::sync::{Arc, RwLock, RwLockReadGuard, RwLockWriteGuard};

use serde::{Deserialize, Serialize};

/// One container.
#[derive(Debug)]
pub(crate) struct ContainerBlobs {
    pub(crate) name: String,
    facts: RwLock<ContainerFacts>,
    slots: RwLock<Slots>,
    /// Another number after every change, and another than that of any other container.
    stamp: AtomicU64,
}

/// What a container is at one moment.
#[derive(Debug)]
pub(crate) struct ContainerCopy {
    pub(crate) facts: ContainerFacts,
    pub(crate) slots: Vec<(Arc<str>, Slot)>,
}

/// What can change about a container itself.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct ContainerFacts {
    pub(crate) modified: Tick,
    pub(crate) metadata: Metadata,
    /// What Resource Manager set on it.
    pub(crate) rules: Arc<ContainerRules>,
    pub(crate) lease: Option<Box<Lease>>,
    /// Stored access policies, which signatures can name.
    pub(crate) policies: Arc<Vec<StoredPolicy>>,
    pub(crate) encryption_scope: Option<Arc<str>>,
    /// Whether blobs may have no other scope than that.
    pub(crate) scope_is_fixed: bool,
}

/// A stored access policy: <https://learn.microsoft.com/rest/api/storageservices/define-stored-access-policy>.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct StoredPolicy {
    pub(crate) id: String,
    pub(crate) start: Option<String>,
    pub(crate) expiry: Option<String>,
    pub(crate) permission: Option<String>,
}

impl ContainerBlobs {
    pub(crate) fn new(name: &str, tick: Tick) -> Self {
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
    pub(crate) fn of(name: &str, facts: ContainerFacts, slots: Slots) -> Self {
        Self {
            name: name.to_owned(),
            facts: RwLock::new(facts),
            slots: RwLock::new(slots),
            stamp: AtomicU64::new(next_stamp()),
        }
    }

    /// Changes with every change of the container; never equal for two containers.
    pub(crate) fn stamp(&self) -> u64 {
        self.stamp.load(Ordering::Acquire)
    }

    /// All of it; bytes are shared.
    pub(crate) fn copy(&self) -> ContainerCopy {
        let slots = self.read();
        ContainerCopy {
            facts: self.facts(),
            slots: slots
                .iter()
                .map(|(name, slot)| (Arc::clone(name), slot.clone()))
                .collect(),
        }
    }

    pub(crate) fn facts(&self) -> ContainerFacts {
        read(&self.facts).clone()
    }

    /// Looks at what can change about the container, and changes it.
    pub(crate) fn with_facts<T>(&self, change: impl FnOnce(&mut ContainerFacts) -> T) -> T {
        let mut facts = write(&self.facts);
        self.stamp.store(next_stamp(), Ordering::Release);
        change(&mut facts)
    }

    pub(crate) fn read(&self) -> RwLockReadGuard<'_, Slots> {
        read(&self.slots)
    }

    pub(crate) fn write(&self) -> RwLockWriteGuard<'_, Slots> {
        let slots = write(&self.slots);
        self.stamp.store(next_stamp(), Ordering::Release);
        slots
    }

    /// What a name stands for at `now`.
    pub(crate) fn find(&self, name: &str, which: Which, now: Tick) -> Option<Arc<Blob>> {
        self.read().get(name)?.get(which, now).cloned()
    }

    pub(crate) fn summary(&self) -> ContainerSummary {
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
