//! Cookies: the session of a person, and the short ones of the pages before there is one.

use super::{Site, error::PageError};
use axum::extract::FromRequestParts;
use coldkeep_core::{
    Caller, Code, ExposeSecret, Problem, SecretString,
    hash::Sha256Digest,
    person::{Person, PersonRole},
};
use data_encoding::HEXLOWER;
use http::{HeaderMap, HeaderValue, header::COOKIE, request::Parts};
use subtle::ConstantTimeEq;

/// The digits of every secret in a cookie.
const SECRET_DIGITS: usize = 64;

/// What a cookie is for. Its name carries the port: cookies know none, and two servers of one host would share them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum CookieKind {
    Session,
    /// Binds a sign-in form to the browser that asked for it.
    SignInForm,
    /// The secret of the one-time link.
    Setup,
}

impl CookieKind {
    fn name(self, site: &Site) -> String {
        let port = site.address.port();
        match self {
            Self::Session => format!("coldkeep-{port}"),
            Self::SignInForm => format!("coldkeep-{port}-sign-in"),
            Self::Setup => format!("coldkeep-{port}-setup"),
        }
    }

    fn path(self) -> &'static str {
        match self {
            Self::Session => "/",
            Self::SignInForm => "/sign-in",
            Self::Setup => "/setup",
        }
    }

    /// The header that sets it. Over plain HTTP on loopback it cannot be `Secure`: some browsers would drop it.
    pub fn set(self, site: &Site, secret: &SecretString) -> HeaderValue {
        let (name, path) = (self.name(site), self.path());
        let lasts = match self {
            Self::Session => "",
            Self::SignInForm | Self::Setup => "; Max-Age=3600",
        };
        let text = format!(
            "{name}={}; Path={path}; HttpOnly; SameSite=Lax{lasts}",
            secret.expose_secret()
        );
        header(&text)
    }

    /// The header that deletes it.
    pub fn delete(self, site: &Site) -> HeaderValue {
        let (name, path) = (self.name(site), self.path());
        header(&format!(
            "{name}=; Path={path}; HttpOnly; SameSite=Lax; Max-Age=0"
        ))
    }

    /// Its secret, if the browser sent one that can be ours.
    pub fn find(self, site: &Site, headers: &HeaderMap) -> Option<SecretString> {
        let name = self.name(site);
        headers
            .get_all(COOKIE)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(';'))
            .filter_map(|pair| pair.trim().split_once('='))
            .find(|(sent, value)| *sent == name && is_secret(value))
            .map(|(_, value)| SecretString::from(value))
    }
}

fn header(text: &str) -> HeaderValue {
    // Names are ours and secrets are hexadecimal digits.
    HeaderValue::from_str(text).unwrap_or(HeaderValue::from_static(""))
}

/// Whether a text can be a secret of ours.
pub(super) fn is_secret(text: &str) -> bool {
    text.len() == SECRET_DIGITS && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

/// A new secret for a cookie.
///
/// # Errors
/// If the system has no random bytes.
pub(super) fn new_secret() -> Result<SecretString, Problem> {
    let mut bytes = [0; SECRET_DIGITS / 2];
    getrandom::fill(&mut bytes).map_err(|e| {
        Problem::new(
            Code::RandomUnavailable,
            format!("The operating system returned no random bytes ({e})"),
            "Check the operating system's random number generator.",
        )
    })?;
    Ok(HEXLOWER.encode(&bytes).into())
}

/// What a form carries to show that the browser with this cookie asked for it.
pub(super) fn form_token(secret: &SecretString) -> String {
    Sha256Digest::of(format!("form of {}", secret.expose_secret()).as_bytes()).to_string()
}

/// Whether a form carries the token of this cookie.
pub(super) fn is_form_of(secret: &SecretString, sent: Option<&str>) -> bool {
    sent.is_some_and(|sent| form_token(secret).as_bytes().ct_eq(sent.as_bytes()).into())
}

/// Who is signed in. As an argument of a handler: without a session, the page for signing in is shown instead.
#[derive(Debug, Clone)]
pub(super) struct SignedIn {
    pub person: Person,
    pub secret: SecretString,
    pub form_token: String,
}

impl SignedIn {
    /// Who the engine is told to act for.
    pub fn caller(&self) -> Caller {
        Caller::person(&self.person)
    }

    /// The person behind a request's session, if there is one.
    pub async fn find(site: &Site, headers: &HeaderMap) -> Result<Option<Self>, Problem> {
        let Some(secret) = CookieKind::Session.find(site, headers) else {
            return Ok(None);
        };
        let setup = site.engine.setup(Caller::visitor());
        let person = setup.person_of_session(secret.expose_secret()).await?;
        Ok(person.map(|person| Self {
            person,
            form_token: form_token(&secret),
            secret,
        }))
    }

    pub fn may(&self, role: PersonRole) -> bool {
        self.person.role >= role
    }
}

impl FromRequestParts<Site> for SignedIn {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, site: &Site) -> Result<Self, PageError> {
        Self::find(site, &parts.headers).await?.ok_or(PageError::SignIn)
    }
}
