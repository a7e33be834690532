//! The token endpoint: client credentials, authorization codes, device codes and refresh tokens.

use super::{assertion, authorize, claims, error::Refusal, tenant_of_path};
use crate::{
    Body, World,
    server::{call::Call, reply},
    world::{
        Principal,
        directory::{Application, DeviceState, RefreshGrant, User},
        new_guid, read, write,
    },
};
use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use http::Response;
use jiff::SignedDuration;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

pub(super) type Form = [(String, String)];

const DEVICE_CODE: &str = "urn:ietf:params:oauth:grant-type:device_code";
const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
const REFRESH_LIFETIME_HOURS: i64 = 90 * 24;

/// Public clients of Microsoft's that sign people in: Azure CLI, Azure PowerShell, Visual Studio, Graph's command line.
pub(super) const FIRST_PARTY: [&str; 4] = [
    "04b07795-8ddb-461a-bbee-02f9e1bf7b46",
    "1950a258-227b-4e31-a9cf-717495945fc2",
    "872cd9fa-d31f-45e0-9eab-6e460a02d1f1",
    "14d82eec-204b-4c2f-b7e8-296a70dab67e",
];

/// Answers a token request.
pub(super) fn answer(world: &World, tenant: &str, call: &Call) -> Result<Response<Body>, Refusal> {
    let tenant_id = tenant_of_path(world, tenant)?;
    let form = call.form();
    let reply = match field(&form, "grant_type")? {
        "client_credentials" => client_credentials(world, tenant_id, call, &form),
        DEVICE_CODE | "device_code" => device_code(world, tenant_id, &form),
        "authorization_code" => authorize::redeem(world, tenant_id, &form),
        "refresh_token" => refresh_token(world, tenant_id, &form),
        other => Err(Refusal::new(
            400,
            "unsupported_grant_type",
            70003,
            format!("The app requested an unsupported grant type '{other}'."),
        )),
    }?;
    Ok(reply::json(200, &reply))
}

/// A field that must be there.
pub(super) fn field<'a>(form: &'a Form, name: &str) -> Result<&'a str, Refusal> {
    optional(form, name).ok_or_else(|| Refusal::missing(name))
}

pub(super) fn optional<'a>(form: &'a Form, name: &str) -> Option<&'a str> {
    form.iter()
        .find(|(n, v)| n == name && !v.is_empty())
        .map(|(_, v)| v.as_str())
}

/// Refuses clients that may not sign people in without a credential.
pub(super) fn public_client(world: &World, client_id: &str, tenant: &str) -> Result<(), Refusal> {
    if FIRST_PARTY.iter().any(|id| id.eq_ignore_ascii_case(client_id)) {
        return Ok(());
    }
    match read(&world.directory).application(client_id, world.now()) {
        None => Err(Refusal::unknown_application(client_id, tenant)),
        Some(app) if !app.public_client => Err(needs_credential()),
        Some(_) => Ok(()),
    }
}

fn needs_credential() -> Refusal {
    Refusal::credential(
        7_000_218,
        "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.",
    )
}

