//! One request before it leaves, the service it is for, and the rule of where it may go.

use super::{RefusalBody, Understand};
use crate::{CountsAs, Error, transport::upload::Streamed};
use bytes::Bytes;
use coldkeep_core::Code;
use http::{HeaderMap, Method, Uri, header::HeaderName};
use std::{fmt, sync::Arc};

/// One request, not yet sent.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    pub(crate) service: Service,
    pub(crate) method: Method,
    pub(crate) uri: Uri,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Payload,
    pub(crate) repeat: Repeat,
    pub(crate) counts_as: CountsAs,
    /// Whether the service reads a whole source before it answers.
    pub(crate) copies: bool,
}

impl Call {
    /// A request without a body that may be repeated.
    pub(crate) fn new(service: &Service, method: Method, uri: Uri) -> Self {
        Self {
            service: service.clone(),
            method,
            uri,
            headers: HeaderMap::new(),
            body: Payload::Empty,
            repeat: Repeat::Safe,
            counts_as: CountsAs::Control,
            copies: false,
        }
    }
}

/// What a request carries.
#[derive(Debug, Clone)]
pub(crate) enum Payload {
    Empty,
    Bytes(Bytes),
    Stream(Streamed),
}

impl Payload {
    /// Its length in bytes.
    pub(crate) fn length(&self) -> u64 {
        match self {
            Self::Empty => 0,
            Self::Bytes(bytes) => bytes.len() as u64,
            Self::Stream(streamed) => streamed.length,
        }
    }
}

/// Whether a request may be sent again if it is not known whether it took effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Repeat {
    Safe,
    Never,
}

/// A service of the cloud: its name for people, where it is, and how its refusals are read. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Service(Arc<ServiceParts>);

struct ServiceParts {
    name: String,
    base: Result<Uri, String>,
    id_header: HeaderName,
    understand: Understand,
}

impl Service {
    /// `base` is the endpoint under which every request to the service must lie.
    pub(crate) fn new(name: &str, base: &str, id_header: &'static str, understand: Understand) -> Self {
        Self(Arc::new(ServiceParts {
            name: name.to_owned(),
            base: base.parse().map_err(|_| base.to_owned()),
            id_header: HeaderName::from_static(id_header),
            understand,
        }))
    }

    pub(crate) fn name(&self) -> &str {
        &self.0.name
    }

    /// The header in which it takes the client's id of a request.
    pub(crate) fn id_header(&self) -> &HeaderName {
        &self.0.id_header
    }

    pub(crate) fn understand(&self, headers: &HeaderMap, body: &[u8]) -> RefusalBody {
        (self.0.understand)(headers, body)
    }

    /// Promise 8: refuses every address that is not under the service's endpoint, and plain HTTP anywhere but on
    /// this machine. Answers name further addresses (`nextLink`), which pass here too.
    pub(crate) fn check_names(&self, uri: &Uri) -> Result<(), Error> {
        let base = match &self.0.base {
            Ok(base) => base,
            Err(text) => {
                let message = match text.as_str() {
                    "" => "the cloud names no endpoint for it".to_owned(),
                    text => format!("its endpoint `{text}` is not a URL"),
                };
                return Err(Error::without_answer(self.name(), Code::EndpointInvalid, message));
            }
        };
        let host = |uri: &Uri| uri.host().map(str::to_ascii_lowercase);
        let port = |uri: &Uri| {
            uri.port_u16().or(if uri.scheme_str() == Some("https") {
                Some(443)
            } else {
                Some(80)
            })
        };
        let plain = uri.authority().is_some_and(|a| !a.as_str().contains('@'));
        let same = plain
            && uri.scheme() == base.scheme()
            && uri.host().is_some()
            && host(uri) == host(base)
            && port(uri) == port(base);
        let folder = base.path().trim_end_matches('/');
        let under = uri
            .path()
            .strip_prefix(folder)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        if !(same && under) {
            let there = uri.authority().map_or("no host", |a| a.host());
            let message = format!("a request to `{there}` was not sent: that host is not part of the cloud");
            return Err(Error::without_answer(self.name(), Code::HostNotAllowed, message));
        }
        if uri.scheme_str() != Some("https") && !is_loopback(uri.host().unwrap_or_default()) {
            let message = "a request was not sent: plain HTTP is allowed only to this machine".to_owned();
            return Err(Error::without_answer(self.name(), Code::HostNotAllowed, message));
        }
        Ok(())
    }
}

impl fmt::Debug for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.name)
    }
}

fn is_loopback(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    bare == "localhost"
        || bare.ends_with(".localhost")
        || bare.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
}
