//! The content of one blob of a restore point, as it streams in.

use super::Client;
use crate::{PROBLEM_TRAILER, ProblemDocument};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use coldkeep_core::Problem;
use http::HeaderMap;
use http_body_util::BodyExt;
use hyper::body::Incoming;

/// Octets that end with the content's end or a problem, never silently before.
#[derive(Debug)]
pub struct Content {
    pub(super) body: Incoming,
    pub(super) client: Client,
}

impl Content {
    /// The next octets; none at the end.
    pub async fn next(&mut self) -> Result<Option<Bytes>, Problem> {
        while let Some(frame) = self.body.frame().await {
            let frame = frame.map_err(|e| self.client.unreachable(&e))?;
            match frame.into_data() {
                Ok(bytes) => return Ok(Some(bytes)),
                Err(frame) => {
                    if let Some(problem) = frame.trailers_ref().and_then(problem_of) {
                        return Err(problem);
                    }
                }
            }
        }
        Ok(None)
    }
}

fn problem_of(trailers: &HeaderMap) -> Option<Problem> {
    let value = trailers.get(PROBLEM_TRAILER)?;
    let unreadable =
        || Problem::internal("The server ended the response early, and its reason cannot be read");
    let document = STANDARD
        .decode(value)
        .ok()
        .and_then(|json| serde_json::from_slice::<ProblemDocument>(&json).ok());
    Some(document.map_or_else(unreadable, Problem::from))
}
