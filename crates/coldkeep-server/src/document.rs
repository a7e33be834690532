//! A [`Problem`] as `application/problem+json` (RFC 9457), and back without loss.

use axum::response::{IntoResponse, Response};
use coldkeep_core::{Challenge, Code, Fix, Kind, Problem, System};
use http::{HeaderValue, StatusCode, header::CONTENT_TYPE};
use serde::{Deserialize, Serialize};

pub const PROBLEM_MEDIA_TYPE: &str = "application/problem+json";

/// Trailer of a streamed answer that broke off: the problem document, base64.
pub const PROBLEM_TRAILER: &str = "coldkeep-problem";

/// What REST answers when something fails.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProblemDocument {
    #[serde(rename = "type")]
    pub type_uri: String,
    pub title: String,
    pub status: u16,
    /// What failed, as one stable word (`docs/codes.md`).
    pub code: Code,
    /// What sort of failure it is: always the code's.
    pub kind: Kind,
    /// What failed.
    pub detail: String,
    /// What to do next, in words.
    pub hint: String,
    /// What to do next, as data: sentences whose pieces name fields, allowances and actions.
    pub fix: Vec<Fix>,
    /// Who refused: name, status, code, request id, message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub system: Option<System>,
    /// Where a new sign-in that asks for this is the way out: what `POST /sign-ins` takes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub challenge: Option<Box<Challenge>>,
}

impl From<Problem> for ProblemDocument {
    fn from(problem: Problem) -> Self {
        Self {
            type_uri: format!("urn:coldkeep:problem:{}", problem.code),
            title: title(problem.kind).into(),
            status: status(&problem).as_u16(),
            hint: problem.hint(),
            code: problem.code,
            kind: problem.kind,
            detail: problem.what,
            fix: problem.fix,
            system: problem.system,
            challenge: problem.challenge,
        }
    }
}

impl From<ProblemDocument> for Problem {
    fn from(document: ProblemDocument) -> Self {
        let mut problem = Self::new(document.code, document.detail, document.hint);
        if !document.fix.is_empty() {
            problem.fix = document.fix;
        }
        problem.system = document.system;
        problem.challenge = document.challenge;
        problem
    }
}

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
        let mut response = (status, axum::Json(document)).into_response();
        response
            .headers_mut()
            .insert(CONTENT_TYPE, HeaderValue::from_static(PROBLEM_MEDIA_TYPE));
        response
    }
}

/// 401 and 403 speak of *this* API's credential; what an outside system refused is a bad gateway.
fn status(problem: &Problem) -> StatusCode {
    match problem.kind {
        Kind::Invalid => StatusCode::BAD_REQUEST,
        Kind::NotFound => StatusCode::NOT_FOUND,
        Kind::Conflict | Kind::Cancelled => StatusCode::CONFLICT,
        Kind::Unauthenticated | Kind::Denied if problem.system.is_some() => StatusCode::BAD_GATEWAY,
        Kind::Unauthenticated => StatusCode::UNAUTHORIZED,
        Kind::Denied => StatusCode::FORBIDDEN,
        Kind::Expired | Kind::Unsupported => StatusCode::UNPROCESSABLE_ENTITY,
        Kind::Throttled | Kind::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        Kind::Corrupt | Kind::Internal => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

fn title(kind: Kind) -> &'static str {
    match kind {
        Kind::Invalid => "Invalid input",
        Kind::NotFound => "Not found",
        Kind::Conflict => "Conflict",
        Kind::Unauthenticated => "Not authenticated",
        Kind::Denied => "Permission denied",
        Kind::Expired => "Expired",
        Kind::Throttled => "Throttled",
        Kind::Unavailable => "Service unavailable",
        Kind::Unsupported => "Not supported",
        Kind::Corrupt => "Stored data is damaged",
        Kind::Cancelled => "Cancelled",
        Kind::Internal => "Internal error",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use coldkeep_core::{fix, problem::Field};

    #[test]
    fn a_problem_survives_the_way_there_and_back() {
        let plain = Problem::new(Code::FieldMissing, "a", fix!["Give ", Field::Name, "."]);
        let full = Problem::new(Code::Throttled, "what", "next").in_system(System {
            name: "Azure".into(),
            status: Some(503),
            code: Some("ServerBusy".into()),
            source_answered: Some("503 ServerBusy".into()),
            request_id: Some("1-2".into()),
            message: Some("later".into()),
        });
        for problem in [plain, full] {
            let text = serde_json::to_string(&ProblemDocument::from(problem.clone())).unwrap();
            let document: ProblemDocument = serde_json::from_str(&text).unwrap();
            assert_eq!(Problem::from(document), problem);
        }
    }

    #[test]
    fn azure_refusing_the_application_is_not_this_api_refusing_its_caller() {
        let azure = Problem::new(Code::NotAuthenticated, "a", "b").in_system(System::default());
        assert_eq!(status(&azure), StatusCode::BAD_GATEWAY);
        assert_eq!(
            status(&Problem::new(Code::ServerTokenMissing, "a", "b")),
            StatusCode::UNAUTHORIZED
        );
    }
}
