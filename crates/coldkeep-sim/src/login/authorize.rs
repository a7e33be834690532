//! The authorization code flow with PKCE: a page for the person, a code for the client
//! (<https://learn.microsoft.com/entra/identity-platform/v2-oauth2-auth-code-flow>).

use super::{
    error::Refusal,
    tenant_of_path,
    token::{self, Form},
};
use crate::{
    Body, World,
    server::{call::Call, reply},
    world::{directory::AuthorizationCode, handles::Unknown, new_guid, read, write},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use http::Response;
use jiff::SignedDuration;
use serde_json::Value;
use sha2::{Digest, Sha256};
use url::{Host, Url};

/// How long a code may be redeemed.
const LIFETIME_S: i64 = 600;

/// What a client asks for, once it makes sense.
struct Asked {
    client_id: String,
    tenant_id: Option<String>,
    redirect_uri: Url,
    /// As it was written: it must be the same when the code is redeemed.
    redirect_text: String,
    state: Option<String>,
    challenge: String,
    scope: String,
}

/// The page on which a person signs in. Who it is, is a field: the simulator has no passwords.
pub(super) fn page(world: &World, tenant: &str, call: &Call) -> Response<Body> {
    match asked(world, tenant, |name| call.query(name)) {
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
    if token::optional(&form, "cancel").is_some() {
        let said = [
            ("error", "access_denied"),
            ("error_subcode", "cancel"),
            (
                "error_description",
                "AADSTS65004: User declined to consent to access the app.",
            ),
        ];
        return back(&asked, &said);
    }
    let name = token::optional(&form, "user").unwrap_or_default().trim();
    match issue_code(world, &asked, name) {
        Some(code) => back(&asked, &[("code", &code), ("session_state", &new_guid())]),
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
    Ok(back_to(&asked, &[("code", &code)]))
}

/// A code for this person; none where nobody is called so.
fn issue_code(world: &World, asked: &Asked, name: &str) -> Option<String> {
    let person = read(&world.directory).user(name).cloned()?;
    let code = format!("1.{}{}", new_guid(), new_guid()).replace('-', "");
    let now = world.now();
    let kept = AuthorizationCode {
        client_id: asked.client_id.clone(),
        tenant_id: asked.tenant_id.clone(),
        user_id: person.object_id,
        redirect_uri: asked.redirect_text.clone(),
        challenge: asked.challenge.clone(),
        scope: asked.scope.clone(),
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
pub(super) fn redeem(world: &World, tenant: Option<String>, form: &Form) -> Result<Value, Refusal> {
    let client_id = token::field(form, "client_id")?;
    let code = token::field(form, "code")?;
    let redirect_uri = token::field(form, "redirect_uri")?;
    let verifier = token::optional(form, "code_verifier").ok_or_else(|| {
        Refusal::grant(
            50148,
            "The code_verifier does not match the code_challenge supplied in the authorization request for PKCE.",
        )
    })?;
    let now = world.now();
    let (kept, person) = {
        let mut directory = write(&world.directory);
        let kept = directory
            .authorization_codes
            .get_mut(code)
            .ok_or_else(|| Refusal::grant(9_002_313, "Invalid request. Request is malformed or invalid."))?;
        if kept.redeemed {
            return Err(Refusal::grant(
                54005,
                "OAuth2 Authorization code was already redeemed, please retry with a new valid code or use an existing \
                 refresh token.",
            ));
        }
        if kept.expires_at <= now {
            return Err(Refusal::grant(
                70008,
                "The provided authorization code or refresh token has expired due to inactivity.",
            ));
        }
        if !kept.client_id.eq_ignore_ascii_case(client_id) {
            return Err(Refusal::grant(
                700_005,
                "The provided authorization code was issued to another client.",
            ));
        }
        if kept.redirect_uri != redirect_uri {
            return Err(Refusal::grant(
                500_112,
                format!(
                    "The reply address '{redirect_uri}' does not match the one the code was requested for."
                ),
            ));
        }
        if URL_SAFE_NO_PAD.encode(Sha256::digest(verifier)) != kept.challenge {
            return Err(Refusal::grant(
                501_481,
                "The Code_Verifier does not match the code_challenge supplied in the authorization request.",
            ));
        }
        kept.redeemed = true;
        let kept = kept.clone();
        let person = directory.user(&kept.user_id).cloned();
        (kept, person)
    };
    let person =
        person.ok_or_else(|| Refusal::grant(50034, "The user account does not exist in the directory."))?;
    let scope = token::optional(form, "scope").unwrap_or(&kept.scope);
    token::person_reply(world, &person, tenant.or(kept.tenant_id), client_id, scope)
}

fn asked<'a>(world: &World, tenant: &str, query: impl Fn(&str) -> Option<&'a str>) -> Result<Asked, Refusal> {
    let tenant_id = tenant_of_path(world, tenant)?;
    let of = |name: &str| {
        query(name)
            .filter(|v| !v.is_empty())
            .ok_or_else(|| Refusal::missing(name))
    };
    let client_id = of("client_id")?;
    token::public_client(world, client_id, tenant)?;
    let redirect_text = of("redirect_uri")?;
    let redirect_uri = registered(world, client_id, redirect_text)?;
    if of("response_type")? != "code" {
        return Err(Refusal::new(
            400,
            "unsupported_response_type",
            70005,
            "The app requested an unsupported response type; the simulator knows 'code'.",
        ));
    }
    if query("response_mode").is_some_and(|mode| mode != "query") {
        return Err(Refusal::request(
            900_561,
            "The simulator answers with the response mode 'query' only.",
        ));
    }
    let scope = of("scope")?;
    super::claims::audience_of(world, scope, tenant)?;
    let challenge = of("code_challenge")?;
    if query("code_challenge_method") != Some("S256") {
        return Err(Refusal::request(
            501_491,
            "The code_challenge_method is not supported; use S256.",
        ));
    }
    Ok(Asked {
        client_id: client_id.to_owned(),
        tenant_id,
        redirect_uri,
        redirect_text: redirect_text.to_owned(),
        state: query("state").map(str::to_owned),
        challenge: challenge.to_owned(),
        scope: scope.to_owned(),
    })
}

/// The address, where the client has registered it; for this machine the port does not count
/// (<https://learn.microsoft.com/entra/identity-platform/reply-url#localhost-exceptions>).
fn registered(world: &World, client_id: &str, text: &str) -> Result<Url, Refusal> {
    let refused = || {
        Refusal::request(
            50011,
            format!(
                "The redirect URI '{text}' specified in the request does not match the redirect URIs configured for the \
                 application '{client_id}'. Make sure the redirect URI sent in the request matches one added to your \
                 application in the Azure portal."
            ),
        )
    };
    let url = Url::parse(text).map_err(|_| refused())?;
    let known: Vec<String> = if token::FIRST_PARTY
        .iter()
        .any(|id| id.eq_ignore_ascii_case(client_id))
    {
        vec!["http://localhost".to_owned()]
    } else {
        let directory = read(&world.directory);
        let app = directory
            .application(client_id, world.now())
            .ok_or_else(refused)?;
        let uris = app
            .other
            .get("publicClient")
            .and_then(|p| p["redirectUris"].as_array());
        uris.map(|uris| {
            uris.iter()
                .filter_map(|u| u.as_str().map(str::to_owned))
                .collect()
        })
        .unwrap_or_default()
    };
    let same = |known: &String| {
        let Ok(mut known) = Url::parse(known) else {
            return false;
        };
        if is_this_machine(&known) && known.set_port(url.port()).is_err() {
            return false;
        }
        known == url
    };
    if known.iter().any(same) {
        Ok(url)
    } else {
        Err(refused())
    }
}

fn is_this_machine(url: &Url) -> bool {
    url.scheme() == "http"
        && match url.host() {
            Some(Host::Domain(name)) => name == "localhost",
            Some(Host::Ipv4(ip)) => ip.is_loopback(),
            Some(Host::Ipv6(_)) | None => false,
        }
}

/// Sends the browser back to the client.
fn back(asked: &Asked, said: &[(&str, &str)]) -> Response<Body> {
    let mut response = reply::bare(302);
    reply::set_header(&mut response, "location", &back_to(asked, said));
    response
}

fn back_to(asked: &Asked, said: &[(&str, &str)]) -> String {
    let mut url = asked.redirect_uri.clone();
    {
        let mut query = url.query_pairs_mut();
        query.extend_pairs(said);
        if let Some(state) = &asked.state {
            query.append_pair("state", state);
        }
    }
    url.into()
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

/// An error that cannot be sent back: nobody knows whether the address to send it to may be trusted.
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

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}
