//! How a blob can be copied, if at all.

use crate::{
    ByteRange, Code, DoubtKind, Fix, Problem,
    blob::{BlobType, ListedBlob},
    fix,
    problem::{Action, Allowance},
    repository::Tier,
};
use serde::{Deserialize, Serialize};

/// The longest source URL the service takes, encoded, with the SAS
/// (<https://learn.microsoft.com/rest/api/storageservices/put-blob-from-url>).
pub const SOURCE_URL_BYTES_MAX: usize = 2048;
/// What a user-delegation SAS adds to a URL, at most (the signer's ids and the signature make up most of it).
pub const SAS_BYTES_MAX: usize = 512;
/// The service takes a block list of at most this many blocks.
pub const BLOCKS_MAX: u64 = 50_000;
/// One request creates a blob of at most this many bytes, with Put Blob and with Put Blob From URL
/// (<https://learn.microsoft.com/rest/api/storageservices/put-blob-from-url>).
pub const ONE_REQUEST_BYTES_MAX: u64 = 5000 << 20;
/// Larger blobs go in blocks where the right to write is there: they are copied in parallel, and an interrupted copy is
/// taken up where it stopped.
pub const BLOCKS_BEYOND_BYTES: u64 = 256 << 20;
/// Blocks are at least so long.
pub const BLOCK_BYTES_MIN: u64 = 64 << 20;

/// With which requests a blob of some length is created.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    OneRequest,
    Blocks,
    /// One request does not carry it, and blocks are not allowed.
    TooLarge,
}

/// Decides it; `blocks`: whether blocks are allowed.
pub fn shape(size_bytes: u64, blocks: bool) -> Shape {
    if blocks && size_bytes > BLOCKS_BEYOND_BYTES {
        Shape::Blocks
    } else if size_bytes <= ONE_REQUEST_BYTES_MAX {
        Shape::OneRequest
    } else {
        Shape::TooLarge
    }
}

/// What is too large for the rights at a target: how many, and the largest.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TooLarge {
    pub items: u64,
    pub bytes: u64,
    /// The largest one's name and length.
    pub largest: String,
    pub largest_bytes: u64,
}

impl TooLarge {
    /// Counts one more.
    pub fn add(&mut self, name: &str, size_bytes: u64) {
        self.items += 1;
        self.bytes += size_bytes;
        if size_bytes > self.largest_bytes {
            name.clone_into(&mut self.largest);
            self.largest_bytes = size_bytes;
        }
    }

    /// Why nothing is copied: all that is too large, and what to do.
    ///
    /// `grant`: what gives the permission; none where no service account opens the target.
    pub fn problem(&self, grant: Option<&Action>) -> Problem {
        Problem::new(
            Code::BlobTooLarge,
            self.what(),
            grant_fix(grant).then(fix![
                "Or exclude them, or allow incomplete points (",
                Allowance::Incomplete,
                "). Nothing was copied."
            ]),
        )
    }

    /// A note to a plan of which they are left out, and what to do about it.
    pub fn note(&self, grant: Option<&Action>) -> Fix {
        Fix::from(format!("{}.", self.what())).then(grant_fix(grant))
    }

    fn what(&self) -> String {
        let all = match self.items {
            1 => format!(
                "`{}` ({}) is too large",
                self.largest,
                size_words(self.largest_bytes)
            ),
            count => format!(
                "{count} blobs ({} in all; the largest is `{}` with {}) are too large",
                size_words(self.bytes),
                self.largest,
                size_words(self.largest_bytes)
            ),
        };
        format!("{all} for the permissions at the target: {TOO_LARGE}")
    }
}

/// The reason, as the end of a sentence.
pub const TOO_LARGE: &str = "a blob above 5,000 MiB is written in blocks, which need the permission to \
    write; the permission to create covers only blobs that are written in one request";

fn grant_fix(grant: Option<&Action>) -> Fix {
    match grant {
        Some(grant) => fix![
            "Grant the permission to write the target's data, and nothing else: ",
            grant.clone(),
            "."
        ],
        None => "Give the target a shared access signature or a key with the permission to write.".into(),
    }
}

fn size_words(bytes: u64) -> String {
    const MIB: u64 = 1 << 20;
    let gib_tenths = bytes.div_ceil(MIB) * 10 / 1024;
    format!("{}.{} GiB", gib_tenths / 10, gib_tenths % 10)
}

/// Why one blob is not copied that is too large.
pub fn too_large(name: &str) -> Problem {
    Problem::new(
        Code::BlobTooLarge,
        format!("`{name}` is too large for the permissions at the target: {TOO_LARGE}"),
        fix![
            "Grant `copy-large` at the target, exclude it, or allow incomplete points (",
            Allowance::Incomplete,
            ")."
        ],
    )
}

