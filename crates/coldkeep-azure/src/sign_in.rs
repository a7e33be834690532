//! A person's sign-in: who it is, and the way by device code
//! (<https://learn.microsoft.com/entra/identity-platform/v2-oauth2-device-code>).

mod browser;
mod given;

pub use browser::{Answered, BrowserSignIn};
pub use given::GivenTokens;

use crate::{
    Azure, Error, Repeat, TokenSource,
    token::{TokenAnswer, post_form},
    transport::said::claims,
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use coldkeep_core::{Challenge, Code, ExposeSecret, SecretString};
use http::HeaderMap;
use serde::Deserialize;

/// The Azure CLI's public client: known to every tenant and preauthorised for what setting up needs.
pub const AZURE_CLI_CLIENT_ID: &str = "04b07795-8ddb-461a-bbee-02f9e1bf7b46";

/// No code lives longer, and none is polled less often, for any answer of the service.
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
    wanted: WantedToken,
}

/// For what a sign-in asks first, and what its token must carry.
#[derive(Debug, Clone)]
struct WantedToken {
    audience: String,
    claims: Option<String>,
}

/// What a question for the tokens of a device code brings.
#[derive(Debug)]
pub enum Poll {
    /// The code has not been used yet.
    Pending,
    /// As pending, and the interval must grow by five seconds.
    SlowDown,
    /// The user declined.
    Declined,
    Done(Person),
}

/// A signed-in user.
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
    /// `challenge`: what a service asked for after an earlier sign-in.
    pub async fn fetch_device_code(
        &self,
        tenant: &str,
        client_id: &str,
        challenge: Option<&Challenge>,
    ) -> Result<DeviceCode, Error> {
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
        let wanted = self.wanted(challenge)?;
        let mut form = vec![("client_id", client_id.to_owned()), ("scope", wanted.scope())];
        form.extend(wanted.claims.clone().map(|claims| ("claims", claims)));
        let answer: Answer = post_form(self, tenant, "devicecode", &form, Repeat::Safe).await?;
        Ok(DeviceCode {
            user_code: answer.user_code,
            verification_uri: answer.verification_uri,
            message: answer.message,
            expires_in_s: answer.expires_in.min(LONGEST_CODE_S),
            interval_s: answer.interval.clamp(1, LONGEST_INTERVAL_S),
            device_code: answer.device_code,
            tenant: tenant.to_owned(),
            client_id: client_id.to_owned(),
            wanted,
        })
    }

    /// Asks whether the code has been used.
    ///
    /// # Errors
    /// The code ran out, or Entra refused.
    pub async fn fetch_device_tokens(&self, code: &DeviceCode) -> Result<Poll, Error> {
        let mut form = vec![
            (
                "grant_type",
                "urn:ietf:params:oauth:grant-type:device_code".to_owned(),
            ),
            ("client_id", code.client_id.clone()),
            ("device_code", code.device_code.expose_secret().to_owned()),
        ];
        form.extend(code.wanted.claims.clone().map(|claims| ("claims", claims)));
        let granted: TokenAnswer = match post_form(self, &code.tenant, "token", &form, Repeat::Safe).await {
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
        let person = self.person_of(&granted, &code.client_id, &code.wanted)?;
        Ok(Poll::Done(self.redeemed(person, &code.wanted).await?))
    }

    /// What a user's sign-in requests: Resource Manager first, whose policies require a second factor while the user can
    /// still be asked; or what a challenge names.
    fn wanted(&self, challenge: Option<&Challenge>) -> Result<WantedToken, Error> {
        let [manager, graph] = self.audiences();
        let Some(challenge) = challenge else {
            let audience = if manager.is_empty() { graph } else { manager };
            return Ok(WantedToken {
                audience: audience.to_owned(),
                claims: None,
            });
        };
        let refused = |why: &str| Error::without_answer(self.login().name(), Code::SignInAnswerInvalid, why);
        if ![manager, graph].contains(&challenge.audience.as_str()) {
            return Err(refused(
                "a challenge names an audience that the cloud does not name",
            ));
        }
        let claims = match &challenge.claims {
            None => None,
            Some(claims) => {
                let claims = claims::sensible(claims);
                Some(claims.ok_or_else(|| refused("the claims of a challenge are no JSON object"))?)
            }
        };
        Ok(WantedToken {
            audience: challenge.audience.clone(),
            claims,
        })
    }

    /// Resource Manager's (empty where the cloud has none) and Graph's.
    fn audiences(&self) -> [&str; 2] {
        let cloud = self.cloud();
        let manager = match cloud.resource_manager.is_empty() {
            true => "",
            false => cloud.resource_manager_audience.as_str(),
        };
        [manager, &cloud.graph]
    }

    /// The sign-in with tokens for everything that setting up needs: a refusal shows now, before anything is created.
    async fn redeemed(&self, person: Person, wanted: &WantedToken) -> Result<Person, Error> {
        for audience in self.audiences() {
            if !audience.is_empty() && audience != wanted.audience {
                person.tokens.token(audience).await?;
            }
        }
        Ok(person)
    }

    /// The person who was given these tokens.
    fn person_of(
        &self,
        granted: &TokenAnswer,
        client_id: &str,
        wanted: &WantedToken,
    ) -> Result<Person, Error> {
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
        if let Some(claims) = &wanted.claims {
            tokens.demand(&wanted.audience, claims);
        }
        tokens.keep(&wanted.audience, granted);
        Ok(Person {
            user_principal_name: claims.name(),
            tenant_id: claims.tid,
            object_id: claims.oid,
            tokens,
        })
    }
}

impl WantedToken {
    fn scope(&self) -> String {
        let audience = self.audience.trim_end_matches('/');
        format!("{audience}/.default offline_access openid profile")
    }
}

impl TokenSource {
    /// The application's name, as in a token for Graph.
    ///
    /// # Errors
    /// As for [`TokenSource::token`].
    pub async fn fetch_display_name(&self, graph: &str) -> Result<Option<String>, Error> {
        let token = self.token(graph).await?;
        Ok(claims_of(&token).and_then(|claims| claims.app_displayname))
    }

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
    app_displayname: Option<String>,
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
