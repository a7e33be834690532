//! Restoring a point into a container, server side. Content comes from the target blob, everything else from the
//! manifest.

mod destination;
mod existing;
mod finder;
mod item;

use crate::{
    data::DataWing,
    data::copy::{Copier, OpenedRepository},
    data::flow::{items_at_once, throttling_note},
    data::ledger::Target,
    data::points::OpenPoint,
    data::runs::{RunEnd, RunHandle},
    data::spool::{Sorted, Sorter},
};
use coldkeep_api::StartRestore;
use coldkeep_core::{
    PointAddress, Problem,
    blob::BlobType,
    copy::{
        filter::Filter,
        give_up::GiveUp,
        remarks::{Unmatched, about_point, about_sas},
    },
    point::Entry,
    repository::{Repository, check_folder, prefix_of_folder},
    run::{Counter, Phase, Run, RunKind},
};
use destination::Destination;
use finder::{Finder, Found};
use futures::{StreamExt, stream::FuturesUnordered};
use item::{Done, Items};
use std::sync::Arc;

/// The number of entries that came out of order and are held in memory (target names are random: nearly all do).
const BUFFER_ENTRIES: usize = 4096;

/// A restore that can begin.
struct Plan {
    point: Arc<OpenPoint>,
    to: Repository,
    place: Destination,
    filter: Filter,
    include: Vec<String>,
    overwrite: bool,
}

impl DataWing {
    /// Starts a run in the background and answers with it.
    pub async fn start_restore(
        &self,
        point: impl Into<PointAddress>,
        request: StartRestore,
    ) -> Result<Run, Problem> {
        let filter = Filter::new(&request.include, &[])?;
        let mut to = self.show_repository(&request.to).await?;
        if let Some(folder) = &request.folder {
            to.folder = check_folder(folder)?;
        }
        self.ground.check_tier(&to).await?;
        let point = self.open_point(point).await?;
        let destination = self.ground.connect(&to, Arc::default()).await?;
        let mut place = self.check_destination(&destination, &to, &point).await?;
        place.names.source_prefix = prefix_of_folder(&point.commit.record.source.folder);
        let mut run = self.new_run(RunKind::Restore);
        run.point_id = Some(point.commit.record.point_id);
        run.job_name = Some(point.commit.record.job_name.clone());
        let plan = Plan {
            point,
            to,
            place,
            filter,
            include: request.include,
            overwrite: request.overwrite,
        };
        let data = self.clone();
        self.start_run(run, vec![], move |handle| async move {
            data.restore(&plan, &handle).await
        })
        .await
    }

    async fn restore(&self, plan: &Plan, handle: &Arc<RunHandle>) -> Result<RunEnd, Problem> {
        let target = plan.point.target_counted(self, handle.meter.clone()).await?;
        let target = target.patient();
        let destination = self
            .ground
            .connect(&plan.to, handle.meter.clone())
            .await?
            .patient();
        self.enter(handle, Phase::Planning).await;
        plan.place.note.iter().for_each(|note| handle.note(note.clone()));
        let now = self.ground.config.clock.now();
        let sas = [&plan.point.repository, &plan.to].map(|r| about_sas(r, now));
        sas.into_iter().flatten().for_each(|r| handle.remark(r));
        let (selected, versions) = self.select(plan, &target, handle).await?;
        let from = OpenedRepository {
            container: target.container(),
            repository: &plan.point.repository,
        };
        let to = OpenedRepository {
            container: &destination,
            repository: &plan.to,
        };
        let copier = Arc::new(self.copier(from, to));
        let items = Items {
            copier: copier.clone(),
            target: target.clone(),
            destination,
            names: plan.place.names.clone(),
            tier: plan.to.tier,
            overwrite: plan.overwrite,
        };
        self.enter(handle, Phase::Restoring).await;
        let finder = Finder::new(
            &target,
            selected.len(),
            plan.point.commit.record.item_count,
            versions,
        );
        let restored = restore_all(Arc::new(items), &selected, finder, handle).await;
        let notes = copier.notes().into_iter().chain(throttling_note(&handle.meter));
        notes.for_each(|note| handle.note(note));
        self.remember_method(&copier);
        restored.map(|()| RunEnd {
            point_id: Some(plan.point.commit.record.point_id),
            point: None,
        })
    }

