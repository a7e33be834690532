//! Storage accounts: list, make, change, delete, and their keys
//! (<https://learn.microsoft.com/rest/api/storagerp/storage-accounts>).

use super::{
    account_document::{TYPE, render},
    account_properties,
    ask::{Answer, Ask, page},
    blob_service, containers,
    error::ArmError,
    operations,
    scope::AccountPath,
    subscriptions,
    target::Target,
    version,
};
use crate::{
    wire::{read, reply, write},
    world::{
        StorageAccount,
        account::{AccountPlace, account_key},
        options::is_account_name,
    },
};
use account_properties::AccountBody;
use http::Method;
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;

/// Answers what is asked of the provider in a whole subscription.
pub(super) fn of_subscription(ask: &Ask<'_>, subscription: &str, rest: &[&str]) -> Answer {
    match (&ask.call.method, rest) {
        (&Method::GET, ["storageaccounts"]) => list(ask, subscription, None),
        (&Method::POST, ["checknameavailability"]) => {
            version::check_storage(version::asked(ask.call)?, None)?;
            subscriptions::find_subscription(ask, subscription)?;
            check_name(ask)
        }
        (_, ["locations", _, "asyncoperations", id]) => operations::poll(ask, id),
        _ => Err(ArmError::no_route(ask.call)),
    }
}

/// The accounts of a subscription or group that the caller may see.
pub(super) fn list(ask: &Ask<'_>, subscription: &str, group: Option<&str>) -> Answer {
    if ask.call.method != Method::GET {
        return Err(ArmError::no_route(ask.call));
    }
    version::check_storage(version::asked(ask.call)?, None)?;
    let found = subscriptions::find_subscription(ask, subscription)?;
    if let Some(name) = group
        && found.group(name).is_none()
    {
        return Err(ArmError::no_group(name));
    }
    let all = read(&ask.world.resources).accounts_of(subscription, group);
    let action = format!("{TYPE}/read");
    let seen = all
        .iter()
        .filter(|a| ask.world.may(ask.caller, &a.resource_id, &action, false))
        .map(|a| render(ask.world, a))
        .collect();
    Ok(page(ask, seen))
}

/// Answers a request at or below one account.
pub(super) fn route(ask: &Ask<'_>, place: AccountPath<'_>, rest: &[&str]) -> Answer {
    let found = read(&ask.world.resources)
        .accounts_of(place.subscription, Some(place.group))
        .into_iter()
        .find(|a| a.name == place.account && a.tenant_id == ask.caller.tenant_id);
    let location = found.as_ref().map_or("westeurope", |a| &a.location);
    version::check_storage(version::asked(ask.call)?, Some(location))?;
    let target = Target { ask, place, found };
    match (&ask.call.method, rest) {
        (&Method::GET, []) => {
            target.require(None, "read")?;
            Ok(reply::json(200, &render(ask.world, &*target.account()?)))
        }
        (&Method::PUT, []) => {
            target.require(None, "write")?;
            put(&target)
        }
        (&Method::PATCH, []) => {
            target.require(None, "write")?;
            update(&target, &*target.account()?)
        }
        (&Method::DELETE, []) => {
            target.require(None, "delete")?;
            delete(&target)
        }
        (&Method::POST, ["listkeys"]) => {
            target.require(None, "listKeys/action")?;
            Ok(reply::json(200, &render_keys(&*target.account()?)))
        }
        (&Method::POST, ["regeneratekey"]) => {
            target.require(None, "regenerateKey/action")?;
            regenerate(ask, &*target.account()?)
        }
        (_, ["blobservices", "default", "containers", rest @ ..]) => containers::route(&target, rest),
        (_, ["blobservices", rest @ ..]) => blob_service::route(&target, rest),
        _ => Err(ArmError::no_route(ask.call)),
    }
}

#[derive(Deserialize)]
struct NameToCheck {
    name: String,
}

fn check_name(ask: &Ask<'_>) -> Answer {
    let sent: NameToCheck = ask.call.json()?;
    let (reason, message) = if !is_account_name(&sent.name) {
        ("AccountNameInvalid", bad_name(&sent.name))
    } else if ask.world.storage_account(&sent.name).is_some() {
        ("AlreadyExists", taken(&sent.name))
    } else {
        return Ok(reply::json(200, &json!({"nameAvailable": true})));
    };
    Ok(reply::json(
        200,
        &json!({"nameAvailable": false, "reason": reason, "message": message}),
    ))
}

