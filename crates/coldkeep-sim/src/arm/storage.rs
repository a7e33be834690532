//! Storage accounts, their blob service and containers (<https://learn.microsoft.com/rest/api/storagerp>).

use super::{Answer, ArmError, Ask, page, require, subscriptions};
use crate::{
    blob::ContainerSummary,
    server::reply,
    world::{StorageAccount, read},
};
use http::Method;
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;

const ACCOUNTS: &str = "Microsoft.Storage/storageAccounts";

/// The accounts of a subscription or group that the caller may see.
pub(super) fn list(ask: &Ask<'_>, subscription: &str, group: Option<&str>) -> Answer {
    if ask.call.method != Method::GET {
        return Err(ArmError::no_route(ask.call));
    }
    subscriptions::find(ask, subscription)?;
    let all = read(&ask.world.resources).accounts_of(subscription, group);
    let action = format!("{ACCOUNTS}/read");
    let seen = all
        .iter()
        .filter(|a| ask.world.may(ask.caller, &a.resource_id, &action, false))
        .map(|a| render(ask, a))
        .collect();
    Ok(page(ask, seen))
}

/// Answers a request at or below one account.
pub(super) fn route(ask: &Ask<'_>, (subscription, group, name): (&str, &str, &str), rest: &[&str]) -> Answer {
    let asked = format!("/subscriptions/{subscription}/resourceGroups/{group}/providers/{ACCOUNTS}/{name}");
    let account = read(&ask.world.resources)
        .accounts_of(subscription, Some(group))
        .into_iter()
        .find(|a| a.name == name && a.tenant_id == ask.caller.tenant_id);
    // Who may not look learns nothing: not even that there is nothing.
    let guard = |action: &str| {
        require(
            ask,
            account.as_ref().map_or(&asked, |a| &a.resource_id),
            &format!("{ACCOUNTS}/{action}"),
        )
    };
    let found = || {
        account
            .clone()
            .ok_or_else(|| ArmError::no_resource(&format!("{ACCOUNTS}/{name}"), group))
    };
    match (&ask.call.method, rest) {
        (&Method::GET, []) => {
            guard("read")?;
            Ok(reply::json(200, &render(ask, &*found()?)))
        }
        (&Method::POST, ["listkeys"]) => {
            guard("listKeys/action")?;
            Ok(reply::json(200, &render_keys(&*found()?)))
        }
        (&Method::GET, ["blobservices", "default"]) => {
            guard("blobServices/read")?;
            Ok(reply::json(200, &render_service(&*found()?)))
        }
        (&Method::PUT, ["blobservices", "default"]) => {
            guard("blobServices/write")?;
            put_service(ask, &*found()?)
        }
        (&Method::GET, ["blobservices", "default", "containers"]) => {
            guard("blobServices/containers/read")?;
            let account = found()?;
            let all = ask.world.blobs.containers(&account.name);
            Ok(page(
                ask,
                all.iter().map(|c| render_container(&account, c)).collect(),
            ))
        }
        (_, ["blobservices", "default", "containers", container]) => {
            one_container(ask, account, &asked, container)
        }
        _ => Err(ArmError::no_route(ask.call)),
    }
}

