//! The style sheet and scripts, embedded. Their addresses carry the version: a browser keeps them, and never shows old ones
//! with a new page.

use super::error::PageError;
use axum::{
    extract::Path,
    response::{IntoResponse, Response},
};
use coldkeep_core::hash::Sha256Digest;
use http::{
    HeaderValue, StatusCode,
    header::{CACHE_CONTROL, CONTENT_TYPE},
};
use std::sync::OnceLock;

/// Name, content type and content.
const FILES: &[(&str, &str, &str)] = &[
    (
        "app.css",
        "text/css; charset=utf-8",
        include_str!("../../assets/app.css"),
    ),
    ("mark.svg", "image/svg+xml", include_str!("../../assets/mark.svg")),
];

/// Where a page finds an asset.
pub(super) fn address(file: &str) -> String {
    format!("/assets/{}/{file}", version())
}

/// Of their content, so that a build with other assets has other addresses.
fn version() -> &'static str {
    static VERSION: OnceLock<String> = OnceLock::new();
    VERSION.get_or_init(|| {
        let all: String = FILES.iter().map(|(_, _, text)| *text).collect();
        Sha256Digest::of(all.as_bytes())
            .to_string()
            .chars()
            .take(12)
            .collect()
    })
}

pub(super) async fn show(Path((asked, file)): Path<(String, String)>) -> Response {
    let found = FILES
        .iter()
        .find(|(name, ..)| *name == file && asked == version());
    let Some((_, kind, text)) = found else {
        return PageError::plain(StatusCode::NOT_FOUND, "There is no such file.").into_response();
    };
    let mut response = text.into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    let keep = HeaderValue::from_static("public, max-age=31536000, immutable");
    headers.insert(CACHE_CONTROL, keep);
    response
}
