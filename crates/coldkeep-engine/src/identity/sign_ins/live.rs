//! The sign-ins that this process holds in memory, tokens included, and when it forgets them.

use crate::ground::leases::HeldLease;
use coldkeep_api::{SignIn, SignInState};
use coldkeep_azure::{BrowserSignIn, Person};
use coldkeep_core::{Challenge, Code, Problem, Timestamp, fix, id::SignInId, problem::Field};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

/// A sign-in that nothing used for this long is forgotten, and its tokens with it.
const UNUSED_MAX: Duration = Duration::from_secs(3600);

/// Sign-ins of this process.
#[derive(Debug, Default)]
pub(crate) struct LiveSignIns(Mutex<HashMap<SignInId, SignInRecord>>);

#[derive(Debug, Clone)]
pub(super) struct SignInRecord {
    pub shown: SignIn,
    pub person: Option<Person>,
    pub way: SignInContinuation,
    /// The id of the tenant that was asked for, where one was.
    pub tenant_id: Option<String>,
    /// From then on it is forgotten, unless it is used.
    forget_at: Timestamp,
    /// Shows the other processes of a shared database that it is here.
    lease: Arc<HeldLease>,
}

/// What it takes to continue with it.
#[derive(Debug, Clone)]
pub(super) enum SignInContinuation {
    DeviceCode {
        tenant: String,
        client_id: String,
        challenge: Option<Challenge>,
    },
    Browser(Box<BrowserSignIn>),
    Tokens,
}

impl LiveSignIns {
    pub(super) fn set(&self, known: SignInRecord) {
        self.all().insert(known.shown.id, known);
    }

    /// The sign-in, which from now on counts as used; none where this process does not hold it.
    pub(super) fn get(&self, id: SignInId, now: Timestamp) -> Option<SignInRecord> {
        let mut all = self.all();
        all.retain(|_, record| record.forget_at > now);
        let record = all.get_mut(&id)?;
        record.forget_at = record.forget_at.max(now + UNUSED_MAX);
        Some(record.clone())
    }

    /// Whether a code is still waited for: it has not been replaced by a newer one, nor was the sign-in ended.
    pub(super) fn awaits(&self, id: SignInId, user_code: &str) -> bool {
        self.all()
            .get(&id)
            .is_some_and(|record| record.shown.user_code == user_code)
    }

    /// Forgets a sign-in with its tokens. Answers the lease that other servers see, to be given back.
    pub(super) fn forget(&self, id: SignInId) -> Option<HeldLease> {
        let record = self.all().remove(&id)?;
        Arc::into_inner(record.lease)
    }

    /// Forgets those that nothing used for a while.
    pub(crate) fn forget_unused(&self, now: Timestamp) {
        self.all().retain(|_, record| record.forget_at > now);
    }

    fn all(&self) -> std::sync::MutexGuard<'_, HashMap<SignInId, SignInRecord>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes down how it ended, unless it has ended already or a fresh code took the place of the one it ended for.
    pub(super) fn end(&self, id: SignInId, user_code: &str, outcome: Result<Person, Problem>) {
        let mut all = self.all();
        if let Some(known) = all.get_mut(&id)
            && known.shown.user_code == user_code
            && known.shown.state == SignInState::Pending
        {
            known.end(outcome);
        }
    }
}

impl SignInRecord {
    /// A sign-in that is not finished yet.
    pub(super) fn new(
        shown: SignIn,
        way: SignInContinuation,
        tenant_id: Option<String>,
        lease: HeldLease,
        now: Timestamp,
    ) -> Self {
        Self {
            forget_at: now.max(shown.expires_at) + UNUSED_MAX,
            shown,
            person: None,
            way,
            tenant_id,
            lease: Arc::new(lease),
        }
    }

    pub(super) fn end(&mut self, outcome: Result<Person, Problem>) {
        let wanted = self.tenant_id.as_deref();
        match outcome.and_then(|person| {
            check_tenant(wanted, &person.tenant_id, &person.user_principal_name).map(|()| person)
        }) {
            Ok(person) => {
                self.shown.state = SignInState::Done;
                self.shown.user_principal_name = Some(person.user_principal_name.clone());
                self.shown.tenant_id = Some(person.tenant_id.clone());
                self.shown.problem = None;
                self.person = Some(person);
            }
            Err(problem) => {
                self.shown.state = SignInState::Failed;
                self.shown.problem = Some(problem);
            }
        }
    }

    /// What to do while the sign-in is not finished.
    pub(super) fn still_waiting(self) -> Problem {
        let next = match self.shown.authorize_url {
            Some(url) => format!("Open {url}"),
            None => format!(
                "Open {} and enter {}.",
                self.shown.verification_uri, self.shown.user_code
            ),
        };
        Problem::new(Code::SignInPending, "The sign-in is not finished yet", next)
    }
}

/// Refuses who signed in to another tenant than the one that was asked for.
fn check_tenant(wanted: Option<&str>, tenant_id: &str, who: &str) -> Result<(), Problem> {
    match wanted {
        Some(wanted) if !wanted.eq_ignore_ascii_case(tenant_id) => Err(Problem::new(
            Code::SignInOtherTenant,
            format!("`{who}` signed in to the tenant {tenant_id}, not to {wanted}"),
            fix![
                format!("Sign in again with an account of {wanted}, or name the other tenant with "),
                Field::Tenant,
                "."
            ],
        )),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_signs_in_to_another_tenant_is_refused_with_both_named() {
        let (here, there) = (
            "72f0c5f1-6d0a-4b7e-9c57-2f1e8d3a4b10",
            "c0a80101-0000-4000-8000-00000000c0de",
        );
        assert!(check_tenant(None, there, "eve").is_ok());
        assert!(check_tenant(Some(&here.to_uppercase()), here, "ann").is_ok());
        let refused = check_tenant(Some(here), there, "eve").unwrap_err();
        assert!(
            refused.what.contains(here) && refused.what.contains(there),
            "{refused}"
        );
    }
}
