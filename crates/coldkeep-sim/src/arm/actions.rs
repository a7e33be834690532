//! The operations that exist: a custom role that names another is refused, as Resource Manager does.

use crate::world::role::pattern_matches;

/// Providers whose operations are listed here in full as far as storage needs them; others are taken on trust.
const LISTED: &str = "microsoft.storage/";

const STORAGE_ACTIONS: [&str; 27] = [
    "Microsoft.Storage/storageAccounts/read",
    "Microsoft.Storage/storageAccounts/write",
    "Microsoft.Storage/storageAccounts/delete",
    "Microsoft.Storage/storageAccounts/listKeys/action",
    "Microsoft.Storage/storageAccounts/regenerateKey/action",
    "Microsoft.Storage/storageAccounts/ListAccountSas/action",
    "Microsoft.Storage/storageAccounts/blobServices/read",
    "Microsoft.Storage/storageAccounts/blobServices/write",
    "Microsoft.Storage/storageAccounts/blobServices/generateUserDelegationKey/action",
    "Microsoft.Storage/storageAccounts/blobServices/getInfo/action",
    "Microsoft.Storage/storageAccounts/blobServices/containers/read",
    "Microsoft.Storage/storageAccounts/blobServices/containers/write",
    "Microsoft.Storage/storageAccounts/blobServices/containers/delete",
    "Microsoft.Storage/storageAccounts/blobServices/containers/getAcl/action",
    "Microsoft.Storage/storageAccounts/blobServices/containers/setAcl/action",
    "Microsoft.Storage/storageAccounts/blobServices/containers/lease/action",
    "Microsoft.Storage/storageAccounts/blobServices/containers/immutabilityPolicies/read",
    "Microsoft.Storage/storageAccounts/blobServices/containers/immutabilityPolicies/write",
    "Microsoft.Storage/storageAccounts/blobServices/containers/immutabilityPolicies/delete",
    "Microsoft.Storage/storageAccounts/blobServices/containers/immutabilityPolicies/lock/action",
    "Microsoft.Storage/storageAccounts/blobServices/containers/immutabilityPolicies/extend/action",
    "Microsoft.Storage/storageAccounts/blobServices/containers/setLegalHold/action",
    "Microsoft.Storage/storageAccounts/blobServices/containers/clearLegalHold/action",
    "Microsoft.Storage/storageAccounts/blobServices/containers/migrate/action",
    "Microsoft.Storage/storageAccounts/managementPolicies/read",
    "Microsoft.Storage/storageAccounts/inventoryPolicies/read",
    "Microsoft.Storage/checknameavailability/read",
];

const STORAGE_DATA_ACTIONS: [&str; 14] = [
    "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read",
    "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/write",
    "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/delete",
    "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/add/action",
    "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/filter/action",
    "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/move/action",
    "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/deleteBlobVersion/action",
    "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/permanentDelete/action",
    "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/manageOwnership/action",
    "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/modifyPermissions/action",
    "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/runAsSuperUser/action",
    "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/immutableStorage/runAsSuperUser/action",
    "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/tags/read",
    "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/tags/write",
];

/// Whether a pattern names at least one operation of its kind.
pub(super) fn exists(pattern: &str, data: bool) -> bool {
    if !pattern.to_ascii_lowercase().starts_with(LISTED) {
        let namespace = pattern.split_once('/').map(|(namespace, _)| namespace);
        return pattern.starts_with('*') || namespace.is_some_and(|name| name.contains(['.', '*']));
    }
    let known: &[&str] = if data {
        &STORAGE_DATA_ACTIONS
    } else {
        &STORAGE_ACTIONS
    };
    known.iter().any(|action| pattern_matches(pattern, action))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_action_is_of_one_kind_only() {
        let key = "Microsoft.Storage/storageAccounts/blobServices/generateUserDelegationKey/action";
        let info = "Microsoft.Storage/storageAccounts/blobServices/getInfo/action";
        assert!(exists(info, false) && !exists(info, true));
        assert!(exists(key, false) && exists("*/read", false) && exists("Microsoft.Compute/*/read", false));
        assert!(!exists("read", false) && !exists("nonsense/read", false));
        assert!(!exists(key, true));
        assert!(exists(
            "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/*",
            true
        ));
        assert!(!exists(
            "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/reed",
            true
        ));
    }
}
