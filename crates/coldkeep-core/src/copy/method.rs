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
pub struct SourceAuths {
    pub bearer: bool,
    pub delegation: bool,
    pub key: bool,
    pub sas: bool,
}

/// What stands in the way of a method, and not of the blob.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MethodObstacle {
    /// The service has no such operation.
    NotOffered,
    /// The source did not let the target's service in.
    SourceRefuses,
    /// The target's service could not reach the source at all: a network keeps it out. A source that is busy answers, and
    /// is no obstacle.
    SourceOutOfReach,
}

impl SourceAuths {
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

/// The method to continue with; none where nothing stands in the way of the present one.
pub fn plan_fallback(method: Method, means: SourceAuths, obstacle: Option<MethodObstacle>) -> Option<Method> {
    let Method::ServerSide { writing, auth } = method else {
        return None;
    };
    let next = match (obstacle?, writing) {
        (MethodObstacle::NotOffered, Writing::OneRequest) => Method::ServerSide {
            writing: Writing::Blocks,
            auth,
        },
        (MethodObstacle::NotOffered, Writing::Blocks) => Method::Relay,
        (MethodObstacle::SourceRefuses | MethodObstacle::SourceOutOfReach, _) => means
            .after(auth)
            .map_or(Method::Relay, |auth| Method::ServerSide { writing, auth }),
    };
    Some(next)
}

/// What a refusal of a write (or of a copy) means for the two blobs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WriteRefusal {
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

    const ALL: SourceAuths = SourceAuths {
        bearer: true,
        delegation: true,
        key: false,
        sas: false,
    };

    fn side(writing: Writing, auth: SourceAuth) -> Method {
        Method::ServerSide { writing, auth }
    }

    #[test]
    fn the_first_method() {
        assert_eq!(ALL.first(), side(Writing::OneRequest, SourceAuth::Bearer));
        assert_eq!(
            SourceAuths {
                key: true,
                ..Default::default()
            }
            .first(),
            side(Writing::OneRequest, SourceAuth::KeySas)
        );
        assert_eq!(SourceAuths::default().first(), Method::Relay);
    }

    #[test]
    fn fallbacks() {
        use MethodObstacle::{NotOffered, SourceOutOfReach, SourceRefuses};
        use SourceAuth::{Bearer, DelegationSas};
        use Writing::{Blocks, OneRequest};
        for (method, obstacle, then) in [
            (
                side(OneRequest, Bearer),
                Some(NotOffered),
                Some(side(Blocks, Bearer)),
            ),
            (side(Blocks, Bearer), Some(NotOffered), Some(Method::Relay)),
            (
                side(Blocks, Bearer),
                Some(SourceRefuses),
                Some(side(Blocks, DelegationSas)),
            ),
            (
                side(OneRequest, Bearer),
                Some(SourceOutOfReach),
                Some(side(OneRequest, DelegationSas)),
            ),
            (
                side(OneRequest, DelegationSas),
                Some(SourceRefuses),
                Some(Method::Relay),
            ),
            (
                side(Blocks, DelegationSas),
                Some(SourceOutOfReach),
                Some(Method::Relay),
            ),
            (side(OneRequest, Bearer), None, None),
            (Method::Relay, Some(SourceRefuses), None),
        ] {
            assert_eq!(
                plan_fallback(method, ALL, obstacle),
                then,
                "{method:?} {obstacle:?}"
            );
        }
    }
}
