//! A run that is alive in this process: its record, its counters, and the way of its failed items to the database.

use coldkeep_azure::Meter;
use coldkeep_core::{
    Fix, Problem,
    copy::remarks::Remark,
    id::{PointId, RunId},
    job::OnChange,
    point::Point,
    run::{Counter, Counts, FailedItem, Phase, Run, RunPoint},
};
use std::sync::{
    Arc, Mutex, MutexGuard, PoisonError,
    atomic::{AtomicU64, Ordering},
};
use tokio::{sync::mpsc, task::JoinHandle};

/// A run that is alive: its record, and counters that any task may add to.
#[derive(Debug)]
pub(crate) struct RunHandle {
    record: Mutex<Run>,
    counters: [AtomicU64; Counter::COUNT],
    /// Takes failed items to the database; none once the run is over.
    failures: Mutex<Option<mpsc::Sender<FailedItem>>>,
    /// Given to every Azure handle of the run.
    pub meter: Arc<Meter>,
}

/// How a run's work ended, when it got to an end.
#[derive(Debug, Clone, Default)]
pub(crate) struct RunEnd {
    /// The point that was created, if there is one.
    pub point_id: Option<PointId>,
    /// Its exactness, if this run created it.
    pub point: Option<RunPoint>,
}

impl RunEnd {
    /// A copy under this rule that created a point.
    pub fn made(point: &Point, on_change: OnChange) -> Self {
        Self {
            point_id: Some(point.id),
            point: Some(RunPoint::of(point, on_change)),
        }
    }
}

impl RunHandle {
    pub(super) fn new(record: Run, failures: mpsc::Sender<FailedItem>) -> Arc<Self> {
        Arc::new(Self {
            record: Mutex::new(record),
            counters: std::array::from_fn(|_| AtomicU64::new(0)),
            failures: Mutex::new(Some(failures)),
            meter: Arc::default(),
        })
    }

    pub fn id(&self) -> RunId {
        self.record().id
    }

    /// Adds to one of the counters.
    pub fn add(&self, counter: Counter, by: u64) {
        self.counters[counter as usize].fetch_add(by, Ordering::Relaxed);
    }

    /// Sets one of the counters, as a plan does with totals.
    pub fn set(&self, counter: Counter, value: u64) {
        self.counters[counter as usize].store(value, Ordering::Relaxed);
    }

    pub fn set_phase(&self, phase: Phase) {
        self.record().phase = phase;
    }

    /// Adds a note; an existing note is not repeated.
    pub fn note(&self, note: impl Into<Fix>) {
        let note = note.into();
        let mut record = self.record();
        if !record.notes.contains(&note) {
            record.notes.push(note);
        }
    }

    /// Adds a remark, as data.
    pub fn remark(&self, remark: Remark) {
        let mut record = self.record();
        if !record.remarks.contains(&remark) {
            record.remarks.push(remark);
        }
    }

    /// Counts an item as failed and done, and gives it to the database. Waits while that is behind: a run with a million
    /// failures holds few of them.
    pub async fn fail(&self, name: &str, problem: Problem) {
        self.add(Counter::ItemsFailed, 1);
        self.add(Counter::ItemsDone, 1);
        let failures = locked(&self.failures).clone();
        let item = FailedItem {
            name: name.to_owned(),
            problem,
        };
        if let Some(failures) = failures
            && failures.send(item).await.is_err()
        {
            tracing::warn!("a failed item arrived after its run's list was closed");
        }
    }

    /// No item fails any more: waits until the database has all failed items, and reports those that it did not accept.
    pub(super) async fn end_failures(&self, keeper: JoinHandle<u64>) {
        drop(locked(&self.failures).take());
        match keeper.await {
            Ok(0) => {}
            Ok(lost) => self.note(format!(
                "{lost} failed items are not in the list: the database did not accept them."
            )),
            Err(e) => self.note(format!("Failed items may be missing from the list ({e}).")),
        }
    }

    pub fn failed(&self) -> u64 {
        self.counters[Counter::ItemsFailed as usize].load(Ordering::Relaxed)
    }

    pub fn counts(&self) -> Counts {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let meter = &self.meter;
        Counts::of(|counter| match counter {
            Counter::Requests => read(&meter.requests),
            Counter::CopyRequests => read(&meter.copy_requests),
            Counter::Retries => read(&meter.retries),
            Counter::ControlBytes => read(&meter.control_bytes),
            Counter::DataBytes => read(&meter.data_bytes),
            counter => read(&self.counters[counter as usize]),
        })
    }

    /// The record with the counters of now.
    pub fn snapshot(&self) -> Run {
        let mut run = self.record().clone();
        run.counts = self.counts();
        run
    }

    pub(super) fn record(&self) -> MutexGuard<'_, Run> {
        locked(&self.record)
    }
}

pub(super) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
