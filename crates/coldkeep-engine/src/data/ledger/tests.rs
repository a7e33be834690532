//! The stored format is pinned here: anyone who changes it breaks these on purpose, or not at all.

use super::{
    columns::{Row, schema_text},
    rows::IndexRow,
    signed,
    signed::to_json,
    table::{TableReader, TableWriter},
};
use bytes::Bytes;
use coldkeep_core::{
    Doubt, DoubtKind, Kind, Timestamp,
    blob::{BlobType, ContentHeaders},
    format::{self, CommitRecord, Marker, PartRef, Previous, WriterRecord},
    hash::{Crc64, Hash, HashOrigin, Md5, Sha256Digest},
    id::{JobId, PointId, RunId, TargetId},
    point::{Entry, Exactness, SourceAddress},
    repository::Tier,
};
use coldkeep_keys::WriterKey;
use parquet::{
    basic::Compression,
    data_type::{ByteArray, ByteArrayType},
    file::{properties::WriterProperties, writer::SerializedFileWriter},
    schema::parser::parse_message_type,
};
use std::{collections::BTreeMap, sync::Arc};

const MANIFEST_SCHEMA: &str = "\
message coldkeep_manifest_v1 {
  REQUIRED BYTE_ARRAY name (STRING);
  REQUIRED BYTE_ARRAY source_etag (STRING);
  OPTIONAL BYTE_ARRAY source_version_id (STRING);
  REQUIRED BYTE_ARRAY target_name (STRING);
  OPTIONAL BYTE_ARRAY target_version_id (STRING);
  OPTIONAL INT64 pack_offset;
  OPTIONAL INT64 pack_length;
  REQUIRED INT64 size_bytes;
  OPTIONAL BYTE_ARRAY md5;
  OPTIONAL BYTE_ARRAY md5_origin (STRING);
  OPTIONAL BYTE_ARRAY crc64;
  OPTIONAL BYTE_ARRAY crc64_origin (STRING);
  OPTIONAL BYTE_ARRAY source_tier (STRING);
  OPTIONAL BYTE_ARRAY target_tier (STRING);
  OPTIONAL INT64 lock_until (TIMESTAMP(MICROS,true));
  OPTIONAL BYTE_ARRAY lock_mode (STRING);
  REQUIRED BYTE_ARRAY blob_type (STRING);
  OPTIONAL INT64 created (TIMESTAMP(MICROS,true));
  REQUIRED INT64 last_modified (TIMESTAMP(MICROS,true));
  OPTIONAL BYTE_ARRAY content_type (STRING);
  OPTIONAL BYTE_ARRAY content_encoding (STRING);
  OPTIONAL BYTE_ARRAY content_language (STRING);
  OPTIONAL BYTE_ARRAY content_disposition (STRING);
  OPTIONAL BYTE_ARRAY cache_control (STRING);
  OPTIONAL BYTE_ARRAY content_md5 (STRING);
  OPTIONAL BYTE_ARRAY metadata (JSON);
  OPTIONAL BYTE_ARRAY tags (JSON);
}
";

const INDEX_SCHEMA: &str = "\
message coldkeep_index_v1 {
  REQUIRED BYTE_ARRAY target_name (STRING);
  OPTIONAL BYTE_ARRAY target_version_id (STRING);
  OPTIONAL INT64 pack_offset;
  OPTIONAL INT64 pack_length;
  REQUIRED INT64 size_bytes;
  OPTIONAL BYTE_ARRAY md5;
  OPTIONAL BYTE_ARRAY md5_origin (STRING);
  OPTIONAL BYTE_ARRAY crc64;
  OPTIONAL BYTE_ARRAY crc64_origin (STRING);
  OPTIONAL BYTE_ARRAY target_tier (STRING);
  OPTIONAL INT64 lock_until (TIMESTAMP(MICROS,true));
  REQUIRED BYTE_ARRAY name (STRING);
}
";

