//! Role assignments (<https://learn.microsoft.com/rest/api/authorization/role-assignments>).

use super::{
    ask::{Answer, Ask, page, require},
    definitions,
    error::ArmError,
    scope,
};
use crate::{
    wire::{read, reply, write},
    world::{
        conditions::{self, Condition},
        role::{RoleDefinition, scope_contains},
        roles::RoleAssignment,
    },
};
use http::Method;
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;

const TYPE: &str = "Microsoft.Authorization/roleAssignments";

#[derive(Deserialize)]
struct AssignmentBody {
    properties: Properties,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Properties {
    role_definition_id: String,
    principal_id: String,
    principal_type: Option<String>,
    description: Option<String>,
    condition: Option<String>,
    condition_version: Option<String>,
}

/// Answers a request for the assignments at a scope, or for one.
pub(super) fn route(ask: &Ask<'_>, at: &str, name: Option<&str>) -> Answer {
    let action = |verb: &str| format!("{TYPE}/{verb}");
    match (&ask.call.method, name) {
        (&Method::GET, None) => {
            require(ask, at, &action("read"))?;
            scope::check_known_scope(ask.world, &ask.caller.tenant_id, at)?;
            list(ask, at)
        }
        (&Method::GET, Some(name)) => {
            require(ask, at, &action("read"))?;
            let roles = read(&ask.world.roles);
            let seen =
                |a: &&RoleAssignment| !ask.world.is_stale() || a.effective_at <= ask.world.seen_until();
            let mut all = roles.assignments().filter(seen);
            let found = all.find(|a| is_named(a, at, name)).map(render);
            found.map(|v| reply::json(200, &v)).ok_or_else(|| missing(name))
        }
        (&Method::PUT, Some(name)) => {
            require(ask, at, &action("write"))?;
            scope::check_known_scope(ask.world, &ask.caller.tenant_id, at)?;
            put(ask, at, name)
        }
        (&Method::DELETE, Some(name)) => {
            require(ask, at, &action("delete"))?;
            if is_unseen(ask, at, name) {
                return Ok(reply::bare(204));
            }
            let removed = write(&ask.world.roles).remove_assignment(at.trim_end_matches('/'), name);
            Ok(removed.map_or_else(|| reply::bare(204), |a| reply::json(200, &render(&a))))
        }
        _ => Err(ArmError::no_route(ask.call)),
    }
}

/// Whether the replica that answers has not heard of an assignment that is there.
fn is_unseen(ask: &Ask<'_>, at: &str, name: &str) -> bool {
    let roles = read(&ask.world.roles);
    let unseen = |a: &RoleAssignment| a.effective_at > ask.world.seen_until();
    ask.world.is_stale() && roles.assignments().any(|a| is_named(a, at, name) && unseen(a))
}

fn is_named(assignment: &RoleAssignment, at: &str, name: &str) -> bool {
    assignment.name.eq_ignore_ascii_case(name)
        && assignment.scope.eq_ignore_ascii_case(at.trim_end_matches('/'))
}

fn missing(name: &str) -> ArmError {
    ArmError::new(
        404,
        "RoleAssignmentNotFound",
        format!("The role assignment '{name}' is not found."),
    )
}

/// What `$filter` asks for: `atScope()` and `assignedTo('…')`, also together, or `principalId eq '…'` alone.
#[derive(Default)]
struct Filter {
    only_above: bool,
    principal: Option<String>,
}

impl Filter {
    fn parse(text: &str) -> Result<Self, ArmError> {
        let mut filter = Self::default();
        let terms: Vec<&str> = text
            .split(" and ")
            .map(str::trim)
            .filter(|term| !term.is_empty())
            .collect();
        for term in &terms {
            let quoted = |head: &str, tail: &str| -> Option<String> {
                let rest = term.strip_prefix(head)?.trim().strip_suffix(tail)?;
                Some(rest.trim().strip_prefix('\'')?.strip_suffix('\'')?.to_owned())
            };
            if term.eq_ignore_ascii_case("atScope()") {
                filter.only_above = true;
            } else if let Some(id) = quoted("assignedTo(", ")") {
                filter.principal = Some(id);
            } else if let Some(id) = quoted("principalId eq ", "").filter(|_| terms.len() == 1) {
                filter.principal = Some(id);
            } else {
                return Err(definitions::unsupported(text));
            }
        }
        Ok(filter)
    }
}

/// Those at, above and below the scope, narrowed by `$filter`.
fn list(ask: &Ask<'_>, at: &str) -> Answer {
    let filter = Filter::parse(ask.call.query("$filter").unwrap_or_default())?;
    let mut found: Vec<Value> = read(&ask.world.roles)
        .assignments()
        .filter(|a| a.tenant_id == ask.caller.tenant_id && a.effective_at <= ask.world.seen_until())
        .filter(|a| scope_contains(&a.scope, at) || (!filter.only_above && scope_contains(at, &a.scope)))
        .filter(|a| {
            filter
                .principal
                .as_ref()
                .is_none_or(|p| p.eq_ignore_ascii_case(&a.principal_id))
        })
        .map(render)
        .collect();
    found.sort_by(|a, b| a["id"].as_str().cmp(&b["id"].as_str()));
    Ok(page(ask, found))
}

fn put(ask: &Ask<'_>, at: &str, name: &str) -> Answer {
    let sent: AssignmentBody = ask.call.json()?;
    let mut asked = understand(ask, at, name, sent.properties)?;
    let mut roles = write(&ask.world.roles);
    let mut before = None;
    for known in roles
        .assignments()
        .filter(|a| a.scope.eq_ignore_ascii_case(&asked.scope))
    {
        let same = known.role == asked.role && known.principal_id.eq_ignore_ascii_case(&asked.principal_id);
        match (known.name == asked.name, same) {
            (true, true) => before = Some(known.clone()),
            (true, false) => {
                return Err(ArmError::new(
                    400,
                    "RoleAssignmentUpdateNotPermitted",
                    "Tenant ID, application ID, principal ID, and scope are not allowed to be updated.",
                ));
            }
            (false, true) => {
                return Err(ArmError::new(
                    409,
                    "RoleAssignmentExists",
                    "The role assignment already exists.",
                ));
            }
            (false, false) => {}
        }
    }
    let status = if before.is_some() { 200 } else { 201 };
    if let Some(before) = before {
        roles.remove_assignment(&before.scope, &before.name);
        // Nothing else can change.
        asked = RoleAssignment {
            description: asked.description,
            condition: asked.condition,
            updated_at: asked.updated_at,
            ..before
        };
    }
    let value = render(&asked);
    roles.put_assignment(asked);
    Ok(reply::json(status, &value))
}

/// The assignment a request asks for. Errors: everything that is invalid in the request itself.
fn understand(ask: &Ask<'_>, at: &str, name: &str, sent: Properties) -> Result<RoleAssignment, ArmError> {
    if uuid::Uuid::parse_str(name).is_err() {
        return Err(ArmError::new(
            400,
            "InvalidRoleAssignmentId",
            format!("The role assignment ID '{name}' is not valid. The role assignment ID must be a GUID."),
        ));
    }
    let principal_type = check_principal(ask, &sent)?;
    let role = find_role(ask, at, &sent.role_definition_id)?;
    let condition = condition(&sent, &role)?;
    let now = ask.world.now();
    Ok(RoleAssignment {
        name: name.to_ascii_lowercase(),
        tenant_id: ask.caller.tenant_id.clone(),
        scope: at.trim_end_matches('/').to_owned(),
        role: role.name.clone(),
        principal_id: sent.principal_id.to_ascii_lowercase(),
        principal_type: principal_type.to_owned(),
        description: sent.description,
        condition,
        created_by: Some(ask.caller.object_id.clone()),
        created_at: now,
        updated_at: now,
        effective_at: ask.world.replicated_at(),
    })
}

/// The condition that a request names. Azure does not report what is wrong with one; here the message does.
fn condition(sent: &Properties, role: &RoleDefinition) -> Result<Option<Condition>, ArmError> {
    let invalid = |why: &str| {
        ArmError::new(
            400,
            "InvalidRoleAssignmentCondition",
            format!("The given role assignment condition is invalid. (Simulator: {why}.)"),
        )
    };
    let text = sent.condition.as_deref().filter(|text| !text.trim().is_empty());
    let version = sent
        .condition_version
        .as_deref()
        .filter(|version| !version.is_empty());
    let Some(text) = text else {
        return Ok(None);
    };
    if version != Some(conditions::VERSION) {
        return Err(invalid("conditionVersion has to be 2.0"));
    }
    let condition = Condition::parse(text).map_err(|why| invalid(&why.0))?;
    match condition.names_beyond(&role.permissions) {
        Some(action) => Err(invalid(&format!("the role does not give `{action}`"))),
        None => Ok(Some(condition)),
    }
}

/// A principal that has not replicated is accepted only from clients that send its type.
fn check_principal(ask: &Ask<'_>, sent: &Properties) -> Result<&'static str, ArmError> {
    let id = &sent.principal_id;
    let known = read(&ask.world.directory).principal_type(id, &ask.caller.tenant_id, ask.world.seen_until());
    match (known, &sent.principal_type) {
        (Some((kind, _)), Some(said)) if kind == said => Ok(kind),
        (Some((kind, _)), Some(said)) => Err(ArmError::new(
            400,
            "UnmatchedPrincipalType",
            format!(
                "The PrincipalId '{id}' has type '{kind}', which is different from specified PrincipalType '{said}'."
            ),
        )),
        (Some((kind, true)), None) => Ok(kind),
        (Some((_, false)) | None, _) => Err(ArmError::new(
            400,
            "PrincipalNotFound",
            format!(
                "Principal {id} does not exist in the directory {}. Check that you have the correct principal ID. If you are \
                 creating this principal and then immediately assigning a role, this error might be related to a replication \
                 delay. In this case, set the role assignment principalType property to a value, such as ServicePrincipal, \
                 User, or Group.",
                ask.caller.tenant_id
            ),
        )),
    }
}

fn find_role(ask: &Ask<'_>, at: &str, id: &str) -> Result<Arc<RoleDefinition>, ArmError> {
    let name = id.rsplit('/').next().unwrap_or_default();
    let role = definitions::seen(ask, name).ok_or_else(|| {
        ArmError::new(
            404,
            "RoleDefinitionDoesNotExist",
            format!(
                "The specified role definition with ID '{}' does not exist.",
                name.replace('-', "")
            ),
        )
    })?;
    if role.assignable_scopes.iter().any(|s| scope_contains(s, at)) {
        return Ok(role);
    }
    Err(ArmError::new(
        400,
        "RoleAssignmentScopeNotAssignableToRoleDefinition",
        format!("The role assignment's scope '{at}' is not assignable to role definition '{name}'."),
    ))
}

fn render(assignment: &RoleAssignment) -> Value {
    json!({
        "id": format!("{}/providers/{TYPE}/{}", assignment.scope, assignment.name),
        "name": assignment.name,
        "type": TYPE,
        "properties": {
            "roleDefinitionId": definitions::id_at(&assignment.scope, &assignment.role),
            "principalId": assignment.principal_id,
            "principalType": assignment.principal_type,
            "scope": assignment.scope,
            "description": assignment.description,
            "condition": assignment.condition.as_ref().map(Condition::text),
            "conditionVersion": assignment.condition.as_ref().map(|_| conditions::VERSION),
            "createdOn": assignment.created_at.to_string(),
            "createdBy": assignment.created_by,
            "updatedOn": assignment.updated_at.to_string(),
            "updatedBy": assignment.created_by,
            "delegatedManagedIdentityResourceId": null,
        },
    })
}
