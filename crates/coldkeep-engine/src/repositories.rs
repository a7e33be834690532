//! Use cases of repositories.

mod attach;
mod check;

use crate::{
    Engine,
    connect::repository_owner,
    requests::{AccessWish, NewRepository},
};
use coldkeep_azure::{
    Error, Meter,
    blob::{BlobAuth, Container, Include},
};
use coldkeep_core::{
    ExposeSecret, Problem, SecretString,
    cloud::check_endpoint,
    id::{RepositoryId, ServiceAccountId},
    repository::{Access, Repository},
    service_account::ServiceAccount,
};
use std::sync::Arc;

impl Engine {
    /// Opens the container before anything is saved.
    pub async fn add_repository(&self, wish: NewRepository) -> Result<Repository, Problem> {
        check_name(&wish.name)?;
        if self.store.load_repository_by_name(&wish.name).await?.is_some() {
            return Err(Problem::conflict(
                format!("There is a repository `{}` already", wish.name),
                "Choose another name, or remove that one first.",
            ));
        }
        let azure = self.azure(&wish.cloud).await?;
        check_account(&wish.account)?;
        check_container(&wish.container)?;
        if let Some(endpoint) = &wish.endpoint {
            check_endpoint("--endpoint", endpoint, azure.cloud().builtin)?;
        }
        let meter: Arc<Meter> = Arc::default();
        let (access, secret) = self.plan_access(&wish).await?;
        let repository = Repository {
            id: RepositoryId::new(),
            name: wish.name,
            cloud: wish.cloud,
            account: wish.account,
            endpoint: wish.endpoint.map(|e| e.trim_end_matches('/').to_owned()),
            container: wish.container,
            folder: wish.folder.unwrap_or_default().trim_matches('/').to_owned(),
            tier: wish.tier,
            access,
            created_at: self.config.clock.now(),
        };
        let auth = match (&repository.access, secret.clone()) {
            (Access::AccountKey, Some(key)) => BlobAuth::Key(key),
            (Access::Sas, Some(sas)) => BlobAuth::Sas(sas),
            (Access::ServiceAccount { service_account_id }, _) => {
                let account = self.find_service_account(&service_account_id.to_string()).await?;
                BlobAuth::Token(self.token_source(&account, meter.clone()).await?)
            }
            _ => return Err(Problem::internal("A repository's key was lost on the way")),
        };
        open(
            &self.container(&repository, auth, meter, None).await?,
            &repository,
        )
        .await?;
        self.save_with_secret(&repository, secret.as_ref()).await?;
        Ok(repository)
    }

    pub async fn list_repositories(&self) -> Result<Vec<Repository>, Problem> {
        self.store.list_repositories().await
    }

    /// `key`: id or name.
    pub async fn show_repository(&self, key: &str) -> Result<Repository, Problem> {
        let found = match key.parse::<RepositoryId>() {
            Ok(id) => self.store.load_repository(id).await?,
            Err(_) => None,
        };
        let found = match found {
            Some(repository) => Some(repository),
            None => self.store.load_repository_by_name(key).await?,
        };
        found.ok_or_else(|| missing(key))
    }

    /// Forgets a repository; nothing in Azure is touched. Refused while a job uses it. `key`: id or name.
    pub async fn remove_repository(&self, key: &str) -> Result<(), Problem> {
        let repository = self.show_repository(key).await?;
        let jobs = self.store.list_jobs().await?;
        if let Some(job) = jobs
            .iter()
            .find(|j| j.source_id == repository.id || j.target_id == repository.id)
        {
            return Err(Problem::conflict(
                format!(
                    "The repository `{}` is used by the job `{}`",
                    repository.name, job.name
                ),
                "Remove the job first (`coldkeep job remove`).",
            ));
        }
        self.store.delete_repository(repository.id).await?;
        self.points.forget();
        self.store.delete_secret(&repository_owner(repository.id)).await?;
        Ok(())
    }

    pub(crate) async fn load_repository(&self, id: RepositoryId) -> Result<Repository, Problem> {
        self.store
            .load_repository(id)
            .await?
            .ok_or_else(|| missing(&id.to_string()))
    }

    async fn find_service_account(&self, key: &str) -> Result<ServiceAccount, Problem> {
        let found = match key.parse::<ServiceAccountId>() {
            Ok(id) => self.store.load_service_account(id).await?,
            Err(_) => None,
        };
        let found = match found {
            Some(account) => Some(account),
            None => self.store.load_service_account_by_name(key).await?,
        };
        found.ok_or_else(|| {
            Problem::not_found(
                format!("There is no service account `{key}`"),
                "`coldkeep service-account list` shows the ones there are; `service-account add` adds one.",
            )
        })
    }

