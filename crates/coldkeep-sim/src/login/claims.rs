//! The claims of tokens (<https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference>).

use super::{client::Proof, resources};
use crate::{
    World,
    wire::{new_guid, read},
    world::{
        Principal,
        directory::User,
        first_party::{
            CLIENTS, GRAPH, GRAPH_SCOPES_OF_CLIENTS, GRAPH_SCOPES_OF_GRAPH_CLI, RESOURCE_MANAGER, STORAGE,
            is_client,
        },
        sign_in_rules::Mfa,
        tokens::Strength,
    },
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// The role every member of a tenant has, by template id.
const MEMBER: &str = "b79fbf4d-3ef9-4689-8143-76b194e85509";
/// What `wids` holds for an application.
const APPLICATION: &str = "0997a1d0-0d1d-4acb-b408-d5ca73121e90";
/// Tokens are backdated, for clocks that run slow.
const BACKDATED_S: i64 = 300;

/// What an access token is given for.
pub(super) struct Given<'a> {
    pub principal: &'a Principal,
    pub client_id: &'a str,
    pub audience: &'a str,
    /// Application id of the resource.
    pub resource: &'a str,
    pub proof: Proof,
    /// App roles of an application's token, scopes of a person's.
    pub permissions: &'a [String],
    /// How strongly a person has signed in.
    pub strength: Strength,
}

/// The claims of an access token. Version 1 tokens, as Entra gives for Graph, Resource Manager and Storage: the issuer is
/// `https://sts.windows.net/TENANT/`. An application that is a resource itself may ask for version 2.
pub(super) fn access_claims(world: &World, given: &Given<'_>) -> Value {
    let now_s = world.now().as_second();
    let principal = given.principal;
    let issuer = format!("https://sts.windows.net/{}/", principal.tenant_id);
    let mut claims = json!({
        "aud": given.audience,
        "iss": issuer,
        "iat": now_s - BACKDATED_S,
        "nbf": now_s - BACKDATED_S,
        "exp": now_s + i64::from(world.options().token_lifetime_s),
        "aio": opaque(),
        "appid": given.client_id,
        "appidacr": given.proof.appidacr(),
        "oid": principal.object_id,
        "rh": format!("1.{}.", opaque()),
        "tid": principal.tenant_id,
        "uti": opaque(),
        "ver": "1.0",
    });
    let directory = read(&world.directory);
    if principal.app_id.is_some() {
        claims["idp"] = json!(issuer);
        claims["idtyp"] = json!("app");
        claims["sub"] = json!(principal.object_id);
        if !given.permissions.is_empty() {
            claims["roles"] = json!(given.permissions);
        }
        if given.resource == GRAPH {
            claims["wids"] = json!([APPLICATION]);
        }
    } else {
        claims["idtyp"] = json!("user");
        claims["acr"] = json!("1");
        claims["amr"] = match given.strength.mfa {
            true => json!(["pwd", "mfa"]),
            false => json!(["pwd"]),
        };
        if given.strength.asked {
            claims["acrs"] = json!(["p1"]);
        }
        claims["ipaddr"] = json!("127.0.0.1");
        claims["upn"] = json!(principal.name);
        claims["unique_name"] = json!(principal.name);
        claims["scp"] = json!(given.permissions.join(" "));
        claims["sub"] = json!(pairwise(&principal.object_id, given.resource));
        if let Some(user) = directory.user(&principal.object_id) {
            claims["name"] = json!(user.display_name);
            let roles = user.roles().into_iter().chain([MEMBER.to_owned()]);
            claims["wids"] = json!(roles.collect::<Vec<_>>());
        }
    }
    if directory.wants_version_2(given.resource) {
        to_version_2(world, given, &mut claims);
    }
    if given.resource == GRAPH {
        claims["app_displayname"] = json!(display_name(&directory, given.client_id));
        claims["tenant_region_scope"] = json!("EU");
    }
    claims
}

/// The claims that differ in version 2 of access tokens.
fn to_version_2(world: &World, given: &Given<'_>, claims: &mut Value) {
    let issuer = format!("{}/{}/v2.0", world.endpoints().login, given.principal.tenant_id);
    claims["ver"] = json!("2.0");
    claims["aud"] = json!(given.resource);
    claims["iss"] = json!(issuer);
    let names = [
        ("appid", "azp"),
        ("appidacr", "azpacr"),
        ("upn", "preferred_username"),
    ];
    let Some(claims) = claims.as_object_mut() else {
        return;
    };
    for (old, new) in names {
        if let Some(value) = claims.remove(old) {
            claims.insert(new.to_owned(), value);
        }
    }
    for gone in ["unique_name", "acr", "amr", "ipaddr", "idp"] {
        claims.remove(gone);
    }
}

