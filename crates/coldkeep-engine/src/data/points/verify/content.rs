//! Reading a blob's content and comparing its hashes: the deep part of a verification.

use crate::{data::copy::hash_blob, data::ledger::IndexRow, data::ledger::Target};
use coldkeep_azure::blob::{CountsAs, Read};
use coldkeep_core::{
    ByteRange, Kind, Problem,
    content_hash::{Agreement, ContentHashes},
};

/// What reading showed.
pub(super) enum Content {
    /// Every hash that was recorded is its own.
    Same,
    /// It could be read in full, but no hash was recorded to compare with.
    NoHash,
    /// In what.
    Differs(String),
    /// It is missing or was replaced, according to the service.
    Gone(Problem),
    /// It could not be read; its content is unknown.
    Unread(Problem),
}

pub(super) async fn read_content(target: &Target, row: IndexRow) -> (IndexRow, Content) {
    if row.size_bytes == 0 {
        return (row, Content::Same);
    }
    let read = Read {
        version_id: row.target_version_id.clone(),
        range: row.pack_offset.map(|offset| ByteRange {
            offset,
            length_bytes: row.pack_length.unwrap_or(row.size_bytes),
        }),
        counts_as: CountsAs::Data,
        ..Read::default()
    };
    let name = target.blob_name(&row.target_name);
    let content = match hash_blob(target.container(), &name, read).await {
        Err(error) => {
            let problem = error.problem(format!("`{name}` cannot be read"));
            match problem.kind {
                Kind::NotFound | Kind::Corrupt => Content::Gone(problem),
                _ => Content::Unread(problem),
            }
        }
        Ok((size_bytes, _)) if size_bytes != row.size_bytes => {
            Content::Differs(format!("gives {size_bytes} bytes instead of {}", row.size_bytes))
        }
        Ok((_, hashes)) => match recorded(&row).agreement(&hashes) {
            Agreement::Same => Content::Same,
            Agreement::Unknown => Content::NoHash,
            Agreement::Differs(hash) => {
                Content::Differs(format!("has another {hash} than when it was copied"))
            }
        },
    };
    (row, content)
}

fn recorded(row: &IndexRow) -> ContentHashes {
    ContentHashes {
        md5: row.md5.map(|hash| hash.value),
        crc64: row.crc64.map(|hash| hash.value),
    }
}
