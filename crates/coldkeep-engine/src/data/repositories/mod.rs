//! Use cases of repositories.

mod access;
mod account;
mod attach;
mod check;
mod edit;

pub(crate) use account::copy_scope_words;

use crate::data::DataWing;
use coldkeep_api::NewRepository;
use coldkeep_azure::{
    Error,
    blob::{Container, Include},
};
use coldkeep_core::{
    Code, Problem, SecretOwner, SecretString,
    cloud::check_endpoint,
    fix,
    id::RepositoryId,
    problem::{Field, Verb},
    repository::{Repository, check_container, check_folder},
};

impl DataWing {
    /// Opens the container before anything is saved.
    pub async fn add_repository(&self, request: NewRepository) -> Result<Repository, Problem> {
        check_name(&request.name)?;
        if self
            .ground
            .store
            .load_repository_by_name(&request.name)
            .await?
            .is_some()
        {
            return Err(Problem::new(
                Code::RepositoryNameTaken,
                format!("The repository `{}` already exists", request.name),
                "Choose another name, or remove that one first.",
            ));
        }
        let azure = self.ground.azure(&request.cloud).await?;
        check_account(&request.account)?;
        check_container(&request.container)?;
        let folder = check_folder(request.folder.as_deref().unwrap_or_default())?;
        if let Some(endpoint) = &request.endpoint {
            check_endpoint("The endpoint", endpoint, azure.cloud().builtin)?;
        }
        let (access, secret) = self.plan_access(&request.cloud, &request.access).await?;
        let repository = Repository {
            id: RepositoryId::new(),
            name: request.name,
            cloud: request.cloud,
            account: request.account,
            endpoint: request.endpoint.map(|e| e.trim_end_matches('/').to_owned()),
            container: request.container,
            folder,
            tier: request.tier,
            access,
            created_at: self.ground.config.clock.now(),
        };
        self.ground.check_tier(&repository).await?;
        self.try_access(&repository, secret.as_ref()).await?;
        self.save_with_secret(&repository, secret.as_ref()).await?;
        Ok(repository)
    }

    pub async fn list_repositories(&self) -> Result<Vec<Repository>, Problem> {
        self.ground.store.list_repositories().await
    }

    /// `key`: id or name.
    pub async fn show_repository(&self, key: &str) -> Result<Repository, Problem> {
        let found = self.ground.store.find_repository(key).await?;
        found.ok_or_else(|| missing(key))
    }

    /// Forgets a repository; nothing in Azure is touched. Refused while a job uses it. `key`: id or name.
    pub async fn remove_repository(&self, key: &str) -> Result<(), Problem> {
        let repository = self.show_repository(key).await?;
        let jobs = self.ground.store.list_jobs().await?;
        if let Some(job) = jobs
            .iter()
            .find(|j| j.source_id == repository.id || j.target_id == repository.id)
        {
            return Err(Problem::new(
                Code::RepositoryInUse,
                format!(
                    "The repository `{}` is used by the job `{}`",
                    repository.name, job.name
                ),
                fix!["Remove the job first: ", Verb::JobRemove.of(&job.name), "."],
            ));
        }
        self.ground.store.delete_repository(repository.id).await?;
        self.log_change("repository removed", &repository.name);
        self.live.points.forget();
        self.ground
            .store
            .delete_secret(&SecretOwner::Repository(repository.id))
            .await?;
        Ok(())
    }

    pub(crate) async fn load_repository(&self, id: RepositoryId) -> Result<Repository, Problem> {
        self.ground
            .store
            .load_repository(id)
            .await?
            .ok_or_else(|| missing(&id.to_string()))
    }

    /// The secret first: a repository without one could not be opened. Without the repository, the secret goes again.
    async fn save_with_secret(
        &self,
        repository: &Repository,
        secret: Option<&SecretString>,
    ) -> Result<(), Problem> {
        let owner = SecretOwner::Repository(repository.id);
        let binding = self.ground.repository_binding(repository).await?;
        self.ground.save_sealed(&binding, secret).await?;
        let saved = self.ground.store.save_repository(repository).await;
        if saved.is_err() {
            self.ground.store.delete_secret(&owner).await?;
        } else {
            self.log_change("repository added", &repository.name);
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

/// Names the container that could not be opened, in words that fit the service's code.
fn cannot_open(e: &Error, repository: &Repository) -> Problem {
    let (account, container) = (&repository.account, &repository.container);
    match e.code() {
        Some("ContainerNotFound") => e
            .problem(format!(
                "The container `{container}` does not exist in the storage account `{account}`"
            ))
            .with_fix(fix![
                "Create the container, or correct ",
                Field::Container,
                " (and ",
                Field::Account,
                ")."
            ]),
        _ => e.problem(format!(
            "The container `{container}` of the storage account `{account}` cannot be opened"
        )),
    }
}

fn missing(key: &str) -> Problem {
    Problem::new(
        Code::RepositoryNotFound,
        format!("The repository `{key}` does not exist"),
        fix!["To list them: ", Verb::RepositoryList.any(), "."],
    )
}

fn check_name(name: &str) -> Result<(), Problem> {
    // `restore --to REPOSITORY/FOLDER` cuts at the slash.
    if name.is_empty() || name.trim() != name || name.contains('/') || name.contains(char::is_control) {
        return Err(Problem::new(
            Code::NameInvalid,
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
    Err(Problem::new(
        Code::StorageAccountNameInvalid,
        format!("`{account}` is not a storage account's name"),
        "Give the name alone: 3 to 24 lower-case letters and digits.",
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
        for (name, fits) in [("m365 copy", true), ("a/b", false), (" a", false), ("", false)] {
            assert_eq!(check_name(name).is_ok(), fits, "{name}");
        }
    }
}
