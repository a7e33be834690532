//! A [`Problem`] as `application/problem+json` (RFC 9457), and back without loss.

use coldkeep_core::{Challenge, Code, Fix, Kind, Problem, System};
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
            status: status(&problem),
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
        assert_eq!(status(&azure), 502);
        let ours = Problem::new(Code::ServerTokenMissing, "a", "b");
        assert_eq!(status(&ours), 401);
    }
}
