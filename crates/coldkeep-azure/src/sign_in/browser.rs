//! A person's sign-in in a browser: an authorization code with PKCE, brought back over loopback
//! (<https://learn.microsoft.com/entra/identity-platform/v2-oauth2-auth-code-flow>).

use super::{Person, WantedToken};
use crate::{
    Azure, Error, Repeat,
    token::{TokenAnswer, endpoint, post_form},
    transport::said::login::read_refusal,
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use coldkeep_core::{Challenge, Code, ExposeSecret, Problem, SecretString, fix, problem::Field};
use http::HeaderMap;
use serde_json::json;
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use url::{Host, Url};

/// A sign-in under way in a browser. The verifier and the state never leave it but to Entra.
#[derive(Debug, Clone)]
pub struct BrowserSignIn {
    /// The page to open.
    pub authorize_url: String,
    tenant: String,
    client_id: String,
    redirect_uri: String,
    wanted: WantedToken,
    state: SecretString,
    verifier: SecretString,
}

/// What the browser brought back.
#[derive(Debug)]
pub enum Answered {
    /// Not the answer to this sign-in: it carries another `state`, or none.
    NotOurs,
    /// Entra refused, or the user declined.
    Refused(Error),
    Done(Person),
}

impl Azure {
    /// Builds the address of the page to sign in on. `redirect_uri` is where the browser brings the answer:
    /// `http://localhost:PORT` (Entra accepts any port of it if the client has registered `http://localhost`). `challenge`:
    /// what a service asked for after an earlier sign-in.
    ///
    /// # Errors
    /// If the answer would not come to the machine of the person who signs in.
    pub fn begin_browser_sign_in(
        &self,
        tenant: &str,
        client_id: &str,
        redirect_uri: &str,
        challenge: Option<&Challenge>,
    ) -> Result<BrowserSignIn, Problem> {
        check_loopback(redirect_uri)?;
        let wanted = self.wanted(challenge)?;
        let state = random();
        let verifier = random();
        let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(&verifier));
        let page = endpoint(self, tenant, "authorize");
        let mut url = Url::parse(&page).map_err(|e| {
            Problem::new(
                Code::SignInAddressInvalid,
                format!("`{page}` is not a valid sign-in address ({e})"),
                fix!["Check the cloud's ", Field::ActiveDirectory, " and the tenant."],
            )
        })?;
        url.query_pairs_mut()
            .append_pair("client_id", client_id)
            .append_pair("response_type", "code")
            .append_pair("redirect_uri", redirect_uri)
            .append_pair("response_mode", "query")
            .append_pair("scope", &wanted.scope())
            .append_pair("state", &state)
            .append_pair("prompt", "select_account")
            .append_pair("code_challenge", &challenge)
            .append_pair("code_challenge_method", "S256");
        if let Some(claims) = &wanted.claims {
            url.query_pairs_mut().append_pair("claims", claims);
        }
        Ok(BrowserSignIn {
            authorize_url: url.into(),
            tenant: tenant.to_owned(),
            client_id: client_id.to_owned(),
            redirect_uri: redirect_uri.to_owned(),
            wanted,
            state: state.into(),
            verifier: verifier.into(),
        })
    }

    /// Understands what the browser brought back (the query of the address it was sent to) and redeems the code in it.
    ///
    /// # Errors
    /// If Entra does not give tokens for the code.
    pub async fn fetch_browser_tokens(
        &self,
        sign_in: &BrowserSignIn,
        answer: &SecretString,
    ) -> Result<Answered, Error> {
        let mut said: HashMap<String, String> =
            url::form_urlencoded::parse(answer.expose_secret().as_bytes())
                .into_owned()
                .collect();
        if said.get("state").map(String::as_str) != Some(sign_in.state.expose_secret()) {
            return Ok(Answered::NotOurs);
        }
        let Some(code) = said.remove("code").filter(|code| !code.is_empty()) else {
            return Ok(Answered::Refused(self.refused_in_browser(&said)));
        };
        let mut form = vec![
            ("grant_type", "authorization_code".to_owned()),
            ("client_id", sign_in.client_id.clone()),
            ("scope", sign_in.wanted.scope()),
            ("code", code),
            ("redirect_uri", sign_in.redirect_uri.clone()),
            ("code_verifier", sign_in.verifier.expose_secret().to_owned()),
        ];
        form.extend(sign_in.wanted.claims.clone().map(|claims| ("claims", claims)));
        let granted: TokenAnswer = post_form(self, &sign_in.tenant, "token", &form, Repeat::Safe).await?;
        let person = self.person_of(&granted, &sign_in.client_id, &sign_in.wanted)?;
        Ok(Answered::Done(self.redeemed(person, &sign_in.wanted).await?))
    }

    /// The refusal that a redirect carries, as if Entra had answered with it.
    fn refused_in_browser(&self, said: &HashMap<String, String>) -> Error {
        let description = said.get("error_description").map_or("", String::as_str);
        let number = description.split_once("AADSTS").and_then(|(_, rest)| {
            let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
            rest[..digits].parse::<i64>().ok()
        });
        let body = json!({
            "error": said.get("error").map_or("no_code", String::as_str),
            "error_description": description,
            "error_codes": number.into_iter().collect::<Vec<_>>(),
        });
        Error::from_redirect(
            self.login(),
            read_refusal(&HeaderMap::new(), body.to_string().as_bytes()),
        )
    }
}

/// 244 random bits as 64 characters that PKCE allows (RFC 7636, section 4.1).
fn random() -> String {
    let half = || uuid::Uuid::new_v4().simple().to_string();
    half() + &half()
}

/// A code must not be sent over a network, nor to another machine.
fn check_loopback(redirect_uri: &str) -> Result<(), Problem> {
    let loopback = Url::parse(redirect_uri).is_ok_and(|url| {
        let host = match url.host() {
            Some(Host::Domain(name)) => name == "localhost",
            Some(Host::Ipv4(ip)) => ip.is_loopback(),
            Some(Host::Ipv6(ip)) => ip.is_loopback(),
            None => false,
        };
        host && url.scheme() == "http" && url.query().is_none() && url.fragment().is_none()
    });
    if loopback {
        return Ok(());
    }
    Err(Problem::new(
        Code::SignInAnswerInvalid,
        format!("`{redirect_uri}` is not on the machine of the user who signs in"),
        "Use a redirect URI of the form http://localhost:PORT.",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_come_to_this_machine_only() {
        for (uri, good) in [
            ("http://localhost:4711", true),
            ("http://localhost:4711/", true),
            ("http://127.0.0.1:1", true),
            ("http://[::1]:1", true),
            ("https://localhost:1", false),
            ("http://localhost.example.net:1", false),
            ("http://10.0.0.1:1", false),
            ("http://localhost:1?x=y", false),
            ("http://localhost:1#x", false),
            ("localhost:1", false),
            ("", false),
        ] {
            assert_eq!(check_loopback(uri).is_ok(), good, "{uri}");
        }
    }
}
