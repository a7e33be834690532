//! How many requests one storage account gets at once, and how many a second: decided from its answers alone.
//!
//! Two controls work together. The window (how many are in flight) grows while more of them bring more answers: a long
//! way costs no speed, and a service that only queues gets no more than it works on. The rate (how many a second) exists
//! only after the service refused for too many: it is what the service let pass just then, a little less, and is raised
//! slowly until the next refusal. Both are those of the account, so all requests back off as one.

mod meter;
mod rate;
mod window;

#[cfg(test)]
mod tests;

use meter::Meter;
use rate::{PassedPerSecond, Rate, Refusal};
use std::time::Duration;
use window::Window;

/// After this time without requests, the learned limits are out of date.
const FORGET_AFTER: Duration = Duration::from_secs(30);

/// A service that asks for a longer pause is asked again after this one: its answer may be wrong, and no one would notice.
const PAUSE_MAX: Duration = Duration::from_secs(120);

/// What became of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The service answered, with any answer.
    Answered,
    /// The service refused because there are too many requests, perhaps with a time to wait.
    Throttled { retry_after: Option<Duration> },
    /// The service failed, or no answer came.
    Lost,
}

/// Whether a request may leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Admission {
    /// It counts as in flight from now on.
    Now,
    /// Not before this time.
    At(Duration),
    /// When one of those in flight was answered.
    Full,
}

/// What is known of one account, and what follows. Times are since the same moment, of the caller's choice.
#[derive(Debug, Clone)]
pub struct Flow {
    most: u32,
    window: Window,
    rate: Option<Rate>,
    passed: Meter,
    refused: Meter,
    paused_until: Duration,
    seen_at: Duration,
    /// The first refusal since the last answer that was none.
    starved_since: Option<Duration>,
}

impl Flow {
    /// `most`: the requests that may ever be in flight at once.
    pub fn new(most: u32) -> Self {
        Self {
            most,
            window: Window::new(most),
            rate: None,
            passed: Meter::default(),
            refused: Meter::default(),
            paused_until: Duration::ZERO,
            seen_at: Duration::ZERO,
            starved_since: None,
        }
    }

    /// The requests that may be in flight at once now.
    pub fn limit(&self) -> u32 {
        self.window.limit()
    }

    /// The requests a second that may leave now; none: as many as the window lets.
    pub fn per_second(&self) -> Option<f64> {
        let per_s = self.rate.as_ref().map(Rate::per_second);
        per_s.filter(|per_s| per_s.is_finite())
    }

    /// Since when every answer was a refusal for too many requests; none: the last one was another.
    pub fn starved_since(&self) -> Option<Duration> {
        self.starved_since
    }

    /// Asks for a request to leave at `now`, while this number of others is in flight.
    pub fn admit(&mut self, now: Duration, in_flight: u32) -> Admission {
        if in_flight == 0 && now.saturating_sub(self.seen_at) > FORGET_AFTER && now > self.paused_until {
            let starved_since = self.starved_since;
            *self = Self::new(self.most);
            self.starved_since = starved_since;
        }
        if now < self.paused_until {
            return Admission::At(self.paused_until);
        }
        if in_flight >= self.window.limit() {
            self.window.was_full();
            return Admission::Full;
        }
        if self.rate.as_ref().is_some_and(|rate| rate.is_forgotten(now)) {
            self.rate = None;
        }
        let admission = match &mut self.rate {
            Some(rate) => rate.admit(now),
            None => Admission::Now,
        };
        if admission == Admission::Now {
            self.seen_at = now;
        }
        admission
    }

    /// Takes an answer, at `now`, to a request that left at `sent_at`.
    pub fn answered(&mut self, now: Duration, sent_at: Duration, outcome: Outcome) {
        self.seen_at = now;
        match outcome {
            Outcome::Answered => {
                self.starved_since = None;
                self.passed.add(now);
                if let Some(rate) = &mut self.rate {
                    rate.passed(now);
                }
                self.window.answered(now, now.saturating_sub(sent_at));
            }
            Outcome::Lost => self.window.lost(now),
            Outcome::Throttled { retry_after } => {
                self.starved_since.get_or_insert(now);
                if let Some(wait) = retry_after {
                    self.paused_until = self.paused_until.max(now + wait.min(PAUSE_MAX));
                }
                self.refused.add(now);
                let per_s = match self.passed.per_second(now) {
                    Some(per_s) => PassedPerSecond::Counted(per_s),
                    None => PassedPerSecond::Guessed(self.window.per_second()),
                };
                let (refused, passed) = (self.refused.count(now), self.passed.count(now));
                let share = f64::from(refused) / f64::from(refused + passed);
                let rate = self.rate.get_or_insert_with(|| Rate::new(now));
                rate.refused(Refusal {
                    at: now,
                    sent_at,
                    passed: per_s,
                    share,
                    latency: self.window.latency(),
                });
            }
        }
    }
}
