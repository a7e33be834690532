//! Restoring a point into a container, server side. Content comes from the target blob, everything else from the
//! manifest.

mod destination;
mod existing;
mod finder;
mod item;

use crate::{
    data::DataWing,
    data::copy::Copier,
    data::flow::{items_at_once, throttling_note},
    data::ledger::Target,
    data::points::OpenPoint,
    data::runs::{RunEnd, RunHandle},
    data::spool::{Sorted, Sorter},
};
use coldkeep_api::StartRestore;
use coldkeep_core::{
    Kind, PointAddress, Problem,
    blob::BlobType,
    copy::{
        filter::Filter,
        gone::says_gone,
        remarks::{Unmatched, about_point, about_sas},
    },
    point::Entry,
    repository::{Repository, check_folder},
    run::{Phase, Run, RunKind},
};
use destination::Destination;
use finder::{Finder, Found};
use futures::{StreamExt, stream::FuturesUnordered};
use item::{Done, Items};
use std::sync::Arc;

/// So many entries that came out of order are held in memory (target names are random: nearly all do).
const BUFFER_ENTRIES: usize = 4096;
/// So many items failing for the same want of a right or a service, none restored: the rest would fail too.
const HOPELESS_AFTER: u64 = 128;

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
        wish: StartRestore,
    ) -> Result<Run, Problem> {
        let filter = Filter::new(&wish.include, &[])?;
        let mut to = self.show_repository(&wish.to).await?;
        if let Some(folder) = &wish.folder {
            to.folder = check_folder(folder)?;
        }
        self.ground.check_tier(&to).await?;
        let point = self.open_point(point).await?;
        let destination = self.ground.connect(&to, Arc::default()).await?;
        let mut place = self.check_destination(&destination, &to, &point).await?;
        place.names.source_prefix = prefix_of(&point.commit.record.source.folder);
        let mut run = self.new_run(RunKind::Restore);
        run.point_id = Some(point.commit.record.point_id);
        run.job_name = Some(point.commit.record.job_name.clone());
        let plan = Plan {
            point,
            to,
            place,
            filter,
            include: wish.include,
            overwrite: wish.overwrite,
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
        let copier = Arc::new(self.copier(
            (target.container().clone(), &plan.point.repository),
            (destination.clone(), &plan.to),
        ));
        let items = Items {
            copier: copier.clone(),
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
            unmatched.see(relative);
            appends += u64::from(entry.blob_type == BlobType::Append);
            RunHandle::add(&handle.items_total, 1);
            RunHandle::add(&handle.bytes_total, entry.size_bytes);
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
            handle.note("Nothing in the point matches what was asked for.");
        }
        Ok((sorter.finish()?, versions))
    }
}

fn prefix_of(folder: &str) -> String {
    if folder.is_empty() {
        String::new()
    } else {
        format!("{folder}/")
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
    let mut tally = Tally::default();
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
                        Some((entry, done)) = flights.next() => tally.take(handle, &entry, done)?,
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
            Some((entry, done)) => tally.take(handle, &entry, done)?,
            None if more => {}
            None => return Ok(()),
        }
    }
}

/// Whether anything works at all.
#[derive(Default)]
struct Tally {
    hopeless: u64,
    any: bool,
}

impl Tally {
    fn take(
        &mut self,
        handle: &RunHandle,
        entry: &Entry,
        done: Result<Done, Problem>,
    ) -> Result<(), Problem> {
        let problem = match done {
            Ok(done) => {
                self.any = true;
                count(handle, entry, done);
                return Ok(());
            }
            Err(problem) => problem,
        };
        // An account that took nothing at all for very long: all others would wait as long.
        if says_gone(&problem) || problem.kind == Kind::Throttled {
            return Err(problem);
        }
        self.hopeless += u64::from(matches!(
            problem.kind,
            Kind::Denied | Kind::Unauthenticated | Kind::Expired | Kind::Unavailable
        ));
        if !self.any && self.hopeless >= HOPELESS_AFTER {
            return Err(problem);
        }
        handle.fail(&entry.name, problem);
        Ok(())
    }
}

fn count(handle: &RunHandle, entry: &Entry, done: Done) {
    RunHandle::add(&handle.items_done, 1);
    RunHandle::add(&handle.bytes_done, entry.size_bytes);
    match done {
        Done::Unchanged => RunHandle::add(&handle.items_unchanged, 1),
        Done::ServerSide => {
            RunHandle::add(&handle.items_copied, 1);
            RunHandle::add(&handle.bytes_copied, entry.size_bytes);
        }
        Done::Relayed => {
            RunHandle::add(&handle.items_copied, 1);
            RunHandle::add(&handle.items_relayed, 1);
        }
    }
}
