//! Structured bodies (`XSM/1.0; properties=crc64`): content in segments, each followed by its CRC-64, and that of all at the end.
//!
//! A message is: version 1 (one byte), its length (8 bytes), flags (2; 1 stands for CRC-64), how many segments (2); then, for
//! each segment, its number from 1 on (2), its length (8), its bytes and their CRC-64 (8); then the CRC-64 of all (8). Numbers
//! have their lowest byte first. The header is listed with Put Blob,
//! <https://learn.microsoft.com/rest/api/storageservices/put-blob>; the layout is what Microsoft's libraries read and write.

use std::sync::Arc;

use bytes::{Buf as _, Bytes};

use super::{
    address::header,
    hashes::crc64_mismatch,
    reply::{Refusal, Reply},
};
use crate::storage::content::Content;

const WANTED: &str = "x-ms-structured-body";
const LENGTH: &str = "x-ms-structured-content-length";
const CRC64: &str = "XSM/1.0; properties=crc64";
const SEGMENT_BYTES: u64 = 4 << 20;
const FLAG_CRC64: u16 = 1;

/// Whether a request speaks of structured bodies; 400 if of other kinds than this one.
fn is_wanted(headers: &http::HeaderMap) -> Result<bool, Refusal> {
    match header(headers, WANTED) {
        None => Ok(false),
        Some(CRC64) => Ok(true),
        Some(_) => Err(Refusal::invalid_header(WANTED)),
    }
}

/// The content of a request's body, checked.
pub(super) fn unpack(headers: &http::HeaderMap, body: Bytes) -> Result<Bytes, Refusal> {
    if body.is_empty() || !is_wanted(headers)? {
        return Ok(body);
    }
    let content = read(body)?;
    let told = header(headers, LENGTH).and_then(|text| text.parse::<u64>().ok());
    if told != Some(content.length()) {
        return Err(Refusal::invalid_header(LENGTH));
    }
    Ok(content.to_bytes())
}

fn read(mut message: Bytes) -> Result<Arc<Content>, Refusal> {
    let whole = message.len() as u64;
    let malformed = || Refusal::bad_request("InvalidInput", "The structured body is not well formed.");
    if message.len() < 13 || message.get_u8() != 1 || message.get_u64_le() != whole {
        return Err(malformed());
    }
    if message.get_u16_le() != FLAG_CRC64 {
        return Err(malformed());
    }
    let count = message.get_u16_le();
    let mut segments = Vec::new();
    for number in 1..=count {
        if message.len() < 10 || message.get_u16_le() != number {
            return Err(malformed());
        }
        let length = usize::try_from(message.get_u64_le()).map_err(|_| malformed())?;
        if message.len().saturating_sub(8) < length {
            return Err(malformed());
        }
        let segment = Content::new(message.split_to(length));
        if message.get_u64_le() != segment.crc64() {
            return Err(crc64_mismatch());
        }
        segments.push(segment);
    }
    let content = Content::concat(segments.iter());
    if message.len() != 8 {
        return Err(malformed());
    }
    if message.get_u64_le() != content.crc64() {
        return Err(crc64_mismatch());
    }
    Ok(content)
}

/// Confirms in the answer that the request's structured body was understood.
pub(super) fn acknowledge(headers: &http::HeaderMap, reply: &mut Reply) {
    if is_wanted(headers) == Ok(true) && reply.status.is_success() {
        reply.set_static(WANTED, CRC64);
    }
}

/// Packs the content of an answer if the request wants that.
pub(super) fn pack(
    headers: &http::HeaderMap,
    reply: &mut Reply,
    content: &Arc<Content>,
) -> Result<(), Refusal> {
    if !is_wanted(headers)? {
        return Ok(());
    }
    let message = write(content);
    reply
        .set_static(WANTED, CRC64)
        .set(LENGTH, content.length().to_string())
        .set("content-length", message.length().to_string());
    reply.body = message.body();
    Ok(())
}

fn write(content: &Arc<Content>) -> Arc<Content> {
    let count = content.length().div_ceil(SEGMENT_BYTES).max(1);
    let whole = 13 + content.length() + count * 18 + 8;
    let mut head = vec![1];
    head.extend(whole.to_le_bytes());
    head.extend(FLAG_CRC64.to_le_bytes());
    head.extend(&count.to_le_bytes()[..2]);
    let mut parts = vec![Content::new(head.into())];
    for number in 0..count {
        let segment = content.slice(number * SEGMENT_BYTES, SEGMENT_BYTES);
        let mut start = (number + 1).to_le_bytes()[..2].to_vec();
        start.extend(segment.length().to_le_bytes());
        let crc = Bytes::copy_from_slice(&segment.crc64().to_le_bytes());
        parts.extend([Content::new(start.into()), segment, Content::new(crc)]);
    }
    let crc = Bytes::copy_from_slice(&content.crc64().to_le_bytes());
    parts.push(Content::new(crc));
    Content::concat(parts.iter())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        for length in [0, 1, 1000, (4 << 20) + 7] {
            let content = Content::new(vec![7; length].into());
            let message = write(&content).to_bytes();
            assert_eq!(read(message).unwrap().to_bytes(), content.to_bytes());
        }
    }

    #[test]
    fn a_changed_byte_is_noticed() {
        let content = Content::new("content".into());
        let message = write(&content).to_bytes();
        for at in 0..message.len() {
            let mut changed = message.to_vec();
            changed[at] ^= 1;
            assert!(read(changed.into()).is_err(), "byte {at}");
        }
        assert!(read(message.slice(..message.len() - 1)).is_err());
        assert!(read(Bytes::new()).is_err());
    }
}
