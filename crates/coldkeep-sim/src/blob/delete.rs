//! Delete Blob, with snapshots and versions, and Undelete Blob.

use super::{
    conditions::Conditions,
    lease_check,
    need::{DELETE, DELETE_PERMANENTLY, DELETE_VERSION, UNDELETE},
    protect::Protection,
    reply::{Answer, Refusal, Reply},
    request::Ask,
    rights::scope,
    writable::check_no_pending_copy,
};
use crate::storage::{
    moment::Tick,
    record::{Blob, Presence},
    slot::{Slot, Which},
    slots::Slots,
};
use http::StatusCode;

/// Delete Blob: <https://learn.microsoft.com/rest/api/storageservices/delete-blob>.
pub(super) fn delete_blob(ask: &Ask<'_>) -> Answer {
    let which = ask.which()?;
    let kept = match (which, ask.query.some("deletetype")) {
        (Which::Current, None) => delete_current(ask)?,
        (_, None) => delete_one(ask, which)?,
        (Which::Snapshot(_) | Which::Version(_), Some("permanent")) => destroy(ask, which)?,
        _ => return Err(Refusal::invalid_query("deletetype")),
    };
    let mut reply = Reply::new(StatusCode::ACCEPTED);
    reply.set_static("x-ms-delete-type-permanent", if kept { "false" } else { "true" });
    Ok(reply)
}

/// What becomes of a blob's snapshots.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Snapshots {
    /// Without a word about them, a blob with snapshots is not deleted.
    Unsaid,
    Include,
    Only,
}

fn delete_current(ask: &Ask<'_>) -> Result<bool, Refusal> {
    scope(ask).require(&ask.caller, DELETE)?;
    let conditions = Conditions::of(ask)?;
    let snapshots = ask.header_as("x-ms-delete-snapshots", |text| {
        match text.to_ascii_lowercase().as_str() {
            "include" => Some(Snapshots::Include),
            "only" => Some(Snapshots::Only),
            _ => None,
        }
    })?;
    let snapshots = snapshots.unwrap_or(Snapshots::Unsaid);
    let now = ask.now_tick();
    let container = ask.container()?;
    let protection = Protection::of(ask, &container.facts());
    let mut slots = container.write();
    let slot = slots.get_mut(ask.blob_name());
    let slot = slot.ok_or_else(Refusal::blob_not_found)?;
    if slot.current.is_none() {
        // Blocks that were never committed can be deleted as a blob.
        slot.purge(now);
        slot.staged.take().ok_or_else(Refusal::blob_not_found)?;
        drop_if_empty(&mut slots, ask);
        return Ok(false);
    }
    conditions.for_write(slot.current.as_deref())?;
    lease_check::check_write(Some(slot), ask)?;
    if let Some(current) = &slot.current {
        check_no_pending_copy(ask, current)?;
    }
    if snapshots == Snapshots::Unsaid && slot.has_snapshots(now) {
        return Err(Refusal::conflict(
            "SnapshotsPresent",
            "This operation is not permitted because the blob has snapshots.",
        ));
    }
    let doomed = |blob: &Blob| blob.rare().snapshot.is_some();
    for blob in slot
        .snapshots
        .iter()
        .filter(|blob| blob.state(now) == Presence::There)
    {
        protection.check_delete(blob, now)?;
    }
    if snapshots != Snapshots::Only
        && let Some(current) = &slot.current
    {
        protection.check_delete(current, now)?;
    }
    let keeping = ask.keeping();
    slot.delete_where(keeping, doomed);
    let kept = if snapshots == Snapshots::Only {
        keeping.soft_delete_days.is_some()
    } else {
        slot.staged = None;
        slot.lease = None;
        slot.delete(keeping)
    };
    drop_if_empty(&mut slots, ask);
    Ok(kept)
}

