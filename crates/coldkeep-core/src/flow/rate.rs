//! Requests a second, after a service refused for too many.
//!
//! While a service refuses, what it lets pass is exactly what it allows: that is counted from the first refusal to the
//! last one of an episode. Requests that left before the episode show what it allows, and do not start another one.
//! A service that refuses one in a hundred at every rate is not helped by a lower one: then the rate stays near the best.

use super::Admission;
use std::time::Duration;

/// Less than what passed, so that nothing is refused for a while.
const BELOW: f64 = 0.97;
/// While it is being found out what passes, so much of what was sent until then is sent.
const MEANWHILE: f64 = 0.5;
/// As `MEANWHILE`, if only few requests are refused.
const MEANWHILE_FEW: f64 = 0.9;
/// As `MEANWHILE`, in the first episode.
const MEANWHILE_FIRST: f64 = 0.1;
const PER_S_MIN: f64 = 0.5;
/// Few are refused: less than this share of all, ...
const FEW: f64 = 0.015;
/// ... and then the rate does not fall further below what it was when that began.
const NEAR_BEST: f64 = 0.92;
/// Raised by so much a second, ...
const RAISE: f64 = 0.015;
/// ... and by so much after many refusals at once: what is counted in so short a time is not sure.
const RAISE_UNSURE: f64 = 0.2;
/// Without a refusal for so long, the raise doubles, every time that it passes.
const PATIENCE: Duration = Duration::from_secs(5);
const PATIENCE_UNSURE: Duration = Duration::from_secs(1);
const RAISE_MAX: f64 = 0.5;
/// And after so long there is no limit.
const FORGET_AFTER: Duration = Duration::from_secs(120);
/// How long an episode lasts.
const EPISODE_MIN: Duration = Duration::from_millis(20);
const EPISODE_MAX: Duration = Duration::from_secs(2);
/// A rate that nothing waited for during this time is not the limit.
const HELD_BACK_WITHIN: Duration = Duration::from_millis(250);
/// At most so much of a second's requests leaves at once.
const BURST_S: f64 = 0.01;

#[derive(Debug, Clone)]
pub(super) struct Rate {
    per_s: f64,
    tokens: f64,
    at: Duration,
    sure: bool,
    refused_at: Duration,
    /// What left before it was counted already.
    cut_at: Duration,
    episode: Option<Episode>,
    /// Episodes in a row that were ended by one or two refusals.
    gentle: u32,
    /// When a request had to wait for it.
    held_back_at: Duration,
    /// The highest rate since more than a few were refused.
    best: f64,
    /// There was no need of a rate after the first refusal.
    discarded: bool,
}

/// What passed a second before a refusal.
#[derive(Debug, Clone, Copy)]
pub(super) enum PassedPerSecond {
    Counted(f64),
    Guessed(f64),
}

/// A request that was refused because there are too many.
#[derive(Debug, Clone, Copy)]
pub(super) struct Refusal {
    /// When it was answered.
    pub(super) at: Duration,
    /// When it left.
    pub(super) sent_at: Duration,
    /// What passed a second lately, where that is known well or else about.
    pub(super) passed: PassedPerSecond,
    /// What was refused of all, lately.
    pub(super) share: f64,
    /// How long an answer takes.
    pub(super) latency: Duration,
}

#[derive(Debug, Clone)]
struct Episode {
    began: Duration,
    ends: Duration,
    /// What was sent until then.
    before: f64,
    known: bool,
    few: bool,
    /// There was no rate before.
    first: bool,
    refused: u32,
    passed: u32,
    /// At the last refusal: when it was, and what had passed.
    last: (Duration, u32),
}

impl Rate {
    /// There is no rate before [`Rate::refused`] reports the first refusal.
    pub(super) fn new(now: Duration) -> Self {
        Self {
            per_s: f64::INFINITY,
            tokens: 0.0,
            at: now,
            sure: false,
            refused_at: now,
            cut_at: Duration::ZERO,
            episode: None,
            gentle: 0,
            held_back_at: Duration::ZERO,
            best: 0.0,
            discarded: false,
        }
    }

    pub(super) fn per_second(&self) -> f64 {
        self.per_s
    }

    pub(super) fn is_forgotten(&self, now: Duration) -> bool {
        now.saturating_sub(self.refused_at) > FORGET_AFTER
    }

    /// Takes one request's turn, or returns when it comes.
    pub(super) fn admit(&mut self, now: Duration) -> Admission {
        self.tick(now);
        if !self.per_s.is_finite() {
            return Admission::Now;
        }
        if self.tokens >= 1.0 {
            self.tokens -= 1.0;
            return Admission::Now;
        }
        self.held_back_at = now;
        let wait = Duration::from_secs_f64(((1.0 - self.tokens) / self.per_s).clamp(0.0002, 10.0));
        Admission::At(now + wait)
    }

    /// A request was answered and not refused.
    pub(super) fn passed(&mut self, now: Duration) {
        self.tick(now);
        if let Some(episode) = &mut self.episode {
            episode.passed += 1;
        }
    }

