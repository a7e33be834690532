//! A [`Problem`] as the answer to a request.

use crate::json::Json;
use axum::response::{IntoResponse, Response};
use coldkeep_api::{PROBLEM_MEDIA_TYPE, ProblemDocument};
use coldkeep_core::Problem;
use http::{HeaderValue, StatusCode, header::CONTENT_TYPE};

/// A problem as the answer to a request.
#[derive(Debug)]
pub(crate) struct Refusal(pub Problem);

impl From<Problem> for Refusal {
    fn from(problem: Problem) -> Self {
        Self(problem)
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let document = ProblemDocument::from(self.0);
        let status = StatusCode::from_u16(document.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, Json(document)).into_response();
        response
            .headers_mut()
            .insert(CONTENT_TYPE, HeaderValue::from_static(PROBLEM_MEDIA_TYPE));
        response
    }
}
