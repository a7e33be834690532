//! What a simulated world starts with.

use super::sign_in_rules::SignInRules;
use crate::wire::NameOrder;
use std::{net::Ipv4Addr, path::PathBuf};

/// How to start a [`crate::Sim`].
#[derive(Debug, Clone)]
pub struct Options {
    pub ports: Ports,
    pub tenants: Vec<TenantSeed>,
    /// Whether role assignments decide what a token may do; off, every valid token may do everything.
    pub rbac: bool,
    /// How long new applications, credentials, service principals and role assignments stay unseen, in simulated seconds.
    pub replication_lag_s: u32,
    /// How long access tokens live.
    pub token_lifetime_s: u32,
    /// The poll interval that the device-code reply names.
    pub device_code_interval_s: u32,
    /// What policies ask of people who sign in.
    pub sign_in: SignInRules,
    /// Entries per page of Resource Manager's lists.
    pub arm_page_size: usize,
    /// How much longer every answer takes, in milliseconds; changed for each service by the setting `latency_ms`.
    pub latency_ms: u32,
    /// Entries the request log keeps; 0 switches it off.
    pub log_capacity: usize,
    /// The order in which blobs are listed.
    pub name_order: NameOrder,
    /// The address that accounts' firewalls see instead of that of the connection.
    pub client_address: Option<Ipv4Addr>,
    /// Serve HTTPS with a certificate created at the start ([`crate::Sim::ca_pem`]).
    pub tls: bool,
    /// `user:password` that the proxy requires (Basic); none: it requires none.
    pub proxy_login: Option<String>,
    /// The folder that keeps the world. A world in it is resumed; `tenants` are for a new one.
    pub data: Option<PathBuf>,
}

/// Ports on 127.0.0.1; 0 lets the system choose.
#[derive(Debug, Clone, Copy, Default)]
pub struct Ports {
    pub login: u16,
    pub graph: u16,
    pub resource_manager: u16,
    pub blob: u16,
    pub control: u16,
    /// Where HTTPS is served.
    pub proxy: u16,
}

/// An Entra tenant.
#[derive(Debug, Clone)]
pub struct TenantSeed {
    pub id: String,
    pub name: String,
    /// The verified default domain.
    pub domain: String,
    pub users: Vec<UserSeed>,
    pub subscriptions: Vec<SubscriptionSeed>,
}

/// A person.
#[derive(Debug, Clone)]
pub struct UserSeed {
    pub principal_name: String,
    pub display_name: String,
    /// Can change every application of the tenant, and is Owner of its subscriptions. Others change only what they created.
    pub admin: bool,
}

/// A subscription with one resource group.
#[derive(Debug, Clone)]
pub struct SubscriptionSeed {
    pub id: String,
    pub name: String,
    pub resource_group: String,
    pub accounts: Vec<AccountSeed>,
}

/// A storage account.
#[derive(Debug, Clone)]
pub struct AccountSeed {
    pub name: String,
    pub location: String,
    pub sku: String,
    pub versioning: bool,
    pub hns: bool,
    pub allow_shared_key: bool,
    /// Its first key, base64; a random one unless it is given.
    pub key: Option<String>,
}

impl AccountSeed {
    /// The account that programs written for Azurite expect, under the key that everybody knows
    /// (<https://learn.microsoft.com/azure/storage/common/storage-connect-azurite>).
    pub fn azurite() -> Self {
        const KEY: &str =
            "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";
        Self {
            key: Some(KEY.to_owned()),
            ..Self::new("devstoreaccount1")
        }
    }

    /// A general-purpose v2 account without versions.
    pub fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            location: "westeurope".to_owned(),
            sku: "Standard_LRS".to_owned(),
            versioning: false,
            hns: false,
            allow_shared_key: true,
            key: None,
        }
    }
}

/// Names of accounts: <https://learn.microsoft.com/azure/storage/common/storage-account-overview#storage-account-name>.
pub(crate) fn is_account_name(name: &str) -> bool {
    (3..=24).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
}

impl Options {
    /// Adds Azurite's well-known account ([`AccountSeed::azurite`]) to the first subscription.
    pub fn with_azurite_account(mut self) -> Self {
        let subscriptions = self
            .tenants
            .iter_mut()
            .flat_map(|tenant| &mut tenant.subscriptions);
        if let Some(first) = subscriptions.into_iter().next() {
            first.accounts.push(AccountSeed::azurite());
        }
        self
    }
}

impl Default for Options {
    fn default() -> Self {
        Self {
            ports: Ports::default(),
            tenants: vec![TenantSeed::northwind()],
            rbac: true,
            replication_lag_s: 0,
            token_lifetime_s: 3599,
            device_code_interval_s: 1,
            sign_in: SignInRules::default(),
            arm_page_size: 50,
            latency_ms: 0,
            log_capacity: 200_000,
            name_order: NameOrder::default(),
            client_address: None,
            tls: false,
            proxy_login: None,
            data: None,
        }
    }
}

impl TenantSeed {
    /// The default scene: one administrator, two subscriptions, a storage account in each.
    pub fn northwind() -> Self {
        let subscription = |id: &str, name: &str, group: &str, account: &str| SubscriptionSeed {
            id: id.to_owned(),
            name: name.to_owned(),
            resource_group: group.to_owned(),
            accounts: vec![AccountSeed::new(account)],
        };
        Self {
            id: "72f0c5f1-6d0a-4b7e-9c57-2f1e8d3a4b10".to_owned(),
            name: "Northwind".to_owned(),
            domain: "northwind.example".to_owned(),
            users: vec![UserSeed {
                principal_name: "admin@northwind.example".to_owned(),
                display_name: "Northwind Admin".to_owned(),
                admin: true,
            }],
            subscriptions: vec![
                subscription(
                    "a1d0b7c2-53a7-4a53-8f39-1c1e6a5b9d01",
                    "Northwind Production",
                    "backup-source",
                    "northsource",
                ),
                subscription(
                    "b2e1c8d3-64b8-4b64-9a4a-2d2f7b6c0e02",
                    "Northwind Vault",
                    "backup-target",
                    "northtarget",
                ),
            ],
        }
    }
}
