//! JSON of Microsoft Graph and Resource Manager: sending, reading, and their one form of refusal.

use crate::{
    Azure, Call, Error, Payload, Repeat, Service, TokenSource,
    loops::Loops,
    token::challenge::SECOND_FACTOR,
    transport::retry::{looked_for, made},
};
use bytes::Bytes;
use coldkeep_core::{Clock, Code, ExposeSecret};
use http::{
    HeaderMap, HeaderValue, Method, Response,
    header::{AUTHORIZATION, CONTENT_TYPE},
};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;

/// No answer of a control plane is longer: a page has up to a thousand entries.
const ANSWER_LIMIT_BYTES: usize = 16 * 1024 * 1024;
/// Pages read at most, and what they may be together.
const PAGES_LIMIT: usize = 1000;
const LIST_LIMIT_BYTES: usize = 48 * 1024 * 1024;
/// Entries read at most, however short they are.
const ENTRIES_LIMIT: usize = 100_000;

/// Graph or Resource Manager, with who asks.
#[derive(Debug, Clone)]
pub(crate) struct JsonApi {
    azure: Azure,
    service: Service,
    tokens: TokenSource,
    audience: String,
    base: String,
}

impl JsonApi {
    pub(crate) fn new(
        azure: &Azure,
        service: &Service,
        tokens: TokenSource,
        audience: &str,
        base: &str,
    ) -> Self {
        Self {
            azure: azure.clone(),
            service: service.clone(),
            tokens,
            audience: audience.to_owned(),
            base: base.to_owned(),
        }
    }

    pub(crate) async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, Error> {
        let (_, body) = self.send(self.call(Method::GET, path)?).await?;
        self.read(&body)
    }

