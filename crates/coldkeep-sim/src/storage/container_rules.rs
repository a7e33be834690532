//! What protects a container's blobs: time-based retention and legal holds
//! (<https://learn.microsoft.com/azure/storage/blobs/immutable-storage-overview>).

use crate::wire::new_guid;
use coldkeep_core::Timestamp;
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

/// Everything Resource Manager sets on a container that decides what may be done to its blobs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContainerRules {
    pub immutability: Option<ImmutabilityPolicy>,
    pub legal_holds: Vec<LegalHold>,
    /// Whether its blobs take immutability policies and legal holds of their own, by version.
    pub version_level: bool,
    pub public_access: PublicAccess,
}

/// Who may read without signing in. Accounts forbid it unless they allow it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum PublicAccess {
    #[default]
    None,
    Blob,
    Container,
}

/// Time-based retention of all blobs of a container, counted from their creation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImmutabilityPolicy {
    pub days: u32,
    /// A locked policy can only be extended.
    pub locked: bool,
    /// Whether append blobs may still grow.
    pub append_writes: bool,
    /// Whether block blobs too may still be appended to.
    pub all_append_writes: bool,
    /// Without quotes; every change gives another.
    pub etag: String,
    /// How often it was extended since it was locked.
    pub extended: u32,
    /// What was done to it, oldest first.
    #[serde(default)]
    pub history: Vec<PolicyUpdate>,
}

/// One change of a policy
/// (<https://learn.microsoft.com/rest/api/storagerp/blob-containers/get#updatehistoryproperty>).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicyUpdate {
    /// `put`, `lock` or `extend`.
    pub what: String,
    /// How many days it had then.
    pub days: u32,
    pub at: Timestamp,
    /// Object id of who did it.
    pub by: String,
    pub tenant_id: String,
}

/// A legal hold: it has no end, and is cleared by a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LegalHold {
    /// 3 to 23 letters and digits.
    pub tag: String,
    pub since: Timestamp,
    /// Object id of who set it.
    pub by: String,
    pub tenant_id: String,
}

impl ContainerRules {
    /// Whether a blob created at `created` can be neither changed nor deleted now.
    pub fn protect(&self, created: Timestamp, now: Timestamp) -> bool {
        !self.legal_holds.is_empty() || self.immutability.as_ref().is_some_and(|p| p.until(created) > now)
    }
}

impl ImmutabilityPolicy {
    /// Until when it protects a blob created at `created`.
    pub fn until(&self, created: Timestamp) -> Timestamp {
        let days = SignedDuration::from_hours(24 * i64::from(self.days));
        created.checked_add(days).unwrap_or(Timestamp::MAX)
    }

    /// A fresh ETag.
    pub fn next_etag() -> String {
        new_guid().replace('-', "")[..15].to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retention_counts_from_creation_and_holds_have_no_end() {
        let created = Timestamp::from_second(1_000).unwrap();
        let after = |hours| created + SignedDuration::from_hours(hours);
        let mut rules = ContainerRules {
            immutability: Some(ImmutabilityPolicy {
                days: 1,
                locked: false,
                append_writes: false,
                all_append_writes: false,
                etag: ImmutabilityPolicy::next_etag(),
                extended: 0,
                history: vec![],
            }),
            ..ContainerRules::default()
        };
        assert!(rules.protect(created, after(23)));
        assert!(!rules.protect(created, after(24)));
        rules.legal_holds.push(LegalHold {
            tag: "case42".into(),
            since: created,
            by: "an administrator".into(),
            tenant_id: "t".into(),
        });
        assert!(rules.protect(created, after(24)));
    }
}
