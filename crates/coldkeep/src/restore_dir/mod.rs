//! Restoring a point into a folder of this machine: the client asks the server for files and writes them itself.

mod index;
mod open_items;
mod tree;
mod write;

use crate::print::{Out, Progress};
use coldkeep_api::Client;
use coldkeep_core::{
    Code, Kind, PointAddress, Problem,
    copy::{
        filter::Filter,
        remarks::{Remark, Unmatched, about_point},
    },
    file_names::{FileNames, FilePlace, OWN_FOLDER, Shape},
    fix,
    id::PointId,
    point::{Entry, Point},
    problem::Verb,
    run::{Counts, FailureReason, Reasons},
};
use futures::stream::{FuturesOrdered, StreamExt};
use index::Index;
use open_items::{FinishedItem, OpenItems};
use serde::Serialize;
use std::{path::PathBuf, sync::Arc};
use tree::Tree;
use write::write_file;

/// Files written at a time.
const AT_A_TIME: usize = 16;

/// Files asked for at once.
const PAGE: usize = 1_000;

/// What is to be restored, and where to.
#[derive(Debug)]
pub struct RestoreRequest {
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
    /// What an administrator should check although nothing failed.
    pub remarks: Vec<Remark>,
    /// Why items failed, and how many for each reason; the index names all of them.
    pub reasons: Vec<FailureReason>,
}

/// Restores a point into a folder. Items that fail are named; only what makes continuing pointless ends it.
pub async fn run(client: &Client, out: &Out, request: &RestoreRequest) -> Result<Report, Problem> {
    let filter = Filter::new(&request.include, &[])?;
    let point = client.show_point(&request.point).await?;
    let tree = Arc::new(Tree::open(&request.dir, request.overwrite)?);
    let mut restore = Restore {
        names: FileNames::new(tree.path_bytes(), tree.folds_names()?),
        index: Index::start(&tree)?,
        report: Report {
            point_id: point.id,
            dir: request.dir.display().to_string(),
            index: request
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
            remarks: about_point(point.exactness, point.doubt_count, point.item_count),
            reasons: Vec::new(),
        },
        open: OpenItems::default(),
        last: None,
        unmatched: Unmatched::new(&request.include)?,
        counts: Counts::default(),
        reasons: Reasons::default(),
        client,
        tree,
    };
    if request.include.is_empty() {
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
    open: OpenItems,
    /// The last name that came.
    last: Option<String>,
    index: Index,
    report: Report,
    /// Includes that no name has matched.
    unmatched: Unmatched,
    counts: Counts,
    reasons: Reasons,
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
        let mut item = 0_u64;
        let mut after: Option<String> = None;
        loop {
            let page = self.client.list_files(&address, after.as_deref(), PAGE).await?;
            for entry in page.entries {
                items += 1;
                bytes = bytes.saturating_add(entry.size_bytes);
                let name = match check_name(&entry, &folder, self.last.as_deref()) {
                    Ok(name) => name.to_owned(),
                    Err(problem) => {
                        self.fail(&entry, problem)?;
                        continue;
                    }
                };
                self.last = Some(entry.name.clone());
                if !filter.takes(&name) {
                    continue;
                }
                self.unmatched.note_name(&name);
                item += 1;
                let shape = Shape::of(entry.size_bytes, &entry.metadata);
                for (decided, place) in self.names.decide(item, &name, shape) {
                    self.place(decided, place)?;
                }
                let (client, tree) = (self.client.clone(), self.tree.clone());
                writing.push_back(write_one(client, tree, address.clone(), entry, name, item));
                while writing.len() >= AT_A_TIME
                    && let Some((item, entry, written)) = writing.next().await
                {
                    self.written(item, entry, written)?;
                    progress.show("restoring", &self.counts);
                }
            }
            match page.next {
                // A server that repeats itself must not keep us here for ever.
                Some(next) if after.as_ref() != Some(&next) => after = Some(next),
                _ => break,
            }
        }
        for (decided, place) in self.names.finish() {
            self.place(decided, place)?;
        }
        while let Some((item, entry, written)) = writing.next().await {
            self.written(item, entry, written)?;
            progress.show("restoring", &self.counts);
        }
        point.check_totals(items, bytes)
    }

    /// It is decided where an item goes.
    fn place(&mut self, item: u64, place: FilePlace) -> Result<(), Problem> {
        match self.open.placed(item, place) {
            Some(settled) => self.place_item(item, settled),
            None => Ok(()),
        }
    }

    /// An item is written, beside its place.
    fn written(&mut self, item: u64, entry: Entry, written: Result<(), Problem>) -> Result<(), Problem> {
        match self.open.written(item, entry, written) {
            Some(settled) => self.place_item(item, settled),
            None => Ok(()),
        }
    }

    /// Gives an item its place, and its line in the index.
    fn place_item(&mut self, item: u64, settled: FinishedItem) -> Result<(), Problem> {
        let FinishedItem {
            entry,
            place,
            written,
        } = settled;
        let put = written.and_then(|()| match &place {
            FilePlace::Folder(path) => {
                self.tree.discard(item);
                self.tree.make_folder(path)
            }
            place => self.tree.put(item, &place.path()),
        });
        if let Err(problem) = put {
            self.tree.discard(item);
            return self.fail(&entry, problem);
        }
        self.report.items_done += 1;
        self.report.bytes_done += entry.size_bytes;
        self.report.items_renamed += u64::from(matches!(place, FilePlace::Numbered(_)));
        self.counts.items_done += 1;
        self.counts.bytes_done += entry.size_bytes;
        self.index.add(&entry, Ok(&place))
    }

    /// Names what failed; only what makes continuing pointless ends the restore.
    fn fail(&mut self, entry: &Entry, problem: Problem) -> Result<(), Problem> {
        if problem.kind == Kind::Cancelled {
            return Err(problem);
        }
        self.report.items_failed += 1;
        self.counts.items_failed += 1;
        self.index.add(entry, Err(&problem))?;
        self.reasons.add(&entry.name, &problem);
        Ok(())
    }

    fn finish(mut self) -> Result<Report, Problem> {
        self.index.finish(&self.tree)?;
        self.tree.finish()?;
        self.report.remarks.extend(self.unmatched.remarks());
        self.report.reasons = self.reasons.into_all();
        Ok(self.report)
    }
}

/// The name below the folder that was copied, as when restoring into a container. Refused: names outside of it, and
/// names that do not come in order, each once; they would be written over each other.
fn check_name<'e>(entry: &'e Entry, folder: &str, last: Option<&str>) -> Result<&'e str, Problem> {
    let why = match entry.name.strip_prefix(folder) {
        Some(name) if last.is_none_or(|last| last < entry.name.as_str()) => return Ok(name),
        Some(_) => "is not in the order of names",
        None => "is not in the folder that was copied",
    };
    Err(Problem::new(
        Code::PointDamaged,
        format!("`{}` is not restored: in the restore point it {why}", entry.name),
        fix![
            "Restore from another point. To check what else is damaged: ",
            Verb::PointVerify.any(),
            "."
        ],
    ))
}

async fn write_one(
    client: Client,
    tree: Arc<Tree>,
    point: PointAddress,
    entry: Entry,
    name: String,
    item: u64,
) -> (u64, Entry, Result<(), Problem>) {
    let written = write_file(&client, &tree, &point, &entry, &name, item).await;
    if written.is_err() {
        tree.discard(item);
    }
    (item, entry, written)
}
