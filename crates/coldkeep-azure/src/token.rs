//! Access tokens: asked for with an application's certificate or secret or with a person's sign-in, kept until
//! shortly before they end, one request at a time.

pub(crate) mod challenge;

use crate::{Azure, Call, Error, Meter, Payload, Repeat, Service, transport::retry::Backoff};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use bytes::Bytes;
use coldkeep_core::{
    Code, ExposeSecret, SecretString, Timestamp,
    signer::{AssertionSigner, SigningAlgorithm},
};
use http::{HeaderValue, Method, header::CONTENT_TYPE};
use serde::Deserialize;
use serde_json::{Value, json};
use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, PoisonError, RwLock},
};

/// What an application proves itself with.
#[derive(Clone)]
pub enum AppCredential {
    /// A client assertion signed with a certificate's key
    /// (<https://learn.microsoft.com/entra/identity-platform/certificate-credentials>).
    Certificate(Arc<dyn AssertionSigner>),
    /// A client secret.
    Secret(SecretString),
}

impl fmt::Debug for AppCredential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Certificate(_) => "Certificate",
            Self::Secret(_) => "Secret",
        })
    }
}

/// Tokens of one application or person, per audience. Clones share what is cached.
#[derive(Clone, Debug)]
pub struct TokenSource(Arc<Inner>);

struct Inner {
    azure: Azure,
    tenant: String,
    client_id: String,
    who: TokenOwner,
    cache: RwLock<HashMap<String, Cached>>,
    /// What tokens must carry, by audience: the claims that a service asked for.
    demanded: RwLock<HashMap<String, String>>,
    /// Held while asking, so that a burst of requests asks once.
    asking: tokio::sync::Mutex<()>,
}

enum TokenOwner {
    App(AppCredential),
    Person(RwLock<SecretString>),
    /// Signed in elsewhere: there are only the tokens that were brought along.
    Given,
}

impl fmt::Debug for Inner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenSource")
            .field("tenant", &self.tenant)
            .field("client_id", &self.client_id)
            .finish_non_exhaustive()
    }
}

#[derive(Clone)]
struct Cached {
    token: SecretString,
    /// From here on a new one is asked for.
    stale_at: Timestamp,
}

/// A token is replaced this long before its end, so that no request carries one that ends on the way.
const MARGIN_S: i64 = 300;
/// How far an assertion's validity begins in the past, for clocks that are behind ours.
const BACKDATE_S: i64 = 120;
const ASSERTION_LIFE_S: i64 = 600;

impl TokenSource {
    /// Tokens of an application. `tenant` is its id or a verified domain.
    pub fn for_app(azure: &Azure, tenant: &str, application_id: &str, credential: AppCredential) -> Self {
        Self::new(azure, tenant, application_id, TokenOwner::App(credential))
    }

    pub(crate) fn for_person(
        azure: &Azure,
        tenant: &str,
        client_id: &str,
        refresh_token: SecretString,
    ) -> Self {
        Self::new(
            azure,
            tenant,
            client_id,
            TokenOwner::Person(RwLock::new(refresh_token)),
        )
    }

    /// Tokens that were given (see [`TokenSource::keep`]); they cannot be renewed.
    pub(crate) fn given(azure: &Azure, tenant: &str) -> Self {
        Self::new(azure, tenant, "", TokenOwner::Given)
    }

    fn new(azure: &Azure, tenant: &str, client_id: &str, who: TokenOwner) -> Self {
        Self(Arc::new(Inner {
            azure: azure.clone(),
            tenant: tenant.to_owned(),
            client_id: client_id.to_owned(),
            who,
            cache: RwLock::default(),
            demanded: RwLock::default(),
            asking: tokio::sync::Mutex::default(),
        }))
    }

    /// A token for `audience` (without `/.default`), from the cache while it lasts.
    ///
    /// # Errors
    /// Entra's refusal, or the signer's.
    pub async fn token(&self, audience: &str) -> Result<SecretString, Error> {
        if let Some(token) = self.cached(audience) {
            return Ok(token);
        }
        let _one_at_a_time = self.0.asking.lock().await;
        if let Some(token) = self.cached(audience) {
            return Ok(token);
        }
        let asked = self.request_token_patiently(audience).await;
        let granted = asked.map_err(|error| self.understood(audience, error))?;
        if let (TokenOwner::Person(refresh), Some(new)) = (&self.0.who, &granted.refresh_token) {
            *refresh.write().unwrap_or_else(PoisonError::into_inner) = new.clone();
        }
        self.keep(audience, &granted);
        Ok(granted.access_token)
    }

