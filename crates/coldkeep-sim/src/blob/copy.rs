//! Copies from another blob of this simulator: Put Blob From URL, Put Block From URL, Copy Blob From URL, Copy Blob.

use super::{
    blocks::stage,
    change::{high_priority, rehydration},
    copy_source::{Source, check_source_hashes, source_part},
    draft::{Admission, Draft, store, written},
    hashes::add_hashes,
    lease_check,
    limits::too_large,
    need, properties, protect,
    reply::{Answer, Refusal, Reply},
    request::Ask,
    rights::scope,
};
use crate::storage::{
    record::{Blob, BlobType, CopyState},
    tier::{Tier, Tiering},
};
use std::sync::Arc;

use http::StatusCode;

const PUT_FROM_URL_MAX_BYTES: u64 = 5000 << 20;
const COPY_FROM_URL_MAX_BYTES: u64 = 256 << 20;

/// Put Blob From URL: <https://learn.microsoft.com/rest/api/storageservices/put-blob-from-url>. Of the ways to make a blob it alone
/// has no headers that protect it.
pub(super) fn put_blob_from_url(ask: &Ask<'_>) -> Answer {
    let admission = Admission::of(ask)?;
    if ask.header("x-ms-blob-type") != Some("BlockBlob") {
        return Err(Refusal::invalid_header("x-ms-blob-type"));
    }
    if protect::is_named(ask) {
        return Err(Refusal::bad_request(
            "UnsupportedHeader",
            "One of the HTTP headers specified in the request is not supported.",
        ));
    }
    empty_body(ask)?;
    let source = Source::find_source(ask, true)?;
    let blob = source.online(ask)?;
    if blob.length() > PUT_FROM_URL_MAX_BYTES {
        return Err(too_large());
    }
    check_source_hashes(ask, &blob.content)?;
    let mut draft = Draft::of_request(ask, &admission, Arc::clone(&blob.content))?;
    source.add_tags(ask, &mut draft)?;
    let with_properties = ask.header_as("x-ms-copy-source-blob-properties", |text| {
        text.to_ascii_lowercase().parse().ok()
    })?;
    if with_properties.unwrap_or(true) {
        draft.headers = shared_headers(ask, blob);
        if draft.metadata.is_empty() {
            draft.metadata = Arc::clone(&blob.metadata);
        }
    } else {
        draft.headers = properties::content_headers(ask, &properties::default_headers());
    }
    draft.md5 = properties::md5_header(ask, "x-ms-blob-content-md5")?
        .or(blob.content.md5_if_cheap())
        .or(blob.md5);
    let blob = store(ask, &admission, draft)?;
    let mut reply = written(StatusCode::CREATED, &blob);
    add_hashes(&mut reply, &blob.content);
    Ok(reply)
}

/// The source's headers, shared with it unless the request names others.
fn shared_headers(ask: &Ask<'_>, source: &Blob) -> Arc<crate::storage::record::ContentHeaders> {
    let headers = properties::content_headers(ask, &source.headers);
    if headers == source.headers {
        Arc::clone(&source.headers)
    } else {
        headers
    }
}

/// Put Block From URL: <https://learn.microsoft.com/rest/api/storageservices/put-block-from-url>.
pub(super) fn put_block_from_url(ask: &Ask<'_>) -> Answer {
    let admission = Admission::of_blocks(ask)?;
    empty_body(ask)?;
    let part = source_part(ask)?;
    stage(ask, &admission, part)
}

