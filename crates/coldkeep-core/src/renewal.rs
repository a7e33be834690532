//! Replacing a service account's credential before it ends: a new one beside the old, proven, switched to, and the
//! old one removed after a time of grace.

use crate::{
    Code, Problem, Timestamp, fix,
    id::CertificateId,
    moment::{days_after, days_until, never_ends},
    problem::{Field, Verb},
    service_account::{Credential, ServiceAccount, State},
};
use serde::{Deserialize, Serialize};

/// The default overlap period of the old credential, in days.
pub const GRACE_DAYS: u32 = 7;
/// The default number of days before its expiry at which a credential is renewed automatically.
pub const AUTO_RENEW_DAYS: u32 = 30;
/// Days before a credential expires on which people are warned, each more loudly.
pub const WARNING_DAYS: [i64; 5] = [60, 30, 14, 7, 1];
/// A renewal that failed by itself is tried again after this long, in seconds.
const RETRY_AFTER_S: i64 = 86_400;

/// What becomes of a service account's credentials over time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Upkeep {
    /// The replacement under way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub renewal: Option<Renewal>,
    /// Replaced credentials that Entra still takes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub retiring: Vec<Retiring>,
    /// How many days before its end the server renews the credential; none: never by itself.
    #[serde(default = "auto_renew_days")]
    pub auto_renew_days: Option<u32>,
    /// Why the server's last try failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<Failure>,
    /// The id Entra gave the credential in use, where a renewal registered it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key_id: Option<String>,
    /// Certificates that were generated for this account: nothing else knows them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub made_certificates: Vec<CertificateId>,
}

fn auto_renew_days() -> Option<u32> {
    Some(AUTO_RENEW_DAYS)
}

impl Default for Upkeep {
    fn default() -> Self {
        Self {
            renewal: None,
            retiring: vec![],
            auto_renew_days: auto_renew_days(),
            failure: None,
            key_id: None,
            made_certificates: vec![],
        }
    }
}

/// A replacement under way, journalled before each step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Renewal {
    /// The new one.
    pub credential: Credential,
    /// Its id in Entra; for certificates chosen, and written down, before it is registered.
    pub key_id: Option<String>,
    pub phase: Phase,
    pub way: RenewalMethod,
    pub grace_days: u32,
    /// Whether the old one goes although Coldkeep did not register it.
    #[serde(default)]
    pub remove_old: bool,
    pub started_at: Timestamp,
}

/// How far it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// The new credential exists here; Entra may know it or not.
    Prepared,
    /// Entra knows it.
    Registered,
    /// Tokens were given for it, several times in a row.
    Proven,
}

/// By whose right the new credential is registered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RenewalMethod {
    /// The application rolls its own key, proving that it has one.
    OwnRight,
    /// With a sign-in.
    SignIn,
    /// It is already registered, outside Coldkeep.
    Registered,
}

/// A replaced credential, removed once its grace is over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Retiring {
    pub credential: Credential,
    pub key_id: String,
    pub remove_after: Timestamp,
}

/// Why a renewal that the server began by itself failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    pub at: Timestamp,
    pub problem: Problem,
}

/// One step of a renewal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RenewalStep {
    Register,
    Prove,
    Switch,
}

/// What is left to do, in order.
pub fn plan_renewal(renewal: &Renewal) -> Vec<RenewalStep> {
    let mut steps = vec![RenewalStep::Switch];
    if renewal.phase < Phase::Proven {
        steps.insert(0, RenewalStep::Prove);
    }
    if renewal.phase < Phase::Registered {
        steps.insert(0, RenewalStep::Register);
    }
    steps
}

/// Puts the new credential in the place of the old one, which retires after its grace where it may be removed
/// (`old_key_id`).
pub fn switch(account: &mut ServiceAccount, old_key_id: Option<String>, now: Timestamp) {
    let Some(renewal) = account.upkeep.renewal.take() else {
        return;
    };
    let old = std::mem::replace(&mut account.credential, renewal.credential);
    if let Some(key_id) = old_key_id {
        account.upkeep.retiring.push(Retiring {
            credential: old,
            key_id,
            remove_after: days_after(now, i64::from(renewal.grace_days)),
        });
    }
    account.upkeep.key_id = renewal.key_id;
    account.upkeep.failure = None;
    account.proven_at = Some(now);
}

