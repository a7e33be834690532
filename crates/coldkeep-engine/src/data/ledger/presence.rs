//! Whether the blob that a row of the index names is in the target as it was recorded, as far as a listing shows.

use super::{IndexRow, listing::ListedVersions};
use coldkeep_core::{blob::ListedBlob, hash::Md5, verification::DamageKind};

/// What a listing shows of a recorded blob.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Presence<'a> {
    /// It is there, with its length, and nothing shows other content.
    Whole(&'a ListedBlob),
    Missing,
    /// It has another length: this one.
    Length(u64),
    /// The MD5 listed is not the one that the service computed when it was written: it was overwritten.
    ListedMd5,
}

impl ListedVersions {
    /// What is there of a row that names this blob.
    pub(crate) fn presence_of(&self, row: &IndexRow) -> Presence<'_> {
        let Some(blob) = self.version(row.target_version_id.as_deref()) else {
            return Presence::Missing;
        };
        let fits = match (row.pack_offset, row.pack_length) {
            (Some(offset), Some(length)) => offset
                .checked_add(length)
                .is_some_and(|end| end <= blob.size_bytes),
            _ => blob.size_bytes == row.size_bytes,
        };
        if !fits {
            return Presence::Length(blob.size_bytes);
        }
        match (&row.md5, listed_md5(blob)) {
            (Some(recorded), Some(listed)) if row.pack_offset.is_none() && recorded.value != listed => {
                Presence::ListedMd5
            }
            _ => Presence::Whole(blob),
        }
    }
}

impl Presence<'_> {
    /// The damage it is, if it is one.
    pub(crate) fn damage(&self) -> Option<DamageKind> {
        match self {
            Presence::Whole(_) => None,
            Presence::Missing => Some(DamageKind::Missing),
            Presence::Length(_) => Some(DamageKind::Length),
            Presence::ListedMd5 => Some(DamageKind::ListedMd5),
        }
    }
}

/// The Content-MD5 property that a listing shows. It can show damage; it proves nothing.
pub(crate) fn listed_md5(blob: &ListedBlob) -> Option<Md5> {
    Md5::parse(blob.headers.content_md5.as_deref()?)
}