fn client_credentials(
    world: &World,
    tenant: Option<String>,
    call: &Call,
    form: &Form,
) -> Result<Value, Refusal> {
    let basic = basic_credentials(call);
    let client_id = match &basic {
        Some((id, _)) => id.as_str(),
        None => field(form, "client_id")?,
    };
    let scope = field(form, "scope")?;
    let tenant = tenant.ok_or_else(|| {
        Refusal::request(
            9_001_023,
            "The grant type is not supported over the /common or /consumers endpoints. Please use the /organizations or \
             tenant-specific endpoint.",
        )
    })?;
    if FIRST_PARTY.contains(&client_id) {
        return Err(Refusal::credential(
            700_025,
            "Client is public so neither 'client_assertion' nor 'client_secret' should be presented.",
        ));
    }
    let application = find_application(world, client_id, &tenant)?;
    let secret = basic
        .as_ref()
        .map(|(_, secret)| secret.as_str())
        .or_else(|| optional(form, "client_secret"));
    let proved_by = match (optional(form, "client_assertion"), secret) {
        (Some(jwt), _) if optional(form, "client_assertion_type") == Some(JWT_BEARER) => {
            assertion::check(world, &application, &tenant, jwt)?;
            "2"
        }
        (Some(_), _) => return Err(Refusal::missing("client_assertion_type")),
        (None, Some(secret)) => {
            check_secret(world, &application, secret)?;
            "1"
        }
        (None, None) => return Err(needs_credential()),
    };
    // Microsoft's library for Go asks for these along with it here too, where they have no meaning.
    let protocol = ["openid", "offline_access", "profile"];
    let words: Vec<_> = scope.split(' ').filter(|word| !protocol.contains(word)).collect();
    let scope = words.join(" ");
    let scope = scope.as_str();
    if !scope.ends_with("/.default") || scope.contains(' ') {
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
    let audience = claims::audience_of(world, scope, &tenant)?;
    let principal = service_principal(world, &application, &tenant)?;
    access_reply(world, &principal, &audience, proved_by)
}

fn find_application(world: &World, client_id: &str, tenant: &str) -> Result<Application, Refusal> {
    let directory = read(&world.directory);
    let now = world.now();
    directory
        .application(client_id, now)
        .filter(|app| {
            app.tenant_id == tenant || directory.service_principal(client_id, tenant, now).is_some()
        })
        .cloned()
        .ok_or_else(|| Refusal::unknown_application(client_id, tenant))
}

fn service_principal(world: &World, application: &Application, tenant: &str) -> Result<Principal, Refusal> {
    let directory = read(&world.directory);
    let found = directory.service_principal(&application.app_id, tenant, world.now()).ok_or_else(|| {
        Refusal::credential(
            7_000_229,
            format!(
                "The client application {} is missing service principal in the tenant {tenant}. See instructions here: \
                 https://go.microsoft.com/fwlink/?linkid=2225119",
                application.app_id
            ),
        )
    })?;
    Ok(Principal {
        tenant_id: tenant.to_owned(),
        object_id: found.object_id.clone(),
        app_id: Some(found.app_id.clone()),
        name: found.app_id.clone(),
    })
}

fn basic_credentials(call: &Call) -> Option<(String, String)> {
    let (scheme, rest) = call.header("authorization")?.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let text = String::from_utf8(STANDARD.decode(rest.trim()).ok()?).ok()?;
    let (id, secret) = text.split_once(':')?;
    let plain = |s: &str| {
        percent_encoding::percent_decode_str(s)
            .decode_utf8_lossy()
            .into_owned()
    };
    Some((plain(id), plain(secret)))
}

fn check_secret(world: &World, application: &Application, secret: &str) -> Result<(), Refusal> {
    let now = world.now();
    let hash: [u8; 32] = Sha256::digest(secret).into();
    let known = application
        .password_credentials
        .iter()
        .find(|p| p.secret_sha256 == hash && p.usable_at <= now);
    let app_id = &application.app_id;
    match known {
        Some(p) if p.start <= now && now < p.end => Ok(()),
        Some(_) => Err(Refusal::credential(
            7_000_222,
            format!(
                "The provided client secret keys for app '{app_id}' are expired. Visit the Azure portal to create new keys for \
                 your app: https://aka.ms/NewClientSecret, or consider using certificate credentials for added security: \
                 https://aka.ms/certCreds."
            ),
        )),
        None => Err(Refusal::credential(
            7_000_215,
            format!(
                "Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the \
                 client secret ID, for a secret added to app '{app_id}'."
            ),
        )),
    }
}

fn device_code(world: &World, tenant: Option<String>, form: &Form) -> Result<Value, Refusal> {
    let client_id = field(form, "client_id")?;
    let code = field(form, "device_code")?;
    let now = world.now();
    let (sign_in, person) = {
        let mut directory = write(&world.directory);
        let sign_in = directory.device_sign_ins.get(code).cloned().ok_or_else(|| {
            Refusal::new(
                400,
                "bad_verification_code",
                70018,
                "Invalid verification code due to User typing in wrong code.",
            )
        })?;
        if !sign_in.client_id.eq_ignore_ascii_case(client_id) {
            return Err(Refusal::grant(
                70002,
                "The specified 'client_id' does not match the device code's.",
            ));
        }
        if sign_in.expires_at <= now {
            return Err(Refusal::new(
                400,
                "expired_token",
                70019,
                "The code has expired. Please start over.",
            ));
        }
        let person = match &sign_in.state {
            DeviceState::Pending => return Err(pending()),
            DeviceState::Declined => {
                return Err(Refusal::new(
                    400,
                    "authorization_declined",
                    70021,
                    "The end-user denied the authorization request.",
                ));
            }
            DeviceState::Approved(id) => directory.user(id).cloned(),
        };
        directory.device_sign_ins.remove(code);
        (sign_in, person)
    };
    let person =
        person.ok_or_else(|| Refusal::grant(50034, "The user account does not exist in the directory."))?;
    person_reply(
        world,
        &person,
        tenant.or(sign_in.tenant_id),
        client_id,
        &sign_in.scope,
    )
}

fn pending() -> Refusal {
    Refusal::new(
        400,
        "authorization_pending",
        70016,
        "OAuth 2.0 device flow error. Authorization is pending. Continue polling.",
    )
}

fn refresh_token(world: &World, tenant: Option<String>, form: &Form) -> Result<Value, Refusal> {
    let client_id = field(form, "client_id")?;
    let token = field(form, "refresh_token")?;
    let now = world.now();
    let person = {
        let directory = read(&world.directory);
        let grant = directory
            .refresh_grants
            .get(token)
            .ok_or_else(|| Refusal::grant(9_002_313, "Invalid request. Request is malformed or invalid."))?;
        if !grant.client_id.eq_ignore_ascii_case(client_id) {
            return Err(Refusal::grant(
                70000,
                "The refresh token was issued to another client.",
            ));
        }
        if grant.expires_at <= now {
            return Err(Refusal::grant(
                700_082,
                "The refresh token has expired due to inactivity.",
            ));
        }
        directory.user(&grant.user_id).cloned()
    };
    let person =
        person.ok_or_else(|| Refusal::grant(50034, "The user account does not exist in the directory."))?;
    let scope = optional(form, "scope").unwrap_or("https://graph.microsoft.com/.default offline_access");
    person_reply(world, &person, tenant, client_id, scope)
}

/// Tokens for a person: access, and refresh and id where the scopes ask for them.
pub(super) fn person_reply(
    world: &World,
    person: &User,
    tenant: Option<String>,
    client_id: &str,
    scope: &str,
) -> Result<Value, Refusal> {
    let tenant = tenant.unwrap_or_else(|| person.tenant_id.clone());
    if tenant != person.tenant_id {
        return Err(Refusal::grant(
            50020,
            format!(
                "User account '{}' from identity provider 'https://sts.windows.net/{}/' does not exist in tenant '{tenant}'.",
                person.principal_name, person.tenant_id
            ),
        ));
    }
    let audience = claims::audience_of(world, scope, &tenant)?;
    let principal = Principal {
        tenant_id: tenant,
        object_id: person.object_id.clone(),
        app_id: None,
        name: person.principal_name.clone(),
    };
    let mut reply = access_reply(world, &principal, &audience, "0")?;
    reply["scope"] = json!(format!("{}/user_impersonation", audience.trim_end_matches('/')));
    let asked: Vec<&str> = scope.split_whitespace().collect();
    if asked.contains(&"offline_access") {
        let token = format!("1.{}.{}", new_guid(), new_guid());
        let now = world.now();
        let grant = RefreshGrant {
            user_id: person.object_id.clone(),
            client_id: client_id.to_owned(),
            expires_at: now
                .checked_add(SignedDuration::from_hours(REFRESH_LIFETIME_HOURS))
                .unwrap_or(now),
        };
        write(&world.directory)
            .refresh_grants
            .insert(token.clone(), grant);
        reply["refresh_token"] = json!(token);
    }
    if asked.contains(&"openid") {
        reply["id_token"] = json!(id_token(world, person, client_id)?);
        let info = json!({"uid": person.object_id, "utid": person.tenant_id});
        reply["client_info"] = json!(URL_SAFE_NO_PAD.encode(info.to_string()));
    }
    Ok(reply)
}

fn id_token(world: &World, person: &User, client_id: &str) -> Result<String, Refusal> {
    let now_s = world.now().as_second();
    let claims = json!({
        "aud": client_id,
        "iss": format!("{}/{}/v2.0", world.endpoints().login, person.tenant_id),
        "iat": now_s,
        "nbf": now_s,
        "exp": now_s + i64::from(world.options().token_lifetime_s),
        "name": person.display_name,
        "oid": person.object_id,
        "preferred_username": person.principal_name,
        "sub": person.object_id,
        "tid": person.tenant_id,
        "ver": "2.0",
    });
    world.tokens.sign(&claims).map_err(|_| unsigned())
}

fn access_reply(
    world: &World,
    principal: &Principal,
    audience: &str,
    appidacr: &str,
) -> Result<Value, Refusal> {
    let token = world
        .tokens
        .sign(&claims::access_claims(world, principal, audience, appidacr))
        .map_err(|_| unsigned())?;
    let lifetime_s = world.options().token_lifetime_s;
    Ok(json!({
        "token_type": "Bearer",
        "expires_in": lifetime_s,
        "ext_expires_in": lifetime_s,
        "access_token": token,
    }))
}

fn unsigned() -> Refusal {
    Refusal::new(500, "server_error", 90033, "A token could not be signed.")
}
