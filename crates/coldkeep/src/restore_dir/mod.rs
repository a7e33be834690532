//! Restoring a point into a folder of this machine: the client asks the server for files and writes them itself.

mod index;
mod tree;
mod write;

use crate::{
    client::Client,
    print::{Out, Progress},
};
use coldkeep_core::{
    Kind, PointAddress, Problem,
    copy::filter::Filter,
    file_names::{FileNames, OWN_FOLDER},
    id::PointId,
    point::{Entry, Point},
    run::{Counts, FAILED_ITEMS_MAX, FailedItem},
};
use futures::stream::{FuturesOrdered, StreamExt};
use index::Index;
use serde::Serialize;
use std::{path::PathBuf, sync::Arc};
use tree::Tree;
use write::{Written, write_file};

/// Files written at a time.
const AT_A_TIME: usize = 16;

/// Files asked for at once.
const PAGE: usize = 1_000;

/// What is to be restored, and where to.
#[derive(Debug)]
pub struct Wish {
    pub point: PointAddress,
    pub dir: PathBuf,
    pub include: Vec<String>,
    pub overwrite: bool,
}

/// What was restored.
#[derive(Debug, Serialize)]
pub struct Report {
    pub point_id: PointId,
    pub dir: String,
    /// The list of every name, property, metadata entry and tag.
    pub index: String,
    pub items_done: u64,
    pub items_failed: u64,
    /// Of those done: in `.coldkeep/names`.
    pub items_renamed: u64,
    pub bytes_done: u64,
    pub notes: Vec<String>,
    pub failed_items: Vec<FailedItem>,
}

/// One file: which blob, and how its writing ended.
type Outcome = (Entry, String, Result<Written, Problem>);

/// Restores a point into a folder. Items that fail are named; only what makes going on pointless ends it.
pub async fn run(client: &Client, out: &Out, wish: &Wish) -> Result<Report, Problem> {
    let filter = Filter::new(&wish.include, &[])?;
    let point = client.show_point(&wish.point).await?;
    let tree = Arc::new(Tree::open(&wish.dir, wish.overwrite)?);
    let mut restore = Restore {
        names: FileNames::new(tree.path_bytes(), tree.folds_names()?),
        index: Index::start(&tree)?,
        report: Report {
            point_id: point.id,
            dir: wish.dir.display().to_string(),
            index: wish
                .dir
                .join(OWN_FOLDER)
                .join("index.jsonl")
                .display()
                .to_string(),
            items_done: 0,
            items_failed: 0,
            items_renamed: 0,
            bytes_done: 0,
            notes: Vec::new(),
            failed_items: Vec::new(),
        },
        other_md5s: 0,
        counts: Counts::default(),
        client,
        tree,
    };
    if wish.include.is_empty() {
        restore.counts.items_total = point.item_count;
        restore.counts.bytes_total = point.size_bytes;
    }
    let mut progress = Progress::start(out);
    let ended = restore.files(&point, &filter, &mut progress).await;
    progress.end();
    ended?;
    restore.finish()
}

struct Restore<'a> {
    client: &'a Client,
    tree: Arc<Tree>,
    names: FileNames,
    index: Index,
    report: Report,
    /// Files whose MD5 is not the one somebody stored at the source; nobody ever checked that one.
    other_md5s: u64,
    counts: Counts,
}

impl Restore<'_> {
    async fn files(
        &mut self,
        point: &Point,
        filter: &Filter,
        progress: &mut Progress,
    ) -> Result<(), Problem> {
        let folder = match point.source.folder.as_str() {
            "" => String::new(),
            folder => format!("{folder}/"),
        };
        // No other repository is asked, and no other point of that id taken.
        let address = PointAddress::new(Some(point.repository.clone()), point.id);
        let (mut items, mut bytes) = (0_u64, 0_u64);
        let mut writing = FuturesOrdered::new();
        let mut started = 0_u64;
        let mut after: Option<String> = None;
        loop {
            let page = self.client.list_files(&address, after.as_deref(), PAGE).await?;
            for entry in page.entries {
                items += 1;
                bytes = bytes.saturating_add(entry.size_bytes);
                // Below the folder that was copied, as when restoring into a container.
                let name = entry.name.strip_prefix(&folder).unwrap_or(&entry.name).to_owned();
                if !filter.takes(&name) {
                    continue;
                }
                let path = self.names.place(&name).path(&name);
                started += 1;
                writing.push_back(write_one(
                    self.client.clone(),
                    self.tree.clone(),
                    address.clone(),
                    entry,
                    path,
                    started,
                ));
                while writing.len() >= AT_A_TIME
                    && let Some(outcome) = writing.next().await
                {
                    self.account(outcome)?;
                    progress.show("restoring", &self.counts);
                }
            }
            match page.next {
                // A server that repeats itself must not keep us here for ever.
                Some(next) if after.as_ref() != Some(&next) => after = Some(next),
                _ => break,
            }
        }
        while let Some(outcome) = writing.next().await {
            self.account(outcome)?;
            progress.show("restoring", &self.counts);
        }
        point.check_totals(items, bytes)
    }

    fn account(&mut self, (entry, path, outcome): Outcome) -> Result<(), Problem> {
        match outcome {
            Ok(written) => {
                self.report.items_done += 1;
                self.report.bytes_done += entry.size_bytes;
                self.report.items_renamed += u64::from(path.starts_with(OWN_FOLDER));
                self.other_md5s += u64::from(written.differs_from_source_md5);
                self.counts.items_done += 1;
                self.counts.bytes_done += entry.size_bytes;
                self.index.add(&entry, Some(&path), None)
            }
            Err(problem) if problem.kind == Kind::Cancelled => Err(problem),
            Err(problem) => {
                self.report.items_failed += 1;
                self.counts.items_failed += 1;
                self.index.add(&entry, None, Some(&problem))?;
                if self.report.failed_items.len() < FAILED_ITEMS_MAX {
                    self.report.failed_items.push(FailedItem {
                        name: entry.name,
                        problem,
                    });
                }
                Ok(())
            }
        }
    }

    fn finish(mut self) -> Result<Report, Problem> {
        self.index.finish(&self.tree)?;
        self.tree.finish()?;
        if self.other_md5s > 0 {
            self.report.notes.push(format!(
                "{} files have another MD5 than the Content-MD5 stored at the source, which no service checks",
                self.other_md5s
            ));
        }
        Ok(self.report)
    }
}

async fn write_one(
    client: Client,
    tree: Arc<Tree>,
    point: PointAddress,
    entry: Entry,
    path: String,
    number: u64,
) -> Outcome {
    let written = write_file(&client, &tree, &point, &entry, &path, number).await;
    if written.is_err() {
        tree.discard(number);
    }
    (entry, path, written)
}
