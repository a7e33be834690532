//! Shared Key: the string that is signed and the signature
//! (<https://learn.microsoft.com/rest/api/storageservices/authorize-with-shared-key>).

use base64::{Engine, prelude::BASE64_STANDARD};
use coldkeep_core::{ExposeSecret, SecretSlice, SecretString};
use hmac::{Hmac, KeyInit, Mac};
use http::{HeaderMap, HeaderValue, Method};
use sha2::Sha256;
use std::cmp::Ordering;

/// An account key's bytes; none if it is not base64.
pub(super) fn decode_key(key: &SecretString) -> Option<SecretSlice<u8>> {
    let bytes = BASE64_STANDARD
        .decode(key.expose_secret().trim())
        .ok()
        .filter(|bytes| !bytes.is_empty())?;
    Some(SecretSlice::from(bytes))
}

/// HMAC-SHA256 in base64, as every signature of Azure Storage.
pub(super) fn sign(key: &[u8], text: &[u8]) -> String {
    // HMAC takes a key of any length: this cannot fail.
    let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap_or_else(|_| unreachable!("HMAC refused a key"));
    mac.update(text);
    BASE64_STANDARD.encode(mac.finalize().into_bytes())
}

/// What a request is for the signature. `path` and `query` are as they stand in the URL, values not encoded.
pub(super) struct Signed<'a> {
    pub(super) account: &'a str,
    pub(super) method: &'a Method,
    pub(super) path: &'a str,
    pub(super) query: &'a [(&'static str, String)],
    pub(super) headers: &'a HeaderMap,
    pub(super) content_length: u64,
}

/// The string to sign of service versions from 2015-02-21 on: an empty body has an empty Content-Length. As bytes,
/// because header values need not be ASCII.
pub(super) fn string_to_sign(request: &Signed<'_>) -> Vec<u8> {
    let mut out = request.method.as_str().as_bytes().to_vec();
    out.push(b'\n');
    let mut line = |value: &[u8]| {
        out.extend_from_slice(value);
        out.push(b'\n');
    };
    let header = |name: &str| request.headers.get(name).map_or(&b""[..], HeaderValue::as_bytes);
    line(header("content-encoding"));
    line(header("content-language"));
    line(
        if request.content_length == 0 {
            String::new()
        } else {
            request.content_length.to_string()
        }
        .as_bytes(),
    );
    line(header("content-md5"));
    line(header("content-type"));
    // The time is in x-ms-date.
    line(b"");
    for name in [
        "if-modified-since",
        "if-match",
        "if-none-match",
        "if-unmodified-since",
        "range",
    ] {
        line(header(name));
    }
    let mut own: Vec<_> = request
        .headers
        .iter()
        .filter(|(name, _)| name.as_str().starts_with("x-ms-"))
        .collect();
    own.sort_by(|(a, _), (b, _)| compare(a.as_str(), b.as_str()));
    for (name, value) in own {
        out.extend_from_slice(name.as_str().as_bytes());
        out.push(b':');
        out.extend_from_slice(value.as_bytes().trim_ascii());
        out.push(b'\n');
    }
    // An emulator's path begins with the account already; it is put in front anyway.
    out.extend_from_slice(format!("/{}{}", request.account, request.path).as_bytes());
    let mut query: Vec<_> = request.query.iter().collect();
    query.sort_by_key(|(name, _)| *name);
    for (name, value) in query {
        out.extend_from_slice(format!("\n{name}:{value}").as_bytes());
    }
    out
}

/// The service sorts header names as its culture does, not by their bytes: `_` (which only metadata names have)
/// before digits before letters, and hyphens count only between names that are equal without them.
fn compare(a: &str, b: &str) -> Ordering {
    let weights = |name: &str| {
        name.bytes()
            .filter(|byte| *byte != b'-')
            .map(|byte| (byte.is_ascii_alphanumeric(), byte))
            .collect::<Vec<_>>()
    };
    weights(a).cmp(&weights(b)).then_with(|| a.cmp(b))
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str =
        "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

    fn headers(list: &[(&'static str, &'static str)]) -> HeaderMap {
        list.iter()
            .map(|(name, value)| {
                (
                    http::HeaderName::from_static(name),
                    HeaderValue::from_static(value),
                )
            })
            .collect()
    }

    /// Microsoft's own example: Get Container Metadata of `myaccount`.
    #[test]
    fn the_documented_example_comes_out() {
        let headers = headers(&[
            ("x-ms-version", "2015-02-21"),
            ("x-ms-date", "Fri, 26 Jun 2015 23:39:12 GMT"),
        ]);
        let text = string_to_sign(&Signed {
            account: "myaccount",
            method: &Method::GET,
            path: "/mycontainer",
            query: &[
                ("restype", "container".into()),
                ("comp", "metadata".into()),
                ("timeout", "20".into()),
            ],
            headers: &headers,
            content_length: 0,
        });
        assert_eq!(
            String::from_utf8(text).unwrap(),
            "GET\n\n\n\n\n\n\n\n\n\n\n\nx-ms-date:Fri, 26 Jun 2015 23:39:12 GMT\nx-ms-version:2015-02-21\n/myaccount\
             /mycontainer\ncomp:metadata\nrestype:container\ntimeout:20"
        );
    }

    #[test]
    fn an_emulator_path_names_the_account_twice_and_every_header_has_its_line() {
        let headers = headers(&[
            ("content-md5", "1B2M2Y8AsgTpgAmY7PhCfg=="),
            ("if-none-match", "*"),
            ("x-ms-meta-b_1", "v"),
            ("x-ms-meta-b1", " w "),
            ("x-ms-meta-ba", "u"),
            ("x-ms-blob-type", "BlockBlob"),
            ("x-ms-blob-content-type", "text/plain"),
            ("user-agent", "coldkeep"),
        ]);
        let text = string_to_sign(&Signed {
            account: "acct",
            method: &Method::PUT,
            path: "/acct/box/a%20b",
            query: &[],
            headers: &headers,
            content_length: 7,
        });
        assert_eq!(
            String::from_utf8(text).unwrap(),
            "PUT\n\n\n7\n1B2M2Y8AsgTpgAmY7PhCfg==\n\n\n\n\n*\n\n\nx-ms-blob-content-type:text/plain\n\
             x-ms-blob-type:BlockBlob\nx-ms-meta-b_1:v\nx-ms-meta-b1:w\nx-ms-meta-ba:u\n/acct/acct/box/a%20b"
        );
    }

    #[test]
    fn signatures_are_hmac_sha256_in_base64() {
        let key = decode_key(&SecretString::from(KEY)).unwrap();
        // Computed with Python's hmac module.
        assert_eq!(
            sign(key.expose_secret(), b"GET\n/acct/box"),
            "UOReTuG0ZxJR+8k4epYKueAT+ASqBDB5OvMVyhgM2t0="
        );
    }

    #[test]
    fn what_is_no_key_is_none() {
        assert!(decode_key(&SecretString::from("not base64!")).is_none());
        assert!(decode_key(&SecretString::from("")).is_none());
        assert!(decode_key(&SecretString::from(format!("{KEY}\n"))).is_some());
    }
}
