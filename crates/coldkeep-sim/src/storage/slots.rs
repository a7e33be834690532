//! The names in a container and what is behind each, in the order of their bytes.

use std::collections::BTreeMap;
use std::ops::Deref;
use std::sync::Arc;

use super::slot::Slot;
use crate::wire::is_beyond;

/// Names and what is behind them. Looking is the map's; adding and taking away is here, so that it is known whether the
/// order of bytes is the service's.
#[derive(Debug, Default)]
pub(crate) struct Slots {
    names: BTreeMap<Arc<str>, Slot>,
    has_beyond: bool,
}

impl Slots {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// Whether there ever was a name that UTF-16 orders otherwise than UTF-8.
    pub(crate) fn has_beyond(&self) -> bool {
        self.has_beyond
    }

    pub(crate) fn get_mut(&mut self, name: &str) -> Option<&mut Slot> {
        self.names.get_mut(name)
    }

    /// The slot of a name, created if missing.
    pub(crate) fn ensure(&mut self, name: &str) -> &mut Slot {
        self.has_beyond |= is_beyond(name);
        self.names.entry(Arc::from(name)).or_default()
    }

    pub(crate) fn insert(&mut self, name: Arc<str>, slot: Slot) {
        self.has_beyond |= is_beyond(&name);
        self.names.insert(name, slot);
    }

    pub(crate) fn remove(&mut self, name: &str) {
        self.names.remove(name);
    }
}

impl Deref for Slots {
    type Target = BTreeMap<Arc<str>, Slot>;

    fn deref(&self) -> &Self::Target {
        &self.names
    }
}
