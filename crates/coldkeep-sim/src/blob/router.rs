//! Which operation a request asks for, and what every reply carries.

use super::{
    acl,
    address::{Address, Query, header},
    append, auth,
    batch::{self, OuterVersion},
    blocks, change,
    claim::Claim,
    container_list, containers, copy, delete, find,
    host::HostStyle,
    lease, list,
    naming::check_container_name,
    network, page_blob, properties, protect, put, read,
    reply::{Answer, Common, Refusal},
    request::Ask,
    service, service_properties, snapshot, structured,
    versions::{self, DEFAULT_VERSION},
    way::Way,
};
use crate::{
    wire::spelling,
    world::{Caller, state::World},
};
use bytes::Bytes;
use http::header::CONTENT_LENGTH;
use http::request::Parts;
use http::{Method, Request, Response, StatusCode};
use http_body_util::BodyExt as _;
use std::sync::Arc;

/// Answers one request to the Blob service.
pub async fn handle<B>(world: &Arc<World>, request: Request<B>) -> Response<crate::Body>
where
    B: hyper::body::Body<Data = Bytes>,
{
    let (parts, body) = request.into_parts();
    // A request that was cut off has no effect, and no client that waits for an answer.
    let (answer, caller) = match body.collect().await {
        Ok(_) if parts.method == Method::PUT && !parts.headers.contains_key(CONTENT_LENGTH) => {
            (Err(no_length()), None)
        }
        Ok(body) => {
            let body = body.to_bytes();
            let _busy = world.busy();
            answer(world, &parts, body)
        }
        Err(_) => (
            Err(Refusal::bad_request(
                "IncompleteBody",
                "The request body ended early.",
            )),
            None,
        ),
    };
    respond(world, &parts, answer, caller)
}

pub(super) fn respond(
    world: &World,
    parts: &Parts,
    answer: Answer,
    caller: Option<String>,
) -> Response<crate::Body> {
    let request_id = world.next_request_id();
    let now = world.now();
    let common = Common {
        request_id: &request_id,
        version: header(&parts.headers, "x-ms-version").unwrap_or(DEFAULT_VERSION),
        client_request_id: header(&parts.headers, "x-ms-client-request-id"),
        now,
        head_only: parts.method == Method::HEAD,
    };
    let reply = answer.unwrap_or_else(|refusal| refusal.into_reply(&request_id, now));
    let mut response = reply
        .into_response(common)
        .map(|body| body.map_err(|never| match never {}).boxed());
    if let Some(caller) = caller {
        response.extensions_mut().insert(Caller(caller));
    }
    response
}

/// Identifies the caller and the operation, and carries it out. Also returns the caller's name for the log.
pub(super) fn answer(world: &World, parts: &Parts, body: Bytes) -> (Answer, Option<String>) {
    world.blobs.complete_due_copies(world.now());
    match understand(world, parts, body) {
        Ok(ask) => {
            let caller = ask.caller.log_name();
            let answer = dispatch(&ask).map(|mut reply| {
                if ask.method == Method::PUT {
                    structured::acknowledge(ask.headers, &mut reply);
                }
                reply
            });
            if !matches!(ask.method, Method::GET | Method::HEAD) {
                world.blobs.complete_due_copies(ask.now);
            }
            (answer, Some(caller))
        }
        Err(refusal) => (Err(refusal), None),
    }
}

/// The version that a request asks for, itself or as a part of a batch; empty if it names none.
pub(super) fn version_of(parts: &Parts) -> &str {
    let outer = || {
        parts
            .extensions
            .get::<OuterVersion>()
            .map(|outer| outer.0.as_str())
    };
    header(&parts.headers, "x-ms-version")
        .or_else(outer)
        .unwrap_or_default()
}

