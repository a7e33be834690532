//! A request of the services that speak JSON, read whole and taken apart.

use bytes::Bytes;
use http::{HeaderMap, Method, request::Parts};
use http_body_util::{BodyExt, Limited};
use percent_encoding::percent_decode_str;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// Larger bodies are refused.
const MAX_BODY_BYTES: usize = 1 << 20;

/// Method, decoded path segments, query, headers and body of a request.
#[derive(Debug)]
pub(crate) struct Call {
    pub method: Method,
    /// Decoded; empty segments are dropped.
    pub segments: Vec<String>,
    query: Vec<(String, String)>,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Call {
    /// Reads the whole request; `None`: its body is too large or broke off.
    pub(crate) async fn read<B>(request: http::Request<B>) -> Option<Self>
    where
        B: hyper::body::Body<Data = Bytes>,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let (parts, body) = request.into_parts();
        let body = Limited::new(body, MAX_BODY_BYTES)
            .collect()
            .await
            .ok()?
            .to_bytes();
        Some(Self::of(parts, body))
    }

    /// A request taken apart.
    pub(crate) fn of(parts: Parts, body: Bytes) -> Self {
        let segments = parts
            .uri
            .path()
            .split('/')
            .filter(|s| !s.is_empty())
            .map(|s| percent_decode_str(s).decode_utf8_lossy().into_owned())
            .collect();
        let query = form_pairs(parts.uri.query().unwrap_or_default().as_bytes());
        Self {
            method: parts.method,
            segments,
            query,
            headers: parts.headers,
            body,
        }
    }

    /// The path's segments, to match on.
    pub(crate) fn path(&self) -> Vec<&str> {
        self.segments.iter().map(String::as_str).collect()
    }

    /// A query parameter, its name compared without regard to case.
    pub(crate) fn query(&self, name: &str) -> Option<&str> {
        self.query
            .iter()
            .find(|(n, _)| n.eq_ignore_ascii_case(name))
            .map(|(_, v)| v.as_str())
    }

    /// All query parameters, in their order.
    pub(crate) fn queries(&self) -> impl Iterator<Item = (&str, &str)> {
        self.query.iter().map(|(n, v)| (n.as_str(), v.as_str()))
    }

    /// A header that is text.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The token of `Authorization: Bearer …`.
    pub(crate) fn bearer(&self) -> Option<&str> {
        let (scheme, token) = self.header("authorization")?.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
    }

    /// The body as a form.
    pub(crate) fn form(&self) -> Vec<(String, String)> {
        form_pairs(&self.body)
    }

    /// The body as JSON; an empty one is `null`.
    pub(crate) fn json<T: DeserializeOwned>(&self) -> Result<T, serde_json::Error> {
        if self.body.is_empty() {
            return serde_json::from_value(Value::Null);
        }
        serde_json::from_slice(&self.body)
    }
}

fn form_pairs(bytes: &[u8]) -> Vec<(String, String)> {
    url::form_urlencoded::parse(bytes).into_owned().collect()
}
