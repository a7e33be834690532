//! How long a credential is valid.

use crate::Timestamp;

/// A certificate or a secret can be used from `start` until `end`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ValidityPeriod {
    pub start: Timestamp,
    pub end: Timestamp,
}

impl ValidityPeriod {
    /// Its length.
    pub fn seconds(&self) -> i64 {
        self.end.as_second() - self.start.as_second()
    }
}
