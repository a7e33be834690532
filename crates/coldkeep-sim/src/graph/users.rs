//! People and their tenant: `me`, `users`, `organization` (<https://learn.microsoft.com/graph/api/resources/user>).

use super::{
    answer::{Answer, list, one, only_get},
    asker::{Area, Asker},
    collection::{self, APPLICATIONS, PRINCIPALS, USERS},
    error::GraphError,
    odata::{self, Address},
    person::{self, rendered},
    render,
};
use crate::{
    World, login,
    wire::{call::Call, read, reply},
    world::directory::User,
};
use serde_json::{Value, json};

/// Answers a request below `users`.
pub(super) fn route(
    world: &World,
    call: &Call,
    asker: &Asker,
    key: Option<Address>,
    rest: &[&str],
) -> Answer {
    only_get(call)?;
    let directory = read(&world.directory);
    let here = directory.users.iter().filter(|u| u.tenant_id == asker.tenant_id);
    let Some(key) = key else {
        asker.may_read(Area::Users)?;
        let all = here.map(rendered).collect();
        return match rest {
            [] => collection::page(world, call, USERS, all),
            _ => collection::count(call, USERS, all),
        };
    };
    let user = directory
        .user(key.name())
        .filter(|u| u.tenant_id == asker.tenant_id);
    if user.is_none_or(|u| u.object_id != asker.object_id) {
        asker.may_read(Area::Users)?;
    }
    let user = user.cloned().ok_or_else(|| GraphError::not_found(key.name()))?;
    drop(directory);
    of_person(world, call, &user, rest)
}

/// Answers a request below `me`.
pub(super) fn me(world: &World, call: &Call, asker: &Asker, rest: &[&str]) -> Answer {
    only_get(call)?;
    if asker.app_id.is_some() {
        return Err(GraphError::new(
            400,
            "BadRequest",
            "/me request is only valid with delegated authentication flow.",
        ));
    }
    let user = read(&world.directory).user(&asker.object_id).cloned();
    let user = user.ok_or_else(|| GraphError::not_found(&asker.object_id))?;
    of_person(world, call, &user, rest)
}

fn of_person(world: &World, call: &Call, user: &User, rest: &[&str]) -> Answer {
    let roles = || {
        user.roles()
            .iter()
            .map(|role| person::directory_role(role))
            .collect()
    };
    match rest {
        [] => Ok(one(world, call, "users", rendered(user))),
        ["memberOf" | "transitiveMemberOf"]
        | ["memberOf" | "transitiveMemberOf", "microsoft.graph.directoryRole"] => {
            collection::page(world, call, collection::DIRECTORY_ROLES, roles())
        }
        ["ownedObjects"] => {
            let directory = read(&world.directory);
            let apps = directory.applications.iter();
            let apps = apps.filter(|a| a.owners.contains(&user.object_id) && a.deleted_at.is_none());
            let principals = directory.service_principals.iter();
            let principals =
                principals.filter(|s| s.owners.contains(&user.object_id) && s.deleted_at.is_none());
            let typed = |kind: collection::Kind, mut value: Value| {
                value["@odata.type"] = json!(format!("#microsoft.graph.{}", kind.type_name));
                value
            };
            let all = apps
                .map(|a| typed(APPLICATIONS, render::application(a, false)))
                .chain(principals.map(|s| typed(PRINCIPALS, render::service_principal(&directory, s))));
            collection::page(world, call, APPLICATIONS, all.collect())
        }
        [other, ..] => Err(GraphError::no_resource(other)),
    }
}

/// OpenID Connect's endpoint (<https://learn.microsoft.com/entra/identity-platform/userinfo>).
pub(super) fn userinfo(world: &World, call: &Call, asker: &Asker) -> Answer {
    only_get(call)?;
    let directory = read(&world.directory);
    let user = asker.person(&directory);
    let user = user.ok_or_else(|| GraphError::not_found(&asker.object_id))?;
    Ok(reply::json(
        200,
        &json!({
            // The same as in the id token.
            "sub": login::pairwise(&user.object_id, &asker.client_id),
            "name": user.display_name,
            "email": user.principal_name,
        }),
    ))
}

/// Answers a request below `organization`.
pub(super) fn organization(world: &World, call: &Call, asker: &Asker, rest: &[&str]) -> Answer {
    only_get(call)?;
    asker.may_read(Area::Organization)?;
    let directory = read(&world.directory);
    let tenant = directory
        .tenant(&asker.tenant_id)
        .ok_or_else(|| GraphError::not_found(&asker.tenant_id))?;
    let value = json!({
        "id": tenant.id,
        "displayName": tenant.name,
        "tenantType": "AAD",
        "countryLetterCode": Value::Null,
        "verifiedDomains": [{
            "name": tenant.domain, "isDefault": true, "isInitial": true, "type": "Managed",
            "capabilities": "Email, OfficeCommunicationsOnline",
        }],
    });
    match rest {
        [] => {
            let value = odata::select(value, call.query("$select"));
            Ok(list(world, "organization", vec![value]))
        }
        [id] if id.eq_ignore_ascii_case(&tenant.id) => Ok(one(world, call, "organization", value)),
        [other, ..] => Err(GraphError::not_found(other)),
    }
}
