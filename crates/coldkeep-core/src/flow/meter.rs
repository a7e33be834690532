//! How many answers came a second, lately.

use std::time::Duration;

/// Counts are kept for this many spans ...
const SPANS: usize = 16;
/// ... of this length.
const SPAN: Duration = Duration::from_millis(100);

/// Answers of the last one and a half seconds.
#[derive(Debug, Clone, Default)]
pub(super) struct Meter {
    counts: [u32; SPANS],
    /// The number of the newest span, from the beginning of time.
    newest: u128,
    /// When the first answer came.
    since: Option<Duration>,
}

impl Meter {
    pub(super) fn add(&mut self, now: Duration) {
        self.turn(now);
        self.since.get_or_insert(now);
        self.counts[self.newest as usize % SPANS] += 1;
    }

    /// How many there were.
    pub(super) fn count(&mut self, now: Duration) -> u32 {
        self.turn(now);
        self.counts.iter().sum()
    }

    /// Answers a second; none where there are too few to tell.
    pub(super) fn per_second(&mut self, now: Duration) -> Option<f64> {
        self.turn(now);
        let began = SPAN * u32::try_from(self.newest.saturating_sub(SPANS as u128 - 1)).unwrap_or(u32::MAX);
        let span = now.saturating_sub(began.max(self.since?)).as_secs_f64();
        let count = self.count(now);
        (count >= 8 && span > 0.01).then(|| f64::from(count) / span)
    }

    fn turn(&mut self, now: Duration) {
        let number = now.as_nanos() / SPAN.as_nanos();
        if number >= self.newest + SPANS as u128 {
            self.counts = [0; SPANS];
            self.newest = number;
        }
        while self.newest < number {
            self.newest += 1;
            self.counts[self.newest as usize % SPANS] = 0;
        }
    }
}
