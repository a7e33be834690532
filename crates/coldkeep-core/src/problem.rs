//! What a person is told when something fails: what failed, in which system, and what to do next.

use serde::{Deserialize, Serialize};
use std::fmt;

/// What sort of failure it is, for machines: few kinds, each with one reaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// The input cannot be used as it is.
    Invalid,
    /// The named thing does not exist.
    NotFound,
    /// It exists already, is in use, or somebody else changed it meanwhile.
    Conflict,
    /// The credential is not accepted.
    Unauthenticated,
    /// The credential is accepted, the right is missing.
    Denied,
    /// Something has run out (a certificate, a sign-in).
    Expired,
    /// The service asks to slow down.
    Throttled,
    /// The service cannot be reached or is failing; later it may work.
    Unavailable,
    /// The service, or this version of Coldkeep, does not do that.
    Unsupported,
    /// What is stored is not what was written.
    Corrupt,
    /// It was stopped on purpose.
    Cancelled,
    /// A defect of Coldkeep.
    Internal,
}

impl Kind {
    /// The stable word used in REST's `code` member.
    pub fn code(self) -> &'static str {
        match self {
            Kind::Invalid => "invalid",
            Kind::NotFound => "not_found",
            Kind::Conflict => "conflict",
            Kind::Unauthenticated => "unauthenticated",
            Kind::Denied => "denied",
            Kind::Expired => "expired",
            Kind::Throttled => "throttled",
            Kind::Unavailable => "unavailable",
            Kind::Unsupported => "unsupported",
            Kind::Corrupt => "corrupt",
            Kind::Cancelled => "cancelled",
            Kind::Internal => "internal",
        }
    }
}

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
    /// The id under which the system's operator finds this request.
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

/// A failure for a person: one paragraph that says what, where and what next. Never holds a secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    pub kind: Kind,
    /// What failed, as a sentence without its full stop: "The container `backups` does not exist".
    pub what: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub system: Option<System>,
    /// The next step, as a sentence; never empty.
    pub next: String,
    /// Where it passes once the person signs in again, asking for this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub challenge: Option<Box<Challenge>>,
}

impl Problem {
    /// A problem that no outside system reported.
    pub fn new(kind: Kind, what: impl Into<String>, next: impl Into<String>) -> Self {
        Self {
            kind,
            what: what.into(),
            system: None,
            next: next.into(),
            challenge: None,
        }
    }

    pub fn invalid(what: impl Into<String>, next: impl Into<String>) -> Self {
        Self::new(Kind::Invalid, what, next)
    }

    pub fn not_found(what: impl Into<String>, next: impl Into<String>) -> Self {
        Self::new(Kind::NotFound, what, next)
    }

    pub fn conflict(what: impl Into<String>, next: impl Into<String>) -> Self {
        Self::new(Kind::Conflict, what, next)
    }

    /// A defect of Coldkeep: says so and asks for a report.
    pub fn internal(what: impl Into<String>) -> Self {
        Self::new(
            Kind::Internal,
            what,
            "This is a defect of Coldkeep; please report it with the command you ran.",
        )
    }

    /// Names the system that refused.
    #[must_use]
    pub fn in_system(mut self, system: System) -> Self {
        self.system = Some(system);
        self
    }

    /// Says at what it happened, before what happened: `context("The source `m365` cannot be read")`.
    #[must_use]
    pub fn context(mut self, what: impl fmt::Display) -> Self {
        self.what = format!("{what}: {}", self.what);
        self
    }

    /// Replaces the next step by a better one.
    #[must_use]
    pub fn next(mut self, next: impl Into<String>) -> Self {
        self.next = next.into();
        self
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
            write!(f, " (the source of the copy answered {answered})")?;
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

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.", self.what.trim_end_matches('.'))?;
        if let Some(system) = &self.system {
            write!(f, " {system}.")?;
        }
        write!(f, " {}", self.next)
    }
}

impl std::error::Error for Problem {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_reads_as_one_paragraph() {
        let problem = Problem::not_found(
            "The container `backups` does not exist",
            "Create it, or correct --container.",
        )
        .in_system(System {
            name: "Azure Blob Storage (account north)".into(),
            status: Some(404),
            code: Some("ContainerNotFound".into()),
            request_id: Some("6f1c".into()),
            message: Some("The specified container does not exist.".into()),
            ..System::default()
        });
        assert_eq!(
            problem.to_string(),
            "The container `backups` does not exist. Azure Blob Storage (account north) answered 404 \
             ContainerNotFound (request id 6f1c): The specified container does not exist. Create it, or correct \
             --container."
        );
    }
}
