//! Leases that this process holds: extended while they are held, given back when they are dropped.

use super::{Ground, random::random};
use coldkeep_core::{
    Clock, Code, Problem,
    lease::{LEASE_LASTS, LeaseKind},
};
use coldkeep_store::{Lease, Store};
use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, PoisonError, Weak,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};
use tokio::{sync::OwnedMutexGuard, task::JoinHandle};

/// How long a request waits for another process that is doing this.
const WAIT_MAX: Duration = Duration::from_secs(300);

/// Time between two looks at a lease that another process has.
const LOOK_EVERY: Duration = Duration::from_millis(250);

type Queue = tokio::sync::Mutex<()>;

/// Anyone who waits for a lease in this process waits in a queue here; only its head asks the database.
#[derive(Debug, Default)]
pub(crate) struct LeaseQueues(Mutex<HashMap<(LeaseKind, String), Weak<Queue>>>);

impl LeaseQueues {
    fn queue_of(&self, kind: LeaseKind, key: &str) -> Arc<Queue> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|_, queue| queue.strong_count() > 0);
        let known = all.get(&(kind, key.to_owned())).and_then(Weak::upgrade);
        known.unwrap_or_else(|| {
            let queue = Arc::new(Queue::default());
            all.insert((kind, key.to_owned()), Arc::downgrade(&queue));
            queue
        })
    }
}

/// How a held lease stands.
#[derive(Debug)]
struct LeaseState {
    lost: AtomicBool,
    /// When the request was sent that extended it last. A process that stood still since may have lost it without
    /// noticing.
    extended: Mutex<Instant>,
}

impl LeaseState {
    fn extended(&self) -> Instant {
        *self.extended.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_lost(&self) -> bool {
        self.lost.load(Ordering::Acquire) || self.extended().elapsed() >= LEASE_LASTS
    }
}

/// A lease in this process's hands.
#[derive(Debug)]
pub(crate) struct HeldLease {
    store: Store,
    /// Taken out when it is given back.
    lease: Option<Lease>,
    state: Arc<LeaseState>,
    extending: JoinHandle<()>,
    turn: Option<OwnedMutexGuard<()>>,
}

impl HeldLease {
    /// Refuses to continue with something that another process may be doing by now.
    ///
    /// # Errors
    /// `Conflict` once the lease was lost.
    pub fn check(&self) -> Result<(), Problem> {
        match self.state.is_lost() {
            false => Ok(()),
            true => Err(Problem::new(
                Code::LeaseLost,
                "Another process took over, because this one did not extend its lease in time",
                "Check what the other process did, then try again.",
            )),
        }
    }

    /// Gives it back and waits until the database knows.
    pub async fn release(mut self) {
        self.extending.abort();
        if let Some(lease) = self.lease.take() {
            give_back(&self.store, &lease).await;
        }
    }
}

impl Drop for HeldLease {
    fn drop(&mut self) {
        self.extending.abort();
        let (Some(lease), Ok(runtime)) = (self.lease.take(), tokio::runtime::Handle::try_current()) else {
            return;
        };
        let (store, turn) = (self.store.clone(), self.turn.take());
        runtime.spawn(async move {
            give_back(&store, &lease).await;
            drop(turn);
        });
    }
}

async fn give_back(store: &Store, lease: &Lease) {
    if let Err(problem) = store.release_lease(lease).await {
        tracing::warn!(
            kind = lease.kind.word(),
            "a lease was not released and expires by itself: {problem}"
        );
    }
}

/// Extends the lease until it is lost.
async fn extend(store: Store, lease: Lease, clock: Arc<dyn Clock>, state: Arc<LeaseState>) {
    loop {
        tokio::time::sleep(LEASE_LASTS / 4).await;
        let asked = Instant::now();
        match store.extend_lease(&lease, clock.now(), LEASE_LASTS).await {
            Ok(true) => *state.extended.lock().unwrap_or_else(PoisonError::into_inner) = asked,
            Ok(false) => break,
            // Without the database no other process can take it either before it has expired.
            Err(problem) if !state.is_lost() => {
                tracing::warn!(kind = lease.kind.word(), "a lease was not extended: {problem}");
            }
            Err(_) => break,
        }
    }
    tracing::warn!(kind = lease.kind.word(), key = lease.key, "a lease was lost");
    state.lost.store(true, Ordering::Release);
}

impl Ground {
    /// Takes a lease, after waiting for anyone who has it.
    ///
    /// # Errors
    /// `Conflict` if another process still has it after five minutes.
    pub(crate) async fn hold(&self, kind: LeaseKind, key: &str) -> Result<HeldLease, Problem> {
        let queue = self.lease_queues.queue_of(kind, key);
        let turn = queue.lock_owned().await;
        let begun = Instant::now();
        loop {
            let asked = Instant::now();
            if let Some(lease) = self.take_lease(kind, key).await? {
                return Ok(self.held(lease, asked, turn));
            }
            if begun.elapsed() > WAIT_MAX {
                return Err(Problem::new(
                    Code::LeaseHeld,
                    "Another process is already doing this",
                    "Wait until it ends, then try again.",
                ));
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    /// Takes a lease if it is free.
    pub(crate) async fn try_hold(&self, kind: LeaseKind, key: &str) -> Result<Option<HeldLease>, Problem> {
        let Ok(turn) = self.lease_queues.queue_of(kind, key).try_lock_owned() else {
            return Ok(None);
        };
        let asked = Instant::now();
        let taken = self.take_lease(kind, key).await?;
        Ok(taken.map(|lease| self.held(lease, asked, turn)))
    }

    async fn take_lease(&self, kind: LeaseKind, key: &str) -> Result<Option<Lease>, Problem> {
        let holder = data_encoding::HEXLOWER.encode(&random::<16>()?);
        let now = self.config.clock.now();
        self.store.take_lease(kind, key, &holder, now, LEASE_LASTS).await
    }

    fn held(&self, lease: Lease, asked: Instant, turn: OwnedMutexGuard<()>) -> HeldLease {
        let state = Arc::new(LeaseState {
            lost: AtomicBool::new(false),
            extended: Mutex::new(asked),
        });
        let clock = self.config.clock.clone();
        let extending = tokio::spawn(extend(self.store.clone(), lease.clone(), clock, state.clone()));
        HeldLease {
            store: self.store.clone(),
            lease: Some(lease),
            state,
            extending,
            turn: Some(turn),
        }
    }
}
