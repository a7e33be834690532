//! Lists: which objects, in which order, on which page, with which properties
//! (<https://learn.microsoft.com/graph/query-parameters>, <https://learn.microsoft.com/graph/paging>).

use super::{
    error::GraphError,
    filter::{self, Filter},
    odata::select,
};
use crate::{
    Body, World,
    wire::{call::Call, reply},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use http::Response;
use serde_json::{Value, json};

/// A kind of directory object, for the words of refusals and for what may be asked of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Kind {
    /// As in `microsoft.graph.application`.
    pub type_name: &'static str,
    /// Where its context points: `applications`.
    pub context: &'static str,
    /// Properties that `$filter` takes.
    pub filters: &'static [&'static str],
}

pub(super) const APPLICATIONS: Kind = Kind {
    type_name: "application",
    context: "applications",
    filters: &[
        "id",
        "appId",
        "createdDateTime",
        "displayName",
        "identifierUris",
        "publisherDomain",
        "signInAudience",
        "tags",
        "uniqueName",
        "web",
        "publicClient",
    ],
};
pub(super) const PRINCIPALS: Kind = Kind {
    type_name: "servicePrincipal",
    context: "servicePrincipals",
    filters: &[
        "id",
        "accountEnabled",
        "alternativeNames",
        "appDisplayName",
        "appId",
        "appOwnerOrganizationId",
        "createdDateTime",
        "displayName",
        "homepage",
        "servicePrincipalNames",
        "servicePrincipalType",
        "tags",
    ],
};
pub(super) const USERS: Kind = Kind {
    type_name: "user",
    context: "users",
    filters: &[
        "id",
        "accountEnabled",
        "displayName",
        "mail",
        "userPrincipalName",
        "userType",
    ],
};
pub(super) const APP_ROLE_ASSIGNMENTS: Kind = Kind {
    type_name: "appRoleAssignment",
    context: "appRoleAssignments",
    filters: &[
        "id",
        "appRoleId",
        "principalDisplayName",
        "principalId",
        "resourceId",
    ],
};
pub(super) const PERMISSION_GRANTS: Kind = Kind {
    type_name: "oAuth2PermissionGrant",
    context: "oauth2PermissionGrants",
    filters: &[
        "id",
        "clientId",
        "consentType",
        "principalId",
        "resourceId",
        "scope",
    ],
};
pub(super) const DIRECTORY_ROLES: Kind = Kind {
    type_name: "directoryRole",
    context: "directoryRoles",
    filters: &["id", "displayName", "roleTemplateId"],
};

pub(super) const DIRECTORY_OBJECTS: Kind = Kind {
    type_name: "directoryObject",
    context: "directoryObjects",
    filters: &["id", "displayName"],
};

const DEFAULT_PAGE: usize = 100;
const LARGEST_PAGE: usize = 999;

/// One page of all objects of a kind that there are, as the query asks for.
pub(super) fn page(
    world: &World,
    call: &Call,
    kind: Kind,
    all: Vec<Value>,
) -> Result<Response<Body>, GraphError> {
    let advanced = is_advanced(call);
    let mut found = matching(call, kind, all, advanced)?;
    order(call, kind, &mut found, advanced)?;
    if call.query("$skip").is_some() {
        return Err(GraphError::bad("'$skip' is not supported by the service."));
    }
    let top = match call.query("$top") {
        None => DEFAULT_PAGE,
        Some(text) => page_size(text)?,
    };
    let skip = match call.query("$skiptoken") {
        None => 0,
        Some(token) => skipped(token).ok_or_else(|| {
            GraphError::new(
                400,
                "Directory_ExpiredPageToken",
                "The specified page token value has expired and can no longer \
                be included in your request.",
            )
        })?,
    };
    let graph = &world.endpoints().graph;
    let mut body = json!({"@odata.context": format!("{graph}/v1.0/$metadata#{}", kind.context)});
    if advanced && call.query("$count") == Some("true") {
        body["@odata.count"] = json!(found.len());
    }
    if found.len() > skip + top {
        body["@odata.nextLink"] = json!(next_link(graph, call, skip + top));
    }
    let chosen = found.into_iter().skip(skip).take(top);
    body["value"] = chosen.map(|v| select(v, call.query("$select"))).collect();
    Ok(reply::json(200, &body))
}

/// `…/$count`: a number as text.
pub(super) fn count(call: &Call, kind: Kind, all: Vec<Value>) -> Result<Response<Body>, GraphError> {
    if !is_eventual(call) {
        return Err(GraphError::bad("$count is not currently supported."));
    }
    let found = matching(call, kind, all, true)?;
    Ok(reply::text(200, found.len().to_string()))
}

/// Whether the request reads the eventually consistent index.
fn is_eventual(call: &Call) -> bool {
    call.header("consistencylevel")
        .is_some_and(|level| level.eq_ignore_ascii_case("eventual"))
}

