//! Reading a blob's content and comparing its hash: the deep part of a verification.

use crate::target::{IndexRow, Target};
use coldkeep_core::{
    Problem,
    point::{Entry, HashOrigin},
};
use futures::TryStreamExt;
use md5::{Digest, Md5};

/// What reading showed.
pub(super) enum Content {
    /// Its MD5 is the recorded one.
    Same,
    /// It could be read in full, but no MD5 was recorded to compare with.
    NoHash,
    /// In what.
    Differs(String),
    Unread(Problem),
}

pub(super) async fn read_content(target: &Target, row: IndexRow) -> (IndexRow, Content) {
    let content = match hash_content(target, &row).await {
        Err(problem) => Content::Unread(problem),
        Ok((size_bytes, _)) if size_bytes != row.size_bytes => {
            Content::Differs(format!("gives {size_bytes} bytes instead of {}", row.size_bytes))
        }
        Ok((_, md5)) => match &row.md5 {
            None => Content::NoHash,
            Some(expected) if *expected == md5 => Content::Same,
            Some(_) if row.md5_origin == Some(HashOrigin::SourceProperty) => {
                Content::Differs("has another MD5 than the property that the source carried".into())
            }
            Some(_) => Content::Differs("has another MD5 than when it was copied".into()),
        },
    };
    (row, content)
}

async fn hash_content(target: &Target, row: &IndexRow) -> Result<(u64, Vec<u8>), Problem> {
    if row.size_bytes == 0 {
        return Ok((0, Md5::digest([]).to_vec()));
    }
    let entry = Entry {
        name: row.name.clone(),
        target_name: row.target_name.clone(),
        target_version_id: row.target_version_id.clone(),
        pack_offset: row.pack_offset,
        pack_length: row.pack_length,
        size_bytes: row.size_bytes,
        ..Entry::default()
    };
    let mut stream = target.fetch_data(&entry).await?.stream;
    let (mut md5, mut size_bytes) = (Md5::new(), 0);
    while let Some(piece) = stream
        .try_next()
        .await
        .map_err(|e| e.problem(format!("`{}` broke off", row.target_name)))?
    {
        size_bytes += piece.len() as u64;
        md5.update(&piece);
    }
    Ok((size_bytes, md5.finalize().to_vec()))
}
