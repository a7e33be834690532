//! Where to look: the subscriptions, storage accounts and containers that a signed-in person sees. Looking grants nothing.

use crate::identity::IdentityWing;
use coldkeep_api::{SeenContainer, SeenStorageAccount, SeenSubscription};
use coldkeep_azure::arm::{Arm, StorageAccount, Subscription};
use coldkeep_core::{
    Code, Problem,
    id::SignInId,
    resource::{ResourceId, ResourceKind},
};

impl IdentityWing {
    /// Every subscription that the signed-in user sees, by name.
    pub async fn list_subscriptions(&self, sign_in: SignInId) -> Result<Vec<SeenSubscription>, Problem> {
        let arm = self.arm_of(sign_in).await?;
        fetch_subscriptions(&arm).await
    }

    /// The storage accounts of these subscriptions (none named: of every one that is seen), by name.
    pub async fn list_storage_accounts(
        &self,
        sign_in: SignInId,
        subscriptions: &[String],
    ) -> Result<Vec<SeenStorageAccount>, Problem> {
        let arm = self.arm_of(sign_in).await?;
        let ids = if subscriptions.is_empty() {
            let all = fetch_subscriptions(&arm).await?;
            all.into_iter().map(|s| s.id).collect()
        } else {
            subscriptions.to_vec()
        };
        let mut found = Vec::new();
        for id in &ids {
            let accounts = arm.fetch_storage_accounts(id).await.map_err(|e| {
                e.problem(format!(
                    "The storage accounts of the subscription {id} cannot be listed"
                ))
            })?;
            found.extend(accounts.into_iter().map(seen_account));
        }
        found.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(found)
    }

    /// The containers of a storage account, by name.
    pub async fn list_containers(
        &self,
        sign_in: SignInId,
        storage_account: &ResourceId,
    ) -> Result<Vec<SeenContainer>, Problem> {
        let ResourceKind::StorageAccount { account } = storage_account.parse()? else {
            return Err(Problem::new(
                Code::ResourceIdInvalid,
                format!("`{storage_account}` is not the id of a storage account"),
                "Give the resource id of the storage account, as the list of storage accounts shows it.",
            ));
        };
        let arm = self.arm_of(sign_in).await?;
        let found = arm.fetch_containers(storage_account).await;
        let found =
            found.map_err(|e| e.problem(format!("The containers of `{account}` cannot be listed")))?;
        let mut seen: Vec<SeenContainer> = found
            .into_iter()
            .map(|c| SeenContainer {
                id: c.id,
                name: c.name,
            })
            .collect();
        seen.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(seen)
    }

    /// Resource Manager as the signed-in user sees it.
    pub(crate) async fn arm_of(&self, sign_in: SignInId) -> Result<Arm, Problem> {
        let person = self.signed_in(Some(sign_in)).await?;
        let azure = self
            .ground
            .azure(&self.show_sign_in(sign_in).await?.cloud)
            .await?;
        Ok(Arm::new(&azure, person.tokens.clone()))
    }
}

async fn fetch_subscriptions(arm: &Arm) -> Result<Vec<SeenSubscription>, Problem> {
    let found = arm.fetch_subscriptions().await;
    let found = found.map_err(|e| e.problem("The subscriptions cannot be listed"))?;
    let mut seen: Vec<SeenSubscription> = found.into_iter().map(seen_subscription).collect();
    seen.sort_by(|a, b| (&a.name, &a.id).cmp(&(&b.name, &b.id)));
    Ok(seen)
}

/// Refuses subscriptions that the person does not see; answers with the ids as Resource Manager writes them.
pub(crate) async fn check_seen(arm: &Arm, wanted: &[String]) -> Result<Vec<String>, Problem> {
    if wanted.is_empty() {
        return Ok(vec![]);
    }
    let seen = fetch_subscriptions(arm).await?;
    let mut ids: Vec<String> = Vec::new();
    let mut unseen = Vec::new();
    for id in wanted.iter().map(|id| id.trim()) {
        match seen.iter().find(|s| s.id.eq_ignore_ascii_case(id)) {
            Some(found) if ids.contains(&found.id) => {}
            Some(found) => ids.push(found.id.clone()),
            None => unseen.push(format!("`{id}`")),
        }
    }
    if unseen.is_empty() {
        return Ok(ids);
    }
    let names: Vec<String> = seen.iter().map(|s| format!("{} ({})", s.id, s.name)).collect();
    let next = match names.is_empty() {
        true => {
            "No subscription is visible to the signed-in user: sign in as a user who can read one.".to_owned()
        }
        false => format!(
            "Correct the id, or sign in as a user who can read it; visible are {}.",
            names.join(", ")
        ),
    };
    Err(Problem::new(
        Code::SubscriptionNotFound,
        format!(
            "The subscription {} is not visible to the signed-in user",
            unseen.join(", ")
        ),
        next,
    ))
}

fn seen_subscription(found: Subscription) -> SeenSubscription {
    SeenSubscription {
        id: found.subscription_id,
        name: found.display_name,
        tenant_id: found.tenant_id,
        state: found.state,
    }
}

fn seen_account(found: StorageAccount) -> SeenStorageAccount {
    SeenStorageAccount {
        subscription_id: found.id.subscription().unwrap_or_default().to_owned(),
        id: found.id,
        name: found.name,
        location: found.location,
        sku: found.sku,
        blob_endpoint: found.blob_endpoint,
        hierarchical: found.hns,
    }
}
