//! Restoring one blob.

use super::{Copier, existing};
use crate::data::{
    copy::{CopyFailure, CopyOrder, TransferPath},
    ledger::Target,
};
use coldkeep_azure::blob::{Container, Write};
use coldkeep_core::{
    Code, Problem, content_hash::Agreement, point::Entry, repository::Tier, restore_names::RestoredNames,
};
use std::sync::Arc;

/// What all items of a restore share.
#[derive(Debug)]
pub(super) struct Items {
    pub copier: Arc<Copier>,
    pub target: Target,
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
    /// An equal blob existed: content, properties, metadata, tags and tier.
    Unchanged,
}

impl Items {
    /// `etag`: the content's blob in the target is read only while it has this one. What is written is proven to be what was
    /// recorded by the write itself, or before it: other content never takes the place of a blob.
    pub(super) async fn restore(&self, entry: &Entry, etag: &str) -> Result<Done, Problem> {
        let name = self
            .names
            .plan(&entry.name)
            .map_err(|why| why.problem(&entry.name))?;
        let content = self.target.blob_name(&entry.target_name);
        let order = CopyOrder {
            name: &content,
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
            expected: Some(entry.hashes()),
            blocks: None,
        };
        let copied = match self.copier.copy(&order).await {
            Ok(copied) => copied,
            Err(CopyFailure::Exists) => {
                existing::check_same(&self.destination, &name, entry, order.write.tier).await?;
                return Ok(Done::Unchanged);
            }
            Err(CopyFailure::SourceChanged | CopyFailure::SourceGone) => {
                return Err(Problem::new(
                    Code::ContentDamaged,
                    format!(
                        "`{}` is not restored: its content in the target was changed during the restore",
                        entry.name
                    ),
                    "Find out who writes to the target; then restore again.",
                ));
            }
            Err(CopyFailure::Other(problem)) => {
                return Err(problem.context(format!("`{}` is not restored", entry.name)));
            }
        };
        // A service that does not verify the given hash is not trusted.
        if let Agreement::Differs(hash) = entry.hashes().agreement(&copied.hashes) {
            return Err(Problem::new(
                Code::ContentDamaged,
                format!("`{name}` was restored, but its {hash} is not the one recorded when it was copied"),
                "The content in the target was changed: delete the restored blob, and restore it from \
                 another point.",
            ));
        }
        Ok(match copied.how {
            TransferPath::ServerSide => Done::ServerSide,
            TransferPath::Relayed => Done::Relayed,
        })
    }
}
