//! An account as it is shown.

use super::account_properties;
use crate::{World, world::StorageAccount};
use serde_json::{Value, json};

/// The resource's type.
pub(super) const TYPE: &str = "Microsoft.Storage/storageAccounts";

/// An account as JSON, without its properties.
pub(super) fn outline(account: &StorageAccount) -> Value {
    json!({
        "id": account.resource_id,
        "name": account.name,
        "type": TYPE,
        "kind": account.kind,
        "location": account.location,
        "sku": {"name": account.sku, "tier": account.sku.split('_').next()},
        "tags": account.tags,
    })
}

/// An account as JSON.
pub(super) fn render(world: &World, account: &StorageAccount) -> Value {
    let mut value = outline(account);
    value["properties"] = account_properties::render(world, account);
    value
}
