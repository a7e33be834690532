//! By which requests content gets from one container to another, and what follows when the service refuses one.

use super::gone::End;
use serde::{Deserialize, Serialize};

/// How the target is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Writing {
    /// Put Blob From URL where the length allows.
    OneRequest,
    /// Put Block From URL and Put Block List for every blob.
    Blocks,
}

/// What lets the target's service in at the source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SourceAuth {
    Bearer,
    DelegationSas,
    KeySas,
    /// The SAS that the source's repository was added with.
    GivenSas,
}

/// The method of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    ServerSide { writing: Writing, auth: SourceAuth },
    Relay,
}

/// Which source authorizations there are at all.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Means {
    pub bearer: bool,
    pub delegation: bool,
    pub key: bool,
    pub sas: bool,
}

/// A refused copy request, or a refused request for the authorization of one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Refusal {
    pub status: Option<u16>,
    pub code: Option<String>,
    /// What the target's service got from the source.
    pub source_status: Option<u16>,
    pub source_code: Option<String>,
}

impl Means {
    /// The authorizations in the order in which they are tried.
    fn in_order(self) -> impl Iterator<Item = SourceAuth> {
        [
            (self.bearer, SourceAuth::Bearer),
            (self.delegation, SourceAuth::DelegationSas),
            (self.key, SourceAuth::KeySas),
            (self.sas, SourceAuth::GivenSas),
        ]
        .into_iter()
        .filter_map(|(there, auth)| there.then_some(auth))
    }

    /// What is tried first.
    pub fn first(self) -> Method {
        self.in_order()
            .next()
            .map_or(Method::Relay, |auth| Method::ServerSide {
                writing: Writing::OneRequest,
                auth,
            })
    }

    fn after(self, last: SourceAuth) -> Option<SourceAuth> {
        self.in_order().skip_while(|auth| *auth != last).nth(1)
    }
}

/// The method to go on with after a refusal, or none where the refusal is no matter of method.
pub fn plan_fallback(method: Method, means: Means, refusal: &Refusal) -> Option<Method> {
    let Method::ServerSide { writing, auth } = method else {
        return None;
    };
    if not_done_here(refusal) {
        return Some(match writing {
            Writing::OneRequest => Method::ServerSide {
                writing: Writing::Blocks,
                auth,
            },
            Writing::Blocks => Method::Relay,
        });
    }
    (refused_at_source(refusal) || refusal.is_source_out_of_reach()).then(|| {
        means
            .after(auth)
            .map_or(Method::Relay, |auth| Method::ServerSide { writing, auth })
    })
}

/// What a refusal of a write (or of a copy) says of the two blobs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meaning {
    /// Something is at the target's name already.
    Exists,
    /// The source is not what it was pinned to.
    SourceChanged,
    /// The source, or that version of it, is not there.
    SourceGone,
    /// A whole container (or its account) is not there: no other blob will do any better.
    PlaceGone(End),
    /// Neither.
    Other,
}

impl Refusal {
    /// See <https://learn.microsoft.com/rest/api/storageservices/blob-service-error-codes>.
    pub fn meaning(&self) -> Meaning {
        if let Some(end) = self.gone() {
            return Meaning::PlaceGone(end);
        }
        let source = match self.code.as_deref() {
            Some("CannotVerifyCopySource") => self.source_status.or(self.status),
            _ => self.source_status,
        };
        match (source, self.code.as_deref()) {
            (Some(404), _) => Meaning::SourceGone,
            (Some(412), _) => Meaning::SourceChanged,
            (Some(_), _) => Meaning::Other,
            (None, Some("SourceConditionNotMet")) => Meaning::SourceChanged,
            (None, Some("BlobNotFound")) => Meaning::SourceGone,
            // Without the right to overwrite, an existing blob may also be answered as a missing right; one that is
            // leased, archived or locked, as such.
            (
                None,
                Some(
                    "BlobAlreadyExists"
                    | "TargetConditionNotMet"
                    | "ConditionNotMet"
                    | "UnauthorizedBlobOverwrite"
                    | "LeaseIdMissing"
                    | "BlobArchived"
                    | "BlobImmutableDueToPolicy"
                    | "BlobImmutableDueToLegalHold",
                ),
            ) => Meaning::Exists,
            (None, _) => Meaning::Other,
        }
    }
}

