//! Tenants of a scenario: people, applications, subscriptions, accounts.

use super::{
    contents::{Containers, check_names},
    error::ScenarioError,
};
use crate::{
    AccountSeed, SubscriptionSeed, TenantSeed, UserSeed, World, arm,
    wire::{
        checked::{Check, Checked, check_once, each_once},
        write,
    },
    world::{RegisteredApp, conditions::Condition, forever, options::is_account_name},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use coldkeep_core::Timestamp;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use std::path::Path;
use uuid::Uuid;

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Tenant {
    /// Derived from the domain unless it is given.
    #[serde(default)]
    id: Option<Uuid>,
    name: String,
    domain: String,
    #[serde(default)]
    users: Vec<Checked<User>>,
    #[serde(default)]
    applications: Vec<Application>,
    #[serde(default)]
    subscriptions: Vec<Checked<Subscription>>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct User {
    principal_name: String,
    #[serde(default)]
    display_name: Option<String>,
    #[serde(default)]
    admin: bool,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Application {
    display_name: String,
    /// Derived from the display name unless it is given.
    #[serde(default)]
    application_id: Option<Uuid>,
    secret: String,
    /// When the secret ends; two years from the start unless it is given.
    #[serde(default, deserialize_with = "forever::deserialize")]
    secret_ends: Option<Timestamp>,
    #[serde(default)]
    grants: Vec<Grant>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Grant {
    /// A role's display name or GUID.
    role: String,
    /// `ACCOUNT`, `ACCOUNT/CONTAINER`, or an id of Resource Manager, which begins with a slash.
    scope: String,
    /// Where it gives nothing unless that holds.
    #[serde(default)]
    condition: Option<Condition>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Subscription {
    /// Derived from the name unless it is given.
    #[serde(default)]
    id: Option<Uuid>,
    name: String,
    resource_group: String,
    #[serde(default)]
    accounts: Vec<Checked<Account>>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Account {
    name: String,
    #[serde(default)]
    location: Option<String>,
    #[serde(default)]
    sku: Option<String>,
    #[serde(default)]
    versioning: bool,
    #[serde(default)]
    hns: bool,
    #[serde(default)]
    allow_shared_key: Option<bool>,
    /// `AAD` or `PrivateLink`; from anywhere unless it is given.
    #[serde(default)]
    allowed_copy_scope: Option<String>,
    /// Its first key, base64; random unless it is given.
    #[serde(default)]
    key: Option<String>,
    #[serde(default, deserialize_with = "each_once")]
    containers: Containers,
}

impl Check for Tenant {
    fn check(&self) -> Result<(), String> {
        let part =
            |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
        if self.domain.contains('.') && self.domain.split('.').all(part) {
            return Ok(());
        }
        Err(format!(
            "`{}` is not a domain of a tenant, for example contoso.example",
            self.domain
        ))
    }
}

impl Check for User {
    fn check(&self) -> Result<(), String> {
        match self.principal_name.split_once('@') {
            Some((name, domain)) if !name.is_empty() && !domain.is_empty() => Ok(()),
            _ => Err(format!(
                "`{}` is not a user principal name, for example admin@contoso.example",
                self.principal_name
            )),
        }
    }
}

impl Check for Subscription {
    fn check(&self) -> Result<(), String> {
        arm::check_group_name(&self.resource_group)
    }
}

impl Check for Account {
    fn check(&self) -> Result<(), String> {
        if !is_account_name(&self.name) {
            return Err(format!(
                "`{}` is not a valid account name: 3 to 24 digits and lower-case letters",
                self.name
            ));
        }
        if let Some(sku) = self.sku.as_ref().filter(|sku| !arm::is_sku(sku)) {
            return Err(format!("account `{}`: there is no SKU `{sku}`", self.name));
        }
        if let Some(place) = self.location.as_ref().filter(|place| !arm::is_location(place)) {
            return Err(format!("account `{}`: there is no region `{place}`", self.name));
        }
        let scope = self.allowed_copy_scope.as_ref();
        if let Some(scope) = scope.filter(|scope| !arm::is_copy_scope(scope)) {
            return Err(format!(
                "account `{}`: allowed_copy_scope `{scope}` is neither `AAD` nor `PrivateLink`",
                self.name
            ));
        }
        if let Some(key) = &self.key {
            STANDARD
                .decode(key)
                .map_err(|e| format!("the key of account `{}` is not base64: {e}", self.name))?;
        }
        check_names(&self.containers)
    }
}

/// Reports names that occur twice, or that belong to something else.
pub(crate) fn check_all(tenants: &[Checked<Tenant>]) -> Result<(), ScenarioError> {
    if tenants.is_empty() {
        return Err(ScenarioError::new(
            "tenants: at least one is needed; without the field, the default world is used",
        ));
    }
    let tenants = || tenants.iter().map(|t| &t.0);
    let subscriptions = || tenants().flat_map(|t| &t.subscriptions).map(|s| &s.0);
    let label = |id: Option<Uuid>, name: &str| id.map_or_else(|| name.to_owned(), |id| id.to_string());
    let applications = tenants().flat_map(|t| &t.applications);
    let users = tenants().flat_map(|t| &t.users).map(|u| &u.0);
    let accounts = subscriptions().flat_map(|s| &s.accounts);
    check_once("tenant", tenants().map(|t| label(t.id, &t.domain)))
        .and_then(|()| check_once("domain", tenants().map(|t| t.domain.clone())))
        .and_then(|()| check_once("user", users.map(|u| u.principal_name.clone())))
        .and_then(|()| {
            check_once(
                "application",
                applications.map(|a| label(a.application_id, &a.display_name)),
            )
        })
        .and_then(|()| check_once("subscription", subscriptions().map(|s| label(s.id, &s.name))))
        .and_then(|()| check_once("account", accounts.map(|a| a.0.name.clone())))
        .map_err(ScenarioError)
}

/// A name gives one id, equal in every run.
fn id_of(given: Option<Uuid>, kind: &str, name: &str) -> String {
    let id = given.unwrap_or_else(|| Uuid::new_v5(&Uuid::NAMESPACE_OID, format!("{kind}:{name}").as_bytes()));
    id.to_string()
}

impl Tenant {
    fn id(&self) -> String {
        id_of(self.id, "tenant", &self.domain)
    }

    /// Fills accounts, and creates applications with their permissions.
    pub(crate) fn fill(&self, world: &World, folder: &Path) -> Result<(), ScenarioError> {
        for Checked(account) in self.subscriptions.iter().flat_map(|s| &s.0.accounts) {
            if let Some(scope) = &account.allowed_copy_scope {
                let set = world.set_allowed_copy_scope(&account.name, Some(scope));
                set.map_err(ScenarioError::new)?;
            }
            if let Some(key) = &account.key {
                let set = world.change_account(&account.name, |a| a.keys[0].clone_from(key));
                set.map_err(ScenarioError::new)?;
            }
            for (name, container) in &account.containers {
                container.fill(world, &account.name, name, folder)?;
            }
        }
        for application in &self.applications {
            application.register(world, &self.id())?;
        }
        Ok(())
    }
}

impl Subscription {
    fn id(&self) -> String {
        id_of(self.id, "subscription", &self.name)
    }
}

impl Application {
    fn id(&self) -> String {
        id_of(self.application_id, "application", &self.display_name)
    }

    fn register(&self, world: &World, tenant_id: &str) -> Result<(), ScenarioError> {
        let made = world
            .register_app(tenant_id, &self.display_name)
            .map_err(ScenarioError::new)?;
        self.rename(world, &made);
        for grant in &self.grants {
            let told =
                |why: String| ScenarioError(format!("application `{}`, grants: {why}", self.display_name));
            let scope = scope_of(world, &grant.scope).map_err(told)?;
            arm::check_scope(world, tenant_id, &scope).map_err(told)?;
            world
                .grant_where(
                    &made.service_principal_id,
                    &grant.role,
                    &scope,
                    grant.condition.clone(),
                )
                .map_err(|unknown| told(unknown.to_string()))?;
        }
        Ok(())
    }

    /// Gives it the id and the secret that the scenario names.
    fn rename(&self, world: &World, made: &RegisteredApp) {
        let app_id = self.id();
        let mut directory = write(&world.directory);
        for found in &mut directory.service_principals {
            if found.object_id == made.service_principal_id {
                found.app_id.clone_from(&app_id);
            }
        }
        for found in &mut directory.applications {
            if found.object_id != made.object_id {
                continue;
            }
            found.app_id.clone_from(&app_id);
            for secret in &mut found.password_credentials {
                secret.secret_sha256 = Sha256::digest(&self.secret).into();
                secret.hint = self.secret.chars().take(3).collect();
                secret.end = self.secret_ends.unwrap_or(secret.end);
            }
        }
    }
}

fn scope_of(world: &World, scope: &str) -> Result<String, String> {
    if scope.starts_with('/') {
        return Ok(scope.to_owned());
    }
    let (name, container) = scope.split_once('/').unwrap_or((scope, ""));
    let account = world
        .storage_account(name)
        .ok_or_else(|| format!("there is no account `{name}` for the grant"))?;
    Ok(if container.is_empty() {
        account.resource_id.clone()
    } else {
        account.container_id(container)
    })
}

impl From<&Tenant> for TenantSeed {
    fn from(tenant: &Tenant) -> Self {
        let users = tenant.users.iter().map(|Checked(user)| UserSeed {
            principal_name: user.principal_name.clone(),
            display_name: user
                .display_name
                .clone()
                .unwrap_or_else(|| user.principal_name.clone()),
            admin: user.admin,
        });
        Self {
            id: tenant.id(),
            name: tenant.name.clone(),
            domain: tenant.domain.clone(),
            users: users.collect(),
            subscriptions: tenant
                .subscriptions
                .iter()
                .map(|subscription| SubscriptionSeed::from(&subscription.0))
                .collect(),
        }
    }
}

impl From<&Subscription> for SubscriptionSeed {
    fn from(subscription: &Subscription) -> Self {
        Self {
            id: subscription.id(),
            name: subscription.name.clone(),
            resource_group: subscription.resource_group.clone(),
            accounts: subscription
                .accounts
                .iter()
                .map(|account| AccountSeed::from(&account.0))
                .collect(),
        }
    }
}

impl From<&Account> for AccountSeed {
    fn from(account: &Account) -> Self {
        let plain = Self::new(&account.name);
        Self {
            location: account.location.clone().unwrap_or(plain.location.clone()),
            sku: account.sku.clone().unwrap_or(plain.sku.clone()),
            versioning: account.versioning,
            hns: account.hns,
            allow_shared_key: account.allow_shared_key.unwrap_or(plain.allow_shared_key),
            ..plain
        }
    }
}
