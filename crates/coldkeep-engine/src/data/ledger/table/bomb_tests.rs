//! Parts with false claims: built by hand, byte by byte, as no writer builds them. Each must end as an error that took little
//! memory; a claim that was trusted would end the test process.

use super::{
    super::{
        columns::{Cell, Column, Encoding, Row, Type},
        rows::IndexRow,
    },
    Damaged, TableReader, TableWriter,
    forge::{Forged, Thrift, dictionary, file, page, plain, varints},
    limits,
};
use coldkeep_core::{
    hash::{Hash, HashOrigin, Md5},
    point::Entry,
};
use std::collections::BTreeMap;

/// A row of one name.
#[derive(Debug, Default, PartialEq)]
struct Named(String);

impl Row for Named {
    const LIST: &'static str = "named";
    const COLUMNS: &'static [Column<Self>] = &[Column {
        name: "name",
        kind: Type::Text(Encoding::Plain),
        required: true,
        get: |r| Cell::text(&r.0),
        set: |r, c| c.into_text().map(|v| r.0 = v),
    }];
    fn sort_name(&self) -> &str {
        &self.0
    }
}

fn read<R: Row>(content: Vec<u8>) -> Result<Vec<R>, Damaged> {
    let mut table = TableReader::new(content.into())?;
    let mut rows = Vec::new();
    while let Some(group) = table.next_group()? {
        rows.extend(group);
    }
    Ok(rows)
}

fn refused(content: Vec<u8>, why: &str) {
    let damaged = read::<Named>(content).unwrap_err();
    assert!(damaged.to_string().contains(why), "{damaged}");
}

#[test]
fn what_is_made_by_hand_is_read_where_it_is_true() {
    let forged = Forged::new(page(2, 0, 10, &plain(&["a", "b"])), 2);
    assert_eq!(
        read::<Named>(forged.bytes()),
        Ok(vec![Named("a".into()), Named("b".into())])
    );
}

#[test]
fn counts_in_the_footer_are_not_believed() {
    let honest = Forged::new(page(2, 0, 10, &plain(&["a", "b"])), 2);
    for rows in [1 << 32, i64::MAX, -1, 2049, 3] {
        let forged = Forged {
            rows,
            values: rows,
            ..honest.clone()
        };
        assert!(read::<Named>(forged.bytes()).is_err(), "{rows} rows");
    }
    for claimed in [2, 1 << 20, 1 << 31, u64::MAX] {
        let groups = Forged {
            groups_claimed: claimed,
            ..honest.clone()
        };
        assert!(read::<Named>(groups.bytes()).is_err(), "{claimed} row groups");
        let columns = Forged {
            columns_claimed: claimed.max(3),
            ..honest.clone()
        };
        assert!(read::<Named>(columns.bytes()).is_err(), "{claimed} columns");
    }
    let values = Forged {
        values: 1 << 32,
        ..honest
    };
    refused(values.bytes(), "another number of values");
}

#[test]
fn a_footer_is_read_within_a_budget_and_no_deeper_than_it_needs() {
    let long = file(&[], &vec![0x19; limits::FOOTER_BYTES_MAX + 1]);
    refused(long, "footer");
    // Structs in structs in structs: reading them one in the other must not end the stack.
    refused(file(&[], &[0x1C; 100_000]), "too deep");
    refused(file(&[], &[0x19; 100_000]), "");
    // A list of half a million numbers.
    let mut many = Thrift::default().field(9, 9);
    many.0.push(0xF6);
    many = many.number(500_000);
    many.0.extend(vec![0; 500_000]);
    refused(file(&[], &many.end().0), "too long");
}

