//! The bytes of blobs: shared segments, hashed at most once, and the response body that streams them.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::ops::Range;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use hyper::body::{Frame, SizeHint};
use md5::{Digest as _, Md5};

use super::packs::Kept;

/// Bytes in one piece, as they came in. Copies, cuts and concatenations refer to it, in memory as in a folder.
#[derive(Debug)]
pub(crate) struct Piece {
    bytes: Bytes,
    /// Where the simulator's folder holds it.
    pub(crate) kept: Kept,
}

/// A stretch of a piece.
#[derive(Debug, Clone)]
pub(crate) struct Segment {
    pub(crate) piece: Arc<Piece>,
    pub(crate) range: Range<usize>,
}

impl Piece {
    pub(crate) fn new(bytes: Bytes, kept: Kept) -> Arc<Self> {
        Arc::new(Self { bytes, kept })
    }

    pub(crate) fn bytes(&self) -> &Bytes {
        &self.bytes
    }
}

impl Segment {
    fn whole(piece: Arc<Piece>) -> Self {
        let range = 0..piece.bytes.len();
        Self { piece, range }
    }

    fn as_slice(&self) -> &[u8] {
        self.piece.bytes.get(self.range.clone()).unwrap_or_default()
    }

    fn bytes(&self) -> Bytes {
        if self.range.len() == self.piece.bytes.len() {
            return self.piece.bytes.clone();
        }
        self.piece.bytes.slice(self.range.clone())
    }
}

/// The bytes of one blob or block. Copies share it, so copying costs no memory and hashes are computed once.
#[derive(Debug, Default)]
pub struct Content {
    segments: Vec<Segment>,
    length: u64,
    md5: OnceLock<[u8; 16]>,
    crc64: OnceLock<u64>,
}

impl Content {
    /// Content of one piece.
    pub fn new(bytes: Bytes) -> Arc<Self> {
        if bytes.is_empty() {
            return Arc::default();
        }
        Self::of_segments(vec![Segment::whole(Piece::new(bytes, Kept::default()))])
    }

    pub(crate) fn of_segments(segments: Vec<Segment>) -> Arc<Self> {
        let length = segments.iter().map(|segment| segment.range.len() as u64).sum();
        Arc::new(Self {
            segments,
            length,
            ..Self::default()
        })
    }

    pub(crate) fn segments(&self) -> &[Segment] {
        &self.segments
    }

    /// The concatenation of `parts`; nothing is copied.
    pub fn concat<'a>(parts: impl Iterator<Item = &'a Arc<Self>>) -> Arc<Self> {
        let parts: Vec<_> = parts.collect();
        match parts.as_slice() {
            [only] => Arc::clone(only),
            parts => Self::of_segments(
                parts
                    .iter()
                    .flat_map(|part| part.segments.iter().cloned())
                    .collect(),
            ),
        }
    }

    /// `length` bytes from `offset`, cut at the end of the content; nothing is copied.
    pub fn slice(self: &Arc<Self>, offset: u64, length: u64) -> Arc<Self> {
        if offset == 0 && length >= self.length {
            return Arc::clone(self);
        }
        let end = offset.saturating_add(length).min(self.length);
        let mut segments = Vec::new();
        let mut start = 0;
        for segment in &self.segments {
            let stop = start + segment.range.len() as u64;
            let (from, to) = (offset.max(start), end.min(stop));
            if from < to {
                let first = segment.range.start;
                segments.push(Segment {
                    piece: Arc::clone(&segment.piece),
                    range: first + index(from - start)..first + index(to - start),
                });
            }
            start = stop;
        }
        Self::of_segments(segments)
    }

    /// Length in bytes.
    pub fn length(&self) -> u64 {
        self.length
    }

    /// MD5 of the whole content.
    pub fn md5(&self) -> [u8; 16] {
        *self.md5.get_or_init(|| {
            let mut hash = Md5::new();
            self.segments
                .iter()
                .for_each(|segment| hash.update(segment.as_slice()));
            hash.finalize().into()
        })
    }

    /// The MD5, if that was computed before or is cheap to compute.
    pub(crate) fn md5_if_cheap(&self) -> Option<[u8; 16]> {
        const CHEAP_BYTES: u64 = 4 << 20;
        if self.length <= CHEAP_BYTES {
            Some(self.md5())
        } else {
            self.md5.get().copied()
        }
    }

    /// The service's CRC-64: <https://learn.microsoft.com/azure/storage/blobs/> calls it CRC64, its polynomial
    /// 0x9A6C9329AC4BC9B5 (reflected) is that of CRC-64/NVME.
    pub fn crc64(&self) -> u64 {
        *self.crc64.get_or_init(|| {
            let mut digest = crc_fast::Digest::new(crc_fast::CrcAlgorithm::Crc64Nvme);
            self.segments
                .iter()
                .for_each(|segment| digest.update(segment.as_slice()));
            digest.finalize()
        })
    }

    /// The CRC-64 as headers carry it: Base64 of its bytes, lowest first.
    pub fn crc64_base64(&self) -> String {
        BASE64_STANDARD.encode(self.crc64().to_le_bytes())
    }

    /// Everything in one piece; copies if there are several segments.
    pub fn to_bytes(&self) -> Bytes {
        match self.segments.as_slice() {
            [only] => only.bytes(),
            segments => {
                let slices: Vec<_> = segments.iter().map(Segment::as_slice).collect();
                slices.concat().into()
            }
        }
    }

    /// A response body of this content.
    pub(crate) fn body(&self) -> Body {
        Body {
            segments: self.segments.iter().map(Segment::bytes).collect(),
            left_bytes: self.length,
        }
    }
}

