//! A person's sign-in: who it is, and the way by device code
//! (<https://learn.microsoft.com/entra/identity-platform/v2-oauth2-device-code>).

mod browser;
mod given;

pub use browser::{Answered, BrowserSignIn};
pub use given::GivenTokens;

use crate::{
    Azure, Error, Repeat, TokenSource,
    token::{Granted, post_form},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use coldkeep_core::{ExposeSecret, SecretString};
use http::HeaderMap;
use serde::Deserialize;

/// The Azure CLI's public client: known to every tenant and preauthorised for what setting up needs.
pub const AZURE_CLI_CLIENT_ID: &str = "04b07795-8ddb-461a-bbee-02f9e1bf7b46";

/// No code lives longer, nor is asked for less often, whatever an answer says.
const LONGEST_CODE_S: u64 = 3600;
const LONGEST_INTERVAL_S: u64 = 60;

/// A code that a person types into a browser, and what to ask meanwhile.
#[derive(Debug, Clone)]
pub struct DeviceCode {
    pub user_code: String,
    pub verification_uri: String,
    /// Entra's own instruction, in full.
    pub message: String,
    pub expires_in_s: u64,
    /// Seconds between two questions.
    pub interval_s: u64,
    device_code: SecretString,
    tenant: String,
    client_id: String,
}

/// What a question for the tokens of a device code brings.
#[derive(Debug)]
pub enum Poll {
    /// Nobody has used the code yet.
    Pending,
    /// As pending, and the interval must grow by five seconds.
    SlowDown,
    /// The person was asked and said no.
    Declined,
    Done(Person),
}

/// Somebody who has signed in.
#[derive(Debug, Clone)]
pub struct Person {
    pub tenant_id: String,
    pub object_id: String,
    pub user_principal_name: String,
    pub tokens: TokenSource,
}

impl Azure {
    /// Asks for a device code. `tenant` is an id, a verified domain or `organizations`.
    ///
    /// # Errors
    /// Entra's refusal (an unknown tenant: `AADSTS90002`).
    pub async fn fetch_device_code(&self, tenant: &str, client_id: &str) -> Result<DeviceCode, Error> {
        #[derive(Deserialize)]
        struct Answer {
            device_code: SecretString,
            user_code: String,
            verification_uri: String,
            #[serde(default)]
            message: String,
            #[serde(default = "fifteen_minutes")]
            expires_in: u64,
            #[serde(default = "five")]
            interval: u64,
        }
        let form = [
            ("client_id", client_id.to_owned()),
            ("scope", self.person_scope()),
        ];
        let answer: Answer = post_form(self, tenant, "devicecode", (&form, Repeat::Safe)).await?;
        Ok(DeviceCode {
            user_code: answer.user_code,
            verification_uri: answer.verification_uri,
            message: answer.message,
            expires_in_s: answer.expires_in.min(LONGEST_CODE_S),
            interval_s: answer.interval.clamp(1, LONGEST_INTERVAL_S),
            device_code: answer.device_code,
            tenant: tenant.to_owned(),
            client_id: client_id.to_owned(),
        })
    }

    /// Asks whether somebody has used the code.
    ///
    /// # Errors
    /// The code ran out, or Entra refused.
    pub async fn fetch_device_tokens(&self, code: &DeviceCode) -> Result<Poll, Error> {
        let form = [
            (
                "grant_type",
                "urn:ietf:params:oauth:grant-type:device_code".to_owned(),
            ),
            ("client_id", code.client_id.clone()),
            ("device_code", code.device_code.expose_secret().to_owned()),
        ];
        let granted: Granted = match post_form(self, &code.tenant, "token", (&form, Repeat::Safe)).await {
            Ok(granted) => granted,
            Err(error) => {
                return match error.oauth_error() {
                    Some("authorization_pending") => Ok(Poll::Pending),
                    Some("slow_down") => Ok(Poll::SlowDown),
                    Some("authorization_declined") => Ok(Poll::Declined),
                    _ => Err(error),
                };
            }
        };
        Ok(Poll::Done(self.person_of(&granted, &code.client_id)?))
    }

    /// What a person's sign-in asks for: Graph, and a refresh token that also gives Resource Manager's.
    fn person_scope(&self) -> String {
        format!("{}/.default offline_access openid profile", self.cloud().graph)
    }

    /// Whoever was given these tokens.
    fn person_of(&self, granted: &Granted, client_id: &str) -> Result<Person, Error> {
        let lacks = |what: &str| Error::unreadable(self.login(), &HeaderMap::new(), what);
        let refresh = granted
            .refresh_token
            .clone()
            .ok_or_else(|| lacks("a sign-in without a refresh token"))?;
        let claims = granted
            .id_token
            .as_ref()
            .and_then(claims_of)
            .or_else(|| claims_of(&granted.access_token))
            .ok_or_else(|| lacks("a sign-in without claims"))?;
        let tokens = TokenSource::for_person(self, &claims.tid, client_id, refresh);
        tokens.keep(&self.cloud().graph, granted);
        Ok(Person {
            user_principal_name: claims.name(),
            tenant_id: claims.tid,
            object_id: claims.oid,
            tokens,
        })
    }
}

impl TokenSource {
    /// Whose tokens these are: the object id that a token for this audience names, where it can be read.
    ///
    /// # Errors
    /// As for [`TokenSource::token`].
    pub async fn fetch_object_id(&self, audience: &str) -> Result<Option<String>, Error> {
        let token = self.token(audience).await?;
        Ok(claims_of(&token).map(|claims| claims.oid))
    }
}

/// Who and where, from a token's claims. The signature need not be checked: the token came from Entra itself, over
/// TLS, in answer to our request (OpenID Connect Core 3.1.3.7, rule 6).
#[derive(Deserialize)]
struct Claims {
    tid: String,
    oid: String,
    #[serde(default)]
    aud: String,
    /// Seconds since 1970.
    #[serde(default)]
    exp: i64,
    preferred_username: Option<String>,
    upn: Option<String>,
    unique_name: Option<String>,
    appid: Option<String>,
    idtyp: Option<String>,
}

impl Claims {
    /// The person's name, or which application it is.
    fn name(&self) -> String {
        let application = || {
            let id = self
                .appid
                .as_ref()
                .filter(|_| self.idtyp.as_deref() == Some("app"))?;
            Some(format!("application {id}"))
        };
        self.preferred_username
            .clone()
            .or_else(|| self.upn.clone())
            .or_else(|| self.unique_name.clone())
            .or_else(application)
            .unwrap_or_else(|| self.oid.clone())
    }
}

fn claims_of(token: &SecretString) -> Option<Claims> {
    let payload = token.expose_secret().split('.').nth(1)?;
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).ok()?).ok()
}

fn fifteen_minutes() -> u64 {
    900
}

fn five() -> u64 {
    5
}
