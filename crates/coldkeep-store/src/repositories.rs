//! Repositories. Their account keys and signatures are kept apart, see [`Store::save_secret`].

use crate::{
    documents::to_body,
    failure::Noun,
    pool::{Store, Value},
};
use coldkeep_core::{
    Problem,
    id::RepositoryId,
    repository::{Access, Repository},
};

impl Store {
    /// Adds or replaces a repository. Fails with a conflict if another one has its name.
    pub async fn save_repository(&self, repository: &Repository) -> Result<(), Problem> {
        let service_account_id = match &repository.access {
            Access::ServiceAccount { service_account_id } => Some(service_account_id.to_string()),
            Access::AccountKey | Access::Sas { .. } => None,
        };
        self.execute(
            "insert into repository (id, name, service_account_id, created_at_ms, body) values ($1, $2, $3, $4, $5) \
             on conflict (id) do update set name = excluded.name, service_account_id = excluded.service_account_id, \
             body = excluded.body",
            vec![
                (&repository.id).into(),
                (&repository.name).into(),
                Value::Maybe(service_account_id),
                Value::Int(repository.created_at.as_millisecond()),
                to_body(repository)?,
            ],
        )
        .await
        .map_err(|f| f.saving(Noun::Repository, &repository.name))?;
        Ok(())
    }

    pub async fn load_repository(&self, id: RepositoryId) -> Result<Option<Repository>, Problem> {
        self.load_one("select body from repository where id = $1", vec![(&id).into()])
            .await
    }

    pub async fn load_repository_by_name(&self, name: &str) -> Result<Option<Repository>, Problem> {
        self.load_one("select body from repository where name = $1", vec![name.into()])
            .await
    }

    /// `key`: id or name.
    pub async fn find_repository(&self, key: &str) -> Result<Option<Repository>, Problem> {
        self.find::<RepositoryId, _>(
            "select body from repository where id = $1 or name = $2 order by case when id = $1 then 0 else 1 end limit 1",
            key,
        )
        .await
    }

    /// By name.
    pub async fn list_repositories(&self) -> Result<Vec<Repository>, Problem> {
        self.load_all("select body from repository order by name", vec![])
            .await
    }

    /// False if there was none. Fails with a conflict while a job uses it.
    pub async fn delete_repository(&self, id: RepositoryId) -> Result<bool, Problem> {
        let deleted = self
            .execute("delete from repository where id = $1", vec![(&id).into()])
            .await;
        Ok(deleted.map_err(|f| f.deleting(Noun::Repository, &id.to_string(), "jobs"))? > 0)
    }
}
