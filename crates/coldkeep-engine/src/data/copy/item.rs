//! Copying one item of a plan: under an unpredictable name, with the state that was listed or that the job's rule
//! selects.

use super::{
    block_log::{BlobState, BlockLog},
    method::Copier,
    order::{CopyFailure, CopyOrder, TransferPath},
};
use crate::{data::ledger::Target, ground::random::random};
use coldkeep_azure::blob::{Container, Write};
use coldkeep_core::{
    Code, DataName, DoubtKind, Problem,
    blob::ListedBlob,
    copy::diff::{self, PlacedContent, entry_of},
    data_name::DATA_NAME_BYTES,
    hash::Hash,
    job::OnChange,
    point::Entry,
    repository::Tier,
};
use std::sync::Arc;

/// A source that keeps changing is read again this often.
const NEW_STATES_MAX: u32 = 4;
/// Names that a blob is given before its copy is given up: each is taken only where an answer was lost.
const NAMES_MAX: u32 = 4;

/// What copying an item needs; shared by all items of a run.
#[derive(Debug, Clone)]
pub(super) struct Items {
    pub copier: Arc<Copier>,
    pub blocks: Arc<BlockLog>,
    pub source: Container,
    pub target: Target,
    pub tier: Option<Tier>,
    pub on_change: OnChange,
    pub tags_read: bool,
}

/// What became of one name.
#[derive(Debug)]
pub(super) enum Outcome {
    Held {
        entry: Box<Entry>,
        doubt: Option<DoubtKind>,
    },
    Copied {
        entry: Box<Entry>,
        doubt: Option<DoubtKind>,
        how: TransferPath,
    },
    Failed {
        name: String,
        problem: Problem,
    },
    LeftOut {
        name: String,
    },
    Nothing,
}

impl Outcome {
    /// About what it takes in memory.
    pub(super) fn memory_bytes(&self) -> usize {
        let text = match self {
            Self::Held { entry, doubt } | Self::Copied { entry, doubt, .. } => {
                let pairs = entry.metadata.iter().chain(&entry.tags);
                size_of::<Entry>()
                    + entry.name.len()
                    + entry.target_name.len()
                    + doubt.as_ref().map_or(0, DoubtKind::text_bytes)
                    + pairs
                        .map(|(key, value)| 128 + key.len() + value.len())
                        .sum::<usize>()
            }
            Self::Failed { name, problem } => name.len() + problem.what.len() + problem.hint().len(),
            Self::LeftOut { name } => name.len(),
            Self::Nothing => 0,
        };
        size_of::<Self>() + 256 + text
    }
}

impl Items {
    /// One blob, as it was listed; if it changed since, according to the rule.
    pub(super) async fn copy(&self, mut blob: Box<ListedBlob>, mut doubt: Option<DoubtKind>) -> Outcome {
        for _ in 0..NEW_STATES_MAX {
            let failure = match self.copy_state(&blob).await {
                Ok((placed, how)) => {
                    let entry = Box::new(entry_of(*blob, placed));
                    return Outcome::Copied { entry, doubt, how };
                }
                Err(failure) => failure,
            };
            let lost = match failure {
                CopyFailure::SourceChanged => diff::changed(&blob.name),
                CopyFailure::SourceGone => diff::vanished(&blob.name),
                CopyFailure::Exists => Problem::new(
                    Code::TargetNameTaken,
                    format!(
                        "`{}` was not copied: every new name for it was already in use",
                        blob.name
                    ),
                    "Find out who writes to the target's folder; then run the job again.",
                ),
                CopyFailure::Other(problem) => {
                    let problem = problem.context(format!("`{}` was not copied", blob.name));
                    return Outcome::Failed {
                        name: blob.name,
                        problem,
                    };
                }
            };
            if self.on_change == OnChange::Fail {
                return Outcome::Failed {
                    name: blob.name,
                    problem: lost,
                };
            }
            match self.fetch_new_state(&blob.name).await {
                Ok(Some(new)) => (*blob, doubt) = (new, Some(DoubtKind::NewStateTaken)),
                Ok(None) => {
                    return Outcome::LeftOut { name: blob.name };
                }
                Err(problem) => {
                    return Outcome::Failed {
                        name: blob.name,
                        problem,
                    };
                }
            }
        }
        Outcome::Failed {
            problem: diff::changed(&blob.name),
            name: blob.name,
        }
    }

    /// Copies under an unpredictable name. An existing blob under it is never taken for the copy: it may
    /// be one whose answer was lost, or another writer's.
    async fn copy_state(&self, blob: &ListedBlob) -> Result<(PlacedContent, TransferPath), CopyFailure> {
        let state = BlobState {
            name: blob.name.clone(),
            etag: blob.etag.clone(),
            version_id: blob.version_id.clone(),
            size_bytes: blob.size_bytes,
        };
        let mut resumed = self.blocks.target_name_of(&state).cloned();
        for _ in 0..NAMES_MAX {
            let target_name = match resumed.take() {
                Some(name) => name,
                None => Self::new_name().map_err(CopyFailure::Other)?,
            };
            let full_name = self.target.blob_name(&target_name);
            // Headers, metadata and tags of a point are those in its manifest; the target's blob carries none.
            let order = CopyOrder {
                name: &blob.name,
                version_id: blob.version_id.as_deref(),
                etag: &blob.etag,
                size_bytes: blob.size_bytes,
                target_name: &full_name,
                write: Write {
                    tier: self.tier,
                    ..Write::default()
                },
                expected: None,
                blocks: Some(self.blocks.of(state.clone(), &target_name)),
            };
            let copied = match self.copier.copy(&order).await {
                Ok(copied) => copied,
                Err(CopyFailure::Exists) => {
                    self.copier.note_taken(&blob.name, &full_name);
                    continue;
                }
                Err(failure) => return Err(failure),
            };
            let origin = copied.origin;
            let placed = PlacedContent {
                target_version_id: copied.version_id,
                target_tier: self.tier,
                md5: copied.hashes.md5.map(|value| Hash { value, origin }),
                crc64: copied.hashes.crc64.map(|value| Hash { value, origin }),
                target_name,
            };
            return Ok((placed, copied.how));
        }
        Err(CopyFailure::Exists)
    }

    fn new_name() -> Result<DataName, Problem> {
        random::<DATA_NAME_BYTES>().map(DataName::of_random)
    }

    async fn fetch_new_state(&self, name: &str) -> Result<Option<ListedBlob>, Problem> {
        let cannot = || format!("The new state of `{name}` cannot be read");
        let Some(head) = self
            .source
            .fetch_head(name, None)
            .await
            .map_err(|e| e.problem(cannot()))?
        else {
            return Ok(None);
        };
        let mut blob = head.blob;
        if self.tags_read {
            blob.tags = self
                .source
                .fetch_tags(name, None)
                .await
                .map_err(|e| e.problem(cannot()))?;
        }
        Ok(Some(blob))
    }
}
