//! Resource groups and the lists of what is in them (<https://learn.microsoft.com/rest/api/resources/resource-groups>).

use super::{
    account_document, accounts,
    ask::{Answer, Ask, page, require},
    error::ArmError,
    groups, operations, subscriptions, version,
};
use crate::{
    wire::{read, reply, write},
    world::resources::{ResourceGroup, Subscription},
};
use http::Method;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;

const ACTION: &str = "Microsoft.Resources/subscriptions/resourceGroups";

#[derive(Deserialize)]
struct GroupBody {
    location: Option<String>,
    tags: Option<BTreeMap<String, String>>,
}

/// The groups of a subscription. `$filter` takes `tagName eq '…' and tagValue eq '…'`.
pub(super) fn list(ask: &Ask<'_>, subscription: &str) -> Answer {
    if ask.call.method != Method::GET {
        return Err(ArmError::no_route(ask.call));
    }
    let subscription = subscriptions::find_subscription(ask, subscription)?;
    let action = format!("{ACTION}/read");
    let seen = |group: &&ResourceGroup| {
        let at = scope(&subscription, Some(&group.name));
        ask.world.may(ask.caller, &at, &action, false)
    };
    // A caller who sees none of them gets the reason, unless the whole subscription is readable.
    if !subscription.resource_groups.iter().any(|group| seen(&group)) {
        require(ask, &scope(&subscription, None), &action)?;
    }
    let filter = ask.call.query("$filter").unwrap_or_default();
    let value_of = |name: &str| -> Option<String> {
        let rest = filter.split_once(&format!("{name} eq '"))?.1;
        Some(rest.split_once('\'')?.0.to_owned())
    };
    let (name, value) = (value_of("tagName"), value_of("tagValue"));
    let found = subscription
        .resource_groups
        .iter()
        .filter(seen)
        .filter(|g| {
            name.as_ref().is_none_or(|name| {
                g.tags
                    .get(name)
                    .is_some_and(|has| value.as_ref().is_none_or(|v| v == has))
            })
        })
        .map(|g| render(&subscription, g))
        .collect();
    Ok(page(ask, found))
}

/// Answers a request for one group.
pub(super) fn route(ask: &Ask<'_>, subscription: &str, name: &str) -> Answer {
    let subscription = subscriptions::find_subscription(ask, subscription)?;
    let at = scope(&subscription, Some(name));
    let found = subscription.group(name);
    match ask.call.method {
        Method::GET => {
            require(ask, &at, &format!("{ACTION}/read"))?;
            let group = found.ok_or_else(|| ArmError::no_group(name))?;
            Ok(reply::json(200, &render(&subscription, group)))
        }
        Method::HEAD => {
            require(ask, &at, &format!("{ACTION}/read"))?;
            Ok(reply::bare(if found.is_some() { 204 } else { 404 }))
        }
        Method::PUT | Method::PATCH => {
            require(ask, &at, &format!("{ACTION}/write"))?;
            put(ask, &subscription, name, found)
        }
        Method::DELETE => {
            require(ask, &at, &format!("{ACTION}/delete"))?;
            let group = found.ok_or_else(|| ArmError::no_group(name))?;
            delete(ask, &subscription, &group.name)
        }
        _ => Err(ArmError::no_route(ask.call)),
    }
}

fn put(ask: &Ask<'_>, subscription: &Subscription, name: &str, known: Option<&ResourceGroup>) -> Answer {
    let sent: GroupBody = ask.call.json()?;
    if known.is_none() {
        if ask.call.method == Method::PATCH {
            return Err(ArmError::no_group(name));
        }
        check_name_of_group(name)?;
    }
    let location = match (&sent.location, known) {
        (Some(asked), _) => version::location_name(asked).map(str::to_owned).ok_or_else(|| {
            ArmError::new(
                400,
                "LocationNotAvailableForResourceGroup",
                format!("The provided location '{asked}' is not available for resource group."),
            )
        })?,
        (None, Some(group)) if ask.call.method == Method::PATCH => group.location.clone(),
        (None, _) => {
            return Err(ArmError::new(
                400,
                "LocationRequired",
                "The location property is required for this definition.",
            ));
        }
    };
    if let Some(group) = known.filter(|g| g.location != location) {
        return Err(ArmError::new(
            409,
            "InvalidResourceGroupLocation",
            format!(
                "Invalid resource group location '{location}'. The Resource group already exists in location '{}'.",
                group.location
            ),
        ));
    }
    let group = ResourceGroup {
        name: known.map_or(name, |g| &g.name).to_owned(),
        location,
        tags: sent
            .tags
            .or_else(|| known.map(|g| g.tags.clone()))
            .unwrap_or_default(),
    };
    write(&ask.world.resources).put_group(&subscription.id, group.clone());
    let status = if known.is_some() { 200 } else { 201 };
    Ok(reply::json(status, &render(subscription, &group)))
}

