//! How fast passwords can be tried: after some wrong ones for a name, each next one has to wait longer. Never a lock: any visitor
//! could lock out the administrator.

use coldkeep_core::{Code, Problem};
use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

/// Wrong passwords for a name before the next one has to wait.
const FREE: u32 = 5;
/// The longest wait.
const WAIT_MAX: Duration = Duration::from_secs(30);
/// Names that are remembered. The ones that may try again soonest are dropped first.
const NAMES_MAX: usize = 1024;

/// Refused sign-ins by name.
#[derive(Debug, Default)]
pub(super) struct Throttle(Mutex<HashMap<String, Tries>>);

#[derive(Debug, Clone, Copy)]
struct Tries {
    wrong: u32,
    next_at: Instant,
}

impl Throttle {
    /// Refuses a try that comes too soon.
    pub fn check(&self, name: &str, now: Instant) -> Result<(), Problem> {
        let names = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let wait = names
            .get(&key(name))
            .and_then(|tries| tries.next_at.checked_duration_since(now));
        match wait.filter(|wait| !wait.is_zero()) {
            None => Ok(()),
            Some(wait) => Err(Problem::new(
                Code::SignInsTooMany,
                "The password was wrong several times",
                format!("Try again in {} seconds.", wait.as_secs() + 1),
            )),
        }
    }

    /// Notes whether the password was right.
    pub fn note(&self, name: &str, is_right: bool, now: Instant) {
        let mut names = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if is_right {
            names.remove(&key(name));
            return;
        }
        if names.len() >= NAMES_MAX && !names.contains_key(&key(name)) {
            let soonest = names
                .iter()
                .min_by_key(|(_, tries)| tries.next_at)
                .map(|(name, _)| name.clone());
            soonest.map(|name| names.remove(&name));
        }
        let tries = names.entry(key(name)).or_insert(Tries {
            wrong: 0,
            next_at: now,
        });
        tries.wrong = tries.wrong.saturating_add(1);
        let wait = match tries.wrong.checked_sub(FREE) {
            None => Duration::ZERO,
            Some(beyond) => Duration::from_secs(1 << beyond.min(5)).min(WAIT_MAX),
        };
        tries.next_at = now + wait;
    }
}

/// Long names would fill the memory.
fn key(name: &str) -> String {
    name.trim().chars().take(80).collect::<String>().to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrong_passwords_make_the_next_try_wait_and_a_right_one_ends_that() {
        let (throttle, start) = (Throttle::default(), Instant::now());
        let at = |seconds| start + Duration::from_secs(seconds);
        for _ in 0..FREE {
            throttle.check("Ann", at(0)).unwrap();
            throttle.note("ann ", false, at(0));
        }
        assert_eq!(
            throttle.check("ANN", at(0)).unwrap_err().code,
            Code::SignInsTooMany
        );
        throttle.check("bob", at(0)).unwrap();
        throttle.check("ann", at(1)).unwrap();
        for _ in 0..20 {
            throttle.note("ann", false, at(1));
        }
        throttle.check("ann", at(30)).unwrap_err();
        throttle.check("ann", at(31)).unwrap();
        throttle.note("ann", true, at(31));
        throttle.check("ann", at(31)).unwrap();
    }

    #[test]
    fn it_remembers_a_bounded_number_of_names() {
        let throttle = Throttle::default();
        for n in 0..3 * NAMES_MAX {
            throttle.note(&n.to_string(), false, Instant::now());
        }
        assert!(throttle.0.lock().unwrap().len() <= NAMES_MAX);
    }
}
