//! What people may do in the directory: the tenant's rule for users, their active roles, roles the tenant made itself.

use super::{Answer, applications, error::GraphError, list, may_read, odata, odata::Address, only_get};
use crate::{
    World,
    server::{call::Call, reply},
    world::{Principal, directory::User, read},
};
use serde_json::json;

/// <https://learn.microsoft.com/graph/api/authorizationpolicy-get>
pub(super) fn authorization_policy(world: &World, call: &Call, caller: &Principal) -> Answer {
    only_get(call)?;
    may_read(caller)?;
    let directory = read(&world.directory);
    let tenant = directory
        .tenant(&caller.tenant_id)
        .ok_or_else(|| GraphError::not_found(&caller.tenant_id))?;
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

/// <https://learn.microsoft.com/graph/api/user-list-transitivememberof>
pub(super) fn directory_roles(world: &World, call: &Call, caller: &Principal) -> Answer {
    only_get(call)?;
    let directory = read(&world.directory);
    let held = person(directory.user(&caller.object_id), caller)?.roles();
    let roles = held.into_iter().map(|template| {
        let role = json!({"id": format!("active-{template}"), "roleTemplateId": template});
        odata::select(role, call.query("$select"))
    });
    Ok(list(roles.collect()))
}

/// <https://learn.microsoft.com/graph/api/rbacapplication-list-roleassignments>, of the caller alone.
pub(super) fn role_assignments(world: &World, call: &Call, caller: &Principal) -> Answer {
    only_get(call)?;
    let (name, id) = odata::filter(call.query("$filter").unwrap_or_default())?;
    let directory = read(&world.directory);
    let user = person(directory.user(&caller.object_id), caller)?;
    if name != "principalId" || id != user.object_id {
        return Err(super::denied());
    }
    let made_here = (!user.directory_actions.is_empty()).then(|| {
        json!({
            "id": "made-here",
            "principalId": user.object_id,
            "directoryScopeId": "/",
            "roleDefinition": {
                "isBuiltIn": false,
                "rolePermissions": [{"allowedResourceActions": user.directory_actions}],
            },
        })
    });
    Ok(list(made_here.into_iter().collect()))
}

/// <https://learn.microsoft.com/graph/api/application-list-owners>
pub(super) fn owners(world: &World, call: &Call, caller: &Principal, key: &Address) -> Answer {
    only_get(call)?;
    may_read(caller)?;
    let directory = read(&world.directory);
    let app = applications::find(&directory.applications, caller, key, world.now())?;
    let owner = json!({"@odata.type": "#microsoft.graph.user", "id": app.owner_id});
    Ok(list(vec![owner]))
}

fn person<'a>(user: Option<&'a User>, caller: &Principal) -> Result<&'a User, GraphError> {
    user.filter(|_| caller.app_id.is_none())
        .ok_or_else(|| GraphError::not_found(&caller.object_id))
}
