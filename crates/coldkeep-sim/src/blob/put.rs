//! Writing whole blobs: the one place where a name gets a new current version, and Put Blob.

use super::{
    draft::{Admission, Draft, store, written},
    hashes::{add_hashes, check_hashes},
    limits::{self, PAGE_BLOB_MAX_BYTES, too_large},
    properties::{self},
    reply::{Answer, Refusal},
    request::Ask,
    sequence,
};
use crate::storage::{content::Content, record::BlobType};

use http::StatusCode;

/// Put Blob: <https://learn.microsoft.com/rest/api/storageservices/put-blob>.
pub(super) fn put_blob(ask: &Ask<'_>) -> Answer {
    let admission = Admission::of(ask)?;
    let kind = ask.required("x-ms-blob-type")?;
    let content = Content::new(ask.body.clone());
    if content.length() > limits::put_blob_max_bytes(ask) {
        return Err(too_large());
    }
    check_hashes(ask, &content, "content-md5", "x-ms-content-crc64")?;
    let mut draft = Draft::of_request(ask, &admission, content)?;
    draft.headers = properties::content_headers(ask, &properties::request_headers(ask));
    match kind {
        "BlockBlob" => {
            draft.md5 = Some(draft.content.md5());
            check_hashes(
                ask,
                &draft.content,
                "x-ms-blob-content-md5",
                "x-ms-blob-content-crc64",
            )?;
        }
        "AppendBlob" => {
            no_body(ask)?;
            draft.kind = BlobType::Append;
        }
        "PageBlob" => {
            no_body(ask)?;
            draft.kind = BlobType::Page;
            draft.content = Content::new(vec![0; page_blob_length(ask)?].into());
            let number = ask.header_as("x-ms-blob-sequence-number", sequence::sequence_number)?;
            if let Some(number) = number.filter(|number| *number > 0) {
                draft.rare.get_or_insert_default().sequence_number = number;
            }
        }
        _ => return Err(Refusal::invalid_header("x-ms-blob-type")),
    }
    let blob = store(ask, &admission, draft)?;
    let mut reply = written(StatusCode::CREATED, &blob);
    add_hashes(&mut reply, &blob.content);
    Ok(reply)
}

/// Append and page blobs are created empty and written later.
fn no_body(ask: &Ask<'_>) -> Result<(), Refusal> {
    if ask.body.is_empty() && ask.header("x-ms-access-tier").is_none() {
        Ok(())
    } else {
        Err(Refusal::invalid_header("Content-Length"))
    }
}

fn page_blob_length(ask: &Ask<'_>) -> Result<usize, Refusal> {
    let length = ask.required("x-ms-blob-content-length")?.parse::<u64>().ok();
    length
        .filter(|length| length % 512 == 0 && *length <= PAGE_BLOB_MAX_BYTES)
        .and_then(|length| usize::try_from(length).ok())
        .ok_or_else(|| Refusal::invalid_header("x-ms-blob-content-length"))
}