pub(super) fn understand<'a>(world: &'a World, parts: &'a Parts, body: Bytes) -> Result<Ask<'a>, Refusal> {
    let bad_uri = || {
        Refusal::bad_request(
            "InvalidUri",
            "The requested URI does not represent any resource on the server.",
        )
    };
    let path = parts.uri.path();
    let address = Address::parse(path).ok_or_else(bad_uri)?;
    let query = Query::parse(parts.uri.query().unwrap_or_default()).ok_or_else(bad_uri)?;
    let account = world.storage_account(&address.account).ok_or_else(|| {
        Refusal::new(
            StatusCode::NOT_FOUND,
            "ResourceNotFound",
            "The specified resource does not exist.",
        )
    })?;
    let address = if account.hns {
        address
    } else {
        address.walked().ok_or_else(bad_uri)?
    };
    let address = address.in_root(query.some("restype").is_some());
    address.may(&parts.method, &account)?;
    let client = network::client_address(world, parts.extensions.get());
    network::admit(&account, client)?;
    let host = parts
        .extensions
        .get::<HostStyle>()
        .map(|style| style.host.as_str());
    let claim = Claim {
        method: &parts.method,
        path,
        query: &query,
        headers: &parts.headers,
        address: &address,
        host_style: host.is_some(),
        version: version_of(parts),
        way: Way {
            client,
            https: world.options().tls,
        },
    };
    let caller = auth::authenticate(world, &account, claim)?;
    Ok(Ask {
        world,
        method: parts.method.clone(),
        address,
        query,
        headers: &parts.headers,
        metadata_names: spelling::as_sent(parts, properties::METADATA),
        body: structured::unpack(&parts.headers, body)?,
        account,
        caller,
        now: world.now(),
        client,
        host,
    })
}

pub(super) fn dispatch(ask: &Ask<'_>) -> Answer {
    let comp = ask.query.get("comp").unwrap_or_default();
    versions::check_version(ask.header("x-ms-version"), comp)?;
    let restype = ask.query.get("restype").unwrap_or_default();
    if restype == "account" && comp == "properties" {
        return service::account_information(ask);
    }
    if ask.query.some("action").is_some() || ask.query.some("resource").is_some() {
        return Err(of_data_lake(ask));
    }
    if let Some(name) = &ask.address.container {
        check_container_name(name)?;
    }
    match (&ask.address.container, &ask.address.blob) {
        (None, _) => on_account(ask, restype, comp),
        (Some(_), None) => on_container(ask, restype, comp),
        (Some(_), Some(_)) => on_blob(ask, comp),
    }
}

pub(super) fn on_account(ask: &Ask<'_>, restype: &str, comp: &str) -> Answer {
    match (ask.method.as_str(), restype, comp) {
        ("GET", "", "list") => container_list::list(ask),
        ("GET", "", "blobs") => find::find_blobs(ask),
        ("POST", "service", "userdelegationkey") => service::user_delegation_key(ask),
        ("GET", "service", "properties") => service_properties::get(ask),
        ("PUT", "service", "properties") => service_properties::set(ask),
        ("GET", "service", "stats") => service::stats(ask),
        // Microsoft's library for JavaScript takes the account in a path for a container.
        ("POST", "" | "container", "batch") => batch::run(ask),
        _ => Err(not_offered()),
    }
}

pub(super) fn on_container(ask: &Ask<'_>, restype: &str, comp: &str) -> Answer {
    if restype != "container" {
        return Err(not_offered());
    }
    match (ask.method.as_str(), comp) {
        ("PUT", "") => containers::create(ask),
        ("GET" | "HEAD", "" | "metadata") => containers::get_properties(ask),
        ("PUT", "metadata") => containers::set_metadata(ask),
        ("GET" | "HEAD", "acl") => acl::get_acl(ask),
        ("PUT", "acl") => acl::set_acl(ask),
        ("PUT", "lease") => lease::lease_container(ask),
        ("PUT", "undelete") => containers::restore(ask),
        ("GET", "blobs") => find::find_blobs(ask),
        ("DELETE", "") => containers::delete(ask),
        ("GET", "list") => list::list_blobs(ask),
        ("POST", "batch") => batch::run(ask),
        _ => Err(not_offered()),
    }
}

