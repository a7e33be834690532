//! What happens later: after a number of requests, or at a moment of the simulated time.

use crate::{
    World,
    steer::step::Step,
    wire::{Service, checked::Check},
};
use coldkeep_core::Timestamp;
use jiff::SignedDuration;
use serde::Deserialize;
use std::sync::{
    Mutex, MutexGuard, PoisonError,
    atomic::{AtomicBool, Ordering},
};

/// Something to do, and when: exactly one of `after` and `at_s`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Event {
    #[serde(default)]
    after: Option<After>,
    /// Seconds of the simulated time since the start.
    #[serde(default)]
    at_s: Option<i64>,
    #[serde(rename = "do")]
    steps: Vec<Step>,
}

/// When this many requests have come in; the next one finds it done.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct After {
    requests: u64,
    /// Requests to this service only: `login`, `graph`, `arm`, `blob`.
    #[serde(default)]
    service: Option<String>,
}

impl Check for Event {
    fn check(&self) -> Result<(), String> {
        let service = self.after.as_ref().and_then(|after| after.service.as_deref());
        if self.after.is_some() == self.at_s.is_some() {
            return Err("an event needs `after` or `at_s`, and not both".to_owned());
        }
        service.map_or(Ok(()), |name| Service::of_azure(name).map(drop))
    }
}

impl Event {
    /// Refuses references to objects that can never exist: the world chooses ids itself.
    pub(crate) fn check_known(&self, world: &World) -> Result<(), String> {
        self.steps.iter().try_for_each(|step| step.check_known(world))
    }
}

/// The events still to come. They are processed when a request arrives; clients cannot see the difference.
#[derive(Debug, Default)]
pub(crate) struct Events {
    any: AtomicBool,
    state: Mutex<EventsState>,
}

#[derive(Debug, Default)]
struct EventsState {
    start: Timestamp,
    pending: Vec<Pending>,
    failed: Vec<String>,
}

#[derive(Debug)]
struct Pending {
    event: Event,
    seen: u64,
}

impl Pending {
    /// Whether its time has come; else counts the request.
    fn is_due(&mut self, service: Service, passed: SignedDuration) -> bool {
        let Some(after) = &self.event.after else {
            let at_s = self.event.at_s.unwrap_or_default();
            return passed >= SignedDuration::from_secs(at_s);
        };
        if self.seen >= after.requests {
            return true;
        }
        let counts =
            service != Service::Control && after.service.as_deref().is_none_or(|s| s == service.word());
        self.seen += u64::from(counts);
        false
    }
}

impl Events {
    /// Waits for these, from now on.
    pub(crate) fn expect(&self, events: Vec<Event>, now: Timestamp) {
        let mut state = self.lock();
        state.start = now;
        self.any.store(!events.is_empty(), Ordering::Release);
        state.pending = events
            .into_iter()
            .map(|event| Pending { event, seen: 0 })
            .collect();
    }

    /// How many are still to come.
    pub(crate) fn pending(&self) -> usize {
        self.lock().pending.len()
    }

    /// What could not be done, and why.
    pub(crate) fn failed(&self) -> Vec<String> {
        self.lock().failed.clone()
    }

    /// Does what is due. A request to `service` has just come in.
    pub(crate) fn run_due(&self, world: &World, service: Service) {
        if !self.any.load(Ordering::Acquire) {
            return;
        }
        let due = self.take_due(world.now(), service);
        let _busy = world.busy();
        for event in due {
            for step in event.steps {
                if let Err(refused) = step.run(world) {
                    tracing::warn!(%refused, "an event of the scenario failed");
                    self.lock().failed.push(refused.to_string());
                }
            }
        }
    }

    fn take_due(&self, now: Timestamp, service: Service) -> Vec<Event> {
        let mut state = self.lock();
        let passed = now.duration_since(state.start);
        let mut due = Vec::new();
        let mut later = Vec::new();
        for mut one in std::mem::take(&mut state.pending) {
            if one.is_due(service, passed) {
                due.push(one.event);
            } else {
                later.push(one);
            }
        }
        state.pending = later;
        self.any.store(!state.pending.is_empty(), Ordering::Release);
        due
    }

    fn lock(&self) -> MutexGuard<'_, EventsState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
