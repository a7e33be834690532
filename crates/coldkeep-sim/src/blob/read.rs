//! Reading one blob: Get Blob, Get Blob Properties, Get Blob Metadata, Get Blob Tags.

use super::{
    caller::Caller,
    conditions::Conditions,
    crypt::Encryption,
    lease_check,
    need::{READ, READ_TAGS},
    properties::{self, md5_base64},
    range::parse_range,
    reply::{Answer, Refusal, Reply},
    request::Ask,
    rights::scope,
    structured,
    writable::check_online,
    xml::push_tag_set,
};
use crate::storage::{moment::Tick, record::Blob};
use std::sync::Arc;

use http::{Method, StatusCode};

/// The blob, version or snapshot addressed, and its headers in an answer.
pub(super) fn find_blob(ask: &Ask<'_>) -> Result<(Arc<Blob>, Reply), Refusal> {
    let (blob, slot_reply) = look(ask)?;
    Encryption::of(ask)?.fits(&blob)?;
    Ok((blob, slot_reply))
}

/// Finds the blob without checking what it is encrypted with.
fn look(ask: &Ask<'_>) -> Result<(Arc<Blob>, Reply), Refusal> {
    let which = ask.which()?;
    let now = ask.now_tick();
    let container = ask.container()?;
    let slots = container.read();
    let slot = slots.get(ask.blob_name()).ok_or_else(Refusal::blob_not_found)?;
    let blob = slot.get(which, now).ok_or_else(Refusal::blob_not_found)?;
    let current = slot
        .current
        .as_ref()
        .is_some_and(|current| Arc::ptr_eq(current, blob));
    if current {
        lease_check::check_read(slot, ask)?;
    }
    let mut reply = Reply::new(StatusCode::OK);
    properties::describe(&mut reply, blob, current, slot.lease.as_deref(), now);
    if ask.account.hns {
        // Only such accounts return the resource type of a name:
        // <https://learn.microsoft.com/rest/api/storageservices/get-blob-properties#response-headers>.
        reply.set_static("x-ms-resource-type", "file");
    }
    Ok((Arc::clone(blob), reply))
}

/// Get Blob: <https://learn.microsoft.com/rest/api/storageservices/get-blob>; and Get Blob Properties.
pub(super) fn get_blob(ask: &Ask<'_>) -> Answer {
    scope(ask).require(&ask.caller, READ)?;
    let (blob, mut reply) = find_blob(ask)?;
    Conditions::of(ask)?.for_read(&blob)?;
    override_headers(ask, &mut reply);
    let content = blob.content_at(ask.now_tick());
    if ask.method == Method::HEAD {
        reply.set("content-length", content.length().to_string());
        reply.set_some("content-md5", blob.md5.map(md5_base64));
        return Ok(reply);
    }
    check_online(ask, &blob)?;
    let range = ask.header("x-ms-range").or_else(|| ask.header("range"));
    check_range_hashes(ask, range.is_some())?;
    let Some((offset, length)) = range
        .map(|text| parse_range(text, content.length()))
        .transpose()?
        .flatten()
    else {
        reply.set("content-length", content.length().to_string());
        reply.set_some("content-md5", blob.md5.map(md5_base64));
        reply.body = content.body();
        structured::pack(ask.headers, &mut reply, &content)?;
        return Ok(reply);
    };
    let part = content.slice(offset, length);
    reply.status = StatusCode::PARTIAL_CONTENT;
    reply
        .set("content-length", part.length().to_string())
        .set(
            "content-range",
            format!(
                "bytes {offset}-{}/{}",
                offset + part.length() - 1,
                content.length()
            ),
        )
        .set_some("x-ms-blob-content-md5", blob.md5.map(md5_base64));
    add_range_hashes(ask, &mut reply, &part)?;
    reply.body = part.body();
    structured::pack(ask.headers, &mut reply, &part)?;
    Ok(reply)
}

/// A signature can set the headers of the answer:
/// <https://learn.microsoft.com/rest/api/storageservices/create-service-sas#override-response-headers>.
fn override_headers(ask: &Ask<'_>, reply: &mut Reply) {
    if !matches!(ask.caller, Caller::Signature(_)) {
        return;
    }
    let overridden = [
        ("rscc", "cache-control"),
        ("rscd", "content-disposition"),
        ("rsce", "content-encoding"),
        ("rscl", "content-language"),
        ("rsct", "content-type"),
    ];
    for (parameter, header) in overridden {
        reply.set_some(header, ask.query.some(parameter));
    }
}

/// The headers that ask for hashes of a range.
const RANGE_HASHES: [&str; 2] = ["x-ms-range-get-content-md5", "x-ms-range-get-content-crc64"];

/// Which hashes of the range are wanted: MD5, CRC64.
fn range_hashes(ask: &Ask<'_>) -> [bool; 2] {
    RANGE_HASHES.map(|name| {
        ask.header(name)
            .is_some_and(|value| value.eq_ignore_ascii_case("true"))
    })
}

/// One hash, and of a range: <https://learn.microsoft.com/rest/api/storageservices/get-blob#request-headers>.
fn check_range_hashes(ask: &Ask<'_>, has_range: bool) -> Result<(), Refusal> {
    match range_hashes(ask) {
        [true, true] => Err(Refusal::invalid_header(RANGE_HASHES[1])),
        [true, false] if !has_range => Err(Refusal::invalid_header(RANGE_HASHES[0])),
        [false, true] if !has_range => Err(Refusal::invalid_header(RANGE_HASHES[1])),
        _ => Ok(()),
    }
}

fn add_range_hashes(
    ask: &Ask<'_>,
    reply: &mut Reply,
    part: &crate::storage::content::Content,
) -> Result<(), Refusal> {
    const HASHED_RANGE_MAX_BYTES: u64 = 4 << 20;
    let [md5, crc64] = range_hashes(ask);
    if (md5 || crc64) && part.length() > HASHED_RANGE_MAX_BYTES {
        return Err(Refusal::invalid_header("x-ms-range"));
    }
    if md5 {
        reply.set("content-md5", md5_base64(part.md5()));
    }
    if crc64 {
        reply.set("x-ms-content-crc64", part.crc64_base64());
    }
    Ok(())
}

/// Get Blob Metadata.
pub(super) fn get_metadata(ask: &Ask<'_>) -> Answer {
    scope(ask).require(&ask.caller, READ)?;
    let (blob, _) = find_blob(ask)?;
    Conditions::of(ask)?.for_read(&blob)?;
    let mut reply = Reply::new(StatusCode::OK);
    reply
        .set("etag", blob.modified.quoted_etag())
        .set("last-modified", blob.modified.http_date());
    properties::describe_metadata(&mut reply, &blob.metadata);
    Ok(reply)
}

/// Get Blob Tags: <https://learn.microsoft.com/rest/api/storageservices/get-blob-tags>.
pub(super) fn get_tags(ask: &Ask<'_>) -> Answer {
    scope(ask).require(&ask.caller, READ_TAGS)?;
    let (blob, _) = look(ask)?;
    Conditions::of(ask)?.for_write(Some(&blob))?;
    let mut text = String::from("<?xml version=\"1.0\" encoding=\"utf-8\"?><Tags>");
    push_tag_set(&mut text, blob.tags.iter());
    text.push_str("</Tags>");
    let mut reply = Reply::xml(text);
    reply.set_some("x-ms-version-id", blob.version.map(Tick::version_id));
    Ok(reply)
}