/// The claims of a token given without a request: to a person by a client, to an application for a certificate.
pub(crate) fn direct_claims(world: &World, principal: &Principal, client_id: &str, audience: &str) -> Value {
    let scope = format!("{audience}/.default");
    let resource = resources::wanted(world, &scope, &principal.tenant_id).map(|wanted| wanted.app_id);
    let resource = resource.unwrap_or_default();
    let (client_id, permissions) = match &principal.app_id {
        Some(app_id) => (app_id.as_str(), roles(world, principal, &resource)),
        None => (client_id, scopes(world, principal, client_id, &resource, &[])),
    };
    access_claims(
        world,
        &Given {
            principal,
            client_id,
            audience,
            resource: &resource,
            proof: match principal.app_id {
                Some(_) => Proof::Assertion,
                None => Proof::Nothing,
            },
            permissions: &permissions,
            strength: Strength {
                mfa: world.sign_in_rules().mfa == Mfa::Always,
                asked: world.sign_in_rules().mfa == Mfa::Always,
            },
        },
    )
}

/// App roles of a resource (application id) that an application holds.
pub(super) fn roles(world: &World, principal: &Principal, resource: &str) -> Vec<String> {
    let directory = read(&world.directory);
    directory
        .service_principal(resource, &principal.tenant_id, world.seen_until())
        .map(|found| directory.roles_held(&principal.object_id, &found.object_id))
        .unwrap_or_default()
}

/// Scopes of a resource (application id) in which a client may act for a person: Microsoft's clients have theirs without
/// consent, others what was granted and what the person just consented to by signing in.
pub(super) fn scopes(
    world: &World,
    person: &Principal,
    client_id: &str,
    resource: &str,
    asked: &[String],
) -> Vec<String> {
    if is_client(client_id) {
        let fixed = match resource {
            GRAPH if client_id == CLIENTS[3] => Some(GRAPH_SCOPES_OF_GRAPH_CLI),
            GRAPH => Some(GRAPH_SCOPES_OF_CLIENTS),
            RESOURCE_MANAGER | STORAGE => Some("user_impersonation"),
            _ => None,
        };
        if let Some(fixed) = fixed {
            return fixed.split_whitespace().map(str::to_owned).collect();
        }
    }
    let directory = read(&world.directory);
    let now = world.seen_until();
    let of = |app_id: &str| directory.service_principal(app_id, &person.tenant_id, now);
    let granted = match (of(client_id), of(resource)) {
        (Some(client), Some(resource)) => {
            directory.scopes_granted(&client.object_id, &resource.object_id, &person.object_id)
        }
        _ => vec![],
    };
    let mut all: Vec<String> = granted.into_iter().chain(asked.iter().cloned()).collect();
    if all.is_empty() {
        all = match resource {
            GRAPH => vec!["User.Read".to_owned()],
            RESOURCE_MANAGER | STORAGE => vec!["user_impersonation".to_owned()],
            own => directory.scopes_offered(own, &person.tenant_id),
        };
    }
    all.sort();
    all.dedup();
    all
}

/// The claims of an id token, version 2
/// (<https://learn.microsoft.com/entra/identity-platform/id-token-claims-reference>).
pub(super) fn id_claims(
    world: &World,
    person: &User,
    client_id: &str,
    nonce: Option<&str>,
    email: bool,
) -> Value {
    let now_s = world.now().as_second();
    let mut claims = json!({
        "aud": client_id,
        "iss": format!("{}/{}/v2.0", world.endpoints().login, person.tenant_id),
        "iat": now_s - BACKDATED_S,
        "nbf": now_s - BACKDATED_S,
        "exp": now_s + i64::from(world.options().token_lifetime_s),
        "aio": opaque(),
        "name": person.display_name,
        "oid": person.object_id,
        "preferred_username": person.principal_name,
        "rh": format!("1.{}.", opaque()),
        "sub": pairwise(&person.object_id, client_id),
        "tid": person.tenant_id,
        "uti": opaque(),
        "ver": "2.0",
    });
    if let Some(nonce) = nonce {
        claims["nonce"] = json!(nonce);
    }
    if email {
        claims["email"] = json!(person.principal_name);
    }
    claims
}

fn display_name(directory: &crate::world::directory::Directory, client_id: &str) -> String {
    let app = directory.applications.iter().find(|a| a.app_id == client_id);
    let first = || {
        if client_id == CLIENTS[0] {
            "Microsoft Azure CLI"
        } else {
            "Microsoft client"
        }
    };
    app.map_or_else(|| first().to_owned(), |a| a.display_name.clone())
}

/// A person's subject: another one for every client or resource that reads it.
pub(crate) fn pairwise(object_id: &str, reader: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(format!("{object_id}|{reader}")))
}

/// What only Entra reads: 22 characters.
fn opaque() -> String {
    URL_SAFE_NO_PAD.encode(&Sha256::digest(new_guid())[..16])
}
