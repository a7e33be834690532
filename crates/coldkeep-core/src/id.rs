//! Typed identifiers: a job's id is never mistaken for a run's.

use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};
use uuid::Uuid;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl $name {
            /// A new id that sorts by creation time (UUID version 7).
            pub fn new() -> Self {
                Self(Uuid::now_v7())
            }
        }
        impl Default for $name {
            fn default() -> Self {
                Self::new()
            }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({})", stringify!($name), self.0)
            }
        }
        impl FromStr for $name {
            type Err = uuid::Error;
            fn from_str(s: &str) -> Result<Self, Self::Err> {
                s.parse().map(Self)
            }
        }
    )*};
}

ids! {
    /// An Azure service account that Coldkeep keeps.
    ServiceAccountId;
    /// An entry of the certificate store.
    CertificateId;
    /// A repository (source or target).
    RepositoryId;
    /// A backup copy job.
    JobId;
    /// One execution: a copy or a restore.
    RunId;
    /// A restore point.
    PointId;
    /// A target, permanently, independent of its repository's name: its marker holds the id.
    TargetId;
    /// A person who signs in to the pages.
    PersonId;
    /// A person's sign-in that is under way or done.
    SignInId;
}