impl Refusal {
    /// The target's service could not read the source at all, as it is kept from it by a network: it tells that by a
    /// time-out of its own and by nothing from the source. A source that is busy answers, and is no reason.
    pub fn is_source_out_of_reach(&self) -> bool {
        self.code.as_deref() == Some("CannotVerifyCopySource")
            && self.source_status.is_none()
            && matches!(self.status, Some(408 | 500 | 502 | 504))
    }
}

/// The service has no such operation.
fn not_done_here(refusal: &Refusal) -> bool {
    refusal.status == Some(501)
        || matches!(
            refusal.code.as_deref(),
            Some("APINotImplemented" | "NotImplemented" | "FeatureNotSupported" | "UnsupportedHeader")
        )
}

/// The source did not let the target's service in. A plain 403 is the target's own and no reason.
fn refused_at_source(refusal: &Refusal) -> bool {
    let denied = |status: Option<u16>| matches!(status, Some(401 | 403));
    if refusal.source_status.is_some() {
        return denied(refusal.source_status);
    }
    match refusal.code.as_deref() {
        Some("CannotVerifyCopySource") => denied(refusal.status),
        _ => refusal.status == Some(401),
    }
}

impl SourceAuth {
    fn words(self) -> &'static str {
        match self {
            SourceAuth::Bearer => "a bearer token",
            SourceAuth::DelegationSas => "a user-delegation SAS",
            SourceAuth::KeySas => "a SAS of the account key",
            SourceAuth::GivenSas => "the given SAS",
        }
    }
}

