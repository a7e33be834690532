//! Claims that a refusal asks a new token to carry
//! (<https://learn.microsoft.com/entra/identity-platform/claims-challenge>).

use base64::{Engine as _, alphabet, engine::GeneralPurpose, engine::general_purpose::GeneralPurposeConfig};
use http::{HeaderMap, header::WWW_AUTHENTICATE};
use serde_json::{Map, Value};

/// No challenge is longer.
const CLAIMS_MAX_BYTES: usize = 8 * 1024;

/// The claims in `WWW-Authenticate: Bearer …, error="insufficient_claims", claims="BASE64"`, as JSON.
pub(crate) fn in_headers(headers: &HeaderMap) -> Option<String> {
    let all = headers.get_all(WWW_AUTHENTICATE).into_iter();
    let mut texts = all.filter_map(|value| value.to_str().ok());
    let text = texts.find(|text| text.contains("insufficient_claims"))?;
    let encoded = text.split("claims=\"").nth(1)?.split('"').next()?;
    decoded(encoded)
}

/// Either alphabet, with or without padding.
fn decoded(encoded: &str) -> Option<String> {
    let plain: String = encoded
        .trim_end_matches('=')
        .chars()
        .map(|c| match c {
            '-' => '+',
            '_' => '/',
            other => other,
        })
        .collect();
    let engine = GeneralPurpose::new(
        &alphabet::STANDARD,
        GeneralPurposeConfig::new()
            .with_encode_padding(false)
            .with_decode_padding_mode(base64::engine::DecodePaddingMode::Indifferent),
    );
    sensible(&String::from_utf8(engine.decode(plain).ok()?).ok()?)
}

/// Claims that a request can carry: a JSON object of some size at most.
pub(crate) fn sensible(claims: &str) -> Option<String> {
    let object: Map<String, Value> = (claims.len() <= CLAIMS_MAX_BYTES)
        .then(|| serde_json::from_str(claims).ok())
        .flatten()?;
    (!object.is_empty()).then(|| Value::Object(object).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE_NO_PAD};
    use http::HeaderValue;

    const SECOND_FACTOR: &str = r#"{"access_token":{"acrs":{"essential":true,"values":["p1"]}}}"#;

    fn header(text: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(WWW_AUTHENTICATE, HeaderValue::from_str(text).unwrap());
        headers
    }

    #[test]
    fn claims_are_found_in_a_challenge_however_they_are_encoded() {
        for encoded in [
            STANDARD.encode(SECOND_FACTOR),
            STANDARD_NO_PAD.encode(SECOND_FACTOR),
            URL_SAFE_NO_PAD.encode(SECOND_FACTOR),
        ] {
            let text = format!(
                "Bearer realm=\"\", authorization_uri=\"https://x/y\", error=\"insufficient_claims\", claims=\"{encoded}\""
            );
            assert_eq!(in_headers(&header(&text)).as_deref(), Some(SECOND_FACTOR));
        }
    }

    #[test]
    fn what_is_no_challenge_asks_for_nothing() {
        let long = STANDARD.encode(format!("{{\"a\":\"{}\"}}", "x".repeat(CLAIMS_MAX_BYTES)));
        for text in [
            "Bearer authorization_uri=\"https://x/y\", error=\"invalid_token\"",
            "Bearer error=\"insufficient_claims\"",
            "Bearer error=\"insufficient_claims\", claims=\"\"",
            "Bearer error=\"insufficient_claims\", claims=\"%%%\"",
            "Bearer error=\"insufficient_claims\", claims=\"W10=\"",
            "Bearer error=\"insufficient_claims\", claims=\"e30=\"",
            &format!("Bearer error=\"insufficient_claims\", claims=\"{long}\""),
        ] {
            assert_eq!(in_headers(&header(text)), None, "{text}");
        }
    }
}
