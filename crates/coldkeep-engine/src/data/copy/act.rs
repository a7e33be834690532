//! Acting on a plan: many copies in flight, outcomes in the order of names.

use super::{
    base::Base,
    item::{Items, Outcome},
    leftovers::Journal,
    order::TransferPath,
};
use crate::{
    data::flow::items_at_once,
    data::ledger::{ManifestWriter, Target},
    data::runs::RunHandle,
    data::spool::{Sorted, Sorter},
};
use coldkeep_core::{
    Doubt, DoubtKind, Problem,
    copy::{diff::CopyStep, give_up::GiveUp},
    point::Entry,
    run::Counter,
};
use futures::{FutureExt, StreamExt, stream::FuturesUnordered};
use std::{collections::BTreeMap, future::Future, path::Path, pin::Pin};

/// The maximum number of outcomes that wait for one before them by name, ...
const REORDER_MAX: usize = 65_536;
/// ... and not more than take about so much memory: it stays the same behind a large blob.
const REORDER_BYTES_MAX: usize = 24 * 1024 * 1024;
/// The number of names that are taken from the plan in one go.
const YIELD_EVERY: u64 = 1024;

/// Where outcomes go.
pub(super) struct Sink<'a> {
    handle: &'a RunHandle,
    /// None once it is clear that there will be no point.
    manifest: Option<ManifestWriter>,
    allow_incomplete: bool,
    journal: &'a mut Journal,
    doubts: &'a mut Sorter<Doubt>,
    give_up: GiveUp,
}

/// Carries out the plan. The manifest that comes back holds every name; none comes back if an item failed
/// and incomplete points are not allowed.
pub(super) async fn act(
    items: &Items,
    steps: &Sorted<CopyStep>,
    mut sink: Sink<'_>,
) -> Result<Option<ManifestWriter>, Problem> {
    let mut steps = steps.iter()?.enumerate();
    let mut flights = FuturesUnordered::new();
    let mut waiting = WaitingOutcomes::default();
    let (mut settled, mut more) = (0u64, true);
    loop {
        let at_once = items_at_once(items.copier.containers().1);
        while more && flights.len() < at_once && waiting.has_room() {
            let Some((number, step)) = steps.next() else {
                more = false;
                break;
            };
            let number = number as u64;
            match begin(items, step?) {
                BegunStep::Settled(outcome) => waiting.insert(number, outcome),
                BegunStep::Flight(flight) => flights.push(async move { (number, flight.await) }),
            }
            settled = sink.emit_in_order(&mut waiting, settled).await?;
            if (number + 1).is_multiple_of(YIELD_EVERY) {
                tokio::task::yield_now().await;
            }
        }
        let landed = match flights.next().now_or_never() {
            Some(landed) => landed,
            None => {
                // Nothing else to do: a kill while waiting loses what is in flight and nothing more.
                sink.journal.keep()?;
                flights.next().await
            }
        };
        let Some((number, outcome)) = landed else {
            if more {
                continue;
            }
            return Ok(sink.manifest);
        };
        sink.landed(&outcome)?;
        waiting.insert(number, outcome);
        settled = sink.emit_in_order(&mut waiting, settled).await?;
    }
}

/// Outcomes that wait for one before them by name.
#[derive(Default)]
struct WaitingOutcomes {
    outcomes: BTreeMap<u64, Outcome>,
    bytes: usize,
}

impl WaitingOutcomes {
    fn insert(&mut self, number: u64, outcome: Outcome) {
        self.bytes += outcome.memory_bytes();
        self.outcomes.insert(number, outcome);
    }

    fn remove(&mut self, number: u64) -> Option<Outcome> {
        let outcome = self.outcomes.remove(&number)?;
        self.bytes -= outcome.memory_bytes();
        Some(outcome)
    }

    fn has_room(&self) -> bool {
        self.outcomes.len() < REORDER_MAX && self.bytes < REORDER_BYTES_MAX
    }
}

enum BegunStep {
    Settled(Outcome),
    Flight(Pin<Box<dyn Future<Output = Outcome> + Send>>),
}

