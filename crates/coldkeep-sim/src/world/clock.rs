//! Simulated time: the machine's clock with an offset, or standing still.

use coldkeep_core::{Clock, SystemClock, Timestamp};
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use std::sync::atomic::{AtomicI64, Ordering};

/// Marks a clock that runs.
const RUNNING: i64 = i64::MIN;
const NANOSECONDS: i64 = 1_000_000_000;

/// The machine's clock plus an offset, until it is frozen.
#[derive(Debug)]
pub struct SimClock {
    offset_ns: AtomicI64,
    /// Nanoseconds since 1970 of a clock that stands still, else [`RUNNING`].
    frozen_ns: AtomicI64,
}

impl Default for SimClock {
    fn default() -> Self {
        Self {
            offset_ns: AtomicI64::new(0),
            frozen_ns: AtomicI64::new(RUNNING),
        }
    }
}

/// What a clock shows, as a folder keeps it.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) enum KeptClock {
    /// The number of nanoseconds ahead of the machine's clock.
    AheadNs(i64),
    FrozenAt(Timestamp),
}

impl SimClock {
    /// A clock that resumes where another was, as if it had never stopped.
    pub(crate) fn of(kept: KeptClock) -> Self {
        let clock = Self::default();
        match kept {
            KeptClock::AheadNs(offset) => clock.offset_ns.store(offset, Ordering::Relaxed),
            KeptClock::FrozenAt(at) => clock.frozen_ns.store(nanoseconds(at), Ordering::Relaxed),
        }
        clock
    }

    /// What to keep of it.
    pub(crate) fn kept(&self) -> KeptClock {
        if self.is_frozen() {
            return KeptClock::FrozenAt(self.now());
        }
        KeptClock::AheadNs(self.offset_ns.load(Ordering::Relaxed))
    }

    /// Moves it by whole seconds, also while it stands still; negative moves time back.
    pub fn advance(&self, seconds: i64) {
        let by = seconds.saturating_mul(NANOSECONDS);
        if self.is_frozen() {
            self.frozen_ns.fetch_add(by, Ordering::Relaxed);
        } else {
            self.offset_ns.fetch_add(by, Ordering::Relaxed);
        }
    }

    /// Lets it show this moment from now on; a stopped clock stays stopped.
    pub fn set(&self, to: Timestamp) {
        if self.is_frozen() {
            self.frozen_ns.store(nanoseconds(to), Ordering::Relaxed);
        } else {
            let offset = nanoseconds(to).saturating_sub(nanoseconds(SystemClock.now()));
            self.offset_ns.store(offset, Ordering::Relaxed);
        }
    }

    /// Stops it (`true`), or resumes it from the moment it shows.
    pub fn freeze(&self, on: bool) {
        if on == self.is_frozen() {
            return;
        }
        let shown = self.now();
        if on {
            self.frozen_ns.store(nanoseconds(shown), Ordering::Relaxed);
        } else {
            self.frozen_ns.store(RUNNING, Ordering::Relaxed);
            self.set(shown);
        }
    }

    /// Whether it stands still.
    pub fn is_frozen(&self) -> bool {
        self.frozen_ns.load(Ordering::Relaxed) != RUNNING
    }

    /// How far it is ahead of the machine's clock, in nanoseconds.
    pub fn offset_ns(&self) -> i64 {
        nanoseconds(self.now()).saturating_sub(nanoseconds(SystemClock.now()))
    }
}

impl Clock for SimClock {
    fn now(&self) -> Timestamp {
        let frozen = self.frozen_ns.load(Ordering::Relaxed);
        if frozen != RUNNING {
            return Timestamp::from_nanosecond(frozen.into()).unwrap_or_default();
        }
        let now = SystemClock.now();
        let offset = SignedDuration::from_nanos(self.offset_ns.load(Ordering::Relaxed));
        now.checked_add(offset).unwrap_or(now)
    }
}

/// The simulator's time ends in the year 2262.
fn nanoseconds(at: Timestamp) -> i64 {
    i64::try_from(at.as_nanosecond()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frozen_clock_moves_only_when_it_is_moved() {
        let clock = SimClock::default();
        clock.freeze(true);
        let start: Timestamp = "2027-03-01T12:00:00Z".parse().unwrap();
        clock.set(start);
        assert_eq!(clock.now(), start);
        clock.advance(-60);
        assert_eq!(clock.now().to_string(), "2027-03-01T11:59:00Z");
        clock.freeze(false);
        assert!(!clock.is_frozen());
        assert!(clock.now() >= start - SignedDuration::from_secs(60));
        assert!(clock.now() < start, "it continues from where it stood");
    }
}