fn time(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn map(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs
        .iter()
        .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
        .collect()
}

/// Every field filled.
fn full(name: &str) -> Entry {
    Entry {
        name: name.into(),
        source_etag: "0x8DD1".into(),
        source_version_id: Some("2026-01-02T03:04:05.0000006Z".into()),
        target_name: format!("b/8b/{name}").try_into().unwrap(),
        target_version_id: Some("2026-01-02T03:04:06.0000007Z".into()),
        pack_offset: Some(4096),
        pack_length: Some(12),
        size_bytes: 12,
        md5: Some(Hash {
            value: Md5([7; 16]),
            origin: HashOrigin::TargetService,
        }),
        crc64: Some(Hash {
            value: Crc64([9; 8]),
            origin: HashOrigin::Coldkeep,
        }),
        source_tier: Some(Tier::Hot),
        target_tier: Some(Tier::Archive),
        lock_until: Some(time(1_900_000_000)),
        lock_mode: Some("locked".into()),
        blob_type: BlobType::Append,
        created: Some(time(1_700_000_000)),
        last_modified: time(1_700_000_001),
        headers: ContentHeaders {
            content_type: Some("text/plain".into()),
            content_encoding: Some("gzip".into()),
            content_language: Some("de".into()),
            content_disposition: Some("attachment".into()),
            cache_control: Some("no-cache".into()),
            content_md5: Some("BwcHBwcHBwcHBwcHBwcHBw==".into()),
        },
        metadata: map(&[("Zweite", "ä\"\\"), ("erste", "")]),
        tags: map(&[("year", "2026")]),
    }
}

/// Only what is required.
fn bare(name: &str) -> Entry {
    Entry {
        name: name.into(),
        source_etag: "0x1".into(),
        last_modified: time(-1),
        ..Entry::default()
    }
}

fn write<R: Row>(rows: impl IntoIterator<Item = R>) -> Bytes {
    let mut table = TableWriter::new().unwrap();
    for row in rows {
        table.push(row).unwrap();
    }
    table.finish().unwrap()
}

fn read<R: Row>(content: Bytes) -> Vec<R> {
    let mut table = TableReader::new(content).unwrap();
    let mut rows = Vec::new();
    while let Some(group) = table.next_group().unwrap() {
        rows.extend(group);
    }
    rows
}

#[test]
fn the_columns_are_those_of_the_page() {
    assert_eq!(schema_text::<Entry>(), MANIFEST_SCHEMA);
    assert_eq!(schema_text::<IndexRow>(), INDEX_SCHEMA);
}

#[test]
fn every_column_is_on_the_page() {
    let page = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/format.md"));
    for name in Entry::COLUMNS
        .iter()
        .map(|c| c.name)
        .chain(IndexRow::COLUMNS.iter().map(|c| c.name))
    {
        assert!(page.contains(&format!("`{name}`")), "`{name}` is not described");
    }
}

#[test]
fn what_was_written_is_read() {
    let entries = vec![full("a"), bare("b"), full("ü"), bare("ü/leer")];
    assert_eq!(read::<Entry>(write(entries.clone())), entries);
    let index: Vec<_> = entries.iter().map(IndexRow::from).collect();
    assert_eq!(read::<IndexRow>(write(index.clone())), index);
}

#[test]
fn many_rows_in_many_groups() {
    let entries: Vec<_> = (0..5000)
        .map(|i| {
            if i % 3 == 0 {
                bare(&format!("{i:06}"))
            } else {
                full(&format!("{i:06}"))
            }
        })
        .collect();
    assert_eq!(read::<Entry>(write(entries.clone())), entries);
}

#[test]
fn the_bytes_of_a_part_are_pinned() {
    let manifest = write([full("a"), bare("b")]);
    assert_eq!(
        manifest,
        write([full("a"), bare("b")]),
        "the same rows give the same bytes"
    );
    assert_eq!(
        Sha256Digest::of(&manifest).to_string(),
        "fbdbea4e4b9e54f375c8f33e3025c4883baef5c4da3722feddfca21b1c54e582"
    );
    let index = write([IndexRow::from(&full("a"))]);
    assert_eq!(
        Sha256Digest::of(&index).to_string(),
        "04e4762205602a96715d94ccfaada07ec7ace8799a42f3560e4a59e26736bd32"
    );
}

#[test]
fn unknown_columns_are_ignored_and_missing_ones_are_null() {
    let schema = "message later {
        REQUIRED BYTE_ARRAY target_name (STRING);
        REQUIRED BYTE_ARRAY colour (STRING);
        REQUIRED BYTE_ARRAY name (STRING);
    }";
    let content = foreign(schema, &["b/00/x", "red", "a"]);
    let problem = TableReader::<IndexRow>::new(content)
        .unwrap()
        .next_group()
        .unwrap_err();
    assert!(
        problem.to_string().contains("`size_bytes` is missing"),
        "{problem}"
    );

    #[derive(Debug, Default, PartialEq)]
    struct Small(String, String);
    impl Row for Small {
        const LIST: &'static str = "small";
        const COLUMNS: &'static [super::columns::Column<Self>] = &[
            super::columns::Column {
                name: "name",
                kind: super::columns::Type::Text(super::columns::Encoding::Plain),
                required: true,
                get: |r| super::columns::Cell::text(&r.0),
                set: |r, c| c.into_text().map(|v| r.0 = v),
            },
            super::columns::Column {
                name: "mood",
                kind: super::columns::Type::Text(super::columns::Encoding::Plain),
                required: false,
                get: |r| super::columns::Cell::text(&r.1),
                set: |r, c| {
                    c.into_opt_text()
                        .map(|v| r.1 = v.unwrap_or_else(|| "null".into()))
                },
            },
        ];
        fn sort_name(&self) -> &str {
            &self.0
        }
    }
    let rows = read::<Small>(foreign(schema, &["b/00/x", "red", "a"]));
    assert_eq!(rows, [Small("a".into(), String::new())]);
}

