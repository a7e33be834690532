//! Scopes: whether they name something, and what the caller holds there.

use super::{
    ask::{Answer, Ask, page},
    error::ArmError,
    scope,
};
use crate::{World, wire::read, world::role::Permission};
use serde_json::{Value, json};

/// The location of an account in a request.
#[derive(Clone, Copy)]
pub(super) struct AccountPath<'a> {
    pub(super) subscription: &'a str,
    pub(super) group: &'a str,
    /// In lower case.
    pub(super) account: &'a str,
    pub(super) account_as_sent: &'a str,
}

impl AccountPath<'_> {
    /// The account's id, whether it is there or not.
    pub(super) fn account_id(&self) -> String {
        format!(
            "/subscriptions/{}/resourceGroups/{}/providers/Microsoft.Storage/storageAccounts/{}",
            self.subscription, self.group, self.account
        )
    }
}

/// Refuses a scope that names nothing of this tenant. `/` is the tenant itself.
pub(super) fn check_known_scope(world: &World, tenant_id: &str, scope: &str) -> Result<(), ArmError> {
    let parts: Vec<&str> = scope
        .trim_matches('/')
        .split('/')
        .filter(|s| !s.is_empty())
        .collect();
    let is = |at: usize, word: &str| parts.get(at).is_some_and(|p| p.eq_ignore_ascii_case(word));
    if parts.is_empty() {
        return Ok(());
    }
    let [_, subscription, ..] = parts.as_slice() else {
        return Err(invalid(scope));
    };
    if !is(0, "subscriptions") {
        return Err(invalid(scope));
    }
    let resources = read(&world.resources);
    let found = resources
        .subscription(subscription)
        .filter(|s| s.tenant_id == tenant_id)
        .ok_or_else(|| ArmError::no_subscription(subscription))?;
    if parts.len() == 2 {
        return Ok(());
    }
    if !is(2, "resourceGroups") {
        return Err(invalid(scope));
    }
    let group = parts.get(3).copied().unwrap_or_default();
    if found.group(group).is_none() {
        return Err(ArmError::no_group(group));
    }
    if parts.len() == 4 {
        return Ok(());
    }
    if !(is(4, "providers") && is(5, "Microsoft.Storage") && is(6, "storageAccounts")) {
        return Err(invalid(scope));
    }
    let name = parts.get(7).copied().unwrap_or_default();
    let missing = |what: String| ArmError::no_resource(&what, group);
    let account = resources
        .accounts_of(subscription, Some(group))
        .into_iter()
        .find(|a| a.name.eq_ignore_ascii_case(name))
        .ok_or_else(|| missing(format!("Microsoft.Storage/storageAccounts/{name}")))?;
    match parts.get(8..).unwrap_or_default() {
        [] => Ok(()),
        [_, _] | [_, _, _, _] if !is(8, "blobServices") || !is(9, "default") => Err(invalid(scope)),
        [_, _] => Ok(()),
        [_, _, containers, container] if containers.eq_ignore_ascii_case("containers") => {
            if world.blobs.container_exists(&account.name, container) {
                return Ok(());
            }
            Err(missing(format!(
                "Microsoft.Storage/storageAccounts/{name}/blobServices/default/containers/{container}"
            )))
        }
        _ => Err(invalid(scope)),
    }
}

fn invalid(scope: &str) -> ArmError {
    ArmError::new(400, "InvalidScope", format!("The scope '{scope}' is not valid."))
}

/// What the caller may do at a scope (<https://learn.microsoft.com/rest/api/authorization/permissions>).
pub(super) fn permissions(ask: &Ask<'_>, scope: &str) -> Answer {
    check_known_scope(ask.world, &ask.caller.tenant_id, scope)?;
    let held = {
        let roles = read(&ask.world.roles);
        roles
            .permissions_at(&ask.caller.object_id, scope, ask.world.seen_until())
            .map(render)
            .collect::<Vec<_>>()
    };
    Ok(page(ask, held))
}

/// A permission as JSON.
pub(super) fn render(permission: &Permission) -> Value {
    json!({
        "actions": permission.actions,
        "notActions": permission.not_actions,
        "dataActions": permission.data_actions,
        "notDataActions": permission.not_data_actions,
    })
}

/// Why a scope names nothing of this tenant.
pub(crate) fn check_scope(world: &World, tenant_id: &str, scope: &str) -> Result<(), String> {
    scope::check_known_scope(world, tenant_id, scope).map_err(|error| error.message)
}
