//! The gate that every request to a storage account passes: what [`Flow`] decides is carried out here, for all requests
//! of a handle together.

use crate::{Error, transport::pace::Pace};
use coldkeep_core::flow::{Admission, Flow, Outcome};
use std::{
    collections::HashMap,
    sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::{
    sync::{Mutex as Queue, Notify},
    time::{Instant, sleep_until},
};

/// Requests that may ever be in flight to one account.
pub(crate) const IN_FLIGHT_MAX: u32 = 1024;
/// Where the system allows few open files, at least this many requests are in flight anyway.
const IN_FLIGHT_FEW: u32 = 16;
/// Open files that are left for anything but connections.
const FILES_LEFT: u64 = 256;

/// The gates of one handle and its clones, by account.
#[derive(Debug, Default)]
pub(crate) struct Gates(Mutex<HashMap<String, Arc<Gate>>>);

impl Gates {
    /// The gate of the account with this endpoint.
    pub(crate) fn of(&self, endpoint: &str) -> Arc<Gate> {
        let mut gates = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let gate = gates
            .entry(endpoint.to_ascii_lowercase())
            .or_insert_with(|| Arc::new(Gate::new(most())));
        gate.clone()
    }
}

/// One account's gate.
#[derive(Debug)]
pub(crate) struct Gate {
    began: Instant,
    state: Mutex<State>,
    /// First come, first served; who holds it is next.
    queue: Queue<()>,
    /// A request left.
    left: Notify,
}

#[derive(Debug)]
struct State {
    flow: Flow,
    in_flight: u32,
}

/// A request that is in flight; it is not any more when this is dropped.
#[derive(Debug)]
pub(crate) struct Pass {
    gate: Arc<Gate>,
    sent_at: Duration,
}

/// Nothing but refusals for too many requests came for so long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Starved(pub(crate) Duration);

impl Gate {
    fn new(most: u32) -> Self {
        Self {
            began: Instant::now(),
            state: Mutex::new(State {
                flow: Flow::new(most),
                in_flight: 0,
            }),
            queue: Queue::default(),
            left: Notify::new(),
        }
    }

    /// The requests that may be in flight at once now.
    pub(crate) fn limit(&self) -> u32 {
        self.state().flow.limit()
    }

    /// Waits for a request's turn. `since`: when it was asked for. Given up when everything was refused for as long as
    /// `patience`, since then.
    pub(crate) async fn enter(
        self: &Arc<Self>,
        pace: Option<&Pace>,
        since: Instant,
        patience: Duration,
    ) -> Result<Pass, Starved> {
        let _next = self.queue.lock().await;
        if let Some(pace) = pace {
            pace.turn().await;
        }
        loop {
            let (admission, ends) = {
                let mut state = self.state();
                let now = self.began.elapsed();
                let ends = state.flow.starved_since().map(|starved| {
                    let from = starved.max(since.saturating_duration_since(self.began));
                    from + patience
                });
                if ends.is_some_and(|ends| now >= ends) {
                    return Err(Starved(patience));
                }
                let in_flight = state.in_flight;
                (state.flow.admit(now, in_flight), ends)
            };
            let until = match admission {
                Admission::Now => return Ok(self.pass()),
                Admission::At(at) => Some(ends.map_or(at, |ends| at.min(ends))),
                Admission::Full => ends,
            };
            match until {
                Some(until) => tokio::select! {
                    () = sleep_until(self.began + until) => {}
                    () = self.left.notified() => {}
                },
                None => self.left.notified().await,
            }
        }
    }

    fn pass(self: &Arc<Self>) -> Pass {
        self.state().in_flight += 1;
        Pass {
            gate: self.clone(),
            sent_at: self.began.elapsed(),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Pass {
    /// Reports the outcome of the request.
    pub(crate) fn answered(self, outcome: Outcome) {
        let now = self.gate.began.elapsed();
        self.gate.state().flow.answered(now, self.sent_at, outcome);
    }
}

impl Drop for Pass {
    fn drop(&mut self) {
        self.gate.state().in_flight -= 1;
        self.gate.left.notify_one();
    }
}

/// What an answer means for the flow of requests.
pub(crate) fn outcome_of(error: &Error) -> Outcome {
    if is_throttled(error) {
        return Outcome::Throttled {
            retry_after: error.retry_after(),
        };
    }
    match error.status() {
        Some(status) if status < 500 => Outcome::Answered,
        _ => Outcome::Lost,
    }
}

/// Whether a request was refused because there are too many: by the account itself, or by the account that it was to
/// copy from (<https://learn.microsoft.com/azure/storage/common/storage-performance-checklist#timeout-and-server-busy-errors>).
pub(crate) fn is_throttled(error: &Error) -> bool {
    const TOO_MANY: [u16; 2] = [429, 503];
    match (error.copy_source_status(), error.status()) {
        (Some(source), _) => TOO_MANY.contains(&source),
        (None, Some(status)) => TOO_MANY.contains(&status),
        (None, None) => false,
    }
}

/// As many as the process may have connections, those of a second account included.
fn most() -> u32 {
    static MOST: LazyLock<u32> = LazyLock::new(|| {
        let files = rustix::process::getrlimit(rustix::process::Resource::Nofile).current;
        let connections = files.unwrap_or(u64::MAX).saturating_sub(FILES_LEFT) / 2;
        u32::try_from(connections)
            .unwrap_or(u32::MAX)
            .clamp(IN_FLIGHT_FEW, IN_FLIGHT_MAX)
    });
    *MOST
}

#[cfg(test)]
mod tests;
