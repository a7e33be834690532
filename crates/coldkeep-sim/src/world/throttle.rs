//! Throttling: a maximum of requests a second, by service, and at Blob Storage by account. Time is the simulated one,
//! so a frozen clock makes it exact and an advanced one ends it.

use crate::wire::{Service, checked::Check};
use coldkeep_core::Timestamp;
use serde::{Deserialize, Serialize};
use std::{
    collections::HashMap,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

/// A limit. At Blob Storage each account has its own share of it, elsewhere the service as a whole.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limit {
    /// `login`, `graph`, `arm` or `blob`.
    pub service: String,
    /// Only this storage account (`blob`); none: each one.
    #[serde(default)]
    pub account: Option<String>,
    pub requests_per_s: f64,
    /// The number of requests allowed at once after a pause; by default those of one second.
    #[serde(default)]
    pub burst: Option<f64>,
    /// The value of `Retry-After`; by default, the whole seconds until the next request passes. Blob Storage sends none.
    #[serde(default)]
    pub retry_after_s: Option<u64>,
}

impl Check for Limit {
    fn check(&self) -> Result<(), String> {
        let service = Service::of_azure(&self.service)?;
        let above_0 = |name, number: f64| match number.is_finite() && number > 0.0 {
            true => Ok(()),
            false => Err(format!("{name} must be above 0")),
        };
        above_0("requests_per_s", self.requests_per_s)?;
        above_0("burst", self.burst.unwrap_or(1.0))?;
        match &self.account {
            Some(name) if service != Service::Blob => Err(format!(
                "only blob is limited by account, not {}: `{name}`",
                self.service
            )),
            _ => Ok(()),
        }
    }
}

/// A request over the limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TooMany {
    /// When to come again.
    pub(crate) retry_after_s: Option<u64>,
}

/// The limits in force, and what is left of each.
#[derive(Debug, Default)]
pub struct Throttle {
    any: AtomicBool,
    refused: AtomicU64,
    state: Mutex<ThrottleState>,
}

#[derive(Debug, Default)]
struct ThrottleState {
    limits: Vec<Limit>,
    /// By the limit's place and the account.
    buckets: HashMap<(usize, String), Bucket>,
}

#[derive(Debug)]
struct Bucket {
    left: f64,
    at: Timestamp,
}

impl Throttle {
    /// Puts a limit in force; one for the same service and account is replaced.
    pub fn add(&self, limit: Limit) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state
            .limits
            .retain(|l| l.service != limit.service || l.account != limit.account);
        state.limits.push(limit);
        state.buckets.clear();
        self.any.store(true, Ordering::Release);
    }

    /// Lifts all limits.
    pub fn clear(&self) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        *state = ThrottleState::default();
        self.any.store(false, Ordering::Release);
    }

    /// The limits in force.
    pub fn list(&self) -> Vec<Limit> {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.limits.clone()
    }

    /// Counts a request; `Some` if it is one too many.
    pub(crate) fn refuse(&self, service: &str, path: &str, now: Timestamp) -> Option<TooMany> {
        if !self.any.load(Ordering::Acquire) {
            return None;
        }
        let account = path.split(['/', '?']).nth(1).unwrap_or_default();
        let mut held = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let ThrottleState { limits, buckets } = &mut *held;
        let mut refused = None;
        for (at, limit) in limits.iter().enumerate() {
            let blob = service == "blob";
            let names_it = limit
                .account
                .as_deref()
                .is_none_or(|named| blob && named == account);
            if limit.service != service || !names_it {
                continue;
            }
            let key = (at, if blob { account.to_owned() } else { String::new() });
            let burst = limit.burst.unwrap_or(limit.requests_per_s).max(1.0);
            let bucket = buckets.entry(key).or_insert(Bucket { left: burst, at: now });
            if let Some(missing) = bucket.take(limit.requests_per_s, burst, now) {
                let wait_s = (missing / limit.requests_per_s).ceil().clamp(1.0, 3600.0) as u64;
                refused = Some(TooMany {
                    retry_after_s: limit.retry_after_s.or((!blob).then_some(wait_s)),
                });
            }
        }
        self.refused
            .fetch_add(refused.is_some().into(), Ordering::Relaxed);
        refused
    }

    /// Requests refused since the counters were reset, reads of copy sources included.
    pub fn refused(&self) -> u64 {
        self.refused.load(Ordering::Relaxed)
    }

    /// Counts refusals from 0 again.
    pub fn reset_refused(&self) {
        self.refused.store(0, Ordering::Relaxed);
    }
}

impl Bucket {
    /// Takes one request out; `Some` if there is none left: what is missing to one.
    fn take(&mut self, per_s: f64, burst: f64, now: Timestamp) -> Option<f64> {
        let passed_s = now.duration_since(self.at).as_secs_f64().max(0.0);
        self.left = (self.left + passed_s * per_s).min(burst);
        self.at = now;
        if self.left < 1.0 {
            return Some(1.0 - self.left);
        }
        self.left -= 1.0;
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_account_has_its_own_share_and_time_refills_it() {
        let throttle = Throttle::default();
        let at = |s| Timestamp::from_second(s).unwrap();
        assert_eq!(throttle.refuse("blob", "/a/c", at(0)), None);
        throttle.add(Limit {
            service: "blob".into(),
            account: None,
            requests_per_s: 2.0,
            burst: None,
            retry_after_s: None,
        });
        let ask = |path, s| throttle.refuse("blob", path, at(s)).is_some();
        assert_eq!(
            [ask("/a/c", 0), ask("/a/c", 0), ask("/a?x", 0)],
            [false, false, true]
        );
        assert!(!ask("/b/c", 0), "another account");
        assert!(!ask("/a/c", 1), "a second later");
        assert_eq!(throttle.refuse("graph", "/v1.0/me", at(0)), None);
        throttle.clear();
        assert!(!ask("/b/c", 1));
    }
}