/// A one-row file of text columns, as some other writer would make it.
fn foreign(schema: &str, values: &[&str]) -> Bytes {
    let schema = Arc::new(parse_message_type(schema).unwrap());
    let properties = WriterProperties::builder()
        .set_compression(Compression::UNCOMPRESSED)
        .build();
    let mut file = SerializedFileWriter::new(Vec::new(), schema, Arc::new(properties)).unwrap();
    let mut group = file.next_row_group().unwrap();
    for value in values {
        let mut column = group.next_column().unwrap().unwrap();
        column
            .typed::<ByteArrayType>()
            .write_batch(&[ByteArray::from(*value)], None, None)
            .unwrap();
        column.close().unwrap();
    }
    group.close().unwrap();
    file.into_inner().unwrap().into()
}

#[test]
fn damaged_parts_are_errors_and_not_panics() {
    let whole = write([full("a"), bare("b")]);
    for length in 0..whole.len() {
        // Cut short: the footer is gone.
        assert!(
            TableReader::<Entry>::new(whole.slice(..length)).is_err(),
            "{length}"
        );
    }
    assert!(TableReader::<Entry>::new(Bytes::from_static(b"PAR1")).is_err());
}

const RECORD: &str = r#"{
  "format": 1,
  "requires": [],
  "kind": "point",
  "target_id": "00000000-0000-0000-0000-000000000004",
  "sequence": 2,
  "epoch": 2,
  "previous": {
    "sequence": 1,
    "sha256": "0101010101010101010101010101010101010101010101010101010101010101",
    "version_id": "v1"
  },
  "point_id": "00000000-0000-0000-0000-000000000001",
  "run_id": "00000000-0000-0000-0000-000000000002",
  "job_id": "00000000-0000-0000-0000-000000000003",
  "job_name": "nightly",
  "source": {
    "endpoint": "https://north.blob.core.windows.net",
    "account": "north",
    "container": "backups",
    "folder": "m365"
  },
  "cut_at": "2026-01-02T03:04:05Z",
  "committed_at": "2026-01-02T03:05:05Z",
  "exactness": "inexact",
  "item_count": 3,
  "size_bytes": 12,
  "doubt_count": 1,
  "doubts": [
    {
      "name": "a",
      "kind": "missing",
      "cause": "denied",
      "detail": "`a` was not copied"
    }
  ],
  "doubt_parts": [],
  "parts": [
    {
      "name": "m/0202020202020202020202020202020202020202020202020202020202020202.parquet",
      "sha256": "0202020202020202020202020202020202020202020202020202020202020202",
      "md5": "BwcHBwcHBwcHBwcHBwcHBw==",
      "version_id": "v2",
      "item_count": 3,
      "size_bytes": 999,
      "first_name": "a",
      "last_name": "c"
    }
  ],
  "index_parts": [],
  "written_by": "coldkeep 0.1.0"
}
"#;

