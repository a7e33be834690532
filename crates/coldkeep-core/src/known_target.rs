//! What an installation remembers of a target, so that it notices when the target is not the one it was.

use crate::{format::Previous, id::TargetId, writer_key::WriterPublicKey};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// The maximum number of records that were seen and are gone, as remembered.
const LOST_MAX: usize = 32;

/// What is remembered of one repository's target.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KnownTarget {
    /// The marker's id.
    pub target_id: TargetId,
    /// The first writer's key, trusted on first use.
    pub root: WriterPublicKey,
    /// Further keys that an administrator trusts by hand.
    #[serde(default)]
    pub pinned: BTreeSet<WriterPublicKey>,
    /// The newest trusted record seen.
    #[serde(default)]
    pub head: Option<Previous>,
    /// Earlier heads that were gone when a newer one was seen.
    #[serde(default)]
    pub lost: Vec<Previous>,
    /// Counts the changes, so that two processes never undo each other's.
    #[serde(default)]
    pub revision: u64,
}

impl KnownTarget {
    /// Of a target seen for the first time.
    pub fn first_seen(target_id: TargetId, root: WriterPublicKey) -> Self {
        Self {
            target_id,
            root,
            pinned: BTreeSet::new(),
            head: None,
            lost: Vec::new(),
            revision: 0,
        }
    }

    /// Takes in the newest trusted record of now. `is_there` returns whether a record is in the target; one that was seen
    /// and is missing is remembered, and forgotten when it is back.
    pub fn advance(&mut self, newest: Option<Previous>, is_there: impl Fn(&Previous) -> bool) {
        self.lost.retain(|lost| !is_there(lost));
        let Some(newest) = newest else { return };
        match &self.head {
            Some(head) if head.sequence >= newest.sequence => {}
            head => {
                if let Some(head) = head.clone().filter(|head| !is_there(head)) {
                    self.lost.push(head);
                    let excess = self.lost.len().saturating_sub(LOST_MAX);
                    self.lost.drain(..excess);
                }
                self.head = Some(newest);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hash::Sha256Digest;

    fn record(sequence: u64, content: &str) -> Previous {
        Previous {
            sequence,
            sha256: Sha256Digest::of(content.as_bytes()),
            version_id: None,
        }
    }

    #[test]
    fn a_head_that_is_gone_stays_in_mind_when_newer_ones_come() {
        let mut known = KnownTarget::first_seen(TargetId(uuid::Uuid::nil()), WriterPublicKey([0; 32]));
        known.advance(Some(record(3, "c")), |_| true);
        known.advance(Some(record(2, "b")), |r| r.sequence < 3);
        assert_eq!(known.head, Some(record(3, "c")), "it never goes back");
        known.advance(Some(record(4, "d")), |r| r.sequence != 3);
        assert_eq!(
            (&known.head, &known.lost),
            (&Some(record(4, "d")), &vec![record(3, "c")])
        );
        known.advance(Some(record(4, "d")), |_| true);
        assert_eq!(known.lost, [], "it is back");
    }
}
