//! Changing or deleting one blob: metadata, content headers, tags, tier, Delete Blob.

use std::collections::BTreeMap;
use std::sync::Arc;

use http::StatusCode;

use super::auth::{DELETE, DELETE_VERSION, LOCK, WRITE, WRITE_TAGS};
use super::conditions::Conditions;
use super::moment::Tick;
use super::properties;
use super::put::{online, written};
use super::reply::{Answer, Refusal, Reply};
use super::request::Ask;
use super::state::{Blob, BlobType, Slot};
use super::tier::{Rehydration, Tier, Tiering};
use super::{lease, scope, xml};

/// Changes the current version under the conditions of the request.
fn change_current<T>(
    ask: &Ask<'_>,
    change: impl FnOnce(&mut Slot, &Blob) -> Result<T, Refusal>,
) -> Result<T, Refusal> {
    let conditions = Conditions::of(ask)?;
    let container = ask.container()?;
    let mut slots = container.write();
    let slot = slots
        .get_mut(ask.blob_name())
        .ok_or_else(Refusal::blob_not_found)?;
    let current = slot.current.clone().ok_or_else(Refusal::blob_not_found)?;
    conditions.for_write(Some(&current))?;
    lease::check(Some(slot), ask)?;
    change(slot, &current)
}

/// Set Blob Metadata: <https://learn.microsoft.com/rest/api/storageservices/set-blob-metadata>. Makes a version.
pub(super) fn set_metadata(ask: &Ask<'_>) -> Answer {
    scope(ask).require(&ask.caller, WRITE)?;
    let metadata = properties::metadata(ask)?;
    let blob = change_current(ask, |slot, current| {
        online(ask, current)?;
        let modified = ask.tick();
        let version = ask.account.versioning.then_some(modified);
        let changed = Blob {
            metadata,
            modified,
            version,
            ..current.clone()
        };
        Ok(slot.replace(changed, ask.account.versioning))
    })?;
    Ok(written(StatusCode::OK, &blob))
}

/// Set Blob Properties: <https://learn.microsoft.com/rest/api/storageservices/set-blob-properties>. What is not given
/// is cleared. Makes no version.
pub(super) fn set_properties(ask: &Ask<'_>) -> Answer {
    scope(ask).require(&ask.caller, WRITE)?;
    let headers = properties::content_headers(ask, &properties::default_headers());
    let md5 = properties::md5_header(ask, "x-ms-blob-content-md5")?;
    let blob = change_current(ask, |slot, current| {
        online(ask, current)?;
        let modified = ask.tick();
        slot.amend(|blob| {
            blob.headers = headers;
            blob.md5 = md5;
            blob.modified = modified;
        })
        .ok_or_else(Refusal::blob_not_found)
    })?;
    let mut reply = Reply::new(StatusCode::OK);
    reply
        .set("etag", blob.modified.quoted_etag())
        .set("last-modified", blob.modified.http_date());
    Ok(reply)
}

/// Set Blob Tags: <https://learn.microsoft.com/rest/api/storageservices/set-blob-tags>. ETag and Last-Modified stay.
pub(super) fn set_tags(ask: &Ask<'_>) -> Answer {
    scope(ask).require(&ask.caller, WRITE_TAGS)?;
    let tags = parse_tags(&ask.body)?;
    on_version(ask, |blob| {
        blob.tags = Arc::clone(&tags);
        Ok(())
    })?;
    Ok(Reply::new(StatusCode::NO_CONTENT))
}

fn parse_tags(document: &[u8]) -> Result<super::state::Tags, Refusal> {
    let elements = xml::parse_elements(document).ok_or_else(Refusal::invalid_xml)?;
    let texts = |wanted: &'static str| {
        elements
            .iter()
            .filter(move |(_, name, _)| name == wanted)
            .map(|(_, _, text)| text.clone())
    };
    let tags: BTreeMap<_, _> = texts("Key").zip(texts("Value")).collect();
    // A key that is there twice, or without a value.
    if tags.len() != texts("Key").count() || tags.len() != texts("Value").count() {
        return Err(Refusal::invalid_xml());
    }
    properties::checked_tags(tags).ok_or_else(|| {
        Refusal::bad_request(
            "InvalidTags",
            "The tags specified are invalid or exceed their limits.",
        )
    })
}

