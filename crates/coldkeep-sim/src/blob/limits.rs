//! How much each version of the service takes:
//! <https://learn.microsoft.com/azure/storage/blobs/scalability-targets#scale-targets-for-blob-storage>.

use super::{reply::Refusal, request::Ask};
use http::StatusCode;

/// The versions from which on blocks and blobs may be larger.
const LARGE: &str = "2016-05-31";
const VERY_LARGE: &str = "2019-12-12";

fn by_version(ask: &Ask<'_>, [small, large, very_large]: [u64; 3]) -> u64 {
    let version = ask
        .header("x-ms-version")
        .unwrap_or(super::versions::DEFAULT_VERSION);
    if version < LARGE {
        small << 20
    } else if version < VERY_LARGE {
        large << 20
    } else {
        very_large << 20
    }
}

/// What Put Block takes.
pub(super) fn block_max_bytes(ask: &Ask<'_>) -> u64 {
    by_version(ask, [4, 100, 4000])
}

/// What Put Blob takes.
pub(super) fn put_blob_max_bytes(ask: &Ask<'_>) -> u64 {
    by_version(ask, [64, 256, 5000])
}

/// What Append Block takes; the last step came with 2022-11-02.
pub(super) fn append_max_bytes(ask: &Ask<'_>) -> u64 {
    let version = ask
        .header("x-ms-version")
        .unwrap_or(super::versions::DEFAULT_VERSION);
    if version < "2022-11-02" {
        4 << 20
    } else {
        100 << 20
    }
}

/// What is larger than its operation takes.
pub(super) fn too_large() -> Refusal {
    Refusal::new(
        StatusCode::PAYLOAD_TOO_LARGE,
        "RequestBodyTooLarge",
        "The request body is too large and exceeds the maximum permissible limit.",
    )
}

/// Page blobs are held whole, so their size is bounded here and not by the service's 8 TiB.
pub(super) const PAGE_BLOB_MAX_BYTES: u64 = 1 << 30;
