//! The engine's code for parts, and what is fed to it. It is taken by its path: the fuzzer need not build a database.
#![allow(dead_code, unused_imports, reason = "the fuzzer reads parts and writes few kinds of them")]

#[path = "../../crates/coldkeep-engine/src/data/ledger/columns.rs"]
pub(crate) mod columns;
#[path = "../../crates/coldkeep-engine/src/data/ledger/table/forge.rs"]
pub(crate) mod forge;
#[path = "../../crates/coldkeep-engine/src/data/ledger/rows.rs"]
pub(crate) mod rows;
#[path = "../../crates/coldkeep-engine/src/data/ledger/table/mod.rs"]
pub(crate) mod table;

use columns::{Cell, Column, Encoding, Row, Type};

/// A row that has a text and a number.
#[derive(Default)]
struct Any;

impl Row for Any {
    const LIST: &'static str = "any";
    const COLUMNS: &'static [Column<Self>] = &[
        Column {
            name: "name",
            kind: Type::Text(Encoding::Plain),
            required: false,
            get: |_| Cell::Null,
            set: |_, c| c.into_opt_text().map(drop),
        },
        Column {
            name: "number",
            kind: Type::Number,
            required: false,
            get: |_| Cell::Null,
            set: |_, c| c.into_opt_number().map(drop),
        },
    ];
    fn sort_name(&self) -> &str {
        ""
    }
}

fn read_as<R: Row>(content: &[u8]) {
    let Ok(mut table) = table::TableReader::<R>::new(content.to_vec().into()) else {
        return;
    };
    while let Ok(Some(_)) = table.next_group() {}
}

/// What is damaged: the whole file, its footer, its pages, or the content of one page.
pub(super) fn read(data: &[u8]) {
    let [kind, coding, count, data @ ..] = data else {
        return;
    };
    let count = i64::from(*count) * 8;
    let page = |coding: i64| match coding {
        8 => [
            forge::dictionary(2, &forge::plain(&["a", "bc"])),
            forge::page(count, coding, data.len() as i64, data),
        ]
        .concat(),
        _ => forge::page(count, coding, data.len() as i64, data),
    };
    let forged = |pages| forge::Forged {
        numbers: coding & 0x10 != 0,
        optional: coding & 0x20 != 0,
        codec: if coding & 0x40 != 0 { 6 } else { 0 },
        ..forge::Forged::new(pages, count)
    };
    let content = match kind % 4 {
        0 => data.to_vec(),
        1 => forge::file(&[0; 256], data),
        2 => forged(data.to_vec()).bytes(),
        _ => forged(page(i64::from(coding & 0x0F))).bytes(),
    };
    read_as::<coldkeep_core::point::Entry>(&content);
    read_as::<rows::IndexRow>(&content);
    read_as::<Any>(&content);
}
