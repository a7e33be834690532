//! What is known of the storage accounts of repositories, from earlier sign-ins.

use super::Ground;
use coldkeep_core::{Problem, repository::Repository, storage_account::AccountFacts};

impl Ground {
    /// What is known about a repository's storage account; none if no signed-in user has read it.
    pub(crate) async fn account_facts(
        &self,
        repository: &Repository,
    ) -> Result<Option<AccountFacts>, Problem> {
        let cloud = self.load_cloud(&repository.cloud).await?;
        let endpoint = repository
            .endpoint
            .clone()
            .unwrap_or_else(|| cloud.blob_endpoint_of(&repository.account));
        let endpoint = endpoint.trim_end_matches('/');
        let all = self.store.list_service_accounts().await?;
        let known = all
            .into_iter()
            .filter(|account| account.cloud == repository.cloud);
        let same = |facts: &AccountFacts| {
            facts.account.eq_ignore_ascii_case(&repository.account)
                && facts.blob_endpoint.eq_ignore_ascii_case(endpoint)
        };
        Ok(known
            .flat_map(|account| account.storage_accounts)
            .filter(same)
            .max_by_key(|facts| facts.read_at))
    }

    /// Refuses a repository whose tier its storage account does not have, as far as that is known.
    pub(crate) async fn check_tier(&self, repository: &Repository) -> Result<(), Problem> {
        if repository.tier.is_none() {
            return Ok(());
        }
        match self.account_facts(repository).await? {
            Some(facts) => facts.check_tier(repository.tier),
            None => Ok(()),
        }
    }
}
