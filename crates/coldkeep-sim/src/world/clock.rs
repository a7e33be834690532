//! Simulated time: the machine's clock with an offset that tests move.

use coldkeep_core::{Clock, SystemClock, Timestamp};
use jiff::SignedDuration;
use std::sync::atomic::{AtomicI64, Ordering};

/// The machine's clock plus an offset of whole seconds.
#[derive(Debug, Default)]
pub struct SimClock {
    offset_s: AtomicI64,
}

impl SimClock {
    /// Adds to the offset; negative moves time back.
    pub fn advance(&self, seconds: i64) {
        self.offset_s.fetch_add(seconds, Ordering::Relaxed);
    }
}

impl Clock for SimClock {
    fn now(&self) -> Timestamp {
        let now = SystemClock.now();
        let offset = SignedDuration::from_secs(self.offset_s.load(Ordering::Relaxed));
        now.checked_add(offset).unwrap_or(now)
    }
}
