//! One blob to move, and what became of it: the words of [`Copier`](super::Copier).

use coldkeep_azure::{
    Error,
    blob::{Write, Written},
};
use coldkeep_core::{Problem, point::HashOrigin};

/// What a blob that is there already at the target means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Existing {
    /// Its name says what it holds: with the same length it is what was wanted.
    IsSame,
    /// It is somebody's own: the copy fails with [`CopyFailure::Exists`].
    Refuse,
}

/// One blob to move.
#[derive(Debug)]
pub(crate) struct CopyOrder<'a> {
    pub name: &'a str,
    pub version_id: Option<&'a str>,
    /// The source is pinned to this ETag (where no version is named).
    pub etag: &'a str,
    pub size_bytes: u64,
    pub target_name: &'a str,
    pub write: Write,
    pub existing: Existing,
}

/// How a blob got to the target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum How {
    /// The service moved it.
    ServerSide,
    /// Through this host; the reason is among the notes.
    Relayed,
    /// It was there.
    Already,
}

/// A blob that is at the target, with the hashes somebody computed over it.
#[derive(Debug, Clone)]
pub(crate) struct Copied {
    pub how: How,
    pub version_id: Option<String>,
    pub md5: Option<(Vec<u8>, HashOrigin)>,
    pub crc64: Option<(Vec<u8>, HashOrigin)>,
}

/// Why a blob did not get to the target.
#[derive(Debug)]
pub(crate) enum CopyFailure {
    /// The source is not at the pinned ETag any more.
    SourceChanged,
    /// The source (or that version of it) does not exist any more.
    SourceGone,
    /// Something is at the target's name, and [`Existing::Refuse`] was asked.
    Exists,
    Other(Problem),
}

impl Copied {
    pub(super) fn by_service(how: How, written: Written) -> Self {
        Self {
            how,
            version_id: written.version_id,
            md5: written.md5.map(|hash| (hash, HashOrigin::TargetService)),
            crc64: written.crc64.map(|hash| (hash, HashOrigin::TargetService)),
        }
    }
}

/// A refusal that no other method would change.
pub(super) fn not_written(order: &CopyOrder<'_>, error: &Error) -> CopyFailure {
    CopyFailure::Other(error.problem(format!(
        "`{}` cannot be written as `{}`",
        order.name, order.target_name
    )))
}

/// From the text of a Content-MD5 property.
pub(super) fn decode_md5(text: &str) -> Option<Vec<u8>> {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD
        .decode(text)
        .ok()
        .filter(|hash| hash.len() == 16)
}
