//! The values in a page, decoded (<https://parquet.apache.org/docs/file-format/data-pages/encodings/>). Nothing is
//! allocated by a page's claims: values are counted, and their bytes taken from a budget, before they exist.
//!
//! The decoders of the `parquet` crate are for files one trusts: they allocate by counts in the data and panic.

use super::{
    Damaged, bad,
    limits::Budget,
    thrift::{unzigzag, varint},
};

/// The encodings that are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Coding {
    Plain,
    Dictionary,
    DeltaNumbers,
    DeltaLengths,
    DeltaTexts,
}

impl Coding {
    pub(super) fn of(number: i64) -> Result<Self, Damaged> {
        Ok(match number {
            0 => Self::Plain,
            2 | 8 => Self::Dictionary,
            5 => Self::DeltaNumbers,
            6 => Self::DeltaLengths,
            7 => Self::DeltaTexts,
            _ => return Err(bad("a page has an unknown encoding")),
        })
    }
}

/// Numbers below 2^width as runs and packed bits: levels, and indexes into a dictionary. At most `count`, and exactly so
/// many.
pub(super) fn hybrid(mut bytes: &[u8], width: u32, count: usize) -> Result<Vec<u32>, Damaged> {
    if width > 32 {
        return Err(bad("packed numbers are too wide"));
    }
    let mut values = Vec::with_capacity(count);
    while values.len() < count {
        let head = varint(&mut bytes)?;
        let left = count - values.len();
        if head & 1 == 0 {
            let length = usize::try_from(head >> 1).unwrap_or(usize::MAX).min(left);
            let (number, rest) = bytes
                .split_at_checked(width.div_ceil(8) as usize)
                .ok_or_else(|| bad("a run ends too early"))?;
            bytes = rest;
            let mut value = 0_u32;
            for byte in number.iter().rev() {
                value = value << 8 | u32::from(*byte);
            }
            values.extend(std::iter::repeat_n(value, length));
        } else {
            // Eight at a time; what is beyond the last value is padding, which may be left out.
            let groups = usize::try_from(head >> 1).unwrap_or(usize::MAX);
            let packed = groups.saturating_mul(width as usize).min(bytes.len());
            let (packed, rest) = bytes.split_at(packed);
            bytes = rest;
            for i in 0..groups.saturating_mul(8).min(left) {
                let value = bits(packed, i * width as usize, width)?;
                values.push(u32::try_from(value).map_err(|_| bad("packed numbers are too wide"))?);
            }
        }
    }
    Ok(values)
}

/// A number of `width` bits (at most 64) that begins at a bit, the lowest first.
fn bits(bytes: &[u8], at: usize, width: u32) -> Result<u64, Damaged> {
    let (first, shift) = (at / 8, at % 8);
    let last = (at + width as usize).div_ceil(8);
    let window = bytes
        .get(first..last)
        .ok_or_else(|| bad("packed numbers end too early"))?;
    // 64 bits may lie in nine bytes.
    let mut value = 0_u128;
    for byte in window.iter().rev() {
        value = value << 8 | u128::from(*byte);
    }
    let mask = (1_u128 << width) - 1;
    Ok((value >> shift & mask) as u64)
}

pub(super) fn numbers(coding: Coding, mut bytes: &[u8], count: usize) -> Result<Vec<i64>, Damaged> {
    match coding {
        Coding::Plain => {
            let (values, _) = bytes.as_chunks::<8>();
            let values = values.get(..count).ok_or_else(|| bad("numbers end too early"))?;
            Ok(values.iter().map(|v| i64::from_le_bytes(*v)).collect())
        }
        Coding::DeltaNumbers => delta(&mut bytes, count),
        _ => Err(bad("numbers have the encoding of texts")),
    }
}

