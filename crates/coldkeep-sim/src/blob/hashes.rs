//! The hashes of a request's content, and of the resulting blob.

use super::{
    properties::{self, md5_base64},
    reply::{Refusal, Reply},
    request::Ask,
};
use crate::storage::content::Content;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

/// Adds the hashes of `content`: the CRC-64, and the MD5 if asked for or cheap.
pub(super) fn add_hashes(reply: &mut Reply, content: &Content) {
    reply.set("x-ms-content-crc64", content.crc64_base64());
    reply.set_some("content-md5", content.md5_if_cheap().map(md5_base64));
}

/// Compares what arrived with the hashes sent in the headers named.
pub(super) fn check_hashes(ask: &Ask<'_>, content: &Content, md5: &str, crc64: &str) -> Result<(), Refusal> {
    if properties::md5_header(ask, md5)?.is_some_and(|expected| expected != content.md5()) {
        return Err(Refusal::bad_request(
            "Md5Mismatch",
            "The MD5 value specified in the request did not match with the MD5 value calculated by the server.",
        ));
    }
    let Some(crc) = ask.header(crc64) else {
        return Ok(());
    };
    if ask.header(md5).is_some() {
        return Err(Refusal::bad_request(
            "BothCrc64AndMd5HeaderPresent",
            "Both x-ms-content-crc64 header and Content-MD5 header are present.",
        ));
    }
    if BASE64_STANDARD
        .decode(crc)
        .is_ok_and(|crc| crc == content.crc64().to_le_bytes())
    {
        return Ok(());
    }
    Err(crc64_mismatch())
}

pub(super) fn crc64_mismatch() -> Refusal {
    Refusal::bad_request(
        "Crc64Mismatch",
        "The CRC64 value specified in the request did not match with the CRC64 value calculated by the server.",
    )
}
