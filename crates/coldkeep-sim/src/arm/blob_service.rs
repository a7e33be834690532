//! An account's blob service: versions, soft delete, change feed
//! (<https://learn.microsoft.com/rest/api/storagerp/blob-services>).

use super::{
    account_properties::invalid,
    ask::{Answer, page},
    error::ArmError,
    target::Target,
};
use crate::{
    wire::{reply, write},
    world::StorageAccount,
};
use http::Method;
use serde::Deserialize;
use serde_json::{Map, Value, json};

const TYPE: &str = "Microsoft.Storage/storageAccounts/blobServices";

/// The longest time deleted things can be kept.
const MAX_DAYS: u64 = 365;

#[derive(Deserialize)]
struct BlobServiceBody {
    #[serde(default)]
    properties: Map<String, Value>,
}

/// Answers a request for the services of an account, of which there is one.
pub(super) fn route(target: &Target<'_>, rest: &[&str]) -> Answer {
    let ask = target.ask;
    match (&ask.call.method, rest) {
        (&Method::GET, []) => {
            target.require(None, "blobServices/read")?;
            Ok(page(ask, vec![render(&*target.account()?)]))
        }
        (&Method::GET, ["default"]) => {
            target.require(None, "blobServices/read")?;
            Ok(reply::json(200, &render(&*target.account()?)))
        }
        (&Method::PUT, ["default"]) => {
            target.require(None, "blobServices/write")?;
            put(target)
        }
        _ => Err(ArmError::no_route(ask.call)),
    }
}

/// Sets what was sent and leaves the rest.
fn put(target: &Target<'_>) -> Answer {
    let sent: BlobServiceBody = target.ask.call.json()?;
    let account = target.account()?;
    let mut changed = StorageAccount::clone(&account);
    for (name, value) in sent.properties.into_iter().filter(|(_, v)| !v.is_null()) {
        match name.as_str() {
            "isVersioningEnabled" => changed.versioning = value.as_bool().ok_or_else(|| invalid(&name))?,
            "deleteRetentionPolicy" => {
                changed.blob_soft_delete_days = days(&name, &value)?;
                changed.other_of_blobs.insert(name, value);
            }
            "containerDeleteRetentionPolicy" => changed.container_soft_delete_days = days(&name, &value)?,
            "changeFeed" => {
                changed.change_feed = value["enabled"].as_bool().unwrap_or(false);
                changed.other_of_blobs.insert(name, value);
            }
            _ => {
                changed.other_of_blobs.insert(name, value);
            }
        }
    }
    check_retention(&changed)?;
    let value = render(&changed);
    write(&target.ask.world.resources).change_account(&account.name, |a| *a = changed);
    Ok(reply::json(200, &value))
}

/// What goes together (<https://learn.microsoft.com/azure/storage/blobs/versioning-overview>).
fn check_retention(account: &StorageAccount) -> Result<(), ArmError> {
    if account.hns && (account.versioning || account.change_feed) {
        return Err(ArmError::new(
            409,
            "FeatureNotSupportedForAccount",
            "Blob versioning and change feed are not supported for accounts with a hierarchical namespace.",
        ));
    }
    if account.version_level_immutability && !account.versioning {
        return Err(ArmError::new(
            409,
            "FeatureNotSupportedForAccount",
            "Versioning cannot be disabled while immutable storage with versioning is enabled.",
        ));
    }
    Ok(())
}

fn days(name: &str, policy: &Value) -> Result<Option<u32>, ArmError> {
    if policy["enabled"].as_bool() != Some(true) {
        return Ok(None);
    }
    let days = policy["days"].as_u64().filter(|d| (1..=MAX_DAYS).contains(d));
    let days = days.and_then(|d| u32::try_from(d).ok());
    days.map(Some).ok_or_else(|| invalid(&format!("{name}.days")))
}

fn render(account: &StorageAccount) -> Value {
    let mut shown = json!({"cors": {"corsRules": []}, "changeFeed": {"enabled": false}, "deleteRetentionPolicy": {"enabled": false}});
    for (name, value) in &account.other_of_blobs {
        shown[name] = value.clone();
    }
    shown["isVersioningEnabled"] = json!(account.versioning);
    shown["changeFeed"]["enabled"] = json!(account.change_feed);
    retention(&mut shown["deleteRetentionPolicy"], account.blob_soft_delete_days);
    retention(
        &mut shown["containerDeleteRetentionPolicy"],
        account.container_soft_delete_days,
    );
    json!({
        "sku": {"name": account.sku, "tier": account.sku.split('_').next()},
        "id": format!("{}/blobServices/default", account.resource_id),
        "name": "default",
        "type": TYPE,
        "properties": shown,
    })
}

fn retention(policy: &mut Value, days: Option<u32>) {
    policy["enabled"] = json!(days.is_some());
    if let Some(days) = days {
        policy["days"] = json!(days);
    }
}
