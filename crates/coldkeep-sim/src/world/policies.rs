//! App management policies: what a tenant allows of the credentials of applications
//! (<https://learn.microsoft.com/graph/api/resources/applicationauthenticationmethodpolicy>).

use super::{directory::Directory, state::World, unknown::Unknown};
use crate::wire::{new_guid, write};
use serde::{Deserialize, Serialize};

/// What is restricted. None of it counts unless `enabled`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct AppManagementPolicy {
    pub display_name: String,
    pub enabled: bool,
    /// No secret may be added.
    pub forbid_secrets: bool,
    /// How long a new secret may last, in days.
    pub secret_max_days: Option<u32>,
    /// How long a new certificate may last, in days.
    pub key_max_days: Option<u32>,
    /// Only certificates of an authority that the tenant trusts: none that is self-signed.
    pub trusted_authorities_only: bool,
}

impl Directory {
    /// The policy that counts for an application: its own, else the tenant's.
    pub fn policy_for(&self, tenant_id: &str, object_id: &str) -> Option<&AppManagementPolicy> {
        let own = self.app_policies.get(object_id);
        let own = own.and_then(|id| self.management_policies.get(id).map(|(_, policy)| policy));
        own.or_else(|| self.tenant_policies.get(tenant_id))
            .filter(|policy| policy.enabled)
    }
}

impl World {
    /// Sets the default policy of a tenant.
    pub fn set_tenant_policy(&self, tenant: &str, policy: AppManagementPolicy) -> Result<(), Unknown> {
        let mut directory = write(&self.directory);
        let id = directory
            .tenant(tenant)
            .map(|t| t.id.clone())
            .ok_or_else(|| Unknown(format!("tenant `{tenant}`")))?;
        directory.tenant_policies.insert(id, policy);
        Ok(())
    }

    /// Gives one application (object id) a policy of its own.
    pub fn set_app_policy(&self, object_id: &str, policy: AppManagementPolicy) {
        let mut directory = write(&self.directory);
        let mut all = directory.applications.iter();
        let tenant_id = all
            .find(|a| a.object_id == object_id)
            .map(|a| a.tenant_id.clone());
        let id = new_guid();
        directory
            .management_policies
            .insert(id.clone(), (tenant_id.unwrap_or_default(), policy));
        directory.app_policies.insert(object_id.to_owned(), id);
    }
}
