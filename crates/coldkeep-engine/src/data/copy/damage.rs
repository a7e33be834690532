//! Which blobs that a run would keep are not in the target as they were recorded: by a listing of the target, and by what
//! verifications remember. They are copied again.

use super::{base::Base, leftovers::Leftovers, observe::SORT_ITEMS};
use crate::{
    data::ledger::{IndexRow, Listing, Target},
    data::spool::{Sorted, Sorter},
};
use coldkeep_core::{DataName, Kind, Problem, id::TargetId, point::Entry, verification::Damage};
use coldkeep_store::{DAMAGES_PAGE, Store};
use serde::{Deserialize, Serialize};
use std::path::Path;

/// A source name, and the target blob that holds its content no more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Damaged {
    pub name: String,
    pub target_name: DataName,
}

/// Damage that verifications found in one target, asked for in ascending order of names.
struct Remembered<'a> {
    store: &'a Store,
    /// None: nothing was ever copied into the folder.
    target_id: Option<TargetId>,
    page: std::vec::IntoIter<Damage>,
    head: Option<Damage>,
    after: (String, String),
    ended: bool,
}

impl<'a> Remembered<'a> {
    fn new(store: &'a Store, target_id: Option<TargetId>) -> Self {
        Self {
            store,
            ended: target_id.is_none(),
            target_id,
            page: Vec::new().into_iter(),
            head: None,
            after: Default::default(),
        }
    }

    /// `name` is within the folder.
    async fn has(&mut self, name: &str, version_id: Option<&str>) -> Result<bool, Problem> {
        let wanted = (name, version_id.unwrap_or_default());
        loop {
            let head = self.head.as_ref().map(|damage| {
                let version = damage.target_version_id.as_deref().unwrap_or_default();
                (damage.target_name.as_str(), version)
            });
            match head {
                Some(head) if head >= wanted => return Ok(head == wanted),
                None if self.ended => return Ok(false),
                _ => self.advance().await?,
            }
        }
    }

    async fn advance(&mut self) -> Result<(), Problem> {
        self.head = self.page.next();
        if self.head.is_some() || self.ended {
            return Ok(());
        }
        let Some(target_id) = self.target_id else {
            return Ok(());
        };
        let (name, version) = &self.after;
        let page = self.store.list_damages(target_id, name, version).await?;
        self.ended = page.len() < DAMAGES_PAGE;
        if let Some(last) = page.last() {
            let version = last.target_version_id.clone().unwrap_or_default();
            self.after = (last.target_name.clone(), version);
        }
        self.page = page.into_iter();
        self.head = self.page.next();
        Ok(())
    }
}

/// Compares what a run would keep with the target.
pub(super) async fn find_damaged(
    target: &Target,
    base: Option<&Base>,
    leftovers: &Leftovers,
    store: &Store,
    target_id: Option<TargetId>,
    spool: &Path,
) -> Result<Sorted<Damaged>, Problem> {
    let mut damaged = Sorter::new(spool, |d: &Damaged| d.name.as_bytes(), SORT_ITEMS);
    if let Some(base) = base {
        let mut looking = DamageSearch::new(target, store, target_id, base.keeps_versions());
        match looking.through_index(base, &mut damaged).await {
            Ok(()) => {}
            // The index is a second sight of the manifest: without it, the manifest is sorted again.
            Err(problem) if problem.kind == Kind::Corrupt => {
                let mut rows = row_sorter(spool);
                let mut entries = target.entries(&base.commit);
                while let Some(entry) = entries.next().await? {
                    push_row(&mut rows, &entry)?;
                }
                let mut looking = DamageSearch::new(target, store, target_id, base.keeps_versions());
                looking.through(&rows.finish()?, &mut damaged).await?;
            }
            Err(problem) => return Err(problem),
        }
    }
    let (mut rows, mut versions) = (row_sorter(spool), false);
    for entry in leftovers.iter()? {
        let entry = entry?;
        versions |= entry.target_version_id.is_some();
        push_row(&mut rows, &entry)?;
    }
    if rows.len() > 0 {
        let mut looking = DamageSearch::new(target, store, target_id, versions);
        looking.through(&rows.finish()?, &mut damaged).await?;
    }
    damaged.finish()
}

fn row_sorter(spool: &Path) -> Sorter<IndexRow> {
    Sorter::new(spool, |row: &IndexRow| row.target_name.as_bytes(), SORT_ITEMS)
}

fn push_row(rows: &mut Sorter<IndexRow>, entry: &Entry) -> Result<(), Problem> {
    // A blob without content has none in the target.
    if entry.target_name.is_empty() {
        return Ok(());
    }
    rows.push(IndexRow::from(entry))
}

/// One pass over the target, in the order of target names.
struct DamageSearch<'a> {
    target: &'a Target,
    listing: Listing,
    remembered: Remembered<'a>,
}

impl<'a> DamageSearch<'a> {
    fn new(target: &'a Target, store: &'a Store, target_id: Option<TargetId>, versions: bool) -> Self {
        Self {
            target,
            listing: target.data_blobs(versions),
            remembered: Remembered::new(store, target_id),
        }
    }

    async fn through_index(&mut self, base: &Base, damaged: &mut Sorter<Damaged>) -> Result<(), Problem> {
        let mut rows = self.target.index(&base.commit);
        while let Some(row) = rows.next().await? {
            self.check_row(row, damaged).await?;
        }
        Ok(())
    }

    async fn through(
        &mut self,
        rows: &Sorted<IndexRow>,
        damaged: &mut Sorter<Damaged>,
    ) -> Result<(), Problem> {
        for row in rows.iter()? {
            self.check_row(row?, damaged).await?;
        }
        Ok(())
    }

    async fn check_row(&mut self, row: IndexRow, damaged: &mut Sorter<Damaged>) -> Result<(), Problem> {
        let there = self.listing.seek(&row.target_name).await?;
        let gone = there.presence_of(&row).damage().is_some();
        let version = row.target_version_id.as_deref();
        if gone || self.remembered.has(row.target_name.as_str(), version).await? {
            damaged.push(Damaged {
                name: row.name,
                target_name: row.target_name,
            })?;
        }
        Ok(())
    }
}
