//! Which route answers a request, and what every reply carries.

use super::{
    accounts,
    ask::{Answer, Ask, page, require},
    assignments, auth, definitions,
    error::ArmError,
    groups, mfa, operations, providers,
    scope::{self, AccountPath},
    subscriptions, version,
};
use crate::{
    Body, World,
    wire::{call::Call, new_guid, read, reply},
    world::Caller,
};
use http::{Method, Response};

/// The rest of a subscription's budget of reads and writes, as every reply shows it; the simulator counts nothing.
pub(super) const BUDGET: &str = "11999";

/// Answers a request.
pub(crate) fn handle(world: &World, call: &Call) -> Response<Body> {
    let caller = auth::authenticate(world, call);
    let answer = match &caller {
        Ok(caller) => mfa::challenge_without_mfa(world, call, caller)
            .map_or_else(|| route(&Ask { world, call, caller }), Ok),
        Err(refusal) => Err(refusal.clone()),
    };
    let mut response = answer.unwrap_or_else(|error| error.reply());
    describe(world, call, &mut response);
    if let Ok(principal) = caller {
        response.extensions_mut().insert(Caller(principal.name));
    } else {
        let challenge = format!(
            "Bearer authorization_uri=\"{}/{}\", error=\"invalid_token\", error_description=\"The access token is invalid.\"",
            world.endpoints().login,
            home_of(world, call)
        );
        reply::set_header(&mut response, "www-authenticate", &challenge);
    }
    response
}

/// The tenant of the subscription that a path names, which clients learn by asking without a token.
pub(super) fn home_of(world: &World, call: &Call) -> String {
    let path = call.path();
    let id = path
        .get(1)
        .filter(|_| path[0].eq_ignore_ascii_case("subscriptions"));
    id.and_then(|id| {
        read(&world.resources)
            .subscription(id)
            .map(|s| s.tenant_id.clone())
    })
    .unwrap_or_else(|| "common".to_owned())
}

/// What every reply carries, to a request that reached no provider too.
pub(crate) fn describe_refusal(world: &World, response: &mut Response<Body>) {
    let id = world.next_request_id();
    for name in [
        "x-ms-request-id",
        "x-ms-correlation-request-id",
        "x-ms-routing-request-id",
    ] {
        reply::set_header(response, name, &id);
    }
    reply::set_header(response, "x-ms-failure-cause", "gateway");
}

/// The headers of every reply
/// (<https://learn.microsoft.com/azure/azure-resource-manager/management/request-limits-and-throttling>).
pub(super) fn describe(world: &World, call: &Call, response: &mut Response<Body>) {
    let request_id = world.next_request_id();
    let correlation = call.header("x-ms-correlation-request-id");
    let correlation = correlation.map_or_else(new_guid, str::to_owned);
    let routing = format!(
        "SIMULATOR:{}:{request_id}",
        world.now().strftime("%Y%m%dT%H%M%SZ")
    );
    let budget = match call.method {
        Method::GET | Method::HEAD => "x-ms-ratelimit-remaining-subscription-reads",
        Method::DELETE => "x-ms-ratelimit-remaining-subscription-deletes",
        _ => "x-ms-ratelimit-remaining-subscription-writes",
    };
    for (name, value) in [
        ("x-ms-request-id", request_id.as_str()),
        ("x-ms-correlation-request-id", &correlation),
        ("x-ms-routing-request-id", &routing),
        (budget, BUDGET),
        ("x-content-type-options", "nosniff"),
    ] {
        reply::set_header(response, name, value);
    }
    if let Some(id) = call.header("x-ms-client-request-id") {
        reply::set_header(response, "x-ms-client-request-id", id);
    }
}

pub(super) fn route(ask: &Ask<'_>) -> Answer {
    version::asked(ask.call)?;
    let path = ask.call.path();
    let lower: Vec<String> = path.iter().map(|s| s.to_ascii_lowercase()).collect();
    let words: Vec<&str> = lower.iter().map(String::as_str).collect();
    if let ["subscriptions", id, _, ..] = words.as_slice() {
        subscriptions::check_writable(ask, id)?;
    }
    let authorization = words
        .windows(2)
        .rposition(|w| w == ["providers", "microsoft.authorization"]);
    if let Some(at) = authorization
        && words.len() > at + 2
        && words[at + 2] != "register"
    {
        return rights(
            ask,
            &format!("/{}", path[..at].join("/")),
            &words[at + 2..],
            &path[at + 2..],
        );
    }
    match words.as_slice() {
        ["tenants"] => subscriptions::tenants(ask),
        ["providers", rest @ ..] => providers::route(ask, None, rest),
        ["subscriptions"] => subscriptions::list(ask),
        ["subscriptions", id] => subscriptions::get_subscription(ask, id),
        ["subscriptions", id, "locations"] => subscriptions::locations(ask, id),
        ["subscriptions", id, "resources"] => groups::resources(ask, id, None),
        ["subscriptions", _, "operationresults", id] => operations::poll(ask, id),
        ["subscriptions", id, "resourcegroups"] => groups::list(ask, id),
        ["subscriptions", id, "resourcegroups", _] => groups::route(ask, id, path[3]),
        ["subscriptions", id, "resourcegroups", group, "resources"] => {
            groups::resources(ask, id, Some(group))
        }
        ["subscriptions", id, "providers", "microsoft.storage", rest @ ..]
            if !matches!(rest, [] | ["register"]) =>
        {
            accounts::of_subscription(ask, id, rest)
        }
        ["subscriptions", id, "providers", rest @ ..] => providers::route(ask, Some(id), rest),
        [
            "subscriptions",
            subscription,
            "resourcegroups",
            group,
            "providers",
            "microsoft.storage",
            "storageaccounts",
            rest @ ..,
        ] => match rest {
            [] => accounts::list(ask, subscription, Some(group)),
            [account, rest @ ..] => {
                let place = AccountPath {
                    subscription,
                    group: path[3],
                    account,
                    account_as_sent: path[7],
                };
                accounts::route(ask, place, rest)
            }
        },
        _ => Err(ArmError::no_route(ask.call)),
    }
}

/// Answers what is asked of Microsoft.Authorization at a scope; `path` is `words` as they were sent.
pub(super) fn rights(ask: &Ask<'_>, scope: &str, words: &[&str], path: &[&str]) -> Answer {
    match (words, &ask.call.method) {
        (["roledefinitions", ..], _) => definitions::route(ask, scope, path.get(1).copied()),
        (["roleassignments", ..], _) => assignments::route(ask, scope, path.get(1).copied()),
        (["permissions"], &Method::GET) => scope::permissions(ask, scope),
        // No request can create a deny assignment, and the simulator has no locks.
        ([kind @ ("denyassignments" | "locks")], &Method::GET) => {
            require(ask, scope, &format!("Microsoft.Authorization/{kind}/read"))?;
            scope::check_known_scope(ask.world, &ask.caller.tenant_id, scope)?;
            Ok(page(ask, vec![]))
        }
        _ => Err(ArmError::no_route(ask.call)),
    }
}
