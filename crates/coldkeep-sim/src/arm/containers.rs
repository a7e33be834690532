//! Containers as Resource Manager sees them (<https://learn.microsoft.com/rest/api/storagerp/blob-containers>).

use super::{
    ask::{Answer, page_of},
    container_lookup::{find_container, missing, with_etag},
    error::ArmError,
    legal_hold, operations, retention,
    target::Target,
};
use crate::{
    blob::check_container_name,
    storage::{
        container_rules::PublicAccess, container_state::ContainerSummary, lease::LeaseStatus,
        state::DeletedContainerSummary,
    },
    wire::reply,
    world::StorageAccount,
};
use http::Method;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;

const TYPE: &str = "Microsoft.Storage/storageAccounts/blobServices/containers";

/// Answers a request for the containers of an account, or at or below one.
pub(super) fn route(target: &Target<'_>, rest: &[&str]) -> Answer {
    let ask = target.ask;
    let action = |verb: &str| format!("blobServices/containers/{verb}");
    match (&ask.call.method, rest) {
        (&Method::GET, []) => {
            target.require(None, &action("read"))?;
            list(target)
        }
        (&Method::GET, [name]) => {
            target.require(Some(name), &action("read"))?;
            let account = target.account()?;
            let found = find_container(target, &account, name)?;
            Ok(with_etag(&render(target, &account, &found), &found.etag))
        }
        (&Method::PUT | &Method::PATCH, [name]) => {
            target.require(Some(name), &action("write"))?;
            put(target, name)
        }
        (&Method::DELETE, [name]) => {
            target.require(Some(name), &action("delete"))?;
            delete(target, name)
        }
        (&Method::POST, [name, verb @ ("setlegalhold" | "clearlegalhold")]) => {
            legal_hold::route(target, name, *verb == "setlegalhold")
        }
        (&Method::POST, [name, "migrate"]) => {
            target.require(Some(name), &action("migrate/action"))?;
            migrate(target, name)
        }
        (_, [name, "immutabilitypolicies", "default", rest @ ..]) => retention::route(target, name, rest),
        _ => Err(ArmError::no_route(ask.call)),
    }
}

