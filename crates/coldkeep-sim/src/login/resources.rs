//! Which resource a request's scopes name, and which permissions of it
//! (<https://learn.microsoft.com/entra/identity-platform/scopes-oidc>).

use super::error::Refusal;
use crate::{
    World,
    wire::read,
    world::first_party::{GRAPH, RESOURCE_MANAGER, STORAGE},
};

/// Scopes that concern the reply, not a resource.
const PROTOCOL_SCOPES: [&str; 4] = ["openid", "profile", "email", "offline_access"];

/// What the scopes of one request come to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct WantedScopes {
    /// The resource as the client named it: a token's `aud`.
    pub audience: String,
    /// The application id behind that name.
    pub app_id: String,
    /// Permissions asked for by name.
    pub permissions: Vec<String>,
    /// `RESOURCE/.default` as it was written, where it was.
    pub default: Option<String>,
    pub openid: bool,
    pub email: bool,
    pub offline: bool,
}

/// Reads the scopes; a token is for one resource.
pub(super) fn wanted(world: &World, scope: &str, tenant: &str) -> Result<WantedScopes, Refusal> {
    let mut found: Option<(String, String)> = None;
    let mut permissions = vec![];
    let mut default = None;
    let mut named = scope.split_whitespace().filter(|w| !PROTOCOL_SCOPES.contains(w));
    named.try_for_each(|word| {
        let (resource, permission) = split(world, word).ok_or_else(|| unknown_resource(word, tenant))?;
        let app_id = known(world, resource, tenant).ok_or_else(|| unknown_resource(word, tenant))?;
        if found.as_ref().is_some_and(|(_, id)| *id != app_id) {
            return Err(two_resources(scope));
        }
        found.get_or_insert((resource.to_owned(), app_id));
        match permission {
            ".default" => default = Some(word.to_owned()),
            other => permissions.push(other.to_owned()),
        }
        Ok(())
    })?;
    if default.is_some() && !permissions.is_empty() {
        return Err(Refusal::new(
            400,
            "invalid_scope",
            70011,
            format!(
                "The provided value for the input parameter 'scope' is not valid. The scope {scope} is not valid. .default scope \
                 can't be combined with resource-specific scopes."
            ),
        ));
    }
    // Only protocol scopes: Entra gives a token for Graph.
    let (audience, app_id) = found.unwrap_or_else(|| (world.endpoints().graph.clone(), GRAPH.to_owned()));
    let asked = |name: &str| scope.split_whitespace().any(|word| word == name);
    Ok(WantedScopes {
        audience,
        app_id,
        permissions,
        default,
        openid: asked("openid"),
        email: asked("email"),
        offline: asked("offline_access"),
    })
}

/// The permissions asked for by name, as the resource writes them: the case of letters does not count. Of Microsoft's own
/// resources not all are known here, so others are taken at their word; an application's own are all there are.
pub(super) fn defined(world: &World, wanted: &WantedScopes, tenant_id: &str) -> Result<Vec<String>, Refusal> {
    let directory = read(&world.directory);
    let scopes = directory.scopes_offered(&wanted.app_id, tenant_id);
    let own = directory.applications.iter().any(|a| a.app_id == wanted.app_id);
    let asked = wanted.permissions.iter().map(|asked| {
        let known = scopes.iter().find(|known| known.eq_ignore_ascii_case(asked));
        match known {
            Some(known) => Ok(known.clone()),
            None if own => Err(Refusal::new(
                400,
                "invalid_client",
                650_053,
                format!(
                    "The application asked for scope '{asked}' that doesn't exist on the resource '{}'. Contact the app \
                     vendor.",
                    wanted.app_id
                ),
            )),
            None => Ok(asked.clone()),
        }
    });
    asked.collect()
}

fn two_resources(scope: &str) -> Refusal {
    Refusal::new(
        400,
        "invalid_request",
        28000,
        format!(
            "Provided value for the input parameter scope is not valid because it contains more than one resource. Scope {scope} \
             is not valid."
        ),
    )
}

