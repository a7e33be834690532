//! What a refusal of Blob Storage means for a copy: read from statuses and codes here, and nowhere else.
//!
//! See <https://learn.microsoft.com/rest/api/storageservices/blob-service-error-codes>.

use crate::Error;
use coldkeep_core::copy::{
    gone::{End, is_gone_code},
    method::{MethodObstacle, WriteRefusal},
};

/// What the service reports about a request that it could not copy from the source.
const CANNOT_VERIFY: &str = "CannotVerifyCopySource";

/// Codes of a write that met something at its name. Without the right to overwrite, an existing blob may also be answered
/// as a missing right; one that is leased, archived or locked, as such.
const EXISTS: [&str; 8] = [
    "BlobAlreadyExists",
    "TargetConditionNotMet",
    "ConditionNotMet",
    "UnauthorizedBlobOverwrite",
    "LeaseIdMissing",
    "BlobArchived",
    "BlobImmutableDueToPolicy",
    "BlobImmutableDueToLegalHold",
];

/// Codes of an operation that the service does not have.
const NOT_OFFERED: [&str; 4] = [
    "APINotImplemented",
    "NotImplemented",
    "FeatureNotSupported",
    "UnsupportedHeader",
];

/// What was answered, apart from its words.
#[derive(Debug, Clone, Copy, Default)]
struct AnswerFacts<'a> {
    status: Option<u16>,
    code: Option<&'a str>,
    /// What the target's service got from the source.
    source_status: Option<u16>,
    source_code: Option<&'a str>,
}

impl Error {
    /// What a refusal of a write, or of a copy, means for the two blobs.
    pub fn meaning(&self) -> WriteRefusal {
        self.answered().meaning()
    }

    /// What stands in the way of the method by which it was tried to copy; none where it is no matter of method.
    pub fn method_obstacle(&self) -> Option<MethodObstacle> {
        self.answered().obstacle()
    }

    /// Whether the service compared the content with the given hash, and they differ.
    pub fn is_hash_mismatch(&self) -> bool {
        self.status() == Some(400) && matches!(self.code(), Some("Md5Mismatch" | "Crc64Mismatch"))
    }

    fn answered(&self) -> AnswerFacts<'_> {
        AnswerFacts {
            status: self.status(),
            code: self.code(),
            source_status: self.copy_source_status(),
            source_code: self.copy_source_code(),
        }
    }
}

