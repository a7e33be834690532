//! The outside system that refused something, and what a new sign-in has to ask for.

use serde::{Deserialize, Serialize};
use std::fmt;

/// The system that refused, with what its operator needs to find the request.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct System {
    /// For people: "Azure Blob Storage (account northsource, container backups)", "Microsoft Entra ID", "the data folder".
    pub name: String,
    /// HTTP status, where there was an answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// The system's own code: `AADSTS90002`, `ContainerNotFound`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// What the source of a server-side copy answered the system: `404 ContainerNotFound`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_answered: Option<String>,
    /// The id under which the system's operator finds this request. It is this system's, so it has no place of its own in a
    /// [`super::Problem`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// The system's own words, first line only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

/// What a new sign-in has to ask for, where a service refuses the one there is
/// (<https://learn.microsoft.com/entra/identity-platform/claims-challenge>).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Challenge {
    /// A JSON object, as the `claims` of a sign-in take it; none: a sign-in for the audience is enough.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claims: Option<String>,
    /// For what service the token is that has to have them.
    pub audience: String,
}

impl System {
    /// What it answered as a sentence, without its full stop; where it answered nothing, which system it was.
    pub fn sentence(&self) -> String {
        let text = self.to_string();
        if text == self.name {
            return format!("System: {text}");
        }
        let mut rest = text.chars();
        let first = rest.next().into_iter().flat_map(char::to_uppercase);
        let sentence: String = first.chain(rest).collect();
        sentence.trim_end_matches('.').to_owned()
    }
}

impl fmt::Display for System {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)?;
        if let Some(status) = self.status {
            write!(f, " answered {status}")?;
        }
        if let Some(code) = &self.code {
            write!(f, " {code}")?;
        }
        if let Some(answered) = &self.source_answered {
            write!(f, " (the source of the copy responded {answered})")?;
        }
        if let Some(id) = &self.request_id {
            write!(f, " (request id {id})")?;
        }
        if let Some(message) = self.message.as_deref().map(str::trim).filter(|m| !m.is_empty()) {
            write!(f, ": {}", message.trim_end_matches('.'))?;
        }
        Ok(())
    }
}
