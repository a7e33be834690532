//! How a service account is shown.

use crate::{
    cmd::view::{maybe_when, proof_detail, proof_word},
    print::{fix, when},
};
use coldkeep_api::ServiceAccountView;
use coldkeep_core::{
    moment::{end_day, end_words, never_ends},
    renewal::{ByItself, Phase, renews_by_itself},
    service_account::{Credential, ServiceAccount, State},
};

/// What fits a screen of 80 columns; the rest is in `show`.
pub const HEADERS: [&str; 6] = ["name", "state", "credential", "expires", "days left", "grants"];

fn state_word(state: State) -> &'static str {
    match state {
        State::Incomplete => "incomplete",
        State::Ready => "ready",
        State::Removing => "removing",
    }
}

fn credential(account: &ServiceAccount) -> String {
    match &account.credential {
        Credential::Certificate { expires_at, .. } => format!("certificate, {}", end_words(*expires_at)),
        Credential::Secret { expires_at: Some(at) } => format!("secret, {}", end_words(*at)),
        Credential::Secret { expires_at: None } => "secret (expiry unknown)".into(),
    }
}

pub fn row(account: &ServiceAccountView) -> Vec<String> {
    vec![
        account.name.clone(),
        state_word(account.state).into(),
        match account.credential {
            Credential::Certificate { .. } => "certificate".into(),
            Credential::Secret { .. } => "secret".into(),
        },
        account.credential.expires_at().map_or("unknown".into(), end_day),
        days_left(account),
        account.grants.len().to_string(),
    ]
}

pub fn lines(account: &ServiceAccountView) -> Vec<(&'static str, String)> {
    let mut lines = vec![
        ("name", account.name.clone()),
        ("description", account.description.clone()),
        ("state", state_word(account.state).into()),
        ("cloud", account.cloud.clone()),
        ("tenant", account.tenant_id.clone()),
        ("application", account.application_id.clone()),
        (
            "service principal",
            account.principal_id.clone().unwrap_or_default(),
        ),
        ("credential", credential(account)),
    ];
    let same = account.same_application.iter();
    lines.extend(same.map(|name| ("same application as", name.clone())));
    if let Credential::Certificate { thumbprint_sha1, .. } = &account.credential {
        lines.push(("thumbprint (SHA-1)", thumbprint_sha1.clone()));
    }
    if let Some(sha256) = &account.thumbprint_sha256 {
        lines.push(("thumbprint (SHA-256)", sha256.clone()));
    }
    lines.extend(upkeep(account));
    lines.extend(account.subscriptions.iter().map(|id| ("looks in", id.clone())));
    lines.extend(account.grants.iter().map(|g| {
        (
            "grant",
            format!("{} on {}", g.permission_set, g.request().place()),
        )
    }));
    lines.extend(account.proofs.iter().map(|p| {
        let detail = match proof_detail(p) {
            none if none.is_empty() => none,
            detail => format!(" ({detail})"),
        };
        ("proof", format!("{}: {}{detail}", proof_word(p.outcome), p.what))
    }));
    lines.push(("proven", maybe_when(account.proven_at)));
    lines.push(("added", when(account.created_at)));
    lines.push(("id", account.id.to_string()));
    lines
}

/// Empty if it never expires, or its expiry is not known.
fn days_left(account: &ServiceAccountView) -> String {
    let never = account.credential.expires_at().is_some_and(never_ends);
    let days = account.days_left.filter(|_| !never);
    days.map(|days| days.to_string()).unwrap_or_default()
}

/// Whether the server renews it, and when.
fn by_itself(account: &ServiceAccount) -> String {
    match renews_by_itself(account) {
        ByItself::Before { days: 1 } => "1 day before it expires, by `coldkeep serve`".into(),
        ByItself::Before { days } => format!("{days} days before it expires, by `coldkeep serve`"),
        ByItself::Off => "off".into(),
        ByItself::NeverEnds => "not needed".into(),
        ByItself::Secret => "no: creating a new secret needs a sign-in".into(),
        ByItself::NoObjectId => {
            "no: the application's object id is not known (`check --by-sign-in` finds it)".into()
        }
    }
}

/// How its credential stands.
fn upkeep(account: &ServiceAccountView) -> Vec<(&'static str, String)> {
    let upkeep = &account.upkeep;
    let mut lines = vec![];
    lines.push(("days left", days_left(account)));
    lines.push(("automatic renewal", by_itself(account)));
    if let Some(renewal) = &upkeep.renewal {
        let phase = match renewal.phase {
            Phase::Prepared => "the new credential is being registered",
            Phase::Registered => "the new credential is registered, not yet proven",
            Phase::Proven => "the new credential is proven",
        };
        lines.push(("renewal", format!("in progress: {phase}")));
    }
    for old in &upkeep.retiring {
        let stays = account.staying_keys.iter().find(|k| k.key_id == old.key_id);
        let line = match stays {
            Some(stays) => format!("{} is kept for now: it is {}", old.key_id, stays.why),
            None => format!("{} is removed after {}", old.key_id, when(old.remove_after)),
        };
        lines.push(("replaced", line));
    }
    if let Some(failure) = &upkeep.failure {
        lines.push((
            "renewal failed",
            format!(
                "{}: {} {}",
                when(failure.at),
                failure.problem.what,
                fix::hint(&failure.problem)
            ),
        ));
    }
    lines
}
