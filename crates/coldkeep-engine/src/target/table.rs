//! Parquet, the one place that knows it: rows to bytes and back, in row groups small enough for memory.

use super::columns::{Cell, Column, Encoding as Coding, Row, Type, schema_text};
use bytes::Bytes;
use parquet::{
    basic::{Compression, Encoding, ZstdLevel},
    column::reader::get_typed_column_reader,
    data_type::{ByteArray, ByteArrayType, DataType, Int64Type},
    errors::{ParquetError, Result},
    file::{
        metadata::KeyValue,
        properties::{EnabledStatistics, WriterProperties},
        reader::FileReader,
        serialized_reader::SerializedFileReader,
        writer::{SerializedColumnWriter, SerializedFileWriter},
    },
    schema::{parser::parse_message_type, types::ColumnPath},
};
use std::{borrow::Cow, marker::PhantomData, sync::Arc};

/// A row group ends at so many rows ...
const GROUP_ROWS_MAX: usize = 2048;
/// ... or about so many bytes before compression, whichever is first.
const GROUP_BYTES_MAX: usize = 2 * 1024 * 1024;
const ZSTD_LEVEL: i32 = 3;

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
        self.rows.push(row);
        self.rows_bytes += weight;
        self.raw_bytes += weight;
        if self.rows.len() >= GROUP_ROWS_MAX || self.rows_bytes >= GROUP_BYTES_MAX {
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
    // Whatever could differ between two builds is fixed here: unchanged rows shall give unchanged parts.
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

/// Reads a Parquet file row group by row group. Columns that are not known are ignored, optional ones that are
/// missing are null.
pub(super) struct TableReader<R> {
    file: SerializedFileReader<Bytes>,
    next_group: usize,
    row: PhantomData<fn() -> R>,
}

impl<R: Row> TableReader<R> {
    pub(super) fn new(content: Bytes) -> Result<Self> {
        Ok(Self {
            file: SerializedFileReader::new(content)?,
            next_group: 0,
            row: PhantomData,
        })
    }

    /// The rows of the next group; none at the end.
    pub(super) fn next_group(&mut self) -> Result<Option<Vec<R>>> {
        if self.next_group >= self.file.metadata().num_row_groups() {
            return Ok(None);
        }
        let group = self.file.get_row_group(self.next_group)?;
        self.next_group += 1;
        let count = usize::try_from(group.metadata().num_rows())?;
        let mut rows: Vec<R> = std::iter::repeat_with(R::default).take(count).collect();
        let schema = group.metadata().schema_descr();
        for column in R::COLUMNS {
            let found = (0..schema.num_columns()).find(|i| {
                let parts = schema.column(*i).path().parts().to_vec();
                parts.len() == 1 && parts[0] == column.name
            });
            let Some(index) = found else {
                if column.required {
                    return Err(ParquetError::General(format!(
                        "the column `{}` is missing",
                        column.name
                    )));
                }
                continue;
            };
            let nullable = schema.column(index).max_def_level() > 0;
            let reader = group.get_column_reader(index)?;
            let expected = if column.is_int() {
                Int64Type::get_physical_type()
            } else {
                ByteArrayType::get_physical_type()
            };
            if schema.column(index).physical_type() != expected {
                return Err(bad(column));
            }
            if column.is_int() {
                let values = get_typed_column_reader::<Int64Type>(reader);
                read(values, column, nullable, &mut rows, |v| Cell::Int(*v))?;
            } else {
                let values = get_typed_column_reader::<ByteArrayType>(reader);
                read(values, column, nullable, &mut rows, |v| {
                    Cell::Bytes(Cow::Borrowed(v.data()))
                })?;
            }
        }
        Ok(Some(rows))
    }
}

fn read<R, T: DataType>(
    mut reader: parquet::column::reader::ColumnReaderImpl<T>,
    column: &Column<R>,
    nullable: bool,
    rows: &mut [R],
    cell_of: impl for<'a> Fn(&'a T::T) -> Cell<'a>,
) -> Result<()> {
    let (mut values, mut levels) = (Vec::with_capacity(rows.len()), Vec::with_capacity(rows.len()));
    let mut records = 0;
    while records < rows.len() {
        let (read, _, _) = reader.read_records(
            rows.len() - records,
            nullable.then_some(&mut levels),
            None,
            &mut values,
        )?;
        if read == 0 {
            return Err(bad(column));
        }
        records += read;
    }
    let mut values = values.iter();
    for (i, row) in rows.iter_mut().enumerate() {
        let present = !nullable || levels.get(i) == Some(&1);
        let cell = if present {
            cell_of(values.next().ok_or_else(|| bad(column))?)
        } else {
            Cell::Null
        };
        (column.set)(row, cell).map_err(|_| bad(column))?;
    }
    Ok(())
}

fn bad<R>(column: &Column<R>) -> ParquetError {
    ParquetError::General(format!("the column `{}` holds what cannot be", column.name))
}
