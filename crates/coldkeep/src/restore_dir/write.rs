//! One file: its octets from the server to the disk, proven on the way.

use super::tree::Tree;
use coldkeep_api::Client;
use coldkeep_core::{
    Code, PointAddress, Problem,
    content_hash::{Agreement, ContentHasher, ContentHashes},
    fix,
    point::Entry,
    problem::{Field, Verb},
};
use std::{fs::File, time::Duration};
use tokio::io::AsyncWriteExt;

/// Writes one file beside, under its number, and proves its length and hashes. Its place it gets when that is decided.
pub async fn write_file(
    client: &Client,
    tree: &Tree,
    point: &PointAddress,
    entry: &Entry,
    path: &str,
    number: u64,
) -> Result<(), Problem> {
    let mut file = tokio::fs::File::from_std(tree.start(number)?);
    let mut hasher = ContentHasher::default();
    if entry.size_bytes > 0 {
        let mut content = client.open_file(point, &entry.name).await?;
        while let Some(bytes) = content.next().await? {
            hasher.update(&bytes);
            if hasher.size_bytes() > entry.size_bytes {
                break;
            }
            file.write_all(&bytes).await.map_err(|e| tree.problem(path, e))?;
        }
    }
    file.flush().await.map_err(|e| tree.problem(path, e))?;
    judge(entry, hasher.size_bytes(), &hasher.finish())?;
    set_modified(&file.into_std().await, entry);
    Ok(())
}

/// Refuses content that differs from the manifest.
fn judge(entry: &Entry, length: u64, found: &ContentHashes) -> Result<(), Problem> {
    let corrupt = |what: String| {
        Problem::new(
            Code::ContentDamaged,
            what,
            fix![
                "Restore from another point. To check what else is damaged: ",
                Verb::PointVerify.any().with(Field::Deep),
                "."
            ],
        )
    };
    if length != entry.size_bytes {
        return Err(corrupt(format!(
            "{length} bytes or more were received instead of {}",
            entry.size_bytes
        )));
    }
    if length == 0 {
        return Ok(());
    }
    match entry.hashes().agreement(found) {
        Agreement::Same => Ok(()),
        Agreement::Differs(hash) => Err(corrupt(format!(
            "The {hash} of the content differs from the one recorded when it was copied"
        ))),
        Agreement::Unknown => Err(corrupt(
            "No hash was recorded when it was copied, so the content cannot be verified".into(),
        )),
    }
}

/// As at the source; where the file system refuses, the index has it.
fn set_modified(file: &File, entry: &Entry) {
    if let Ok(seconds) = u64::try_from(entry.last_modified.as_second()) {
        let _ = file.set_modified(std::time::UNIX_EPOCH + Duration::from_secs(seconds));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use coldkeep_core::hash::{Crc64, Hash, HashOrigin, Md5};

    #[test]
    fn what_arrives_is_held_against_the_manifest() {
        let found = ContentHashes::of(b"abc");
        let origin = HashOrigin::TargetService;
        let entry = |md5: Option<Md5>, crc64: Option<Crc64>| Entry {
            size_bytes: 3,
            md5: md5.map(|value| Hash { value, origin }),
            crc64: crc64.map(|value| Hash { value, origin }),
            ..Entry::default()
        };
        let whole = entry(found.md5, None);
        assert!(judge(&whole, 3, &found).is_ok());
        assert!(judge(&entry(None, found.crc64), 3, &found).is_ok());
        let refused = |entry: &Entry, length| judge(entry, length, &found).unwrap_err().code;
        assert_eq!(refused(&whole, 2), Code::ContentDamaged);
        assert_eq!(refused(&whole, 4), Code::ContentDamaged);
        let (other_md5, other_crc64) = (Some(Md5([1; 16])), Some(Crc64([1; 8])));
        assert_eq!(refused(&entry(other_md5, None), 3), Code::ContentDamaged);
        assert_eq!(refused(&entry(None, other_crc64), 3), Code::ContentDamaged);
        let one_wrong = entry(found.md5, other_crc64);
        assert_eq!(refused(&one_wrong, 3), Code::ContentDamaged, "every hash counts");
        assert_eq!(refused(&entry(None, None), 3), Code::ContentDamaged);
        assert!(judge(&Entry::default(), 0, &ContentHashes::of(b"")).is_ok());
    }
}