    /// What opens it, and the secret that is kept for that.
    async fn plan_access(&self, wish: &NewRepository) -> Result<(Access, Option<SecretString>), Problem> {
        match &wish.access {
            AccessWish::ServiceAccount { service_account } => {
                let account = self.find_service_account(service_account).await?;
                if account.cloud != wish.cloud {
                    return Err(Problem::invalid(
                        format!(
                            "The service account `{}` is of the cloud `{}`, the repository of `{}`",
                            account.name, account.cloud, wish.cloud
                        ),
                        "Choose a service account of the same cloud.",
                    ));
                }
                Ok((
                    Access::ServiceAccount {
                        service_account_id: account.id,
                    },
                    None,
                ))
            }
            AccessWish::AccountKey { key } => {
                let key = key.expose_secret().trim();
                if key.is_empty() || data_encoding::BASE64.decode(key.as_bytes()).is_err() {
                    return Err(Problem::invalid(
                        "The account key is not base64",
                        "Copy `key1` or `key2` as the portal shows it under Access keys.",
                    ));
                }
                Ok((Access::AccountKey, Some(key.into())))
            }
            AccessWish::Sas { sas } => {
                let sas = sas.expose_secret().trim();
                // People paste whole URLs; what counts is the query.
                let query = sas.rsplit_once('?').map_or(sas, |(_, query)| query);
                if !query.split('&').any(|pair| pair.starts_with("sig=")) {
                    return Err(Problem::invalid(
                        "The shared access signature has no `sig`",
                        "Give it as made by the portal or by `az storage container generate-sas`.",
                    ));
                }
                Ok((Access::Sas, Some(query.into())))
            }
        }
    }

    /// The secret first: a repository without one could not be opened. Without the repository, the secret goes again.
    async fn save_with_secret(
        &self,
        repository: &Repository,
        secret: Option<&SecretString>,
    ) -> Result<(), Problem> {
        let owner = repository_owner(repository.id);
        if let Some(secret) = secret {
            self.save_sealed(&owner, secret).await?;
        }
        let saved = self.store.save_repository(repository).await;
        if saved.is_err() && secret.is_some() {
            self.store.delete_secret(&owner).await?;
        }
        saved
    }
}

/// Proves that the container can be listed.
async fn open(container: &Container, repository: &Repository) -> Result<(), Problem> {
    let page = container
        .fetch_list_page(&repository.prefix(), None, Include::default(), Some(1))
        .await;
    page.map(drop).map_err(|e| cannot_open(&e, repository))
}

/// Says which container could not be opened, in words that fit the service's code.
fn cannot_open(e: &Error, repository: &Repository) -> Problem {
    let (account, container) = (&repository.account, &repository.container);
    match e.code() {
        Some("ContainerNotFound") => e
            .problem(format!(
                "The container `{container}` does not exist in the storage account `{account}`"
            ))
            .next("Create the container, or correct --container (and --account)."),
        _ => e.problem(format!(
            "The container `{container}` of the storage account `{account}` cannot be opened"
        )),
    }
}

fn missing(key: &str) -> Problem {
    Problem::not_found(
        format!("There is no repository `{key}`"),
        "`coldkeep repository list` shows the ones there are; `repository add` adds one.",
    )
}

fn check_name(name: &str) -> Result<(), Problem> {
    // `restore --to REPOSITORY/FOLDER` cuts at the slash.
    if name.is_empty() || name.trim() != name || name.contains('/') || name.contains(char::is_control) {
        return Err(Problem::invalid(
            format!("`{name}` cannot be a repository's name"),
            "Choose a name without slashes, and without spaces around it.",
        ));
    }
    Ok(())
}

/// <https://learn.microsoft.com/azure/storage/common/storage-account-overview#storage-account-name>
fn check_account(account: &str) -> Result<(), Problem> {
    let fits = (3..=24).contains(&account.len())
        && account
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    if fits {
        return Ok(());
    }
    Err(Problem::invalid(
        format!("`{account}` is not a storage account's name"),
        "Give the name alone: 3 to 24 lower-case letters and digits.",
    ))
}

/// <https://learn.microsoft.com/rest/api/storageservices/naming-and-referencing-containers--blobs--and-metadata>
fn check_container(container: &str) -> Result<(), Problem> {
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    let fits = (3..=63).contains(&container.len())
        && container.bytes().all(|b| plain(b) || b == b'-')
        && container.bytes().next().is_some_and(plain)
        && container.bytes().last().is_some_and(plain)
        && !container.contains("--");
    if fits || matches!(container, "$root" | "$web") {
        return Ok(());
    }
    Err(Problem::invalid(
        format!("`{container}` is not a container's name"),
        "Give the name alone: 3 to 63 lower-case letters, digits and single hyphens.",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_checked_before_anything_is_asked() {
        for (account, fits) in [
            ("north1", true),
            ("no", false),
            ("North", false),
            ("north.blob", false),
        ] {
            assert_eq!(check_account(account).is_ok(), fits, "{account}");
        }
        for (container, fits) in [
            ("backups", true),
            ("$root", true),
            ("a--b", false),
            ("-ab", false),
            ("ab", false),
            ("a/b", false),
        ] {
            assert_eq!(check_container(container).is_ok(), fits, "{container}");
        }
        for (name, fits) in [("m365 copy", true), ("a/b", false), (" a", false), ("", false)] {
            assert_eq!(check_name(name).is_ok(), fits, "{name}");
        }
    }
}