pub(super) fn texts(
    coding: Coding,
    mut bytes: &[u8],
    count: usize,
    budget: &mut Budget,
) -> Result<Vec<Vec<u8>>, Damaged> {
    let mut take = |length: usize, bytes: &mut &[u8]| -> Result<Vec<u8>, Damaged> {
        let (text, rest) = bytes
            .split_at_checked(length)
            .ok_or_else(|| bad("a text ends too early"))?;
        budget.take(length)?;
        *bytes = rest;
        Ok(text.to_vec())
    };
    match coding {
        Coding::Plain => (0..count)
            .map(|_| {
                let (length, rest) = bytes
                    .split_first_chunk::<4>()
                    .ok_or_else(|| bad("texts end too early"))?;
                bytes = rest;
                take(u32::from_le_bytes(*length) as usize, &mut bytes)
            })
            .collect(),
        Coding::DeltaLengths => {
            let lengths = lengths(&mut bytes, count)?;
            lengths
                .into_iter()
                .map(|length| take(length, &mut bytes))
                .collect()
        }
        Coding::DeltaTexts => {
            let prefixes = lengths(&mut bytes, count)?;
            let suffixes = lengths(&mut bytes, count)?;
            let mut texts: Vec<Vec<u8>> = Vec::with_capacity(count);
            for (prefix, suffix) in prefixes.into_iter().zip(suffixes) {
                let last = texts.last().map_or(&[][..], Vec::as_slice);
                let begin = last
                    .get(..prefix)
                    .ok_or_else(|| bad("a text begins like one that is shorter"))?;
                let (end, rest) = bytes
                    .split_at_checked(suffix)
                    .ok_or_else(|| bad("a text ends too early"))?;
                budget.take(prefix + suffix)?;
                texts.push([begin, end].concat());
                bytes = rest;
            }
            Ok(texts)
        }
        Coding::Dictionary | Coding::DeltaNumbers => Err(bad("texts have another encoding")),
    }
}

/// Values by their places in a dictionary.
pub(super) fn looked_up(
    dictionary: &[Vec<u8>],
    bytes: &[u8],
    count: usize,
    budget: &mut Budget,
) -> Result<Vec<Vec<u8>>, Damaged> {
    let (width, bytes) = bytes.split_first().ok_or_else(|| bad("a page ends too early"))?;
    hybrid(bytes, u32::from(*width), count)?
        .into_iter()
        .map(|place| {
            let value = dictionary
                .get(place as usize)
                .ok_or_else(|| bad("a value is not in the dictionary"))?;
            budget.take(value.len())?;
            Ok(value.clone())
        })
        .collect()
}

fn lengths(bytes: &mut &[u8], count: usize) -> Result<Vec<usize>, Damaged> {
    delta(bytes, count)?
        .into_iter()
        .map(|length| usize::try_from(length).map_err(|_| bad("a length is negative")))
        .collect()
}

/// DELTA_BINARY_PACKED: exactly `count` numbers, each as its difference to the one before; the bytes behind them are left.
fn delta(bytes: &mut &[u8], count: usize) -> Result<Vec<i64>, Damaged> {
    let block = varint(bytes)?;
    let minis = varint(bytes)?;
    let claimed = varint(bytes)?;
    let first = unzigzag(varint(bytes)?);
    if claimed != count as u64 {
        return Err(bad("a page claims another number of values than it has"));
    }
    // The widest block of known writers has some hundred values.
    if minis == 0 || block > 1 << 16 || block % minis != 0 || block / minis % 32 != 0 || block == 0 {
        return Err(bad("differences come in blocks of an impossible size"));
    }
    let (minis, mini_values) = (minis as usize, (block / minis) as usize);
    let mut values = Vec::with_capacity(count);
    let mut value = first;
    if count > 0 {
        values.push(value);
    }
    while values.len() < count {
        let least = unzigzag(varint(bytes)?);
        let (widths, rest) = bytes
            .split_at_checked(minis)
            .ok_or_else(|| bad("differences end too early"))?;
        *bytes = rest;
        for width in widths {
            let here = mini_values.min(count - values.len());
            if here == 0 {
                break;
            }
            if *width > 64 {
                return Err(bad("packed numbers are too wide"));
            }
            let width = u32::from(*width);
            let packed = (mini_values * width as usize / 8).min(bytes.len());
            let (packed, rest) = bytes.split_at(packed);
            *bytes = rest;
            for i in 0..here {
                let more = bits(packed, i * width as usize, width)?.cast_signed();
                value = value.wrapping_add(least).wrapping_add(more);
                values.push(value);
            }
        }
    }
    Ok(values)
}
