//! Changing one blob: metadata, content headers, tags, tier.

use super::{
    conditions::Conditions,
    crypt::Encryption,
    draft::written,
    hashes::check_hashes,
    lease_check,
    need::{WRITE, WRITE_TAGS},
    page_blob, properties,
    protect::Protection,
    reply::{Answer, Refusal, Reply},
    request::Ask,
    rights::scope,
    sequence,
    writable::{check_no_pending_copy, check_online},
    xml,
};
use crate::storage::{
    content::Content,
    moment::Tick,
    record::{Blob, BlobType},
    slot::{Keeping, Slot, Which},
    tier::{Rehydration, Tier, Tiering},
};
use std::collections::BTreeMap;
use std::sync::Arc;

use http::StatusCode;

/// Changes the current version under the conditions of the request.
fn change_current<T>(
    ask: &Ask<'_>,
    change: impl FnOnce(&mut Slot, &Blob) -> Result<T, Refusal>,
) -> Result<T, Refusal> {
    let conditions = Conditions::of(ask)?;
    let container = ask.container()?;
    let protection = Protection::of(ask, &container.facts());
    let mut slots = container.write();
    let slot = slots
        .get_mut(ask.blob_name())
        .ok_or_else(Refusal::blob_not_found)?;
    let current = slot.current.clone().ok_or_else(Refusal::blob_not_found)?;
    conditions.for_write(Some(&current))?;
    lease_check::check_write(Some(slot), ask)?;
    check_no_pending_copy(ask, &current)?;
    protection.check_change(&current)?;
    lease_check::after_write(slot, ask.now_tick());
    change(slot, &current)
}

/// Set Blob Metadata: <https://learn.microsoft.com/rest/api/storageservices/set-blob-metadata>. Creates a version.
pub(super) fn set_metadata(ask: &Ask<'_>) -> Answer {
    scope(ask).require(&ask.caller, WRITE)?;
    let metadata = properties::metadata(ask)?;
    let encryption = Encryption::of(ask)?;
    let blob = change_current(ask, |slot, current| {
        check_online(ask, current)?;
        encryption.fits(current)?;
        let modified = ask.tick();
        let version = ask.account.versioning.then_some(modified);
        let changed = Blob {
            metadata,
            modified,
            version,
            ..current.clone()
        };
        // Soft delete does not keep what metadata is written over.
        let keeping = Keeping {
            soft_delete_days: None,
            ..ask.keeping()
        };
        Ok(slot.replace(changed, keeping))
    })?;
    Ok(written(StatusCode::OK, &blob))
}

/// Set Blob Properties: <https://learn.microsoft.com/rest/api/storageservices/set-blob-properties>. What is not given
/// is cleared. Creates no version.
pub(super) fn set_properties(ask: &Ask<'_>) -> Answer {
    scope(ask).require(&ask.caller, WRITE)?;
    let headers = properties::content_headers(ask, &properties::default_headers());
    let only_pages = only_pages(ask);
    let md5 = properties::md5_header(ask, "x-ms-blob-content-md5")?;
    let blob = change_current(ask, |slot, current| {
        check_online(ask, current)?;
        let (content, number) = match current.kind {
            BlobType::Page => (
                page_blob::resized(ask, current)?,
                sequence::renumbered(ask, current)?,
            ),
            BlobType::Block | BlobType::Append => (Arc::clone(&current.content), 0),
        };
        let modified = ask.tick();
        slot.amend(|blob| {
            if !only_pages {
                blob.headers = headers;
                blob.md5 = md5;
            }
            // A finished copy is no longer shown.
            blob.copy = None;
            blob.modified = modified;
            blob.content = content;
            if number != blob.rare().sequence_number {
                blob.rare_mut().sequence_number = number;
            }
        })
        .ok_or_else(Refusal::blob_not_found)
    })?;
    let mut reply = Reply::new(StatusCode::OK);
    if blob.kind == BlobType::Page {
        reply.set(
            "x-ms-blob-sequence-number",
            blob.rare().sequence_number.to_string(),
        );
    }
    reply
        .set("etag", blob.modified.quoted_etag())
        .set("last-modified", blob.modified.http_date());
    Ok(reply)
}

/// Whether a request is about the size or the sequence number of a page blob and nothing else: then nothing else changes
/// (<https://learn.microsoft.com/rest/api/storageservices/set-blob-properties#remarks>).
fn only_pages(ask: &Ask<'_>) -> bool {
    const PAGES: [&str; 2] = ["x-ms-blob-content-length", "x-ms-blob-sequence-number"];
    let of_pages = |name: &str| PAGES.contains(&name) || name == "x-ms-sequence-number-action";
    let of_content = |name: &str| name.starts_with("x-ms-blob-") && !PAGES.contains(&name);
    let names = || ask.headers.keys().map(http::HeaderName::as_str);
    names().any(of_pages) && !names().any(of_content)
}

/// Set Blob Tags: <https://learn.microsoft.com/rest/api/storageservices/set-blob-tags>. ETag and Last-Modified stay.
pub(super) fn set_tags(ask: &Ask<'_>) -> Answer {
    scope(ask).require(&ask.caller, WRITE_TAGS)?;
    check_hashes(
        ask,
        &Content::new(ask.body.clone()),
        "content-md5",
        "x-ms-content-crc64",
    )?;
    let tags = parse_tags(&ask.body)?;
    on_any(ask, true, |blob, _| {
        blob.tags = Arc::clone(&tags);
        Ok(())
    })?;
    Ok(Reply::new(StatusCode::NO_CONTENT))
}