    /// Drops every cached token: the next request asks again.
    pub fn forget(&self) {
        self.0
            .cache
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .clear();
    }

    fn cached(&self, audience: &str) -> Option<SecretString> {
        let cache = self.0.cache.read().unwrap_or_else(PoisonError::into_inner);
        cache
            .get(audience)
            .filter(|c| self.0.azure.clock().now() < c.stale_at)
            .map(|c| c.token.clone())
    }

    pub(crate) fn keep(&self, audience: &str, granted: &TokenAnswer) {
        let life = granted.expires_in.clamp(0, 86_400);
        // A token that lives for less than the margin is used for half its life rather than never.
        let usable = if life > MARGIN_S {
            life - MARGIN_S
        } else {
            life / 2
        };
        let stale_at = self.0.azure.clock().now() + jiff::SignedDuration::from_secs(usable);
        let cached = Cached {
            token: granted.access_token.clone(),
            stale_at,
        };
        self.0
            .cache
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(audience.to_owned(), cached);
    }

    /// Each try carries an assertion of its own: one that arrived and whose answer was lost is not taken twice.
    async fn request_token_patiently(&self, audience: &str) -> Result<TokenAnswer, Error> {
        let mut backoff = Backoff::new(self.0.azure.deadlines().tries);
        loop {
            let began = tokio::time::Instant::now();
            match self.request_token(audience).await {
                Ok(granted) => return Ok(granted),
                Err(error) => {
                    backoff
                        .wait_or_give_up(Repeat::Safe, error, began.elapsed())
                        .await?
                }
            }
            Meter::add(&self.0.azure.meter().retries, 1);
        }
    }

    async fn request_token(&self, audience: &str) -> Result<TokenAnswer, Error> {
        let inner = &*self.0;
        let scope = format!("{}/.default", audience.trim_end_matches('/'));
        let mut form = vec![("client_id", inner.client_id.clone())];
        match &inner.who {
            TokenOwner::App(credential) => {
                form.push(("grant_type", "client_credentials".to_owned()));
                form.push(("scope", scope));
                match credential {
                    AppCredential::Secret(secret) => {
                        form.push(("client_secret", secret.expose_secret().to_owned()))
                    }
                    AppCredential::Certificate(signer) => {
                        const TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
                        form.push(("client_assertion_type", TYPE.to_owned()));
                        form.push(("client_assertion", self.assertion(signer.clone()).await?));
                    }
                }
            }
            TokenOwner::Person(refresh) => {
                let refresh = refresh.read().unwrap_or_else(PoisonError::into_inner).clone();
                form.push(("grant_type", "refresh_token".to_owned()));
                form.push(("scope", format!("{scope} offline_access")));
                form.push(("refresh_token", refresh.expose_secret().to_owned()));
                form.extend(self.demanded(audience).map(|claims| ("claims", claims)));
            }
            TokenOwner::Given => {
                let message = format!("the given sign-in has no valid token for {audience}; sign in again");
                return Err(Error::without_answer(
                    inner.azure.login().name(),
                    Code::AccessTokenExpired,
                    message,
                ));
            }
        }
        post_form(&inner.azure, &inner.tenant, "token", &form, Repeat::Never).await
    }

    /// A client assertion: a JWT that proves the possession of the certificate's key.
    async fn assertion(&self, signer: Arc<dyn AssertionSigner>) -> Result<String, Error> {
        let inner = &*self.0;
        let now = inner.azure.clock().now().as_second();
        let claims = json!({
            "aud": endpoint(&inner.azure, &inner.tenant, "token"),
            "iss": inner.client_id,
            "sub": inner.client_id,
            "jti": uuid::Uuid::new_v4(),
            "nbf": now - BACKDATE_S,
            "iat": now,
            "exp": now + ASSERTION_LIFE_S,
        });
        let name = inner.azure.login().name().to_owned();
        // The key may be in a slow device.
        tokio::task::spawn_blocking(move || sign_assertion(&*signer, &claims))
            .await
            .map_err(|_| Error::without_answer(&name, Code::InternalError, "the signer failed"))?
            .map_err(|problem| Error::from_problem("the certificate's key", &problem))
    }
}

