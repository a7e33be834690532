//! `oauth2PermissionGrants`: in which scopes a client may act for people
//! (<https://learn.microsoft.com/graph/api/oauth2permissiongrant-post>).

use super::{
    answer::{Answer, made, one},
    asker::{Area, Asker},
    collection::{self, PERMISSION_GRANTS},
    error::GraphError,
    odata::Address,
    render,
    roles::{living, short_id},
};
use crate::{
    World,
    wire::{call::Call, read, reply, write},
    world::permissions::PermissionGrant,
};
use http::Method;
use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct GrantBody {
    client_id: String,
    consent_type: String,
    #[serde(default)]
    principal_id: Option<String>,
    resource_id: String,
    #[serde(default)]
    scope: String,
}

/// Answers a request below `oauth2PermissionGrants`.
pub(super) fn route(
    world: &World,
    call: &Call,
    asker: &Asker,
    key: Option<Address>,
    rest: &[&str],
) -> Answer {
    match (&call.method, key, rest) {
        (&Method::GET, None, []) => {
            asker.may_read(Area::PermissionGrants)?;
            let directory = read(&world.directory);
            let here = directory.permission_grants.iter();
            let found = here
                .filter(|g| g.tenant_id == asker.tenant_id)
                .map(render::permission_grant);
            collection::page(world, call, PERMISSION_GRANTS, found.collect())
        }
        (&Method::POST, None, []) => create(world, call, asker),
        (&Method::GET, Some(key), []) => {
            asker.may_read(Area::PermissionGrants)?;
            let directory = read(&world.directory);
            let mut all = directory.permission_grants.iter();
            let found = all.find(|g| g.id == key.name() && g.tenant_id == asker.tenant_id);
            let found = found.ok_or_else(|| GraphError::not_found(key.name()))?;
            Ok(one(
                world,
                call,
                "oauth2PermissionGrants",
                render::permission_grant(found),
            ))
        }
        (&Method::PATCH, Some(key), []) => change(world, call, asker, key.name()),
        (&Method::DELETE, Some(key), []) => {
            asker.may_administer(world, Area::PermissionGrants, false)?;
            let mut directory = write(&world.directory);
            let before = directory.permission_grants.len();
            directory
                .permission_grants
                .retain(|g| g.id != key.name() || g.tenant_id != asker.tenant_id);
            if directory.permission_grants.len() == before {
                return Err(GraphError::not_found(key.name()));
            }
            Ok(reply::bare(204))
        }
        (_, _, []) => Err(GraphError::method(&call.method)),
        (_, _, [other, ..]) => Err(GraphError::no_resource(other)),
    }
}

fn create(world: &World, call: &Call, asker: &Asker) -> Answer {
    asker.may_administer(world, Area::PermissionGrants, false)?;
    let sent: GrantBody = call.json()?;
    let principal_id = match (sent.consent_type.as_str(), sent.principal_id) {
        ("AllPrincipals", None) => None,
        ("Principal", Some(id)) => Some(id),
        ("AllPrincipals" | "Principal", _) => {
            return Err(GraphError::bad(
                "The principalId must be set for consentType 'Principal' and must be null for 'AllPrincipals'.",
            ));
        }
        (other, _) => {
            return Err(GraphError::bad(format!(
                "Invalid value '{other}' specified for property 'consentType' of resource 'OAuth2PermissionGrant'."
            )));
        }
    };
    let mut directory = write(&world.directory);
    let client = living(&directory, asker, &sent.client_id, world)?;
    let resource = living(&directory, asker, &sent.resource_id, world)?;
    if let Some(id) = &principal_id
        && directory
            .user(id)
            .is_none_or(|user| user.tenant_id != asker.tenant_id)
    {
        return Err(GraphError::not_found(id));
    }
    let grant = PermissionGrant {
        id: short_id(),
        tenant_id: asker.tenant_id.clone(),
        client_id: client.object_id,
        principal_id,
        resource_id: resource.object_id,
        scope: sent.scope,
    };
    let same = |g: &PermissionGrant| {
        (&g.client_id, &g.principal_id, &g.resource_id)
            == (&grant.client_id, &grant.principal_id, &grant.resource_id)
    };
    if directory.permission_grants.iter().any(same) {
        return Err(GraphError::new(
            409,
            "Request_MultipleObjectsWithSameKeyValue",
            "Permission entry already exists.",
        ));
    }
    let value = render::permission_grant(&grant);
    directory.permission_grants.push(grant);
    Ok(made(world, "oauth2PermissionGrants", value))
}

/// Only the scopes can be changed.
fn change(world: &World, call: &Call, asker: &Asker, id: &str) -> Answer {
    asker.may_administer(world, Area::PermissionGrants, false)?;
    let sent: serde_json::Map<String, Value> = call.json()?;
    let mut directory = write(&world.directory);
    let mut all = directory.permission_grants.iter_mut();
    let found = all.find(|g| g.id == id && g.tenant_id == asker.tenant_id);
    let found = found.ok_or_else(|| GraphError::not_found(id))?;
    for (name, value) in sent {
        match (name.as_str(), value) {
            ("scope", Value::String(scope)) => found.scope = scope,
            _ => {
                return Err(GraphError::bad(format!(
                    "Property '{name}' of resource 'OAuth2PermissionGrant' cannot be updated."
                )));
            }
        }
    }
    Ok(reply::bare(204))
}
