//! The pages of a column chunk: each header is checked before anything is allocated for it
//! (<https://parquet.apache.org/docs/file-format/data-pages/>).

use super::{
    Damaged, bad,
    footer::{Chunk, Codec},
    limits::{self, Budget},
    thrift::{Fields, Reader},
    values::Coding,
};
use std::borrow::Cow;

/// Bytes of the file, or decompressed from them.
type Bytes<'a> = Cow<'a, [u8]>;

/// A page, decompressed.
#[derive(Debug)]
pub(super) enum Page<'a> {
    Dictionary {
        count: usize,
        content: Cow<'a, [u8]>,
    },
    Data {
        count: usize,
        coding: Coding,
        /// Of an optional column: which values are there, as a hybrid of runs and bits.
        levels: Option<Cow<'a, [u8]>>,
        content: Cow<'a, [u8]>,
    },
}

/// The pages of one chunk, one after another.
#[derive(Debug)]
pub(super) struct Pages<'a> {
    rest: &'a [u8],
    codec: Codec,
    optional: bool,
    rows: usize,
}

impl<'a> Pages<'a> {
    pub(super) fn new(
        content: &'a [u8],
        chunk: &Chunk,
        optional: bool,
        rows: usize,
    ) -> Result<Self, Damaged> {
        let rest = content
            .get(chunk.pages.clone())
            .ok_or_else(|| bad("a column is outside the file"))?;
        Ok(Self {
            rest,
            codec: chunk.codec,
            optional,
            rows,
        })
    }

    /// The next page; none at the end. `budget`: for what is decompressed.
    pub(super) fn next(&mut self, budget: &mut Budget) -> Result<Option<Page<'a>>, Damaged> {
        if self.rest.is_empty() {
            return Ok(None);
        }
        let mut reader = Reader::new(self.rest, limits::HEADER_VALUES_MAX);
        let header = reader.fields()?;
        let (stored, rest) = reader
            .rest()
            .split_at_checked(header.size(3)?)
            .ok_or_else(|| bad("a page ends too early"))?;
        self.rest = rest;
        let whole = header.size(2)?;
        if whole > limits::PAGE_BYTES_MAX {
            return Err(bad("a page claims to be longer than one can be"));
        }
        budget.take(whole)?;
        match header.int(1)? {
            0 => self.data(header.fields(5)?, self.inflate(stored, whole)?),
            2 => {
                let fields = header.fields(7)?;
                // PLAIN, under its own name or the old one.
                if !matches!(fields.int(2)?, 0 | 2) {
                    return Err(bad("a dictionary has an unknown encoding"));
                }
                Ok(Page::Dictionary {
                    count: self.count(fields)?,
                    content: self.inflate(stored, whole)?,
                })
            }
            3 => self.data_v2(header.fields(8)?, stored, whole),
            _ => Err(bad("a page has an unknown type")),
        }
        .map(Some)
    }

    fn count(&self, fields: &Fields<'_>) -> Result<usize, Damaged> {
        let count = fields.size(1)?;
        if count > self.rows {
            return Err(bad("a page claims more values than its row group has"));
        }
        Ok(count)
    }

    fn data(&self, fields: &Fields<'_>, content: Cow<'a, [u8]>) -> Result<Page<'a>, Damaged> {
        let count = self.count(fields)?;
        let coding = Coding::of(fields.int(2)?)?;
        if !self.optional {
            return Ok(Page::Data {
                count,
                coding,
                levels: None,
                content,
            });
        }
        if fields.int(3)? != 3 {
            return Err(bad("levels have an unknown encoding"));
        }
        let short = || bad("a page ends too early");
        let (length, _) = content.split_first_chunk::<4>().ok_or_else(short)?;
        let length = u32::from_le_bytes(*length) as usize;
        let (levels, content) = cut(content, 4, length).ok_or_else(short)?;
        Ok(Page::Data {
            count,
            coding,
            levels: Some(levels),
            content,
        })
    }

    /// Levels of this kind of page lie before the content, never compressed.
    fn data_v2(&self, fields: &Fields<'_>, stored: &'a [u8], whole: usize) -> Result<Page<'a>, Damaged> {
        let count = self.count(fields)?;
        let coding = Coding::of(fields.int(4)?)?;
        let levels_length = fields.size(5)?;
        if fields.int(6)? != 0 {
            return Err(bad("a column is repeated"));
        }
        let (levels, stored) = stored
            .split_at_checked(levels_length)
            .ok_or_else(|| bad("a page ends too early"))?;
        let whole = whole
            .checked_sub(levels_length)
            .ok_or_else(|| bad("a page is shorter than its levels"))?;
        let compressed = !matches!(fields.get(7), Some(super::thrift::Value::Bool(false)));
        let content = if compressed {
            self.inflate(stored, whole)?
        } else {
            Cow::Borrowed(stored)
        };
        Ok(Page::Data {
            count,
            coding,
            levels: self.optional.then_some(Cow::Borrowed(levels)),
            content,
        })
    }

    fn inflate(&self, stored: &'a [u8], whole: usize) -> Result<Cow<'a, [u8]>, Damaged> {
        match self.codec {
            Codec::None if stored.len() == whole => Ok(Cow::Borrowed(stored)),
            Codec::None => Err(bad("the length of a page differs from its header")),
            // A page without any value has nothing to decompress.
            Codec::Zstd if whole == 0 => Ok(Cow::Borrowed(&[])),
            Codec::Zstd => {
                // Into room for that many bytes and no more.
                let inflated = zstd::bulk::decompress(stored, whole)
                    .map_err(|e| Damaged(format!("a page cannot be decompressed: {e}")))?;
                if inflated.len() != whole {
                    return Err(bad("the length of a page differs from its header"));
                }
                Ok(Cow::Owned(inflated))
            }
            Codec::Other => Err(bad("a column is compressed by an unknown method")),
        }
    }
}

/// A piece after `skip` bytes, and the rest.
fn cut(content: Bytes<'_>, skip: usize, length: usize) -> Option<(Bytes<'_>, Bytes<'_>)> {
    let end = skip.checked_add(length)?;
    match content {
        Cow::Borrowed(bytes) => Some((
            Cow::Borrowed(bytes.get(skip..end)?),
            Cow::Borrowed(bytes.get(end..)?),
        )),
        Cow::Owned(mut bytes) => {
            let levels = bytes.get(skip..end)?.to_vec();
            bytes.drain(..end);
            Some((Cow::Owned(levels), Cow::Owned(bytes)))
        }
    }
}
