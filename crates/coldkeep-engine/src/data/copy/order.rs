//! One blob to move, and what became of it: the words of [`Copier`](super::Copier).

use super::block_log::BlobBlocks;
use coldkeep_azure::{
    Error,
    blob::{Write, Written},
};
use coldkeep_core::{
    Code, Problem,
    content_hash::{Agreement, ContentHashes},
    fix,
    hash::HashOrigin,
    problem::{Field, Verb},
};

/// One blob to move.
#[derive(Debug)]
pub(crate) struct CopyOrder<'a> {
    pub name: &'a str,
    pub version_id: Option<&'a str>,
    /// The source is pinned to this ETag (where no version is named).
    pub etag: &'a str,
    pub size_bytes: u64,
    /// Whole, as the container knows it.
    pub target_name: &'a str,
    pub write: Write,
    /// What was recorded of the content: other content is refused before it is written.
    pub expected: Option<ContentHashes>,
    /// Where the staged blocks of a large blob are remembered, so that an interrupted copy is resumed.
    pub blocks: Option<BlobBlocks<'a>>,
}

/// How a blob got to the target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TransferPath {
    /// The service moved it.
    ServerSide,
    /// Through this host; the reason is among the notes.
    Relayed,
}

/// A blob at the target, with its known hashes.
#[derive(Debug, Clone)]
pub(crate) struct Copied {
    pub how: TransferPath,
    pub etag: String,
    pub version_id: Option<String>,
    pub hashes: ContentHashes,
    /// Who computed them.
    pub origin: HashOrigin,
}

/// Why a blob did not get to the target.
#[derive(Debug)]
pub(crate) enum CopyFailure {
    /// The source is not at the pinned ETag any more.
    SourceChanged,
    /// The source (or that version of it) does not exist any more.
    SourceGone,
    /// Something is at the target's name. It may be this very copy, whose answer was lost.
    Exists,
    Other(Problem),
}

impl Copied {
    pub(super) fn by_service(how: TransferPath, written: Written) -> Self {
        Self {
            how,
            etag: written.etag,
            version_id: written.version_id,
            hashes: ContentHashes {
                md5: written.md5,
                crc64: written.crc64,
            },
            origin: HashOrigin::TargetService,
        }
    }

    pub(super) fn relayed(written: Written, hashes: ContentHashes) -> Self {
        Self {
            hashes,
            origin: HashOrigin::Coldkeep,
            ..Self::by_service(TransferPath::Relayed, written)
        }
    }
}

impl CopyOrder<'_> {
    /// Refuses content that is not what was recorded. Content without a comparable hash is not refused:
    /// the answer shows whether a hash was compared.
    pub(super) fn check_content(&self, found: &ContentHashes) -> Result<bool, CopyFailure> {
        let Some(expected) = &self.expected else {
            return Ok(false);
        };
        match expected.agreement(found) {
            Agreement::Same => Ok(true),
            Agreement::Unknown => Ok(false),
            Agreement::Differs(hash) => Err(CopyFailure::Other(wrong_content(self.name, hash))),
        }
    }
}

/// Content in a target that is not what was recorded when it was copied; nothing of it was written anywhere.
pub(super) fn wrong_content(name: &str, hash: &str) -> Problem {
    Problem::new(
        Code::ContentDamaged,
        format!("The content `{name}` has another {hash} than the one recorded when it was copied"),
        fix![
            "The content in the target was changed or damaged: restore the blob from another point. The \
             job's next run copies damaged blobs again once a verification has found them: ",
            Verb::PointVerify.any().with(Field::Deep),
            "."
        ],
    )
}

/// A refusal that no other method would change.
pub(super) fn not_written(order: &CopyOrder<'_>, error: &Error) -> CopyFailure {
    CopyFailure::Other(error.problem(format!(
        "`{}` cannot be written as `{}`",
        order.name, order.target_name
    )))
}
