//! Reading a part, row group by row group. For all claims of a part, reading it takes no more memory and time than
//! the longest part that Coldkeep writes.

use super::{
    super::columns::{Cell, Column, Row},
    Damaged, bad,
    footer::{Footer, Group, Leaf, PhysicalType},
    limits::{self, Budget},
    page::{Page, Pages},
    values::{self, Coding},
};
use bytes::Bytes;
use std::{borrow::Cow, marker::PhantomData};

/// Reads a Parquet file row group by row group. Columns that are not known are ignored, optional ones that are
/// missing are null.
pub(in super::super) struct TableReader<R> {
    content: Bytes,
    footer: Footer,
    next_group: usize,
    row: PhantomData<fn() -> R>,
}

/// What a row group may still take.
struct Budgets {
    pages: Budget,
    values: Budget,
}

impl<R: Row> TableReader<R> {
    pub(in super::super) fn new(content: Bytes) -> Result<Self, Damaged> {
        Ok(Self {
            footer: Footer::read(&content)?,
            content,
            next_group: 0,
            row: PhantomData,
        })
    }

    /// The rows of the next group; none at the end.
    pub(in super::super) fn next_group(&mut self) -> Result<Option<Vec<R>>, Damaged> {
        let Some(group) = self.footer.groups.get(self.next_group) else {
            return Ok(None);
        };
        self.next_group += 1;
        let mut budgets = Budgets {
            pages: Budget::new(limits::GROUP_PAGE_BYTES_MAX, "its pages"),
            values: Budget::new(limits::GROUP_VALUE_BYTES_MAX, "its values"),
        };
        let mut rows: Vec<R> = std::iter::repeat_with(R::default).take(group.rows).collect();
        for column in R::COLUMNS {
            let found = self
                .footer
                .columns
                .iter()
                .position(|leaf| leaf.name == column.name);
            match found {
                Some(index) => self.read_column(column, group, index, &mut rows, &mut budgets)?,
                None if column.required => {
                    return Err(Damaged(format!("the column `{}` is missing", column.name)));
                }
                None => {}
            }
        }
        Ok(Some(rows))
    }

    fn read_column(
        &self,
        column: &Column<R>,
        group: &Group,
        index: usize,
        rows: &mut [R],
        budgets: &mut Budgets,
    ) -> Result<(), Damaged> {
        let (leaf, chunk) = (&self.footer.columns[index], &group.chunks[index]);
        let expected = if column.is_int() {
            PhysicalType::Int64
        } else {
            PhysicalType::ByteArray
        };
        if leaf.physical != expected {
            return Err(cannot_be(column));
        }
        let mut pages = Pages::new(&self.content, chunk, leaf.optional, group.rows)?;
        let mut dictionary = None;
        let mut rest = rows;
        while let Some(page) = pages.next(&mut budgets.pages)? {
            match page {
                Page::Dictionary { count, content } => {
                    if dictionary.is_some() || leaf.physical != PhysicalType::ByteArray {
                        return Err(bad("a column has a dictionary too many"));
                    }
                    dictionary = Some(values::texts(
                        Coding::Plain,
                        &content,
                        count,
                        &mut budgets.values,
                    )?);
                }
                Page::Data {
                    count,
                    coding,
                    levels,
                    content,
                } => {
                    let (here, after) = rest
                        .split_at_mut_checked(count)
                        .ok_or_else(|| bad("a column has more values than rows"))?;
                    rest = after;
                    let present = present(leaf, levels.as_deref(), count)?;
                    let cells = cells(
                        leaf,
                        coding,
                        &content,
                        present.len(),
                        dictionary.as_deref(),
                        budgets,
                    )?;
                    fill(column, here, &present, cells)?;
                }
            }
        }
        if rest.is_empty() {
            Ok(())
        } else {
            Err(bad("a column has fewer values than rows"))
        }
    }
}

/// The rows of a page that have a value.
fn present(leaf: &Leaf, levels: Option<&[u8]>, count: usize) -> Result<Vec<usize>, Damaged> {
    match levels {
        Some(levels) if leaf.optional => {
            let levels = values::hybrid(levels, 1, count)?;
            Ok((0..count).filter(|i| levels[*i] == 1).collect())
        }
        _ => Ok((0..count).collect()),
    }
}

fn cells(
    leaf: &Leaf,
    coding: Coding,
    content: &[u8],
    count: usize,
    dictionary: Option<&[Vec<u8>]>,
    budgets: &mut Budgets,
) -> Result<Vec<Cell<'static>>, Damaged> {
    if count == 0 {
        return Ok(Vec::new());
    }
    if leaf.physical == PhysicalType::Int64 {
        let numbers = values::numbers(coding, content, count)?;
        return Ok(numbers.into_iter().map(Cell::Int).collect());
    }
    let texts = match coding {
        Coding::Dictionary => {
            let dictionary = dictionary.ok_or_else(|| bad("a dictionary is missing"))?;
            values::looked_up(dictionary, content, count, &mut budgets.values)?
        }
        _ => values::texts(coding, content, count, &mut budgets.values)?,
    };
    Ok(texts.into_iter().map(|t| Cell::Bytes(Cow::Owned(t))).collect())
}

fn fill<R>(
    column: &Column<R>,
    rows: &mut [R],
    present: &[usize],
    cells: Vec<Cell<'static>>,
) -> Result<(), Damaged> {
    let mut cells = present.iter().copied().zip(cells).peekable();
    for (i, row) in rows.iter_mut().enumerate() {
        let cell = cells
            .next_if(|(at, _)| *at == i)
            .map_or(Cell::Null, |(_, cell)| cell);
        (column.set)(row, cell).map_err(|_| cannot_be(column))?;
    }
    Ok(())
}

fn cannot_be<R>(column: &Column<R>) -> Damaged {
    Damaged(format!("the column `{}` holds an impossible value", column.name))
}
