//! Tables without lines, that fit a narrow terminal and are one row a line for programs.

use super::human::plain;
use comfy_table::{ContentArrangement, Table, presets};
use std::io::{self, IsTerminal};

/// What a cell of a table shows, harmless by now.
#[derive(Debug)]
pub struct Cell(String);

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self(plain(&text))
    }
}

impl Cell {
    /// Several lines, each of which stays one.
    pub fn of_lines(lines: impl IntoIterator<Item = String>) -> Self {
        let lines: Vec<String> = lines.into_iter().map(|line| plain(&line)).collect();
        Self(lines.join("\n"))
    }
}

/// A header in capitals and the rows below it.
pub(super) fn table<C: Into<Cell>>(headers: &[&str], rows: impl Iterator<Item = Vec<C>>) -> String {
    let mut table = empty();
    table.set_header(headers.iter().map(|h| h.to_uppercase()).collect::<Vec<_>>());
    for row in rows {
        table.add_row(row.into_iter().map(|cell| cell.into().0).collect::<Vec<_>>());
    }
    finished(table)
}

/// What something is, one line for each of its sides; empty ones are left out.
pub(super) fn pairs(pairs: Vec<(&'static str, String)>) -> String {
    let mut table = empty();
    for (label, value) in pairs {
        if !value.is_empty() {
            table.add_row([label.to_owned(), plain(&value)]);
        }
    }
    finished(table)
}

fn empty() -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    let fits = if io::stdout().is_terminal() {
        ContentArrangement::Dynamic
    } else {
        ContentArrangement::Disabled
    };
    table.set_content_arrangement(fits);
    table
}

fn finished(mut table: Table) -> String {
    for column in 0..table.column_count() {
        if let Some(column) = table.column_mut(column) {
            column.set_padding((0, 2));
        }
    }
    table.trim_fmt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_lines_of_columns() {
        let rows = vec![
            vec!["a".to_owned(), "long value".to_owned()],
            vec!["bcd".to_owned(), "x\u{7}".to_owned()],
        ];
        assert_eq!(
            table(&["name", "value"], rows.into_iter()),
            "NAME  VALUE\na     long value\nbcd   x\\u{7}"
        );
        assert_eq!(
            pairs(vec![("name", "n".into()), ("none", String::new())]),
            "name  n"
        );
    }
}
