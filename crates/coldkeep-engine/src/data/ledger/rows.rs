//! The two lists of a point, column by column: the manifest (sorted by name) and the index (sorted by target
//! name). A column's name and meaning never change; new ones are added at the end, optional.

use super::columns::{BadCell, Cell, Column, Encoding, Row, Type};
use coldkeep_core::{
    DataName, Timestamp,
    blob::BlobType,
    hash::{Crc64, Hash, HashOrigin, Md5},
    point::Entry,
    repository::Tier,
};
use serde::{Deserialize, Serialize};

/// A row of the index: what verifying and sweeping need to know of a target blob.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct IndexRow {
    pub target_name: DataName,
    pub target_version_id: Option<String>,
    pub pack_offset: Option<u64>,
    pub pack_length: Option<u64>,
    pub size_bytes: u64,
    pub md5: Option<Hash<Md5>>,
    pub crc64: Option<Hash<Crc64>>,
    pub target_tier: Option<Tier>,
    pub lock_until: Option<Timestamp>,
    /// The name at the source.
    pub name: String,
}

impl From<&Entry> for IndexRow {
    fn from(entry: &Entry) -> Self {
        Self {
            target_name: entry.target_name.clone(),
            target_version_id: entry.target_version_id.clone(),
            pack_offset: entry.pack_offset,
            pack_length: entry.pack_length,
            size_bytes: entry.size_bytes,
            md5: entry.md5,
            crc64: entry.crc64,
            target_tier: entry.target_tier,
            lock_until: entry.lock_until,
            name: entry.name.clone(),
        }
    }
}

