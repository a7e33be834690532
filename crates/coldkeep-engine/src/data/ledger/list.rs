//! Reading a list of a point in its order, part by part and row group by row group: memory stays the same however
//! long the list is.

use super::{Commit, IndexRow, Target, columns::Row, parts::PartKind, table::TableReader, target::corrupt};
use coldkeep_core::{Problem, format::PartRef, point::Entry};

/// The rows of a list, in order.
pub(crate) struct Rows<R> {
    target: Target,
    kind: PartKind,
    parts: std::vec::IntoIter<PartRef>,
    open: Option<OpenPart<R>>,
    rows: std::vec::IntoIter<R>,
    /// Rows up to and with this name are skipped.
    after: Option<String>,
    /// The name of the last row read.
    last: String,
}

/// The manifest's rows.
pub(crate) type Entries = Rows<Entry>;

/// The part that is being read.
struct OpenPart<R> {
    reader: TableReader<R>,
    part: PartRef,
    rows_read: u64,
}

impl Target {
    /// The entries of a point, in name order.
    pub(crate) fn entries(&self, commit: &Commit) -> Entries {
        self.entries_after(commit, None)
    }

    /// The entries of a point that come after this name, in name order.
    pub(crate) fn entries_after(&self, commit: &Commit, after: Option<&str>) -> Entries {
        self.rows(PartKind::Manifest, commit.record.parts.clone(), after)
    }

    /// The stretch of entries in which a name is or would be; empty beyond the last one.
    pub(crate) async fn entries_around(&self, commit: &Commit, name: &str) -> Result<Vec<Entry>, Problem> {
        let parts = commit
            .record
            .parts
            .iter()
            .filter(|part| part.last_name.as_str() >= name)
            .cloned()
            .collect();
        let mut rows: Entries = self.rows(PartKind::Manifest, parts, None);
        while let Some(group) = rows.next_group().await? {
            if group.last().is_some_and(|entry| entry.name.as_str() >= name) {
                return Ok(group);
            }
        }
        Ok(Vec::new())
    }

    /// The entries in these parts of a manifest.
    pub(crate) fn entries_in(&self, parts: Vec<PartRef>) -> Entries {
        self.rows(PartKind::Manifest, parts, None)
    }

    /// The rows in these parts of an index.
    pub(crate) fn index_in(&self, parts: Vec<PartRef>) -> Rows<IndexRow> {
        self.rows(PartKind::Index, parts, None)
    }

    /// The index of a point, in the order of target names.
    pub(crate) fn index(&self, commit: &Commit) -> Rows<IndexRow> {
        self.rows(PartKind::Index, commit.record.index_parts.clone(), None)
    }

    fn rows<R: Row>(&self, kind: PartKind, mut parts: Vec<PartRef>, after: Option<&str>) -> Rows<R> {
        parts.retain(|part| after.is_none_or(|after| part.last_name.as_str() > after));
        Rows {
            target: self.clone(),
            kind,
            parts: parts.into_iter(),
            open: None,
            rows: Vec::new().into_iter(),
            after: after.map(Into::into),
            last: String::new(),
        }
    }
}

impl<R: Row> Rows<R> {
    /// The next row; none at the end. Every row is checked against the order of the list, every part against
    /// the commit record.
    pub(crate) async fn next(&mut self) -> Result<Option<R>, Problem> {
        loop {
            for row in self.rows.by_ref() {
                let skipped = self
                    .after
                    .as_deref()
                    .is_some_and(|after| row.sort_name() <= after);
                if !skipped {
                    return Ok(Some(row));
                }
            }
            match self.next_group().await? {
                Some(group) => self.rows = group.into_iter(),
                None => return Ok(None),
            }
        }
    }

    async fn next_group(&mut self) -> Result<Option<Vec<R>>, Problem> {
        loop {
            let mut open = match self.open.take() {
                Some(open) => open,
                None => match self.open_part().await? {
                    Some(open) => open,
                    None => return Ok(None),
                },
            };
            // Some milliseconds of decompression: not on a thread that serves requests.
            let (group, mut open) = tokio::task::spawn_blocking(move || (open.reader.next_group(), open))
                .await
                .map_err(|e| Problem::internal(format!("A manifest reader stopped ({e})")))?;
            match group.map_err(|e| self.bad(&open.part, &e.to_string()))? {
                Some(rows) => {
                    self.check_order(&open.part, &rows)?;
                    open.rows_read += rows.len() as u64;
                    self.open = Some(open);
                    return Ok(Some(rows));
                }
                None if open.rows_read == open.part.item_count => {}
                None => {
                    return Err(self.bad(&open.part, "its number of rows differs from its commit record"));
                }
            }
        }
    }

    async fn open_part(&mut self) -> Result<Option<OpenPart<R>>, Problem> {
        let Some(part) = self.parts.next() else {
            return Ok(None);
        };
        let content = self.target.fetch_part(self.kind, &part).await?;
        let reader = TableReader::new(content).map_err(|e| self.bad(&part, &e.to_string()))?;
        Ok(Some(OpenPart {
            reader,
            part,
            rows_read: 0,
        }))
    }

    fn check_order(&mut self, part: &PartRef, rows: &[R]) -> Result<(), Problem> {
        let in_order = rows.is_sorted_by(|a, b| a.sort_name() <= b.sort_name());
        if !in_order
            || rows
                .first()
                .is_some_and(|row| row.sort_name() < self.last.as_str())
        {
            return Err(self.bad(part, "its rows are out of order"));
        }
        if let Some(row) = rows.last() {
            row.sort_name().clone_into(&mut self.last);
        }
        Ok(())
    }

    fn bad(&self, part: &PartRef, why: &str) -> Problem {
        corrupt(
            &format!(
                "The list part `{}` in the repository `{}`",
                part.sha256, self.target.repository
            ),
            why,
        )
    }
}

impl<R> std::fmt::Debug for Rows<R> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Rows")
            .field("kind", &self.kind)
            .field("after", &self.after)
            .finish_non_exhaustive()
    }
}
