//! Parquet, the one place that knows it: rows to bytes and back, in row groups small enough for memory. Parts are
//! written by the `parquet` crate, and read by a reader of our own: the crate's believes what a file claims.

#[cfg(test)]
mod bomb_tests;
mod footer;
#[cfg(test)]
mod forge;
mod limits;
mod page;
mod reader;
mod thrift;
mod values;

pub(super) use limits::PART_BYTES_MAX;
pub(super) use reader::TableReader;

use super::columns::{Cell, Column, Encoding as Coding, Row, Type, schema_text};
use bytes::Bytes;
use limits::{GROUP_BYTES, GROUP_ROWS_MAX, ROW_BYTES_MAX};
use parquet::{
    basic::{Compression, Encoding, ZstdLevel},
    data_type::{ByteArray, ByteArrayType, DataType, Int64Type},
    errors::{ParquetError, Result},
    file::{
        metadata::KeyValue,
        properties::{EnabledStatistics, WriterProperties},
        writer::{SerializedColumnWriter, SerializedFileWriter},
    },
    schema::{parser::parse_message_type, types::ColumnPath},
};
use std::sync::Arc;

const ZSTD_LEVEL: i32 = 3;

/// Why a part is not read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Damaged(String);

impl std::fmt::Display for Damaged {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

fn bad(why: &str) -> Damaged {
    Damaged(why.to_owned())
}

/// Turns rows into a Parquet file in memory. The same rows give the same bytes.
pub(super) struct TableWriter<R: Row> {
    file: SerializedFileWriter<Vec<u8>>,
    rows: Vec<R>,
    rows_bytes: usize,
    raw_bytes: usize,
}

impl<R: Row> TableWriter<R> {
    pub(super) fn new() -> Result<Self> {
        let schema = Arc::new(parse_message_type(&schema_text::<R>())?);
        let file = SerializedFileWriter::new(Vec::new(), schema, Arc::new(properties::<R>()?))?;
        Ok(Self {
            file,
            rows: Vec::new(),
            rows_bytes: 0,
            raw_bytes: 0,
        })
    }

    pub(super) fn push(&mut self, row: R) -> Result<()> {
        let weight: usize = R::COLUMNS.iter().map(|c| (c.get)(&row).weight_bytes()).sum();
        if weight > ROW_BYTES_MAX {
            // No blob has so much to tell: its name, headers, metadata and tags are limited by the service.
            return Err(ParquetError::General(format!(
                "`{}` has more metadata than a part can hold",
                row.sort_name()
            )));
        }
        self.rows.push(row);
        self.rows_bytes += weight;
        self.raw_bytes += weight;
        if self.rows.len() >= GROUP_ROWS_MAX || self.rows_bytes >= GROUP_BYTES {
            self.flush()?;
        }
        Ok(())
    }

    /// What was pushed, before compression, about.
    pub(super) fn raw_bytes(&self) -> usize {
        self.raw_bytes
    }

    pub(super) fn finish(mut self) -> Result<Bytes> {
        self.flush()?;
        Ok(self.file.into_inner()?.into())
    }

    fn flush(&mut self) -> Result<()> {
        if self.rows.is_empty() {
            return Ok(());
        }
        let mut group = self.file.next_row_group()?;
        for column in R::COLUMNS {
            let Some(mut writer) = group.next_column()? else {
                return Err(ParquetError::General("fewer columns than the schema has".into()));
            };
            if column.is_int() {
                write::<R, Int64Type>(&mut writer, column, &self.rows, |cell| match cell {
                    Cell::Int(value) => Some(value),
                    _ => None,
                })?;
            } else {
                write::<R, ByteArrayType>(&mut writer, column, &self.rows, |cell| match cell {
                    Cell::Bytes(value) => Some(ByteArray::from(value.into_owned())),
                    _ => None,
                })?;
            }
            writer.close()?;
        }
        group.close()?;
        self.rows.clear();
        self.rows_bytes = 0;
        Ok(())
    }
}

fn write<R, T: DataType>(
    writer: &mut SerializedColumnWriter<'_>,
    column: &Column<R>,
    rows: &[R],
    value_of: impl Fn(Cell<'_>) -> Option<T::T>,
) -> Result<()> {
    let mut values = Vec::with_capacity(rows.len());
    let mut levels = Vec::with_capacity(rows.len());
    for row in rows {
        let value = value_of((column.get)(row));
        levels.push(i16::from(value.is_some()));
        values.extend(value);
    }
    let levels = (!column.required).then_some(levels.as_slice());
    writer.typed::<T>().write_batch(&values, levels, None)?;
    Ok(())
}

fn properties<R: Row>() -> Result<WriterProperties> {
    // Everything that could differ between two builds is fixed here: unchanged rows must give unchanged parts.
    let mut properties = WriterProperties::builder()
        .set_created_by("coldkeep".into())
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(ZSTD_LEVEL)?))
        .set_dictionary_enabled(false)
        .set_statistics_enabled(EnabledStatistics::None)
        .set_offset_index_disabled(true)
        .set_max_row_group_row_count(None)
        .set_key_value_metadata(Some(vec![KeyValue::new(
            "coldkeep.format".into(),
            "1".to_owned(),
        )]));
    for column in R::COLUMNS {
        let path = ColumnPath::from(column.name);
        properties = match column.kind {
            Type::Text(Coding::Dictionary) => properties.set_column_dictionary_enabled(path, true),
            Type::Text(Coding::Delta) => properties.set_column_encoding(path, Encoding::DELTA_BYTE_ARRAY),
            Type::Number | Type::Time => properties.set_column_encoding(path, Encoding::DELTA_BINARY_PACKED),
            Type::Text(Coding::Plain) | Type::Json | Type::Bytes => {
                properties.set_column_encoding(path, Encoding::PLAIN)
            }
        };
    }
    let sorted_by = R::COLUMNS[0].name;
    Ok(properties
        .set_column_statistics_enabled(ColumnPath::from(sorted_by), EnabledStatistics::Chunk)
        .build())
}
