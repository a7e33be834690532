//! Blobs that cannot be read or written for the time being: copies to them are pending, or they are in Archive.

use super::{reply::Refusal, request::Ask};
use crate::storage::{record::Blob, tier::Tier};

/// Refuses to write to what Copy Blob is still writing.
pub(super) fn check_no_pending_copy(ask: &Ask<'_>, blob: &Blob) -> Result<(), Refusal> {
    if blob.copy_pending(ask.now_tick()) {
        return Err(Refusal::conflict(
            "PendingCopyOperation",
            "There is currently a pending copy operation.",
        ));
    }
    Ok(())
}

/// Refuses what cannot be done to an archived blob.
pub(super) fn check_online(ask: &Ask<'_>, blob: &Blob) -> Result<(), Refusal> {
    let now = ask.now_tick();
    if blob.tiering.rehydration(now).is_some() {
        return Err(Refusal::conflict(
            "BlobBeingRehydrated",
            "This operation is not permitted because the blob is being rehydrated.",
        ));
    }
    if blob.tiering.tier(now) == Tier::Archive {
        Err(Refusal::archived())
    } else {
        Ok(())
    }
}
