//! Repositories: the list.

use super::{
    PageError, Site,
    layout::{Shell, page},
    session::SignedIn,
};
use askama::Template;
use axum::{extract::State, response::Response};
use coldkeep_core::{
    repository::{Access, Repository},
    service_account::ServiceAccount,
};

#[derive(Debug, Template)]
#[template(path = "pages/repositories.html")]
struct RepositoryList {
    shell: Shell,
    repositories: Vec<Row>,
}

#[derive(Debug)]
struct Row {
    name: String,
    cloud: String,
    account: String,
    place: String,
    tier: String,
    access: String,
}

pub(super) async fn list(State(site): State<Site>, signed_in: SignedIn) -> Result<Response, PageError> {
    let repositories = site.engine.data(signed_in.caller()).list_repositories().await?;
    let accounts = site
        .engine
        .identity(signed_in.caller())
        .list_service_accounts()
        .await?;
    Ok(page(&RepositoryList {
        repositories: repositories
            .iter()
            .map(|repository| row(repository, &accounts))
            .collect(),
        shell: Shell::of("Repositories", "/repositories", &signed_in),
    }))
}

fn row(repository: &Repository, accounts: &[ServiceAccount]) -> Row {
    let folder = &repository.folder;
    Row {
        name: repository.name.clone(),
        cloud: repository.cloud.clone(),
        account: repository.account.clone(),
        place: match folder.is_empty() {
            true => repository.container.clone(),
            false => format!("{}/{folder}", repository.container),
        },
        tier: repository
            .tier
            .map_or_else(|| "account's default".into(), |tier| tier.to_string()),
        access: match &repository.access {
            Access::ServiceAccount { service_account_id } => accounts
                .iter()
                .find(|account| account.id == *service_account_id)
                .map_or_else(|| service_account_id.to_string(), |account| account.name.clone()),
            Access::AccountKey => "account key".into(),
            Access::Sas { .. } => "shared access signature".into(),
        },
    }
}
