//! The first state, created from the options.

use crate::{
    storage::state::Blobs,
    wire::{new_guid, read, write},
    world::{
        StorageAccount,
        account::AccountPlace,
        clock::SimClock,
        directory::{Directory, Tenant, User},
        first_party,
        options::{AccountSeed, TenantSeed},
        resources::{ResourceGroup, Resources, Subscription},
        roles::{RoleAssignment, Roles},
        start::Start,
        state::World,
        tokens::Tokens,
    },
};
use coldkeep_core::{Clock as _, Timestamp};
use std::{collections::BTreeMap, io, sync::Arc};

const OWNER: &str = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635";

impl Start {
    /// The options' objects, without contents of containers.
    pub(crate) fn seeded(tenants: &[TenantSeed]) -> io::Result<Self> {
        let clock = SimClock::default();
        let (directory, resources) = (directory(tenants), resources(tenants, clock.now()));
        Ok(Self {
            roles: roles(&directory, &resources, clock.now()),
            directory,
            resources,
            blobs: Blobs::default(),
            tokens: Tokens::new()?,
            ready_app: None,
            clock,
        })
    }
}

/// Tenants and people.
fn directory(tenants: &[TenantSeed]) -> Directory {
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
fn resources(tenants: &[TenantSeed], now: Timestamp) -> Resources {
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
                let place = AccountPlace {
                    tenant_id: &tenant.id,
                    subscription_id: &seed.id,
                    resource_group: &seed.resource_group,
                    name: &account.name,
                };
                let made = Arc::new(storage_account(place, account, now));
                resources.accounts.insert(account.name.clone(), made);
            }
        }
    }
    resources
}

fn storage_account(place: AccountPlace<'_>, seed: &AccountSeed, now: Timestamp) -> StorageAccount {
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
    /// Adds an account to the first subscription, unless there is one of its name. The ready application owns its blobs too.
    pub fn ensure_account(&self, seed: &AccountSeed) {
        if self.storage_account(&seed.name).is_some() {
            return;
        }
        let first = read(&self.resources).subscriptions.first().cloned();
        let Some((subscription, group)) =
            first.and_then(|s| Some((s.clone(), s.resource_groups.first()?.clone())))
        else {
            return;
        };
        let place = AccountPlace {
            tenant_id: &subscription.tenant_id,
            subscription_id: &subscription.id,
            resource_group: &group.name,
            name: &seed.name,
        };
        let account = storage_account(place, seed, self.now());
        if let Some(app) = self.known_ready_app() {
            // Without it the application can still be given the role.
            let _ = self.grant(
                &app.service_principal_id,
                "Storage Blob Data Owner",
                &account.resource_id,
            );
        }
        write(&self.resources)
            .accounts
            .insert(seed.name.clone(), Arc::new(account));
    }
}

/// The built-in roles, and the administrators as Owners of their tenant's subscriptions.
fn roles(directory: &Directory, resources: &Resources, now: Timestamp) -> Roles {
    let mut roles = Roles::with_builtin();
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
                condition: None,
                created_by: None,
                created_at: now,
                updated_at: now,
                effective_at: Timestamp::UNIX_EPOCH,
            });
        }
    }
    roles
}