const fn required<R>(
    name: &'static str,
    kind: Type,
    get: fn(&R) -> Cell<'_>,
    set: fn(&mut R, Cell<'_>) -> Result<(), BadCell>,
) -> Column<R> {
    Column {
        name,
        kind,
        required: true,
        get,
        set,
    }
}

const fn optional<R>(
    name: &'static str,
    kind: Type,
    get: fn(&R) -> Cell<'_>,
    set: fn(&mut R, Cell<'_>) -> Result<(), BadCell>,
) -> Column<R> {
    Column {
        name,
        kind,
        required: false,
        get,
        set,
    }
}

/// Columns whose field is an `Option<String>` somewhere in the row.
macro_rules! text {
    ($name:literal, $encoding:ident, $($field:ident).+) => {
        optional(
            $name,
            Type::Text(Encoding::$encoding),
            |r| Cell::opt_text(r.$($field).+.as_deref()),
            |r, c| c.into_opt_text().map(|v| r.$($field).+ = v),
        )
    };
}

macro_rules! number {
    ($name:literal, $field:ident) => {
        optional(
            $name,
            Type::Number,
            |r| Cell::opt_number(r.$field),
            |r, c| c.into_opt_number().map(|v| r.$field = v),
        )
    };
}

/// A hash. Who computed it is the column after it, which is read after it.
macro_rules! hash {
    ($name:literal, $field:ident, $hash:ident) => {
        optional(
            $name,
            Type::Bytes,
            |r| Cell::opt_bytes(r.$field.as_ref().map(|hash| hash.value.as_bytes())),
            |r, c| {
                let value = |bytes: Vec<u8>| $hash::of_bytes(&bytes).ok_or(BadCell);
                let origin = HashOrigin::Coldkeep;
                let value = c.into_bytes()?.map(value).transpose()?;
                r.$field = value.map(|value| Hash { value, origin });
                Ok(())
            },
        )
    };
}

/// Who computed the hash of the column before it: there is one where there is the other.
macro_rules! origin {
    ($name:literal, $field:ident) => {
        optional(
            $name,
            Type::Text(Encoding::Dictionary),
            |r| Cell::opt_text(r.$field.map(|hash| origin_word(hash.origin))),
            |r, c| match (&mut r.$field, c.into_opt_text()?) {
                (Some(hash), Some(word)) => parse_origin(&word).map(|origin| hash.origin = origin),
                (None, None) => Ok(()),
                _ => Err(BadCell),
            },
        )
    };
}

/// The name of the blob in the target.
macro_rules! data {
    ($encoding:ident) => {
        required(
            "target_name",
            Type::Text(Encoding::$encoding),
            |r| Cell::text(r.target_name.as_str()),
            |r, c| {
                r.target_name = DataName::try_from(c.into_text()?).map_err(|_| BadCell)?;
                Ok(())
            },
        )
    };
}

macro_rules! time {
    ($name:literal, $field:ident) => {
        optional(
            $name,
            Type::Time,
            |r| Cell::opt_time(r.$field),
            |r, c| c.into_opt_time().map(|v| r.$field = v),
        )
    };
}

/// Columns of a word out of few.
macro_rules! word {
    ($name:literal, $field:ident, $to:ident, $from:ident) => {
        optional(
            $name,
            Type::Text(Encoding::Dictionary),
            |r| Cell::opt_text(r.$field.map($to)),
            |r, c| {
                c.into_opt_text()?
                    .map(|w| $from(&w))
                    .transpose()
                    .map(|v| r.$field = v)
            },
        )
    };
}

macro_rules! name {
    ($name:literal, $encoding:ident, $field:ident) => {
        required(
            $name,
            Type::Text(Encoding::$encoding),
            |r| Cell::text(&r.$field),
            |r, c| c.into_text().map(|v| r.$field = v),
        )
    };
}

macro_rules! size {
    () => {
        required(
            "size_bytes",
            Type::Number,
            |r| Cell::number(r.size_bytes),
            |r, c| c.into_number().map(|v| r.size_bytes = v),
        )
    };
}

macro_rules! map {
    ($name:literal, $field:ident) => {
        optional(
            $name,
            Type::Json,
            |r| Cell::map(&r.$field),
            |r, c| c.into_map().map(|v| r.$field = v),
        )
    };
}

impl Row for Entry {
    const LIST: &'static str = "coldkeep_manifest_v1";
    const COLUMNS: &'static [Column<Self>] = &[
        name!("name", Delta, name),
        name!("source_etag", Delta, source_etag),
        text!("source_version_id", Delta, source_version_id),
        data!(Plain),
        text!("target_version_id", Delta, target_version_id),
        number!("pack_offset", pack_offset),
        number!("pack_length", pack_length),
        size!(),
        hash!("md5", md5, Md5),
        origin!("md5_origin", md5),
        hash!("crc64", crc64, Crc64),
        origin!("crc64_origin", crc64),
        word!("source_tier", source_tier, tier_word, parse_tier),
        word!("target_tier", target_tier, tier_word, parse_tier),
        time!("lock_until", lock_until),
        text!("lock_mode", Dictionary, lock_mode),
        required(
            "blob_type",
            Type::Text(Encoding::Dictionary),
            |r| Cell::text(type_word(r.blob_type)),
            |r, c| parse_type(&c.into_text()?).map(|v| r.blob_type = v),
        ),
        time!("created", created),
        required(
            "last_modified",
            Type::Time,
            |r| Cell::time(r.last_modified),
            |r, c| c.into_time().map(|v| r.last_modified = v),
        ),
        text!("content_type", Dictionary, headers.content_type),
        text!("content_encoding", Dictionary, headers.content_encoding),
        text!("content_language", Dictionary, headers.content_language),
        text!("content_disposition", Dictionary, headers.content_disposition),
        text!("cache_control", Dictionary, headers.cache_control),
        text!("content_md5", Plain, headers.content_md5),
        map!("metadata", metadata),
        map!("tags", tags),
    ];

    fn sort_name(&self) -> &str {
        &self.name
    }
}

impl Row for IndexRow {
    const LIST: &'static str = "coldkeep_index_v1";
    const COLUMNS: &'static [Column<Self>] = &[
        data!(Delta),
        text!("target_version_id", Delta, target_version_id),
        number!("pack_offset", pack_offset),
        number!("pack_length", pack_length),
        size!(),
        hash!("md5", md5, Md5),
        origin!("md5_origin", md5),
        hash!("crc64", crc64, Crc64),
        origin!("crc64_origin", crc64),
        word!("target_tier", target_tier, tier_word, parse_tier),
        time!("lock_until", lock_until),
        name!("name", Plain, name),
    ];

    fn sort_name(&self) -> &str {
        self.target_name.as_str()
    }
}

fn origin_word(origin: HashOrigin) -> &'static str {
    match origin {
        HashOrigin::TargetService => "target_service",
        HashOrigin::Coldkeep => "coldkeep",
    }
}

fn parse_origin(word: &str) -> Result<HashOrigin, BadCell> {
    [HashOrigin::TargetService, HashOrigin::Coldkeep]
        .into_iter()
        .find(|o| origin_word(*o) == word)
        .ok_or(BadCell)
}

fn tier_word(tier: Tier) -> &'static str {
    match tier {
        Tier::Hot => "hot",
        Tier::Cool => "cool",
        Tier::Cold => "cold",
        Tier::Archive => "archive",
    }
}

fn parse_tier(word: &str) -> Result<Tier, BadCell> {
    [Tier::Hot, Tier::Cool, Tier::Cold, Tier::Archive]
        .into_iter()
        .find(|t| tier_word(*t) == word)
        .ok_or(BadCell)
}

fn type_word(blob_type: BlobType) -> &'static str {
    match blob_type {
        BlobType::Block => "block",
        BlobType::Append => "append",
        BlobType::Page => "page",
    }
}

fn parse_type(word: &str) -> Result<BlobType, BadCell> {
    [BlobType::Block, BlobType::Append, BlobType::Page]
        .into_iter()
        .find(|t| type_word(*t) == word)
        .ok_or(BadCell)
}
