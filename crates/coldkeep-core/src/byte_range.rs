//! A part of a blob's content.

/// Bytes one after another, at least one of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ByteRange {
    /// Of the first byte.
    pub offset: u64,
    pub length_bytes: u64,
}

impl ByteRange {
    /// The offset of the last byte.
    pub fn last(&self) -> u64 {
        self.offset.saturating_add(self.length_bytes.max(1) - 1)
    }
}
