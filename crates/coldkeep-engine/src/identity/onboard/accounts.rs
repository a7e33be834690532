//! What Resource Manager shows of storage accounts to a signed-in user, kept for requests without a sign-in.

use coldkeep_azure::arm::{Arm, StorageAccount};
use coldkeep_core::{
    Clock, resource::ResourceId, service_account::ServiceAccount, storage_account::AccountFacts,
};

/// Reads the storage accounts with grants. If the user is not allowed to read one, the earlier facts
/// stay.
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
