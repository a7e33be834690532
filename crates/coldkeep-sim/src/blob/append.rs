//! Append blobs: Append Block, Append Block From URL and Append Blob Seal.

use std::sync::Arc;

use http::StatusCode;

use super::{
    blocks::amend,
    copy_source,
    draft::written,
    hashes::{add_hashes, check_hashes},
    limits::{self, too_large},
    need::{APPEND, WRITE},
    reply::{Answer, Refusal, Reply, precondition_failed},
    request::Ask,
    rights::scope,
};
use crate::storage::{
    content::Content,
    record::{Blob, BlobType},
};

const BLOCKS_MAX: u32 = 50_000;

fn may_append(ask: &Ask<'_>) -> Result<(), Refusal> {
    let scope = scope(ask);
    if scope.allows(&ask.caller, WRITE) {
        return Ok(());
    }
    scope.require(&ask.caller, APPEND)
}

/// Append Block: <https://learn.microsoft.com/rest/api/storageservices/append-block>.
pub(super) fn append_block(ask: &Ask<'_>) -> Answer {
    may_append(ask)?;
    let content = Content::new(ask.body.clone());
    check_hashes(ask, &content, "content-md5", "x-ms-content-crc64")?;
    append(ask, &content)
}

/// Append Block From URL: <https://learn.microsoft.com/rest/api/storageservices/append-block-from-url>.
pub(super) fn append_block_from_url(ask: &Ask<'_>) -> Answer {
    may_append(ask)?;
    append(ask, &copy_source::source_part(ask)?)
}

fn append(ask: &Ask<'_>, content: &Arc<Content>) -> Answer {
    if content.length() == 0 {
        return Err(Refusal::invalid_header("Content-Length"));
    }
    if content.length() > limits::append_max_bytes(ask) {
        return Err(too_large());
    }
    let position = ask.header_as("x-ms-blob-condition-appendpos", |text| text.parse::<u64>().ok())?;
    let limit = ask.header_as("x-ms-blob-condition-maxsize", |text| text.parse::<u64>().ok())?;
    let (offset, blob) = amend(ask, BlobType::Append, |blob| {
        let offset = blob.length();
        not_sealed(blob)?;
        if position.is_some_and(|position| position != offset) {
            return Err(precondition_failed(
                "AppendPositionConditionNotMet",
                "The append position condition specified was not met.",
            ));
        }
        if limit.is_some_and(|limit| offset + content.length() > limit) {
            return Err(precondition_failed(
                "MaxBlobSizeConditionNotMet",
                "The max blob size condition specified was not met.",
            ));
        }
        if blob.sequence >= BLOCKS_MAX {
            return Err(Refusal::conflict(
                "BlockCountExceedsLimit",
                "The committed block count cannot exceed the maximum limit of 50,000 blocks.",
            ));
        }
        blob.content = Content::concat(
            [&blob.content, content]
                .into_iter()
                .filter(|part| part.length() > 0),
        );
        blob.md5 = None;
        blob.sequence += 1;
        Ok(offset)
    })?;
    let mut reply = written(StatusCode::CREATED, &blob);
    reply
        .set("x-ms-blob-append-offset", offset.to_string())
        .set("x-ms-blob-committed-block-count", blob.sequence.to_string());
    add_hashes(&mut reply, content);
    Ok(reply)
}

fn not_sealed(blob: &Blob) -> Result<(), Refusal> {
    if blob.rare().sealed {
        return Err(Refusal::conflict(
            "BlobIsSealed",
            "The specified blob is sealed and its contents can't be modified unless the blob is re-created after a delete.",
        ));
    }
    Ok(())
}

/// Append Blob Seal: <https://learn.microsoft.com/rest/api/storageservices/append-blob-seal>.
pub(super) fn seal(ask: &Ask<'_>) -> Answer {
    may_append(ask)?;
    let position = ask.header_as("x-ms-blob-condition-appendpos", |text| text.parse::<u64>().ok())?;
    let ((), blob) = amend(ask, BlobType::Append, |blob| {
        if position.is_some_and(|position| position != blob.length()) {
            return Err(precondition_failed(
                "AppendPositionConditionNotMet",
                "The append position condition specified was not met.",
            ));
        }
        blob.rare_mut().sealed = true;
        Ok(())
    })?;
    let mut reply = Reply::new(StatusCode::OK);
    reply
        .set("etag", blob.modified.quoted_etag())
        .set("last-modified", blob.modified.http_date())
        .set_static("x-ms-blob-sealed", "true");
    Ok(reply)
}
