//! One request to a container: its address, its headers, who it is from.

use base64::{Engine, prelude::BASE64_STANDARD};
use bytes::Bytes;
use coldkeep_core::{Code, ExposeSecret, blob::ContentHeaders, content_hash::ContentHashes};
use http::{
    HeaderMap, HeaderName, HeaderValue, Method, Uri,
    header::{AUTHORIZATION, IF_NONE_MATCH},
};
use md5::{Digest, Md5};
use std::collections::BTreeMap;

use super::{
    BlobAuth, Container, CopySource, CountsAs, Write,
    auth::{self, Signed},
    dates::http_date,
    names::{encode_name, encode_value},
};
use crate::{Call, Error, Payload, Streamed};

/// An answer to anything but a listing or a reading is no longer.
const ANSWER_LIMIT_BYTES: usize = 1024 * 1024;

/// A request being written. Headers that cannot be sent are found when it is sent.
#[derive(Debug, Clone)]
pub(super) struct BlobRequest {
    method: Method,
    /// None: the container itself.
    name: Option<String>,
    query: Vec<(&'static str, String)>,
    headers: HeaderMap,
    body: Payload,
    counts_as: CountsAs,
    copies: bool,
    pub(super) answer_limit_bytes: usize,
    /// The service's account instead of the container.
    at_account: bool,
    unsendable: Option<String>,
}

impl BlobRequest {
    pub(super) fn container(method: Method) -> Self {
        Self {
            method,
            name: None,
            query: Vec::new(),
            headers: HeaderMap::new(),
            body: Payload::Empty,
            counts_as: CountsAs::Control,
            copies: false,
            answer_limit_bytes: ANSWER_LIMIT_BYTES,
            at_account: false,
            unsendable: None,
        }
    }

    pub(super) fn blob(method: Method, name: &str) -> Self {
        Self {
            name: Some(name.to_owned()),
            ..Self::container(method)
        }
    }

    pub(super) fn account(method: Method) -> Self {
        Self {
            at_account: true,
            ..Self::container(method)
        }
    }

    pub(super) fn query(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.query.push((name, value.into()));
        self
    }

    pub(super) fn version(self, version_id: Option<&str>) -> Self {
        match version_id {
            Some(version) => self.query("versionid", version),
            None => self,
        }
    }

    pub(super) fn header(mut self, name: &'static str, value: &str) -> Self {
        match HeaderValue::from_bytes(value.as_bytes()) {
            Ok(value) => {
                self.headers.insert(HeaderName::from_static(name), value);
            }
            Err(_) => self.unsendable = Some(format!("the value of `{name}`")),
        }
        self
    }

    fn header_if(self, name: &'static str, value: Option<&str>) -> Self {
        match value {
            Some(value) => self.header(name, value),
            None => self,
        }
    }

    fn secret_header(mut self, name: &'static str, value: &str) -> Self {
        match HeaderValue::from_str(value) {
            Ok(mut value) => {
                value.set_sensitive(true);
                self.headers.insert(HeaderName::from_static(name), value);
            }
            Err(_) => self.unsendable = Some(format!("the value of `{name}`")),
        }
        self
    }

    pub(super) fn body(mut self, body: Bytes, counts_as: CountsAs) -> Self {
        // The service checks what it receives against this, and so a bit that flips on the way is found.
        let hash = BASE64_STANDARD.encode(Md5::digest(&body));
        if !body.is_empty() {
            self.body = Payload::Bytes(body);
        }
        self.counts_as = counts_as;
        self.header("content-md5", &hash)
    }

    /// Content that is not in memory, with the hash that it must have, where one is known: the service takes one.
    pub(super) fn stream(mut self, content: Streamed, hashes: &ContentHashes, counts_as: CountsAs) -> Self {
        self.body = Payload::Stream(content);
        self.counts_as = counts_as;
        match (&hashes.md5, &hashes.crc64) {
            (Some(md5), _) => self.header("content-md5", &md5.to_string()),
            (None, Some(crc64)) => self.header("x-ms-content-crc64", &crc64.to_string()),
            (None, None) => self,
        }
    }

    pub(super) fn counts_as(mut self, counts_as: CountsAs) -> Self {
        self.counts_as = counts_as;
        self
    }

    /// How long an answer that is read whole may be.
    pub(super) fn answer_limit(mut self, bytes: usize) -> Self {
        self.answer_limit_bytes = bytes;
        self
    }

    pub(super) fn content_headers(self, headers: &ContentHeaders) -> Self {
        self.header_if("x-ms-blob-content-type", headers.content_type.as_deref())
            .header_if("x-ms-blob-content-encoding", headers.content_encoding.as_deref())
            .header_if("x-ms-blob-content-language", headers.content_language.as_deref())
            .header_if(
                "x-ms-blob-content-disposition",
                headers.content_disposition.as_deref(),
            )
            .header_if("x-ms-blob-cache-control", headers.cache_control.as_deref())
            .header_if("x-ms-blob-content-md5", headers.content_md5.as_deref())
    }

    pub(super) fn metadata(mut self, metadata: &BTreeMap<String, String>) -> Self {
        for (key, value) in metadata {
            let name = HeaderName::try_from(format!("x-ms-meta-{key}"));
            match (name, HeaderValue::from_bytes(value.as_bytes())) {
                (Ok(name), Ok(value)) => {
                    self.headers.insert(name, value);
                }
                _ => self.unsendable = Some(format!("the metadata entry `{key}`")),
            }
        }
        self
    }

