//! A list's columns as a table: name, type, and how a row gives and takes each. Schema, writer and reader follow
//! from the table alone.

use coldkeep_core::Timestamp;
use std::{borrow::Cow, collections::BTreeMap};

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Type {
    /// UTF-8; `shared`: few different values, or values like the one before.
    Text(Encoding),
    /// A JSON object with sorted members.
    Json,
    /// Raw bytes.
    Bytes,
    Number,
    /// Microseconds since 1970, UTC.
    Time,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Encoding {
    /// Few different values.
    Dictionary,
    /// Sorted: values begin like the one before.
    Delta,
    /// Neither.
    Plain,
}

/// One value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Cell<'a> {
    Null,
    Bytes(Cow<'a, [u8]>),
    Int(i64),
}

/// Why a value read is not one that was written.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct BadCell;

/// One column of a list of `R`.
pub(crate) struct Column<R: 'static> {
    pub name: &'static str,
    pub kind: Type,
    /// Never null.
    pub required: bool,
    pub get: fn(&R) -> Cell<'_>,
    pub set: fn(&mut R, Cell<'_>) -> Result<(), BadCell>,
}

/// A row of a list.
pub(crate) trait Row: Default + Send + Sized + 'static {
    /// The list's name: the schema's message.
    const LIST: &'static str;
    const COLUMNS: &'static [Column<Self>];
    /// What rows are sorted by.
    fn sort_name(&self) -> &str;
}

impl<R> Column<R> {
    /// Its line of the Parquet schema.
    pub(crate) fn schema_line(&self) -> String {
        let (physical, logical) = match self.kind {
            Type::Text(_) => ("BYTE_ARRAY", " (STRING)"),
            Type::Json => ("BYTE_ARRAY", " (JSON)"),
            Type::Bytes => ("BYTE_ARRAY", ""),
            Type::Number => ("INT64", ""),
            Type::Time => ("INT64", " (TIMESTAMP(MICROS,true))"),
        };
        let repetition = if self.required { "REQUIRED" } else { "OPTIONAL" };
        format!("{repetition} {physical} {}{logical};", self.name)
    }

    pub(crate) fn is_int(&self) -> bool {
        matches!(self.kind, Type::Number | Type::Time)
    }
}

/// The Parquet schema of a list, as text.
pub(crate) fn schema_text<R: Row>() -> String {
    let lines: String = R::COLUMNS
        .iter()
        .map(|c| format!("  {}\n", c.schema_line()))
        .collect();
    format!("message {} {{\n{lines}}}\n", R::LIST)
}

impl<'a> Cell<'a> {
    pub(crate) fn text(value: &'a str) -> Self {
        Cell::Bytes(Cow::Borrowed(value.as_bytes()))
    }

    pub(crate) fn opt_text(value: Option<&'a str>) -> Self {
        value.map_or(Cell::Null, Cell::text)
    }

    pub(crate) fn opt_bytes(value: Option<&'a [u8]>) -> Self {
        value.map_or(Cell::Null, |v| Cell::Bytes(Cow::Borrowed(v)))
    }

    pub(crate) fn number(value: u64) -> Self {
        // Blob sizes and offsets are far below 2^63.
        Cell::Int(value.cast_signed())
    }

    pub(crate) fn opt_number(value: Option<u64>) -> Self {
        value.map_or(Cell::Null, Cell::number)
    }

    pub(crate) fn time(value: Timestamp) -> Self {
        Cell::Int(value.as_microsecond())
    }

    pub(crate) fn opt_time(value: Option<Timestamp>) -> Self {
        value.map_or(Cell::Null, Cell::time)
    }

    pub(crate) fn map(value: &BTreeMap<String, String>) -> Self {
        if value.is_empty() {
            return Cell::Null;
        }
        let object = value.iter().map(|(k, v)| (k.clone(), v.clone().into())).collect();
        Cell::Bytes(Cow::Owned(
            serde_json::Value::Object(object).to_string().into_bytes(),
        ))
    }

    pub(crate) fn into_bytes(self) -> Result<Option<Vec<u8>>, BadCell> {
        match self {
            Cell::Null => Ok(None),
            Cell::Bytes(bytes) => Ok(Some(bytes.into_owned())),
            Cell::Int(_) => Err(BadCell),
        }
    }

    pub(crate) fn into_opt_text(self) -> Result<Option<String>, BadCell> {
        self.into_bytes()?
            .map(|b| String::from_utf8(b).map_err(|_| BadCell))
            .transpose()
    }

    pub(crate) fn into_text(self) -> Result<String, BadCell> {
        self.into_opt_text()?.ok_or(BadCell)
    }

    pub(crate) fn into_opt_number(self) -> Result<Option<u64>, BadCell> {
        match self {
            Cell::Null => Ok(None),
            Cell::Int(value) => u64::try_from(value).map(Some).map_err(|_| BadCell),
            Cell::Bytes(_) => Err(BadCell),
        }
    }

    pub(crate) fn into_number(self) -> Result<u64, BadCell> {
        self.into_opt_number()?.ok_or(BadCell)
    }

    pub(crate) fn into_opt_time(self) -> Result<Option<Timestamp>, BadCell> {
        match self {
            Cell::Null => Ok(None),
            Cell::Int(value) => Timestamp::from_microsecond(value).map(Some).map_err(|_| BadCell),
            Cell::Bytes(_) => Err(BadCell),
        }
    }

    pub(crate) fn into_time(self) -> Result<Timestamp, BadCell> {
        self.into_opt_time()?.ok_or(BadCell)
    }

    pub(crate) fn into_map(self) -> Result<BTreeMap<String, String>, BadCell> {
        match self.into_bytes()? {
            None => Ok(BTreeMap::new()),
            Some(text) => serde_json::from_slice(&text).map_err(|_| BadCell),
        }
    }

    /// How much it weighs in memory, about.
    pub(crate) fn weight_bytes(&self) -> usize {
        match self {
            Cell::Null => 1,
            Cell::Int(_) => 8,
            Cell::Bytes(bytes) => bytes.len() + 4,
        }
    }
}
