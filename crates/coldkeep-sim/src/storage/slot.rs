//! What is behind one name: the current blob, versions, snapshots, what was deleted and is still kept, staged blocks.
//!
//! Who keeps what: <https://learn.microsoft.com/azure/storage/blobs/soft-delete-blob-overview>,
//! <https://learn.microsoft.com/azure/storage/blobs/versioning-overview>.

use std::collections::BTreeMap;
use std::sync::Arc;

use coldkeep_core::Timestamp;
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

use super::{
    content::Content,
    lease::Lease,
    moment::Tick,
    record::{Blob, Deletion, Presence},
    tier::Tier,
};

/// Which of the blobs behind a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Which {
    Current,
    Version(Tick),
    Snapshot(Tick),
}

/// What an account does with blobs that are overwritten or deleted.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Keeping {
    pub(crate) versioning: bool,
    /// How long deleted blobs can be brought back.
    pub(crate) soft_delete_days: Option<u32>,
    pub(crate) now: Timestamp,
}

impl Keeping {
    /// A deletion that happens now; none where what is deleted is lost at once.
    pub(crate) fn deletion(&self) -> Option<Deletion> {
        self.soft_delete_days.map(|days| Deletion::new(self.now, days))
    }
}

/// Uncommitted blocks of a name.
#[derive(Debug, Clone, Default)]
pub(crate) struct Staged {
    /// By block id.
    pub(crate) blocks: BTreeMap<String, Arc<Content>>,
    /// The hash of the customer's key they were staged with.
    pub(crate) key_sha256: Option<Box<str>>,
    /// When the last of them came.
    pub(crate) last: Tick,
}

impl Staged {
    /// They are kept for a week after the last Put Block:
    /// <https://learn.microsoft.com/rest/api/storageservices/put-block#remarks>.
    fn is_over(&self, now: Tick) -> bool {
        const KEPT: SignedDuration = SignedDuration::from_hours(7 * 24);
        now.timestamp().duration_since(self.last.timestamp()) >= KEPT
    }
}

/// What is behind one name.
#[derive(Debug, Clone, Default)]
pub(crate) struct Slot {
    pub(crate) current: Option<Arc<Blob>>,
    /// Previous versions, oldest first, also those deleted and kept.
    pub(crate) previous: Vec<Arc<Blob>>,
    /// Snapshots, oldest first, also those deleted and kept.
    pub(crate) snapshots: Vec<Arc<Blob>>,
    /// A blob deleted and kept; never together with a current one.
    pub(crate) gone: Option<Arc<Blob>>,
    /// Uncommitted blocks, also those whose time is over.
    pub(crate) staged: Option<Box<Staged>>,
    pub(crate) lease: Option<Box<Lease>>,
}

impl Slot {
    /// A blob that is not deleted.
    pub(crate) fn get(&self, which: Which, now: Tick) -> Option<&Arc<Blob>> {
        let found = match which {
            Which::Current => self.current.as_ref(),
            Which::Version(version) => self
                .current
                .iter()
                .chain(&self.previous)
                .find(|blob| blob.version == Some(version)),
            Which::Snapshot(at) => self
                .snapshots
                .iter()
                .find(|blob| blob.rare().snapshot == Some(at)),
        };
        found.filter(|blob| blob.state(now) == Presence::There)
    }

    /// Its uncommitted blocks.
    pub(crate) fn staged(&self, now: Tick) -> Option<&Staged> {
        self.staged.as_deref().filter(|staged| !staged.is_over(now))
    }

    /// The addressed blob, to be changed.
    pub(crate) fn get_mut(&mut self, which: Which, now: Tick) -> Option<&mut Arc<Blob>> {
        let found = match which {
            Which::Current => self.current.as_mut(),
            Which::Version(version) => self
                .current
                .iter_mut()
                .chain(&mut self.previous)
                .find(|blob| blob.version == Some(version)),
            Which::Snapshot(at) => self
                .snapshots
                .iter_mut()
                .find(|blob| blob.rare().snapshot == Some(at)),
        };
        found.filter(|blob| blob.state(now) == Presence::There)
    }

    /// Makes `blob` the current one. The earlier one is kept as far as the account keeps versions.
    pub(crate) fn replace(&mut self, blob: Blob, keeping: Keeping) -> Arc<Blob> {
        if let Some(old) = self.current.take() {
            self.overwritten(old, &blob, keeping);
        } else if let Some(gone) = self.gone.take() {
            self.revived(gone, &blob);
        }
        let blob = Arc::new(blob);
        self.current = Some(Arc::clone(&blob));
        blob
    }

    /// A version stays as one; without versions, a deleted snapshot is created unless the blob is archived.
    fn overwritten(&mut self, old: Arc<Blob>, new: &Blob, keeping: Keeping) {
        if let Some(old) = self.retire(old, keeping.versioning) {
            let now = Tick::at(keeping.now);
            let Some(deletion) = keeping
                .deletion()
                .filter(|_| old.tiering.tier(now) != Tier::Archive)
            else {
                return;
            };
            self.keep_as_snapshot(old, new.modified, deletion);
        }
    }

    /// A new blob on the name of a deleted one: that stays as a deleted snapshot of the same kind, or all of it is lost.
    fn revived(&mut self, gone: Arc<Blob>, new: &Blob) {
        match gone.rare().deletion {
            Some(deletion) if gone.kind == new.kind => self.keep_as_snapshot(gone, new.modified, deletion),
            _ => self.snapshots.retain(|one| one.rare().deletion.is_none()),
        }
    }

