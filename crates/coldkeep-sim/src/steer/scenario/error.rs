//! Why a scenario cannot be played.

use std::{fmt, path::Path};

/// Why a scenario cannot be played.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScenarioError(pub(super) String);

impl fmt::Display for ScenarioError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for ScenarioError {}

impl ScenarioError {
    pub(super) fn new(what: impl fmt::Display) -> Self {
        Self(what.to_string())
    }

    pub(super) fn at(self, file: Option<&Path>) -> Self {
        match file {
            Some(file) => Self(format!("{}: {self}", file.display())),
            None => self,
        }
    }
}