fn begin(items: &Items, step: CopyStep) -> BegunStep {
    BegunStep::Settled(match step {
        CopyStep::Keep { entry, doubt } => Outcome::Held { entry, doubt },
        CopyStep::Fail { name, problem, .. } => Outcome::Failed { name, problem },
        CopyStep::LeaveOut { name } => Outcome::LeftOut { name },
        CopyStep::Directory { .. } => Outcome::Nothing,
        CopyStep::Copy { blob, doubt } => {
            let items = items.clone();
            return BegunStep::Flight(Box::pin(async move { items.copy(blob, doubt).await }));
        }
    })
}

impl<'a> Sink<'a> {
    pub fn new(
        handle: &'a RunHandle,
        manifest: Option<ManifestWriter>,
        allow_incomplete: bool,
        journal: &'a mut Journal,
        doubts: &'a mut Sorter<Doubt>,
    ) -> Self {
        Self {
            handle,
            manifest,
            allow_incomplete,
            journal,
            doubts,
            give_up: GiveUp::default(),
        }
    }

    /// As soon as a copy is done, out of order: the journal and the counters.
    fn landed(&mut self, outcome: &Outcome) -> Result<(), Problem> {
        let handle = self.handle;
        match outcome {
            Outcome::Copied { entry, how, .. } => {
                self.give_up.done();
                self.journal.add(entry)?;
                handle.add(Counter::ItemsDone, 1);
                handle.add(Counter::BytesDone, entry.size_bytes);
                match how {
                    TransferPath::ServerSide => {
                        handle.add(Counter::ItemsCopied, 1);
                        handle.add(Counter::BytesCopied, entry.size_bytes);
                    }
                    TransferPath::Relayed => {
                        handle.add(Counter::ItemsCopied, 1);
                        handle.add(Counter::ItemsRelayed, 1);
                    }
                }
                Ok(())
            }
            Outcome::Failed { problem, .. } => self.give_up.failed(problem),
            _ => Ok(()),
        }
    }

    /// In the order of names: the manifest, the doubts and the failed items.
    async fn emit_in_order(&mut self, waiting: &mut WaitingOutcomes, mut next: u64) -> Result<u64, Problem> {
        while let Some(outcome) = waiting.remove(next) {
            next += 1;
            match outcome {
                Outcome::Held { entry, doubt } => {
                    self.handle.add(Counter::ItemsDone, 1);
                    self.handle.add(Counter::ItemsUnchanged, 1);
                    self.handle.add(Counter::BytesDone, entry.size_bytes);
                    self.include(entry, doubt).await?;
                }
                Outcome::Copied { entry, doubt, .. } => self.include(entry, doubt).await?,
                Outcome::Failed { name, problem } => {
                    if self.allow_incomplete {
                        self.doubts.push(Doubt {
                            name: name.clone(),
                            kind: DoubtKind::missing(&problem),
                        })?;
                    } else {
                        self.manifest = None;
                    }
                    self.handle.fail(&name, problem).await;
                }
                Outcome::LeftOut { name } => self.doubts.push(Doubt {
                    name,
                    kind: DoubtKind::LeftOut,
                })?,
                Outcome::Nothing => {}
            }
        }
        Ok(next)
    }

    async fn include(&mut self, entry: Box<Entry>, doubt: Option<DoubtKind>) -> Result<(), Problem> {
        if let Some(kind) = doubt {
            self.doubts.push(Doubt {
                name: entry.name.clone(),
                kind,
            })?;
        }
        match &mut self.manifest {
            Some(manifest) => manifest.push(*entry).await,
            None => Ok(()),
        }
    }
}

/// The spool of names in doubt.
pub(super) fn doubt_sorter(spool: &Path) -> Sorter<Doubt> {
    Sorter::new(
        spool,
        |doubt: &Doubt| doubt.name.as_bytes(),
        super::observe::SORT_ITEMS,
    )
}

/// The manifest writer of a run, unless its plan shows already that there will be no point.
pub(super) fn manifest_for(
    target: &Target,
    spool: &Path,
    base: Option<&Base>,
    point_possible: bool,
) -> Result<Option<ManifestWriter>, Problem> {
    let shared = base.map(|base| base.shared.clone()).unwrap_or_default();
    point_possible
        .then(|| ManifestWriter::new(target, spool, shared))
        .transpose()
}
