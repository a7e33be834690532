//! Faults on demand: which requests go wrong, and how. One hook in the server's front serves all services.

mod action;
mod dice;

use crate::wire::{Service, checked::Check};
pub use action::Action;
use dice::Dice;

use serde::{Deserialize, Serialize};
use std::{
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::sync::Notify;

/// What a fault is chosen by.
#[derive(Debug, Clone, Copy)]
pub struct RequestInfo<'a> {
    /// `login`, `graph`, `arm` or `blob`.
    pub service: &'static str,
    pub method: &'a str,
    /// Path and query as sent.
    pub path: &'a str,
    /// Whether it carries `x-ms-copy-source`.
    pub copy_source: bool,
}

/// A fault: which requests, how many of them, and what happens to them.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// `login`, `graph`, `arm` or `blob`; none: any.
    #[serde(default)]
    pub service: Option<String>,
    #[serde(default)]
    pub method: Option<String>,
    /// A part of path and query as sent, percent-encoding and all.
    #[serde(default)]
    pub path_contains: Option<String>,
    /// Only requests that do (or do not) carry `x-ms-copy-source`.
    #[serde(default)]
    pub copy_source: Option<bool>,
    /// So many matching requests pass before the first goes wrong.
    #[serde(default)]
    pub skip: u64,
    /// So many go wrong; none: all.
    #[serde(default)]
    pub times: Option<u64>,
    /// How likely a matching request goes wrong, from 0 to 1; none: certainly. Which ones follows from `seed`.
    #[serde(default)]
    pub chance: Option<f64>,
    /// The number from which chance is made: the same one strikes the same requests.
    #[serde(default)]
    pub seed: u64,
    pub action: Action,
}

impl Check for Fault {
    /// Refuses what could never strike, or not as it says.
    fn check(&self) -> Result<(), String> {
        self.service.as_deref().map(Service::of_azure).transpose()?;
        if self.chance.is_some_and(|chance| !(0.0..=1.0).contains(&chance)) {
            return Err("chance must be from 0 to 1".to_owned());
        }
        match self.action {
            Action::Status { status, .. } if !(200..600).contains(&status) => {
                Err(format!("{status} is no status of a reply"))
            }
            _ => Ok(()),
        }
    }
}

impl Fault {
    /// A fault for every request; narrow it by setting fields.
    pub fn new(action: Action) -> Self {
        Self {
            service: None,
            method: None,
            path_contains: None,
            copy_source: None,
            skip: 0,
            times: None,
            chance: None,
            seed: 0,
            action,
        }
    }

    /// Only this service.
    pub fn service(mut self, service: &str) -> Self {
        self.service = Some(service.to_owned());
        self
    }

    /// Only this method.
    pub fn method(mut self, method: &str) -> Self {
        self.method = Some(method.to_owned());
        self
    }

    /// Only where path and query contain this.
    pub fn path_contains(mut self, part: &str) -> Self {
        self.path_contains = Some(part.to_owned());
        self
    }

    /// Lets `skip` matching requests pass, then acts on `times`.
    pub fn after(mut self, skip: u64, times: u64) -> Self {
        self.skip = skip;
        self.times = Some(times);
        self
    }

    /// Strikes by chance: with this probability, repeatably by this seed.
    pub fn by_chance(mut self, chance: f64, seed: u64) -> Self {
        self.chance = Some(chance);
        self.seed = seed;
        self
    }

    fn matches(&self, request: &RequestInfo<'_>) -> bool {
        self.service.as_deref().is_none_or(|s| s == request.service)
            && self
                .method
                .as_deref()
                .is_none_or(|m| m.eq_ignore_ascii_case(request.method))
            && self
                .path_contains
                .as_deref()
                .is_none_or(|p| request.path.contains(p))
            && self.copy_source.is_none_or(|c| c == request.copy_source)
    }
}

/// The faults in force and the requests they hold.
#[derive(Debug, Default)]
pub struct Faults {
    any: AtomicBool,
    active: Mutex<Vec<Active>>,
    held: AtomicU64,
    held_ever: AtomicU64,
    release: Notify,
    hold_changed: Notify,
    /// Counts how often the faults were cleared.
    epoch: AtomicU64,
    /// Counts the markers that led back to the beginning.
    markers: AtomicU64,
}

#[derive(Debug)]
struct Active {
    fault: Fault,
    seen: u64,
    struck: u64,
    dice: Dice,
}

impl Active {
    /// Counts a matching request; says whether it goes wrong.
    fn strikes(&mut self, request: &RequestInfo<'_>) -> bool {
        self.seen += 1;
        let due = self.seen > self.fault.skip && self.fault.times.is_none_or(|times| self.struck < times);
        if !due {
            return false;
        }
        let seed = self.fault.seed ^ (self.fault.action.salt() << 48);
        let chance = self.fault.chance;
        let strikes = chance.is_none_or(|chance| self.dice.strike(seed, chance, request));
        self.struck += u64::from(strikes);
        strikes
    }
}