    fn keep_as_snapshot(&mut self, blob: Arc<Blob>, at: Tick, deletion: Deletion) {
        let mut blob = Arc::unwrap_or_clone(blob);
        let rare = blob.rare_mut();
        rare.snapshot = Some(at);
        rare.deletion = Some(deletion);
        self.snapshots.push(Arc::new(blob));
    }

    /// Turns `old` into a previous version if it has an id or `versioning` gives it one; otherwise returns it.
    fn retire(&mut self, mut old: Arc<Blob>, versioning: bool) -> Option<Arc<Blob>> {
        if old.version.is_none() && versioning {
            Arc::make_mut(&mut old).version = Some(old.modified);
        }
        if old.version.is_none() {
            return Some(old);
        }
        self.previous.push(old);
        None
    }

    /// Takes the current blob away, as deleting does; false if nothing of it can be brought back.
    pub(crate) fn delete(&mut self, keeping: Keeping) -> bool {
        let Some(mut old) = self.current.take() else {
            return false;
        };
        // What is no longer the blob itself stays in Archive:
        // https://learn.microsoft.com/rest/api/storageservices/set-blob-tier#remarks
        let staying = old.tiering.without_rehydration(Tick::at(keeping.now));
        if keeping.versioning && staying != old.tiering {
            Arc::make_mut(&mut old).tiering = staying;
        }
        let Some(mut old) = self.retire(old, keeping.versioning) else {
            return true;
        };
        let Some(deletion) = keeping.deletion() else {
            return false;
        };
        Arc::make_mut(&mut old).rare_mut().deletion = Some(deletion);
        self.gone = Some(old);
        true
    }

    /// Keeps `snapshot` of the current blob; where there are versions, the blob itself gets a new one, `version`.
    pub(crate) fn keep_snapshot(&mut self, snapshot: Blob, version: Option<Tick>) -> Option<Arc<Blob>> {
        if let Some(version) = version {
            let current = self.current.take()?;
            let mut next = Blob::clone(&current);
            next.version = Some(version);
            self.retire(current, true);
            self.current = Some(Arc::new(next));
        }
        self.snapshots.push(Arc::new(snapshot));
        self.current.clone()
    }

    /// Deletes the snapshots and previous versions that `doomed` names; false if there was none.
    pub(crate) fn delete_where(&mut self, keeping: Keeping, doomed: impl Fn(&Blob) -> bool) -> bool {
        let now = Tick::at(keeping.now);
        let deletion = keeping.deletion();
        let mut any = false;
        for list in [&mut self.snapshots, &mut self.previous] {
            list.retain_mut(|blob| {
                if blob.state(now) != Presence::There || !doomed(blob) {
                    return true;
                }
                any = true;
                if deletion.is_some() {
                    Arc::make_mut(blob).rare_mut().deletion = deletion;
                }
                deletion.is_some()
            });
        }
        any
    }

    /// Removes a deleted snapshot or version for good; false if there was none.
    pub(crate) fn destroy(&mut self, now: Tick, doomed: impl Fn(&Blob) -> bool) -> bool {
        let before = self.snapshots.len() + self.previous.len();
        for list in [&mut self.snapshots, &mut self.previous] {
            list.retain(|blob| blob.state(now) != Presence::Deleted || !doomed(blob));
        }
        self.snapshots.len() + self.previous.len() < before
    }

    /// Brings back everything deleted and kept: the blob if there is no other by now, snapshots, versions.
    pub(crate) fn undelete(&mut self, now: Tick) {
        self.purge(now);
        if let Some(mut gone) = self.gone.take() {
            Arc::make_mut(&mut gone).rare_mut().deletion = None;
            self.current = Some(gone);
        }
        for blob in self.snapshots.iter_mut().chain(&mut self.previous) {
            if blob.rare().deletion.is_some() {
                Arc::make_mut(blob).rare_mut().deletion = None;
            }
        }
    }

    /// Forgets what has been kept for long enough.
    pub(crate) fn purge(&mut self, now: Tick) {
        self.gone.take_if(|blob| blob.state(now) == Presence::Lost);
        self.staged.take_if(|staged| staged.is_over(now));
        for list in [&mut self.snapshots, &mut self.previous] {
            list.retain(|blob| blob.state(now) != Presence::Lost);
        }
    }

    /// Changes the current blob in place: no new version.
    pub(crate) fn amend(&mut self, change: impl FnOnce(&mut Blob)) -> Option<Arc<Blob>> {
        let current = self.current.as_mut()?;
        change(Arc::make_mut(current));
        Some(Arc::clone(current))
    }

    /// Whether there are snapshots that are not deleted.
    pub(crate) fn has_snapshots(&self, now: Tick) -> bool {
        self.snapshots
            .iter()
            .any(|blob| blob.state(now) == Presence::There)
    }

    /// Everything a listing may show besides the blob itself, oldest first.
    pub(crate) fn history(&self) -> Vec<&Arc<Blob>> {
        let mut all: Vec<_> = self.previous.iter().chain(&self.snapshots).collect();
        all.sort_by_key(|blob| blob.moment());
        all
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.current.is_none()
            && self.previous.is_empty()
            && self.snapshots.is_empty()
            && self.gone.is_none()
            && self.staged.is_none()
    }
}
