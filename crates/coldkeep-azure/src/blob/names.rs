//! Percent encoding of blob names and query values, so that every name the service can hold round-trips.

use std::fmt::Write as _;

/// A blob name as it stands in a URL path: `/` stays, everything outside RFC 3986's unreserved characters is
/// encoded, and a segment of one or two dots is encoded whole, so that no library or proxy on the way takes it for
/// "here" or "up" (<https://learn.microsoft.com/rest/api/storageservices/naming-and-referencing-containers--blobs--and-metadata>).
///
/// The service itself decodes it and does walk the path (<https://github.com/Azure/azure-sdk-for-rust/issues/5275>), drops
/// the dots at the end of a segment and turns backslashes into slashes: accounts without directories have no such names.
/// What would write to one is refused before it comes here (`coldkeep_core::blob_names`); reading is pinned to an ETag.
pub(super) fn encode_name(name: &str) -> String {
    let mut out = String::with_capacity(name.len() + 8);
    for (index, segment) in name.split('/').enumerate() {
        if index > 0 {
            out.push('/');
        }
        if segment == "." || segment == ".." {
            out.extend(segment.chars().map(|_| "%2E"));
        } else {
            encode_into(&mut out, segment);
        }
    }
    out
}

/// A query value (or a tag's key or value): everything outside the unreserved characters is encoded, also `/`.
pub(super) fn encode_value(value: &str) -> String {
    let mut out = String::with_capacity(value.len() + 8);
    encode_into(&mut out, value);
    out
}

fn encode_into(out: &mut String, text: &str) {
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            out.push(byte as char);
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
}

/// Undoes percent encoding; none if what comes out is not UTF-8.
pub(super) fn decode(text: &str) -> Option<String> {
    percent_encoding::percent_decode_str(text)
        .decode_utf8()
        .ok()
        .map(std::borrow::Cow::into_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    const AWKWARD: &[(&str, &str)] = &[
        ("plain/name-1_2.~txt", "plain/name-1_2.~txt"),
        ("a b", "a%20b"),
        ("100%", "100%25"),
        ("%2E%2e/x", "%252E%252e/x"),
        ("a+b&c=d", "a%2Bb%26c%3Dd"),
        ("q?x#y", "q%3Fx%23y"),
        ("..", "%2E%2E"),
        ("../../etc/passwd", "%2E%2E/%2E%2E/etc/passwd"),
        ("./a/./..", "%2E/a/%2E/%2E%2E"),
        (".../..a/b..", ".../..a/b.."),
        ("/leading", "/leading"),
        ("trailing/", "trailing/"),
        ("a//b///", "a//b///"),
        ("C:\\Users\\x", "C%3A%5CUsers%5Cx"),
        ("é", "%C3%A9"),
        ("e\u{301}", "e%CC%81"),
        ("名前/😀", "%E5%90%8D%E5%89%8D/%F0%9F%98%80"),
        ("tab\there\u{1}", "tab%09here%01"),
        (
            "'(quoted)*!;:@,$[]\"<>|^`{}",
            "%27%28quoted%29%2A%21%3B%3A%40%2C%24%5B%5D%22%3C%3E%7C%5E%60%7B%7D",
        ),
        (" ", "%20"),
        ("\u{fffe}", "%EF%BF%BE"),
    ];

    #[test]
    fn awkward_names_are_encoded_and_come_back() {
        for (name, encoded) in AWKWARD {
            assert_eq!(encode_name(name), *encoded, "{name:?}");
            assert_eq!(decode(encoded).as_deref(), Some(*name));
        }
    }

    /// Every character alone, doubled and between slashes; the URI type of the HTTP library must hand the path on
    /// untouched.
    #[test]
    fn every_character_survives_the_http_library() {
        let sample = (0u32..0x300).chain([0x20AC, 0xFEFF, 0xFFFD, 0xFFFE, 0x1F600, 0x10FFFF]);
        for character in sample.filter_map(char::from_u32) {
            for name in [
                format!("{character}"),
                format!("{character}{character}"),
                format!("a/{character}/b"),
            ] {
                let path = format!("/container/{}", encode_name(&name));
                let uri: http::Uri = format!("http://127.0.0.1:1{path}").parse().expect("a valid URI");
                assert_eq!(uri.path(), path);
                assert_eq!(uri.query(), None);
                assert_eq!(
                    decode(&path["/container/".len()..]).as_deref(),
                    Some(name.as_str())
                );
            }
        }
    }

    #[test]
    fn a_query_value_hides_everything_that_separates() {
        assert_eq!(encode_value("a/b c&d=e+f"), "a%2Fb%20c%26d%3De%2Bf");
        assert_eq!(
            encode_value("2025-01-02T03:04:05.1234567Z"),
            "2025-01-02T03%3A04%3A05.1234567Z"
        );
    }
}
