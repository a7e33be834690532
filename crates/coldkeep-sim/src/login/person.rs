//! Tokens for people: by device code, by refresh token, and what every such reply holds
//! (<https://learn.microsoft.com/entra/identity-platform/refresh-tokens>).

use super::{
    claims::{self, Given},
    client::{self, ClientCredential, Proof},
    error::Refusal,
    form::{self, Form},
    resources::{self, WantedScopes},
    step_up::{self, Session},
    token,
};
use crate::{
    World,
    wire::{new_guid, read, write},
    world::{
        Principal,
        directory::{DeviceState, RefreshGrant, User},
        first_party::GRAPH,
        sign_in_rules::DeviceCodes,
    },
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use jiff::SignedDuration;
use serde_json::{Value, json};

const REFRESH_LIFETIME_HOURS: i64 = 90 * 24;

/// Who signed in, by which client, and what is asked for.
pub(super) struct SignedIn<'a> {
    pub person: Option<User>,
    /// The tenant's id; `None`: the person's own.
    pub tenant: Option<String>,
    pub client_id: &'a str,
    pub proof: Proof,
    pub scope: &'a str,
    pub nonce: Option<&'a str>,
    pub session: Session,
    /// Whether the request asked for a second factor.
    pub step_up: bool,
    /// Whether the client requests information about the user in addition to the id token.
    pub client_info: bool,
}

