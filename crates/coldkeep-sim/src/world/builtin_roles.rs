//! Microsoft's own roles that matter to storage and to who gives rights on it
//! (<https://learn.microsoft.com/azure/role-based-access-control/built-in-roles>).

use super::role::{Permission, RoleDefinition};

const KEY: &str = "Microsoft.Storage/storageAccounts/blobServices/generateUserDelegationKey/action";
const LIST_KEYS: &str = "Microsoft.Storage/storageAccounts/listKeys/action";
const READ_CONTAINERS: &str = "Microsoft.Storage/storageAccounts/blobServices/containers/read";
const BLOBS: &str = "Microsoft.Storage/storageAccounts/blobServices/containers/blobs";

/// One row of Microsoft's list.
struct Row {
    name: &'static str,
    role_name: &'static str,
    description: &'static str,
    actions: &'static [&'static str],
    not_actions: &'static [&'static str],
    /// Below [`BLOBS`].
    blob_actions: &'static [&'static str],
}

const ROWS: [Row; 13] = [
    Row {
        name: "8e3af657-a8ff-443c-a75c-2fe8c4bcb635",
        role_name: "Owner",
        description: "Grants full access to manage all resources, including the ability to assign roles in Azure RBAC.",
        actions: &["*"],
        not_actions: &[],
        blob_actions: &[],
    },
    Row {
        name: "b24988ac-6180-42a0-ab88-20f7382dd24c",
        role_name: "Contributor",
        description: "Grants full access to manage all resources, but does not allow you to assign roles in Azure RBAC, manage \
                      assignments in Azure Blueprints, or share image galleries.",
        actions: &["*"],
        not_actions: &[
            "Microsoft.Authorization/*/Delete",
            "Microsoft.Authorization/*/Write",
            "Microsoft.Authorization/elevateAccess/Action",
            "Microsoft.Blueprint/blueprintAssignments/write",
            "Microsoft.Blueprint/blueprintAssignments/delete",
            "Microsoft.Compute/galleries/share/action",
            "Microsoft.Purview/consents/write",
            "Microsoft.Purview/consents/delete",
            "Microsoft.Resources/deploymentStacks/manageDenySetting/action",
            "Microsoft.Subscription/cancel/action",
            "Microsoft.Subscription/enable/action",
        ],
        blob_actions: &[],
    },
    Row {
        name: "acdd72a7-3385-48ef-bd42-f606fba81ae7",
        role_name: "Reader",
        description: "View all resources, but does not allow you to make any changes.",
        actions: &["*/read"],
        not_actions: &[],
        blob_actions: &[],
    },
    Row {
        name: "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9",
        role_name: "User Access Administrator",
        description: "Lets you manage user access to Azure resources.",
        actions: &["*/read", "Microsoft.Authorization/*", "Microsoft.Support/*"],
        not_actions: &[],
        blob_actions: &[],
    },
    Row {
        name: "f58310d9-a9f6-439a-9e8d-f62e7b41a168",
        role_name: "Role Based Access Control Administrator",
        description: "Manage access to Azure resources by assigning roles using Azure RBAC. This role does not allow you to \
                      manage access using other ways, such as Azure Policy.",
        actions: &[
            "Microsoft.Authorization/roleAssignments/write",
            "Microsoft.Authorization/roleAssignments/delete",
            "*/read",
            "Microsoft.Support/*",
        ],
        not_actions: &[],
        blob_actions: &[],
    },
    Row {
        name: "17d1049b-9a84-46fb-8f53-869881c3d3ab",
        role_name: "Storage Account Contributor",
        description: "Lets you manage storage accounts, including accessing storage account keys which provide full access to \
                      storage account data.",
        actions: &[
            "Microsoft.Authorization/*/read",
            "Microsoft.Insights/alertRules/*",
            "Microsoft.Insights/diagnosticSettings/*",
            "Microsoft.Network/virtualNetworks/subnets/joinViaServiceEndpoint/action",
            "Microsoft.ResourceHealth/availabilityStatuses/read",
            "Microsoft.Resources/deployments/*",
            "Microsoft.Resources/subscriptions/resourceGroups/read",
            "Microsoft.Storage/storageAccounts/*",
            "Microsoft.Support/*",
        ],
        not_actions: &[],
        blob_actions: &[],
    },
    Row {
        name: "81a9662b-bebf-436f-a333-f67b29880f12",
        role_name: "Storage Account Key Operator Service Role",
        description: "Storage Account Key Operators are allowed to list and regenerate keys on Storage Accounts",
        actions: &[
            LIST_KEYS,
            "Microsoft.Storage/storageAccounts/regeneratekey/action",
        ],
        not_actions: &[],
        blob_actions: &[],
    },
    Row {
        name: "c12c1c16-33a1-487b-954d-41c89c60f349",
        role_name: "Reader and Data Access",
        description: "Lets you view everything but will not let you delete or create a storage account or contained resource. It \
                      will also allow read/write access to all data contained in a storage account via access to storage \
                      account keys.",
        actions: &[
            LIST_KEYS,
            "Microsoft.Storage/storageAccounts/ListAccountSas/action",
            "Microsoft.Storage/storageAccounts/read",
        ],
        not_actions: &[],
        blob_actions: &[],
    },
    Row {
        name: "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1",
        role_name: "Storage Blob Data Reader",
        description: "Allows for read access to Azure Storage blob containers and data",
        actions: &[READ_CONTAINERS, KEY],
        not_actions: &[],
        blob_actions: &["read"],
    },
    Row {
        name: "ba92f5b4-2d11-453d-a403-e96b0029c9fe",
        role_name: "Storage Blob Data Contributor",
        description: "Allows for read, write and delete access to Azure Storage blob containers and data",
        actions: &[
            "Microsoft.Storage/storageAccounts/blobServices/containers/delete",
            READ_CONTAINERS,
            "Microsoft.Storage/storageAccounts/blobServices/containers/write",
            KEY,
        ],
        not_actions: &[],
        blob_actions: &["delete", "read", "write", "move/action", "add/action"],
    },
    Row {
        name: "b7e6dc6d-f1e8-4753-8033-0f276bb0955b",
        role_name: "Storage Blob Data Owner",
        description: "Allows for full access to Azure Storage blob containers and data, including assigning POSIX access control.",
        actions: &["Microsoft.Storage/storageAccounts/blobServices/containers/*", KEY],
        not_actions: &[],
        blob_actions: &["*"],
    },
    Row {
        name: "db58b8e5-c6ad-4a2a-8342-4190687cbf4a",
        role_name: "Storage Blob Delegator",
        description: "Allows for generation of a user delegation key which can be used to sign SAS tokens",
        actions: &[KEY],
        not_actions: &[],
        blob_actions: &[],
    },
    Row {
        name: "e5e2a7ff-d759-4cd2-bb51-3152d37e2eb1",
        role_name: "Storage Account Backup Contributor",
        description: "Lets you perform backup and restore operations using Azure Backup on the storage account.",
        actions: &[
            "Microsoft.Authorization/*/read",
            "Microsoft.Authorization/locks/read",
            "Microsoft.Authorization/locks/write",
            "Microsoft.Authorization/locks/delete",
            "Microsoft.Features/features/read",
            "Microsoft.Features/providers/features/read",
            "Microsoft.Resources/subscriptions/resourceGroups/read",
            "Microsoft.Storage/operations/read",
            "Microsoft.Storage/storageAccounts/objectReplicationPolicies/delete",
            "Microsoft.Storage/storageAccounts/objectReplicationPolicies/read",
            "Microsoft.Storage/storageAccounts/objectReplicationPolicies/write",
            "Microsoft.Storage/storageAccounts/objectReplicationPolicies/restorePointMarkers/write",
            READ_CONTAINERS,
            "Microsoft.Storage/storageAccounts/blobServices/containers/write",
            "Microsoft.Storage/storageAccounts/blobServices/read",
            "Microsoft.Storage/storageAccounts/blobServices/write",
            "Microsoft.Storage/storageAccounts/read",
            "Microsoft.Storage/storageAccounts/restoreBlobRanges/action",
        ],
        not_actions: &[],
        blob_actions: &[],
    },
];

/// All of them.
pub(super) fn all() -> Vec<RoleDefinition> {
    let words = |list: &[&str]| list.iter().map(|s| (*s).to_owned()).collect();
    ROWS.iter()
        .map(|row| RoleDefinition {
            name: row.name.to_owned(),
            role_name: row.role_name.to_owned(),
            description: row.description.to_owned(),
            tenant_id: None,
            permissions: vec![Permission {
                actions: words(row.actions),
                not_actions: words(row.not_actions),
                data_actions: row
                    .blob_actions
                    .iter()
                    .map(|verb| format!("{BLOBS}/{verb}"))
                    .collect(),
                not_data_actions: vec![],
            }],
            assignable_scopes: vec!["/".to_owned()],
            changes: None,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contributors_may_not_grant() {
        let contributor = all().remove(1);
        assert!(!contributor.permissions[0].allows("Microsoft.Authorization/roleAssignments/write", false));
        assert!(contributor.permissions[0].allows(LIST_KEYS, false));
    }
}