fn one_container(ask: &Ask<'_>, account: Option<Arc<StorageAccount>>, asked: &str, name: &str) -> Answer {
    let base = account.as_ref().map_or(asked, |a| &a.resource_id);
    let scope = format!("{base}/blobServices/default/containers/{name}");
    let verb = match ask.call.method {
        Method::GET => "read",
        Method::PUT => "write",
        Method::DELETE => "delete",
        _ => return Err(ArmError::no_route(ask.call)),
    };
    require(ask, &scope, &format!("{ACCOUNTS}/blobServices/containers/{verb}"))?;
    let account = account.ok_or_else(|| {
        ArmError::no_resource(
            asked.split("/providers/").nth(1).unwrap_or(asked),
            asked.split('/').nth(4).unwrap_or_default(),
        )
    })?;
    let find = || {
        ask.world
            .blobs
            .containers(&account.name)
            .into_iter()
            .find(|c| c.name == name)
    };
    let created = verb == "write"
        && ask
            .world
            .blobs
            .create_container(&account.name, name, ask.world.now());
    if verb == "delete" {
        let was_there = ask.world.blobs.delete_container(&account.name, name);
        return Ok(reply::bare(if was_there { 200 } else { 204 }));
    }
    let container = find().ok_or_else(|| {
        ArmError::new(
            404,
            "ContainerNotFound",
            format!("The specified container '{name}' does not exist."),
        )
    })?;
    Ok(reply::json(
        if created { 201 } else { 200 },
        &render_container(&account, &container),
    ))
}

#[derive(Deserialize)]
struct Service {
    properties: ServiceProperties,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ServiceProperties {
    is_versioning_enabled: Option<bool>,
}

fn put_service(ask: &Ask<'_>, account: &StorageAccount) -> Answer {
    let sent: Service = ask.call.json()?;
    let missing = || ArmError::no_resource(&account.name, &account.resource_group);
    if let Some(on) = sent.properties.is_versioning_enabled {
        ask.world
            .set_versioning(&account.name, on)
            .map_err(|_| missing())?;
    }
    let changed = ask.world.storage_account(&account.name).ok_or_else(missing)?;
    Ok(reply::json(200, &render_service(&changed)))
}

fn render(ask: &Ask<'_>, account: &StorageAccount) -> Value {
    let blob = ask.world.endpoints().blob.replace("{account}", &account.name);
    json!({
        "id": account.resource_id,
        "name": account.name,
        "type": ACCOUNTS,
        "kind": "StorageV2",
        "location": account.location,
        "sku": {"name": account.sku, "tier": "Standard"},
        "tags": {},
        "properties": {
            "accessTier": "Hot",
            "allowBlobPublicAccess": false,
            "allowCrossTenantReplication": false,
            "allowSharedKeyAccess": account.allow_shared_key,
            "isHnsEnabled": account.hns,
            "minimumTlsVersion": "TLS1_2",
            "networkAcls": {"bypass": "AzureServices", "defaultAction": "Allow", "ipRules": [], "virtualNetworkRules": []},
            "primaryEndpoints": {"blob": format!("{blob}/")},
            "primaryLocation": account.location,
            "provisioningState": "Succeeded",
            "statusOfPrimary": "available",
            "supportsHttpsTrafficOnly": true,
        },
    })
}

fn render_keys(account: &StorageAccount) -> Value {
    let key = |name: &str, value: &str| json!({"keyName": name, "value": value, "permissions": "FULL"});
    json!({"keys": [key("key1", &account.keys[0]), key("key2", &account.keys[1])]})
}

fn render_service(account: &StorageAccount) -> Value {
    json!({
        "id": format!("{}/blobServices/default", account.resource_id),
        "name": "default",
        "type": format!("{ACCOUNTS}/blobServices"),
        "properties": {
            "isVersioningEnabled": account.versioning,
            "deleteRetentionPolicy": {"enabled": false},
            "containerDeleteRetentionPolicy": {"enabled": false},
            "changeFeed": {"enabled": false},
        },
    })
}

fn render_container(account: &StorageAccount, container: &ContainerSummary) -> Value {
    json!({
        "id": account.container_id(&container.name),
        "name": container.name,
        "type": format!("{ACCOUNTS}/blobServices/containers"),
        "etag": format!("\"{}\"", container.etag),
        "properties": {
            "publicAccess": "None",
            "leaseStatus": "Unlocked",
            "leaseState": "Available",
            "lastModifiedTime": container.last_modified.to_string(),
            "hasImmutabilityPolicy": false,
            "hasLegalHold": false,
            "deleted": false,
        },
    })
}