impl Faults {
    /// Puts a fault in force. Of several that match a request, the first added acts.
    pub fn add(&self, fault: Fault) {
        let mut active = self.active.lock().unwrap_or_else(PoisonError::into_inner);
        active.push(Active {
            fault,
            seen: 0,
            struck: 0,
            dice: Dice::default(),
        });
        self.any.store(true, Ordering::Release);
    }

    /// Lifts all faults; connections of held requests are cut.
    pub fn clear(&self) {
        let mut active = self.active.lock().unwrap_or_else(PoisonError::into_inner);
        active.clear();
        self.any.store(false, Ordering::Release);
        self.epoch.fetch_add(1, Ordering::AcqRel);
        self.release.notify_waiters();
    }

    /// The faults in force, spent ones among them.
    pub fn list(&self) -> Vec<Fault> {
        let active = self.active.lock().unwrap_or_else(PoisonError::into_inner);
        active.iter().map(|a| a.fault.clone()).collect()
    }

    /// What is to happen to this request, if anything.
    pub fn judge(&self, request: &RequestInfo<'_>) -> Option<Action> {
        if !self.any.load(Ordering::Acquire) {
            return None;
        }
        let mut active = self.active.lock().unwrap_or_else(PoisonError::into_inner);
        let mut verdict = None;
        for one in active.iter_mut().filter(|a| a.fault.matches(request)) {
            if one.strikes(request) && verdict.is_none() {
                verdict = Some(one.fault.action.clone());
            }
        }
        verdict
    }

    /// How many requests are being held now.
    pub fn held(&self) -> u64 {
        self.held.load(Ordering::Acquire)
    }

    /// How many requests were ever held.
    pub fn held_ever(&self) -> u64 {
        self.held_ever.load(Ordering::Acquire)
    }

    /// Waits until `count` requests have been held since the start, or `limit` has passed; says whether they have.
    pub async fn wait_held(&self, count: u64, limit: Duration) -> bool {
        let enough = async {
            loop {
                let changed = self.hold_changed.notified();
                if self.held_ever() >= count {
                    return;
                }
                changed.await;
            }
        };
        tokio::time::timeout(limit, enough).await.is_ok()
    }

    /// Taken before [`Faults::judge`], for [`Faults::hold`].
    pub(crate) fn epoch(&self) -> u64 {
        self.epoch.load(Ordering::Acquire)
    }

    /// The number of the next marker that leads back, of so many different ones (0: of any number).
    pub(crate) fn next_marker(&self, period: u64) -> u64 {
        let number = self.markers.fetch_add(1, Ordering::AcqRel);
        number.checked_rem(period).unwrap_or(number)
    }

    /// Waits until the faults are cleared, if they have not been since `epoch`. The client's going away drops this, which
    /// counts it out again.
    pub(crate) async fn hold(&self, epoch: u64) {
        let released = self.release.notified();
        if self.epoch() != epoch {
            return;
        }
        self.held.fetch_add(1, Ordering::AcqRel);
        let _out = HeldGuard(self);
        self.held_ever.fetch_add(1, Ordering::AcqRel);
        self.hold_changed.notify_waiters();
        released.await;
    }
}

struct HeldGuard<'a>(&'a Faults);

impl Drop for HeldGuard<'_> {
    fn drop(&mut self) {
        self.0.held.fetch_sub(1, Ordering::AcqRel);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn get(path: &str) -> RequestInfo<'_> {
        RequestInfo {
            service: "blob",
            method: "GET",
            path,
            copy_source: false,
        }
    }

    #[test]
    fn a_fault_acts_on_the_requests_it_names_and_no_others() {
        let faults = Faults::default();
        assert_eq!(faults.judge(&get("/a")), None);
        faults.add(
            Fault::new(Action::LoseReply)
                .service("blob")
                .path_contains("/a")
                .after(1, 1),
        );
        assert_eq!(faults.judge(&get("/b")), None);
        assert_eq!(faults.judge(&get("/a")), None, "the first passes");
        assert_eq!(faults.judge(&get("/a")), Some(Action::LoseReply));
        assert_eq!(faults.judge(&get("/a")), None, "spent");
    }

    #[test]
    fn faults_are_read_from_json() {
        let fault: Fault = serde_json::from_str(
            r#"{"service":"blob","skip":3,"times":1,"action":{"hold":{"after_effect":true}}}"#,
        )
        .unwrap();
        assert_eq!(fault.action, Action::Hold { after_effect: true });
        let status: Fault = serde_json::from_str(r#"{"action":{"status":{"status":503}}}"#).unwrap();
        assert!(matches!(
            status.action,
            Action::Status {
                status: 503,
                code: None,
                ..
            }
        ));
    }
}
