//! Which names a blob can have at an account without directories, so that the service does not change them.

use std::fmt;

/// Characters of a blob's name
/// (<https://learn.microsoft.com/rest/api/storageservices/naming-and-referencing-containers--blobs--and-metadata>).
pub const NAME_MAX_CHARS: usize = 1024;
/// Segments between slashes of a blob's name.
pub const NAME_MAX_SEGMENTS: usize = 254;

/// Why no blob has such a name: the service would refuse it, or write to another name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnfitName {
    Empty,
    /// A segment is `.` or `..`: the service walks the path, also where the dots are percent-encoded.
    DotSegment,
    /// A segment ends in a dot: the service drops it.
    TrailingDot,
    /// The service turns it into a slash.
    Backslash,
    TooLong,
    TooDeep,
}

impl fmt::Display for UnfitName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("it is empty"),
            Self::DotSegment => f.write_str(
                "it has a segment `.` or `..`, which Blob Storage resolves as a path: it would write to \
                another name",
            ),
            Self::TrailingDot => f.write_str(
                "a segment of it ends in a dot, which Blob Storage drops: it would write to another name",
            ),
            Self::Backslash => f.write_str(
                "it has a backslash, which Blob Storage turns into a slash: it would write to another name",
            ),
            Self::TooLong => write!(
                f,
                "it is longer than the {NAME_MAX_CHARS} characters that Blob Storage allows"
            ),
            Self::TooDeep => write!(
                f,
                "it has more than the {NAME_MAX_SEGMENTS} segments that Blob Storage allows"
            ),
        }
    }
}

/// Whether a blob can be written under this name and none other.
///
/// # Errors
/// Why not.
pub fn check_blob_name(name: &str) -> Result<(), UnfitName> {
    if name.is_empty() {
        return Err(UnfitName::Empty);
    }
    check_segments(name)?;
    if name.chars().count() > NAME_MAX_CHARS {
        return Err(UnfitName::TooLong);
    }
    if name.split('/').count() > NAME_MAX_SEGMENTS {
        return Err(UnfitName::TooDeep);
    }
    Ok(())
}

/// Whether the service leaves the segments as they are. Empty ones (`a//b`, `/a`, `a/`) it keeps.
pub(crate) fn check_segments(name: &str) -> Result<(), UnfitName> {
    if name.contains('\\') {
        return Err(UnfitName::Backslash);
    }
    for segment in name.split('/') {
        if matches!(segment, "." | "..") {
            return Err(UnfitName::DotSegment);
        }
        if segment.ends_with('.') {
            return Err(UnfitName::TrailingDot);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_the_service_keeps_are_let_through() {
        let (long, deep) = ("é".repeat(1024), format!("{}e", "d/".repeat(253)));
        for name in [
            "a", "a/b", "/a", "a/", "//", "a//b", ".a", "a.b", "a..b", ".a/..b", " ", "%2E%2E", "a\nb",
            &long, &deep,
        ] {
            assert_eq!(check_blob_name(name), Ok(()), "{name:?}");
        }
    }

    #[test]
    fn names_that_become_others_are_not() {
        let (long, deep) = ("é".repeat(1025), format!("{}e", "d/".repeat(254)));
        for (name, why) in [
            ("", UnfitName::Empty),
            (".", UnfitName::DotSegment),
            ("..", UnfitName::DotSegment),
            ("./key", UnfitName::DotSegment),
            ("a/../b", UnfitName::DotSegment),
            ("a/.", UnfitName::DotSegment),
            ("a/..", UnfitName::DotSegment),
            ("../a", UnfitName::DotSegment),
            ("a.", UnfitName::TrailingDot),
            ("a./b", UnfitName::TrailingDot),
            ("a/b...", UnfitName::TrailingDot),
            ("...", UnfitName::TrailingDot),
            ("a./", UnfitName::TrailingDot),
            ("a\\b", UnfitName::Backslash),
            ("a\\..\\b", UnfitName::Backslash),
            (&long, UnfitName::TooLong),
            (&deep, UnfitName::TooDeep),
        ] {
            assert_eq!(check_blob_name(name), Err(why), "{name:?}");
        }
    }
}