/// Changes the version addressed in place, or the current one.
fn on_version<T>(ask: &Ask<'_>, change: impl FnOnce(&mut Blob) -> Result<T, Refusal>) -> Result<T, Refusal> {
    let version = ask.version()?;
    let container = ask.container()?;
    let mut slots = container.write();
    let slot = slots
        .get_mut(ask.blob_name())
        .ok_or_else(Refusal::blob_not_found)?;
    let blob = match version {
        None => slot.current.as_mut(),
        Some(version) => slot
            .current
            .iter_mut()
            .chain(&mut slot.previous)
            .find(|blob| blob.version == Some(version)),
    };
    let blob = blob.ok_or_else(Refusal::blob_not_found)?;
    change(Arc::make_mut(blob))
}

/// Set Blob Tier: <https://learn.microsoft.com/rest/api/storageservices/set-blob-tier>. Leaving Archive takes 15 hours
/// (High: one) of simulated time.
pub(super) fn set_tier(ask: &Ask<'_>) -> Answer {
    scope(ask).require(&ask.caller, WRITE)?;
    ask.required("x-ms-access-tier")?;
    let to = properties::tier(ask)?.ok_or_else(|| Refusal::missing_header("x-ms-access-tier"))?;
    let high = high_priority(ask)?;
    let status = on_version(ask, |blob| {
        if blob.kind != BlobType::Block {
            return Err(Refusal::invalid_blob_type());
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

/// Set and Delete Blob Immutability Policy: <https://learn.microsoft.com/rest/api/storageservices/set-blob-immutability-policy>.
/// No container here takes policies by version, so that only the right and the blob are looked at.
pub(super) fn lock(ask: &Ask<'_>) -> Answer {
    scope(ask).require(&ask.caller, LOCK)?;
    let container = ask.container()?;
    let there = container
        .write()
        .get(ask.blob_name())
        .is_some_and(|slot| slot.current.is_some());
    if !there {
        return Err(Refusal::blob_not_found());
    }
    Err(Refusal::conflict(
        "BlobImmutableStorageNotEnabled",
        "Version-level immutability is not enabled on this container.",
    ))
}

/// Delete Blob: <https://learn.microsoft.com/rest/api/storageservices/delete-blob>.
pub(super) fn delete_blob(ask: &Ask<'_>) -> Answer {
    match ask.version()? {
        Some(version) => delete_version(ask, version)?,
        None => delete_current(ask)?,
    }
    let mut reply = Reply::new(StatusCode::ACCEPTED);
    reply.set_static(
        "x-ms-delete-type-permanent",
        if ask.account.versioning { "false" } else { "true" },
    );
    Ok(reply)
}

fn delete_current(ask: &Ask<'_>) -> Result<(), Refusal> {
    scope(ask).require(&ask.caller, DELETE)?;
    let conditions = Conditions::of(ask)?;
    let container = ask.container()?;
    let mut slots = container.write();
    let slot = slots
        .get_mut(ask.blob_name())
        .filter(|slot| slot.current.is_some());
    let slot = slot.ok_or_else(Refusal::blob_not_found)?;
    conditions.for_write(slot.current.as_deref())?;
    lease::check(Some(slot), ask)?;
    slot.retire(ask.account.versioning);
    slot.staged = None;
    slot.lease = None;
    if slot.is_empty() {
        slots.remove(ask.blob_name());
    }
    Ok(())
}

fn delete_version(ask: &Ask<'_>, version: Tick) -> Result<(), Refusal> {
    scope(ask).require(&ask.caller, DELETE_VERSION)?;
    let container = ask.container()?;
    let mut slots = container.write();
    let slot = slots
        .get_mut(ask.blob_name())
        .ok_or_else(Refusal::blob_not_found)?;
    if slot
        .current
        .as_ref()
        .is_some_and(|blob| blob.version == Some(version))
    {
        return Err(Refusal::forbidden(
            "OperationNotAllowedOnRootBlob",
            "This operation is not allowed on the root blob: the current version is deleted by deleting the blob.",
        ));
    }
    let before = slot.previous.len();
    slot.previous.retain(|blob| blob.version != Some(version));
    if slot.previous.len() == before {
        return Err(Refusal::blob_not_found());
    }
    if slot.is_empty() {
        slots.remove(ask.blob_name());
    }
    Ok(())
}
