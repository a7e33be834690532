//! A storage account: who it belongs to, how it may be reached, and what its blob service keeps.

use super::{Unknown, state::World};
use crate::wire::{read, write};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use coldkeep_core::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::{collections::BTreeMap, sync::Arc};

/// A storage account. A change creates a new one: hold it no longer than a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StorageAccount {
    pub name: String,
    /// Resource Manager's id, without a trailing slash.
    pub resource_id: String,
    pub tenant_id: String,
    pub subscription_id: String,
    pub resource_group: String,
    /// base64
    pub keys: [String; 2],
    /// When each of them was created.
    pub keys_made_at: [Timestamp; 2],
    pub created_at: Timestamp,
    /// `StorageV2`, `BlobStorage`, `BlockBlobStorage`, ...
    pub kind: String,
    /// `Standard_LRS`, ...
    pub sku: String,
    pub location: String,
    pub hns: bool,
    pub allow_shared_key: bool,
    pub tags: BTreeMap<String, String>,
    /// Whether addresses without a rule are shut out (`networkAcls.defaultAction` is `Deny`).
    pub network_default_deny: bool,
    /// IPv4 addresses and ranges (`16.17.18.0/24`) that are let in then.
    pub network_ip_rules: Vec<String>,
    /// Whether `publicNetworkAccess` is off: access is only possible over a private endpoint.
    pub network_closed: bool,
    pub versioning: bool,
    /// How long deleted blobs can be brought back; `None`: not at all.
    pub blob_soft_delete_days: Option<u32>,
    /// How long deleted containers can be brought back; `None`: not at all.
    pub container_soft_delete_days: Option<u32>,
    /// Whether all its containers take immutability by version (`immutableStorageWithVersioning.enabled`).
    pub version_level_immutability: bool,
    pub change_feed: bool,
    /// From where it may be copied into: `AAD` (the same tenant), `PrivateLink`; `None`: from anywhere.
    #[serde(default)]
    pub allowed_copy_scope: Option<String>,
    /// Properties that are only kept and shown, as they came.
    pub other: Map<String, Value>,
    /// Properties of its blob service that are only kept and shown.
    pub other_of_blobs: Map<String, Value>,
}

/// Where a new account belongs.
#[derive(Debug, Clone, Copy)]
pub struct AccountPlace<'a> {
    pub tenant_id: &'a str,
    pub subscription_id: &'a str,
    pub resource_group: &'a str,
    pub name: &'a str,
}

impl StorageAccount {
    /// A general-purpose account with fresh keys, everything else at its default.
    pub(crate) fn new(place: AccountPlace<'_>, location: &str, sku: &str, now: Timestamp) -> Self {
        Self {
            name: place.name.to_owned(),
            resource_id: format!(
                "/subscriptions/{}/resourceGroups/{}/providers/Microsoft.Storage/storageAccounts/{}",
                place.subscription_id, place.resource_group, place.name
            ),
            tenant_id: place.tenant_id.to_owned(),
            subscription_id: place.subscription_id.to_owned(),
            resource_group: place.resource_group.to_owned(),
            keys: [account_key(), account_key()],
            keys_made_at: [now; 2],
            created_at: now,
            kind: "StorageV2".to_owned(),
            sku: sku.to_owned(),
            location: location.to_owned(),
            hns: false,
            allow_shared_key: true,
            tags: BTreeMap::new(),
            network_default_deny: false,
            network_ip_rules: vec![],
            network_closed: false,
            versioning: false,
            blob_soft_delete_days: None,
            container_soft_delete_days: None,
            version_level_immutability: false,
            change_feed: false,
            allowed_copy_scope: None,
            other: Map::new(),
            other_of_blobs: Map::new(),
        }
    }

    /// The Resource Manager id of one of its containers: the scope of its data actions.
    pub fn container_id(&self, container: &str) -> String {
        format!("{}/blobServices/default/containers/{container}", self.resource_id)
    }
}

/// A random account key: 64 bytes, base64.
pub(crate) fn account_key() -> String {
    let mut bytes = [0; 64];
    for part in bytes.chunks_mut(16) {
        part.copy_from_slice(uuid::Uuid::new_v4().as_bytes());
    }
    STANDARD.encode(bytes)
}

impl World {
    /// The account of that name.
    pub fn storage_account(&self, name: &str) -> Option<Arc<StorageAccount>> {
        read(&self.resources).accounts.get(name).cloned()
    }

    /// Takes an account away with all its blobs and what was granted on it.
    pub(crate) fn delete_account(&self, name: &str) {
        let removed = write(&self.resources).accounts.remove(name);
        if let Some(account) = removed {
            self.blobs.delete_account(name);
            write(&self.roles).remove_assignments_below(&account.resource_id);
        }
    }

    /// Changes the facts of an account.
    pub(crate) fn change_account(
        &self,
        account: &str,
        change: impl FnOnce(&mut StorageAccount),
    ) -> Result<(), Unknown> {
        write(&self.resources)
            .change_account(account, change)
            .ok_or_else(|| Unknown(format!("account `{account}`")))
    }
}
