//! How a service account is shown.

use crate::{
    cmd::view::{maybe_when, proof_word},
    print::when,
};
use coldkeep_core::service_account::{Credential, ServiceAccount, State};

pub const HEADERS: [&str; 7] = [
    "name",
    "state",
    "cloud",
    "tenant",
    "application",
    "credential",
    "grants",
];

fn state_word(state: State) -> &'static str {
    match state {
        State::Incomplete => "incomplete",
        State::Ready => "ready",
        State::Removing => "removing",
    }
}

fn credential(account: &ServiceAccount) -> String {
    match &account.credential {
        Credential::Certificate { expires_at, .. } => {
            format!("certificate until {}", expires_at.strftime("%Y-%m-%d"))
        }
        Credential::Secret { expires_at: Some(at) } => format!("secret until {}", at.strftime("%Y-%m-%d")),
        Credential::Secret { expires_at: None } => "secret".into(),
    }
}

pub fn row(account: &ServiceAccount) -> Vec<String> {
    vec![
        account.name.clone(),
        state_word(account.state).into(),
        account.cloud.clone(),
        account.tenant_id.clone(),
        account.application_id.clone(),
        credential(account),
        account.grants.len().to_string(),
    ]
}

pub fn lines(account: &ServiceAccount) -> Vec<(&'static str, String)> {
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
    if let Credential::Certificate { thumbprint_sha1, .. } = &account.credential {
        lines.push(("thumbprint", thumbprint_sha1.clone()));
    }
    lines.extend(account.subscriptions.iter().map(|id| ("looks in", id.clone())));
    lines.extend(
        account
            .grants
            .iter()
            .map(|g| ("grant", format!("{} on {}", g.permission_set, g.scope))),
    );
    lines.extend(account.proofs.iter().map(|p| {
        let detail = if p.detail.is_empty() {
            String::new()
        } else {
            format!(" ({})", p.detail)
        };
        ("proof", format!("{}: {}{detail}", proof_word(p.outcome), p.what))
    }));
    lines.push(("proven", maybe_when(account.proven_at)));
    lines.push(("added", when(account.created_at)));
    lines.push(("id", account.id.to_string()));
    lines
}