/// Versions and snapshots are for reading; of the writes only these are about one of them.
pub(super) fn only_the_blob_itself(ask: &Ask<'_>, comp: &str) -> Result<(), Refusal> {
    const OF_ANY: [&str; 4] = ["tier", "tags", "immutabilityPolicies", "legalhold"];
    let one = ["snapshot", "versionid"]
        .into_iter()
        .find(|name| ask.query.some(name).is_some());
    match one {
        Some(name) if ask.method == Method::PUT && !OF_ANY.contains(&comp) => {
            Err(Refusal::invalid_query(name))
        }
        _ => Ok(()),
    }
}

pub(super) fn on_blob(ask: &Ask<'_>, comp: &str) -> Answer {
    only_the_blob_itself(ask, comp)?;
    let from_url = ask.headers.contains_key("x-ms-copy-source");
    match (ask.method.as_str(), comp) {
        ("GET" | "HEAD", "") => read::get_blob(ask),
        ("GET" | "HEAD", "metadata") => read::get_metadata(ask),
        ("GET", "tags") => read::get_tags(ask),
        ("GET", "blocklist") => blocks::get_block_list(ask),
        ("PUT", "") if from_url && ask.headers.contains_key("x-ms-blob-type") => copy::put_blob_from_url(ask),
        ("PUT", "") if from_url => copy::copy_blob(ask),
        ("PUT", "") => put::put_blob(ask),
        ("PUT", "block") if from_url => copy::put_block_from_url(ask),
        ("PUT", "block") => blocks::put_block(ask),
        ("PUT", "blocklist") => blocks::put_block_list(ask),
        ("PUT", "appendblock") if from_url => append::append_block_from_url(ask),
        ("PUT", "appendblock") => append::append_block(ask),
        ("PUT", "seal") => append::seal(ask),
        ("PUT", "page") if from_url => page_blob::put_page_from_url(ask),
        ("PUT", "page") => page_blob::put_page(ask),
        ("GET", "pagelist") if ask.query.get("prevsnapshot").is_none() => page_blob::get_page_ranges(ask),
        ("PUT", "snapshot") => snapshot::snapshot_blob(ask),
        ("PUT", "undelete") => delete::undelete_blob(ask),
        ("PUT", "metadata") => change::set_metadata(ask),
        ("PUT", "properties") => change::set_properties(ask),
        ("PUT", "tags") => change::set_tags(ask),
        ("PUT", "tier") => change::set_tier(ask),
        ("PUT", "lease") => lease::lease_blob(ask),
        ("PUT", "copy") => copy::abort_copy(ask),
        ("PUT", "immutabilityPolicies") => protect::set_policy(ask),
        ("DELETE", "immutabilityPolicies") => protect::delete_policy(ask),
        ("PUT", "legalhold") => protect::set_legal_hold(ask),
        ("DELETE", "") => delete::delete_blob(ask),
        _ => Err(not_offered()),
    }
}

pub(super) fn no_length() -> Refusal {
    Refusal::new(
        StatusCode::LENGTH_REQUIRED,
        "MissingContentLengthHeader",
        "The Content-Length header was not specified.",
    )
}

/// Operations of the Data Lake endpoint, by the parameters that only they have: not of accounts without directories, and not
/// simulated for others.
pub(super) fn of_data_lake(ask: &Ask<'_>) -> Refusal {
    if ask.account.hns {
        return not_offered();
    }
    Refusal::bad_request(
        "HierarchicalNamespaceNotEnabled",
        "Hierarchical namespace is not enabled for this account.",
    )
}

pub(super) fn not_offered() -> Refusal {
    Refusal::new(
        StatusCode::NOT_IMPLEMENTED,
        "NotImplemented",
        "The simulator does not offer this operation.",
    )
}
