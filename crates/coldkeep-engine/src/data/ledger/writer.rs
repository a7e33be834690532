//! Writing a point's two lists. Nothing here creates the point: only the commit record does.

use super::{
    IndexRow, Target,
    columns::Row,
    parts::{PartKind, Span},
    table::TableWriter,
};
use crate::data::spool::Sorter;
use coldkeep_core::{
    Problem,
    format::{PartRef, ends_part},
    point::Entry,
};
use std::path::Path;

/// The number of index rows that came out of order and are held in memory (target names are random: nearly all do).
const INDEX_BUFFER_ROWS: usize = 8192;
/// The number of bytes before compression at which a part is cut in any case.
const PART_RAW_BYTES_MAX: usize = 32 * 1024 * 1024;

/// The lists of a point, in the target, not yet committed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Manifest {
    pub parts: Vec<PartRef>,
    pub index_parts: Vec<PartRef>,
    pub item_count: u64,
    pub size_bytes: u64,
}

/// Parts of an earlier point that were seen whole in the target: equal ones are not written again.
#[derive(Debug, Clone, Default)]
pub(crate) struct SharedParts {
    pub manifest: Vec<PartRef>,
    pub index: Vec<PartRef>,
}

/// Takes entries in name order and uploads each part when it is full, unless it is shared.
pub(crate) struct ManifestWriter {
    entries: ListWriter<Entry>,
    index: Sorter<IndexRow>,
    index_shared: Vec<PartRef>,
    item_count: u64,
    size_bytes: u64,
}

impl ManifestWriter {
    pub(crate) fn new(target: &Target, spool_dir: &Path, shared: SharedParts) -> Result<Self, Problem> {
        Ok(Self {
            entries: ListWriter::new(target, PartKind::Manifest, shared.manifest)?,
            index: Sorter::new(
                spool_dir,
                |row: &IndexRow| row.target_name.as_bytes(),
                INDEX_BUFFER_ROWS,
            ),
            index_shared: shared.index,
            item_count: 0,
            size_bytes: 0,
        })
    }

    /// Entries come in the byte order of their names, each name once; another order is a defect and refused.
    pub(crate) async fn push(&mut self, entry: Entry) -> Result<(), Problem> {
        if !entry.target_name.is_empty() {
            self.index.push(IndexRow::from(&entry))?;
        }
        self.item_count += 1;
        self.size_bytes += entry.size_bytes;
        self.entries.push(entry).await
    }

    pub(crate) async fn finish(self) -> Result<Manifest, Problem> {
        let target = self.entries.target.clone();
        let parts = self.entries.finish().await?;
        let mut index = ListWriter::new(&target, PartKind::Index, self.index_shared)?;
        for row in self.index.finish()?.iter()? {
            index.push(row?).await?;
        }
        Ok(Manifest {
            parts,
            index_parts: index.finish().await?,
            item_count: self.item_count,
            size_bytes: self.size_bytes,
        })
    }
}

impl std::fmt::Debug for ManifestWriter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ManifestWriter")
            .field("item_count", &self.item_count)
            .finish_non_exhaustive()
    }
}

/// One list: cuts it into parts and uploads them.
struct ListWriter<R: Row> {
    target: Target,
    kind: PartKind,
    shared: Vec<PartRef>,
    table: TableWriter<R>,
    span: Span,
    last_name: Option<String>,
    parts: Vec<PartRef>,
}

impl<R: Row> ListWriter<R> {
    fn new(target: &Target, kind: PartKind, shared: Vec<PartRef>) -> Result<Self, Problem> {
        Ok(Self {
            target: target.clone(),
            kind,
            shared,
            table: TableWriter::new().map_err(defect)?,
            span: Span::default(),
            last_name: None,
            parts: Vec::new(),
        })
    }

    async fn push(&mut self, row: R) -> Result<(), Problem> {
        let name = row.sort_name();
        // Blobs of one pack share their target name, so the index may hold a name more than once.
        let wrong = |last: &str| last > name || (last == name && self.kind == PartKind::Manifest);
        if self.last_name.as_deref().is_some_and(wrong) {
            return Err(Problem::internal(format!(
                "`{name}` was added to a manifest out of order"
            )));
        }
        self.span.add(name);
        self.last_name = Some(name.to_owned());
        let ends = ends_part(name, self.span.item_count);
        self.table.push(row).map_err(defect)?;
        if ends || self.table.raw_bytes() >= PART_RAW_BYTES_MAX {
            self.cut().await?;
        }
        Ok(())
    }

    async fn cut(&mut self) -> Result<(), Problem> {
        if self.span.item_count == 0 {
            return Ok(());
        }
        let table = std::mem::replace(&mut self.table, TableWriter::new().map_err(defect)?);
        let span = std::mem::take(&mut self.span);
        let content = table.finish().map_err(defect)?;
        let part = self
            .target
            .ensure_part(self.kind, content, span, &self.shared)
            .await?;
        self.parts.push(part);
        Ok(())
    }

    async fn finish(mut self) -> Result<Vec<PartRef>, Problem> {
        self.cut().await?;
        Ok(self.parts)
    }
}

fn defect(e: parquet::errors::ParquetError) -> Problem {
    Problem::internal(format!("A manifest part could not be written ({e})"))
}
