//! A client's request to the authorization page, its validity, and how the answer goes back
//! (<https://learn.microsoft.com/entra/identity-platform/v2-oauth2-auth-code-flow#request-an-authorization-code>).

use super::{client, error::Refusal, resources, step_up, tenant::tenant_of_path};
use crate::{
    Body, World,
    wire::{read, reply},
    world::first_party,
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use http::Response;
use serde_json::Value;
use sha2::{Digest, Sha256};
use url::{Host, Url};

/// A client's valid request.
pub(super) struct Asked {
    pub client_id: String,
    pub tenant_id: Option<String>,
    pub redirect_uri: Url,
    /// As it was written: it must be the same when the code is redeemed.
    pub redirect_text: String,
    /// Whether the address is that of a public client.
    pub public: bool,
    pub state: Option<String>,
    /// base64url of the verifier's SHA-256; a client may do without.
    pub challenge: Option<String>,
    pub nonce: Option<String>,
    pub scope: String,
    /// Whether `claims` ask for a second factor.
    pub step_up: bool,
    /// Nothing may be shown to the person.
    pub silent: bool,
    mode: Mode,
}

/// How the browser carries the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    Query,
    Fragment,
    FormPost,
}

/// Reads the parameters; the redirect address is judged first, so that nothing is sent to a stranger's.
pub(super) fn asked<'a>(
    world: &World,
    tenant: &str,
    query: impl Fn(&str) -> Option<&'a str>,
) -> Result<Asked, Refusal> {
    let tenant_id = tenant_of_path(world, tenant)?;
    let of = |name: &str| {
        query(name)
            .filter(|v| !v.is_empty())
            .ok_or_else(|| Refusal::missing(name))
    };
    let client_id = of("client_id")?;
    client::is_public_client(world, client_id, tenant_id.as_deref())?;
    let redirect_text = of("redirect_uri")?;
    let (redirect_uri, public) = registered(world, client_id, redirect_text)?;
    if of("response_type")? != "code" {
        return Err(Refusal::new(
            400,
            "unsupported_response_type",
            70005,
            "The app requested an unsupported response type; the simulator knows 'code'.",
        ));
    }
    let mode = match query("response_mode") {
        None | Some("query") => Mode::Query,
        Some("fragment") => Mode::Fragment,
        Some("form_post") => Mode::FormPost,
        Some(other) => {
            return Err(Refusal::request(
                90014,
                format!("The value '{other}' of the field 'response_mode' is not supported."),
            ));
        }
    };
    let scope = of("scope")?;
    resources::wanted(world, scope, tenant).map_err(|refusal| match refusal.code {
        // The page and the token endpoint have numbers of their own for the same thing.
        28000 => Refusal {
            code: 700_022,
            ..refusal
        },
        _ => refusal,
    })?;
    let challenge = query("code_challenge").filter(|c| !c.is_empty());
    let challenge = match query("code_challenge_method") {
        Some("S256") => challenge.map(str::to_owned),
        // A plain challenge is the verifier itself.
        None | Some("" | "plain") => challenge.map(challenge_of),
        Some(_) => {
            return Err(Refusal::request(
                501_491,
                "The code_challenge_method is not supported; use S256 or plain.",
            ));
        }
    };
    Ok(Asked {
        client_id: client_id.to_owned(),
        tenant_id,
        redirect_uri,
        redirect_text: redirect_text.to_owned(),
        public,
        state: query("state").map(str::to_owned),
        challenge,
        nonce: query("nonce").map(str::to_owned),
        scope: scope.to_owned(),
        step_up: step_up::asks(query("claims"))?,
        silent: query("prompt") == Some("none"),
        mode,
    })
}

/// What a verifier is known by from the page to the token endpoint.
pub(super) fn challenge_of(verifier: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(verifier))
}

/// The address, where the client has registered it, and whether it did so as a public client; for this machine the port does
/// not count (<https://learn.microsoft.com/entra/identity-platform/reply-url#localhost-exceptions>).
fn registered(world: &World, client_id: &str, text: &str) -> Result<(Url, bool), Refusal> {
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
    let mut known: Vec<(String, bool)> = vec![];
    if first_party::is_client(client_id) {
        let native = "common/oauth2/nativeclient";
        known.extend([
            ("http://localhost".to_owned(), true),
            (format!("https://login.microsoftonline.com/{native}"), true),
            (format!("{}/{native}", world.endpoints().login), true),
        ]);
    } else {
        let directory = read(&world.directory);
        let app = directory
            .application(client_id, world.seen_until())
            .ok_or_else(refused)?;
        for (platform, public) in [("publicClient", true), ("spa", true), ("web", false)] {
            let uris = app.other.get(platform).and_then(|p| p["redirectUris"].as_array());
            let texts = uris.into_iter().flatten().filter_map(Value::as_str);
            known.extend(texts.map(|uri| (uri.to_owned(), public)));
        }
    }
    let same = |known: &str| {
        let Ok(mut known) = Url::parse(known) else {
            return false;
        };
        if is_this_machine(&known) && known.set_port(url.port()).is_err() {
            return false;
        }
        known == url
    };
    let found = known.iter().find(|(uri, _)| same(uri)).map(|(_, public)| *public);
    found.map(|public| (url, public)).ok_or_else(refused)
}

fn is_this_machine(url: &Url) -> bool {
    url.scheme() == "http"
        && match url.host() {
            Some(Host::Domain(name)) => name == "localhost",
            Some(Host::Ipv4(ip)) => ip.is_loopback(),
            Some(Host::Ipv6(_)) | None => false,
        }
}

impl Asked {
    /// Sends the browser back to the client.
    pub(super) fn back(&self, said: &[(&str, &str)]) -> Response<Body> {
        if self.mode == Mode::FormPost {
            return self.posted(said);
        }
        let mut response = reply::bare(302);
        reply::set_header(&mut response, "location", &self.address_back(said));
        response
    }

    /// Where the browser goes, with the answer.
    pub(super) fn address_back(&self, said: &[(&str, &str)]) -> String {
        let mut url = self.redirect_uri.clone();
        let mut pairs = url::form_urlencoded::Serializer::new(String::new());
        pairs.extend_pairs(said);
        if let Some(state) = &self.state {
            pairs.append_pair("state", state);
        }
        let pairs = pairs.finish();
        match self.mode {
            Mode::Fragment => url.set_fragment(Some(&pairs)),
            Mode::Query | Mode::FormPost => {
                let query = match url.query() {
                    Some(own) if !own.is_empty() => format!("{own}&{pairs}"),
                    _ => pairs,
                };
                url.set_query(Some(&query));
            }
        }
        url.into()
    }

    /// A page that sends a form to the client by itself.
    fn posted(&self, said: &[(&str, &str)]) -> Response<Body> {
        let state = self.state.as_deref().map(|state| ("state", state));
        let fields: String = said
            .iter()
            .copied()
            .chain(state)
            .map(|(name, value)| {
                format!(
                    "<input type=\"hidden\" name=\"{name}\" value=\"{}\">",
                    escaped(value)
                )
            })
            .collect();
        let action = escaped(self.redirect_uri.as_str());
        reply::html(
            200,
            format!(
                "<!doctype html><html lang=\"en\"><title>Working...</title><form method=\"post\" name=\"hiddenform\" \
                 action=\"{action}\">{fields}<noscript><button>Continue</button></noscript></form>\
                 <script>document.forms[0].submit();</script></html>"
            ),
        )
    }
}

/// Text as HTML shows it.
pub(super) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}