fn sign_assertion(signer: &dyn AssertionSigner, claims: &Value) -> Result<String, coldkeep_core::Problem> {
    sign_jwt(signer, SigningAlgorithm::Ps256, claims)
}

/// A JSON web token, signed in the preferred way where the key can, else in the other.
pub(crate) fn sign_jwt(
    signer: &dyn AssertionSigner,
    preferred: SigningAlgorithm,
    claims: &Value,
) -> Result<String, coldkeep_core::Problem> {
    let b64 = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
    let sha256 = b64(&signer.thumbprint_sha256());
    let can = signer.algorithms();
    let algorithm = match can.contains(&preferred) {
        true => preferred,
        false => can.first().copied().unwrap_or(preferred),
    };
    let header = match algorithm {
        SigningAlgorithm::Ps256 => json!({"alg": "PS256", "typ": "JWT", "x5t#S256": sha256}),
        SigningAlgorithm::Rs256 => {
            let sha1 = b64(&signer.thumbprint_sha1());
            json!({"alg": "RS256", "typ": "JWT", "x5t#S256": sha256, "x5t": sha1})
        }
    };
    let signed = format!(
        "{}.{}",
        b64(header.to_string().as_bytes()),
        b64(claims.to_string().as_bytes())
    );
    let signature = signer.sign(algorithm, signed.as_bytes())?;
    Ok(format!("{signed}.{}", b64(&signature)))
}

/// What Entra's token endpoint answers.
#[derive(Deserialize)]
pub(crate) struct TokenAnswer {
    pub(crate) access_token: SecretString,
    /// Seconds; some authorities write the number as text.
    #[serde(default = "an_hour", deserialize_with = "number_or_text")]
    pub(crate) expires_in: i64,
    pub(crate) refresh_token: Option<SecretString>,
    pub(crate) id_token: Option<SecretString>,
}

impl TokenAnswer {
    /// An access token from elsewhere that lasts for this many seconds.
    pub(crate) fn given(access_token: SecretString, expires_in: i64) -> Self {
        Self {
            access_token,
            expires_in,
            refresh_token: None,
            id_token: None,
        }
    }
}

fn an_hour() -> i64 {
    3600
}

fn number_or_text<'de, D: serde::Deserializer<'de>>(from: D) -> Result<i64, D::Error> {
    let value = Value::deserialize(from)?;
    value
        .as_i64()
        .or_else(|| value.as_str().and_then(|s| s.parse().ok()))
        .ok_or_else(|| serde::de::Error::custom("expires_in is not a number"))
}

/// `{login}/{tenant}/oauth2/v2.0/{what}`.
pub(crate) fn endpoint(azure: &Azure, tenant: &str, what: &str) -> String {
    format!(
        "{}/{}/oauth2/v2.0/{what}",
        azure.cloud().active_directory,
        crate::transport::address::segment(tenant)
    )
}

/// Posts a form to one of Entra's endpoints.
pub(crate) async fn post_form<T: serde::de::DeserializeOwned>(
    azure: &Azure,
    tenant: &str,
    what: &str,
    form: &[(&str, String)],
    repeat: Repeat,
) -> Result<T, Error> {
    let service: &Service = azure.login();
    let uri = endpoint(azure, tenant, what).parse().map_err(|_| {
        Error::without_answer(
            service.name(),
            Code::TenantIdInvalid,
            "the tenant cannot be part of an address",
        )
    })?;
    let mut call = Call::new(service, Method::POST, uri);
    call.headers.insert(
        CONTENT_TYPE,
        HeaderValue::from_static("application/x-www-form-urlencoded"),
    );
    let body = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(form)
        .finish();
    call.body = Payload::Bytes(Bytes::from(body));
    call.repeat = repeat;
    let answer = azure.call_whole(call, 1024 * 1024).await?;
    // Serde's message may quote the value it stumbled over: a token must not come into a message.
    serde_json::from_slice(answer.body())
        .map_err(|_| Error::unreadable(service, answer.headers(), "not the JSON of a token answer"))
}

#[cfg(test)]
mod tests;
