//! The controls against simulated services: a client that always has more to send, in simulated time.

use super::*;
use std::{cmp::Reverse, collections::BinaryHeap};

const MS: Duration = Duration::from_millis(1);
const S: Duration = Duration::from_secs(1);

/// A service: how long an answer is on its way, how many requests it works on at once and how long on each, and how many
/// it allows.
#[derive(Clone)]
struct Service {
    way: Duration,
    workers: Vec<Duration>,
    work: Duration,
    allowed_per_s: Option<f64>,
    burst: f64,
    left: f64,
    at: Duration,
    retry_after: Option<Duration>,
    /// Until then a refusal counts as coming too early.
    closed_until: Duration,
    early: u32,
    /// One in this many is refused, at every rate.
    refuses_one_in: Option<u32>,
    asked: u32,
}

impl Service {
    fn new(way: Duration) -> Self {
        Self {
            way,
            workers: Vec::new(),
            work: Duration::ZERO,
            allowed_per_s: None,
            burst: 1.0,
            left: 1.0,
            at: Duration::ZERO,
            retry_after: None,
            closed_until: Duration::ZERO,
            early: 0,
            refuses_one_in: None,
            asked: 0,
        }
    }

    fn workers(mut self, workers: usize, work: Duration) -> Self {
        (self.workers, self.work) = (vec![Duration::ZERO; workers], work);
        self
    }

    fn allows(mut self, per_s: f64, burst: f64) -> Self {
        (self.allowed_per_s, self.burst, self.left) = (Some(per_s), burst, burst);
        self
    }

    /// When the answer to a request that leaves at `now` is there, and what it is.
    fn ask(&mut self, now: Duration) -> (Duration, Outcome) {
        let arrives = now + self.way / 2;
        self.asked += 1;
        if self
            .refuses_one_in
            .is_some_and(|many| self.asked.is_multiple_of(many))
        {
            return (now + self.way, Outcome::Throttled { retry_after: None });
        }
        if let Some(per_s) = self.allowed_per_s {
            let passed = arrives.saturating_sub(self.at).as_secs_f64();
            (self.left, self.at) = ((self.left + passed * per_s).min(self.burst), arrives);
            if arrives < self.closed_until {
                self.early += 1;
            }
            if self.left < 1.0 {
                if let Some(wait) = self.retry_after {
                    self.closed_until = self.closed_until.max(arrives + wait);
                }
                let retry_after = self.retry_after;
                return (now + self.way, Outcome::Throttled { retry_after });
            }
            self.left -= 1.0;
        }
        let mut done = arrives;
        if let Some(worker) = self.workers.iter_mut().min() {
            *worker = (*worker).max(arrives) + self.work;
            done = *worker;
        }
        (done + self.way / 2, Outcome::Answered)
    }
}

/// What came of it, second by second.
#[derive(Debug, Default)]
struct Course {
    passed: Vec<u32>,
    refused: Vec<u32>,
    limits: Vec<u32>,
}

impl Course {
    fn passed(&self, from: usize) -> f64 {
        f64::from(self.passed[from..].iter().sum::<u32>()) / (self.passed.len() - from) as f64
    }

    fn refused_share(&self) -> f64 {
        let sum = |counts: &[u32]| f64::from(counts.iter().sum::<u32>());
        sum(&self.refused) / (sum(&self.refused) + sum(&self.passed)).max(1.0)
    }
}

