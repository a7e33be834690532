//! Service accounts: the list, and one of them.

use super::{
    PageError, Site,
    layout::{Shell, page},
    session::SignedIn,
    words::{Badge, exact, expires},
};
use askama::Template;
use axum::{
    extract::{Path, State},
    response::Response,
};
use coldkeep_core::{
    Clock, SystemClock, Timestamp,
    moment::days_until,
    service_account::{Credential, ProofOutcome, ServiceAccount},
};

#[derive(Debug, Template)]
#[template(path = "pages/service_accounts.html")]
struct AccountList {
    shell: Shell,
    accounts: Vec<Row>,
}

#[derive(Debug)]
struct Row {
    name: String,
    address: String,
    state: Badge,
    tenant: String,
    credential: &'static str,
    expires: String,
    expiry: Badge,
    grants: usize,
}

#[derive(Debug, Template)]
#[template(path = "pages/service_account.html")]
struct AccountPage {
    shell: Shell,
    account: Row,
    facts: Vec<(&'static str, String)>,
    grants: Vec<(String, String)>,
    proofs: Vec<ProofRow>,
}

#[derive(Debug)]
struct ProofRow {
    what: String,
    outcome: Badge,
    detail: String,
}

pub(super) async fn list(State(site): State<Site>, signed_in: SignedIn) -> Result<Response, PageError> {
    let accounts = site
        .engine
        .identity(signed_in.caller())
        .list_service_accounts()
        .await?;
    let now = SystemClock.now();
    Ok(page(&AccountList {
        accounts: accounts.iter().map(|account| row(account, now)).collect(),
        shell: Shell::of("Service accounts", "/service-accounts", &signed_in),
    }))
}

pub(super) async fn show(
    State(site): State<Site>,
    signed_in: SignedIn,
    Path(key): Path<String>,
) -> Result<Response, PageError> {
    let identity = site.engine.identity(signed_in.caller());
    let account = identity.show_service_account(&key).await?;
    let grant = |grant: &coldkeep_core::service_account::Grant| {
        (grant.permission_set.to_string(), grant.request().place())
    };
    Ok(page(&AccountPage {
        account: row(&account, SystemClock.now()),
        facts: facts(&account),
        grants: account.grants.iter().map(grant).collect(),
        proofs: account
            .proofs
            .iter()
            .map(|proof| ProofRow {
                what: proof.what.clone(),
                outcome: match proof.outcome {
                    ProofOutcome::Ok => Badge::new("ok", "✓ OK"),
                    ProofOutcome::Failed => Badge::new("bad", "✕ Failed"),
                    _ => Badge::new("", "Not checked"),
                },
                detail: proof.detail.clone(),
            })
            .collect(),
        shell: Shell::of(&account.name, "/service-accounts", &signed_in),
    }))
}

fn row(account: &ServiceAccount, now: Timestamp) -> Row {
    let expires_at = account.credential.expires_at();
    Row {
        name: account.name.clone(),
        address: format!("/service-accounts/{}", account.id),
        state: Badge::of_account(account.state),
        tenant: account.tenant_id.clone(),
        credential: match account.credential {
            Credential::Certificate { .. } => "certificate",
            Credential::Secret { .. } => "client secret",
        },
        expires: expires(expires_at),
        expiry: Badge::of_expiry(expires_at.map(|at| days_until(at, now)), expires_at),
        grants: account.grants.len(),
    }
}

fn facts(account: &ServiceAccount) -> Vec<(&'static str, String)> {
    let mut facts = vec![
        ("Description", account.description.clone()),
        ("Cloud", account.cloud.clone()),
        ("Tenant ID", account.tenant_id.clone()),
        ("Application (client) ID", account.application_id.clone()),
        (
            "Service principal",
            account.principal_id.clone().unwrap_or_default(),
        ),
        ("Last proof", account.proven_at.map(exact).unwrap_or_default()),
        ("Added", exact(account.created_at)),
        ("ID", account.id.to_string()),
    ];
    if let Credential::Certificate { thumbprint_sha1, .. } = &account.credential {
        facts.insert(5, ("Thumbprint (SHA-1)", thumbprint_sha1.clone()));
    }
    facts.retain(|(_, value)| !value.is_empty());
    facts
}
