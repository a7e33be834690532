//! Applications created without a request, and the secrets they sign in with.

use super::directory::PasswordCredential;
use crate::wire::new_guid;
use coldkeep_core::Timestamp;
use jiff::{SignedDuration, ToSpan};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fmt;

/// An application created without a request, with a secret, ready to sign in.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegisteredApp {
    pub tenant_id: String,
    pub app_id: String,
    pub object_id: String,
    pub service_principal_id: String,
    pub display_name: String,
    pub secret: String,
}

impl fmt::Debug for RegisteredApp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RegisteredApp")
            .field("app_id", &self.app_id)
            .finish_non_exhaustive()
    }
}

/// A random secret of the form Entra gives: 40 characters with `~` and `.` among them.
pub(crate) fn new_secret() -> String {
    let random = format!(
        "{}{}",
        uuid::Uuid::new_v4().simple(),
        uuid::Uuid::new_v4().simple()
    );
    format!("{}8Q~{}.{}", &random[..3], &random[3..20], &random[20..36])
}

/// The stored half of a secret.
pub(crate) fn new_password(
    secret: &str,
    display_name: Option<String>,
    start: Timestamp,
    end: Timestamp,
    usable_at: Timestamp,
) -> PasswordCredential {
    PasswordCredential {
        key_id: new_guid(),
        display_name,
        hint: secret[..3].to_owned(),
        secret_sha256: Sha256::digest(secret).into(),
        start,
        end,
        usable_at,
    }
}

/// How long a secret lives unless asked otherwise.
pub(crate) fn two_years_after(start: Timestamp) -> Timestamp {
    let span = start.to_zoned(jiff::tz::TimeZone::UTC).checked_add(2.years());
    span.map_or_else(
        |_| {
            start
                .saturating_add(SignedDuration::from_hours(17_520))
                .unwrap_or(start)
        },
        |z| z.timestamp(),
    )
}
