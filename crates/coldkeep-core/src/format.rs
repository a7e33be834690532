//! The stored format, version 1, as far as it is pure: names in a target, where manifest parts are cut, and the
//! JSON of marker and commit records (`record.rs`). `docs/format.md` describes it field by field.

mod chain;
mod newer;
mod record;

pub use chain::{ChainBreak, Link, check_chain};
pub use newer::{Newer, RESERVED_FEATURES, RESERVED_KINDS, RecordKind, check_readable, newer};
pub use record::{CommitRecord, DOMAIN_MARKER, DOMAIN_RECORD, Marker, Previous, RecordHead, WriterRecord};

use crate::hash::{Md5, Sha256Digest};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// The version of the stored format that this Coldkeep writes, and the newest it reads.
pub const VERSION: u32 = 1;
/// The marker's name within the folder.
pub const MARKER_NAME: &str = "coldkeep.json";
/// A part is cut after a name only when it holds at least this many rows, ...
pub const PART_ITEMS_MIN: u64 = 256;
/// ... after every name whose hash is a multiple of this, ...
pub const PART_CUT_EVERY: u32 = 4096;
/// ... and at this many rows in any case.
pub const PART_ITEMS_MAX: u64 = 32_768;
/// The maximum number of names in doubt in the commit record itself; longer lists are parts of their own.
pub const INLINE_DOUBTS_MAX: usize = 1000;

/// Whether a part ends after the row with this name, when it has `items` rows with it. Depends on names alone, so
/// that unchanged stretches of two points become the same parts.
pub fn ends_part(name: &str, items: u64) -> bool {
    if items >= PART_ITEMS_MAX {
        return true;
    }
    let hash = Sha256::digest(name.as_bytes());
    let number = u32::from_be_bytes([hash[0], hash[1], hash[2], hash[3]]);
    items >= PART_ITEMS_MIN && number.is_multiple_of(PART_CUT_EVERY)
}

/// The name of a manifest part within the folder.
pub fn part_name(sha256: &Sha256Digest) -> String {
    format!("m/{sha256}.parquet")
}

/// The name of a part of the list sorted by target name.
pub fn index_part_name(sha256: &Sha256Digest) -> String {
    format!("i/{sha256}.parquet")
}

/// The name of a part of a long list of names in doubt.
pub fn doubt_part_name(sha256: &Sha256Digest) -> String {
    format!("m/{sha256}.jsonl")
}

/// The name of a part where the plain one is taken by something else.
pub fn other_part_name(plain: &str, random: [u8; 8]) -> String {
    let (stem, extension) = plain.rsplit_once('.').unwrap_or((plain, "part"));
    format!("{stem}-{}.{extension}", data_encoding::HEXLOWER.encode(&random))
}

impl PartRef {
    /// Whether it is named as this list's parts are (`plain`: its name by the hash alone): a forged record names
    /// no other blob as a part.
    pub fn is_named_as(&self, plain: &str) -> bool {
        let is_random =
            |text: &str| text.len() == 16 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        let Some((stem, extension)) = plain.rsplit_once('.') else {
            return false;
        };
        let rest = self.name.strip_prefix(stem);
        let rest = rest.and_then(|rest| rest.strip_suffix(extension)?.strip_suffix('.'));
        rest.is_some_and(|rest| rest.is_empty() || rest.strip_prefix('-').is_some_and(is_random))
    }
}

/// The name of a commit record within the folder; they sort by sequence.
pub fn commit_name(sequence: u64) -> String {
    format!("commits/{sequence:020}.json")
}

/// The sequence in a commit record's name (within the folder); they begin at 1.
pub fn commit_sequence(name: &str) -> Option<u64> {
    let digits = name.strip_prefix("commits/")?.strip_suffix(".json")?;
    let written = digits.len() == 20 && digits.bytes().all(|b| b.is_ascii_digit());
    digits.parse().ok().filter(|sequence| written && *sequence > 0)
}

/// One part of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartRef {
    /// The blob that holds it, within the folder.
    pub name: String,
    /// Of its content.
    pub sha256: Sha256Digest,
    /// Of its content: what a listing shows of it.
    pub md5: Md5,
    /// The part's version in the target, where versions are kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version_id: Option<String>,
    pub item_count: u64,
    /// Length of the part itself.
    pub size_bytes: u64,
    pub first_name: String,
    pub last_name: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_no_other_blob() {
        let sha256 = Sha256Digest([0xaa; 32]);
        let part = |name: String| PartRef {
            name,
            sha256,
            md5: Md5([0; 16]),
            version_id: None,
            item_count: 0,
            size_bytes: 0,
            first_name: String::new(),
            last_name: String::new(),
        };
        let plain = part_name(&sha256);
        for name in [plain.clone(), other_part_name(&plain, [7; 8])] {
            assert!(part(name.clone()).is_named_as(&plain), "{name}");
        }
        for name in [
            "coldkeep.json".to_owned(),
            index_part_name(&sha256),
            doubt_part_name(&sha256),
            format!("m/{}.parquet", "b".repeat(64)),
            format!("m/{}.parquet", "A".repeat(64)),
            format!("m/{sha256}-x.parquet"),
            format!("m/{sha256}/../x.parquet"),
            format!("../{plain}"),
        ] {
            assert!(!part(name.clone()).is_named_as(&plain), "{name}");
        }
    }

    #[test]
    fn commit_names_go_both_ways() {
        assert_eq!(commit_name(7), "commits/00000000000000000007.json");
        for sequence in [7, u64::MAX] {
            assert_eq!(commit_sequence(&commit_name(sequence)), Some(sequence));
        }
        for other in [
            "commits/7.json",
            "commits/+0000000000000000007.json",
            "commits/00000000000000000007",
            "commits/00000000000000000000.json",
            "commits/18446744073709551616.json",
        ] {
            assert_eq!(commit_sequence(other), None);
        }
    }

    #[test]
    fn parts_have_bounds() {
        let cut = (0..100_000)
            .map(|i| format!("name-{i}"))
            .find(|n| ends_part(n, PART_ITEMS_MIN))
            .unwrap();
        assert!(!ends_part(&cut, PART_ITEMS_MIN - 1));
        assert!(ends_part("whatever", PART_ITEMS_MAX));
    }
}
