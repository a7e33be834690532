//! What containers and blobs may be called:
//! <https://learn.microsoft.com/rest/api/storageservices/naming-and-referencing-containers--blobs--and-metadata>.

use super::reply::Refusal;

const BLOB_MAX_CHARS: usize = 1024;
const BLOB_MAX_SEGMENTS: usize = 254;

/// Why a name is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BadName {
    Length,
    Characters,
}

impl BadName {
    pub(crate) fn message(self) -> &'static str {
        match self {
            Self::Length => "The specified resource name length is not within the permissible limits.",
            Self::Characters => "The specified resource name contains invalid characters.",
        }
    }
}

impl From<BadName> for Refusal {
    fn from(bad: BadName) -> Self {
        let code = match bad {
            BadName::Length => "OutOfRangeInput",
            BadName::Characters => "InvalidResourceName",
        };
        Self::bad_request(code, bad.message())
    }
}

/// Whether a container can be called so.
pub(crate) fn check_container_name(name: &str) -> Result<(), BadName> {
    if matches!(name, "$root" | "$web" | "$logs" | "$blobchangefeed") {
        return Ok(());
    }
    if !(3..=63).contains(&name.len()) {
        return Err(BadName::Length);
    }
    let good = name
        .bytes()
        .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
        && !name.starts_with('-')
        && !name.ends_with('-')
        && !name.contains("--");
    good.then_some(()).ok_or(BadName::Characters)
}

/// Whether a blob can be called so. What is too long has the code of wrong characters, as in Azurite.
pub(crate) fn check_blob_name(name: &str) -> Result<(), BadName> {
    let good =
        (1..=BLOB_MAX_CHARS).contains(&name.chars().count()) && name.split('/').count() <= BLOB_MAX_SEGMENTS;
    good.then_some(()).ok_or(BadName::Characters)
}
