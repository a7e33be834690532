//! How many requests may be in flight: as many as bring more answers.
//!
//! Time is cut into epochs in which about as many answers come as requests are in flight. At the end of one, the window
//! is doubled for as long as that pays. Then it is tried now and again whether a little more pays, or a little less does
//! not cost anything while answers are slower than they were: what only waits in a queue is not worth being sent.

use std::time::Duration;

const FIRST: f64 = 32.0;
/// It does not fall below this because of latency: a few large blobs tell nothing about latency.
const LATENCY_FLOOR: f64 = 64.0;
/// A growth pays if it brings so much of what it would bring at a service without queues.
const PAYS: f64 = 0.4;
const UP: f64 = 1.5;
const DOWN: f64 = 0.8;
/// Less in flight costs nothing if so much of the answers still comes.
const SAME: f64 = 0.96;
/// Answers are slow if they take this many times as long as they did.
const SLOW: f64 = 2.0;
const EPOCH_MIN: Duration = Duration::from_millis(50);
/// An epoch that is compared closely.
const TRIAL_MIN: Duration = Duration::from_millis(250);
const TRY_EVERY: Duration = Duration::from_secs(1);
const TRY_EVERY_MAX: Duration = Duration::from_secs(8);
/// The shortest latency is that of the last one or two times this long.
const GENERATION: Duration = Duration::from_secs(15);

#[derive(Debug, Clone)]
pub(super) struct Window {
    limit: f64,
    most: f64,
    state: State,
    epoch: Epoch,
    /// The mean latency of the last epoch.
    latency: Duration,
    shortest: Shortest,
    try_at: Duration,
    try_every: Duration,
    /// The last attempt was with less.
    was_down: bool,
}

#[derive(Debug, Clone, Copy)]
enum State {
    /// Doubling; with what the window brought before. `again`: it did not pay once, but the first answers of that many more
    /// include what it takes to connect.
    Starting {
        before: Option<WindowRate>,
        again: bool,
    },
    Steady,
    /// Another window than before is tried.
    Trying(WindowRate),
}

/// Answers a second of a window.
#[derive(Debug, Clone, Copy)]
struct WindowRate {
    limit: f64,
    per_s: f64,
}

#[derive(Debug, Clone, Copy, Default)]
struct Epoch {
    began: Option<Duration>,
    answers: u32,
    latency_sum: Duration,
    /// A request had to wait for the window.
    full: bool,
    lost: bool,
}

/// The shortest mean latency of an epoch, which ages.
#[derive(Debug, Clone, Copy, Default)]
struct Shortest {
    since: Duration,
    this: Option<Duration>,
    last: Option<Duration>,
}

impl Window {
    pub(super) fn new(most: u32) -> Self {
        let most = f64::from(most.max(1));
        Self {
            limit: FIRST.min(most),
            most,
            state: State::Starting {
                before: None,
                again: false,
            },
            epoch: Epoch::default(),
            latency: Duration::ZERO,
            shortest: Shortest::default(),
            try_at: Duration::ZERO,
            try_every: TRY_EVERY,
            was_down: false,
        }
    }

    pub(super) fn limit(&self) -> u32 {
        self.limit as u32
    }

    /// How long an answer takes.
    pub(super) fn latency(&self) -> Duration {
        match self.latency {
            Duration::ZERO if self.epoch.answers > 0 => self.epoch.latency_sum / self.epoch.answers,
            latency => latency,
        }
    }

    /// What it lets pass a second at the latency that was seen.
    pub(super) fn per_second(&self) -> f64 {
        self.limit / self.latency().as_secs_f64().max(0.001)
    }

    pub(super) fn was_full(&mut self) {
        self.epoch.full = true;
    }

    /// A request was lost on the way; many at once are one sign.
    pub(super) fn lost(&mut self, now: Duration) {
        if self.epoch.lost {
            return;
        }
        self.settle_at((self.limit * DOWN).max(self.floor()));
        self.try_at = now + self.try_every;
        self.epoch.lost = true;
    }

