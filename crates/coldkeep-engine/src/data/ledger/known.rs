//! What this installation knows of a target by itself: its own writer key, sealed in the vault, and what the database
//! remembers.

use super::{FoundMarker, Target};
use crate::ground::{Ground, sealed::Binding};
use coldkeep_core::{
    Code, Problem,
    format::{Marker, Previous},
    id::TargetId,
    known_target::KnownTarget,
};
use coldkeep_keys::WriterKey;

/// Others that may be quicker to save what is known, one after another, before it is left to the next time.
const ATTEMPTS_MAX: usize = 8;

impl Ground {
    /// None: this installation has never written there.
    pub(crate) async fn load_writer_key(&self, target_id: TargetId) -> Result<Option<WriterKey>, Problem> {
        let binding = Binding::of_writer(target_id);
        if self.store.load_secret(&binding.owner).await?.is_none() {
            return Ok(None);
        }
        WriterKey::from_seed(&self.load_sealed(&binding).await?).map(Some)
    }

    /// Created on first use.
    pub(crate) async fn ensure_writer_key(&self, target_id: TargetId) -> Result<WriterKey, Problem> {
        if let Some(key) = self.load_writer_key(target_id).await? {
            return Ok(key);
        }
        let (_, seed) = WriterKey::generate()?;
        self.save_first_sealed(&Binding::of_writer(target_id), &seed)
            .await?;
        // Another process may have been quicker: then that one's it is.
        let key = self.load_writer_key(target_id).await?;
        key.ok_or_else(|| Problem::internal("A writer key was lost before it was stored"))
    }

    /// Of a target that came to nothing.
    pub(super) async fn forget_writer_key(&self, target_id: TargetId) -> Result<(), Problem> {
        let owner = Binding::of_writer(target_id).owner;
        self.store.delete_secret(&owner).await.map(drop)
    }
}

impl Target {
    pub(crate) async fn load_known(&self, ground: &Ground) -> Result<Option<KnownTarget>, Problem> {
        ground.store.load_known_target(self.repository_id).await
    }

    /// Creates this installation's key for a target that is Coldkeep's already. The first run creates it with the marker.
    pub(crate) async fn ensure_own_key(&self, ground: &Ground) -> Result<(), Problem> {
        let known = match (self.load_known(ground).await?, self.find_marker().await?) {
            (Some(known), _) => known,
            (None, FoundMarker::Whole(marker)) => self.ensure_known(ground, &marker).await?,
            (None, _) => return Ok(()),
        };
        ground.ensure_writer_key(known.target_id).await.map(drop)
    }

    /// What is remembered; on first use, the marker is trusted and remembered.
    pub(super) async fn ensure_known(
        &self,
        ground: &Ground,
        marker: &Marker,
    ) -> Result<KnownTarget, Problem> {
        if let Some(known) = self.load_known(ground).await? {
            return Ok(known);
        }
        let first = KnownTarget::first_seen(marker.id, marker.writer_key);
        ground.store.save_known_target(self.repository_id, &first).await?;
        let known = self.load_known(ground).await?;
        known.ok_or_else(|| Problem::internal("The record of a known target was lost before it was stored"))
    }

    /// Changes what is remembered, if there is a difference.
    pub(crate) async fn change_known(
        &self,
        ground: &Ground,
        change: impl Fn(&mut KnownTarget),
    ) -> Result<(), Problem> {
        for _ in 0..ATTEMPTS_MAX {
            let Some(known) = self.load_known(ground).await? else {
                return Ok(());
            };
            let mut changed = known.clone();
            change(&mut changed);
            if changed == known
                || ground
                    .store
                    .save_known_target(self.repository_id, &changed)
                    .await?
            {
                return Ok(());
            }
        }
        Err(Problem::new(
            Code::TargetBusy,
            self.what("is being read by other processes all the time"),
            "Try again.",
        ))
    }

    /// Remembers the newest trusted record.
    pub(super) async fn remember_head(
        &self,
        ground: &Ground,
        newest: Option<Previous>,
        is_there: impl Fn(&Previous) -> bool,
    ) -> Result<(), Problem> {
        self.change_known(ground, |known| known.advance(newest.clone(), &is_there))
            .await
    }
}
