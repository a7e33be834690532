//! Pacing: at most this many requests a second, a tenth of a second's worth at once.

use std::{sync::Mutex, time::Duration};
use tokio::time::Instant;

/// A token bucket, shared by the clones of one handle.
#[derive(Debug)]
pub(crate) struct Pace {
    interval: Duration,
    burst: Duration,
    next: Mutex<Instant>,
}

impl Pace {
    pub(crate) fn new(requests_per_second: u32) -> Self {
        let interval = Duration::from_secs(1) / requests_per_second.max(1);
        Self {
            interval,
            burst: Duration::from_millis(100),
            next: Mutex::new(Instant::now()),
        }
    }

    /// Waits for this request's turn.
    pub(crate) async fn turn(&self) {
        let at = {
            let mut next = self
                .next
                .lock()
                .unwrap_or_else(std::sync::PoisonError::into_inner);
            let now = Instant::now();
            // A time unused is lost but for the burst, so that an idle minute is not followed by a flood.
            let earliest = now.checked_sub(self.burst).unwrap_or(now);
            let at = (*next).max(earliest);
            *next = at + self.interval;
            at
        };
        tokio::time::sleep_until(at).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_hundred_requests_at_fifty_a_second_take_two_seconds() {
        let pace = Pace::new(50);
        let start = Instant::now();
        for _ in 0..100 {
            pace.turn().await;
        }
        let took = start.elapsed();
        assert!(
            took >= Duration::from_millis(1850) && took <= Duration::from_millis(2050),
            "{took:?}"
        );
    }
}