    /// Lowers the rate, once for all refusals of an episode.
    pub(super) fn refused(&mut self, refusal: Refusal) {
        let Refusal {
            at: now,
            sent_at,
            passed,
            share,
            latency,
        } = refusal;
        self.tick(now);
        self.refused_at = now;
        if let Some(episode) = &mut self.episode {
            episode.refused += 1;
            episode.last = (now, episode.passed);
            return;
        }
        if sent_at < self.cut_at {
            return;
        }
        let (passed, known) = match passed {
            PassedPerSecond::Counted(per_s) => (per_s, true),
            PassedPerSecond::Guessed(per_s) => (per_s, self.sure),
        };
        // Where this rate was what held back, it is what was sent; what was counted lags behind a rate that rises.
        let held_back = self.per_s.is_finite() && now.saturating_sub(self.held_back_at) < HELD_BACK_WITHIN;
        let before = if held_back {
            self.per_s
        } else {
            self.per_s.min(passed)
        };
        let was_limited = self.per_s.is_finite();
        let meanwhile = match was_limited {
            true if share < FEW => MEANWHILE_FEW,
            true => MEANWHILE,
            false if self.discarded => MEANWHILE_FEW,
            false => MEANWHILE_FIRST,
        };
        self.per_s = (before * meanwhile).max(PER_S_MIN);
        self.tokens = self.tokens.min(0.0);
        // Long enough for what is in flight to be answered, and for ten to be sent.
        let lasts = (latency * 2).max(Duration::from_secs_f64((5.0 / self.per_s).min(2.0)));
        self.episode = Some(Episode {
            began: now,
            ends: now + lasts.clamp(EPISODE_MIN, EPISODE_MAX),
            before,
            known,
            few: share < FEW,
            first: !was_limited,
            refused: 1,
            passed: 0,
            last: (now, 0),
        });
    }

    /// Lets time pass: tokens come, the rate rises, an episode ends.
    fn tick(&mut self, now: Duration) {
        if self.episode.as_ref().is_some_and(|episode| now >= episode.ends)
            && let Some(episode) = self.episode.take()
        {
            self.cut_at = now;
            self.gentle = if episode.is_gentle() { self.gentle + 1 } else { 0 };
            (self.per_s, self.sure) = episode.verdict();
            if episode.first && episode.were_few() {
                // It has nothing to do with how many are sent.
                (self.per_s, self.discarded) = (f64::INFINITY, true);
            } else if episode.were_few() {
                self.best = self.best.max(episode.before);
                self.per_s = self.per_s.max(self.best * NEAR_BEST);
            } else {
                self.best = self.per_s;
            }
            self.sure |= self.gentle >= 2;
        }
        let passed_s = now.saturating_sub(self.at).as_secs_f64();
        if passed_s <= 0.0 || !self.per_s.is_finite() {
            return;
        }
        self.at = now;
        if self.episode.is_none() {
            self.per_s *= 1.0 + self.raise(now) * passed_s.min(1.0);
        }
        self.tokens = (self.tokens + passed_s * self.per_s).min((self.per_s * BURST_S).max(1.0));
    }

    fn raise(&self, now: Duration) -> f64 {
        let (raise, patience) = if self.sure {
            (RAISE, PATIENCE)
        } else {
            (RAISE_UNSURE, PATIENCE_UNSURE)
        };
        let quiet = now.saturating_sub(self.refused_at).as_secs_f64() / patience.as_secs_f64();
        (raise * 2f64.powf((quiet - 1.0).clamp(0.0, 16.0))).min(RAISE_MAX)
    }
}

impl Episode {
    fn is_gentle(&self) -> bool {
        self.refused < 3 && self.refused <= self.passed.max(1)
    }

    fn were_few(&self) -> bool {
        let share = f64::from(self.refused) / f64::from(self.refused + self.passed).max(1.0);
        self.few && (self.refused <= 2 || share < FEW)
    }

    /// The new rate, and whether enough was counted to be sure of it.
    fn verdict(&self) -> (f64, bool) {
        let (last, passed) = self.last;
        let span = last.saturating_sub(self.began);
        if self.refused < 3 || span < EPISODE_MIN / 4 {
            // A little too much was sent, or nearly all of it.
            let factor = if self.is_gentle() { BELOW } else { 0.5 };
            return (
                (self.before * factor).max(PER_S_MIN),
                self.is_gentle() && self.known,
            );
        }
        // By the share of what was sent, too: where it came in bursts, there were pauses in which nothing could pass.
        let share = f64::from(passed) / f64::from(passed + self.refused);
        let counted = (f64::from(passed) / span.as_secs_f64()).max(self.before * share);
        // With few requests, one more or less changes much: the rate does not follow that far down at once.
        let floor = self.before / if passed < 4 { 8.0 } else { 64.0 };
        let per_s = (counted.max(floor) * BELOW).min(self.before * BELOW);
        (per_s.max(PER_S_MIN), false)
    }
}
