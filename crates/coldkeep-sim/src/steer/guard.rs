//! Who may steer: programs of this machine, and no page in a browser on it.

use crate::World;
use http::{
    HeaderMap, HeaderName, HeaderValue, Method,
    header::{CONTENT_TYPE, HOST, ORIGIN},
};

const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Refuses a request that names another host (a page that points its own name here does), that a page of another site
/// sent, or whose body is of a kind that pages may send without being asked first and no program sends by itself.
pub(crate) fn check_origin(world: &World, method: &Method, headers: &HeaderMap) -> Result<(), &'static str> {
    let port = world
        .endpoints()
        .control
        .rsplit(':')
        .next()
        .map(|port| port.trim_end_matches('/'))
        .unwrap_or_default();
    check_for(port, method, headers)
}

fn check_for(port: &str, method: &Method, headers: &HeaderMap) -> Result<(), &'static str> {
    let text = |name: &HeaderName| headers.get(name).and_then(|v: &HeaderValue| v.to_str().ok());
    let is_us = |host: &str| {
        let name = host.strip_suffix(port).and_then(|rest| rest.strip_suffix(':'));
        name.is_some_and(|name| {
            matches!(
                name.to_ascii_lowercase().as_str(),
                "127.0.0.1" | "localhost" | "[::1]"
            )
        })
    };
    if headers.get_all(HOST).iter().count() != 1 || !text(&HOST).is_some_and(is_us) {
        return Err("the request names another host than this control API");
    }
    let own_page = |origin: &str| origin.strip_prefix("http://").is_some_and(is_us);
    if headers.contains_key(ORIGIN) && !text(&ORIGIN).is_some_and(own_page) {
        return Err("the request comes from a web page of another site");
    }
    if headers.contains_key(&FETCH_SITE) && !matches!(text(&FETCH_SITE), Some("same-origin" | "none")) {
        return Err("the request comes from a web page of another site");
    }
    let kind = text(&CONTENT_TYPE)
        .and_then(|kind| kind.split(';').next())
        .unwrap_or_default();
    let of_pages = ["text/plain", "multipart/form-data"];
    if method != Method::GET && of_pages.iter().any(|k| kind.trim().eq_ignore_ascii_case(k)) {
        return Err("the body must be JSON (content-type: application/json)");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_may_steer() {
        let host = ("host", "127.0.0.1:4711");
        let cases: &[(&[(&str, &str)], bool)] = &[
            (&[host], true),
            (&[("host", "LOCALHOST:4711")], true),
            (&[("host", "[::1]:4711")], true),
            (&[], false),
            (&[("host", "127.0.0.1")], false),
            (&[("host", "127.0.0.1:14711")], false),
            (&[("host", "evil.example:4711")], false),
            (&[("host", "127.0.0.1.evil.example:4711")], false),
            (&[host, host], false),
            (&[host, ("origin", "http://localhost:4711")], true),
            (&[host, ("origin", "http://evil.example")], false),
            (&[host, ("origin", "http://localhost:80")], false),
            (&[host, ("origin", "null")], false),
            (&[host, ("sec-fetch-site", "cross-site")], false),
            (&[host, ("sec-fetch-site", "same-site")], false),
            (&[host, ("sec-fetch-site", "none")], true),
            (&[host, ("content-type", "application/json")], true),
            // The content type of `curl -d`.
            (
                &[host, ("content-type", "application/x-www-form-urlencoded")],
                true,
            ),
            (&[host, ("content-type", "text/plain; charset=utf-8")], false),
            (
                &[host, ("content-type", "multipart/form-data; boundary=x")],
                false,
            ),
        ];
        for (headers, expected) in cases {
            let mut map = HeaderMap::new();
            for (name, value) in *headers {
                map.append(
                    HeaderName::try_from(*name).unwrap(),
                    HeaderValue::try_from(*value).unwrap(),
                );
            }
            assert_eq!(
                check_for("4711", &Method::POST, &map).is_ok(),
                *expected,
                "{headers:?}"
            );
        }
    }
}
