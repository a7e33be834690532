//! The authorization code flow with PKCE: a page for the person, a code for the client
//! (<https://learn.microsoft.com/entra/identity-platform/v2-oauth2-auth-code-flow>).

use super::{
    asked::{Asked, asked, challenge_of, escaped},
    client::ClientCredential,
    error::Refusal,
    form::{self, Form},
    person::{self, SignedIn, wants_client_info},
    step_up::Session,
};
use crate::{
    Body, World,
    wire::{call::Call, new_guid, read, reply, write},
    world::{directory::AuthorizationCode, unknown::Unknown},
};
use http::Response;
use jiff::SignedDuration;
use serde_json::Value;
use url::Url;

/// How long a code may be redeemed.
const LIFETIME_S: i64 = 600;

/// The page on which a person signs in. Who it is, is a field: the simulator has no passwords.
pub(super) fn page(world: &World, tenant: &str, call: &Call) -> Response<Body> {
    match asked(world, tenant, |name| call.query(name)) {
        Ok(asked) if asked.silent => asked.back(&[
            ("error", "login_required"),
            (
                "error_description",
                "AADSTS50058: A silent sign-in request was sent but no user is signed in.",
            ),
        ]),
        Ok(asked) => sign_in_page(world, &asked, call.query("login_hint"), None),
        Err(refusal) => error_page(&refusal),
    }
}

/// What the page sends: the browser goes back to the client with a code or a refusal.
pub(super) fn answer(world: &World, tenant: &str, call: &Call) -> Response<Body> {
    let asked = match asked(world, tenant, |name| call.query(name)) {
        Ok(asked) => asked,
        Err(refusal) => return error_page(&refusal),
    };
    let form = call.form();
    if form::optional(&form, "cancel").is_some() {
        let said = [
            ("error", "access_denied"),
            ("error_subcode", "cancel"),
            (
                "error_description",
                "AADSTS65004: User declined to consent to access the app.",
            ),
        ];
        return asked.back(&said);
    }
    let name = form::optional(&form, "user").unwrap_or_default().trim();
    match issue_code(world, &asked, name) {
        Some(code) => asked.back(&[("code", &code), ("session_state", &new_guid())]),
        None => sign_in_page(world, &asked, Some(name), Some("That user is not known.")),
    }
}

/// Signs a person in on the page of this address without showing it; answers the address the browser goes to.
pub(crate) fn approve(world: &World, authorize_url: &str, user: &str) -> Result<String, Unknown> {
    let url = Url::parse(authorize_url).map_err(|e| Unknown(format!("page `{authorize_url}` ({e})")))?;
    let query: Vec<(String, String)> = url.query_pairs().into_owned().collect();
    let tenant = url
        .path_segments()
        .and_then(|mut parts| parts.next())
        .unwrap_or_default();
    let of = |name: &str| query.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str());
    let asked = asked(world, tenant, of).map_err(|refusal| Unknown(refusal.message))?;
    let code = issue_code(world, &asked, user).ok_or_else(|| Unknown(format!("user `{user}`")))?;
    Ok(asked.address_back(&[("code", &code)]))
}

/// A code for this user; none if the user does not exist.
fn issue_code(world: &World, asked: &Asked, name: &str) -> Option<String> {
    let person = read(&world.directory).user(name).cloned()?;
    let code = format!("1.{}{}", new_guid(), new_guid()).replace('-', "");
    let now = world.now();
    let kept = AuthorizationCode {
        client_id: asked.client_id.clone(),
        tenant_id: asked.tenant_id.clone(),
        user_id: person.object_id,
        redirect_uri: asked.redirect_text.clone(),
        public: asked.public,
        challenge: asked.challenge.clone(),
        nonce: asked.nonce.clone(),
        scope: asked.scope.clone(),
        step_up: asked.step_up,
        expires_at: now
            .checked_add(SignedDuration::from_secs(LIFETIME_S))
            .unwrap_or(now),
        redeemed: false,
    };
    let keep = SignedDuration::from_secs(LIFETIME_S);
    let mut directory = write(&world.directory);
    directory
        .authorization_codes
        .retain(|_, c| now < c.expires_at + keep);
    directory.authorization_codes.insert(code.clone(), kept);
    Some(code)
}