/// Copy Blob From URL (`x-ms-requires-sync`) and Copy Blob:
/// <https://learn.microsoft.com/rest/api/storageservices/copy-blob-from-url>,
/// <https://learn.microsoft.com/rest/api/storageservices/copy-blob>.
pub(super) fn copy_blob(ask: &Ask<'_>) -> Answer {
    let mut admission = Admission::of(ask)?;
    admission.copies = true;
    empty_body(ask)?;
    let sync = ask
        .header("x-ms-requires-sync")
        .is_some_and(|value| value.eq_ignore_ascii_case("true"));
    let source = Source::find_source(ask, sync)?;
    let now = ask.now_tick();
    let archived = source.blob.tiering.tier(now) == Tier::Archive;
    if ask.header("x-ms-encryption-key").is_some() || (!sync && ask.header("x-ms-encryption-scope").is_some())
    {
        return Err(Refusal::invalid_header("x-ms-encryption-key"));
    }
    let blob = if sync { source.online(ask)? } else { &source.blob };
    if sync && blob.kind != BlobType::Block {
        return Err(Refusal::conflict(
            "InvalidSourceBlobType",
            "The copy source blob type is invalid.",
        ));
    }
    if sync && blob.length() > COPY_FROM_URL_MAX_BYTES {
        return Err(too_large());
    }
    if sync {
        check_source_hashes(ask, &blob.content)?;
    }
    let mut draft = Draft::of_request(ask, &admission, Arc::clone(&blob.content))?;
    if sync {
        source.add_tags(ask, &mut draft)?;
    }
    if archived {
        // An online tier has to be named, and the blob's own versions and snapshots do not take its place:
        // https://learn.microsoft.com/azure/storage/blobs/archive-rehydrate-overview
        let to = properties::tier(ask)?.filter(|tier| *tier != Tier::Archive);
        let to = to
            .filter(|_| !source.is_of_target(ask) && source.is_near(ask))
            .ok_or_else(Refusal::archived)?;
        draft.tiering = Tiering::pending(rehydration(ask, to, high_priority(ask)?), now);
    }
    if draft.metadata.is_empty() {
        draft.metadata = Arc::clone(&blob.metadata);
    }
    draft.kind = blob.kind;
    draft.sequence = blob.sequence;
    if blob.kind == BlobType::Append && ask.header("x-ms-seal-blob") == Some("true") {
        draft.rare.get_or_insert_default().sealed = true;
    }
    if blob.kind == BlobType::Page {
        draft.rare.get_or_insert_default().sequence_number = blob.rare().sequence_number;
    }
    draft.headers = Arc::clone(&blob.headers);
    draft.md5 = blob.md5;
    draft.blocks = blob.blocks.clone();
    let copy = Arc::new(source.copy_state(ask, &draft.tiering, sync));
    draft.copy = Some(Arc::clone(&copy));
    let blob = store(ask, &admission, draft).map_err(target_condition)?;
    if copy.is_pending(now) {
        ask.world.blobs.pending.add(source.pending(ask, &copy));
    }
    let mut reply = written(StatusCode::ACCEPTED, &blob);
    reply.set("x-ms-copy-id", &copy.id);
    reply.set_static("x-ms-copy-status", copy.status(now));
    if sync {
        add_hashes(&mut reply, &blob.content);
    }
    Ok(reply)
}

/// Abort Copy Blob: <https://learn.microsoft.com/rest/api/storageservices/abort-copy-blob>. An empty blob with the
/// metadata stays.
pub(super) fn abort_copy(ask: &Ask<'_>) -> Answer {
    scope(ask).require(&ask.caller, need::WRITE)?;
    if ask.required("x-ms-copy-action")? != "abort" {
        return Err(Refusal::invalid_header("x-ms-copy-action"));
    }
    let now = ask.now_tick();
    let container = ask.container()?;
    let mut slots = container.write();
    let slot = slots
        .get_mut(ask.blob_name())
        .ok_or_else(Refusal::blob_not_found)?;
    lease_check::check_write(Some(slot), ask)?;
    let current = slot.current.as_deref().ok_or_else(Refusal::blob_not_found)?;
    let pending = current.copy.as_ref().filter(|copy| copy.is_pending(now));
    let Some(pending) = pending else {
        return Err(Refusal::conflict(
            "NoPendingCopyOperation",
            "There is currently no pending copy operation.",
        ));
    };
    if Some(pending.id.as_str()) != ask.query.get("copyid") {
        return Err(Refusal::conflict(
            "CopyIdMismatch",
            "The specified copy ID did not match the copy ID for the pending copy operation.",
        ));
    }
    let aborted = CopyState {
        completed: now,
        aborted: true,
        ..CopyState::clone(pending)
    };
    let modified = ask.tick();
    slot.amend(|blob| {
        blob.end_copy(aborted, Tiering::on_write(None, now));
        blob.modified = modified;
    });
    Ok(Reply::new(StatusCode::NO_CONTENT))
}

/// For Copy Blob, what fails at the target has a code of its own.
fn target_condition(refusal: Refusal) -> Refusal {
    match refusal.code {
        "ConditionNotMet" => Refusal {
            code: "TargetConditionNotMet",
            ..refusal
        },
        _ => refusal,
    }
}

fn empty_body(ask: &Ask<'_>) -> Result<(), Refusal> {
    if ask.body.is_empty() {
        Ok(())
    } else {
        Err(Refusal::invalid_header("Content-Length"))
    }
}