/// <https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules#microsoftresources>
pub(crate) fn check_name_of_group(name: &str) -> Result<(), ArmError> {
    const MAX_CHARS: usize = 90;
    let fits = |c: char| c.is_alphanumeric() || "-_().".contains(c);
    let strange: String = name.chars().filter(|c| !fits(*c)).collect();
    let wrong = if !strange.is_empty() {
        format!(
            "has these invalid characters: '{strange}'. The name can only be a letter, digit, '-', '.', '(', ')' or '_'."
        )
    } else if name.ends_with('.') {
        "ends with a period, which is not allowed.".to_owned()
    } else if !(1..=MAX_CHARS).contains(&name.chars().count()) {
        format!("has an invalid length: it has 1 to {MAX_CHARS} characters.")
    } else {
        return Ok(());
    };
    Err(ArmError::new(
        400,
        "InvalidResourceGroup",
        format!("The provided resource group name '{name}' {wrong}"),
    ))
}

/// Deletes the group and all in it. The reply names the address to poll.
fn delete(ask: &Ask<'_>, subscription: &Subscription, name: &str) -> Answer {
    let doomed = read(&ask.world.resources).accounts_of(&subscription.id, Some(name));
    for account in &doomed {
        accounts::refuse_protected(ask, account)?;
    }
    for account in doomed {
        ask.world.delete_account(&account.name);
    }
    write(&ask.world.resources).remove_group(&subscription.id, name);
    write(&ask.world.roles).remove_assignments_below(&scope(subscription, Some(name)));
    Ok(operations::accepted(
        ask,
        &format!("/subscriptions/{}/operationresults", subscription.id),
        None,
    ))
}

/// All resources of a subscription or group that the caller may see: the storage accounts. `$filter` takes
/// `resourceType eq '…'`.
pub(super) fn resources(ask: &Ask<'_>, subscription: &str, group: Option<&str>) -> Answer {
    if ask.call.method != Method::GET {
        return Err(ArmError::no_route(ask.call));
    }
    let subscription = subscriptions::find_subscription(ask, subscription)?;
    if let Some(name) = group
        && subscription.group(name).is_none()
    {
        return Err(ArmError::no_group(name));
    }
    let filter = ask.call.query("$filter").unwrap_or_default();
    let wanted = filter
        .split_once("resourceType eq '")
        .and_then(|(_, rest)| rest.split_once('\''))
        .map(|(kind, _)| kind);
    if wanted.is_some_and(|kind| !kind.eq_ignore_ascii_case(account_document::TYPE)) {
        return Ok(page(ask, vec![]));
    }
    let found = read(&ask.world.resources)
        .accounts_of(&subscription.id, group)
        .into_iter()
        .filter(|a| {
            ask.world.may(
                ask.caller,
                &a.resource_id,
                &format!("{}/read", account_document::TYPE),
                false,
            )
        })
        .map(|a| account_document::outline(&a))
        .collect();
    Ok(page(ask, found))
}

fn scope(subscription: &Subscription, group: Option<&str>) -> String {
    match group {
        Some(name) => format!("/subscriptions/{}/resourceGroups/{name}", subscription.id),
        None => format!("/subscriptions/{}", subscription.id),
    }
}

fn render(subscription: &Subscription, group: &ResourceGroup) -> Value {
    json!({
        "id": scope(subscription, Some(&group.name)),
        "name": group.name,
        "type": "Microsoft.Resources/resourceGroups",
        "location": group.location,
        "tags": group.tags,
        "properties": {"provisioningState": "Succeeded"},
    })
}

/// Why a resource group cannot be called so.
pub(crate) fn check_group_name(name: &str) -> Result<(), String> {
    groups::check_name_of_group(name).map_err(|error| error.message)
}
