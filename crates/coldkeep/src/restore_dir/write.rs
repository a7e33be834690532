//! One file: its octets from the server to the disk, proven on the way.

use super::tree::Tree;
use crate::client::Client;
use coldkeep_core::{
    Kind, PointAddress, Problem,
    point::{Entry, HashOrigin},
};
use md5::{Digest, Md5};
use std::{fs::File, time::Duration};
use tokio::io::AsyncWriteExt;

/// What is remarkable about a file that was written.
#[derive(Debug)]
pub struct Written {
    /// Its MD5 is not the property stored at the source. Nobody checks that property: no failure.
    pub differs_from_source_md5: bool,
}

/// Writes one file beside, proves its length and hash, and gives it its place.
pub async fn write_file(
    client: &Client,
    tree: &Tree,
    point: &PointAddress,
    entry: &Entry,
    path: &str,
    number: u64,
) -> Result<Written, Problem> {
    let mut file = tokio::fs::File::from_std(tree.start(number)?);
    let mut md5 = Md5::new();
    let mut length = 0_u64;
    // An empty blob is in the manifest alone.
    if entry.size_bytes > 0 {
        let mut content = client.open_file(point, &entry.name).await?;
        while let Some(bytes) = content.next().await? {
            length += bytes.len() as u64;
            if length > entry.size_bytes {
                break;
            }
            md5.update(&bytes);
            file.write_all(&bytes).await.map_err(|e| tree.problem(path, e))?;
        }
    }
    file.flush().await.map_err(|e| tree.problem(path, e))?;
    let written = judge(entry, length, &md5.finalize())?;
    set_modified(&file.into_std().await, entry);
    tree.put(number, path)?;
    Ok(written)
}

/// Whether what arrived is what the manifest says.
fn judge(entry: &Entry, length: u64, md5: &[u8]) -> Result<Written, Problem> {
    let corrupt = |what: String| {
        Problem::new(
            Kind::Corrupt,
            what,
            "Verify the point with `coldkeep point verify --deep`, and restore from another one if it is damaged.",
        )
    };
    if length != entry.size_bytes {
        return Err(corrupt(format!(
            "{length} octets or more came instead of {}",
            entry.size_bytes
        )));
    }
    let differs = entry.md5.as_deref().is_some_and(|expected| expected != md5);
    let unchecked = matches!(entry.md5_origin, Some(HashOrigin::SourceProperty) | None);
    if differs && !unchecked {
        return Err(corrupt(
            "The content's MD5 is not the one that was recorded when it was copied".into(),
        ));
    }
    Ok(Written {
        differs_from_source_md5: differs,
    })
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

    #[test]
    fn what_arrives_is_held_against_the_manifest() {
        let entry = |size_bytes, md5: Option<&[u8]>, md5_origin| Entry {
            size_bytes,
            md5: md5.map(<[u8]>::to_vec),
            md5_origin,
            ..Entry::default()
        };
        let whole = entry(3, Some(b"hash"), Some(HashOrigin::TargetService));
        assert!(!judge(&whole, 3, b"hash").unwrap().differs_from_source_md5);
        assert_eq!(judge(&whole, 2, b"hash").unwrap_err().kind, Kind::Corrupt);
        assert_eq!(judge(&whole, 4, b"hash").unwrap_err().kind, Kind::Corrupt);
        assert_eq!(judge(&whole, 3, b"other").unwrap_err().kind, Kind::Corrupt);
        let said = entry(3, Some(b"hash"), Some(HashOrigin::SourceProperty));
        assert!(judge(&said, 3, b"other").unwrap().differs_from_source_md5);
        assert!(
            !judge(&entry(3, None, None), 3, b"x")
                .unwrap()
                .differs_from_source_md5
        );
    }
}
