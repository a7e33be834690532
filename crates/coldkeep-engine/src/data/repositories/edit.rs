//! `repository edit`: a new key, signature or service account, or another tier. Where a repository is never changes, so
//! its jobs, and the points that the next run builds on, stay.

use crate::{data::DataWing, data::ledger::Target};
use coldkeep_api::EditRepository;
use coldkeep_core::{Code, Problem, SecretString, repository::Repository};

impl DataWing {
    /// `key`: id or name. The new credential opens the container before the old one is replaced.
    pub async fn edit_repository(&self, key: &str, request: EditRepository) -> Result<Repository, Problem> {
        let mut repository = self.show_repository(key).await?;
        if request.access.is_none() && request.tier.is_none() {
            return Err(Problem::new(
                Code::EditEmpty,
                "The request changes nothing",
                "Give a new account key, shared access signature, service account or tier.",
            ));
        }
        if let Some(tier) = request.tier {
            repository.tier = Some(tier);
        }
        self.ground.check_tier(&repository).await?;
        let Some(access) = &request.access else {
            self.ground.store.save_repository(&repository).await?;
            self.log_change("repository changed", &repository.name);
            return Ok(repository);
        };
        let (access, secret) = self.plan_access(&repository.cloud, access).await?;
        repository.access = access;
        let container = self.try_access(&repository, secret.as_ref()).await?;
        let jobs = self.ground.store.list_jobs().await?;
        if jobs.iter().any(|job| job.target_id == repository.id) {
            // Anyone who may list need not be allowed to read: then no run would find its points.
            let target = Target::over(&self.ground, &repository, container)?;
            target.check_usable(&self.ground).await.map_err(|problem| {
                problem.context(format!(
                    "The target `{}` cannot be used with the new credential, and nothing was changed",
                    repository.name
                ))
            })?;
        }
        self.replace_access(&repository, secret.as_ref()).await?;
        self.log_change("repository changed", &repository.name);
        self.live.points.forget();
        self.live.runs.forget_methods();
        Ok(repository)
    }

    /// At no moment is there a repository without the secret that it needs; a failure leaves the old one.
    async fn replace_access(
        &self,
        repository: &Repository,
        secret: Option<&SecretString>,
    ) -> Result<(), Problem> {
        let before = self.load_repository(repository.id).await?;
        let (old_binding, binding) = (
            self.ground.repository_binding(&before).await?,
            self.ground.repository_binding(repository).await?,
        );
        let old = self.ground.load_sealed(&old_binding).await.ok();
        self.ground.save_sealed(&binding, secret).await?;
        let saved = self.ground.store.save_repository(repository).await;
        if saved.is_err() {
            match old {
                Some(old) => self.ground.save_sealed(&old_binding, Some(&old)).await?,
                None => drop(self.ground.store.delete_secret(&binding.owner).await?),
            }
        }
        saved
    }
}
