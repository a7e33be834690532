//! Which route answers a request, and what every reply carries.

use super::{
    answer::Answer,
    applications,
    asker::Asker,
    batch, deleted,
    error::{self, GraphError},
    grants, meter, objects,
    odata::{Address, address},
    options, people, policies, principals, users,
};
use crate::{
    Body, World,
    wire::{call::Call, reply},
    world::{Caller, TokenRefusal, first_party::GRAPH},
};
use http::{Response, StatusCode};

/// Answers a request.
pub(crate) fn handle(world: &World, call: &Call) -> Response<Body> {
    let caller = authenticate(world, call);
    let mut response = match &caller {
        Ok(asker) => answer(world, call, asker),
        Err(refusal) => finished(world, call, Err(refusal.clone())),
    };
    if let Ok(asker) = caller {
        response.extensions_mut().insert(Caller(asker.name));
    }
    response
}

/// The refusal of a fault, in Graph's words.
pub(crate) fn refusal(world: &World, status: u16, code: &str) -> Response<Body> {
    let id = world.next_request_id();
    let code = match (status, code) {
        (429, "ServerBusy") => "TooManyRequests",
        (503, "ServerBusy") => "serviceNotAvailable",
        (_, other) => other,
    };
    let message = match status {
        429 => "Too many requests.",
        _ => "The simulator is configured to refuse this request.",
    };
    let mut response = error::reply(world, status, code, message, &id, &id);
    reply::set_header(&mut response, "request-id", &id);
    if status == 429 {
        meter::throttled(&mut response);
    }
    response
}

/// Answers a request whose caller is known; a part of a batch is one too.
pub(super) fn answer(world: &World, call: &Call, asker: &Asker) -> Response<Body> {
    let mut response = finished(world, call, route(world, call, asker));
    meter::count(call, &mut response);
    response
}

/// The answer with the ids every reply has.
pub(super) fn finished(world: &World, call: &Call, answer: Answer) -> Response<Body> {
    let request_id = world.next_request_id();
    let client_request_id = call.header("client-request-id").unwrap_or(&request_id);
    let mut response = answer.unwrap_or_else(|error| error.reply(world, &request_id, client_request_id));
    reply::set_header(&mut response, "request-id", &request_id);
    reply::set_header(&mut response, "client-request-id", client_request_id);
    if response.status() == StatusCode::UNAUTHORIZED {
        let challenge = format!(
            "Bearer realm=\"\", authorization_uri=\"{}/common/oauth2/authorize\", client_id=\"{GRAPH}\"",
            world.endpoints().login
        );
        reply::set_header(&mut response, "www-authenticate", &challenge);
    }
    let date = world.now().strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
    reply::set_header(&mut response, "date", &date);
    response
}

pub(super) fn authenticate(world: &World, call: &Call) -> Result<Asker, GraphError> {
    let refuse = |message: &str| GraphError::new(401, "InvalidAuthenticationToken", message);
    let token = call.bearer().ok_or_else(|| refuse("Access token is empty."))?;
    let own = &world.endpoints().graph;
    let known = [
        own.as_str(),
        "https://graph.microsoft.com",
        "https://graph.microsoft.us",
        "https://microsoftgraph.chinacloudapi.cn",
        GRAPH,
    ];
    let principal = world
        .verify_token(token, |aud| known.contains(&aud.trim_end_matches('/')))
        .map_err(|refusal| match refusal {
            TokenRefusal::Malformed => refuse("CompactToken parsing failed with error code: 80049217"),
            TokenRefusal::BadSignature => refuse("Signature is invalid."),
            TokenRefusal::Expired => refuse("Lifetime validation failed, the token is expired."),
            TokenRefusal::NotYetValid => refuse("Lifetime validation failed, the token is not yet valid."),
            TokenRefusal::WrongAudience(_) => refuse("Access token validation failure. Invalid audience."),
        })?;
    let (client_id, permissions) = world.client_and_permissions(token);
    Ok(Asker::new(principal, client_id, permissions))
}

pub(super) fn route(world: &World, call: &Call, asker: &Asker) -> Answer {
    let path: Vec<String> = call.path().into_iter().map(in_full).collect();
    let path: Vec<&str> = path.iter().map(String::as_str).collect();
    if let ["oidc", "userinfo"] = path.as_slice() {
        return users::userinfo(world, call, asker);
    }
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
    options::check_options(call, rest)?;
    let Some((&first, rest)) = rest.split_first() else {
        return Err(GraphError::no_resource(""));
    };
    match (first, rest) {
        ("$batch", []) => batch::run(world, call, asker),
        ("me", rest) => users::me(world, call, asker, rest),
        ("organization", rest) => users::organization(world, call, asker, rest),
        ("policies", rest) => policies::route(world, call, asker, rest),
        ("roleManagement", ["directory", rest @ ..]) => people::role_management(world, call, asker, rest),
        ("directory", ["deletedItems", rest @ ..]) => deleted::route(world, call, asker, rest),
        _ => {
            let (name, key) = address(first);
            // `applications/{id}/…` and `applications(appId='…')/…` name the same thing.
            let (key, rest) = match (key, rest.split_first()) {
                (Some(key), _) => (Some(key), rest),
                (None, Some((&"$count", []))) => (None, rest),
                (None, Some((id, rest))) => (Some(Address::Id((*id).to_owned())), rest),
                (None, None) => (None, rest),
            };
            match name {
                "applications" => applications::route(world, call, asker, key, rest),
                "servicePrincipals" => principals::route(world, call, asker, key, rest),
                "oauth2PermissionGrants" => grants::route(world, call, asker, key, rest),
                "directoryObjects" => objects::route(world, call, asker, key, rest),
                "users" => users::route(world, call, asker, key, rest),
                "directoryRoles" => people::directory_roles(world, call, asker, key, rest),
                _ => Err(GraphError::no_resource(name)),
            }
        }
    }
}

/// A cast to a type can use the schema's alias, as libraries that are generated from the metadata do.
pub(super) fn in_full(segment: &str) -> String {
    match segment.strip_prefix("graph.") {
        Some(name) => format!("microsoft.graph.{name}"),
        None => segment.to_owned(),
    }
}
