//! Tenants and subscriptions (<https://learn.microsoft.com/rest/api/resources/subscriptions>).

use super::{
    ask::{Answer, Ask, page},
    error::ArmError,
    version,
};
use crate::{
    wire::{read, reply},
    world::resources::Subscription,
};
use http::Method;
use serde_json::{Value, json};

pub(super) fn tenants(ask: &Ask<'_>) -> Answer {
    only_get(ask)?;
    let directory = read(&ask.world.directory);
    let found = directory.tenant(&ask.caller.tenant_id).into_iter().map(|t| {
        json!({
            "id": format!("/tenants/{}", t.id),
            "tenantId": t.id,
            "displayName": t.name,
            "defaultDomain": t.domain,
            "domains": [t.domain],
            "tenantCategory": "Home",
            "tenantType": "AAD",
        })
    });
    Ok(page(ask, found.collect()))
}

/// Those in which the caller holds anything.
pub(super) fn list(ask: &Ask<'_>) -> Answer {
    only_get(ask)?;
    let resources = read(&ask.world.resources);
    let seen = resources
        .subscriptions
        .iter()
        .filter(|s| visible(ask, s))
        .map(render)
        .collect();
    Ok(page(ask, seen))
}

pub(super) fn get_subscription(ask: &Ask<'_>, id: &str) -> Answer {
    only_get(ask)?;
    Ok(reply::json(200, &render(&find_subscription(ask, id)?)))
}

/// The regions a subscription may use (<https://learn.microsoft.com/rest/api/resources/subscriptions/list-locations>).
pub(super) fn locations(ask: &Ask<'_>, id: &str) -> Answer {
    only_get(ask)?;
    let subscription = find_subscription(ask, id)?;
    let all = version::LOCATIONS.iter().map(|(name, shown, _)| {
        json!({
            "id": format!("/subscriptions/{}/locations/{name}", subscription.id),
            "name": name,
            "type": "Region",
            "displayName": shown,
            "regionalDisplayName": shown,
            "metadata": {"regionType": "Physical", "regionCategory": "Recommended"},
        })
    });
    // This list has no pages.
    Ok(reply::json(200, &json!({"value": all.collect::<Vec<_>>()})))
}

/// A subscription in which the caller holds anything; others are as good as not there.
pub(super) fn find_subscription(ask: &Ask<'_>, id: &str) -> Result<Subscription, ArmError> {
    read(&ask.world.resources)
        .subscription(id)
        .filter(|s| visible(ask, s))
        .cloned()
        .ok_or_else(|| ArmError::no_subscription(id))
}

/// Refuses changes in a subscription that is disabled. Questions that are asked by POST are none.
/// (<https://learn.microsoft.com/azure/cost-management-billing/manage/subscription-states>)
pub(super) fn check_writable(ask: &Ask<'_>, id: &str) -> Result<(), ArmError> {
    let writes = [Method::PUT, Method::PATCH, Method::DELETE].contains(&ask.call.method);
    let disabled = read(&ask.world.resources)
        .subscription(id)
        .is_some_and(|s| s.state == "Disabled" && visible(ask, s));
    if writes && disabled {
        return Err(ArmError::new(
            409,
            "ReadOnlyDisabledSubscription",
            format!(
                "The subscription '{id}' is disabled and therefore marked as read only. You cannot perform any write actions on \
                 this subscription until it is re-enabled."
            ),
        ));
    }
    Ok(())
}

fn visible(ask: &Ask<'_>, subscription: &Subscription) -> bool {
    let scope = format!("/subscriptions/{}", subscription.id);
    subscription.tenant_id == ask.caller.tenant_id
        && (!ask.world.options().rbac
            || read(&ask.world.roles).touches(&ask.caller.object_id, &scope, ask.world.now()))
}

fn only_get(ask: &Ask<'_>) -> Result<(), ArmError> {
    if ask.call.method == Method::GET {
        Ok(())
    } else {
        Err(ArmError::no_route(ask.call))
    }
}

fn render(subscription: &Subscription) -> Value {
    json!({
        "id": format!("/subscriptions/{}", subscription.id),
        "subscriptionId": subscription.id,
        "tenantId": subscription.tenant_id,
        "displayName": subscription.name,
        "state": subscription.state,
        "authorizationSource": "RoleBased",
        "subscriptionPolicies": {
            "locationPlacementId": "Public_2014-09-01", "quotaId": "PayAsYouGo_2014-09-01", "spendingLimit": "Off",
        },
    })
}