    /// Everything of a write but its content headers and its content.
    pub(super) fn write(mut self, how: &Write) -> Self {
        if !how.overwrite {
            self.headers.insert(IF_NONE_MATCH, HeaderValue::from_static("*"));
        }
        if !how.tags.is_empty() {
            self = self.header("x-ms-tags", &tags_header(&how.tags));
        }
        self.header_if(
            "x-ms-access-tier",
            how.tier.map(coldkeep_core::repository::Tier::header),
        )
        .metadata(&how.metadata)
    }

    pub(super) fn copy_source(mut self, source: &CopySource) -> Self {
        if source.url.is_empty() {
            self.unsendable = Some("the address of a source without a name".into());
            return self;
        }
        let url = match &source.sas {
            Some(sas) => {
                let separator = if source.url.contains('?') { '&' } else { '?' };
                format!("{}{separator}{}", source.url, sas.expose_secret())
            }
            None => source.url.clone(),
        };
        let bearer = source
            .bearer
            .as_ref()
            .map(|token| format!("Bearer {}", token.expose_secret()));
        let md5 = source.md5.map(|md5| md5.to_string());
        let crc64 = source.crc64.map(|crc64| crc64.to_string());
        let if_match = source.if_match.as_deref().map(quoted);
        let mut request = self.secret_header("x-ms-copy-source", &url);
        if let Some(bearer) = bearer {
            request = request.secret_header("x-ms-copy-source-authorization", &bearer);
        }
        request.copies = true;
        request
            .header_if("x-ms-source-if-match", if_match.as_deref())
            .header_if("x-ms-source-content-md5", md5.as_deref())
            .header_if("x-ms-source-content-crc64", crc64.as_deref())
    }
}

/// An ETag as it stands in a condition.
pub(super) fn quoted(etag: &str) -> String {
    if etag == "*" {
        etag.to_owned()
    } else {
        format!("\"{}\"", etag.trim_matches('"'))
    }
}

/// `x-ms-tags`: a URL-encoded query string.
fn tags_header(tags: &BTreeMap<String, String>) -> String {
    let pairs: Vec<_> = tags
        .iter()
        .map(|(key, value)| format!("{}={}", encode_value(key), encode_value(value)))
        .collect();
    pairs.join("&")
}

impl Container {
    /// The request as it leaves now: with the date, and signed.
    pub(super) async fn call(&self, mut request: BlobRequest) -> Result<Call, Error> {
        let service = &self.inner.service;
        let invalid =
            |message: String| Error::without_answer(service.name(), Code::AzureRequestInvalid, message);
        if let Some(what) = request.unsendable {
            return Err(invalid(format!("{what} cannot be sent in an HTTP header")));
        }
        if request.name.as_deref() == Some("") {
            return Err(invalid(
                "a blob without a name has no address: it would be the container's".into(),
            ));
        }
        let mut url = self.inner.endpoint.clone();
        if request.at_account {
            url.push('/');
        } else {
            url.push('/');
            url.push_str(&self.inner.container);
        }
        if let Some(name) = &request.name {
            url.push('/');
            url.push_str(&encode_name(name));
        }
        let mut separator = '?';
        for (name, value) in &request.query {
            url.push(separator);
            url.push_str(name);
            url.push('=');
            url.push_str(&encode_value(value));
            separator = '&';
        }
        if let BlobAuth::Sas(sas) = &self.inner.auth {
            url.push(separator);
            url.push_str(sas.expose_secret().trim_start_matches('?'));
        }
        // The address may hold a signature: it is not part of the message.
        let uri =
            Uri::try_from(url).map_err(|e| invalid(format!("the request's address cannot be sent ({e})")))?;
        let date = http_date(self.azure.clock().now());
        request = request
            .header("x-ms-date", &date)
            .header("x-ms-version", &self.azure.cloud().api_version);
        self.authorize(&mut request, &uri).await?;
        let mut call = Call::new(service, request.method, uri);
        call.headers = request.headers;
        call.counts_as = request.counts_as;
        call.body = request.body;
        call.copies = request.copies;
        Ok(call)
    }

    async fn authorize(&self, request: &mut BlobRequest, uri: &Uri) -> Result<(), Error> {
        let value = match &self.inner.auth {
            BlobAuth::Sas(_) => return Ok(()),
            BlobAuth::Token(tokens) => {
                let token = tokens.token(&self.azure.cloud().storage_audience).await?;
                format!("Bearer {}", token.expose_secret())
            }
            BlobAuth::Key(_) => {
                let text = auth::string_to_sign(&Signed {
                    account: &self.inner.account,
                    method: &request.method,
                    path: uri.path(),
                    query: &request.query,
                    headers: &request.headers,
                    content_length: request.body.length(),
                });
                let signature = auth::sign(self.inner.key.expose_secret(), &text);
                format!("SharedKey {}:{signature}", self.inner.account)
            }
        };
        let mut value = HeaderValue::from_str(&value).map_err(|_| {
            Error::without_answer(
                self.inner.service.name(),
                Code::AccessTokenInvalid,
                "the token cannot be sent in a header",
            )
        })?;
        value.set_sensitive(true);
        request.headers.insert(AUTHORIZATION, value);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_a_query_string() {
        let tags = BTreeMap::from([
            ("a b".to_owned(), "x/y+z=1".to_owned()),
            ("k".to_owned(), String::new()),
        ]);
        assert_eq!(tags_header(&tags), "a%20b=x%2Fy%2Bz%3D1&k=");
    }

    #[test]
    fn conditions_quote_an_etag_once() {
        assert_eq!(quoted("0x8D"), "\"0x8D\"");
        assert_eq!(quoted("\"0x8D\""), "\"0x8D\"");
        assert_eq!(quoted("*"), "*");
    }
}