/// `$filter=startswith(name, '…')`, `$maxpagesize` and `$include=deleted`.
fn list(target: &Target<'_>) -> Answer {
    let call = target.ask.call;
    let account = target.account()?;
    let prefix = call
        .query("$filter")
        .and_then(|f| f.split_once('\''))
        .and_then(|(_, rest)| rest.split_once('\''))
        .map_or("", |(prefix, _)| prefix);
    let all = target.ask.world.blobs.containers(&account.name);
    let found = all.iter().filter(|c| c.name.starts_with(prefix));
    let size = call.query("$maxpagesize").and_then(|v| v.parse().ok());
    let mut values: Vec<Value> = found.map(|c| render(target, &account, c)).collect();
    if call
        .query("$include")
        .is_some_and(|kind| kind.eq_ignore_ascii_case("deleted"))
    {
        let world = target.ask.world;
        let deleted = world.blobs.deleted_containers(&account.name, world.now());
        let deleted = deleted.iter().filter(|d| d.container.name.starts_with(prefix));
        values.extend(deleted.map(|d| render_deleted(target, &account, d)));
        values.sort_by(|a, b| a["name"].as_str().cmp(&b["name"].as_str()));
    }
    Ok(page_of(target.ask, values, size))
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct ContainerBody {
    properties: ContainerProperties,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct ContainerProperties {
    public_access: Option<PublicAccess>,
    metadata: Option<BTreeMap<String, String>>,
    immutable_storage_with_versioning: Option<VersionLevel>,
}

#[derive(Deserialize)]
struct VersionLevel {
    #[serde(default)]
    enabled: bool,
}

/// Creates a container, or changes an existing one.
fn put(target: &Target<'_>, name: &str) -> Answer {
    let sent: ContainerBody = if target.ask.call.body.is_empty() {
        ContainerBody::default()
    } else {
        target.ask.call.json()?
    };
    let sent = sent.properties;
    let (account, blobs, now) = (target.account()?, &target.ask.world.blobs, target.ask.world.now());
    if let Err(bad) = check_container_name(name) {
        return Err(ArmError::new(400, "ContainerOperationFailure", bad.message()));
    }
    let wanted = sent.public_access.unwrap_or_default();
    if wanted != PublicAccess::None && account.other.get("allowBlobPublicAccess") != Some(&json!(true)) {
        return Err(ArmError::new(
            409,
            "PublicAccessNotPermitted",
            "Public access is not permitted on this storage account.",
        ));
    }
    let by_version = sent.immutable_storage_with_versioning.is_some_and(|v| v.enabled);
    if by_version && !account.versioning {
        return Err(ArmError::new(
            409,
            "ContainerOperationFailure",
            "Versioning must be enabled on the account for immutable storage with versioning.",
        ));
    }
    let created = target.ask.call.method == Method::PUT && blobs.create_container(&account.name, name, now);
    let by_version = by_version || (created && account.version_level_immutability);
    let changed = blobs.change_container(&account.name, name, now, |rules, metadata| {
        if let Some(access) = sent.public_access {
            rules.public_access = access;
        }
        rules.version_level |= by_version;
        if let Some(sent) = sent.metadata {
            *metadata = sent;
        }
    });
    let container = changed.ok_or_else(|| missing(name))?;
    let mut reply = with_etag(&render(target, &account, &container), &container.etag);
    if created {
        *reply.status_mut() = reply::status_of(201);
    }
    Ok(reply)
}

/// Lets the blobs of a container that has retention of its own have immutability by version; its policy stays, unlocked or locked
/// (<https://learn.microsoft.com/azure/storage/blobs/immutable-policy-configure-version-scope>).
fn migrate(target: &Target<'_>, name: &str) -> Answer {
    let (account, world) = (target.account()?, target.ask.world);
    let container = find_container(target, &account, name)?;
    if !account.versioning || container.rules.immutability.is_none() {
        return Err(ArmError::new(
            409,
            "ContainerOperationFailure",
            "Only a container with a time-based retention policy, in an account that keeps versions, can be migrated.",
        ));
    }
    world
        .blobs
        .change_container(&account.name, name, world.now(), |rules, _| {
            rules.version_level = true
        })
        .ok_or_else(|| missing(name))?;
    let path = format!(
        "/subscriptions/{}/providers/Microsoft.Storage/locations/{}/asyncoperations",
        account.subscription_id, account.location
    );
    Ok(operations::accepted(target.ask, &path, None))
}

/// Resource Manager deletes what has a policy as long as it is empty; the Blob service does not.
fn delete(target: &Target<'_>, name: &str) -> Answer {
    let (account, blobs) = (target.account()?, &target.ask.world.blobs);
    let Ok(container) = find_container(target, &account, name) else {
        return Ok(reply::bare(204));
    };
    let rules = &container.rules;
    let full = blobs.container_has_blobs(&account.name, name);
    let refused = if !rules.legal_holds.is_empty() {
        Some(("ContainerHasLegalHold", "one or more legal holds"))
    } else if full && rules.immutability.as_ref().is_some_and(|p| p.locked) {
        Some((
            "ContainerImmutabilityPolicyLocked",
            "a locked immutability policy",
        ))
    } else if full && rules.immutability.is_some() {
        Some(("ContainerImmutabilityPolicyUnlocked", "an immutability policy"))
    } else if full && rules.version_level {
        Some((
            "ContainerImmutableStorageWithVersioningEnabled",
            "a immutable storage with versioning enabled",
        ))
    } else {
        None
    };
    if lease_of(target, &account, name).status == "locked" {
        return Err(ArmError::new(
            412,
            "LeaseIdMissing",
            "There is currently a lease on the container and no lease ID was specified in the request.",
        ));
    }
    if let Some((code, what)) = refused {
        let message = format!("The requested operation is not allowed as the container has {what}.");
        return Err(ArmError::new(409, code, message));
    }
    let days = account.container_soft_delete_days;
    blobs.soft_delete_container(&account.name, name, days, target.ask.world.now());
    Ok(reply::bare(200))
}

fn render_deleted(target: &Target<'_>, account: &StorageAccount, deleted: &DeletedContainerSummary) -> Value {
    let mut value = render(target, account, &deleted.container);
    let properties = &mut value["properties"];
    properties["deleted"] = json!(true);
    properties["deletedTime"] = json!(deleted.deleted_at.to_string());
    properties["remainingRetentionDays"] = json!(deleted.remaining_days);
    properties["version"] = json!(deleted.version);
    value
}

fn lease_of(target: &Target<'_>, account: &StorageAccount, name: &str) -> LeaseStatus {
    let world = target.ask.world;
    world.blobs.container_lease(&account.name, name, world.now())
}

/// A word as Resource Manager writes it, where Blob Storage writes it small.
fn capitalised(word: &str) -> String {
    format!("{}{}", word[..1].to_ascii_uppercase(), &word[1..])
}

fn render(target: &Target<'_>, account: &StorageAccount, container: &ContainerSummary) -> Value {
    let rules = &container.rules;
    let lease = lease_of(target, account, &container.name);
    let mut properties = json!({
        "publicAccess": rules.public_access,
        "leaseStatus": capitalised(lease.status),
        "leaseState": capitalised(lease.state),
        "lastModifiedTime": container.last_modified.to_string(),
        "defaultEncryptionScope": "$account-encryption-key",
        "denyEncryptionScopeOverride": false,
        "metadata": *container.metadata,
        "hasImmutabilityPolicy": rules.immutability.is_some(),
        "hasLegalHold": !rules.legal_holds.is_empty(),
        "legalHold": legal_hold::render(rules),
        "deleted": false,
        "remainingRetentionDays": 0,
    });
    if let Some(duration) = lease.duration {
        properties["leaseDuration"] = json!(capitalised(duration));
    }
    if let Some(policy) = &rules.immutability {
        properties["immutabilityPolicy"] = json!({
            "etag": format!("\"{}\"", policy.etag),
            "properties": retention::render(policy),
            "updateHistory": retention::render_history(policy),
        });
    }
    if rules.version_level {
        properties["immutableStorageWithVersioning"] =
            json!({"enabled": true, "migrationState": "Completed"});
    }
    json!({
        "id": account.container_id(&container.name),
        "name": container.name,
        "type": TYPE,
        "etag": format!("\"{}\"", container.etag),
        "properties": properties,
    })
}