/// Gives tokens once the person has approved.
pub(super) fn by_device_code(
    world: &World,
    tenant: Option<String>,
    shown: &ClientCredential<'_>,
    form: &Form,
) -> Result<Value, Refusal> {
    let code = form::field(form, "device_code")?;
    let public = client::is_public_client(world, &shown.id, tenant.as_deref())?;
    let now = world.now();
    let sign_in = read(&world.directory)
        .device_sign_ins
        .get(code)
        .cloned()
        .ok_or_else(|| {
            Refusal::new(
                400,
                "bad_verification_code",
                70018,
                "Invalid verification code due to User typing in wrong code.",
            )
        })?;
    if !sign_in.client_id.eq_ignore_ascii_case(&shown.id) {
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
    let person_id = match &sign_in.state {
        DeviceState::Pending => return Err(pending()),
        DeviceState::Declined => {
            return Err(Refusal::new(
                400,
                "authorization_declined",
                70021,
                "The end-user denied the authorization request.",
            ));
        }
        DeviceState::Approved(id) => id.clone(),
    };
    if world.sign_in_rules().device_codes == DeviceCodes::RefusedAtPoll {
        return Err(step_up::blocked(world));
    }
    // Entra asks for a credential only now: a client that is not public is noticed after the person's work.
    let proof = shown.check_for_person(world, tenant.as_deref(), public)?;
    let person = {
        let mut directory = write(&world.directory);
        directory.device_sign_ins.remove(code);
        directory.user(&person_id).cloned()
    };
    reply(
        world,
        SignedIn {
            person,
            tenant: tenant.or(sign_in.tenant_id),
            client_id: &shown.id,
            proof,
            scope: &sign_in.scope,
            nonce: None,
            session: Session {
                interactive: true,
                device_code: true,
                ..Session::default()
            },
            step_up: sign_in.step_up,
            client_info: wants_client_info(form),
        },
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

/// Gives tokens for another resource, or again for the same.
pub(super) fn by_refresh_token(
    world: &World,
    tenant: Option<String>,
    shown: &ClientCredential<'_>,
    form: &Form,
) -> Result<Value, Refusal> {
    let text = form::field(form, "refresh_token")?;
    let grant = read(&world.directory)
        .refresh_grants
        .get(text)
        .cloned()
        .ok_or_else(|| Refusal::grant(9_002_313, "Invalid request. Request is malformed or invalid."))?;
    client::is_public_client(world, &shown.id, tenant.as_deref())?;
    if !grant.client_id.eq_ignore_ascii_case(&shown.id) {
        return Err(Refusal::grant(
            70000,
            "The refresh token was issued to another client.",
        ));
    }
    let proof = shown.check_for_person(world, tenant.as_deref(), grant.public)?;
    if grant.expires_at <= world.now() {
        return Err(Refusal::grant(
            700_082,
            "The refresh token has expired due to inactivity.",
        ));
    }
    if grant.revoked {
        return Err(Refusal::grant(
            50173,
            "The provided grant has expired due to it being revoked, a fresh auth token is needed. The user might have changed \
             or reset their password.",
        ));
    }
    if grant.device_code && world.sign_in_rules().device_codes == DeviceCodes::RefusedAtRefresh {
        return Err(step_up::blocked_refresh());
    }
    let person = read(&world.directory).user(&grant.user_id).cloned();
    // Without scopes the tokens are for what was asked for first.
    let scope = form::optional(form, "scope").unwrap_or(&grant.scope);
    reply(
        world,
        SignedIn {
            person,
            tenant,
            client_id: &shown.id,
            proof,
            scope,
            nonce: None,
            session: Session {
                interactive: false,
                mfa: grant.mfa,
                device_code: grant.device_code,
            },
            step_up: step_up::asks(form::optional(form, "claims"))?,
            client_info: wants_client_info(form),
        },
    )
}

/// Whether the client asked for `client_info`, as Microsoft's libraries do.
pub(super) fn wants_client_info(form: &Form) -> bool {
    form::optional(form, "client_info") == Some("1")
}

/// Tokens for a person: access, and refresh and id where the scopes ask for them.
pub(super) fn reply(world: &World, signed_in: SignedIn<'_>) -> Result<Value, Refusal> {
    let person = signed_in
        .person
        .as_ref()
        .ok_or_else(|| Refusal::grant(50034, "The user account does not exist in the directory."))?;
    let tenant = signed_in
        .tenant
        .clone()
        .unwrap_or_else(|| person.tenant_id.clone());
    if tenant != person.tenant_id {
        return Err(Refusal::grant(
            50020,
            format!(
                "User account '{}' from identity provider 'https://sts.windows.net/{}/' does not exist in tenant '{tenant}'.",
                person.principal_name, person.tenant_id
            ),
        ));
    }
    let wanted = resources::wanted(world, signed_in.scope, &tenant)?;
    let principal = Principal {
        tenant_id: tenant,
        object_id: person.object_id.clone(),
        app_id: None,
        name: person.principal_name.clone(),
    };
    let asked = resources::defined(world, &wanted, &principal.tenant_id)?;
    let strength = step_up::strength(world, signed_in.session, signed_in.step_up, &wanted)?;
    let permissions = claims::scopes(world, &principal, signed_in.client_id, &wanted.app_id, &asked);
    let mut reply = token::access_reply(
        world,
        &Given {
            principal: &principal,
            client_id: signed_in.client_id,
            audience: &wanted.audience,
            resource: &wanted.app_id,
            proof: signed_in.proof,
            permissions: &permissions,
            strength,
        },
    )?;
    reply["scope"] = json!(granted(&wanted, &permissions));
    if wanted.offline {
        reply["refresh_token"] = json!(refresh_token(world, person, &signed_in, strength.mfa));
    }
    if wanted.openid {
        let claims = claims::id_claims(world, person, signed_in.client_id, signed_in.nonce, wanted.email);
        reply["id_token"] = json!(token::sign(world, &claims)?);
    }
    if signed_in.client_info {
        let info = json!({"uid": person.object_id, "utid": person.tenant_id});
        reply["client_info"] = json!(URL_SAFE_NO_PAD.encode(info.to_string()));
    }
    Ok(reply)
}

/// The scopes of a reply: by their full names, with `/.default` if that was requested. Those of OpenID Connect are only
/// included together with Graph's.
fn granted(wanted: &WantedScopes, permissions: &[String]) -> String {
    let audience = wanted.audience.trim_end_matches('/');
    let full = |name: &String| match name.as_str() {
        "openid" | "profile" | "email" => name.clone(),
        _ => format!("{audience}/{name}"),
    };
    let mut all: Vec<String> = permissions.iter().map(full).collect();
    if wanted.app_id == GRAPH && wanted.openid {
        all.extend(["openid", "profile", "email"].map(str::to_owned));
    }
    all.extend(wanted.default.clone());
    all.sort();
    all.dedup();
    all.join(" ")
}

fn refresh_token(world: &World, person: &User, signed_in: &SignedIn<'_>, mfa: bool) -> String {
    let text = format!("1.{}.{}", new_guid(), new_guid());
    let now = world.now();
    let grant = RefreshGrant {
        user_id: person.object_id.clone(),
        client_id: signed_in.client_id.to_owned(),
        public: signed_in.proof == Proof::Nothing,
        expires_at: now
            .checked_add(SignedDuration::from_hours(REFRESH_LIFETIME_HOURS))
            .unwrap_or(now),
        revoked: false,
        mfa,
        device_code: signed_in.session.device_code,
        scope: signed_in.scope.to_owned(),
    };
    write(&world.directory).refresh_grants.insert(text.clone(), grant);
    text
}
