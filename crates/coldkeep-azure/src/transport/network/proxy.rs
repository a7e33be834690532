//! A proxy: its address, and who this host is to it.

use base64::Engine as _;
use coldkeep_core::{Code, ExposeSecret, Problem, SecretString};
use percent_encoding::percent_decode_str;
use std::fmt;
use url::Url;

/// A proxy. Shows its address and never its password.
#[derive(Clone)]
pub struct Proxy {
    /// `http://proxy.example:3128`, without a user.
    address: String,
    host: String,
    /// The whole header value, `Basic …`.
    authorization: Option<SecretString>,
}

impl Proxy {
    /// From `http://user:password@host:port`; user and password percent-encoded, everything but the host may be missing.
    /// `from`: what holds the text, for people.
    ///
    /// # Errors
    /// `Invalid` if it is no such address, `Unsupported` for other kinds of proxies. The text is in neither: it may hold
    /// a password.
    pub fn parse(text: &str, from: &str) -> Result<Self, Problem> {
        let wrong = |why: String| {
            Problem::new(
                Code::ProxyInvalid,
                format!("{from} does not hold a valid proxy address ({why})"),
                "Write `http://HOST:PORT` or `http://USER:PASSWORD@HOST:PORT`. Special characters in the user and the \
                 password are percent-encoded: `@` is `%40`, `#` is `%23`, `/` is `%2F`, `%` is `%25`.",
            )
        };
        let text = text.trim();
        let text = if text.contains("://") {
            text.to_owned()
        } else {
            format!("http://{text}")
        };
        let url = Url::parse(&text).map_err(|e| wrong(e.to_string()))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(Problem::new(
                Code::ProxySchemeUnsupported,
                format!("{from} names a proxy of the kind `{}`", url.scheme()),
                "Use an HTTP proxy, with an address that begins with http:// or https://.",
            ));
        }
        if url.query().is_some() || url.fragment().is_some() || !matches!(url.path(), "" | "/") {
            return Err(wrong("there is something after the host".into()));
        }
        let decoded = |part: &str| {
            percent_decode_str(part)
                .decode_utf8()
                .map(|text| text.into_owned())
                .map_err(|_| wrong("the user or the password is not UTF-8".into()))
        };
        let user = decoded(url.username())?;
        let password = decoded(url.password().unwrap_or_default())?;
        let proxy = Self::at(&url).ok_or_else(|| wrong("it names no host".into()))?;
        if user.is_empty() && url.password().is_none() {
            return Ok(proxy);
        }
        proxy.with_user(&user, &password.into())
    }

    fn at(url: &Url) -> Option<Self> {
        let host = url.host_str().filter(|host| !host.is_empty())?;
        let port = url.port_or_known_default()?;
        Some(Self {
            address: format!("{}://{host}:{port}", url.scheme()),
            host: host.to_owned(),
            authorization: None,
        })
    }

    /// The proxy with this user and password.
    ///
    /// # Errors
    /// `Invalid` if no header can carry them: a colon in the name, or a control character.
    pub fn with_user(self, user: &str, password: &SecretString) -> Result<Self, Problem> {
        let said = format!("{user}:{}", password.expose_secret());
        if user.contains(':') || said.contains(|c: char| c.is_control()) {
            return Err(Problem::new(
                Code::ProxyInvalid,
                format!(
                    "The user and password for the proxy {} cannot be sent",
                    self.address
                ),
                "The user must not contain a colon, and neither the user nor the password a control \
                 character.",
            ));
        }
        let said = base64::engine::general_purpose::STANDARD.encode(said);
        Ok(Self {
            authorization: Some(format!("Basic {said}").into()),
            ..self
        })
    }

    /// Whether a user and a password are sent to it.
    pub fn has_user(&self) -> bool {
        self.authorization.is_some()
    }

    pub(super) fn host(&self) -> &str {
        &self.host
    }

    pub(super) fn address(&self) -> &str {
        &self.address
    }

    /// The value of `Proxy-Authorization`.
    pub(crate) fn authorization(&self) -> Option<http::HeaderValue> {
        let mut value = http::HeaderValue::from_str(self.authorization.as_ref()?.expose_secret()).ok()?;
        value.set_sensitive(true);
        Some(value)
    }
}

impl fmt::Display for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.address)
    }
}

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Proxy({})", self.address)
    }
}

impl PartialEq for Proxy {
    fn eq(&self, other: &Self) -> bool {
        let said = |proxy: &Self| proxy.authorization.as_ref().map(|a| a.expose_secret().to_owned());
        self.address == other.address && said(self) == said(other)
    }
}

impl Eq for Proxy {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_and_a_password_may_hold_anything_that_is_encoded() {
        for (text, address, said) in [
            ("proxy", "http://proxy:80", None),
            ("http://proxy:3128/", "http://proxy:3128", None),
            ("http://[::1]:3128", "http://[::1]:3128", None),
            (
                "http://me:secret@proxy:3128",
                "http://proxy:3128",
                Some("me:secret"),
            ),
            (
                "http://me:p%40ss%3A%2F%25@proxy",
                "http://proxy:80",
                Some("me:p@ss:/%"),
            ),
            ("DOM%5Cme:%C3%A4@proxy:1", "http://proxy:1", Some("DOM\\me:ä")),
            ("http://me@proxy:1", "http://proxy:1", Some("me:")),
        ] {
            let proxy = Proxy::parse(text, "HTTPS_PROXY").unwrap();
            assert_eq!(proxy.to_string(), address);
            let said = said.map(|said| base64::engine::general_purpose::STANDARD.encode(said));
            let sent = proxy.authorization().map(|v| v.to_str().unwrap().to_owned());
            assert_eq!(sent, said.map(|said| format!("Basic {said}")), "{text}");
            assert!(!format!("{proxy:?} {proxy}").contains("secret"));
        }
    }

    #[test]
    fn what_is_no_address_of_a_proxy_is_refused_without_showing_it() {
        for text in [
            "socks5://me:hush@proxy:1080",
            "http://me:hush#@proxy:1",
            "http://me:hush/1@proxy:1",
            "http://me:hush%0d%0a@proxy:1",
            "http://m%3Ae:hush@proxy:1",
            "http://me:hush@",
            "http://proxy:99999",
            "http://proxy:1/path?hush",
        ] {
            let refused = Proxy::parse(text, "HTTPS_PROXY").unwrap_err();
            assert!(!format!("{refused:?}").contains("hush"), "{refused}");
        }
    }
}
