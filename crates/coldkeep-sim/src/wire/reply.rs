//! Small replies in JSON.

use super::{Body, body_of, empty_body};
use http::{
    HeaderName, HeaderValue, Response, StatusCode,
    header::{CACHE_CONTROL, CONTENT_TYPE},
};
use serde_json::Value;

/// A reply of JSON.
pub(crate) fn json(status: u16, value: &Value) -> Response<Body> {
    let mut response = Response::new(body_of(value.to_string()));
    *response.status_mut() = status_of(status);
    response.headers_mut().insert(
        CONTENT_TYPE,
        HeaderValue::from_static("application/json; charset=utf-8"),
    );
    response
        .headers_mut()
        .insert(CACHE_CONTROL, HeaderValue::from_static("no-store, no-cache"));
    response
}

/// A reply without a body.
pub(crate) fn bare(status: u16) -> Response<Body> {
    let mut response = Response::new(empty_body());
    *response.status_mut() = status_of(status);
    response
}

/// A reply of plain text.
pub(crate) fn text(status: u16, text: String) -> Response<Body> {
    let mut response = Response::new(body_of(text));
    *response.status_mut() = status_of(status);
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static("text/plain"));
    response
}

/// A reply of HTML.
pub(crate) fn html(status: u16, text: String) -> Response<Body> {
    let mut response = Response::new(body_of(text));
    *response.status_mut() = status_of(status);
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    response
}

/// Sets a header with a value built at run time; one that HTTP cannot carry is left out.
pub(crate) fn set_header(response: &mut Response<Body>, name: &'static str, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        response
            .headers_mut()
            .insert(HeaderName::from_static(name), value);
    }
}

pub(crate) fn status_of(status: u16) -> StatusCode {
    StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}