fn parse_tags(document: &[u8]) -> Result<crate::storage::record::Tags, Refusal> {
    let elements = xml::parse_elements(document).ok_or_else(Refusal::invalid_xml)?;
    let texts = |wanted: &'static str| {
        elements
            .iter()
            .filter(move |(_, name, _)| name == wanted)
            .map(|(_, _, text)| text.clone())
    };
    let tags: BTreeMap<_, _> = texts("Key").zip(texts("Value")).collect();
    let is_tags = elements.first().is_some_and(|(_, name, _)| name == "Tags");
    // A key that is there twice, or without a value.
    if !is_tags || tags.len() != texts("Key").count() || tags.len() != texts("Value").count() {
        return Err(Refusal::invalid_xml());
    }
    properties::checked_tags(tags).ok_or_else(|| {
        Refusal::bad_request(
            "InvalidTags",
            "The tags specified are invalid or exceed their limits.",
        )
    })
}

/// Changes the blob, version or snapshot addressed in place. `leased`: whether a lease's id is needed where there is a lease.
/// `change` gets whether it is the current version.
fn on_any<T>(
    ask: &Ask<'_>,
    leased: bool,
    change: impl FnOnce(&mut Blob, bool) -> Result<T, Refusal>,
) -> Result<T, Refusal> {
    let which = ask.which()?;
    let conditions = Conditions::of(ask)?;
    let container = ask.container()?;
    let mut slots = container.write();
    let slot = slots
        .get_mut(ask.blob_name())
        .ok_or_else(Refusal::blob_not_found)?;
    if which == Which::Current && (leased || ask.header("x-ms-lease-id").is_some()) {
        lease_check::check_write(Some(slot), ask)?;
    }
    let version = slot.current.as_ref().and_then(|blob| blob.version);
    let is_current = match which {
        Which::Current => true,
        Which::Version(one) => version == Some(one),
        Which::Snapshot(_) => false,
    };
    let blob = slot
        .get_mut(which, ask.now_tick())
        .ok_or_else(Refusal::blob_not_found)?;
    conditions.for_write(Some(blob))?;
    change(Arc::make_mut(blob), is_current)
}

/// Set Blob Tier: <https://learn.microsoft.com/rest/api/storageservices/set-blob-tier>. Leaving Archive takes 15 hours
/// (High: one) of simulated time.
pub(super) fn set_tier(ask: &Ask<'_>) -> Answer {
    scope(ask).require(&ask.caller, WRITE)?;
    ask.required("x-ms-access-tier")?;
    let to = properties::tier(ask)?.ok_or_else(|| Refusal::missing_header("x-ms-access-tier"))?;
    let high = high_priority(ask)?;
    let status = on_any(ask, false, |blob, is_current| {
        if blob.kind != BlobType::Block {
            return Err(Refusal::invalid_blob_type());
        }
        check_no_pending_copy(ask, blob)?;
        // Snapshots and versions leave Archive by being copied:
        // <https://learn.microsoft.com/azure/storage/blobs/archive-rehydrate-overview>.
        if !is_current && blob.tiering.tier(ask.now_tick()) == Tier::Archive && to != Tier::Archive {
            return Err(Refusal::archived());
        }
        retier(ask, blob, to, high)
    })?;
    Ok(Reply::new(status))
}

fn retier(ask: &Ask<'_>, blob: &mut Blob, to: Tier, high: bool) -> Result<StatusCode, Refusal> {
    let now = ask.now_tick();
    if let Some(pending) = blob.tiering.rehydration(now) {
        if pending.to != to || (pending.high_priority && !high) {
            return Err(Refusal::conflict(
                "BlobBeingRehydrated",
                "This operation is not permitted because the blob is being rehydrated.",
            ));
        }
        if high && !pending.high_priority {
            blob.tiering = Tiering::pending(rehydration(ask, to, true), now);
        }
        return Ok(StatusCode::ACCEPTED);
    }
    match blob.tiering.tier(now) {
        Tier::Archive if to == Tier::Archive => Ok(StatusCode::OK),
        Tier::Archive => {
            blob.tiering = Tiering::pending(rehydration(ask, to, high), now);
            Ok(StatusCode::ACCEPTED)
        }
        _ => {
            blob.tiering = Tiering::on_write(Some(to), now);
            Ok(StatusCode::OK)
        }
    }
}

/// `x-ms-rehydrate-priority`: whether it is High.
pub(super) fn high_priority(ask: &Ask<'_>) -> Result<bool, Refusal> {
    let priority = ask.header_as("x-ms-rehydrate-priority", |text| match text {
        "High" => Some(true),
        "Standard" => Some(false),
        _ => None,
    })?;
    Ok(priority.unwrap_or_default())
}

/// A rehydration that begins now.
pub(super) fn rehydration(ask: &Ask<'_>, to: Tier, high_priority: bool) -> Rehydration {
    let hours = if high_priority { 1 } else { 15 };
    Rehydration {
        to,
        high_priority,
        ready: Tick::at(ask.now + jiff::SignedDuration::from_hours(hours)),
    }
}
