//! Shared Key: <https://learn.microsoft.com/rest/api/storageservices/authorize-with-shared-key>.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use coldkeep_core::Timestamp;
use hmac::{Hmac, KeyInit as _, Mac as _};
use jiff::SignedDuration;
use sha2::Sha256;

use super::{address::header, claim::Claim, reply::Refusal};
use crate::{storage::moment::parse_http_date, world::StorageAccount};

/// How far the clocks of client and service may be apart.
const CLOCK_DIFFERENCE_MAX: SignedDuration = SignedDuration::from_mins(15);

/// The two ways of signing with a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scheme {
    /// All that decides what a request does is signed.
    Full,
    /// `SharedKeyLite`, of before 2009: few headers and no parameters but `comp`.
    Lite,
}

impl Scheme {
    /// The part of an `Authorization` header behind the scheme's name: `ACCOUNT:SIGNATURE`.
    pub(super) fn parse(authorization: &str) -> Option<(Self, &str)> {
        let (name, signed) = authorization.split_once(' ')?;
        match name {
            "SharedKey" => Some((Self::Full, signed)),
            "SharedKeyLite" => Some((Self::Lite, signed)),
            _ => None,
        }
    }
}

/// Checks `ACCOUNT:SIGNATURE` against the request. `now` is the time of the service's machine, not the simulated time.
pub(super) fn verify(
    account: &StorageAccount,
    claim: Claim<'_>,
    scheme: Scheme,
    signed: &str,
    now: Timestamp,
) -> Result<(), Refusal> {
    check_date(claim, now)?;
    let (name, signature) = signed.split_once(':').unwrap_or((signed, ""));
    let text = match scheme {
        Scheme::Full => string_to_sign(&account.name, claim),
        Scheme::Lite => string_to_sign_lite(&account.name, claim),
    };
    let fits = |key: &String| verify_mac(key, &text, signature);
    if name == account.name && account.keys.iter().any(fits) {
        Ok(())
    } else {
        Err(refused().detail(
            DETAIL,
            format!(
                "The MAC signature found in the HTTP request '{signature}' is not the same as any computed signature. \
                 Server used following string to sign: '{text}'."
            ),
        ))
    }
}

/// A request's date must be close to the current time:
/// <https://learn.microsoft.com/rest/api/storageservices/authorize-with-shared-key#specifying-the-date-header>.
fn check_date(claim: Claim<'_>, now: Timestamp) -> Result<(), Refusal> {
    let date = header(claim.headers, "x-ms-date").or_else(|| header(claim.headers, "date"));
    let date = date.unwrap_or_default();
    let incorrect = || refused().detail(DETAIL, "The Date header in the request is incorrect.");
    let late = now.duration_since(parse_http_date(date).ok_or_else(incorrect)?);
    if late > CLOCK_DIFFERENCE_MAX {
        return Err(refused().detail(DETAIL, format!("Request date header too old: '{date}'")));
    }
    if late < -CLOCK_DIFFERENCE_MAX {
        return Err(incorrect());
    }
    Ok(())
}

/// The order of header names is a culture's, not that of bytes, as Microsoft's own clients know: hyphens do not count,
/// and an underscore (which metadata names have) comes before the digits.
fn collation_key(name: &str) -> String {
    name.replace('-', "").replace('_', "!")
}

/// What the sender of a request signs.
fn string_to_sign(account: &str, claim: Claim<'_>) -> String {
    let value = |name: &str| header(claim.headers, name).unwrap_or_default();
    let mut text = String::with_capacity(512);
    let mut line = |value: &str| {
        text.push_str(value);
        text.push('\n');
    };
    line(claim.method.as_str());
    line(value("content-encoding"));
    line(value("content-language"));
    line(
        Some(value("content-length"))
            .filter(|length| *length != "0")
            .unwrap_or_default(),
    );
    line(value("content-md5"));
    line(value("content-type"));
    line(signed_date(claim));
    for name in [
        "if-modified-since",
        "if-match",
        "if-none-match",
        "if-unmodified-since",
        "range",
    ] {
        line(value(name));
    }
    push_service_headers(&mut text, claim);
    push_resource(&mut text, account, claim);
    let mut parameters: Vec<_> = claim
        .query
        .pairs()
        .map(|(name, value)| (name.to_ascii_lowercase(), value))
        .collect();
    parameters.sort();
    for (at, (name, value)) in parameters.iter().enumerate() {
        if at > 0 && parameters[at - 1].0 == *name {
            text.push(',');
        } else {
            text.push_str(&format!("\n{name}:"));
        }
        text.push_str(value);
    }
    text
}

/// What the sender of a request signs in the short way:
/// <https://learn.microsoft.com/rest/api/storageservices/authorize-with-shared-key#blob-queue-and-file-services-shared-key-lite-authorization>.
fn string_to_sign_lite(account: &str, claim: Claim<'_>) -> String {
    let value = |name: &str| header(claim.headers, name).unwrap_or_default();
    let mut text = format!(
        "{}\n{}\n{}\n{}\n",
        claim.method,
        value("content-md5"),
        value("content-type"),
        signed_date(claim)
    );
    push_service_headers(&mut text, claim);
    push_resource(&mut text, account, claim);
    if let Some(component) = claim.query.some("comp") {
        text.push_str("?comp=");
        text.push_str(component);
    }
    text
}

/// The `Date` header, which does not count beside `x-ms-date`.
fn signed_date(claim: Claim<'_>) -> &str {
    if claim.headers.contains_key("x-ms-date") {
        return "";
    }
    header(claim.headers, "date").unwrap_or_default()
}

/// The headers of the service's own, one a line.
fn push_service_headers(text: &mut String, claim: Claim<'_>) {
    let mut service: Vec<_> = claim
        .headers
        .iter()
        .filter(|(name, _)| name.as_str().starts_with("x-ms-"))
        .collect();
    service.sort_by_cached_key(|(name, _)| collation_key(name.as_str()));
    for (name, value) in service {
        text.push_str(name.as_str());
        text.push(':');
        text.push_str(String::from_utf8_lossy(value.as_bytes()).trim());
        text.push('\n');
    }
}

/// Account and path. In path style the account's name appears twice, since it is in the path too.
fn push_resource(text: &mut String, account: &str, claim: Claim<'_>) {
    text.push('/');
    text.push_str(account);
    let sent = match claim.path.get(1..).and_then(|path| path.find('/')) {
        Some(at) if claim.host_style => &claim.path[at + 1..],
        None if claim.host_style => "/",
        _ => claim.path,
    };
    text.push_str(sent);
}

/// Whether `signature` is the HMAC-SHA256 of `text` under a Base64 key.
pub(super) fn verify_mac(key: &str, text: &str, signature: &str) -> bool {
    let (Ok(key), Ok(signature)) = (BASE64_STANDARD.decode(key), BASE64_STANDARD.decode(signature)) else {
        return false;
    };
    mac(&key, text).verify_slice(&signature).is_ok()
}

/// The HMAC-SHA256 of `text`.
pub(super) fn mac(key: &[u8], text: &str) -> Hmac<Sha256> {
    #[expect(clippy::expect_used, reason = "HMAC takes keys of every length")]
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of every length");
    mac.update(text.as_bytes());
    mac
}

/// The element of the error document with the reason for refusing a signature.
pub(super) const DETAIL: &str = "AuthenticationErrorDetail";

/// A signature that does not fit.
pub(super) fn refused() -> Refusal {
    Refusal::forbidden(
        "AuthenticationFailed",
        "Server failed to authenticate the request. Make sure the value of Authorization header is formed correctly \
         including the signature.",
    )
}