/// Sends whenever it may, for this many seconds. `change` may change the service at each second.
fn run(service: &mut Service, seconds: u64, mut change: impl FnMut(u64, &mut Service)) -> Course {
    let mut flow = Flow::new(1024);
    let mut answers = BinaryHeap::new();
    let mut course = Course::default();
    let mut now = Duration::ZERO;
    let mut in_flight = 0;
    let mut number = 0u64;
    while now < S * u32::try_from(seconds).unwrap() {
        let second = now.as_secs() as usize;
        while course.passed.len() <= second {
            change(course.passed.len() as u64, service);
            course.passed.push(0);
            course.refused.push(0);
            course.limits.push(flow.limit());
        }
        let wake = match flow.admit(now, in_flight) {
            Admission::Now => {
                let (at, outcome) = service.ask(now);
                in_flight += 1;
                number += 1;
                answers.push(Reverse((at, number, now, matches!(outcome, Outcome::Answered))));
                // A client needs some time for each.
                now += Duration::from_micros(20);
                continue;
            }
            Admission::At(at) => Some(at),
            Admission::Full => None,
        };
        let next = answers.peek().map(|Reverse((at, ..))| *at);
        let due = match (wake, next) {
            (Some(wake), Some(next)) if wake < next => wake,
            (_, Some(next)) => next,
            (Some(wake), None) => wake,
            (None, None) => panic!("nothing in flight and yet full"),
        };
        now = now.max(due);
        while let Some(Reverse((at, _, sent_at, passed))) = answers.peek().copied() {
            if at > now {
                break;
            }
            answers.pop();
            in_flight -= 1;
            let second = (at.as_secs() as usize).min(course.passed.len() - 1);
            let outcome = if passed {
                course.passed[second] += 1;
                Outcome::Answered
            } else {
                course.refused[second] += 1;
                Outcome::Throttled {
                    retry_after: service.retry_after,
                }
            };
            flow.answered(at, sent_at, outcome);
        }
    }
    course
}

fn steady(mut service: Service, seconds: u64) -> Course {
    run(&mut service, seconds, |_, _| {})
}

#[test]
fn a_long_way_is_filled_within_seconds() {
    let course = steady(Service::new(50 * MS), 5);
    assert!(course.passed[1] > 15_000, "{course:?}");
    assert_eq!(course.limits[2], 1024);
    let course = steady(Service::new(200 * MS), 6);
    assert!(course.passed(3) > 4500.0, "{course:?}");
}

#[test]
fn a_queue_is_not_lengthened() {
    // Two workers of a quarter of a millisecond: 8,000 a second, with or without a queue.
    let course = steady(Service::new(MS).workers(2, MS / 4), 40);
    assert!(course.passed(1) > 7500.0, "{course:?}");
    assert!(course.limits[2..].iter().all(|limit| *limit <= 128), "{course:?}");
    // On a long way the queue is what comes on top.
    let course = steady(Service::new(50 * MS).workers(4, MS), 40);
    assert!(course.passed(2) > 3600.0, "{course:?}");
    assert!(
        course.limits[10..].iter().all(|limit| *limit <= 512),
        "{course:?}"
    );
}

#[test]
fn what_is_allowed_is_used_and_little_is_refused() {
    for (way, workers, per_s, burst) in [
        (MS, 2, 2000.0, 2000.0),
        (MS, 2, 2000.0, 20.0),
        (50 * MS, 0, 2000.0, 2000.0),
        (50 * MS, 0, 2000.0, 20.0),
        (10 * MS, 4, 500.0, 500.0),
        (20 * MS, 0, 10_000.0, 1000.0),
    ] {
        let mut service = Service::new(way).allows(per_s, burst);
        if workers > 0 {
            service = service.workers(workers, MS / 4);
        }
        let course = steady(service, 30);
        let what = format!("{way:?} {per_s} {burst}: {course:?}");
        assert!(course.passed(3) > per_s * 0.93, "{what}");
        // What is in flight when a burst is used up cannot be known before.
        let first = f64::from(course.refused[0].saturating_sub(1024));
        let late: u32 = course.refused[1..].iter().sum();
        let all = f64::from(course.passed.iter().sum::<u32>());
        assert!((first + f64::from(late)) / all < 0.01, "{what}");
        if way < 5 * MS {
            assert!(course.refused_share() < 0.01, "{} {what}", course.refused_share());
        }
    }
}