    /// The entries asked for, in the order in which the target lists their content, and whether it kept versions.
    async fn select(
        &self,
        plan: &Plan,
        target: &Target,
        handle: &RunHandle,
    ) -> Result<(Sorted<Entry>, bool), Problem> {
        let source_prefix = &plan.place.names.source_prefix;
        let spool = self.ground.config.data_dir.join("spool");
        let mut sorter = Sorter::new(&spool, |e: &Entry| e.target_name.as_bytes(), BUFFER_ENTRIES);
        let mut entries = target.entries(&plan.point.commit);
        let (mut appends, mut versions) = (0u64, false);
        let mut unmatched = Unmatched::new(&plan.include)?;
        let (mut items, mut bytes) = (0u64, 0u64);
        while let Some(entry) = entries.next().await? {
            items += 1;
            bytes = bytes.saturating_add(entry.size_bytes);
            let relative = entry.name.strip_prefix(source_prefix).unwrap_or(&entry.name);
            if !plan.filter.takes(relative) {
                continue;
            }
            unmatched.note_name(relative);
            appends += u64::from(entry.blob_type == BlobType::Append);
            handle.add(Counter::ItemsTotal, 1);
            handle.add(Counter::BytesTotal, entry.size_bytes);
            versions |= entry.target_version_id.is_some();
            sorter.push(entry)?;
        }
        plan.point.point().check_totals(items, bytes)?;
        if appends > 0 {
            handle.note(format!(
                "{appends} append blobs of the source are restored as block blobs."
            ));
        }
        unmatched.remarks().into_iter().for_each(|r| handle.remark(r));
        let record = &plan.point.commit.record;
        let about = about_point(record.exactness, record.doubt_count, record.item_count);
        about.into_iter().for_each(|r| handle.remark(r));
        if sorter.len() == 0 && record.item_count > 0 {
            handle.note("Nothing in the point matches the requested names.");
        }
        Ok((sorter.finish()?, versions))
    }
}

async fn restore_all(
    items: Arc<Items>,
    selected: &Sorted<Entry>,
    mut finder: Finder,
    handle: &RunHandle,
) -> Result<(), Problem> {
    // Where they are is found one after the other, since the listing is read as it is needed.
    let mut entries = selected.iter()?;
    let mut flights = FuturesUnordered::new();
    let mut more = true;
    let mut tally = Tally {
        handle,
        give_up: GiveUp::default(),
    };
    loop {
        while more && flights.len() < items_at_once(&items.destination) {
            let Some(entry) = entries.next() else {
                more = false;
                break;
            };
            let entry = entry?;
            let found = {
                let mut finding = std::pin::pin!(finder.find(&entry));
                loop {
                    tokio::select! {
                        found = &mut finding => break found?,
                        Some((entry, done)) = flights.next() => tally.count_item(&entry, done).await?,
                    }
                }
            };
            let items = items.clone();
            flights.push(async move {
                let done = match found {
                    Found::At { etag } => items.restore(&entry, &etag).await,
                    Found::Not(problem) => Err(problem),
                };
                (entry, done)
            });
        }
        match flights.next().await {
            Some((entry, done)) => tally.count_item(&entry, done).await?,
            None if more => {}
            None => return Ok(()),
        }
    }
}

/// What became of the items.
struct Tally<'a> {
    handle: &'a RunHandle,
    give_up: GiveUp,
}

impl Tally<'_> {
    async fn count_item(&mut self, entry: &Entry, done: Result<Done, Problem>) -> Result<(), Problem> {
        match done {
            Ok(done) => {
                self.give_up.done();
                count(self.handle, entry, done);
                Ok(())
            }
            Err(problem) => {
                self.give_up.failed(&problem)?;
                self.handle.fail(&entry.name, problem).await;
                Ok(())
            }
        }
    }
}

fn count(handle: &RunHandle, entry: &Entry, done: Done) {
    handle.add(Counter::ItemsDone, 1);
    handle.add(Counter::BytesDone, entry.size_bytes);
    match done {
        Done::Unchanged => handle.add(Counter::ItemsUnchanged, 1),
        Done::ServerSide => {
            handle.add(Counter::ItemsCopied, 1);
            handle.add(Counter::BytesCopied, entry.size_bytes);
        }
        Done::Relayed => {
            handle.add(Counter::ItemsCopied, 1);
            handle.add(Counter::ItemsRelayed, 1);
        }
    }
}