impl Method {
    /// For people: `Put Blob From URL with a bearer token`.
    pub fn words(self) -> String {
        match self {
            Method::ServerSide {
                writing: Writing::OneRequest,
                auth,
            } => {
                format!("Put Blob From URL with {}", auth.words())
            }
            Method::ServerSide {
                writing: Writing::Blocks,
                auth,
            } => {
                format!("Put Block From URL with {}", auth.words())
            }
            Method::Relay => "relay through this host".into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: Means = Means {
        bearer: true,
        delegation: true,
        key: false,
        sas: false,
    };

    fn side(writing: Writing, auth: SourceAuth) -> Method {
        Method::ServerSide { writing, auth }
    }

    fn refusal(status: u16, code: &str, source: Option<u16>) -> Refusal {
        Refusal {
            status: Some(status),
            code: Some(code.into()),
            source_status: source,
            source_code: None,
        }
    }

    /// As a copy's target tells what its source said.
    fn source_refusal(status: u16, code: &str) -> Refusal {
        Refusal {
            source_code: Some(code.into()),
            ..refusal(status, "CannotVerifyCopySource", Some(status))
        }
    }

    #[test]
    fn what_refusals_mean() {
        for (refusal, meaning) in [
            (refusal(409, "BlobAlreadyExists", None), Meaning::Exists),
            (refusal(412, "TargetConditionNotMet", None), Meaning::Exists),
            (
                refusal(412, "SourceConditionNotMet", None),
                Meaning::SourceChanged,
            ),
            (
                refusal(412, "CannotVerifyCopySource", None),
                Meaning::SourceChanged,
            ),
            (
                refusal(404, "CannotVerifyCopySource", Some(404)),
                Meaning::SourceGone,
            ),
            (refusal(404, "BlobNotFound", None), Meaning::SourceGone),
            (refusal(412, "LeaseIdMissing", None), Meaning::Exists),
            (
                refusal(404, "ContainerNotFound", None),
                Meaning::PlaceGone(End::Target),
            ),
            (
                refusal(409, "ContainerBeingDeleted", None),
                Meaning::PlaceGone(End::Target),
            ),
            (
                refusal(403, "AccountIsDisabled", None),
                Meaning::PlaceGone(End::Target),
            ),
            (
                source_refusal(404, "ContainerNotFound"),
                Meaning::PlaceGone(End::Source),
            ),
            (
                source_refusal(403, "AccountIsDisabled"),
                Meaning::PlaceGone(End::Source),
            ),
            (source_refusal(404, "BlobNotFound"), Meaning::SourceGone),
            (refusal(409, "BlobArchived", Some(409)), Meaning::Other),
            (
                refusal(403, "AuthorizationPermissionMismatch", None),
                Meaning::Other,
            ),
        ] {
            assert_eq!(refusal.meaning(), meaning, "{refusal:?}");
        }
    }

    #[test]
    fn the_first_method() {
        assert_eq!(ALL.first(), side(Writing::OneRequest, SourceAuth::Bearer));
        assert_eq!(
            Means {
                key: true,
                ..Default::default()
            }
            .first(),
            side(Writing::OneRequest, SourceAuth::KeySas)
        );
        assert_eq!(Means::default().first(), Method::Relay);
    }

    #[test]
    fn fallbacks() {
        use SourceAuth::{Bearer, DelegationSas};
        use Writing::{Blocks, OneRequest};
        let denied = refusal(403, "CannotVerifyCopySource", None);
        let denied_behind = refusal(403, "CannotVerifyCopySource", Some(403));
        for (method, refusal, then) in [
            (
                side(OneRequest, Bearer),
                refusal(501, "APINotImplemented", None),
                Some(side(Blocks, Bearer)),
            ),
            (
                side(OneRequest, Bearer),
                refusal(400, "UnsupportedHeader", None),
                Some(side(Blocks, Bearer)),
            ),
            (
                side(Blocks, Bearer),
                refusal(501, "NotImplemented", None),
                Some(Method::Relay),
            ),
            (
                side(Blocks, Bearer),
                denied.clone(),
                Some(side(Blocks, DelegationSas)),
            ),
            (
                side(OneRequest, Bearer),
                denied_behind.clone(),
                Some(side(OneRequest, DelegationSas)),
            ),
            (
                side(OneRequest, DelegationSas),
                denied.clone(),
                Some(Method::Relay),
            ),
            (
                side(OneRequest, Bearer),
                refusal(401, "NoAuthenticationInformation", None),
                Some(side(OneRequest, DelegationSas)),
            ),
            // The target's own refusals, and facts about the blob.
            (
                side(OneRequest, Bearer),
                refusal(403, "AuthorizationPermissionMismatch", None),
                None,
            ),
            (
                side(OneRequest, Bearer),
                refusal(404, "CannotVerifyCopySource", None),
                None,
            ),
            (
                side(OneRequest, Bearer),
                refusal(409, "CannotVerifyCopySource", Some(409)),
                None,
            ),
            (
                side(OneRequest, Bearer),
                refusal(412, "SourceConditionNotMet", None),
                None,
            ),
            (Method::Relay, denied, None),
        ] {
            assert_eq!(
                plan_fallback(method, ALL, &refusal),
                then,
                "{method:?} {refusal:?}"
            );
        }
    }

    #[test]
    fn a_source_out_of_reach_is_a_refusal_and_a_busy_one_is_none() {
        use SourceAuth::{Bearer, DelegationSas};
        use Writing::{Blocks, OneRequest};
        for (method, refusal, then) in [
            // The source cannot be reached from there, whoever asks.
            (
                side(OneRequest, Bearer),
                refusal(500, "CannotVerifyCopySource", None),
                Some(side(OneRequest, DelegationSas)),
            ),
            (
                side(Blocks, DelegationSas),
                refusal(504, "CannotVerifyCopySource", None),
                Some(Method::Relay),
            ),
            // A source that is busy, and a service that fails by itself.
            (
                side(OneRequest, Bearer),
                refusal(503, "CannotVerifyCopySource", Some(503)),
                None,
            ),
            (
                side(OneRequest, Bearer),
                refusal(500, "InternalError", None),
                None,
            ),
        ] {
            assert_eq!(
                plan_fallback(method, ALL, &refusal),
                then,
                "{method:?} {refusal:?}"
            );
        }
    }
}
