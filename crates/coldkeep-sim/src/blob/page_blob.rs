//! Page blobs: writing and clearing pages, page ranges, size and sequence number.

use super::{
    blocks::amend,
    conditions::Conditions,
    copy_source,
    draft::written,
    hashes::{add_hashes, check_hashes},
    limits::too_large,
    need::{READ, WRITE},
    range, read,
    reply::{Answer, Refusal, Reply},
    request::Ask,
    rights::scope,
    sequence::check_sequence,
    xml,
};
use crate::storage::{
    content::Content,
    record::{Blob, BlobType},
};
use std::sync::Arc;

use http::StatusCode;

const PAGE_BYTES: u64 = 512;
const WRITE_MAX_BYTES: u64 = 4 << 20;

fn whole_pages(text: &str) -> Option<(u64, u64)> {
    let (start, end) = text.strip_prefix("bytes=")?.split_once('-')?;
    let (start, end) = (
        start.parse::<u64>().ok()?,
        end.parse::<u64>().ok()?.checked_add(1)?,
    );
    (start < end && start % PAGE_BYTES == 0 && end % PAGE_BYTES == 0).then_some((start, end))
}

/// Put Page: <https://learn.microsoft.com/rest/api/storageservices/put-page>.
pub(super) fn put_page(ask: &Ask<'_>) -> Answer {
    scope(ask).require(&ask.caller, WRITE)?;
    let clear = match ask.required("x-ms-page-write")?.to_ascii_lowercase().as_str() {
        "clear" => true,
        "update" => false,
        _ => return Err(Refusal::invalid_header("x-ms-page-write")),
    };
    let sent = Content::new(ask.body.clone());
    check_hashes(ask, &sent, "content-md5", "x-ms-content-crc64")?;
    write_pages(ask, &sent, clear)
}

/// Put Page From URL: <https://learn.microsoft.com/rest/api/storageservices/put-page-from-url>.
pub(super) fn put_page_from_url(ask: &Ask<'_>) -> Answer {
    scope(ask).require(&ask.caller, WRITE)?;
    if ask.required("x-ms-page-write")? != "update" {
        return Err(Refusal::invalid_header("x-ms-page-write"));
    }
    write_pages(ask, &copy_source::source_part(ask)?, false)
}

fn write_pages(ask: &Ask<'_>, sent: &Arc<Content>, clear: bool) -> Answer {
    let range = ask.header("x-ms-range").or_else(|| ask.header("range"));
    let range = range.ok_or_else(|| Refusal::missing_header("x-ms-range"))?;
    let (start, end) = whole_pages(range).ok_or_else(|| Refusal::invalid_header("x-ms-range"))?;
    if !clear && end - start > WRITE_MAX_BYTES {
        return Err(too_large());
    }
    if sent.length() != if clear { 0 } else { end - start } {
        return Err(Refusal::invalid_header("Content-Length"));
    }
    let ((), blob) = amend(ask, BlobType::Page, |blob| {
        check_sequence(ask, blob.rare().sequence_number)?;
        if end > blob.length() {
            return Err(Refusal::new(
                StatusCode::RANGE_NOT_SATISFIABLE,
                "InvalidPageRange",
                "The page range specified is invalid.",
            ));
        }
        let written = if clear {
            zeros(end - start)
        } else {
            Arc::clone(sent)
        };
        blob.content = splice(&blob.content, start, &written);
        Ok(())
    })?;
    let mut reply = written(StatusCode::CREATED, &blob);
    reply.set(
        "x-ms-blob-sequence-number",
        blob.rare().sequence_number.to_string(),
    );
    if !clear {
        add_hashes(&mut reply, sent);
    }
    Ok(reply)
}

fn zeros(length: u64) -> Arc<Content> {
    Content::new(vec![0; usize::try_from(length).unwrap_or_default()].into())
}

