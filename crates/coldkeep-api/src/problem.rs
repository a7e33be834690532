//! A [`Problem`] as `application/problem+json` (RFC 9457), and back without loss.

use coldkeep_core::{Challenge, Kind, Problem, System};
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
    /// The kind, a stable word.
    pub code: Kind,
    /// What failed.
    pub detail: String,
    /// What to do next.
    pub hint: String,
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
            type_uri: format!("urn:coldkeep:problem:{}", problem.kind.code()),
            title: title(problem.kind).into(),
            status: status(&problem),
            code: problem.kind,
            detail: problem.what,
            hint: problem.next,
            system: problem.system,
            challenge: problem.challenge,
        }
    }
}

impl From<ProblemDocument> for Problem {
    fn from(document: ProblemDocument) -> Self {
        Self {
            kind: document.code,
            what: document.detail,
            system: document.system,
            next: document.hint,
            challenge: document.challenge,
        }
    }
}

/// 401 and 403 speak of *this* API's credential; what an outside system refused is a bad gateway.
fn status(problem: &Problem) -> u16 {
    match problem.kind {
        Kind::Invalid => 400,
        Kind::NotFound => 404,
        Kind::Conflict | Kind::Cancelled => 409,
        Kind::Unauthenticated | Kind::Denied if problem.system.is_some() => 502,
        Kind::Unauthenticated => 401,
        Kind::Denied => 403,
        Kind::Expired | Kind::Unsupported => 422,
        Kind::Throttled | Kind::Unavailable => 503,
        Kind::Corrupt | Kind::Internal => 500,
    }
}

fn title(kind: Kind) -> &'static str {
    match kind {
        Kind::Invalid => "The input cannot be used",
        Kind::NotFound => "It does not exist",
        Kind::Conflict => "It is in conflict with what exists",
        Kind::Unauthenticated => "The credential is not accepted",
        Kind::Denied => "A right is missing",
        Kind::Expired => "It has expired",
        Kind::Throttled => "The service asks to slow down",
        Kind::Unavailable => "The service is not available",
        Kind::Unsupported => "That is not supported",
        Kind::Corrupt => "Stored data is damaged",
        Kind::Cancelled => "It was stopped",
        Kind::Internal => "A defect of Coldkeep",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_survives_the_way_there_and_back() {
        let plain = Problem::invalid("a", "b");
        let full = Problem::new(Kind::Throttled, "what", "next").in_system(System {
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
        let azure = Problem::new(Kind::Unauthenticated, "a", "b").in_system(System::default());
        assert_eq!(status(&azure), 502);
        assert_eq!(status(&Problem::new(Kind::Unauthenticated, "a", "b")), 401);
    }
}
