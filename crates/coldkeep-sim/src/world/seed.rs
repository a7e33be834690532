//! The first state, made from the options.

use super::{
    StorageAccount, World,
    account::AccountPlace,
    directory::{Directory, Tenant, User},
    first_party, new_guid, read,
    resources::{ResourceGroup, Resources, Subscription},
    roles::RoleAssignment,
    write,
};
use crate::options::{AccountSeed, SubscriptionSeed, TenantSeed};
use coldkeep_core::Timestamp;
use std::{collections::BTreeMap, sync::Arc};

const OWNER: &str = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635";

/// Tenants and people.
pub(super) fn directory(tenants: &[TenantSeed]) -> Directory {
    let mut directory = Directory::default();
    for seed in tenants {
        directory.tenants.push(Tenant {
            id: seed.id.clone(),
            name: seed.name.clone(),
            domain: seed.domain.clone(),
            users_may_register: true,
            guests_are_members: false,
        });
        first_party::install(&mut directory, &seed.id);
        directory.users.extend(seed.users.iter().map(|user| User {
            object_id: new_guid(),
            tenant_id: seed.id.clone(),
            principal_name: user.principal_name.clone(),
            display_name: user.display_name.clone(),
            admin: user.admin,
            guest: false,
            directory_roles: vec![],
            directory_actions: vec![],
        }));
    }
    directory
}

/// Subscriptions, groups and accounts.
pub(super) fn resources(tenants: &[TenantSeed], now: Timestamp) -> Resources {
    let mut resources = Resources::default();
    for tenant in tenants {
        for seed in &tenant.subscriptions {
            let location = seed.accounts.first().map_or("westeurope", |a| &a.location);
            resources.subscriptions.push(Subscription {
                id: seed.id.clone(),
                tenant_id: tenant.id.clone(),
                name: seed.name.clone(),
                state: "Enabled".to_owned(),
                resource_groups: vec![ResourceGroup {
                    name: seed.resource_group.clone(),
                    location: location.to_owned(),
                    tags: BTreeMap::new(),
                }],
            });
            for account in &seed.accounts {
                resources.accounts.insert(
                    account.name.clone(),
                    Arc::new(storage_account(&tenant.id, seed, account, now)),
                );
            }
        }
    }
    resources
}

fn storage_account(
    tenant_id: &str,
    subscription: &SubscriptionSeed,
    seed: &AccountSeed,
    now: Timestamp,
) -> StorageAccount {
    let place = AccountPlace {
        tenant_id,
        subscription_id: &subscription.id,
        resource_group: &subscription.resource_group,
        name: &seed.name,
    };
    let mut account = StorageAccount {
        versioning: seed.versioning,
        allow_shared_key: seed.allow_shared_key,
        hns: seed.hns,
        ..StorageAccount::new(place, &seed.location, &seed.sku, now)
    };
    if let Some(key) = &seed.key {
        account.keys[0].clone_from(key);
    }
    account
}

impl World {
    /// Makes the administrators Owners of their tenant's subscriptions.
    pub(super) fn with_owners(self) -> Self {
        let now = self.now();
        {
            let (directory, resources, mut roles) =
                (read(&self.directory), read(&self.resources), write(&self.roles));
            for subscription in &resources.subscriptions {
                let admins = directory
                    .users
                    .iter()
                    .filter(|u| u.admin && u.tenant_id == subscription.tenant_id);
                for admin in admins {
                    roles.put_assignment(RoleAssignment {
                        name: new_guid(),
                        tenant_id: subscription.tenant_id.clone(),
                        scope: format!("/subscriptions/{}", subscription.id),
                        role: OWNER.to_owned(),
                        principal_id: admin.object_id.clone(),
                        principal_type: "User".to_owned(),
                        description: None,
                        created_by: None,
                        created_at: now,
                        updated_at: now,
                        effective_at: now,
                    });
                }
            }
        }
        self
    }
}