/// The replaced credentials whose grace is over.
pub fn due_to_go(account: &ServiceAccount, now: Timestamp) -> Vec<Retiring> {
    let due = |r: &&Retiring| r.remove_after <= now;
    account.upkeep.retiring.iter().filter(due).cloned().collect()
}

/// Whole days until the credential expires, negative once it has; none if that is not known.
pub fn days_left(account: &ServiceAccount, now: Timestamp) -> Option<i64> {
    let end = account.credential.expires_at()?;
    Some(days_until(end, now))
}

/// The warning that counts with this many days left: the smallest of [`WARNING_DAYS`] that is not below.
pub fn warning_due(days_left: i64) -> Option<i64> {
    WARNING_DAYS.into_iter().rev().find(|at| days_left <= *at)
}

/// Whether the application may roll its own key now.
///
/// # Errors
/// Why it cannot, and that a sign-in is needed instead.
pub fn check_own_right(account: &ServiceAccount, now: Timestamp) -> Result<(), Problem> {
    let sign_in = |what: String| {
        Problem::new(
            Code::RenewalNeedsSignIn,
            what,
            fix![
                "Sign in and renew it: ",
                Verb::ServiceAccountRenew.of(&account.name),
                "."
            ],
        )
    };
    match &account.credential {
        Credential::Secret { .. } => Err(sign_in(
            "An application cannot create a secret for itself, nor add a certificate while it has only a \
            secret"
                .into(),
        )),
        Credential::Certificate { expires_at, .. } if *expires_at <= now => Err(sign_in(format!(
            "The certificate expired on {expires_at}, and only a valid certificate lets the application add \
            another one"
        ))),
        Credential::Certificate { .. } if account.application_object_id.is_none() => Err(sign_in(
            "The application's object id is not known, and an application cannot read its own".into(),
        )
        .also(fix![
            "Or give the object id that the portal shows under App registrations, Overview (",
            Field::ApplicationObjectId,
            ")."
        ])),
        Credential::Certificate { .. } => Ok(()),
    }
}

/// Whether the server renews a credential by itself, and why not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ByItself {
    /// The number of days before it expires.
    Before {
        days: u32,
    },
    /// It is switched off.
    Off,
    NeverEnds,
    /// Creating a new secret needs a sign-in.
    Secret,
    /// An application cannot ask for its own object id.
    NoObjectId,
}

/// What happens to a credential without an administrator.
pub fn renews_by_itself(account: &ServiceAccount) -> ByItself {
    let days = account.upkeep.auto_renew_days;
    match (&account.credential, days) {
        (credential, _) if credential.expires_at().is_some_and(never_ends) => ByItself::NeverEnds,
        (Credential::Secret { .. }, _) => ByItself::Secret,
        (_, None) => ByItself::Off,
        (_, Some(_)) if account.application_object_id.is_none() => ByItself::NoObjectId,
        (_, Some(days)) => ByItself::Before { days },
    }
}

/// What the server is to do about a credential by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Auto {
    /// Nothing: nothing is due, or the last try is not a day ago.
    Nothing,
    /// Continue with, or begin, a renewal.
    Renew,
    /// Remove replaced credentials whose grace is over.
    Retire,
    /// It is time, and it cannot: why, and what people can do.
    Cannot(Problem),
}

/// What it is time for.
pub fn plan_auto_renewal(account: &ServiceAccount, now: Timestamp) -> Auto {
    if account.state != State::Ready {
        return Auto::Nothing;
    }
    if let Some(failure) = &account.upkeep.failure
        && now.as_second() - failure.at.as_second() < RETRY_AFTER_S
    {
        return Auto::Nothing;
    }
    let left = days_left(account, now);
    let begun = account.upkeep.renewal.as_ref();
    let renewing = account.upkeep.auto_renew_days.is_some_and(|ahead| {
        left.is_some_and(|days| days <= i64::from(ahead))
            || begun.is_some_and(|r| r.way == RenewalMethod::OwnRight)
    });
    match (renewing, check_own_right(account, now)) {
        (true, Ok(())) => Auto::Renew,
        (true, Err(problem)) => Auto::Cannot(problem),
        (false, _) if due_to_go(account, now).is_empty() => Auto::Nothing,
        (false, _) => Auto::Retire,
    }
}

#[cfg(test)]
mod tests;
