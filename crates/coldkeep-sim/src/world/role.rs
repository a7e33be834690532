//! A role: what it permits, and where it can be given.

use coldkeep_core::Timestamp;
use serde::{Deserialize, Serialize};

/// One bundle of patterns: what it gives less what it takes back. Patterns are kept as written.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Permission {
    pub actions: Vec<String>,
    pub not_actions: Vec<String>,
    pub data_actions: Vec<String>,
    pub not_data_actions: Vec<String>,
}

impl Permission {
    pub(super) fn allows(&self, action: &str, data: bool) -> bool {
        let (given, taken) = if data {
            (&self.data_actions, &self.not_data_actions)
        } else {
            (&self.actions, &self.not_actions)
        };
        given.iter().any(|p| pattern_matches(p, action)) && !taken.iter().any(|p| pattern_matches(p, action))
    }
}

/// A role: built in, or custom in one tenant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoleDefinition {
    /// The GUID in its id.
    pub name: String,
    pub role_name: String,
    pub description: String,
    /// `None`: built in, known in every tenant.
    pub tenant_id: Option<String>,
    pub permissions: Vec<Permission>,
    pub assignable_scopes: Vec<String>,
    /// `None`: built in.
    pub changes: Option<Changes>,
}

/// Whether `inner` is `outer` or is below it. Ids compare without regard to case.
pub fn scope_contains(outer: &str, inner: &str) -> bool {
    let outer = outer.trim_end_matches('/').as_bytes();
    let inner = inner.trim_end_matches('/').as_bytes();
    inner.len() >= outer.len()
        && inner[..outer.len()].eq_ignore_ascii_case(outer)
        && (inner.len() == outer.len() || inner[outer.len()] == b'/')
}

/// Whether an action matches a pattern in which `*` stands for any characters.
pub fn pattern_matches(pattern: &str, action: &str) -> bool {
    let Some((head, tail)) = pattern.split_once('*') else {
        return pattern.eq_ignore_ascii_case(action);
    };
    if action.len() < head.len() || !action.is_char_boundary(head.len()) {
        return false;
    }
    let (start, rest) = action.split_at(head.len());
    if !start.eq_ignore_ascii_case(head) {
        return false;
    }
    (0..=rest.len())
        .filter(|at| rest.is_char_boundary(*at))
        .any(|at| pattern_matches(tail, &rest[at..]))
}

/// Who created a role, who changed it last, and when. By object id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Changes {
    pub created_at: Timestamp,
    pub created_by: String,
    pub updated_at: Timestamp,
    pub updated_by: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    const READ: &str = "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read";

    #[test]
    fn patterns_know_wildcards_and_no_case() {
        assert!(pattern_matches("*", READ));
        assert!(pattern_matches("*/read", READ));
        assert!(pattern_matches("microsoft.storage/*/blobs/READ", READ));
        assert!(!pattern_matches("*/write", READ));
        assert!(!pattern_matches("Microsoft.Storage/*/blobs", READ));
        assert!(pattern_matches(
            "Microsoft.Authorization/*/Write",
            "Microsoft.Authorization/roleAssignments/write"
        ));
    }

    #[test]
    fn scopes_nest_by_segment() {
        assert!(scope_contains("/", "/subscriptions/s"));
        assert!(scope_contains(
            "/subscriptions/S",
            "/subscriptions/s/resourceGroups/g"
        ));
        assert!(!scope_contains(
            "/subscriptions/s/resourceGroups/g",
            "/subscriptions/s/resourceGroups/gg"
        ));
        assert!(!scope_contains(
            "/subscriptions/s/resourceGroups/g",
            "/subscriptions/s"
        ));
    }
}