fn is_advanced(call: &Call) -> bool {
    is_eventual(call) && (call.query("$count") == Some("true") || call.query("$search").is_some())
}

fn unsupported(message: impl Into<String>) -> GraphError {
    GraphError::new(400, "Request_UnsupportedQuery", message)
}

fn matching(call: &Call, kind: Kind, all: Vec<Value>, advanced: bool) -> Result<Vec<Value>, GraphError> {
    let mut found = all;
    if let Some(text) = call.query("$filter") {
        let filter = filter::parse(text)?;
        check_filter(&filter, kind, found.first(), advanced)?;
        found.retain(|v| filter.holds(v));
    }
    if let Some(text) = call.query("$search") {
        if !is_eventual(call) {
            return Err(unsupported(
                "Request with $search query parameter only works through MSGraph with a special request header: \
                 'ConsistencyLevel: eventual'",
            ));
        }
        let (name, wanted) = searched(text)
            .ok_or_else(|| GraphError::bad(format!("Unrecognized query argument specified: '{text}'.")))?;
        found.retain(|v| {
            v[name]
                .as_str()
                .is_some_and(|found| found.to_lowercase().contains(&wanted.to_lowercase()))
        });
    }
    Ok(found)
}

/// `"property:text"`
fn searched(text: &str) -> Option<(&str, &str)> {
    text.strip_prefix('"')?.strip_suffix('"')?.split_once(':')
}

fn check_filter(
    filter: &Filter,
    kind: Kind,
    example: Option<&Value>,
    advanced: bool,
) -> Result<(), GraphError> {
    let type_name = kind.type_name;
    for name in filter.properties() {
        if kind.filters.contains(&name) {
            continue;
        }
        if example.is_some_and(|v| v.get(name).is_none()) {
            return Err(GraphError::new(
                400,
                "BadRequest",
                format!(
                    "Invalid filter clause: Could not find a property named '{name}' on type 'microsoft.graph.{type_name}'."
                ),
            ));
        }
        return Err(unsupported_clause(name, type_name));
    }
    if filter.is_advanced() && !advanced {
        let name = filter.properties().first().copied().unwrap_or_default();
        return Err(unsupported_clause(name, type_name));
    }
    Ok(())
}

fn unsupported_clause(name: &str, type_name: &str) -> GraphError {
    let resource = format!("{}{}", type_name[..1].to_uppercase(), &type_name[1..]);
    unsupported(format!(
        "Unsupported or invalid query filter clause specified for property '{name}' of resource '{resource}'."
    ))
}

fn order(call: &Call, kind: Kind, found: &mut [Value], advanced: bool) -> Result<(), GraphError> {
    let Some(text) = call.query("$orderby") else {
        return Ok(());
    };
    let mut words = text.split_whitespace();
    let name = words.next().unwrap_or_default();
    let backwards = words.next().is_some_and(|w| w.eq_ignore_ascii_case("desc"));
    let plain = ["displayName", "userPrincipalName"].contains(&name) && call.query("$filter").is_none();
    if !plain && !advanced {
        return Err(unsupported("Sorting not supported for current query."));
    }
    if found.first().is_some_and(|v| v.get(name).is_none()) {
        return Err(GraphError::new(
            400,
            "BadRequest",
            format!(
                "Could not find a property named '{name}' on type 'microsoft.graph.{}'.",
                kind.type_name
            ),
        ));
    }
    let key = |v: &Value| v[name].as_str().unwrap_or_default().to_lowercase();
    found.sort_by_key(key);
    if backwards {
        found.reverse();
    }
    Ok(())
}

fn page_size(text: &str) -> Result<usize, GraphError> {
    match text.parse() {
        Ok(size) if (1..=LARGEST_PAGE).contains(&size) => Ok(size),
        _ => Err(unsupported(format!(
            "Invalid page size specified: '{text}'. Must be between 1 and {LARGEST_PAGE} inclusive."
        ))),
    }
}

/// The request again, starting at a later object. Only the service reads the token.
fn next_link(graph: &str, call: &Call, skip: usize) -> String {
    let mut pairs = url::form_urlencoded::Serializer::new(String::new());
    let others = call
        .queries()
        .filter(|(name, _)| !name.eq_ignore_ascii_case("$skiptoken"));
    pairs.extend_pairs(others);
    pairs.append_pair("$skiptoken", &URL_SAFE_NO_PAD.encode(format!("from {skip}")));
    // Clients look for these names as they are.
    let query = pairs.finish().replace("%24", "$");
    format!("{graph}/{}?{query}", call.segments.join("/"))
}

fn skipped(token: &str) -> Option<usize> {
    let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
    String::from_utf8(bytes).ok()?.strip_prefix("from ")?.parse().ok()
}
