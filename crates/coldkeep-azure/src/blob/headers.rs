//! The headers of an answer, read as what they mean.

use coldkeep_core::{
    Timestamp,
    blob::ListedBlob,
    hash::{Crc64, Md5},
};
use http::HeaderMap;

use super::{dates::parse_http_date, list::note_unkept};

/// A header's text: UTF-8 if it is, else byte by byte (metadata that old clients wrote). Empty counts as absent.
pub(super) fn text(headers: &HeaderMap, name: &str) -> Option<String> {
    let bytes = headers.get(name)?.as_bytes();
    Some(decode(bytes)).filter(|text| !text.is_empty())
}

fn decode(bytes: &[u8]) -> String {
    std::str::from_utf8(bytes).map_or_else(
        |_| bytes.iter().map(|byte| char::from(*byte)).collect(),
        str::to_owned,
    )
}

pub(super) fn flag(headers: &HeaderMap, name: &str) -> Option<bool> {
    text(headers, name).map(|value| value.eq_ignore_ascii_case("true"))
}

pub(super) fn date(headers: &HeaderMap, name: &str) -> Option<Timestamp> {
    parse_http_date(headers.get(name)?.to_str().ok()?)
}

/// Without quotes; empty where there is none.
pub(super) fn etag(headers: &HeaderMap) -> String {
    text(headers, "etag")
        .unwrap_or_default()
        .trim_matches('"')
        .to_owned()
}

pub(super) fn md5(headers: &HeaderMap, name: &str) -> Option<Md5> {
    Md5::parse(headers.get(name)?.to_str().ok()?)
}

pub(super) fn crc64(headers: &HeaderMap, name: &str) -> Option<Crc64> {
    Crc64::parse(headers.get(name)?.to_str().ok()?)
}

/// The whole blob's length, also where only a range was asked for.
pub(super) fn size(headers: &HeaderMap) -> Option<u64> {
    match text(headers, "content-range") {
        Some(range) => range.rsplit('/').next()?.parse().ok(),
        None => text(headers, "content-length")?.parse().ok(),
    }
}

/// Metadata that old clients wrote may have names that no request may carry any more.
pub(super) fn put_metadata(headers: &HeaderMap, blob: &mut ListedBlob) {
    for (name, value) in headers {
        let Some(name) = name.as_str().strip_prefix("x-ms-meta-") else {
            continue;
        };
        if is_identifier(name) {
            blob.metadata.insert(name.to_owned(), decode(value.as_bytes()));
        } else {
            note_unkept(blob, name);
        }
    }
}

/// <https://learn.microsoft.com/rest/api/storageservices/naming-and-referencing-containers--blobs--and-metadata>
fn is_identifier(name: &str) -> bool {
    !name.is_empty()
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
        && !name.starts_with(|c: char| c.is_ascii_digit())
}
