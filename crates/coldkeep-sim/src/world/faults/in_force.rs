//! The faults in force, and the requests that they hold.

use super::{
    action::Action,
    dice::Dice,
    fault::{Fault, RequestInfo},
};
use std::{
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::sync::Notify;

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
    /// Counts a matching request; returns whether it goes wrong.
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

    /// Waits until `count` requests have been held since the start, or `limit` has passed; returns whether they have.
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

    /// The number of the next marker that leads back, of `period` different ones (0: of any number).
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