#[test]
fn a_small_allowance_is_found_within_seconds() {
    for (per_s, burst, seconds) in [
        (20.0, 20.0, 60),
        (20.0, 1.0, 60),
        (200.0, 200.0, 30),
        (3.0, 3.0, 120),
    ] {
        let course = steady(
            Service::new(2 * MS).workers(2, MS / 4).allows(per_s, burst),
            seconds,
        );
        let what = format!("{per_s} {burst}: {course:?}");
        assert!(course.passed(5) > per_s * 0.8, "{what}");
        let late: u32 = course.refused[5..].iter().sum();
        assert!(
            f64::from(late) < per_s * seconds as f64 * 0.03 + seconds as f64 / 3.0,
            "{late} {what}"
        );
    }
}

#[test]
fn refusals_that_have_nothing_to_do_with_the_rate_cost_little() {
    for (way, one_in, least) in [(MS, 100, 2800.0), (50 * MS, 100, 1000.0), (10 * MS, 1000, 2800.0)] {
        let mut service = Service::new(way).workers(4, MS);
        service.refuses_one_in = Some(one_in);
        let course = steady(service, 60);
        assert!(course.passed(5) > least, "{way:?} {one_in}: {course:?}");
    }
}

#[test]
fn an_allowance_that_changes_is_followed() {
    let mut service = Service::new(10 * MS).allows(5000.0, 500.0);
    let course = run(&mut service, 90, |second, service| {
        service.allowed_per_s = Some(if (20..40).contains(&second) { 300.0 } else { 5000.0 });
        if second == 20 {
            service.burst = 30.0;
        }
    });
    let mean =
        |from: usize, to: usize| f64::from(course.passed[from..to].iter().sum::<u32>()) / (to - from) as f64;
    assert!(mean(24, 40) > 270.0, "{course:?}");
    assert!(
        mean(80, 90) > 3000.0,
        "what is allowed again is used again: {course:?}"
    );
}

#[test]
fn a_pause_is_one_of_all() {
    let mut service = Service::new(50 * MS).allows(100.0, 100.0);
    service.retry_after = Some(3 * S);
    let course = run(&mut service, 40, |_, _| {});
    // What was in flight when the first refusal came is all that comes early.
    assert!(service.early <= 256, "{} {course:?}", service.early);
    assert!(course.passed.iter().sum::<u32>() > 1000, "{course:?}");
}

#[test]
fn it_is_known_since_when_nothing_passes() {
    let mut flow = Flow::new(64);
    let throttled = Outcome::Throttled { retry_after: None };
    flow.answered(S, Duration::ZERO, throttled);
    flow.answered(2 * S, S, throttled);
    assert_eq!(flow.starved_since(), Some(S));
    // Long silence forgets what was learned, not that.
    assert_eq!(flow.admit(100 * S, 0), Admission::Now);
    assert_eq!((flow.starved_since(), flow.per_second()), (Some(S), None));
    flow.answered(101 * S, 100 * S, Outcome::Answered);
    assert_eq!(flow.starved_since(), None);
}

#[test]
fn nothing_leaves_before_retry_after() {
    let mut flow = Flow::new(64);
    let retry_after = Some(10 * S);
    flow.answered(S, Duration::ZERO, Outcome::Throttled { retry_after });
    assert_eq!(flow.admit(2 * S, 0), Admission::At(11 * S));
    assert_eq!(flow.admit(11 * S - MS, 0), Admission::At(11 * S));
    assert!(matches!(flow.admit(11 * S + MS, 0), Admission::Now));
}

#[test]
fn a_pause_of_any_length_ends() {
    for asked in [Duration::from_secs(31_536_000), Duration::MAX] {
        let mut flow = Flow::new(16);
        assert_eq!(flow.admit(Duration::ZERO, 0), Admission::Now);
        let retry_after = Some(asked);
        flow.answered(Duration::ZERO, Duration::ZERO, Outcome::Throttled { retry_after });
        // What was in flight still succeeds, so that nothing else would end the pause.
        flow.answered(Duration::ZERO, Duration::ZERO, Outcome::Answered);
        assert_eq!(flow.admit(Duration::ZERO, 0), Admission::At(super::PAUSE_MAX));
    }
}