fn bad_name(name: &str) -> String {
    format!(
        "{name} is not a valid storage account name. Storage account name must be between 3 and 24 characters in length and \
         use numbers and lower-case letters only."
    )
}

fn taken(name: &str) -> String {
    format!("The storage account named {name} is already taken.")
}

/// Creates an account, or changes an existing one. A new one takes a while: 202.
fn put(target: &Target<'_>) -> Answer {
    if let Ok(known) = target.account() {
        return update(target, &known);
    }
    let (ask, place) = (target.ask, target.place);
    let subscription = subscriptions::find_subscription(ask, place.subscription)?;
    let group = subscription
        .group(place.group)
        .ok_or_else(|| ArmError::no_group(place.group))?;
    if !is_account_name(place.account_as_sent) {
        return Err(ArmError::new(
            400,
            "AccountNameInvalid",
            bad_name(place.account_as_sent),
        ));
    }
    let sent: AccountBody = ask.call.json()?;
    let (location, sku) = sent.needed()?;
    let place = AccountPlace {
        tenant_id: &subscription.tenant_id,
        subscription_id: &subscription.id,
        resource_group: &group.name,
        name: place.account,
    };
    let mut account = StorageAccount::new(place, location, &sku, ask.world.now());
    sent.apply(&mut account, true)?;
    let name = account.name.clone();
    {
        let mut resources = write(&ask.world.resources);
        if resources.accounts.contains_key(&name) {
            return Err(ArmError::new(409, "StorageAccountAlreadyTaken", taken(&name)));
        }
        resources.accounts.insert(name.clone(), Arc::new(account));
    }
    let path = format!(
        "/subscriptions/{}/providers/Microsoft.Storage/locations/{location}/asyncoperations",
        subscription.id
    );
    Ok(operations::accepted(ask, &path, Some(&name)))
}

fn update(target: &Target<'_>, known: &StorageAccount) -> Answer {
    let sent: AccountBody = target.ask.call.json()?;
    sent.check_location(known)?;
    let mut changed = known.clone();
    sent.apply(&mut changed, false)?;
    let value = render(target.ask.world, &changed);
    write(&target.ask.world.resources).change_account(&known.name, |a| *a = changed);
    Ok(reply::json(200, &value))
}

fn delete(target: &Target<'_>) -> Answer {
    let Ok(account) = target.account() else {
        return Ok(reply::bare(204));
    };
    refuse_protected(target.ask, &account)?;
    target.ask.world.delete_account(&account.name);
    Ok(reply::bare(200))
}

/// Refuses the end of an account in which a container has a legal hold or a locked policy.
pub(super) fn refuse_protected(ask: &Ask<'_>, account: &StorageAccount) -> Result<(), ArmError> {
    let all = ask.world.blobs.containers(&account.name);
    let held = all
        .iter()
        .find(|c| !c.rules.legal_holds.is_empty() || c.rules.immutability.as_ref().is_some_and(|p| p.locked));
    match held {
        None => Ok(()),
        Some(container) => Err(ArmError::new(
            409,
            "AccountProtectedFromDeletion",
            format!(
                "The storage account {} is protected from deletion. The container(s) {} have a locked immutability policy or \
                 a legal hold.",
                account.name, container.name
            ),
        )),
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Regenerate {
    key_name: String,
}

fn regenerate(ask: &Ask<'_>, account: &StorageAccount) -> Answer {
    let sent: Regenerate = ask.call.json()?;
    let at = match sent.key_name.as_str() {
        "key1" => 0,
        "key2" => 1,
        _ => return Err(account_properties::invalid("keyName")),
    };
    let mut changed = account.clone();
    changed.keys[at] = account_key();
    changed.keys_made_at[at] = ask.world.now();
    let value = render_keys(&changed);
    write(&ask.world.resources).change_account(&account.name, |a| *a = changed);
    Ok(reply::json(200, &value))
}

fn render_keys(account: &StorageAccount) -> Value {
    let keys: Vec<Value> = (0..2)
        .map(|at| {
            json!({
                "keyName": format!("key{}", at + 1),
                "value": account.keys[at],
                "permissions": "FULL",
                "creationTime": account.keys_made_at[at].to_string(),
            })
        })
        .collect();
    json!({"keys": keys})
}
