//! Restoring one blob.

use super::Copier;
use crate::copy::{CopyFailure, CopyOrder, Existing, How};
use coldkeep_azure::blob::{Container, Write};
use coldkeep_core::{
    Kind, Problem,
    point::{Entry, HashOrigin},
    repository::Tier,
    restore_names::RestoredNames,
};
use std::sync::Arc;

/// What all items of a restore share.
#[derive(Debug)]
pub(super) struct Items {
    pub copier: Arc<Copier>,
    pub destination: Container,
    pub names: RestoredNames,
    /// The destination's; else each blob gets the tier it had at the source.
    pub tier: Option<Tier>,
    pub overwrite: bool,
}

/// How an item was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Done {
    ServerSide,
    Relayed,
    /// The same content was there.
    Unchanged,
}

impl Items {
    /// `etag`: the content's blob in the target is read only while it has this one.
    pub(super) async fn restore(&self, entry: &Entry, etag: &str) -> Result<Done, Problem> {
        let name = self
            .names
            .plan(&entry.name)
            .map_err(|why| why.problem(&entry.name))?;
        let order = CopyOrder {
            name: &entry.target_name,
            version_id: entry.target_version_id.as_deref(),
            etag,
            size_bytes: entry.size_bytes,
            target_name: &name,
            write: Write {
                headers: entry.headers.clone(),
                metadata: entry.metadata.clone(),
                tags: entry.tags.clone(),
                tier: self.tier.or(entry.source_tier),
                overwrite: self.overwrite,
                ..Write::default()
            },
            existing: Existing::Refuse,
        };
        let copied = match self.copier.copy(&order).await {
            Ok(copied) => copied,
            Err(CopyFailure::Exists) => return self.compare(entry, &name).await,
            Err(CopyFailure::SourceChanged | CopyFailure::SourceGone) => {
                return Err(Problem::new(
                    Kind::Corrupt,
                    format!(
                        "`{}` is not restored: somebody changed its content in the target just now",
                        entry.name
                    ),
                    "Find out who writes to the target; then restore again.",
                ));
            }
            Err(CopyFailure::Other(problem)) => {
                return Err(problem.context(format!("`{}` is not restored", entry.name)));
            }
        };
        if let (Some((md5, _)), Some(expected)) = (&copied.md5, proven_md5(entry))
            && md5 != expected
        {
            return Err(Problem::new(
                Kind::Corrupt,
                format!(
                    "`{name}` was restored, but its MD5 is not the one that was recorded when it was copied"
                ),
                "The content in the target was changed; take the blob from another point.",
            ));
        }
        Ok(match copied.how {
            How::ServerSide => Done::ServerSide,
            How::Relayed => Done::Relayed,
            How::Already => Done::Unchanged,
        })
    }

    /// Something has that name at the destination already: nothing is overwritten, but the same content will do.
    async fn compare(&self, entry: &Entry, name: &str) -> Result<Done, Problem> {
        let head = self.destination.fetch_head(name, None).await;
        let head = head.map_err(|e| e.problem(format!("`{name}` cannot be looked at")))?;
        let same = head.is_some_and(|head| {
            let there = head.blob.headers.content_md5.as_deref();
            let there = there.and_then(|text| data_encoding::BASE64.decode(text.as_bytes()).ok());
            head.blob.size_bytes == entry.size_bytes
                && (entry.size_bytes == 0 || (there.is_some() && there.as_ref() == entry.md5.as_ref()))
        });
        if same {
            return Ok(Done::Unchanged);
        }
        Err(Problem::conflict(
            format!("`{name}` exists at the destination with other content (or content nobody can compare)"),
            "Restore into an empty folder, or overwrite with --overwrite.",
        ))
    }
}

/// The MD5 that somebody computed over the copied bytes. A property that the source carried proves nothing.
fn proven_md5(entry: &Entry) -> Option<&Vec<u8>> {
    match entry.md5_origin {
        Some(HashOrigin::TargetService | HashOrigin::Coldkeep) => entry.md5.as_ref(),
        Some(HashOrigin::SourceProperty) | None => None,
    }
}
