//! Use cases of runs, and the runs that are alive in this process.

use super::run_handle::locked;
pub(crate) use super::run_handle::{RunEnd, RunHandle};
use crate::{
    data::{DataWing, failures::keep_failures},
    ground::leases::HeldLease,
};
use coldkeep_api::{RunItemsPage, RunsPage};
use coldkeep_core::{
    Code, Problem,
    copy::method::Method,
    fix,
    id::RunId,
    lease::LeaseKind,
    problem::Verb,
    run::{Counts, FailureReason, Phase, Run, RunCursor, RunKind, RunState},
};
use coldkeep_store::{RUN_ITEMS_PAGE_MAX, RUNS_PAGE_MAX};
use std::{
    collections::{BTreeMap, HashMap},
    future::Future,
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};
use tokio::sync::{mpsc, watch};

/// A running run's record is saved so often; in between its counters are live in memory.
const SAVE_EVERY: Duration = Duration::from_secs(5);
/// The maximum number of failed items that wait for the database.
const FAILURES_WAITING_MAX: usize = 1024;

/// Runs of this process, with their live counters, and what they learned about methods.
#[derive(Debug, Default)]
pub(crate) struct LiveRuns {
    handles: Mutex<BTreeMap<RunId, Arc<RunHandle>>>,
    /// How many are alive; `drain` waits for 0.
    count: watch::Sender<usize>,
    /// Turns true when the process is about to end: runs stop where they are, and none begins.
    stopping: watch::Sender<bool>,
    /// The copy method that worked last, by source and target.
    methods: Mutex<HashMap<(String, String), Method>>,
}

impl LiveRuns {
    /// Stops the runs that are alive, each where it is, and lets none begin: the process is about to end. The next run
    /// of a job continues from there.
    pub fn stop(&self) {
        self.stopping.send_replace(true);
    }

    /// Waits until no run is alive in this process.
    pub async fn drain(&self) {
        let mut count = self.count.subscribe();
        // The sender lives in `self`, so this ends only when the count is 0.
        if count.wait_for(|alive| *alive == 0).await.is_err() {
            tracing::debug!("the engine is gone");
        }
    }

    fn handles(&self) -> MutexGuard<'_, BTreeMap<RunId, Arc<RunHandle>>> {
        locked(&self.handles)
    }

    fn get(&self, id: RunId) -> Option<Arc<RunHandle>> {
        self.handles().get(&id).cloned()
    }

    fn insert(&self, handle: Arc<RunHandle>) {
        let id = handle.id();
        let mut handles = self.handles();
        handles.insert(id, handle);
        self.count.send_replace(handles.len());
    }

    fn remove(&self, id: RunId) {
        let mut handles = self.handles();
        handles.remove(&id);
        self.count.send_replace(handles.len());
    }

    /// The method that worked last between two containers.
    pub fn remembered_method(&self, source: &str, target: &str) -> Option<Method> {
        let methods = locked(&self.methods);
        methods.get(&(source.to_owned(), target.to_owned())).copied()
    }

    /// A credential changed, and with it what works.
    pub fn forget_methods(&self) {
        locked(&self.methods).clear();
    }

    /// None forgets.
    pub fn remember_method(&self, source: &str, target: &str, method: Option<Method>) {
        let mut methods = locked(&self.methods);
        let key = (source.to_owned(), target.to_owned());
        match method {
            Some(method) => drop(methods.insert(key, method)),
            None => drop(methods.remove(&key)),
        }
    }
}

impl DataWing {
    /// A run's record at its start.
    pub(crate) fn new_run(&self, kind: RunKind) -> Run {
        Run {
            id: RunId::new(),
            kind,
            started_by: Some(self.caller.clone()),
            job_id: None,
            job_name: None,
            point_id: None,
            point: None,
            state: RunState::Running,
            phase: Phase::Listing,
            started_at: self.ground.config.clock.now(),
            ended_at: None,
            counts: Counts::default(),
            notes: Vec::new(),
            remarks: Vec::new(),
            problem: None,
        }
    }

    /// Saves the record and does the work in the background under the leases in `held` and one of its own; the record follows it to its end, also if it panics.
    pub(crate) async fn start_run<F, W>(
        &self,
        run: Run,
        mut held: Vec<HeldLease>,
        work: F,
    ) -> Result<Run, Problem>
    where
        F: FnOnce(Arc<RunHandle>) -> W + Send + 'static,
        W: Future<Output = Result<RunEnd, Problem>> + Send + 'static,
    {
        if *self.live.runs.stopping.borrow() {
            return Err(ending());
        }
        let id = run.id.to_string();
        held.push(self.ground.hold(LeaseKind::Run, &id).await?);
        self.ground.store.save_run(&run).await?;
        let (failures, failed) = mpsc::channel(FAILURES_WAITING_MAX);
        let handle = RunHandle::new(run.clone(), failures);
        self.live.runs.insert(handle.clone());
        let data = self.clone();
        let keeper = tokio::spawn(keep_failures(self.ground.store.clone(), run.id, failed));
        let task = tokio::spawn(work(handle.clone()));
        tokio::spawn(async move { data.follow(handle, task, keeper, held).await });
        Ok(run)
    }