/// Positions inside content held in memory fit the address space.
fn index(position: u64) -> usize {
    usize::try_from(position).unwrap_or(usize::MAX)
}

/// A response body: pieces of stored content, sent without copying them.
#[derive(Debug, Default)]
pub struct Body {
    segments: VecDeque<Bytes>,
    left_bytes: u64,
}

impl Body {
    /// A body of one piece.
    pub fn of(bytes: impl Into<Bytes>) -> Self {
        let bytes = bytes.into();
        Self {
            left_bytes: bytes.len() as u64,
            segments: Some(bytes)
                .filter(|bytes| !bytes.is_empty())
                .into_iter()
                .collect(),
        }
    }

    /// Everything that is still to be sent, in one piece.
    pub(crate) fn into_bytes(self) -> Bytes {
        match Vec::from(self.segments).as_slice() {
            [only] => only.clone(),
            segments => segments.concat().into(),
        }
    }

    /// Bytes still to be sent.
    pub fn length(&self) -> u64 {
        self.left_bytes
    }
}

impl hyper::body::Body for Body {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let next = self.segments.pop_front();
        if let Some(segment) = &next {
            self.left_bytes -= segment.len() as u64;
        }
        Poll::Ready(next.map(|segment| Ok(Frame::data(segment))))
    }

    fn is_end_stream(&self) -> bool {
        self.segments.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left_bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn crc64_matches_known_vectors() {
        // The catalogue's check value of CRC-64/NVME, and a value from Microsoft's own storage tests.
        assert_eq!(Content::new("123456789".into()).crc64(), 0xAE8B_1486_0A79_9888);
        assert_eq!(
            Content::new("Hello World!".into()).crc64(),
            208_604_604_655_264_165
        );
    }

    #[test]
    fn slices_and_concatenations_share_bytes() {
        let parts = [
            Content::new("abc".into()),
            Content::new("".into()),
            Content::new("defg".into()),
        ];
        let whole = Content::concat(parts.iter());
        assert_eq!(whole.length(), 7);
        assert_eq!(whole.to_bytes(), "abcdefg");
        assert_eq!(whole.slice(2, 3).to_bytes(), "cde");
        assert_eq!(whole.slice(5, 100).to_bytes(), "fg");
        assert_eq!(whole.slice(7, 1).length(), 0);
        assert_eq!(whole.crc64(), Content::new("abcdefg".into()).crc64());
        assert_eq!(whole.md5(), Content::new("abcdefg".into()).md5());
    }
}
