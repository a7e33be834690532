//! What Resource Manager knows: subscriptions, their resource groups and storage accounts.

use super::StorageAccount;
use serde::{Deserialize, Serialize};
use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

/// A subscription.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subscription {
    pub id: String,
    pub tenant_id: String,
    pub name: String,
    /// `Enabled`, `Disabled`, ...
    pub state: String,
    pub resource_groups: Vec<ResourceGroup>,
}

impl Subscription {
    /// The resource group of that name, in any case.
    pub fn group(&self, name: &str) -> Option<&ResourceGroup> {
        self.resource_groups
            .iter()
            .find(|group| group.name.eq_ignore_ascii_case(name))
    }
}

/// A resource group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResourceGroup {
    pub name: String,
    pub location: String,
    pub tags: BTreeMap<String, String>,
}

/// All subscriptions, and the accounts by name.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Resources {
    pub subscriptions: Vec<Subscription>,
    pub accounts: BTreeMap<String, Arc<StorageAccount>>,
    /// Operations by id, with the name of the account that each creates.
    pub operations: HashMap<String, Option<String>>,
}

impl Resources {
    /// The subscription with this id.
    pub fn subscription(&self, id: &str) -> Option<&Subscription> {
        self.subscriptions.iter().find(|s| s.id.eq_ignore_ascii_case(id))
    }

    /// Adds a resource group, or replaces the one of its name.
    pub fn put_group(&mut self, subscription: &str, group: ResourceGroup) {
        self.remove_group(subscription, &group.name);
        if let Some(found) = self.subscription_mut(subscription) {
            found.resource_groups.push(group);
            found.resource_groups.sort_by(|a, b| a.name.cmp(&b.name));
        }
    }

    /// Takes a resource group away; its accounts are the caller's to take.
    pub fn remove_group(&mut self, subscription: &str, name: &str) {
        if let Some(found) = self.subscription_mut(subscription) {
            found
                .resource_groups
                .retain(|g| !g.name.eq_ignore_ascii_case(name));
        }
    }

    fn subscription_mut(&mut self, id: &str) -> Option<&mut Subscription> {
        self.subscriptions
            .iter_mut()
            .find(|s| s.id.eq_ignore_ascii_case(id))
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