    /// Saves the record now and then, and at the end.
    async fn follow(
        &self,
        handle: Arc<RunHandle>,
        mut task: tokio::task::JoinHandle<Result<RunEnd, Problem>>,
        keeper: tokio::task::JoinHandle<u64>,
        held: Vec<HeldLease>,
    ) {
        let mut tick = tokio::time::interval(SAVE_EVERY);
        tick.tick().await;
        let mut stopping = self.live.runs.stopping.subscribe();
        let mut stopped = false;
        let ended = loop {
            tokio::select! {
                ended = &mut task => break ended,
                () = turned_on(&mut stopping), if !stopped => {
                    stopped = true;
                    task.abort();
                    handle.record().problem = Some(ending());
                }
                _ = tick.tick() => {
                    self.save_counts(&handle).await;
                    if let Some(problem) = held.iter().find_map(|lease| lease.check().err()) {
                        task.abort();
                        handle.record().problem = Some(problem);
                    }
                }
            }
        };
        let result = ended.unwrap_or_else(|e| {
            Err(Problem::internal(if e.is_panic() {
                "The run's task panicked"
            } else {
                "The run's task was stopped"
            }))
        });
        handle.end_failures(keeper).await;
        {
            let failed = handle.failed();
            let mut record = handle.record();
            record.phase = Phase::Ended;
            record.ended_at = Some(self.ground.config.clock.now());
            match result {
                Ok(end) => {
                    // It may have come to its end just before it was to stop.
                    record.problem = None;
                    record.state = if failed > 0 {
                        RunState::DoneWithFailures
                    } else {
                        RunState::Done
                    };
                    record.point_id = end.point_id.or(record.point_id);
                    record.point = end.point;
                }
                Err(problem) => {
                    tracing::warn!(run = %record.id, "the run failed: {problem}");
                    record.state = if stopped {
                        RunState::Interrupted
                    } else {
                        RunState::Failed
                    };
                    // The reason for the cancellation, if there is one, has more detail.
                    record.problem.get_or_insert(problem);
                }
            }
        }
        self.save_progress(&handle).await;
        let run = handle.snapshot();
        for lease in held {
            lease.release().await;
        }
        self.live.runs.remove(run.id);
    }

    /// How far the run is. What cannot be saved now is saved the next time.
    async fn save_counts(&self, handle: &RunHandle) {
        if let Err(problem) = self.ground.store.save_run_progress(&handle.snapshot()).await {
            tracing::warn!("the run's progress was not saved: {problem}");
        }
    }

    /// A record that cannot be saved now does not end the run; the next save may succeed.
    pub(crate) async fn save_progress(&self, handle: &RunHandle) {
        if let Err(problem) = self.ground.store.save_run(&handle.snapshot()).await {
            tracing::warn!("the run's record was not saved: {problem}");
        }
    }

    /// Sets the phase and saves the record.
    pub(crate) async fn enter(&self, handle: &RunHandle, phase: Phase) {
        handle.set_phase(phase);
        self.save_progress(handle).await;
    }

    /// Newest first, behind the place that the page before ended at; at most `limit`.
    pub async fn list_runs(&self, after: Option<RunCursor>, limit: usize) -> Result<RunsPage, Problem> {
        let limit = limit.clamp(1, RUNS_PAGE_MAX);
        let runs = self.ground.store.list_runs(after, limit).await?;
        let last = runs.last().filter(|_| runs.len() == limit);
        let next = last.map(|run| RunCursor::after(run).to_string());
        let live = |run: Run| self.live.runs.get(run.id).map_or(run, |handle| handle.snapshot());
        Ok(RunsPage {
            runs: runs.into_iter().map(live).collect(),
            next,
        })
    }

    /// The failed items of a run in the order in which they failed, behind the number `after`; at most `limit`.
    pub async fn list_run_items(&self, id: RunId, after: u64, limit: usize) -> Result<RunItemsPage, Problem> {
        self.show_run(id).await?;
        let limit = limit.clamp(1, RUN_ITEMS_PAGE_MAX);
        let items = self.ground.store.list_run_items(id, after, limit).await?;
        let last = items.last().filter(|_| items.len() == limit);
        Ok(RunItemsPage {
            next: last.map(|item| item.sequence),
            items,
        })
    }

    /// The failed items of a run, grouped by their reason.
    pub async fn list_run_reasons(&self, id: RunId) -> Result<Vec<FailureReason>, Problem> {
        self.show_run(id).await?;
        self.ground.store.list_run_reasons(id).await
    }

    /// With live counters while it is running.
    pub async fn show_run(&self, id: RunId) -> Result<Run, Problem> {
        if let Some(handle) = self.live.runs.get(id) {
            return Ok(handle.snapshot());
        }
        self.ground.store.load_run(id).await?.ok_or_else(|| {
            Problem::new(
                Code::RunNotFound,
                format!("The run `{id}` does not exist"),
                fix!["To list them: ", Verb::RunList.any(), "."],
            )
        })
    }
}

/// Waits until the switch is on.
async fn turned_on(switch: &mut watch::Receiver<bool>) {
    // An error means that nothing can turn it on any more, and nothing waits for it.
    let _ = switch.wait_for(|on| *on).await;
}

fn ending() -> Problem {
    Problem::new(
        Code::RunStopped,
        "The server is shutting down, and the run did not end in time",
        "Start the run again: it continues where it stopped.",
    )
}
