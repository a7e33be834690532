//! What Resource Manager tells of storage accounts while somebody is signed in, kept for when nobody is.

use crate::Engine;
use coldkeep_azure::arm::{Arm, StorageAccount};
use coldkeep_core::{
    Clock, Problem, repository::Repository, resource::ResourceId, service_account::ServiceAccount,
    storage_account::AccountFacts,
};

/// Looks at the storage accounts that something was granted in. Who may not see one learns nothing of it; what was known
/// before stays.
pub(crate) async fn learn(arm: &Arm, account: &mut ServiceAccount, clock: &dyn Clock) {
    let mut ids: Vec<ResourceId> = Vec::new();
    for id in account
        .grants
        .iter()
        .filter_map(|grant| grant.scope.storage_account())
    {
        if !ids.contains(&id) {
            ids.push(id);
        }
    }
    for id in ids {
        match arm.fetch_storage_account(&id).await {
            Ok(Some(found)) => {
                let facts = facts_of(found, clock);
                account
                    .storage_accounts
                    .retain(|known| known.account != facts.account);
                account.storage_accounts.push(facts);
            }
            Ok(None) => {}
            Err(error) => tracing::info!(%error, %id, "a storage account is not shown"),
        }
    }
}

fn facts_of(found: StorageAccount, clock: &dyn Clock) -> AccountFacts {
    AccountFacts {
        account: found.name,
        blob_endpoint: found.blob_endpoint,
        sku: found.sku,
        kind: found.kind,
        hierarchical: found.hns,
        copy_scope: found.copy_scope,
        read_at: clock.now(),
    }
}

impl Engine {
    /// What is known of a repository's storage account; none where nobody who was signed in saw it.
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