impl AnswerFacts<'_> {
    fn meaning(self) -> WriteRefusal {
        if let Some(end) = self.gone() {
            return WriteRefusal::PlaceGone(end);
        }
        let source = match self.code {
            Some(CANNOT_VERIFY) => self.source_status.or(self.status),
            _ => self.source_status,
        };
        match (source, self.code) {
            (Some(404), _) => WriteRefusal::SourceGone,
            (Some(412), _) => WriteRefusal::SourceChanged,
            (Some(_), _) => WriteRefusal::Other,
            (None, Some("SourceConditionNotMet")) => WriteRefusal::SourceChanged,
            (None, Some("BlobNotFound")) => WriteRefusal::SourceGone,
            (None, Some(code)) if EXISTS.contains(&code) => WriteRefusal::Exists,
            (None, _) => WriteRefusal::Other,
        }
    }

    /// Which container, or its account, is not there.
    fn gone(self) -> Option<End> {
        if self.source_code.is_some_and(is_gone_code) {
            return Some(End::Source);
        }
        let at_target = self.source_status.is_none() && self.code.is_some_and(is_gone_code);
        at_target.then_some(End::Target)
    }

    fn obstacle(self) -> Option<MethodObstacle> {
        if self.status == Some(501) || self.code.is_some_and(|code| NOT_OFFERED.contains(&code)) {
            return Some(MethodObstacle::NotOffered);
        }
        if self.is_source_out_of_reach() {
            return Some(MethodObstacle::SourceOutOfReach);
        }
        self.is_refused_at_source()
            .then_some(MethodObstacle::SourceRefuses)
    }

    /// The service reports that a network blocks the source by its own time-out, and without an answer of the source.
    fn is_source_out_of_reach(self) -> bool {
        self.code == Some(CANNOT_VERIFY)
            && self.source_status.is_none()
            && matches!(self.status, Some(408 | 500 | 502 | 504))
    }

    /// A plain 403 is the target's own, and shows nothing about the source.
    fn is_refused_at_source(self) -> bool {
        let denied = |status: Option<u16>| matches!(status, Some(401 | 403));
        match (self.source_status, self.code) {
            (Some(status), _) => denied(Some(status)),
            (None, Some(CANNOT_VERIFY)) => denied(self.status),
            (None, _) => self.status == Some(401),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(status: u16, code: &str, source: Option<u16>) -> AnswerFacts<'_> {
        AnswerFacts {
            status: Some(status),
            code: Some(code),
            source_status: source,
            source_code: None,
        }
    }

    /// The source's answer, as a copy's target reports it.
    fn source_refusal(status: u16, code: &str) -> AnswerFacts<'_> {
        AnswerFacts {
            source_code: Some(code),
            ..refusal(status, CANNOT_VERIFY, Some(status))
        }
    }

    #[test]
    fn what_refusals_mean() {
        for (refusal, meaning) in [
            (refusal(409, "BlobAlreadyExists", None), WriteRefusal::Exists),
            (refusal(412, "TargetConditionNotMet", None), WriteRefusal::Exists),
            (
                refusal(403, "UnauthorizedBlobOverwrite", None),
                WriteRefusal::Exists,
            ),
            (refusal(412, "LeaseIdMissing", None), WriteRefusal::Exists),
            (
                refusal(412, "SourceConditionNotMet", None),
                WriteRefusal::SourceChanged,
            ),
            (refusal(412, CANNOT_VERIFY, None), WriteRefusal::SourceChanged),
            (refusal(404, CANNOT_VERIFY, Some(404)), WriteRefusal::SourceGone),
            (refusal(404, "BlobNotFound", None), WriteRefusal::SourceGone),
            (
                refusal(404, "ContainerNotFound", None),
                WriteRefusal::PlaceGone(End::Target),
            ),
            (
                refusal(409, "ContainerBeingDeleted", None),
                WriteRefusal::PlaceGone(End::Target),
            ),
            (
                refusal(403, "AccountIsDisabled", None),
                WriteRefusal::PlaceGone(End::Target),
            ),
            (
                source_refusal(404, "ContainerNotFound"),
                WriteRefusal::PlaceGone(End::Source),
            ),
            (
                source_refusal(403, "AccountIsDisabled"),
                WriteRefusal::PlaceGone(End::Source),
            ),
            (source_refusal(404, "BlobNotFound"), WriteRefusal::SourceGone),
            (refusal(409, "BlobArchived", Some(409)), WriteRefusal::Other),
            (
                refusal(403, "AuthorizationPermissionMismatch", None),
                WriteRefusal::Other,
            ),
        ] {
            assert_eq!(refusal.meaning(), meaning, "{refusal:?}");
        }
    }

    #[test]
    fn what_stands_in_the_way_of_a_method() {
        use MethodObstacle::{NotOffered, SourceOutOfReach, SourceRefuses};
        for (refusal, obstacle) in [
            (refusal(501, "APINotImplemented", None), Some(NotOffered)),
            (refusal(400, "UnsupportedHeader", None), Some(NotOffered)),
            (refusal(403, CANNOT_VERIFY, None), Some(SourceRefuses)),
            (refusal(403, CANNOT_VERIFY, Some(403)), Some(SourceRefuses)),
            (
                refusal(401, "NoAuthenticationInformation", None),
                Some(SourceRefuses),
            ),
            (refusal(500, CANNOT_VERIFY, None), Some(SourceOutOfReach)),
            (refusal(504, CANNOT_VERIFY, None), Some(SourceOutOfReach)),
            // A source that is busy, and a service that fails by itself.
            (refusal(503, CANNOT_VERIFY, Some(503)), None),
            (refusal(500, "InternalError", None), None),
            // The target's own refusals, and facts about the blob.
            (refusal(403, "AuthorizationPermissionMismatch", None), None),
            (refusal(404, CANNOT_VERIFY, None), None),
            (refusal(409, CANNOT_VERIFY, Some(409)), None),
            (refusal(412, "SourceConditionNotMet", None), None),
        ] {
            assert_eq!(refusal.obstacle(), obstacle, "{refusal:?}");
        }
    }
}