    pub(super) fn answered(&mut self, now: Duration, latency: Duration) {
        let began = *self.epoch.began.get_or_insert(now.saturating_sub(latency));
        self.epoch.answers += 1;
        self.epoch.latency_sum += latency;
        let least = match self.state {
            State::Starting { .. } => EPOCH_MIN,
            State::Steady | State::Trying(_) => TRIAL_MIN,
        };
        let lasted = now.saturating_sub(began);
        if f64::from(self.epoch.answers) < self.limit.max(8.0) || lasted < least {
            return;
        }
        let epoch = std::mem::take(&mut self.epoch);
        self.epoch.began = Some(now);
        self.latency = epoch.latency_sum / epoch.answers;
        self.shortest.add(now, self.latency);
        // If nothing had to wait, the window is not the limit.
        if !epoch.full || epoch.lost {
            return;
        }
        self.decide(now, f64::from(epoch.answers) / lasted.as_secs_f64());
    }

    fn decide(&mut self, now: Duration, per_s: f64) {
        let brought = WindowRate {
            limit: self.limit,
            per_s,
        };
        match self.state {
            State::Starting { before, again } => {
                let pays = before.is_none_or(|before| pays(before, brought));
                if pays && self.limit < self.most {
                    self.state = State::Starting {
                        before: Some(brought),
                        again: false,
                    };
                    self.limit = (self.limit * 2.0).min(self.most);
                } else if !pays && !again {
                    self.state = State::Starting { before, again: true };
                } else {
                    let limit = match before {
                        Some(before) if !pays => before.limit * (per_s / before.per_s).max(1.0),
                        _ => self.limit,
                    };
                    self.settle_at(limit.min(self.limit).max(self.floor()));
                    self.try_at = now + self.try_every;
                }
            }
            State::Trying(before) => {
                let keep = if self.limit > before.limit {
                    pays(before, brought)
                } else {
                    per_s >= before.per_s * SAME
                };
                if keep {
                    (self.state, self.try_every) = (State::Steady, TRY_EVERY);
                    self.attempt(brought, self.was_down);
                } else {
                    self.settle_at(before.limit);
                    self.try_every = (self.try_every * 2).min(TRY_EVERY_MAX);
                }
                self.try_at = now + self.try_every;
            }
            State::Steady if now >= self.try_at => self.attempt(brought, !self.was_down),
            State::Steady => {}
        }
    }

    /// Tries another window: a smaller one only while answers are slow.
    fn attempt(&mut self, now: WindowRate, down: bool) {
        self.was_down = down && self.shortest.is_exceeded(self.latency, SLOW);
        let to = if self.was_down {
            (self.limit * DOWN).max(self.floor())
        } else {
            (self.limit * UP).min(self.most)
        };
        if to != self.limit {
            self.state = State::Trying(now);
            self.limit = to;
        }
    }

    fn settle_at(&mut self, limit: f64) {
        self.state = State::Steady;
        self.limit = limit;
    }

    fn floor(&self) -> f64 {
        LATENCY_FLOOR.min(self.most)
    }
}

fn pays(before: WindowRate, now: WindowRate) -> bool {
    let grew = now.limit / before.limit - 1.0;
    now.per_s >= before.per_s * (1.0 + PAYS * grew)
}

impl Shortest {
    fn add(&mut self, now: Duration, latency: Duration) {
        if now.saturating_sub(self.since) > GENERATION {
            (self.since, self.last, self.this) = (now, self.this, None);
        }
        self.this = Some(self.this.map_or(latency, |this| this.min(latency)));
    }

    fn is_exceeded(&self, latency: Duration, times: f64) -> bool {
        let shortest = self.this.into_iter().chain(self.last).min();
        shortest.is_some_and(|shortest| latency.as_secs_f64() > shortest.as_secs_f64() * times)
    }
}
