//! Why a request to steer was refused.

use crate::world::Unknown;

/// Why a request was refused.
#[derive(Debug)]
pub(crate) enum Refused {
    Unknown(Unknown),
    Unreadable(serde_json::Error),
    Senseless(String),
    NoRoute,
}

impl std::fmt::Display for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Unknown(unknown) => unknown.fmt(f),
            Self::Unreadable(error) => error.fmt(f),
            Self::Senseless(why) => f.write_str(why),
            Self::NoRoute => f.write_str("there is no such call"),
        }
    }
}

impl From<Unknown> for Refused {
    fn from(unknown: Unknown) -> Self {
        Self::Unknown(unknown)
    }
}

impl From<serde_json::Error> for Refused {
    fn from(error: serde_json::Error) -> Self {
        Self::Unreadable(error)
    }
}
