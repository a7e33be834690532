//! How a blob can be copied, if at all.

use crate::{
    blob::{BlobType, ListedBlob},
    repository::Tier,
};

/// The longest source URL the service takes, encoded, with the SAS
/// (<https://learn.microsoft.com/rest/api/storageservices/put-blob-from-url>).
pub const SOURCE_URL_BYTES_MAX: usize = 2048;
/// What a user-delegation SAS adds to a URL, at most (the signer's ids and the signature make up most of it).
pub const SAS_BYTES_MAX: usize = 512;
/// The service takes a block list of at most so many blocks.
pub const BLOCKS_MAX: u64 = 50_000;
/// Larger blobs go in blocks unless a setting says otherwise.
pub const ONE_REQUEST_BYTES_MAX: u64 = 256 << 20;
/// Blocks are at least so long.
pub const BLOCK_BYTES_MIN: u64 = 64 << 20;

/// Why a blob cannot be copied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Obstacle {
    /// It lies in the archive tier (or is on its way out of it) and cannot be read.
    Archived,
    PageBlob,
    CustomerKey,
}

impl Obstacle {
    /// What is the matter, as the end of a sentence, and what can be done.
    pub fn words(self) -> (&'static str, &'static str) {
        match self {
            Obstacle::Archived => (
                "it is archived at the source and cannot be read",
                "Bring it to an online tier first, exclude it, or allow incomplete points.",
            ),
            Obstacle::PageBlob => (
                "it is a page blob, which cannot be copied into a block blob server side",
                "Exclude it, or allow incomplete points.",
            ),
            Obstacle::CustomerKey => (
                "it is encrypted with a key that only its owner has",
                "Exclude it, or allow incomplete points.",
            ),
        }
    }
}

/// What stands in the way of copying this blob, if anything does.
pub fn obstacle(blob: &ListedBlob) -> Option<Obstacle> {
    if blob.customer_key {
        Some(Obstacle::CustomerKey)
    } else if blob.blob_type == BlobType::Page {
        Some(Obstacle::PageBlob)
    } else if blob.tier == Some(Tier::Archive) {
        Some(Obstacle::Archived)
    } else {
        None
    }
}

/// The doubt about a blob with metadata that nobody can write any more, so that no restore would bring it back.
pub fn unkept(blob: &ListedBlob) -> Option<String> {
    let names = &blob.unkept_metadata;
    (!names.is_empty()).then(|| {
        format!(
            "it has metadata under names that the service takes no more (`{}`); these entries are not in the point",
            names.join("`, `")
        )
    })
}

/// How long the blocks of a blob are: at least [`BLOCK_BYTES_MIN`], whole MiB, and few enough for one list.
pub fn block_bytes(size_bytes: u64) -> u64 {
    let needed = size_bytes.div_ceil(BLOCKS_MAX);
    BLOCK_BYTES_MIN.max(needed.next_multiple_of(1 << 20))
}

/// Offset and length of each block.
pub fn block_ranges(size_bytes: u64, block_bytes: u64) -> impl Iterator<Item = (u64, u64)> {
    (0..size_bytes.div_ceil(block_bytes.max(1))).map(move |index| {
        let offset = index * block_bytes;
        (offset, block_bytes.min(size_bytes - offset))
    })
}

/// Requests to the target that copying a blob of this length takes, when nothing goes wrong.
pub fn copy_requests(size_bytes: u64, one_request_bytes_max: u64) -> u64 {
    if size_bytes <= one_request_bytes_max {
        1
    } else {
        // The blocks, the looks at what is there and what is staged already, and the block list.
        size_bytes.div_ceil(block_bytes(size_bytes)) + 3
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_read_is_told_apart() {
        let blob = ListedBlob::default();
        assert_eq!(obstacle(&blob), None);
        assert_eq!(
            obstacle(&ListedBlob {
                tier: Some(Tier::Cold),
                ..blob.clone()
            }),
            None
        );
        assert_eq!(
            obstacle(&ListedBlob {
                blob_type: BlobType::Append,
                ..blob.clone()
            }),
            None
        );
        assert_eq!(
            obstacle(&ListedBlob {
                tier: Some(Tier::Archive),
                ..blob.clone()
            }),
            Some(Obstacle::Archived)
        );
        assert_eq!(
            obstacle(&ListedBlob {
                blob_type: BlobType::Page,
                ..blob.clone()
            }),
            Some(Obstacle::PageBlob)
        );
        assert_eq!(
            obstacle(&ListedBlob {
                customer_key: true,
                ..blob
            }),
            Some(Obstacle::CustomerKey)
        );
    }

    #[test]
    fn blocks_cover_the_blob() {
        let mib = 1u64 << 20;
        assert_eq!(block_bytes(257 * mib), 64 * mib);
        assert_eq!(block_bytes(50_000 * 64 * mib + 1), 65 * mib);
        assert_eq!(
            block_ranges(130 * mib, 64 * mib).collect::<Vec<_>>(),
            [(0, 64 * mib), (64 * mib, 64 * mib), (128 * mib, 2 * mib)]
        );
        assert_eq!(block_ranges(0, 64 * mib).count(), 0);
        assert_eq!(copy_requests(256 * mib, ONE_REQUEST_BYTES_MAX), 1);
        assert_eq!(copy_requests(257 * mib, ONE_REQUEST_BYTES_MAX), 8);
    }
}
