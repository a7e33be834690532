//! What users are allowed to do in the directory: the tenant's rule for users, their active roles, the tenant's custom roles.

use super::{
    answer::{Answer, list, one, only_get},
    asker::{Area, Asker},
    collection::{self, DIRECTORY_ROLES, USERS},
    error::GraphError,
    filter,
    odata::{self, Address},
    person::{self, directory_role, role_id, role_name},
};
use crate::{
    World,
    wire::{call::Call, read, reply},
    world::directory::User,
};
use serde_json::{Value, json};

/// <https://learn.microsoft.com/graph/api/authorizationpolicy-get>
pub(super) fn authorization_policy(world: &World, call: &Call, asker: &Asker) -> Answer {
    only_get(call)?;
    asker.may_read(Area::Policies)?;
    let directory = read(&world.directory);
    let tenant = directory
        .tenant(&asker.tenant_id)
        .ok_or_else(|| GraphError::not_found(&asker.tenant_id))?;
    let guests = if tenant.guests_are_members {
        "a0b1b346-4d3e-4e8b-98f8-753987be4970"
    } else {
        "10dae51f-b6af-4016-8d66-8c2a99b929b3"
    };
    Ok(reply::json(
        200,
        &json!({
            "id": "authorizationPolicy",
            "displayName": "Authorization Policy",
            "guestUserRoleId": guests,
            "defaultUserRolePermissions": {
                "allowedToCreateApps": tenant.users_may_register,
                "allowedToCreateSecurityGroups": true,
                "allowedToReadOtherUsers": true,
            },
        }),
    ))
}

/// `directoryRoles`: those with members, and their members (<https://learn.microsoft.com/graph/api/directoryrole-list>).
pub(super) fn directory_roles(
    world: &World,
    call: &Call,
    asker: &Asker,
    key: Option<Address>,
    rest: &[&str],
) -> Answer {
    only_get(call)?;
    asker.may_read(Area::DirectoryRoles)?;
    let directory = read(&world.directory);
    let here = || directory.users.iter().filter(|u| u.tenant_id == asker.tenant_id);
    let mut templates: Vec<String> = here().flat_map(User::roles).collect();
    templates.sort();
    templates.dedup();
    let found = |key: &Address| {
        let mut all = templates.iter();
        let named = |t: &&String| match key {
            Address::Id(id) => role_id(t).eq_ignore_ascii_case(id),
            Address::Key(name, value) => name == "roleTemplateId" && value.eq_ignore_ascii_case(t),
        };
        all.find(named).ok_or_else(|| GraphError::not_found(key.name()))
    };
    match (key, rest) {
        (None, []) => {
            let all = templates.iter().map(|t| directory_role(t)).collect();
            collection::page(world, call, DIRECTORY_ROLES, all)
        }
        (Some(key), []) => Ok(one(world, call, "directoryRoles", directory_role(found(&key)?))),
        (Some(key), ["members"]) => {
            let template = found(&key)?;
            let members = here().filter(|u| u.roles().contains(template));
            collection::page(world, call, USERS, members.map(person::rendered).collect())
        }
        (_, [other, ..]) => Err(GraphError::no_resource(other)),
    }
}

/// <https://learn.microsoft.com/graph/api/rbacapplication-list-roleassignments>
pub(super) fn role_management(world: &World, call: &Call, asker: &Asker, rest: &[&str]) -> Answer {
    only_get(call)?;
    if *rest != ["roleAssignments"] {
        return Err(GraphError::no_resource(rest.first().unwrap_or(&"")));
    }
    let filter = call.query("$filter").map(filter::parse).transpose()?;
    let directory = read(&world.directory);
    let everybody = asker.may_read(Area::RoleManagement).is_ok();
    let administrator = asker.person(&directory).is_none_or(|user| user.admin);
    let own = |v: &Value| v["principalId"] == asker.object_id.as_str();
    let all = directory
        .users
        .iter()
        .filter(|u| u.tenant_id == asker.tenant_id)
        .flat_map(|user| assignments_of(user, call.query("$expand").is_some()));
    let found: Vec<Value> = all
        .filter(|v| filter.as_ref().is_none_or(|f| f.holds(v)))
        .collect();
    let names_another = filter.is_some_and(|f| {
        let nobody = json!({"principalId": asker.object_id});
        !f.holds(&nobody)
    });
    if !everybody || !administrator && (names_another || !found.iter().all(own)) {
        return Err(super::asker::denied());
    }
    let selected = found.into_iter().map(|v| odata::select(v, call.query("$select")));
    Ok(list(
        world,
        "roleManagement/directory/roleAssignments",
        selected.collect(),
    ))
}

/// Built-in roles, and the tenant's custom role for this user.
fn assignments_of(user: &User, expanded: bool) -> Vec<Value> {
    let assignment = |id: String, definition_id: &str, definition: Value| {
        let mut value = json!({"id": id, "principalId": user.object_id, "directoryScopeId": "/",
            "roleDefinitionId": definition_id});
        if expanded {
            value["roleDefinition"] = definition;
        }
        value
    };
    let mut all: Vec<Value> = user
        .roles()
        .iter()
        .map(|template| {
            let definition = json!({"id": template, "templateId": template, "displayName": role_name(template),
                "isBuiltIn": true, "rolePermissions": []});
            assignment(format!("{template}-{}", user.object_id), template, definition)
        })
        .collect();
    if !user.directory_actions.is_empty() {
        let definition = json!({"id": "made-here", "isBuiltIn": false, "displayName": "Made here",
            "rolePermissions": [{"allowedResourceActions": user.directory_actions}]});
        all.push(assignment(
            format!("made-here-{}", user.object_id),
            "made-here",
            definition,
        ));
    }
    all
}