#[test]
fn counts_in_page_headers_are_not_believed() {
    let content = plain(&["a", "b"]);
    for count in [1 << 32, i64::from(i32::MAX), -1, 3] {
        let forged = Forged::new(page(count, 0, 10, &content), 2);
        assert!(read::<Named>(forged.bytes()).is_err(), "{count} values");
        let forged = Forged::new(
            [dictionary(count, &content), page(2, 8, 10, &content)].concat(),
            2,
        );
        assert!(
            read::<Named>(forged.bytes()).is_err(),
            "{count} values in the dictionary"
        );
    }
    for whole in [1 << 31, i64::MAX, -1, 5 * 1024 * 1024] {
        for codec in [0, 6] {
            let forged = Forged {
                codec,
                ..Forged::new(page(2, 0, whole, &content), 2)
            };
            assert!(read::<Named>(forged.bytes()).is_err(), "{whole} bytes");
        }
    }
}

#[test]
fn a_bomb_of_zstandard_is_not_inflated_beyond_what_it_says() {
    let bomb = zstd::bulk::compress(&vec![0; 300 * 1024 * 1024], 19).unwrap();
    for whole in [10, 4 * 1024 * 1024, 300 * 1024 * 1024] {
        let forged = Forged {
            codec: 6,
            ..Forged::new(page(2, 0, whole, &bomb), 2)
        };
        assert!(read::<Named>(forged.bytes()).is_err(), "{whole}");
    }
    // Pages that are each as long as a page can be, and together longer than a row group can be.
    let page_of_zeros = zstd::bulk::compress(&vec![0; 4 * 1024 * 1024], 3).unwrap();
    let pages: Vec<u8> = (0..5)
        .flat_map(|_| page(400, 0, 4 * 1024 * 1024, &page_of_zeros))
        .collect();
    let forged = Forged {
        codec: 6,
        ..Forged::new(pages, 2000)
    };
    refused(forged.bytes(), "its pages are longer");
}

#[test]
fn a_dictionary_is_not_copied_beyond_what_a_row_group_can_be() {
    // One long value, and two thousand rows that point at it.
    let long = "x".repeat(1024 * 1024);
    let indexes = [vec![0], varints(&[2000 << 1])].concat();
    let pages = [
        dictionary(1, &plain(&[&long])),
        page(2000, 8, indexes.len() as i64, &indexes),
    ];
    refused(Forged::new(pages.concat(), 2000).bytes(), "its values are longer");
    // One index too many, and none at all.
    let beyond = [vec![1], varints(&[2 << 1]), vec![1]].concat();
    let pages = [
        dictionary(1, &plain(&["x"])),
        page(2, 8, beyond.len() as i64, &beyond),
    ];
    refused(Forged::new(pages.concat(), 2).bytes(), "not in the dictionary");
    refused(
        Forged::new(page(2, 8, beyond.len() as i64, &beyond), 2).bytes(),
        "a dictionary is missing",
    );
}

#[test]
fn counts_and_lengths_in_differences_are_not_believed() {
    for (what, content) in [
        ("count", varints(&[128, 4, 1 << 40, 0])),
        (
            "count of suffixes",
            [varints(&[128, 4, 1, 0]), varints(&[128, 4, 1 << 40, 0])].concat(),
        ),
        ("block", varints(&[1 << 40, 4, 2, 0])),
        ("no miniblock", varints(&[128, 0, 2, 0])),
        ("miniblocks", varints(&[128, 1 << 40, 2, 0])),
        ("odd miniblock", varints(&[128, 8, 2, 0])),
        ("negative length", [varints(&[128, 4, 2, 1]), vec![0; 5]].concat()),
        (
            "long length",
            [varints(&[128, 4, 2, u64::MAX - 1]), vec![0; 5]].concat(),
        ),
        ("width", [varints(&[128, 4, 2, 0, 0]), vec![65, 0, 0, 0]].concat()),
    ] {
        for coding in [6, 7] {
            let forged = Forged::new(page(2, coding, content.len() as i64, &content), 2);
            assert!(read::<Named>(forged.bytes()).is_err(), "{what}");
        }
    }
    // Each value begins with the whole one before it, which is a megabyte long.
    let long = 1024 * 1024_u64;
    let prefixes = [varints(&[128, 4, 100, 0]), varints(&[long * 2]), vec![0; 4]].concat();
    let lengths = [
        varints(&[128, 4, 100, long * 2]),
        varints(&[long * 2 - 1]),
        vec![0; 4],
    ]
    .concat();
    let content = [prefixes, lengths, vec![b'x'; long as usize]].concat();
    let forged = Forged::new(page(100, 7, content.len() as i64, &content), 100);
    assert!(read::<Named>(forged.bytes()).is_err());
}

