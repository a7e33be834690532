//! What a part can be at most (`docs/format.md`, "Limits of a part"): the writer stays within, and what claims more is
//! not read.

/// Length of a part.
pub(in super::super) const PART_BYTES_MAX: usize = 40 * 1024 * 1024;
/// Rows of a part ...
pub(super) const PART_ROWS_MAX: usize = coldkeep_core::format::PART_ITEMS_MAX as usize;
/// ... and of a row group, of which there may be this many.
pub(super) const GROUP_ROWS_MAX: usize = 2048;
pub(super) const GROUPS_MAX: usize = 64;
pub(super) const COLUMNS_MAX: usize = 128;
/// The writer ends a row group at about this many bytes before compression ...
pub(super) const GROUP_BYTES: usize = 2 * 1024 * 1024;
/// ... with the row that reaches them, which is at most so long.
pub(super) const ROW_BYTES_MAX: usize = 1024 * 1024;
/// All values of a row group together, without lengths and levels.
pub(super) const GROUP_VALUE_BYTES_MAX: usize = 4 * 1024 * 1024;
/// A page, decompressed.
pub(super) const PAGE_BYTES_MAX: usize = 4 * 1024 * 1024;
/// All pages of a row group, decompressed.
pub(super) const GROUP_PAGE_BYTES_MAX: usize = 16 * 1024 * 1024;
/// The footer, and the values in it.
pub(super) const FOOTER_BYTES_MAX: usize = 1024 * 1024;
pub(super) const FOOTER_VALUES_MAX: usize = 300_000;
/// A page header has no more values.
pub(super) const HEADER_VALUES_MAX: usize = 64;

/// A sum that must not exceed its limit.
#[derive(Debug)]
pub(super) struct Budget {
    left: usize,
    what: &'static str,
}

impl Budget {
    pub(super) fn new(limit: usize, what: &'static str) -> Self {
        Self { left: limit, what }
    }

    /// Before that many bytes are allocated.
    pub(super) fn take(&mut self, bytes: usize) -> Result<(), super::Damaged> {
        self.left = self
            .left
            .checked_sub(bytes)
            .ok_or_else(|| super::Damaged(format!("{} are longer than a row group can be", self.what)))?;
        Ok(())
    }
}
