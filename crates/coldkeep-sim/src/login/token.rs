//! The token endpoint: which grant is asked for, and tokens for applications that act for themselves
//! (<https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow>).

use super::{
    authorize,
    claims::{self, Given},
    client::{self, ClientCredential},
    error::Refusal,
    form::{Form, field},
    person, resources,
    tenant::tenant_of_path,
};
use crate::{
    Body, World,
    wire::{call::Call, read, reply},
    world::{Principal, directory::Application, first_party, tokens::Strength},
};
use http::Response;
use serde_json::{Value, json};

const DEVICE_CODE: &str = "urn:ietf:params:oauth:grant-type:device_code";

/// Answers a token request.
pub(super) fn answer(world: &World, tenant: &str, call: &Call) -> Result<Response<Body>, Refusal> {
    let tenant_id = tenant_of_path(world, tenant)?;
    let form = call.form();
    let grant = field(&form, "grant_type")?;
    let shown = client::read_client(call, &form)?;
    let reply = match grant {
        "client_credentials" => client_credentials(world, tenant, tenant_id, &shown, &form),
        DEVICE_CODE | "device_code" => person::by_device_code(world, tenant_id, &shown, &form),
        "authorization_code" => authorize::redeem(world, tenant_id, &shown, &form),
        "refresh_token" => person::by_refresh_token(world, tenant_id, &shown, &form),
        other => Err(Refusal::new(
            400,
            "unsupported_grant_type",
            70003,
            format!("The app requested an unsupported grant type '{other}'."),
        )),
    }?;
    Ok(reply::json(200, &reply))
}

fn client_credentials(
    world: &World,
    named: &str,
    tenant: Option<String>,
    shown: &ClientCredential<'_>,
    form: &Form,
) -> Result<Value, Refusal> {
    let scope = field(form, "scope")?;
    let tenant = tenant.ok_or_else(|| {
        Refusal::request(
            9_001_023,
            "The grant type is not supported over the /common or /consumers endpoints. Please use the /organizations or \
             tenant-specific endpoint.",
        )
    })?;
    if first_party::is_client(&shown.id) {
        return Err(client::is_public());
    }
    let application = client::find_application(world, &shown.id, Some(&tenant))?;
    let proof = shown.check(world, &application, &tenant)?;
    check_scope(scope)?;
    let wanted = resources::wanted(world, scope, named)?;
    let principal = service_principal(world, &application, &tenant)?;
    let permissions = claims::roles(world, &principal, &wanted.app_id);
    access_reply(
        world,
        &Given {
            principal: &principal,
            client_id: &application.app_id,
            audience: &wanted.audience,
            resource: &wanted.app_id,
            proof,
            permissions: &permissions,
            strength: Strength::default(),
        },
    )
}

/// There is no consent while an application signs in: the scope is one resource, with all that was granted before.
fn check_scope(scope: &str) -> Result<(), Refusal> {
    // Microsoft's library for Go asks for what belongs to people here too, where it has no meaning.
    let protocol = ["openid", "offline_access", "profile"];
    let named: Vec<&str> = scope.split(' ').filter(|word| !protocol.contains(word)).collect();
    let scope = named.join(" ");
    if scope.contains(' ') {
        return Err(Refusal::new(
            400,
            "invalid_scope",
            70011,
            format!(
                "The provided request must include a 'scope' input parameter. The provided value for the input parameter \
                 'scope' is not valid. The scope {scope} is not valid."
            ),
        ));
    }
    if !scope.ends_with("/.default") {
        return Err(Refusal::new(
            400,
            "invalid_scope",
            1_002_012,
            format!(
                "The provided value for scope {scope} is not valid. Client credential flows must have a scope value with \
                 /.default suffixed to the resource identifier (application ID URI)."
            ),
        ));
    }
    Ok(())
}

fn service_principal(world: &World, application: &Application, tenant: &str) -> Result<Principal, Refusal> {
    let directory = read(&world.directory);
    let found = directory.service_principal(&application.app_id, tenant, world.seen_until()).ok_or_else(|| {
        Refusal::credential(
            7_000_229,
            format!(
                "The client application {} is missing service principal in the tenant {tenant}. See instructions here: \
                 https://go.microsoft.com/fwlink/?linkid=2225119",
                application.app_id
            ),
        )
    })?;
    client::enabled(found)?;
    Ok(Principal {
        tenant_id: tenant.to_owned(),
        object_id: found.object_id.clone(),
        app_id: Some(found.app_id.clone()),
        name: found.app_id.clone(),
    })
}

/// The reply with an access token.
pub(super) fn access_reply(world: &World, given: &Given<'_>) -> Result<Value, Refusal> {
    let token = sign(world, &claims::access_claims(world, given))?;
    let lifetime_s = world.options().token_lifetime_s;
    Ok(json!({
        "token_type": "Bearer",
        "expires_in": lifetime_s,
        "ext_expires_in": lifetime_s,
        "access_token": token,
    }))
}

/// A signed token.
pub(super) fn sign(world: &World, claims: &Value) -> Result<String, Refusal> {
    let unsigned = |_| Refusal::new(500, "server_error", 90033, "A token could not be signed.");
    world.tokens.sign(claims).map_err(unsigned)
}