#[test]
fn the_longest_rows_there_can_be_are_written_and_read() {
    let map = |bytes: usize| BTreeMap::from([("k".to_owned(), "\"".repeat(bytes))]);
    let longest = |i: usize| Entry {
        name: format!("{i:06}{}", "\u{10FFFF}".repeat(1018)),
        source_etag: "0x8DD".into(),
        target_name: format!("b/00/{i}").try_into().unwrap(),
        metadata: map(8192),
        tags: (0..10).map(|t| (format!("{t:0128}"), "ä".repeat(256))).collect(),
        ..Entry::default()
    };
    let entries: Vec<Entry> = (0..1500).map(longest).collect();
    assert_eq!(read::<Entry>(write(&entries)), Ok(entries));
    let heaviest = Entry {
        metadata: map(500 * 1024),
        ..longest(0)
    };
    assert_eq!(
        read::<Entry>(write(std::slice::from_ref(&heaviest))),
        Ok(vec![heaviest.clone()])
    );
    let mut table = TableWriter::new().unwrap();
    let too_heavy = Entry {
        metadata: map(600 * 1024),
        ..heaviest
    };
    assert!(
        table.push(too_heavy).is_err(),
        "what could not be read is not written"
    );
}

fn write<R: Row + Clone>(rows: &[R]) -> Vec<u8> {
    let mut table = TableWriter::new().unwrap();
    for row in rows {
        table.push(row.clone()).unwrap();
    }
    let content = table.finish().unwrap();
    assert!(content.len() <= limits::PART_BYTES_MAX);
    content.to_vec()
}

#[test]
fn a_whole_part_of_any_values_is_read_as_it_was_written() {
    // Numbers from a small generator: now far apart, now close, now equal.
    let mut state = 1_u64;
    let mut next = move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        state >> 16
    };
    let rows: Vec<IndexRow> = (0..32_768)
        .map(|i| {
            let random = next();
            IndexRow {
                target_name: format!("b/{:02x}/{i:08}", i >> 8).try_into().unwrap(),
                target_version_id: (random % 3 == 0).then(|| format!("v{}", random % 1000)),
                pack_offset: (random % 5 == 0).then_some(random << (random % 16)),
                size_bytes: random >> (random % 48),
                md5: (i % 7 != 0).then(|| Hash {
                    value: Md5(u128::from(random).to_le_bytes()),
                    origin: HashOrigin::TargetService,
                }),
                name: format!("{}/{}", "n".repeat((random % 60) as usize), next()),
                ..IndexRow::default()
            }
        })
        .collect();
    assert_eq!(read::<IndexRow>(write(&rows)), Ok(rows));
}

#[test]
fn a_part_damaged_anywhere_is_read_or_refused_and_nothing_else() {
    let rows: Vec<IndexRow> = (0..300)
        .map(|i| IndexRow {
            target_name: format!("b/{i:04}").try_into().unwrap(),
            target_version_id: Some(format!("{}", i / 7)),
            size_bytes: i,
            name: format!("name {i}"),
            ..IndexRow::default()
        })
        .collect();
    let whole = write(&rows);
    for at in 0..whole.len() {
        for flip in [0x01, 0x80, 0xFF] {
            let mut damaged = whole.clone();
            damaged[at] ^= flip;
            let _ = read::<IndexRow>(damaged);
        }
    }
}
