//! Copies that are under way: how they end, and that one whose source changes before has failed.
//!
//! <https://learn.microsoft.com/rest/api/storageservices/copy-blob#copying-a-blob-across-accounts>: the service reads the
//! source under the ETag that it had when the copy began.

use std::sync::{Mutex, PoisonError};

use coldkeep_core::Timestamp;
use serde::{Deserialize, Serialize};

use super::{
    moment::Tick,
    record::{Blob, CopyState},
    slot::Which,
    state::Blobs,
    tier::Tiering,
};

/// Where a name is.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct CopyTarget {
    pub(crate) account: String,
    pub(crate) container: String,
    pub(crate) blob: String,
}

/// A copy under way.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct PendingCopy {
    pub(crate) id: String,
    pub(crate) source: CopyTarget,
    pub(crate) which: Which,
    /// The source's ETag.
    pub(crate) pinned: Tick,
    pub(crate) target: CopyTarget,
    /// When it is done.
    pub(crate) completed: Tick,
}

/// All copies under way, in no order. Those that are done meanwhile are still among them.
#[derive(Debug, Default)]
pub(crate) struct PendingCopies(Mutex<Vec<PendingCopy>>);

impl PendingCopies {
    pub(crate) fn of(kept: Vec<PendingCopy>) -> Self {
        Self(Mutex::new(kept))
    }

    pub(crate) fn add(&self, copy: PendingCopy) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(copy);
    }

    pub(crate) fn all(&self) -> Vec<PendingCopy> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Keeps those for which `goes_on` is true.
    fn retain(&self, goes_on: impl FnMut(&PendingCopy) -> bool) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .retain(goes_on);
    }
}

impl Blobs {
    /// Ends the copies that are done, and those whose source has changed: to be called before every read, and after
    /// everything that may have changed a source.
    pub(crate) fn complete_due_copies(&self, now: Timestamp) {
        let now = Tick::at(now);
        self.pending.retain(|copy| {
            if copy.completed <= now {
                self.finish(copy);
                return false;
            }
            match self.changed(copy, now) {
                None => true,
                Some(why) => {
                    self.fail(copy, why, now);
                    false
                }
            }
        });
    }

    /// What became of a copy's source, as reading it answers.
    fn changed(&self, copy: &PendingCopy, now: Tick) -> Option<&'static str> {
        let source = &copy.source;
        let Some(container) = self.container(&source.account, &source.container) else {
            return Some("404 ContainerNotFound");
        };
        match container.find(&source.blob, copy.which, now) {
            None => Some("404 BlobNotFound"),
            Some(blob) if blob.modified != copy.pinned => Some("412 ConditionNotMet"),
            Some(_) => None,
        }
    }

    /// Its end changes the ETag, as its beginning did: <https://learn.microsoft.com/rest/api/storageservices/copy-blob#remarks>.
    fn finish(&self, copy: &PendingCopy) {
        self.amend_target(copy, |blob, _| blob.modified = copy.completed);
    }

    /// An empty blob with the metadata stays.
    fn fail(&self, copy: &PendingCopy, why: &str, now: Tick) {
        let description = format!("{why} \"Copy failed when reading the source.\"");
        self.amend_target(copy, |blob, state| {
            let failed = CopyState {
                completed: now,
                failed: Some(description.into()),
                ..state
            };
            blob.end_copy(failed, Tiering::on_write(None, now));
            blob.modified = now;
        });
    }

    /// Changes what a copy writes, if that is still there and being copied.
    fn amend_target(&self, copy: &PendingCopy, change: impl FnOnce(&mut Blob, CopyState)) {
        let target = &copy.target;
        let Some(container) = self.container(&target.account, &target.container) else {
            return;
        };
        let mut slots = container.write();
        let Some(slot) = slots.get_mut(&target.blob) else {
            return;
        };
        slot.amend(|blob| {
            let own = blob.copy.as_deref();
            let own = own.filter(|state| state.id == copy.id && state.failed.is_none() && !state.aborted);
            if let Some(state) = own.cloned() {
                change(blob, state);
            }
        });
    }
}
