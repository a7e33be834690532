//! What tokens say, and which resources tokens can be asked for.

use super::error::Refusal;
use crate::{
    World,
    world::{Principal, new_guid, read},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};

/// Resources known by an application id, as in `GUID/.default`.
const RESOURCE_IDS: [&str; 3] = [
    "00000003-0000-0000-c000-000000000000",
    "797f4846-ba00-4fd7-ba43-dac1f8f63013",
    "e406a681-f3d4-42a8-90b6-c2b029497af1",
];

/// Scopes that say something about the reply, not about a resource.
const PROTOCOL_SCOPES: [&str; 4] = ["openid", "profile", "email", "offline_access"];

/// The claims of an access token. Version 1 tokens, as Entra gives for Resource Manager and Storage: the issuer is
/// `https://sts.windows.net/TENANT/`. `appidacr` is how the client proved itself: 0 not, 1 secret, 2 certificate.
pub(crate) fn access_claims(world: &World, principal: &Principal, audience: &str, appidacr: &str) -> Value {
    let now_s = world.now().as_second();
    let issuer = format!("https://sts.windows.net/{}/", principal.tenant_id);
    let mut claims = json!({
        "aud": audience,
        "iss": issuer,
        "idp": issuer,
        "iat": now_s,
        // Backdated as Entra does, for clocks that run slow.
        "nbf": now_s - 300,
        "exp": now_s + i64::from(world.options().token_lifetime_s),
        "appidacr": appidacr,
        "oid": principal.object_id,
        "sub": principal.object_id,
        "tid": principal.tenant_id,
        "uti": URL_SAFE_NO_PAD.encode(new_guid()),
        "ver": "1.0",
    });
    match &principal.app_id {
        Some(app_id) => {
            claims["appid"] = json!(app_id);
            claims["idtyp"] = json!("app");
        }
        None => {
            claims["appid"] = json!("04b07795-8ddb-461a-bbee-02f9e1bf7b46");
            claims["idtyp"] = json!("user");
            claims["upn"] = json!(principal.name);
            claims["unique_name"] = json!(principal.name);
            claims["scp"] = json!("user_impersonation");
        }
    }
    claims
}

/// The one resource that a request's scopes name.
pub(super) fn audience_of(world: &World, scope: &str, tenant: &str) -> Result<String, Refusal> {
    let mut audience: Option<String> = None;
    for word in scope.split_whitespace().filter(|w| !PROTOCOL_SCOPES.contains(w)) {
        let found = resource_of(world, word).ok_or_else(|| unknown_resource(word, tenant))?;
        if audience.as_ref().is_some_and(|a| *a != found) {
            return Err(Refusal::new(
                400,
                "invalid_scope",
                28003,
                "Provided value for the input parameter scope cannot be empty or name more than one resource when requesting \
                 an access token.",
            ));
        }
        audience = Some(found);
    }
    // Only protocol scopes: Entra gives a token for Graph.
    Ok(audience.unwrap_or_else(|| world.endpoints().graph.clone()))
}

fn resource_of(world: &World, scope: &str) -> Option<String> {
    let resource = match scope.strip_suffix("/.default") {
        Some(resource) => resource,
        // A single permission: `https://host/Permission`, or `Permission` of Graph.
        None => match scope.rsplit_once('/') {
            Some((resource, _)) if resource.contains("://") => resource,
            Some(_) => return None,
            None => return Some(world.endpoints().graph.clone()),
        },
    };
    known_resource(world, resource.trim_end_matches('/')).then(|| resource.to_owned())
}

fn known_resource(world: &World, resource: &str) -> bool {
    let endpoints = world.endpoints();
    let blob_host = endpoints.blob.trim_end_matches("/{account}");
    let fixed = [
        "https://graph.microsoft.com",
        "https://graph.microsoft.us",
        "https://microsoftgraph.chinacloudapi.cn",
        "https://management.azure.com",
        "https://management.core.windows.net",
        "https://management.usgovcloudapi.net",
        "https://management.core.usgovcloudapi.net",
        "https://management.chinacloudapi.cn",
        "https://storage.azure.com",
        &endpoints.graph,
        &endpoints.resource_manager,
        blob_host,
    ];
    if fixed.contains(&resource) || RESOURCE_IDS.contains(&resource) {
        return true;
    }
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