    /// None where it does not exist.
    pub(crate) async fn find<T: DeserializeOwned>(&self, path: &str) -> Result<Option<T>, Error> {
        match self.get(path).await {
            Ok(found) => Ok(Some(found)),
            Err(error) if error.status() == Some(404) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// What this run created or has seen already: "not found" is a replica that lags behind.
    pub(crate) async fn get_made<T: DeserializeOwned>(&self, path: &str) -> Result<T, Error> {
        made(|| self.get(path)).await
    }

    /// None where several looks in a row do not find it.
    pub(crate) async fn look_for<T: DeserializeOwned>(&self, path: &str) -> Result<Option<T>, Error> {
        looked_for(|| self.find(path)).await
    }

    /// Every entry of every page; each page's address is checked as any other.
    pub(crate) async fn list<T: DeserializeOwned>(&self, path: &str) -> Result<Vec<T>, Error> {
        #[derive(Deserialize)]
        struct Page<T> {
            value: Vec<T>,
            #[serde(rename = "nextLink", alias = "@odata.nextLink")]
            next_link: Option<String>,
        }
        let mut all = Vec::new();
        let mut call = self.call(Method::GET, path)?;
        let (mut bytes, mut links) = (0, Loops::default());
        let refused = |why: &str| Error::without_answer(self.service.name(), Code::ListingUnsupported, why);
        for _ in 0..PAGES_LIMIT {
            let (_, body) = self.send(call).await?;
            let page: Page<T> = self.read(&body)?;
            bytes += body.len();
            all.extend(page.value);
            let Some(link) = page.next_link.filter(|link| !link.is_empty()) else {
                return Ok(all);
            };
            if links.repeats(&link) {
                return Err(refused("the pages of a list form a loop"));
            }
            if bytes > LIST_LIMIT_BYTES || all.len() > ENTRIES_LIMIT {
                return Err(refused("a list is longer than the maximum"));
            }
            call = self.call_to(Method::GET, &link)?;
        }
        Err(refused("a list has more pages than the maximum"))
    }

    /// Sends JSON and answers with the status and the body (empty for 204).
    pub(crate) async fn put(&self, method: Method, path: &str, body: &Value) -> Result<(u16, Bytes), Error> {
        self.put_with(method, path, body, &[]).await
    }

    pub(crate) async fn put_with(
        &self,
        method: Method,
        path: &str,
        body: &Value,
        headers: &[(&'static str, &'static str)],
    ) -> Result<(u16, Bytes), Error> {
        let mut call = self.call(method, path)?;
        for (name, value) in headers {
            call.headers.insert(*name, HeaderValue::from_static(value));
        }
        call.headers
            .insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        call.body = Payload::Bytes(Bytes::from(body.to_string()));
        self.send(call).await
    }

    /// Sends JSON for a change that must not be repeated: a lost answer is an error.
    pub(crate) async fn put_once(
        &self,
        method: Method,
        path: &str,
        body: &Value,
    ) -> Result<(u16, Bytes), Error> {
        let mut call = self.call(method, path)?;
        call.headers
            .insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        call.body = Payload::Bytes(Bytes::from(body.to_string()));
        call.repeat = Repeat::Never;
        self.send(call).await
    }

    /// The clock that requests go by.
    pub(crate) fn clock(&self) -> &dyn Clock {
        &**self.azure.clock()
    }

    /// A failure before anything was sent.
    pub(crate) fn unsigned(&self, message: &str) -> Error {
        Error::without_answer(self.service.name(), Code::InternalError, message)
    }

    /// False if the service reports several times that there was nothing: a replica may not have the object yet.
    /// `absent`: a success status with that meaning, if there is one.
    pub(crate) async fn delete(&self, path: &str, absent: Option<u16>) -> Result<bool, Error> {
        let deleted = looked_for(|| async {
            match self.send(self.call(Method::DELETE, path)?).await {
                Ok((status, _)) if Some(status) == absent => Ok(None),
                Ok(_) => Ok(Some(())),
                Err(error) if error.status() == Some(404) => Ok(None),
                Err(error) => Err(error),
            }
        });
        Ok(deleted.await?.is_some())
    }

    /// One DELETE; the object need not exist.
    pub(crate) async fn delete_once(&self, path: &str) -> Result<(), Error> {
        self.send(self.call(Method::DELETE, path)?).await.map(drop)
    }

    pub(crate) fn read<T: DeserializeOwned>(&self, body: &[u8]) -> Result<T, Error> {
        serde_json::from_slice(body).map_err(|e| Error::unreadable(&self.service, &HeaderMap::new(), e))
    }

    /// As [`JsonApi::read`], for what holds a secret: no message may quote it.
    pub(crate) fn read_secret<T: DeserializeOwned>(&self, body: &[u8]) -> Result<T, Error> {
        serde_json::from_slice(body)
            .map_err(|_| Error::unreadable(&self.service, &HeaderMap::new(), "not the JSON of a secret"))
    }

    fn call(&self, method: Method, path: &str) -> Result<Call, Error> {
        self.call_to(method, &format!("{}{path}", self.base))
    }

    fn call_to(&self, method: Method, address: &str) -> Result<Call, Error> {
        let uri = address.parse().map_err(|_| {
            Error::without_answer(
                self.service.name(),
                Code::AzureRequestInvalid,
                "an id or link cannot be part of an address",
            )
        })?;
        Ok(Call::new(&self.service, method, uri))
    }

    async fn send(&self, mut call: Call) -> Result<(u16, Bytes), Error> {
        // Before a token is requested: none is issued for a host that gets none.
        call.service.check_names(&call.uri)?;
        let token = self.tokens.token(&self.audience).await?;
        call.headers
            .insert(AUTHORIZATION, bearer(&self.service, token.expose_secret())?);
        let again = call.clone();
        let answer = match self.azure.call_whole(call, ANSWER_LIMIT_BYTES).await {
            Err(refused) => self.step_up(again, refused).await?,
            Ok(answer) => answer,
        };
        Ok((answer.status().as_u16(), answer.into_body()))
    }

    /// Sends it again with a token that carries what the refusal asks for, if it asks for anything and the session has it.
    async fn step_up(&self, mut call: Call, refused: Error) -> Result<Response<Bytes>, Error> {
        let Some(claims) = demanded(&refused) else {
            return Err(refused);
        };
        let token = self.tokens.step_up(&self.audience, &claims, refused).await?;
        call.headers
            .insert(AUTHORIZATION, bearer(&self.service, token.expose_secret())?);
        let answer = self.azure.call_whole(call, ANSWER_LIMIT_BYTES).await;
        answer.map_err(|again| match demanded(&again) {
            Some(claims) => {
                self.tokens.demand(&self.audience, &claims);
                self.tokens.challenged(&self.audience, again)
            }
            None => again,
        })
    }
}

/// What a refusal asks a token to carry: by a challenge, or in the words for clients that know none
/// (<https://learn.microsoft.com/entra/identity/authentication/concept-mandatory-multifactor-authentication>).
fn demanded(refused: &Error) -> Option<String> {
    if let Some(claims) = refused.claims().filter(|_| refused.status() == Some(401)) {
        return Some(claims.to_owned());
    }
    let message = refused.system().message.as_deref().unwrap_or_default();
    let message = message.to_ascii_lowercase();
    let names_it = ["mfa", "multi-factor", "multifactor"]
        .iter()
        .any(|word| message.contains(word));
    (refused.code() == Some("RequestDisallowedByPolicy") && names_it).then(|| SECOND_FACTOR.to_owned())
}

/// `Bearer …`, marked so that no log shows it.
pub(crate) fn bearer(service: &Service, token: &str) -> Result<HeaderValue, Error> {
    let mut value = HeaderValue::from_str(&format!("Bearer {token}")).map_err(|_| {
        Error::without_answer(service.name(), Code::InternalError, "a token is not printable")
    })?;
    value.set_sensitive(true);
    Ok(value)
}