/// Why a blob cannot be copied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Obstacle {
    /// It is in the archive tier (or is being rehydrated) and cannot be read.
    Archived,
    PageBlob,
    CustomerKey,
}

impl Obstacle {
    pub fn code(self) -> Code {
        match self {
            Obstacle::Archived => Code::BlobOffline,
            Obstacle::PageBlob => Code::BlobOfPages,
            Obstacle::CustomerKey => Code::BlobEncryptedByCustomerKey,
        }
    }

    /// What is the matter, as the end of a sentence, and what can be done.
    pub fn words(self) -> (&'static str, &'static str) {
        match self {
            Obstacle::Archived => (
                "it is archived at the source and cannot be read",
                "Move it to an online tier first, exclude it, or allow incomplete points.",
            ),
            Obstacle::PageBlob => (
                "it is a page blob, which cannot be copied into a block blob server side",
                "Exclude it, or allow incomplete points.",
            ),
            Obstacle::CustomerKey => (
                "it is encrypted with a customer-provided key, which Coldkeep does not have",
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

/// The doubt about a blob with metadata that can no longer be written, so that no restore could write it.
pub fn unkept(blob: &ListedBlob) -> Option<DoubtKind> {
    let keys = &blob.unkept_metadata;
    (!keys.is_empty()).then(|| DoubtKind::MetadataNotKept { keys: keys.clone() })
}

/// How long the blocks of a blob are: at least [`BLOCK_BYTES_MIN`], whole MiB, and few enough for one list.
pub fn block_bytes(size_bytes: u64) -> u64 {
    let needed = size_bytes.div_ceil(BLOCKS_MAX);
    BLOCK_BYTES_MIN.max(needed.next_multiple_of(1 << 20))
}

/// The blocks of a blob, in order.
pub fn block_ranges(size_bytes: u64, block_bytes: u64) -> impl Iterator<Item = ByteRange> {
    (0..size_bytes.div_ceil(block_bytes.max(1))).map(move |index| {
        let offset = index * block_bytes;
        ByteRange {
            offset,
            length_bytes: block_bytes.min(size_bytes - offset),
        }
    })
}

/// Requests to the target that copying a blob of this length takes, when nothing goes wrong.
pub fn copy_requests(size_bytes: u64, blocks: bool) -> u64 {
    match shape(size_bytes, blocks) {
        Shape::OneRequest => 1,
        Shape::TooLarge => 0,
        // The blocks, the looks at what is there and what is staged already, and the block list.
        Shape::Blocks => size_bytes.div_ceil(block_bytes(size_bytes)) + 3,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::problem::{Field, Verb};

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
            block_ranges(130 * mib, 64 * mib)
                .map(|range| (range.offset, range.length_bytes))
                .collect::<Vec<_>>(),
            [(0, 64 * mib), (64 * mib, 64 * mib), (128 * mib, 2 * mib)]
        );
        assert_eq!(block_ranges(0, 64 * mib).count(), 0);
        assert_eq!(copy_requests(256 * mib, true), 1);
        assert_eq!(copy_requests(257 * mib, true), 8);
        assert_eq!(copy_requests(257 * mib, false), 1);
    }

    #[test]
    fn what_is_made_of_blocks_depends_on_the_rights() {
        let mib = 1u64 << 20;
        for (size, with, without) in [
            (0, Shape::OneRequest, Shape::OneRequest),
            (256 * mib, Shape::OneRequest, Shape::OneRequest),
            (256 * mib + 1, Shape::Blocks, Shape::OneRequest),
            (5000 * mib, Shape::Blocks, Shape::OneRequest),
            (5000 * mib + 1, Shape::Blocks, Shape::TooLarge),
        ] {
            assert_eq!((shape(size, true), shape(size, false)), (with, without), "{size}");
        }
    }

    #[test]
    fn what_is_too_large_is_counted_and_the_largest_named() {
        let mut all = TooLarge::default();
        all.add("a", 6000 << 20);
        let one = all.problem(None);
        assert!(one.what.starts_with("`a` (5.8 GiB) is too large"), "{one}");
        all.add("b", 10 << 30);
        all.add("c", 6000 << 20);
        let grant = Verb::ServiceAccountEdit
            .of("north")
            .with(Field::GrantOn.set("copy-large=ID"));
        let three = all.problem(Some(&grant));
        assert!(
            three
                .what
                .starts_with("3 blobs (21.7 GiB in all; the largest is `b` with 10.0 GiB)"),
            "{three}"
        );
        assert_eq!(three.fix[0].actions().collect::<Vec<_>>(), [&grant]);
        assert_eq!(three.allowances().collect::<Vec<_>>(), [Allowance::Incomplete]);
    }
}