/// `https://host/Permission`, `GUID/Permission`, or `Permission` of Graph.
fn split<'a>(world: &'a World, word: &'a str) -> Option<(&'a str, &'a str)> {
    match word.rsplit_once('/') {
        Some((resource, permission)) if !resource.is_empty() && !resource.ends_with(':') => {
            Some((resource, permission))
        }
        Some(_) => None,
        None => Some((world.endpoints().graph.as_str(), word)),
    }
}

/// The application id of a resource.
fn known(world: &World, resource: &str, tenant: &str) -> Option<String> {
    let endpoints = world.endpoints();
    let blob_host = endpoints.blob.trim_end_matches("/{account}");
    let name = resource.trim_end_matches('/');
    let graph = [
        GRAPH,
        "https://graph.microsoft.com",
        "https://graph.microsoft.us",
        "https://microsoftgraph.chinacloudapi.cn",
        &endpoints.graph,
    ];
    let manager = [
        RESOURCE_MANAGER,
        "https://management.azure.com",
        "https://management.core.windows.net",
        "https://management.usgovcloudapi.net",
        "https://management.core.usgovcloudapi.net",
        "https://management.chinacloudapi.cn",
        "https://management.core.chinacloudapi.cn",
        &endpoints.resource_manager,
    ];
    let storage = [STORAGE, "https://storage.azure.com", blob_host];
    for (names, app_id) in [
        (graph.as_slice(), GRAPH),
        (manager.as_slice(), RESOURCE_MANAGER),
        (storage.as_slice(), STORAGE),
    ] {
        if names.iter().any(|n| n.eq_ignore_ascii_case(name)) {
            return Some(app_id.to_owned());
        }
    }
    if is_storage_account(world, name, blob_host) {
        return Some(STORAGE.to_owned());
    }
    own_application(world, name, tenant)
}

fn is_storage_account(world: &World, resource: &str, blob_host: &str) -> bool {
    let account = resource
        .strip_prefix(blob_host)
        .map(|rest| rest.trim_matches('/'))
        .or_else(|| {
            resource
                .strip_prefix("https://")?
                .split_once(".blob.core.")
                .map(|(account, _)| account)
        });
    account.is_some_and(|name| read(&world.resources).accounts.contains_key(name))
}

/// An application of the tenant that is a resource itself: by its id or one of its identifier URIs.
fn own_application(world: &World, name: &str, tenant: &str) -> Option<String> {
    let directory = read(&world.directory);
    let now = world.seen_until();
    let tenant = directory.tenant(tenant).map(|t| t.id.as_str());
    let here = |app_id: &str| tenant.is_none_or(|t| directory.service_principal(app_id, t, now).is_some());
    directory
        .applications
        .iter()
        .filter(|a| a.deleted_at.is_none() && a.visible_at <= now)
        .find(|a| {
            let uris = a.other.get("identifierUris").and_then(|u| u.as_array());
            a.app_id.eq_ignore_ascii_case(name)
                || uris.is_some_and(|uris| uris.iter().any(|u| u.as_str() == Some(name)))
        })
        .filter(|a| here(&a.app_id))
        .map(|a| a.app_id.clone())
}

fn unknown_resource(scope: &str, tenant: &str) -> Refusal {
    if !scope.contains("://") && !scope.ends_with("/.default") {
        return Refusal::new(
            400,
            "invalid_scope",
            70011,
            format!(
                "The provided value for the input parameter 'scope' is not valid. The scope {scope} does not exist."
            ),
        );
    }
    let resource = scope.trim_end_matches("/.default");
    Refusal::new(
        400,
        "invalid_resource",
        500_011,
        format!(
            "The resource principal named {resource} was not found in the tenant named {tenant}. This can happen if the \
             application has not been installed by the administrator of the tenant or consented to by any user in the tenant. \
             You might have sent your authentication request to the wrong tenant."
        ),
    )
}
