//! Azure Resource Manager, as far as finding storage and granting rights on it goes
//! (<https://learn.microsoft.com/rest/api/resources>).

mod actions;
mod assignments;
mod definitions;
mod error;
mod scope;
mod storage;
mod subscriptions;

use crate::{
    Body, World,
    server::{call::Call, reply},
    world::{Caller, Principal, TokenRefusal},
};
use error::ArmError;
use http::Response;
use serde_json::{Value, json};

type Answer = Result<Response<Body>, ArmError>;

/// A request with what every route needs.
struct Ask<'a> {
    world: &'a World,
    call: &'a Call,
    caller: &'a Principal,
}

/// Answers a request.
pub(crate) fn handle(world: &World, call: &Call) -> Response<Body> {
    let caller = authenticate(world, call);
    let answer = match &caller {
        Ok(caller) => route(&Ask { world, call, caller }),
        Err(refusal) => Err(refusal.clone()),
    };
    let mut response = answer.unwrap_or_else(|error| error.reply());
    reply::set_header(&mut response, "x-ms-request-id", &world.next_request_id());
    if let Some(id) = call.header("x-ms-client-request-id") {
        reply::set_header(&mut response, "x-ms-client-request-id", id);
    }
    if let Ok(principal) = caller {
        response.extensions_mut().insert(Caller(principal.name));
    } else {
        let challenge = format!(
            "Bearer authorization_uri=\"{}/common\", error=\"invalid_token\", error_description=\"The access token is invalid.\"",
            world.endpoints().login
        );
        reply::set_header(&mut response, "www-authenticate", &challenge);
    }
    response
}

fn authenticate(world: &World, call: &Call) -> Result<Principal, ArmError> {
    let refuse = |code: &'static str, message: &str| ArmError::new(401, code, message);
    let token = call.bearer().ok_or_else(|| {
        refuse(
            "AuthenticationFailed",
            "Authentication failed. The 'Authorization' header is missing.",
        )
    })?;
    let own = &world.endpoints().resource_manager;
    let known = [
        own.as_str(),
        "https://management.azure.com",
        "https://management.core.windows.net",
        "https://management.usgovcloudapi.net",
        "https://management.core.usgovcloudapi.net",
        "https://management.chinacloudapi.cn",
        "https://management.core.chinacloudapi.cn",
        "797f4846-ba00-4fd7-ba43-dac1f8f63013",
    ];
    world.verify_token(token, |aud| known.contains(&aud.trim_end_matches('/'))).map_err(|refusal| match refusal {
        TokenRefusal::Expired => refuse(
            "ExpiredAuthenticationToken",
            "The access token expiry UTC time is earlier than the current UTC time.",
        ),
        TokenRefusal::WrongAudience(aud) => refuse(
            "InvalidAuthenticationTokenAudience",
            &format!(
                "The access token has been obtained for wrong audience or resource '{aud}'. It should exactly match with one of \
                 the allowed audiences 'https://management.core.windows.net/', 'https://management.azure.com/'."
            ),
        ),
        TokenRefusal::Malformed | TokenRefusal::BadSignature | TokenRefusal::NotYetValid => {
            refuse("InvalidAuthenticationToken", "The access token is invalid.")
        }
    })
}

fn route(ask: &Ask<'_>) -> Answer {
    if ask.call.query("api-version").is_none_or(str::is_empty) {
        return Err(ArmError::new(
            400,
            "MissingApiVersionParameter",
            "The api-version query parameter (?api-version=) is required for all requests.",
        ));
    }
    let path = ask.call.path();
    let lower: Vec<String> = path.iter().map(|s| s.to_ascii_lowercase()).collect();
    let words: Vec<&str> = lower.iter().map(String::as_str).collect();
    let authorization = words
        .windows(2)
        .rposition(|w| w == ["providers", "microsoft.authorization"]);
    if let Some(at) = authorization {
        let scope = format!("/{}", path[..at].join("/"));
        return match (words.get(at + 2).copied(), path.get(at + 3).copied()) {
            (Some("roledefinitions"), name) => definitions::route(ask, &scope, name),
            (Some("roleassignments"), name) => assignments::route(ask, &scope, name),
            (Some("permissions"), None) => scope::permissions(ask, &scope),
            _ => Err(ArmError::no_route(ask.call)),
        };
    }
    match words.as_slice() {
        ["tenants"] => subscriptions::tenants(ask),
        ["subscriptions"] => subscriptions::list(ask),
        ["subscriptions", id] => subscriptions::get(ask, id),
        ["subscriptions", id, "resourcegroups"] => subscriptions::groups(ask, id),
        ["subscriptions", id, "resourcegroups", name] => subscriptions::group(ask, id, name),
        [
            "subscriptions",
            id,
            "providers",
            "microsoft.storage",
            "storageaccounts",
        ] => storage::list(ask, id, None),
        [
            "subscriptions",
            id,
            "resourcegroups",
            group,
            "providers",
            "microsoft.storage",
            "storageaccounts",
        ] => storage::list(ask, id, Some(group)),
        [
            "subscriptions",
            id,
            "resourcegroups",
            group,
            "providers",
            "microsoft.storage",
            "storageaccounts",
            name,
            rest @ ..,
        ] => storage::route(ask, (id, group, name), rest),
        _ => Err(ArmError::no_route(ask.call)),
    }
}

/// Refuses a caller that does not hold an action at a scope.
fn require(ask: &Ask<'_>, scope: &str, action: &str) -> Result<(), ArmError> {
    if ask.world.may(ask.caller, scope, action, false) {
        return Ok(());
    }
    Err(ArmError::unauthorized(ask.caller, action, scope))
}

/// A page of a list, as long as the options say.
fn page(ask: &Ask<'_>, all: Vec<Value>) -> Response<Body> {
    let size = ask.world.options().arm_page_size.max(1);
    let skip: usize = ask
        .call
        .query("$skiptoken")
        .and_then(|v| v.parse().ok())
        .unwrap_or(0);
    let more = all.len() > skip + size;
    let value: Vec<Value> = all.into_iter().skip(skip).take(size).collect();
    let mut body = json!({"value": value});
    if more {
        let version = ask.call.query("api-version").unwrap_or_default();
        let mut next = format!(
            "{}/{}?api-version={version}&$skiptoken={}",
            ask.world.endpoints().resource_manager,
            ask.call.path().join("/"),
            skip + size
        );
        if let Some(filter) = ask.call.query("$filter") {
            let filter: String = url::form_urlencoded::byte_serialize(filter.as_bytes()).collect();
            next.push_str(&format!("&$filter={filter}"));
        }
        body["nextLink"] = json!(next);
    }
    reply::json(200, &body)
}
