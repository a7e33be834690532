//! What Resource Manager knows: subscriptions, their resource groups and storage accounts.

use super::StorageAccount;
use std::{collections::BTreeMap, sync::Arc};

/// A subscription.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subscription {
    pub id: String,
    pub tenant_id: String,
    pub name: String,
    /// `Enabled`, `Disabled`, ...
    pub state: String,
    pub resource_groups: Vec<ResourceGroup>,
}

/// A resource group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResourceGroup {
    pub name: String,
    pub location: String,
}

/// All subscriptions, and the accounts by name.
#[derive(Debug, Default)]
pub struct Resources {
    pub subscriptions: Vec<Subscription>,
    pub accounts: BTreeMap<String, Arc<StorageAccount>>,
}

impl Resources {
    /// The subscription with this id.
    pub fn subscription(&self, id: &str) -> Option<&Subscription> {
        self.subscriptions.iter().find(|s| s.id.eq_ignore_ascii_case(id))
    }

    /// The accounts of a subscription, or of one of its resource groups, by name.
    pub fn accounts_of(&self, subscription: &str, group: Option<&str>) -> Vec<Arc<StorageAccount>> {
        self.accounts
            .values()
            .filter(|a| a.subscription_id.eq_ignore_ascii_case(subscription))
            .filter(|a| group.is_none_or(|g| a.resource_group.eq_ignore_ascii_case(g)))
            .cloned()
            .collect()
    }

    /// Replaces an account by a changed one; `None` where there is none.
    pub fn change_account(&mut self, name: &str, change: impl FnOnce(&mut StorageAccount)) -> Option<()> {
        let entry = self.accounts.get_mut(name)?;
        let mut account = StorageAccount::clone(entry);
        change(&mut account);
        *entry = Arc::new(account);
        Some(())
    }
}
