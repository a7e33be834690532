//! Which requests reach a page: those that name this server, and whose forms come from its own pages. Decided from the
//! head of a request, before any of its body is read.

use super::{Site, error::PageError};
use axum::{
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Redirect, Response},
};
use http::{
    HeaderMap, HeaderName, Method, StatusCode,
    header::{HOST, ORIGIN},
};

pub(super) async fn check(State(site): State<Site>, request: Request, next: Next) -> Response {
    let own = site.address.to_string();
    let named = only(request.headers(), HOST);
    let in_target = request.uri().authority().map(|authority| authority.as_str());
    let Some(host) = named.filter(|host| in_target.is_none_or(|target| target == *host)) else {
        return refused("The request names no host, or several.");
    };
    if !is_loopback_name(host, site.address.port()) {
        return refused("The request names another host than this server.");
    }
    let is_read = matches!(*request.method(), Method::GET | Method::HEAD);
    if host != own && is_read {
        // One address: cookies of 127.0.0.1 are not those of localhost.
        let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
        return Redirect::temporary(&format!("http://{own}{path}")).into_response();
    }
    if !is_read && !is_own_form(request.headers(), &own) {
        return refused("The form was not sent by a page of this server.");
    }
    next.run(request).await
}

/// A browser names the origin of each form. `null` is that of a page that hides it, a sandboxed frame for one.
fn is_own_form(headers: &HeaderMap, own: &str) -> bool {
    let same_site = only(headers, HeaderName::from_static("sec-fetch-site"));
    if same_site.is_some_and(|site| site != "same-origin") {
        return false;
    }
    only(headers, ORIGIN).and_then(|origin| origin.strip_prefix("http://")) == Some(own)
}

/// The value of a header that is there once.
fn only(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    let mut all = headers.get_all(name).iter();
    match (all.next(), all.next()) {
        (Some(value), None) => value.to_str().ok(),
        _ => None,
    }
}

fn is_loopback_name(host: &str, port: u16) -> bool {
    ["127.0.0.1", "localhost", "[::1]"]
        .iter()
        .any(|name| format!("{name}:{port}").eq_ignore_ascii_case(host))
}

fn refused(why: &str) -> Response {
    PageError::plain(StatusCode::FORBIDDEN, why).into_response()
}
