//! Acting on a plan: many copies in flight, outcomes in the order of names.

use super::{
    base::Base,
    block_log::{BlobState, BlockLog},
    leftovers::Journal,
    method::Copier,
    order::{CopyFailure, CopyOrder, How},
};
use crate::{
    random::random,
    runs::RunHandle,
    spool::{Sorted, Sorter},
    target::{ManifestWriter, Target},
};
use coldkeep_azure::blob::{Container, Write};
use coldkeep_core::{
    Kind, Problem,
    blob::ListedBlob,
    copy::{
        diff::{self, Placed, Step, entry_of},
        gone::says_gone,
    },
    format::{DATA_NAME_BYTES, data_name},
    job::OnChange,
    point::{Doubt, Entry},
    repository::Tier,
};
use futures::{FutureExt, StreamExt, stream::FuturesUnordered};
use std::{collections::BTreeMap, future::Future, path::Path, pin::Pin, sync::Arc};

/// So many blobs are copied at once.
const IN_FLIGHT: usize = 64;
/// So many outcomes wait, at most, for one before them by name; so memory stays the same behind a large blob.
const REORDER_MAX: u64 = 4096;
/// A source that keeps changing is taken anew so often.
const NEW_STATES_MAX: u32 = 4;
/// So many names are taken from the plan in one go.
const YIELD_EVERY: u64 = 1024;
/// Names that a blob is given before its copy is given up: each is taken only where an answer was lost.
const NAMES_MAX: u32 = 4;
/// So many items failing for want of a right or a service, none copied: the rest would fail too.
const HOPELESS_AFTER: u32 = 256;

/// What copying an item needs; shared by all items of a run.
#[derive(Debug, Clone)]
pub(super) struct Items {
    pub copier: Arc<Copier>,
    pub blocks: Arc<BlockLog>,
    pub source: Container,
    pub target_prefix: String,
    pub tier: Option<Tier>,
    pub on_change: OnChange,
    pub tags_read: bool,
}

/// What became of one name.
#[derive(Debug)]
enum Outcome {
    Held {
        entry: Box<Entry>,
        doubt: Option<String>,
    },
    Copied {
        entry: Box<Entry>,
        doubt: Option<String>,
        how: How,
    },
    Failed {
        name: String,
        problem: Problem,
    },
    LeftOut {
        name: String,
        doubt: String,
    },
    Nothing,
}

/// Where outcomes go.
pub(super) struct Sink<'a> {
    handle: &'a RunHandle,
    /// None once it is clear that there will be no point.
    manifest: Option<ManifestWriter>,
    allow_incomplete: bool,
    journal: &'a mut Journal,
    doubts: &'a mut Sorter<Doubt>,
    hopeless: u32,
}

