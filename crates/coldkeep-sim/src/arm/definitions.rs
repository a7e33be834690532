//! Role definitions: built-in ones, and a tenant's custom ones
//! (<https://learn.microsoft.com/rest/api/authorization/role-definitions>).

use super::{
    actions,
    ask::{Answer, Ask, page, require},
    error::ArmError,
    scope,
};
use crate::{
    wire::{read, reply, write},
    world::role::{Changes, Permission, RoleDefinition, scope_contains},
};
use http::Method;
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;

const TYPE: &str = "Microsoft.Authorization/roleDefinitions";

#[derive(Deserialize)]
struct DefinitionBody {
    properties: Properties,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Properties {
    role_name: String,
    #[serde(default)]
    description: Option<String>,
    permissions: Vec<SentPermission>,
    assignable_scopes: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[derive(Default)]
struct SentPermission {
    actions: Vec<String>,
    not_actions: Vec<String>,
    data_actions: Vec<String>,
    not_data_actions: Vec<String>,
}

/// Answers a request for the definitions at a scope, or for one.
pub(super) fn route(ask: &Ask<'_>, scope: &str, name: Option<&str>) -> Answer {
    scope::check_known_scope(ask.world, &ask.caller.tenant_id, scope)?;
    match (&ask.call.method, name) {
        (&Method::GET, None) => list(ask, scope),
        (&Method::GET, Some(name)) => {
            // Definitions are readable by anyone who knows the id, as built-in ones are at the tenant's root.
            let found = seen(ask, name);
            Ok(reply::json(
                200,
                &render(scope, &*found.ok_or_else(|| missing(name))?),
            ))
        }
        (&Method::PUT, Some(name)) => put(ask, scope, name),
        (&Method::DELETE, Some(name)) => delete(ask, scope, name),
        _ => Err(ArmError::no_route(ask.call)),
    }
}

/// The definition, if the replica that answers has heard of it.
pub(super) fn seen(ask: &Ask<'_>, name: &str) -> Option<Arc<RoleDefinition>> {
    let found = read(&ask.world.roles).definition(name, &ask.caller.tenant_id)?;
    is_seen(ask, &found).then_some(found)
}

fn is_seen(ask: &Ask<'_>, role: &RoleDefinition) -> bool {
    let made_at = role.changes.as_ref().map(|changes| changes.created_at);
    made_at.is_none_or(|at| at <= ask.world.seen_until())
}

fn missing(name: &str) -> ArmError {
    ArmError::new(
        404,
        "RoleDefinitionDoesNotExist",
        format!(
            "The specified role definition with ID '{}' does not exist.",
            name.replace('-', "")
        ),
    )
}

fn list(ask: &Ask<'_>, scope: &str) -> Answer {
    require(ask, scope, "Microsoft.Authorization/roleDefinitions/read")?;
    let filter = Filter::parse(ask.call.query("$filter").unwrap_or_default())?;
    let found = read(&ask.world.roles)
        .definitions(&ask.caller.tenant_id)
        .into_iter()
        .filter(|d| is_seen(ask, d))
        .filter(|d| {
            let given_here = d.assignable_scopes.iter().any(|s| scope_contains(s, scope));
            given_here || (!filter.only_here && d.assignable_scopes.iter().any(|s| scope_contains(scope, s)))
        })
        .filter(|d| filter.name.as_ref().is_none_or(|name| d.role_name == *name))
        .filter(|d| {
            filter
                .kind
                .as_ref()
                .is_none_or(|kind| kind_of(d).eq_ignore_ascii_case(kind))
        })
        .map(|d| render(scope, &d))
        .collect();
    Ok(page(ask, found))
}

/// What `$filter` asks for: `atScopeAndBelow()`, `atScope()`, `roleName eq '…'`, `type eq '…'`, joined by `and`.
#[derive(Default)]
struct Filter {
    only_here: bool,
    name: Option<String>,
    kind: Option<String>,
}

impl Filter {
    fn parse(text: &str) -> Result<Self, ArmError> {
        let mut filter = Self::default();
        for term in text.split(" and ").map(str::trim).filter(|term| !term.is_empty()) {
            if term.eq_ignore_ascii_case("atScope()") {
                filter.only_here = true;
                continue;
            }
            if term.eq_ignore_ascii_case("atScopeAndBelow()") {
                continue;
            }
            let quoted = |value: &str| {
                let inner = value.trim().strip_prefix('\'')?.strip_suffix('\'')?;
                Some(inner.replace("''", "'"))
            };
            let (property, value) = term
                .split_once(" eq ")
                .and_then(|(property, value)| Some((property.trim(), quoted(value)?)))
                .ok_or_else(|| unsupported(text))?;
            match property.to_ascii_lowercase().as_str() {
                "rolename" => filter.name = Some(value),
                "type" => filter.kind = Some(value),
                _ => return Err(unsupported(text)),
            }
        }
        Ok(filter)
    }
}

/// A filter that means nothing here.
pub(super) fn unsupported(filter: &str) -> ArmError {
    ArmError::new(
        400,
        "UnsupportedQuery",
        format!(
            "The filter '{filter}' is not supported. Supported filters are documented for each operation."
        ),
    )
}

fn put(ask: &Ask<'_>, scope: &str, name: &str) -> Answer {
    let sent: DefinitionBody = ask.call.json()?;
    let sent = sent.properties;
    if uuid::Uuid::parse_str(name).is_err() {
        return Err(ArmError::new(
            400,
            "InvalidRoleDefinitionId",
            format!("The role definition ID '{name}' is not a GUID."),
        ));
    }
    require_everywhere(ask, scope, name, &sent.assignable_scopes, "write")?;
    check_properties(ask, &sent)?;
    let now = ask.world.now();
    let mut role = RoleDefinition {
        name: name.to_ascii_lowercase(),
        role_name: sent.role_name,
        description: sent.description.unwrap_or_default(),
        tenant_id: Some(ask.caller.tenant_id.clone()),
        permissions: sent
            .permissions
            .into_iter()
            .map(|p| Permission {
                actions: p.actions,
                not_actions: p.not_actions,
                data_actions: p.data_actions,
                not_data_actions: p.not_data_actions,
            })
            .collect(),
        assignable_scopes: sent.assignable_scopes,
        changes: Some(Changes {
            created_at: now,
            created_by: ask.caller.object_id.clone(),
            updated_at: now,
            updated_by: ask.caller.object_id.clone(),
        }),
    };
    let mut roles = write(&ask.world.roles);
    let known = roles.definitions(&ask.caller.tenant_id);
    let before = known.iter().find(|d| d.name == role.name);
    if let (Some(changes), Some(before)) = (&mut role.changes, before.and_then(|d| d.changes.clone())) {
        changes.created_at = before.created_at;
        changes.created_by = before.created_by;
    }
    if known.iter().any(|d| d.tenant_id.is_none() && d.name == role.name) {
        return Err(ArmError::new(
            403,
            "RoleDefinitionIsBuiltIn",
            "A built-in role cannot be changed.",
        ));
    }
    if known
        .iter()
        .any(|d| d.role_name.eq_ignore_ascii_case(&role.role_name) && d.name != role.name)
    {
        return Err(ArmError::new(
            409,
            "RoleDefinitionWithSameNameExists",
            "A custom role with the same name already exists in this directory. Use a different name",
        ));
    }
    let value = render(scope, &role);
    roles.put_definition(role);
    Ok(reply::json(201, &value))
}

/// Refuses a caller who is not allowed to do this at the scope of the request, at the scopes that a role is to have,
/// and at those that it
/// has: a role belongs to everywhere it can be assigned
/// (<https://learn.microsoft.com/azure/role-based-access-control/custom-roles#custom-role-limits>).
fn require_everywhere(
    ask: &Ask<'_>,
    scope: &str,
    name: &str,
    wanted: &[String],
    verb: &str,
) -> Result<(), ArmError> {
    let known = read(&ask.world.roles).definition(name, &ask.caller.tenant_id);
    let custom = known.filter(|role| role.tenant_id.is_some());
    let has = custom.iter().flat_map(|role| &role.assignable_scopes);
    let action = format!("Microsoft.Authorization/roleDefinitions/{verb}");
    let mut all = has.chain(wanted).map(String::as_str).chain([scope]);
    all.try_for_each(|at| require(ask, at, &action))
}

fn check_properties(ask: &Ask<'_>, sent: &Properties) -> Result<(), ArmError> {
    if sent.assignable_scopes.is_empty() {
        return Err(ArmError::new(
            400,
            "MissingAssignableScopes",
            "A role definition needs at least one assignable scope.",
        ));
    }
    for at in &sent.assignable_scopes {
        scope::check_known_scope(ask.world, &ask.caller.tenant_id, at)?;
        // Custom roles are assignable at subscriptions and groups; a container or account is too deep.
        if at.trim_matches('/').split('/').count() > 4 {
            return Err(ArmError::new(
                400,
                "InvalidAssignableScope",
                format!(
                    "The assignable scope '{at}' is not a management group, subscription or resource group."
                ),
            ));
        }
    }
    for permission in &sent.permissions {
        let control = permission.actions.iter().chain(&permission.not_actions);
        if let Some(bad) = control.into_iter().find(|a| !actions::exists(a, false)) {
            return Err(unknown_action("InvalidActionOrNotAction", bad));
        }
        let data = permission.data_actions.iter().chain(&permission.not_data_actions);
        if let Some(bad) = data.into_iter().find(|a| !actions::exists(a, true)) {
            return Err(unknown_action("InvalidDataActionOrNotDataAction", bad));
        }
    }
    Ok(())
}

fn unknown_action(code: &'static str, action: &str) -> ArmError {
    ArmError::new(
        400,
        code,
        format!("'{action}' does not match any of the actions supported by the providers."),
    )
}

fn delete(ask: &Ask<'_>, scope: &str, name: &str) -> Answer {
    require_everywhere(ask, scope, name, &[], "delete")?;
    let mut roles = write(&ask.world.roles);
    let known = roles.definition(name, &ask.caller.tenant_id);
    let Some(found) = known.filter(|role| is_seen(ask, role)) else {
        return Ok(reply::bare(204));
    };
    if found.tenant_id.is_none() {
        return Err(ArmError::new(
            403,
            "RoleDefinitionIsBuiltIn",
            "A built-in role cannot be deleted.",
        ));
    }
    if roles.assignments().any(|a| a.role.eq_ignore_ascii_case(name)) {
        return Err(ArmError::new(
            400,
            "RoleDefinitionHasAssignments",
            "There are existing role assignments referencing role (code: RoleDefinitionHasAssignments).",
        ));
    }
    let value = render(scope, &found);
    roles.remove_definition(name);
    Ok(reply::json(200, &value))
}

fn kind_of(role: &RoleDefinition) -> &'static str {
    if role.tenant_id.is_none() {
        "BuiltInRole"
    } else {
        "CustomRole"
    }
}

/// The id of a definition, as assignments at a scope give it.
pub(super) fn id_at(scope: &str, name: &str) -> String {
    let subscription: Vec<&str> = scope.split('/').filter(|s| !s.is_empty()).take(2).collect();
    match subscription.as_slice() {
        [_, id] => format!("/subscriptions/{id}/providers/{TYPE}/{name}"),
        _ => format!("/providers/{TYPE}/{name}"),
    }
}

fn render(scope: &str, role: &RoleDefinition) -> Value {
    let permissions: Vec<Value> = role.permissions.iter().map(scope::render).collect();
    let changes = role.changes.as_ref();
    json!({
        "id": id_at(scope, &role.name),
        "name": role.name,
        "type": TYPE,
        "properties": {
            "roleName": role.role_name,
            "type": kind_of(role),
            "description": role.description,
            "assignableScopes": role.assignable_scopes,
            "permissions": permissions,
            "createdOn": changes.map(|c| c.created_at.to_string()),
            "createdBy": changes.map(|c| &c.created_by),
            "updatedOn": changes.map(|c| c.updated_at.to_string()),
            "updatedBy": changes.map(|c| &c.updated_by),
        },
    })
}