fn drop_if_empty(slots: &mut Slots, ask: &Ask<'_>) {
    if slots.get(ask.blob_name()).is_some_and(Slot::is_empty) {
        slots.remove(ask.blob_name());
    }
}

/// Whether it is the addressed snapshot or version.
fn is(blob: &Blob, which: Which) -> bool {
    match which {
        Which::Snapshot(at) => blob.rare().snapshot == Some(at),
        Which::Version(version) => blob.rare().snapshot.is_none() && blob.version == Some(version),
        Which::Current => false,
    }
}

/// Deletes one snapshot or previous version.
fn delete_one(ask: &Ask<'_>, which: Which) -> Result<bool, Refusal> {
    let need = if matches!(which, Which::Version(_)) {
        DELETE_VERSION
    } else {
        DELETE
    };
    scope(ask).require(&ask.caller, need)?;
    if ask.header("x-ms-delete-snapshots").is_some() {
        return Err(Refusal::invalid_query("snapshot"));
    }
    let conditions = Conditions::of(ask)?;
    let now = ask.now_tick();
    let container = ask.container()?;
    let protection = Protection::of(ask, &container.facts());
    let mut slots = container.write();
    let slot = slots
        .get_mut(ask.blob_name())
        .ok_or_else(Refusal::blob_not_found)?;
    let blob = slot.get(which, now).ok_or_else(Refusal::blob_not_found)?;
    conditions.for_write(Some(blob))?;
    if slot.current.as_ref().is_some_and(|current| is(current, which)) {
        return Err(Refusal::forbidden(
            "OperationNotAllowedOnRootBlob",
            "This operation is not allowed on the root blob: the current version is deleted by deleting the blob.",
        ));
    }
    protection.check_delete(blob, now)?;
    let keeping = ask.keeping();
    slot.delete_where(keeping, |blob| is(blob, which));
    drop_if_empty(&mut slots, ask);
    Ok(keeping.soft_delete_days.is_some())
}

/// Removes a snapshot or version that was deleted and is kept; only where the account allows that.
fn destroy(ask: &Ask<'_>, which: Which) -> Result<bool, Refusal> {
    scope(ask).require(&ask.caller, DELETE_PERMANENTLY)?;
    if !allows_permanent_delete(ask) {
        return Err(Refusal::invalid_query("deletetype"));
    }
    let container = ask.container()?;
    let mut slots = container.write();
    let slot = slots
        .get_mut(ask.blob_name())
        .ok_or_else(Refusal::blob_not_found)?;
    if !slot.destroy(ask.now_tick(), |blob| is(blob, which)) {
        return Err(Refusal::blob_not_found());
    }
    drop_if_empty(&mut slots, ask);
    Ok(false)
}

/// `deleteRetentionPolicy.allowPermanentDelete` of the account's blob service.
fn allows_permanent_delete(ask: &Ask<'_>) -> bool {
    let policy = ask.account.other_of_blobs.get("deleteRetentionPolicy");
    policy.and_then(|policy| policy["allowPermanentDelete"].as_bool()) == Some(true)
}

/// Undelete Blob: <https://learn.microsoft.com/rest/api/storageservices/undelete-blob>. With nothing deleted, nothing happens.
pub(super) fn undelete_blob(ask: &Ask<'_>) -> Answer {
    scope(ask).require(&ask.caller, UNDELETE)?;
    let now: Tick = ask.now_tick();
    let container = ask.container()?;
    let mut slots = container.write();
    let slot = slots
        .get_mut(ask.blob_name())
        .ok_or_else(Refusal::blob_not_found)?;
    slot.purge(now);
    let anything = slot.current.is_some()
        || slot.gone.is_some()
        || !slot.previous.is_empty()
        || !slot.snapshots.is_empty();
    if anything {
        slot.undelete(now);
    }
    drop_if_empty(&mut slots, ask);
    if anything {
        Ok(Reply::new(StatusCode::OK))
    } else {
        Err(Refusal::blob_not_found())
    }
}
