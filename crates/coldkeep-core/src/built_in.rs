//! Microsoft's built-in roles, for a user who may assign roles but not define any: which comes nearest to a permission set,
//! what it allows beyond, and what it lacks.

use crate::permission::PermissionSet;

/// A role that every tenant has
/// (<https://learn.microsoft.com/azure/role-based-access-control/built-in-roles/storage>).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BuiltInRole {
    pub name: &'static str,
    /// The role's id, equal in every tenant.
    pub guid: &'static str,
    /// Control-plane actions, below `Microsoft.Storage/storageAccounts/blobServices/`; `*` ends a prefix.
    actions: &'static [&'static str],
    /// Data actions, below `Microsoft.Storage/storageAccounts/blobServices/`.
    data_actions: &'static [&'static str],
}

const SERVICE: &str = "Microsoft.Storage/storageAccounts/blobServices";
const KEY: &str = "generateUserDelegationKey/action";

const READER: BuiltInRole = BuiltInRole {
    name: "Storage Blob Data Reader",
    guid: "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1",
    actions: &["containers/read", KEY],
    data_actions: &["containers/blobs/read"],
};
const CONTRIBUTOR: BuiltInRole = BuiltInRole {
    name: "Storage Blob Data Contributor",
    guid: "ba92f5b4-2d11-453d-a403-e96b0029c9fe",
    actions: &["containers/delete", "containers/read", "containers/write", KEY],
    data_actions: &[
        "containers/blobs/delete",
        "containers/blobs/read",
        "containers/blobs/write",
        "containers/blobs/move/action",
        "containers/blobs/add/action",
    ],
};
const OWNER: BuiltInRole = BuiltInRole {
    name: "Storage Blob Data Owner",
    guid: "b7e6dc6d-f1e8-4753-8033-0f276bb0955b",
    actions: &["containers/*", KEY],
    data_actions: &["containers/blobs/*"],
};
const DELEGATOR: BuiltInRole = BuiltInRole {
    name: "Storage Blob Delegator",
    guid: "db58b8e5-c6ad-4a2a-8342-4190687cbf4a",
    actions: &[KEY],
    data_actions: &[],
};

impl BuiltInRole {
    /// The one that comes nearest to a set; none for sets that no built-in role should stand in for.
    pub fn nearest(set: PermissionSet) -> Option<Self> {
        match set {
            PermissionSet::CopySource => Some(READER),
            PermissionSet::CopyTarget | PermissionSet::CopyRetire | PermissionSet::RestoreTarget => {
                Some(CONTRIBUTOR)
            }
            PermissionSet::CopyLock => Some(OWNER),
            PermissionSet::DelegateKey => Some(DELEGATOR),
            // Without its condition, a role that writes would write everywhere.
            PermissionSet::CopyLarge | PermissionSet::ArchiverAppliance => None,
        }
    }

    /// Its id in a subscription.
    pub fn id(self, subscription: &str) -> String {
        format!(
            "/subscriptions/{}/providers/Microsoft.Authorization/roleDefinitions/{}",
            subscription.to_ascii_lowercase(),
            self.guid
        )
    }

    /// Every right it gives, control plane first.
    pub fn rights(self) -> Vec<String> {
        let all = self.actions.iter().chain(self.data_actions);
        all.map(|right| format!("{SERVICE}/{right}")).collect()
    }

    /// What it allows that the set does not: patterns as Microsoft writes them.
    pub fn beyond(self, set: PermissionSet) -> Vec<String> {
        let wanted = rights_of(set);
        let mut rights = self.rights();
        rights.retain(|right| !wanted.contains(right));
        rights
    }

    /// What the set allows and this role does not.
    pub fn lacks(self, set: PermissionSet) -> Vec<String> {
        let given = self.rights();
        let covers = |pattern: &String, right: &str| match pattern.strip_suffix('*') {
            Some(prefix) => right.starts_with(prefix),
            None => pattern == right,
        };
        let mut wanted = rights_of(set);
        wanted.retain(|right| !given.iter().any(|pattern| covers(pattern, right)));
        wanted
    }
}

fn rights_of(set: PermissionSet) -> Vec<String> {
    let mut rights = set.actions();
    rights.extend(set.data_actions());
    rights
}

/// Rights without the part that all of them share, for people.
pub fn short(rights: &[String]) -> String {
    let short: Vec<&str> = rights
        .iter()
        .map(|right| {
            right
                .strip_prefix(SERVICE)
                .and_then(|rest| rest.strip_prefix('/'))
                .unwrap_or(right)
        })
        .collect();
    short.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_built_in_role_allows_beyond_and_lacks_is_exact() {
        for (set, role, beyond, lacks) in [
            (
                PermissionSet::CopySource,
                "Storage Blob Data Reader",
                "generateUserDelegationKey/action",
                "containers/blobs/tags/read",
            ),
            (
                PermissionSet::CopyTarget,
                "Storage Blob Data Contributor",
                "containers/delete, containers/write, generateUserDelegationKey/action, containers/blobs/delete, \
                 containers/blobs/write, containers/blobs/move/action",
                "",
            ),
            (
                PermissionSet::CopyRetire,
                "Storage Blob Data Contributor",
                "containers/delete, containers/write, generateUserDelegationKey/action, containers/blobs/read, \
                 containers/blobs/write, containers/blobs/move/action, containers/blobs/add/action",
                "containers/blobs/deleteBlobVersion/action",
            ),
            (
                PermissionSet::CopyLock,
                "Storage Blob Data Owner",
                "containers/*, generateUserDelegationKey/action, containers/blobs/*",
                "",
            ),
            (
                PermissionSet::RestoreTarget,
                "Storage Blob Data Contributor",
                "containers/delete, containers/write, generateUserDelegationKey/action, containers/blobs/delete, \
                 containers/blobs/move/action, containers/blobs/add/action",
                "containers/blobs/tags/read, containers/blobs/tags/write",
            ),
            (PermissionSet::DelegateKey, "Storage Blob Delegator", "", ""),
        ] {
            let nearest = BuiltInRole::nearest(set).unwrap();
            assert_eq!(nearest.name, role, "{set}");
            assert_eq!(short(&nearest.beyond(set)), beyond, "{set}");
            assert_eq!(short(&nearest.lacks(set)), lacks, "{set}");
        }
        for set in [PermissionSet::ArchiverAppliance, PermissionSet::CopyLarge] {
            assert_eq!(BuiltInRole::nearest(set), None);
        }
    }
}