/// Gives tokens for a code, once.
pub(super) fn redeem(
    world: &World,
    tenant: Option<String>,
    shown: &ClientCredential<'_>,
    form: &Form,
) -> Result<Value, Refusal> {
    let code = form::field(form, "code")?;
    let kept = read(&world.directory)
        .authorization_codes
        .get(code)
        .cloned()
        .ok_or_else(|| Refusal::grant(9_002_313, "Invalid request. Request is malformed or invalid."))?;
    check_code(world, &kept, shown, form)?;
    let proof = shown.check_for_person(world, tenant.as_deref(), kept.public)?;
    let person = {
        let mut directory = write(&world.directory);
        let taken = directory.authorization_codes.get_mut(code);
        // Two requests may have come this far.
        if taken.is_none_or(|taken| std::mem::replace(&mut taken.redeemed, true)) {
            return Err(redeemed());
        }
        directory.user(&kept.user_id).cloned()
    };
    person::reply(
        world,
        SignedIn {
            person,
            tenant: tenant.or(kept.tenant_id),
            client_id: &shown.id,
            proof,
            scope: form::optional(form, "scope").unwrap_or(&kept.scope),
            nonce: kept.nonce.as_deref(),
            session: Session {
                interactive: true,
                ..Session::default()
            },
            step_up: kept.step_up,
            client_info: wants_client_info(form),
        },
    )
}

fn redeemed() -> Refusal {
    Refusal::grant(
        54005,
        "OAuth2 Authorization code was already redeemed, please retry with a new valid code or use an existing refresh token.",
    )
}

/// Whether a code may be redeemed by this request.
fn check_code(
    world: &World,
    kept: &AuthorizationCode,
    shown: &ClientCredential<'_>,
    form: &Form,
) -> Result<(), Refusal> {
    let redirect_uri = form::field(form, "redirect_uri")?;
    if kept.redeemed {
        return Err(redeemed());
    }
    if kept.expires_at <= world.now() {
        return Err(Refusal::grant(
            70008,
            "The provided authorization code or refresh token has expired due to inactivity.",
        ));
    }
    if !kept.client_id.eq_ignore_ascii_case(&shown.id) {
        return Err(Refusal::grant(
            700_005,
            "The provided authorization code was issued to another client.",
        ));
    }
    if kept.redirect_uri != redirect_uri {
        return Err(Refusal::grant(
            500_112,
            format!("The reply address '{redirect_uri}' does not match the one the code was requested for."),
        ));
    }
    let verifier = form::optional(form, "code_verifier");
    match (&kept.challenge, verifier) {
        (None, _) => Ok(()),
        (Some(_), None) => Err(Refusal::grant(
            50148,
            "The code_verifier does not match the code_challenge supplied in the authorization request for PKCE.",
        )),
        (Some(challenge), Some(verifier)) if challenge_of(verifier) == *challenge => Ok(()),
        (Some(_), Some(_)) => Err(Refusal::grant(
            501_481,
            "The Code_Verifier does not match the code_challenge supplied in the authorization request.",
        )),
    }
}

fn sign_in_page(world: &World, asked: &Asked, user: Option<&str>, outcome: Option<&str>) -> Response<Body> {
    let directory = read(&world.directory);
    let people: String = directory
        .users
        .iter()
        .map(|u| format!("<option value=\"{}\">", escaped(&u.principal_name)))
        .collect();
    let first = directory.users.first().map(|u| u.principal_name.as_str());
    let user = escaped(user.or(first).unwrap_or_default());
    let outcome = outcome
        .map(|text| format!("<p><strong>{}</strong></p>", escaped(text)))
        .unwrap_or_default();
    let client = escaped(&asked.client_id);
    // Without an action a form goes back to its own address, query and all.
    reply::html(
        200,
        format!(
            "<!doctype html><html lang=\"en\"><title>Sign in</title><h1>Sign in</h1><p>The client {client} asks you to sign \
             in.</p>{outcome}<form method=\"post\"><p><label>User <input name=\"user\" list=\"people\" value=\"{user}\" \
             autofocus></label><datalist id=\"people\">{people}</datalist></p><p><button>Sign in</button> <button \
             name=\"cancel\" value=\"yes\">Cancel</button></p></form></html>"
        ),
    )
}

/// An error that cannot be sent back: the redirect address is not trusted.
fn error_page(refusal: &Refusal) -> Response<Body> {
    reply::html(
        refusal.status,
        format!(
            "<!doctype html><html lang=\"en\"><title>Sign in</title><h1>Sorry, but we are having trouble signing you in.</h1>\
             <p>AADSTS{}: {}</p></html>",
            refusal.code,
            escaped(&refusal.message)
        ),
    )
}
