//! Hashes of a blob's content: computing them, joining those of blocks, and comparing what was recorded with what is
//! found. A hash here was always computed over content; a blob's Content-MD5 property is none
//! (<https://learn.microsoft.com/rest/api/storageservices/get-blob-properties>: the service stores what it is given).

use crate::hash::{Crc64, Md5};
use crc_fast::{CrcAlgorithm, Digest as Crc, checksum_combine};
use md5::Digest;
use serde::{Deserialize, Serialize};

/// What Blob Storage calls CRC64: the polynomial of CRC-64/NVME.
const CRC64: CrcAlgorithm = CrcAlgorithm::Crc64Nvme;

/// The hashes known of one content; each may be missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ContentHashes {
    pub md5: Option<Md5>,
    pub crc64: Option<Crc64>,
}

/// The result of comparing two sets of hashes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Agreement {
    /// Every hash that both know is the same, and there is one.
    Same,
    /// A hash that both know differs: the name of the hash.
    Differs(&'static str),
    /// There is no hash that both know.
    Unknown,
}

impl ContentHashes {
    /// Of content that is in memory.
    pub fn of(content: &[u8]) -> Self {
        let mut hasher = ContentHasher::default();
        hasher.update(content);
        hasher.finish()
    }

    /// Whether nothing is known.
    pub fn is_empty(&self) -> bool {
        self.md5.is_none() && self.crc64.is_none()
    }

    /// Compares every hash that both know.
    pub fn agreement(&self, found: &Self) -> Agreement {
        let same = |a: Option<&[u8]>, b: Option<&[u8]>| Some(a? == b?);
        let md5 = same(
            self.md5.as_ref().map(Md5::as_bytes),
            found.md5.as_ref().map(Md5::as_bytes),
        );
        let crc64 = same(
            self.crc64.as_ref().map(Crc64::as_bytes),
            found.crc64.as_ref().map(Crc64::as_bytes),
        );
        match (md5, crc64) {
            (Some(false), _) => Agreement::Differs("MD5"),
            (_, Some(false)) => Agreement::Differs("CRC-64"),
            (None, None) => Agreement::Unknown,
            _ => Agreement::Same,
        }
    }
}

/// Computes both hashes of content that comes in pieces.
#[derive(Clone)]
pub struct ContentHasher {
    md5: md5::Md5,
    crc64: Crc,
    size_bytes: u64,
}

impl Default for ContentHasher {
    fn default() -> Self {
        Self {
            md5: md5::Md5::new(),
            crc64: Crc::new(CRC64),
            size_bytes: 0,
        }
    }
}

impl ContentHasher {
    pub fn update(&mut self, piece: &[u8]) {
        self.md5.update(piece);
        self.crc64.update(piece);
        self.size_bytes += piece.len() as u64;
    }

    /// So much came.
    pub fn size_bytes(&self) -> u64 {
        self.size_bytes
    }

    pub fn finish(self) -> ContentHashes {
        ContentHashes {
            md5: Some(Md5(self.md5.finalize().into())),
            crc64: Some(Crc64(self.crc64.finalize().to_le_bytes())),
        }
    }
}

impl std::fmt::Debug for ContentHasher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ContentHasher")
            .field("size_bytes", &self.size_bytes)
            .finish_non_exhaustive()
    }
}

/// The CRC-64 of contents that stand one after the other: each with its CRC-64 and its length in bytes.
pub fn join_crc64(parts: impl IntoIterator<Item = (Crc64, u64)>) -> Crc64 {
    let mut joined = Crc::new(CRC64).finalize();
    for (crc64, size_bytes) in parts {
        joined = checksum_combine(CRC64, joined, u64::from_le_bytes(crc64.0), size_bytes);
    }
    Crc64(joined.to_le_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn crc64_is_the_one_of_blob_storage() {
        // The check value of CRC-64/NVME.
        assert_eq!(
            ContentHashes::of(b"123456789").crc64,
            Some(Crc64(0xae8b_1486_0a79_9888_u64.to_le_bytes()))
        );
    }

    #[test]
    fn joined_blocks_have_the_hash_of_the_whole() {
        let whole: Vec<u8> = (0..100_003_u32).map(|i| (i % 251) as u8).collect();
        for length in [1, 7, 4096, 99_999, 100_003] {
            let crcs: Vec<_> = whole
                .chunks(length)
                .map(|part| (ContentHashes::of(part).crc64.unwrap(), part.len() as u64))
                .collect();
            assert_eq!(
                Some(join_crc64(crcs)),
                ContentHashes::of(&whole).crc64,
                "blocks of {length}"
            );
        }
        assert_eq!(Some(join_crc64([])), ContentHashes::of(b"").crc64);
    }

    #[test]
    fn every_hash_that_both_know_must_agree() {
        let whole = ContentHashes::of(b"content");
        let other = ContentHashes::of(b"conteny");
        let crc_only = ContentHashes { md5: None, ..whole };
        let none = ContentHashes::default();
        assert_eq!(whole.agreement(&crc_only), Agreement::Same);
        assert_eq!(crc_only.agreement(&other), Agreement::Differs("CRC-64"));
        assert_eq!(whole.agreement(&other), Agreement::Differs("MD5"));
        assert_eq!(whole.agreement(&none), Agreement::Unknown);
        let mixed = ContentHashes {
            crc64: other.crc64,
            ..whole
        };
        assert_eq!(whole.agreement(&mixed), Agreement::Differs("CRC-64"));
    }
}
