//! One function per request about what a signed-in person sees and may do.

use super::{Client, encoded};
use crate::{Capabilities, SeenContainer, SeenStorageAccount, SeenSubscription};
use coldkeep_core::{Problem, id::SignInId, resource::ResourceId};

impl Client {
    /// The subscriptions that the signed-in user sees, by name.
    pub async fn list_subscriptions(&self, id: SignInId) -> Result<Vec<SeenSubscription>, Problem> {
        self.get(&format!("/sign-ins/{id}/subscriptions")).await
    }
    /// The storage accounts of these subscriptions; of every one that is seen, where none is named.
    pub async fn list_storage_accounts(
        &self,
        id: SignInId,
        subscriptions: &[String],
    ) -> Result<Vec<SeenStorageAccount>, Problem> {
        let named = |id: &String| format!("subscription={}", encoded(id));
        let query: Vec<String> = subscriptions.iter().map(named).collect();
        self.get(&format!("/sign-ins/{id}/storage-accounts?{}", query.join("&")))
            .await
    }
    /// The containers of a storage account, by its resource id.
    pub async fn list_containers(
        &self,
        id: SignInId,
        storage_account: &ResourceId,
    ) -> Result<Vec<SeenContainer>, Problem> {
        let account = encoded(&storage_account.0);
        self.get(&format!("/sign-ins/{id}/containers?storage_account={account}"))
            .await
    }
    /// What the signed-in user may do at these scopes, and with this application (a client id).
    pub async fn show_capabilities(
        &self,
        id: SignInId,
        scopes: &[ResourceId],
        application_id: Option<&str>,
    ) -> Result<Capabilities, Problem> {
        let scopes = scopes.iter().map(|scope| ("scope", scope.0.as_str()));
        let query: Vec<String> = scopes
            .chain(application_id.map(|id| ("application", id)))
            .map(|(key, value)| format!("{key}={}", encoded(value)))
            .collect();
        self.get(&format!("/sign-ins/{id}/capabilities?{}", query.join("&")))
            .await
    }
}