/// `whole` with `part` written at `offset`.
fn splice(whole: &Arc<Content>, offset: u64, part: &Arc<Content>) -> Arc<Content> {
    let end = offset + part.length();
    let pieces = [
        whole.slice(0, offset),
        Arc::clone(part),
        whole.slice(end, whole.length().saturating_sub(end)),
    ];
    Content::concat(pieces.iter().filter(|piece| piece.length() > 0))
}

/// The content after Set Blob Properties with `x-ms-blob-content-length`.
pub(super) fn resized(ask: &Ask<'_>, blob: &Blob) -> Result<Arc<Content>, Refusal> {
    let length = ask.header_as("x-ms-blob-content-length", |text| {
        text.parse::<u64>()
            .ok()
            .filter(|length| length % PAGE_BYTES == 0 && *length <= super::limits::PAGE_BLOB_MAX_BYTES)
    })?;
    let Some(length) = length else {
        return Ok(Arc::clone(&blob.content));
    };
    if length <= blob.length() {
        return Ok(blob.content.slice(0, length));
    }
    Ok(Content::concat(
        [Arc::clone(&blob.content), zeros(length - blob.length())].iter(),
    ))
}

/// Get Page Ranges: <https://learn.microsoft.com/rest/api/storageservices/get-page-ranges>. A page counts as written when
/// there is anything but zeros in it.
pub(super) fn get_page_ranges(ask: &Ask<'_>) -> Answer {
    scope(ask).require(&ask.caller, READ)?;
    let (blob, _) = read::find_blob(ask)?;
    if blob.kind != BlobType::Page {
        return Err(Refusal::invalid_blob_type());
    }
    Conditions::of(ask)?.for_read(&blob)?;
    let range = ask.header("x-ms-range").or_else(|| ask.header("range"));
    let range = range
        .map(|text| range::parse_range(text, blob.length()))
        .transpose()?
        .flatten();
    let (from, length) = range.unwrap_or((0, blob.length()));
    let mut text = String::from("<?xml version=\"1.0\" encoding=\"utf-8\"?><PageList>");
    for (start, end) in written_ranges(&blob.content.to_bytes(), from, from + length) {
        text.push_str("<PageRange>");
        xml::push_element(&mut text, "Start", &start.to_string());
        xml::push_element(&mut text, "End", &(end - 1).to_string());
        text.push_str("</PageRange>");
    }
    text.push_str("</PageList>");
    let mut reply = Reply::xml(text);
    reply
        .set("etag", blob.modified.quoted_etag())
        .set("last-modified", blob.modified.http_date())
        .set("x-ms-blob-content-length", blob.length().to_string());
    Ok(reply)
}

fn written_ranges(bytes: &[u8], from: u64, to: u64) -> Vec<(u64, u64)> {
    let mut ranges: Vec<(u64, u64)> = Vec::new();
    let page = usize::try_from(PAGE_BYTES).unwrap_or(512);
    for (start, page) in (0..).step_by(page).zip(bytes.chunks(page)) {
        let end = start + PAGE_BYTES;
        if start < from || end > to || page.iter().all(|byte| *byte == 0) {
            continue;
        }
        match ranges.last_mut() {
            Some(last) if last.1 == start => last.1 = end,
            _ => ranges.push((start, end)),
        }
    }
    ranges
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_whole_pages() {
        assert_eq!(whole_pages("bytes=0-511"), Some((0, 512)));
        assert_eq!(whole_pages("bytes=512-1535"), Some((512, 1536)));
        for wrong in ["bytes=0-510", "bytes=1-512", "bytes=512-511", "0-511"] {
            assert_eq!(whole_pages(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn pages_that_touch_are_one_range() {
        let mut bytes = vec![0; 2048];
        bytes[512] = 1;
        bytes[1024] = 1;
        assert_eq!(written_ranges(&bytes, 0, 2048), [(512, 1536)]);
        assert_eq!(written_ranges(&bytes, 1024, 2048), [(1024, 1536)]);
    }
}
