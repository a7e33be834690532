//! Which answer a request to the sign-in host gets, and the discovery documents.

use super::{
    authorize::{self},
    device,
    error::Refusal,
    tenant::tenant_of_path,
    token,
};
use crate::{
    Body, World,
    wire::{Service, call::Call, reply},
    world::hosts,
};
use http::{Method, Response};
use serde_json::json;

/// Answers a request.
pub(crate) fn handle(world: &World, call: &Call) -> Response<Body> {
    let answer = match (&call.method, call.path().as_slice()) {
        (&Method::GET, [_, "discovery", "instance"]) => Ok(instance(world, call)),
        (&Method::GET, [tenant, "v2.0", ".well-known", "openid-configuration"]) => {
            configuration(world, tenant)
        }
        (&Method::GET, [_, "discovery", "v2.0", "keys"]) => Ok(reply::json(200, &world.tokens.key_set())),
        (&Method::POST, [tenant, "oauth2", "v2.0", "devicecode"]) => device::start(world, tenant, call),
        (&Method::POST, [tenant, "oauth2", "v2.0", "token"]) => token::answer(world, tenant, call),
        (&Method::GET, [tenant, "oauth2", "v2.0", "authorize"]) => Ok(authorize::page(world, tenant, call)),
        (&Method::POST, [tenant, "oauth2", "v2.0", "authorize"]) => {
            Ok(authorize::answer(world, tenant, call))
        }
        (&Method::GET, ["device"]) => Ok(device::page(world, None)),
        (&Method::POST, ["device"]) => Ok(device::approve(world, call)),
        (method, [_, "oauth2", "v2.0", "token" | "devicecode"]) => Err(Refusal::new(
            400,
            "invalid_request",
            900_561,
            format!("The endpoint only accepts POST requests. Received a {method} request."),
        )),
        _ => Err(Refusal::new(
            404,
            "invalid_request",
            900_561,
            "The endpoint does not exist or takes another method.",
        )),
    };
    let mut answer = answer.unwrap_or_else(|refusal| refusal.reply(world, call.header("client-request-id")));
    let date = world.now().strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
    reply::set_header(&mut answer, "date", &date);
    answer
}

pub(super) fn configuration(world: &World, tenant: &str) -> Result<Response<Body>, Refusal> {
    let id = tenant_of_path(world, tenant).map_err(|refusal| Refusal {
        error: "invalid_tenant",
        ..refusal
    })?;
    let base = format!("{}/{}", world.endpoints().login, id.as_deref().unwrap_or(tenant));
    let issuer = match &id {
        Some(_) => format!("{base}/v2.0"),
        None => format!("{}/{{tenantid}}/v2.0", world.endpoints().login),
    };
    Ok(reply::json(
        200,
        &json!({
            "token_endpoint": format!("{base}/oauth2/v2.0/token"),
            "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt", "client_secret_basic"],
            "jwks_uri": format!("{base}/discovery/v2.0/keys"),
            "response_modes_supported": ["query", "fragment", "form_post"],
            "subject_types_supported": ["pairwise"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "response_types_supported": ["code", "id_token", "code id_token", "id_token token"],
            "scopes_supported": ["openid", "profile", "email", "offline_access"],
            "issuer": issuer,
            "authorization_endpoint": format!("{base}/oauth2/v2.0/authorize"),
            "device_authorization_endpoint": format!("{base}/oauth2/v2.0/devicecode"),
            "request_uri_parameter_supported": false,
            "userinfo_endpoint": format!("{}/oidc/userinfo", world.endpoints().graph),
            "http_logout_supported": true,
            "frontchannel_logout_supported": true,
            "end_session_endpoint": format!("{base}/oauth2/v2.0/logout"),
            "claims_supported": ["sub", "iss", "cloud_instance_name", "cloud_instance_host_name", "cloud_graph_host_name",
                "msgraph_host", "aud", "exp", "iat", "auth_time", "acr", "nonce", "preferred_username", "name", "tid", "ver",
                "at_hash", "c_hash", "email"],
            "tenant_region_scope": id.map(|_| "EU"),
            "cloud_instance_name": "microsoftonline.com",
            "cloud_graph_host_name": "graph.windows.net",
            "msgraph_host": world.endpoints().graph.split("://").nth(1),
            "rbac_url": "https://pas.windows.net",
        }),
    ))
}

/// The reply of instance discovery: this host is an authority of its own
/// (<https://learn.microsoft.com/entra/msal/dotnet/advanced/instance-discovery>).
pub(super) fn instance(world: &World, call: &Call) -> Response<Body> {
    let login = &world.endpoints().login;
    let host = login.split("://").nth(1).unwrap_or(login);
    let wanted = call.query("authorization_endpoint").unwrap_or_default();
    let rest = wanted.split("://").nth(1).unwrap_or_default();
    let mut parts = rest.split('/');
    // Clients leave the port out: MSAL for Python compares host names alone.
    let name = |host: &str| host.split(':').next().unwrap_or_default().to_ascii_lowercase();
    let aliases = aliases_of(host, name(host));
    if !aliases.contains(&parts.next().map(name).unwrap_or_default()) {
        return reply::json(
            400,
            &json!({
                "error": "invalid_instance",
                "error_description": "AADSTS50049: Unknown or invalid instance.",
                "error_codes": [50049],
            }),
        );
    }
    let tenant = parts.next().unwrap_or("common");
    reply::json(
        200,
        &json!({
            "tenant_discovery_endpoint": format!("{login}/{tenant}/v2.0/.well-known/openid-configuration"),
            "api-version": "1.1",
            "metadata": [{"preferred_network": host, "preferred_cache": aliases[1 % aliases.len()], "aliases": aliases}],
        }),
    )
}

/// All names of the authority: with and without its port, or, as Microsoft's own, those that Entra lists for itself.
pub(super) fn aliases_of(host: &str, name: String) -> Vec<String> {
    let mut aliases = vec![host.to_owned()];
    if hosts::service_of(host) == Some(Service::Login) {
        aliases.extend(hosts::LOGIN_ALIASES.map(str::to_owned));
    } else if name != host {
        aliases.push(name);
    }
    aliases
}
