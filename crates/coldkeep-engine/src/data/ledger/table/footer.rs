//! A Parquet file's footer: its columns, its row groups, and where their pages lie; checked against what a part can be
//! (<https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift>, `FileMetaData`).

use super::{
    Damaged, bad, limits,
    thrift::{Fields, Reader, Value},
};
use std::ops::Range;

const MAGIC: &[u8] = b"PAR1";
/// The footer's length and the magic word after it.
const TAIL_BYTES: usize = 8;

/// What the values of a column are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PhysicalType {
    Int64,
    ByteArray,
    /// No column of ours.
    Other,
}

/// A column of the file.
#[derive(Debug)]
pub(super) struct Leaf {
    pub name: String,
    pub physical: PhysicalType,
    pub optional: bool,
}

#[derive(Debug)]
pub(super) struct Group {
    pub rows: usize,
    /// One for each column.
    pub chunks: Vec<Chunk>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Codec {
    None,
    Zstd,
    Other,
}

/// The pages of one column in one row group.
#[derive(Debug)]
pub(super) struct Chunk {
    pub codec: Codec,
    pub pages: Range<usize>,
}

#[derive(Debug)]
pub(super) struct Footer {
    pub columns: Vec<Leaf>,
    pub groups: Vec<Group>,
}

impl Footer {
    pub(super) fn read(content: &[u8]) -> Result<Self, Damaged> {
        if content.len() > limits::PART_BYTES_MAX {
            return Err(bad("it is longer than a part can be"));
        }
        let not_parquet = || bad("it is not a Parquet file");
        let body = content.strip_prefix(MAGIC).ok_or_else(not_parquet)?;
        let (body, tail) = body.split_last_chunk::<TAIL_BYTES>().ok_or_else(not_parquet)?;
        let (length, magic) = tail.split_first_chunk::<4>().ok_or_else(not_parquet)?;
        if magic != MAGIC {
            return Err(not_parquet());
        }
        let length = u32::from_le_bytes(*length) as usize;
        if length > body.len() || length > limits::FOOTER_BYTES_MAX {
            return Err(bad("its footer is too long"));
        }
        let (pages, footer) = body.split_at(body.len() - length);
        let fields = Reader::new(footer, limits::FOOTER_VALUES_MAX).fields()?;
        let columns = read_schema(fields.list(2)?)?;
        let groups = fields.list(4)?;
        if groups.len() > limits::GROUPS_MAX {
            return Err(bad("it has more row groups than a part can have"));
        }
        let end = MAGIC.len() + pages.len();
        let groups = groups
            .iter()
            .map(|group| read_group(group.fields()?, columns.len(), end))
            .collect::<Result<Vec<_>, _>>()?;
        let rows: usize = groups.iter().map(|group| group.rows).sum();
        if rows > limits::PART_ROWS_MAX || fields.size(3)? != rows {
            return Err(bad(
                "it claims more rows than it has, or more than a part can have",
            ));
        }
        Ok(Self { columns, groups })
    }
}

/// The schema is flat: a root and its columns.
fn read_schema(elements: &[Value<'_>]) -> Result<Vec<Leaf>, Damaged> {
    let (_, columns) = elements.split_first().ok_or_else(|| bad("it has no schema"))?;
    if columns.len() > limits::COLUMNS_MAX {
        return Err(bad("it has more columns than a part can have"));
    }
    columns
        .iter()
        .map(|column| read_column(column.fields()?))
        .collect()
}

fn read_column(fields: &Fields<'_>) -> Result<Leaf, Damaged> {
    let optional = match fields.opt_int(3)? {
        Some(0) => false,
        Some(1) => true,
        _ => return Err(bad("a column is neither required nor optional")),
    };
    if fields.opt_int(5)?.unwrap_or(0) != 0 {
        return Err(bad("a column has columns in it"));
    }
    Ok(Leaf {
        name: String::from_utf8_lossy(fields.bytes(4)?).into_owned(),
        physical: match fields.int(1)? {
            2 => PhysicalType::Int64,
            6 => PhysicalType::ByteArray,
            _ => PhysicalType::Other,
        },
        optional,
    })
}

fn read_group(fields: &Fields<'_>, columns: usize, end: usize) -> Result<Group, Damaged> {
    let rows = fields.size(3)?;
    if rows > limits::GROUP_ROWS_MAX {
        return Err(bad("a row group claims more rows than it can have"));
    }
    let chunks = fields.list(1)?;
    if chunks.len() != columns {
        return Err(bad("a row group has other columns than the schema"));
    }
    let chunks = chunks
        .iter()
        .map(|chunk| read_chunk(chunk.fields()?, rows, end))
        .collect::<Result<Vec<_>, _>>()?;
    Ok(Group { rows, chunks })
}

fn read_chunk(fields: &Fields<'_>, rows: usize, end: usize) -> Result<Chunk, Damaged> {
    if fields.get(1).is_some() {
        return Err(bad("a column is in another file"));
    }
    let fields = fields.fields(3)?;
    if fields.size(5)? != rows {
        return Err(bad("a column has another number of values than its row group"));
    }
    let first = match fields.get(11) {
        // A dictionary is before the values.
        Some(_) => fields.size(11)?,
        None => fields.size(9)?,
    };
    let after = first
        .checked_add(fields.size(7)?)
        .filter(|after| first >= MAGIC.len() && *after <= end)
        .ok_or_else(|| bad("a column is outside the file"))?;
    Ok(Chunk {
        codec: match fields.int(4)? {
            0 => Codec::None,
            6 => Codec::Zstd,
            _ => Codec::Other,
        },
        pages: first..after,
    })
}
