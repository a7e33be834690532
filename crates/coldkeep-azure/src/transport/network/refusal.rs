//! Failures on the way to a service, as opposed to a service's own: what a proxy answered, and a certificate that is not
//! trusted here.

use coldkeep_core::{
    Code, Fix, fix,
    problem::{Field, Verb},
};
use std::{error::Error as StdError, fmt, io};

/// Causes of an error that are looked at.
const CHAIN_MAX: usize = 9;

/// A proxy did not let a request through.
#[derive(Debug)]
pub(crate) struct ProxyRefusal {
    /// The proxy's address.
    pub proxy: String,
    /// The host that was asked for.
    pub host: String,
    /// What it answered, if it did.
    pub status: Option<u16>,
    /// By what schemes it asks who this is, as in `Proxy-Authenticate`.
    pub schemes: Vec<String>,
    /// A user and a password were sent.
    pub had_user: bool,
    /// Why there was no answer.
    pub reason: String,
    /// The proxy's own certificate is not trusted.
    pub trust: Option<TrustFailure>,
}

impl ProxyRefusal {
    /// The first words of the failure, after the proxy's name.
    pub fn words(&self) -> String {
        match self.status {
            Some(status) => {
                let reason = http::StatusCode::from_u16(status)
                    .ok()
                    .and_then(|status| status.canonical_reason())
                    .unwrap_or("no known status");
                let asks = match self.schemes.join(", ") {
                    schemes if schemes.is_empty() => schemes,
                    schemes => format!(" (it requires {schemes})"),
                };
                format!("{status} {reason} for {}{asks}", self.host)
            }
            None => self.reason.clone(),
        }
    }

    /// What it means.
    pub fn code(&self) -> Code {
        match (self.trust, self.status) {
            (Some(_), _) => Code::NetworkCertificateUntrusted,
            (None, Some(_)) => Code::ProxyRefused,
            (None, None) => Code::ProxyUnreachable,
        }
    }

    /// The next step, for people.
    pub fn next(&self) -> Fix {
        if let Some(trust) = self.trust {
            return trust.next();
        }
        let basic = self.schemes.is_empty()
            || self
                .schemes
                .iter()
                .any(|scheme| scheme.eq_ignore_ascii_case("basic"));
        let login = Verb::SettingsNetwork
            .any()
            .with(Field::ProxyUser)
            .with(Field::ProxyPassword);
        match self.status {
            // The standard's answer is 407; some proxies give the other.
            Some(401 | 407) if !basic => {
                "Coldkeep can sign in to a proxy with a user and a password (Basic) only. Ask the proxy's \
                 administrator to allow this machine without a sign-in, or use a local proxy that supports \
                 the other method."
                    .into()
            }
            Some(401 | 407) if self.had_user => fix![
                "The proxy does not accept this user and password. Correct them in HTTPS_PROXY (special characters \
                 percent-encoded), or in the settings: ",
                login,
                "."
            ],
            Some(401 | 407) => fix![
                "Set a user and a password: as http://USER:PASSWORD@HOST:PORT in HTTPS_PROXY (special \
                 characters percent-encoded), or in the settings: ",
                login,
                "."
            ],
            Some(400..=499) => {
                "Ask the proxy's administrator to allow this host, or add it to NO_PROXY if it can be \
                 reached directly."
                    .into()
            }
            Some(_) => {
                "The proxy cannot reach that host. Check the name, ask the proxy's administrator, or add the \
                 host to NO_PROXY if it can be reached directly."
                    .into()
            }
            None => fix![
                "Check that the proxy is running, and check its address; to see where the address comes \
                 from: ",
                Verb::SettingsNetwork.any(),
                ". Add hosts that can be reached directly to NO_PROXY."
            ],
        }
    }
}

impl fmt::Display for ProxyRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the proxy {}: {}", self.proxy, self.words())
    }
}

impl StdError for ProxyRefusal {}

/// A service's certificate has an untrusted issuer, or is not for this host, or is not valid now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TrustFailure {
    UnknownIssuer,
    Other,
}

impl TrustFailure {
    pub fn next(self) -> Fix {
        match self {
            TrustFailure::UnknownIssuer => fix![
                "A device between this machine and the service may inspect TLS, as in company networks. \
                 Trust the certificate of its issuer: with SSL_CERT_FILE, or in the settings: ",
                Verb::SettingsNetwork.any().with(Field::CaFile),
                "; for a custom cloud also there (",
                Field::CaFile,
                "). If your network does not inspect TLS, do not continue."
            ],
            TrustFailure::Other => {
                "Check this machine's clock and the address. If a device in the network inspects TLS, its \
                 certificate must name the service's host."
                    .into()
            }
        }
    }
}

/// Whether an error, or what it comes of, is about the other side's certificate.
pub(crate) fn untrusted_within(error: &(dyn StdError + 'static)) -> Option<TrustFailure> {
    let mut at = Some(error);
    // A chain is short; the bound keeps a cyclic one from hanging us.
    for _ in 0..CHAIN_MAX {
        let error = at?;
        if let Some(found) = untrusted(error) {
            return Some(found);
        }
        at = error.source();
    }
    None
}

fn untrusted(error: &(dyn StdError + 'static)) -> Option<TrustFailure> {
    // What an IO error wraps is not among its sources, and may be another.
    if let Some(io) = error.downcast_ref::<io::Error>() {
        let inner: &(dyn StdError + 'static) = io.get_ref()?;
        return untrusted(inner);
    }
    match error.downcast_ref::<rustls::Error>()? {
        rustls::Error::InvalidCertificate(rustls::CertificateError::UnknownIssuer) => {
            Some(TrustFailure::UnknownIssuer)
        }
        rustls::Error::InvalidCertificate(_) => Some(TrustFailure::Other),
        _ => None,
    }
}