/// Copies what the plan says. The manifest that comes back holds every name; none comes back where an item failed
/// and incomplete points are not allowed.
pub(super) async fn act(
    items: &Items,
    steps: &Sorted<Step>,
    mut sink: Sink<'_>,
) -> Result<Option<ManifestWriter>, Problem> {
    let mut steps = steps.iter()?.enumerate();
    let mut flights = FuturesUnordered::new();
    let mut waiting = BTreeMap::new();
    let (mut begun, mut settled, mut more) = (0u64, 0u64, true);
    loop {
        while more && flights.len() < IN_FLIGHT && begun - settled < REORDER_MAX {
            let Some((number, step)) = steps.next() else {
                more = false;
                break;
            };
            let number = number as u64;
            begun = number + 1;
            match begin(items, step?) {
                Begun::Settled(outcome) => drop(waiting.insert(number, outcome)),
                Begun::Flight(flight) => flights.push(async move { (number, flight.await) }),
            }
            settled = sink.settle(&mut waiting, settled).await?;
            if begun.is_multiple_of(YIELD_EVERY) {
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
        settled = sink.settle(&mut waiting, settled).await?;
    }
}

enum Begun {
    Settled(Outcome),
    Flight(Pin<Box<dyn Future<Output = Outcome> + Send>>),
}

fn begin(items: &Items, step: Step) -> Begun {
    Begun::Settled(match step {
        Step::Keep { entry, doubt } => Outcome::Held { entry, doubt },
        Step::Fail { name, problem, .. } => Outcome::Failed { name, problem },
        Step::LeaveOut { name, doubt } => Outcome::LeftOut { name, doubt },
        Step::Directory { .. } => Outcome::Nothing,
        Step::Copy { blob, doubt } => {
            let items = items.clone();
            return Begun::Flight(Box::pin(async move { items.copy(blob, doubt).await }));
        }
    })
}

impl Items {
    /// One blob, as it was listed; if it changed since, as the rule says.
    async fn copy(&self, mut blob: Box<ListedBlob>, mut doubt: Option<String>) -> Outcome {
        for _ in 0..NEW_STATES_MAX {
            let failure = match self.copy_state(&blob).await {
                Ok((placed, how)) => {
                    let entry = Box::new(entry_of(*blob, placed));
                    return Outcome::Copied { entry, doubt, how };
                }
                Err(failure) => failure,
            };
            let lost = match failure {
                CopyFailure::SourceChanged => diff::changed(&blob.name),
                CopyFailure::SourceGone => diff::vanished(&blob.name),
                CopyFailure::Exists => Problem::conflict(
                    format!("`{}` was not copied: every new name for it was taken", blob.name),
                    "Find out who writes to the target's folder; then run the job again.",
                ),
                CopyFailure::Other(problem) => {
                    let problem = problem.context(format!("`{}` was not copied", blob.name));
                    return Outcome::Failed {
                        name: blob.name,
                        problem,
                    };
                }
            };
            if self.on_change == OnChange::Fail {
                return Outcome::Failed {
                    name: blob.name,
                    problem: lost,
                };
            }
            match self.fetch_new_state(&blob.name).await {
                Ok(Some(new)) => (*blob, doubt) = (new, Some(diff::TOOK_NEW.to_owned())),
                Ok(None) => {
                    return Outcome::LeftOut {
                        name: blob.name,
                        doubt: diff::GONE.to_owned(),
                    };
                }
                Err(problem) => {
                    return Outcome::Failed {
                        name: blob.name,
                        problem,
                    };
                }
            }
        }
        Outcome::Failed {
            problem: diff::changed(&blob.name),
            name: blob.name,
        }
    }

    /// Copies under a name that nobody can know before. What is there already under it is never taken for the copy: it may
    /// be one whose answer was lost, or somebody else's.
    async fn copy_state(&self, blob: &ListedBlob) -> Result<(Placed, How), CopyFailure> {
        let state = BlobState {
            name: blob.name.clone(),
            etag: blob.etag.clone(),
            version_id: blob.version_id.clone(),
            size_bytes: blob.size_bytes,
        };
        let mut resumed = self.blocks.target_name_of(&state).map(str::to_owned);
        for _ in 0..NAMES_MAX {
            let target_name = match resumed.take() {
                Some(name) => name,
                None => self.new_name().map_err(CopyFailure::Other)?,
            };
            // Headers, metadata and tags of a point are those in its manifest; the target's blob carries none.
            let order = CopyOrder {
                name: &blob.name,
                version_id: blob.version_id.as_deref(),
                etag: &blob.etag,
                size_bytes: blob.size_bytes,
                target_name: &target_name,
                write: Write {
                    tier: self.tier,
                    ..Write::default()
                },
                expected: None,
                blocks: Some(self.blocks.of(state.clone(), &target_name)),
            };
            let copied = match self.copier.copy(&order).await {
                Ok(copied) => copied,
                Err(CopyFailure::Exists) => {
                    self.copier.note_taken(&blob.name, &target_name);
                    continue;
                }
                Err(failure) => return Err(failure),
            };
            let origin = copied.origin;
            let placed = Placed {
                target_version_id: copied.version_id,
                target_tier: self.tier,
                md5: copied.hashes.md5.map(|hash| (hash, origin)),
                crc64: copied.hashes.crc64.map(|hash| (hash, origin)),
                target_name,
            };
            return Ok((placed, copied.how));
        }
        Err(CopyFailure::Exists)
    }

    fn new_name(&self) -> Result<String, Problem> {
        Ok(data_name(&self.target_prefix, random::<DATA_NAME_BYTES>()?))
    }

    async fn fetch_new_state(&self, name: &str) -> Result<Option<ListedBlob>, Problem> {
        let cannot = || format!("The new state of `{name}` cannot be read");
        let Some(head) = self
            .source
            .fetch_head(name, None)
            .await
            .map_err(|e| e.problem(cannot()))?
        else {
            return Ok(None);
        };
        let mut blob = head.blob;
        if self.tags_read {
            blob.tags = self
                .source
                .fetch_tags(name, None)
                .await
                .map_err(|e| e.problem(cannot()))?;
        }
        Ok(Some(blob))
    }
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
            hopeless: 0,
        }
    }

    /// As soon as a copy is done, out of order: the journal and the counters.
    fn landed(&mut self, outcome: &Outcome) -> Result<(), Problem> {
        let handle = self.handle;
        match outcome {
            Outcome::Copied { entry, how, .. } => {
                self.hopeless = 0;
                self.journal.add(entry)?;
                RunHandle::add(&handle.items_done, 1);
                RunHandle::add(&handle.bytes_done, entry.size_bytes);
                match how {
                    How::ServerSide => {
                        RunHandle::add(&handle.items_copied, 1);
                        RunHandle::add(&handle.bytes_copied, entry.size_bytes);
                    }
                    How::Relayed => {
                        RunHandle::add(&handle.items_copied, 1);
                        RunHandle::add(&handle.items_relayed, 1);
                    }
                }
                Ok(())
            }
            Outcome::Failed { problem, .. } => self.judge(problem),
            _ => Ok(()),
        }
    }

    /// Ends the run when nothing works any more.
    fn judge(&mut self, problem: &Problem) -> Result<(), Problem> {
        if says_gone(problem) {
            return Err(problem.clone());
        }
        let general = matches!(
            problem.kind,
            Kind::Denied | Kind::Unauthenticated | Kind::Expired | Kind::Unavailable | Kind::Throttled
        );
        self.hopeless = if general { self.hopeless + 1 } else { 0 };
        if self.hopeless < HOPELESS_AFTER {
            return Ok(());
        }
        Err(problem
            .clone()
            .context(format!("{HOPELESS_AFTER} blobs one after the other failed alike")))
    }

    /// In the order of names: the manifest, the doubts and the failed items.
    async fn settle(&mut self, waiting: &mut BTreeMap<u64, Outcome>, mut next: u64) -> Result<u64, Problem> {
        while let Some(outcome) = waiting.remove(&next) {
            next += 1;
            match outcome {
                Outcome::Held { entry, doubt } => {
                    RunHandle::add(&self.handle.items_done, 1);
                    RunHandle::add(&self.handle.items_unchanged, 1);
                    RunHandle::add(&self.handle.bytes_done, entry.size_bytes);
                    self.include(entry, doubt).await?;
                }
                Outcome::Copied { entry, doubt, .. } => self.include(entry, doubt).await?,
                Outcome::Failed { name, problem } => {
                    if self.allow_incomplete {
                        self.doubts.push(Doubt {
                            name: name.clone(),
                            reason: format!("missing: {}", problem.what),
                        })?;
                    } else {
                        self.manifest = None;
                    }
                    self.handle.fail(&name, problem);
                }
                Outcome::LeftOut { name, doubt } => self.doubts.push(Doubt { name, reason: doubt })?,
                Outcome::Nothing => {}
            }
        }
        Ok(next)
    }

    async fn include(&mut self, entry: Box<Entry>, doubt: Option<String>) -> Result<(), Problem> {
        if let Some(reason) = doubt {
            self.doubts.push(Doubt {
                name: entry.name.clone(),
                reason,
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

/// The manifest writer of a run, unless its plan says already that there will be no point.
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
