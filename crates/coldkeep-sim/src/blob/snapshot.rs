//! Snapshot Blob: <https://learn.microsoft.com/rest/api/storageservices/snapshot-blob>.

use super::{
    conditions::Conditions,
    crypt::{self, Encryption},
    lease_check,
    need::{SNAPSHOT, WRITE},
    properties,
    protect::Protection,
    reply::{Answer, Refusal, Reply},
    request::Ask,
    rights::scope,
    writable::{check_no_pending_copy, check_online},
};
use crate::storage::{moment::Tick, record::Blob};
use http::StatusCode;

/// Snapshot Blob. Metadata in the request replaces that of the snapshot, which then is younger than its blob. Where
/// there are versions, the blob itself gets a new one
/// (<https://learn.microsoft.com/azure/storage/blobs/versioning-overview#snapshot-a-blob-when-versioning-is-enabled>).
pub(super) fn snapshot_blob(ask: &Ask<'_>) -> Answer {
    let scope = scope(ask);
    if !scope.allows(&ask.caller, WRITE) {
        scope.require(&ask.caller, SNAPSHOT)?;
    }
    let metadata = properties::metadata(ask)?;
    let (conditions, encryption) = (Conditions::of(ask)?, Encryption::of(ask)?);
    let container = ask.container()?;
    let protection = Protection::of(ask, &container.facts());
    let mut slots = container.write();
    let slot = slots
        .get_mut(ask.blob_name())
        .ok_or_else(Refusal::blob_not_found)?;
    let current = slot.current.as_ref().ok_or_else(Refusal::blob_not_found)?;
    conditions.for_write(Some(current))?;
    lease_check::check_read(slot, ask)?;
    check_no_pending_copy(ask, current)?;
    check_online(ask, current)?;
    encryption.fits(current)?;
    protection.check_overwrite()?;
    let at = ask.tick();
    let mut snapshot = Blob::clone(current);
    let rare = snapshot.rare_mut();
    rare.snapshot = Some(at);
    rare.retention = None;
    rare.legal_hold = false;
    snapshot.version = None;
    if !metadata.is_empty() {
        snapshot.metadata = metadata;
        snapshot.modified = at;
    }
    let mut reply = Reply::new(StatusCode::CREATED);
    reply
        .set("x-ms-snapshot", at.version_id())
        .set("etag", snapshot.modified.quoted_etag())
        .set("last-modified", snapshot.modified.http_date())
        .set_static("x-ms-request-server-encrypted", "true");
    crypt::describe(&mut reply, &snapshot);
    let version = ask.account.versioning.then(|| ask.tick());
    let current = slot.keep_snapshot(snapshot, version);
    let version = current.and_then(|current| current.version);
    reply.set_some("x-ms-version-id", version.map(Tick::version_id));
    Ok(reply)
}