fn record() -> CommitRecord {
    CommitRecord {
        format: format::VERSION,
        requires: vec![],
        kind: "point".into(),
        target_id: TargetId(uuid::Uuid::from_u128(4)),
        sequence: 2,
        epoch: 2,
        previous: Some(Previous {
            sequence: 1,
            sha256: Sha256Digest([1; 32]),
            version_id: Some("v1".into()),
        }),
        point_id: PointId(uuid::Uuid::from_u128(1)),
        run_id: RunId(uuid::Uuid::from_u128(2)),
        job_id: JobId(uuid::Uuid::from_u128(3)),
        job_name: "nightly".into(),
        source: SourceAddress {
            endpoint: "https://north.blob.core.windows.net".into(),
            account: "north".into(),
            container: "backups".into(),
            folder: "m365".into(),
        },
        cut_at: "2026-01-02T03:04:05Z".parse().unwrap(),
        committed_at: "2026-01-02T03:05:05Z".parse().unwrap(),
        exactness: Exactness::Inexact,
        item_count: 3,
        size_bytes: 12,
        doubt_count: 1,
        doubts: vec![Doubt {
            name: "a".into(),
            kind: DoubtKind::Missing {
                cause: Some(Kind::Denied),
                detail: "`a` was not copied".into(),
            },
        }],
        doubt_parts: vec![],
        parts: vec![PartRef {
            name: format::part_name(&Sha256Digest([2; 32])),
            sha256: Sha256Digest([2; 32]),
            md5: Md5([7; 16]),
            version_id: Some("v2".into()),
            item_count: 3,
            size_bytes: 999,
            first_name: "a".into(),
            last_name: "c".into(),
        }],
        index_parts: vec![],
        written_by: "coldkeep 0.1.0".into(),
    }
}

#[test]
fn a_commit_record_is_pinned() {
    assert_eq!(to_json(&record()).unwrap(), RECORD);
    let with_unknown = RECORD.replacen('{', "{\n  \"mood\": \"sunny\",", 1);
    assert_eq!(
        serde_json::from_str::<CommitRecord>(&with_unknown).unwrap(),
        record()
    );
}

#[test]
fn every_member_is_on_the_page() {
    let page = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/format.md"));
    let record: serde_json::Value = serde_json::from_str(RECORD).unwrap();
    for name in record
        .as_object()
        .unwrap()
        .keys()
        .chain(record["parts"][0].as_object().unwrap().keys())
    {
        assert!(page.contains(&format!("`{name}`")), "`{name}` is not described");
    }
}

/// The key of the seed of zeros.
fn key() -> WriterKey {
    WriterKey::from_seed(&"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=".to_owned().into()).unwrap()
}

#[test]
fn an_admission_is_pinned() {
    let record = WriterRecord {
        format: format::VERSION,
        requires: vec![],
        kind: "writer".into(),
        target_id: TargetId(uuid::Uuid::from_u128(4)),
        sequence: 2,
        epoch: 2,
        previous: None,
        admits: key().public(),
        committed_at: "2026-01-02T03:05:05Z".parse().unwrap(),
        written_by: "coldkeep 0.1.0".into(),
    };
    let text = r#"{
  "format": 1,
  "requires": [],
  "kind": "writer",
  "target_id": "00000000-0000-0000-0000-000000000004",
  "sequence": 2,
  "epoch": 2,
  "previous": null,
  "admits": "3b6a27bcceb6a42d62a3a8d02a6f0d73653215771de243a63ac048a18b59da29",
  "committed_at": "2026-01-02T03:05:05Z",
  "written_by": "coldkeep 0.1.0"
}
"#;
    assert_eq!(to_json(&record).unwrap(), text);
    assert!(include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/format.md")).contains("`admits`"));
}

#[test]
fn the_marker_and_its_signature_are_pinned() {
    let marker = Marker {
        format: format::VERSION,
        requires: vec![],
        id: TargetId(uuid::Uuid::from_u128(4)),
        writer_key: key().public(),
        created_at: "2026-01-02T03:04:05Z".parse().unwrap(),
        created_by: "coldkeep 0.1.0".into(),
    };
    let text = r#"{
  "format": 1,
  "requires": [],
  "id": "00000000-0000-0000-0000-000000000004",
  "writer_key": "3b6a27bcceb6a42d62a3a8d02a6f0d73653215771de243a63ac048a18b59da29",
  "created_at": "2026-01-02T03:04:05Z",
  "created_by": "coldkeep 0.1.0"
}
{"writer_key":"3b6a27bcceb6a42d62a3a8d02a6f0d73653215771de243a63ac048a18b59da29","signature":"B36gdy/8ile6byi33XoCLZM5MtYfaEzpeV168JM94Wc/rmG2aFHnxoi9q6bFUC71Xgas7tzYcQSI+BlOcnUmAQ=="}
"#;
    assert_eq!(
        signed::sign(&key(), format::DOMAIN_MARKER, &marker).unwrap(),
        text
    );
}
