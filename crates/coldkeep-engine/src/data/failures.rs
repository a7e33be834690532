//! Failed items on their way from a run to the database: in batches, as they happen, few of them in memory.

use coldkeep_core::{
    Problem,
    id::RunId,
    run::{FailedItem, FailureReason, Reasons},
};
use coldkeep_store::Store;
use std::time::Duration;
use tokio::sync::mpsc;

/// The maximum number that is written at once.
const BATCH_MAX: usize = 256;
/// A batch that the database does not take is tried again so often, ...
const TRIES_MAX: u32 = 10;
/// ... with so long a pause between.
const PAUSE: Duration = Duration::from_secs(1);

/// Items that are written together, and the reasons that they changed.
struct Batch<'a> {
    run: RunId,
    /// The number of the first item.
    first: u64,
    items: &'a [FailedItem],
    reasons: Vec<(usize, FailureReason)>,
}

impl Batch<'_> {
    async fn save(&self, store: &Store) -> Result<(), Problem> {
        store.save_run_items(self.run, self.first, self.items).await?;
        store.save_run_reasons(self.run, &self.reasons).await
    }

    /// Tries for a while: a database that is busy or away for a moment loses nothing.
    async fn keep(&self, store: &Store) -> Result<(), Problem> {
        let mut tries = 1;
        loop {
            match self.save(store).await {
                Err(problem) if tries < TRIES_MAX => {
                    tracing::debug!("saving failed items is retried: {problem}");
                    tries += 1;
                    tokio::time::sleep(PAUSE).await;
                }
                saved => return saved,
            }
        }
    }
}

/// Writes what comes, until the run is over. Answers how many items the database did not take.
pub(super) async fn keep_failures(store: Store, run: RunId, mut failed: mpsc::Receiver<FailedItem>) -> u64 {
    let mut reasons = Reasons::default();
    let mut items = Vec::with_capacity(BATCH_MAX);
    let (mut first, mut lost) = (1u64, 0u64);
    while failed.recv_many(&mut items, BATCH_MAX).await > 0 {
        let count = items.len() as u64;
        for item in &items {
            reasons.add(&item.name, &item.problem);
        }
        let batch = Batch {
            run,
            first,
            items: &items,
            reasons: reasons.take_changed(),
        };
        if let Err(problem) = batch.keep(&store).await {
            tracing::warn!(%run, "{count} failed items were not saved: {problem}");
            lost += count;
        }
        first += count;
        items.clear();
    }
    lost
}
