//! Microsoft Graph v1.0, as far as setting up an application goes
//! (<https://learn.microsoft.com/graph/api/resources/application>).

mod applications;
mod certificates;
mod credentials;
mod deleted;
mod error;
mod keys;
mod odata;
mod people;
mod policies;
mod possession;
mod principals;
mod render;

use crate::{
    Body, World,
    server::{call::Call, reply},
    world::{Caller, Principal, TokenRefusal, read},
};
use error::GraphError;
use http::{Method, Response};
use odata::{Address, address};
use serde_json::{Value, json};

/// Answers a request.
pub(crate) fn handle(world: &World, call: &Call) -> Response<Body> {
    let request_id = world.next_request_id();
    let caller = authenticate(world, call);
    let answer = match &caller {
        Ok(principal) => route(world, call, principal),
        Err(refusal) => Err(refusal.clone()),
    };
    let mut response = answer.unwrap_or_else(|error| {
        error.reply(
            world,
            &request_id,
            call.header("client-request-id").unwrap_or(&request_id),
        )
    });
    reply::set_header(&mut response, "request-id", &request_id);
    if let Some(id) = call.header("client-request-id") {
        reply::set_header(&mut response, "client-request-id", id);
    }
    if let Ok(principal) = caller {
        response.extensions_mut().insert(Caller(principal.name));
    }
    response
}

type Answer = Result<Response<Body>, GraphError>;

fn authenticate(world: &World, call: &Call) -> Result<Principal, GraphError> {
    let refuse = |message: &str| GraphError::new(401, "InvalidAuthenticationToken", message);
    let token = call.bearer().ok_or_else(|| refuse("Access token is empty."))?;
    let own = &world.endpoints().graph;
    let known = [
        own.as_str(),
        "https://graph.microsoft.com",
        "https://graph.microsoft.us",
        "https://microsoftgraph.chinacloudapi.cn",
        "00000003-0000-0000-c000-000000000000",
    ];
    world
        .verify_token(token, |aud| known.contains(&aud.trim_end_matches('/')))
        .map_err(|refusal| match refusal {
            TokenRefusal::Malformed => refuse("CompactToken parsing failed with error code: 80049217"),
            TokenRefusal::BadSignature => refuse("Signature is invalid."),
            TokenRefusal::Expired => refuse("Lifetime validation failed, the token is expired."),
            TokenRefusal::NotYetValid => refuse("Lifetime validation failed, the token is not yet valid."),
            TokenRefusal::WrongAudience(_) => refuse("Access token validation failure. Invalid audience."),
        })
}

fn route(world: &World, call: &Call, caller: &Principal) -> Answer {
    let path = call.path();
    let [version, rest @ ..] = path.as_slice() else {
        return Err(GraphError::no_resource(""));
    };
    if *version != "v1.0" {
        return Err(GraphError::new(
            400,
            "BadRequest",
            format!("Invalid version: {version}"),
        ));
    }
    let Some((&first, rest)) = rest.split_first() else {
        return Err(GraphError::no_resource(""));
    };
    match (first, rest) {
        ("me", []) => me(world, call, caller),
        ("organization", []) => organization(world, call, caller),
        ("policies", ["authorizationPolicy"]) => people::authorization_policy(world, call, caller),
        ("me", ["transitiveMemberOf", "microsoft.graph.directoryRole"]) => {
            people::directory_roles(world, call, caller)
        }
        ("roleManagement", ["directory", "roleAssignments"]) => people::role_assignments(world, call, caller),
        ("policies", ["defaultAppManagementPolicy"]) => policies::tenant_policy(world, call, caller),
        ("directory", ["deletedItems", rest @ ..]) => deleted::route(world, call, caller, rest),
        _ => {
            let (name, key) = address(first);
            // `applications/{id}/…` and `applications(appId='…')/…` name the same thing.
            let (key, rest) = match (key, rest.split_first()) {
                (Some(key), _) => (Some(key), rest),
                (None, Some((id, rest))) => (Some(Address::Id((*id).to_owned())), rest),
                (None, None) => (None, rest),
            };
            match name {
                "applications" => applications::route(world, call, caller, (key, rest)),
                "servicePrincipals" => principals::route(world, call, caller, (key, rest)),
                _ => Err(GraphError::no_resource(name)),
            }
        }
    }
}

fn me(world: &World, call: &Call, caller: &Principal) -> Answer {
    only_get(call)?;
    let directory = read(&world.directory);
    if caller.app_id.is_some() {
        return Err(GraphError::new(
            400,
            "BadRequest",
            "/me request is only valid with delegated authentication flow.",
        ));
    }
    let user = directory
        .user(&caller.object_id)
        .ok_or_else(|| GraphError::not_found(&caller.object_id))?;
    let value = json!({
        "@odata.context": format!("{}/v1.0/$metadata#users/$entity", world.endpoints().graph),
        "id": user.object_id,
        "userPrincipalName": user.principal_name,
        "displayName": user.display_name,
        "userType": if user.guest { "Guest" } else { "Member" },
        "mail": user.principal_name,
    });
    Ok(reply::json(200, &odata::select(value, call.query("$select"))))
}

fn organization(world: &World, call: &Call, caller: &Principal) -> Answer {
    only_get(call)?;
    let directory = read(&world.directory);
    let tenant = directory
        .tenant(&caller.tenant_id)
        .ok_or_else(|| GraphError::not_found(&caller.tenant_id))?;
    let value = json!({
        "id": tenant.id,
        "displayName": tenant.name,
        "verifiedDomains": [{
            "name": tenant.domain, "isDefault": true, "isInitial": true, "type": "Managed",
            "capabilities": "Email, OfficeCommunicationsOnline",
        }],
    });
    Ok(list(vec![odata::select(value, call.query("$select"))]))
}

fn only_get(call: &Call) -> Result<(), GraphError> {
    if call.method == Method::GET {
        Ok(())
    } else {
        Err(GraphError::method(&call.method))
    }
}

fn list(value: Vec<Value>) -> Response<Body> {
    reply::json(200, &json!({"value": value}))
}

/// Refuses a change that the caller has no right to: administrators may all, people what they own, applications nothing
/// (the simulator gives no application permissions of Graph).
fn may_change(world: &World, caller: &Principal, owner_id: Option<&str>) -> Result<(), GraphError> {
    let directory = read(&world.directory);
    let person = directory
        .user(&caller.object_id)
        .filter(|_| caller.app_id.is_none());
    match person {
        Some(user) if user.manages_applications() || owner_id.is_none_or(|owner| owner == user.object_id) => {
            Ok(())
        }
        _ => Err(denied()),
    }
}

/// Refuses who may not register applications in their tenant.
fn may_register(world: &World, caller: &Principal) -> Result<(), GraphError> {
    let directory = read(&world.directory);
    let person = directory
        .user(&caller.object_id)
        .filter(|_| caller.app_id.is_none());
    match (person, directory.tenant(&caller.tenant_id)) {
        (Some(user), Some(tenant)) if user.may_register(tenant) => Ok(()),
        _ => Err(denied()),
    }
}

fn denied() -> GraphError {
    GraphError::new(
        403,
        "Authorization_RequestDenied",
        "Insufficient privileges to complete the operation.",
    )
}

/// Refuses applications: without application permissions they read nothing of the directory.
fn may_read(caller: &Principal) -> Result<(), GraphError> {
    if caller.app_id.is_none() {
        return Ok(());
    }
    Err(denied())
}
