//! Permission sets: named, versioned bundles of rights, each right there for an operation.

mod condition;
mod grant_request;

pub use condition::same_condition;
pub use grant_request::{GrantRequest, check_folders, check_width, wide};

use crate::{
    Code, Problem,
    resource::{ResourceId, ResourceKind},
};
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

const BLOBS: &str = "Microsoft.Storage/storageAccounts/blobServices/containers/blobs";
const CONTAINERS: &str = "Microsoft.Storage/storageAccounts/blobServices/containers";

/// What the archiver appliance of the system that Coldkeep is modelled on needs of its application, in its makers'
/// order (<https://helpcenter.veeam.com/docs/vbo365/guide/azure_archiver_appliance_permissions.html>).
const APPLIANCE: [&str; 17] = [
    "Microsoft.ApiManagement/service/subscriptions/read",
    "Microsoft.Storage/storageAccounts/read",
    "Microsoft.Resources/subscriptions/resourceGroups/read",
    "Microsoft.Resources/subscriptions/resourceGroups/write",
    "Microsoft.Compute/virtualMachines/*",
    "Microsoft.Network/virtualNetworks/read",
    "Microsoft.Network/virtualNetworks/write",
    "Microsoft.Network/virtualNetworks/subnets/join/action",
    "Microsoft.Network/networkSecurityGroups/read",
    "Microsoft.Network/networkSecurityGroups/write",
    "Microsoft.Network/networkSecurityGroups/join/action",
    "Microsoft.Network/publicIPAddresses/read",
    "Microsoft.Network/publicIPAddresses/write",
    "Microsoft.Network/publicIPAddresses/delete",
    "Microsoft.Network/publicIPAddresses/join/action",
    "Microsoft.Network/networkInterfaces/*",
    "Microsoft.Compute/disks/delete",
];

/// A bundle of rights that a service account is granted at one scope, by a custom role of its own.
///
/// No built-in role is narrow enough, which is why each set has a role of its own:
/// `copy-source` (Data Reader reads no tags, and creates delegation keys), `copy-target`, `copy-large` and
/// `restore-target` (Data Contributor overwrites, deletes blobs and containers, and writes no tags), `copy-retire` (who
/// may delete by a built-in role may also write), `copy-lock` (only Data Owner has it, with everything else),
/// `archiver-appliance` (Contributor allows nearly everything). Only Storage Blob Delegator is exactly `delegate-key`; it still gets a role
/// of its own, so that its rights do not change with Microsoft's. See [`crate::built_in`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PermissionSet {
    /// List and read a source, with its tags.
    CopySource,
    /// Create blobs in a target and read them back; neither overwrite nor delete.
    CopyTarget,
    /// Write data blobs in blocks, for those that are too large for one request. No action of the service creates a
    /// blob from blocks without overwriting, so a condition limits it to a target's data: markers, lists and records
    /// stay create-only.
    CopyLarge,
    /// Delete what no restore point needs any more, by version where the account keeps versions.
    CopyRetire,
    /// Set an immutability policy on a blob where the container's default does not do; it can also remove unlocked
    /// ones.
    CopyLock,
    /// Write restored blobs, overwriting where asked.
    RestoreTarget,
    /// Make user-delegation keys, where a bearer token as copy source is not accepted.
    DelegateKey,
    /// The rights of an archiver appliance, for an application that is also used by the system with such appliances.
    /// Coldkeep needs none of them: it is granted only where it is named.
    ArchiverAppliance,
}

impl PermissionSet {
    pub const ALL: [PermissionSet; 8] = [
        Self::CopySource,
        Self::CopyTarget,
        Self::CopyLarge,
        Self::CopyRetire,
        Self::CopyLock,
        Self::RestoreTarget,
        Self::DelegateKey,
        Self::ArchiverAppliance,
    ];

    /// The word used on the command line, in REST and in docs.
    pub fn word(self) -> &'static str {
        match self {
            Self::CopySource => "copy-source",
            Self::CopyTarget => "copy-target",
            Self::CopyLarge => "copy-large",
            Self::CopyRetire => "copy-retire",
            Self::CopyLock => "copy-lock",
            Self::RestoreTarget => "restore-target",
            Self::DelegateKey => "delegate-key",
            Self::ArchiverAppliance => "archiver-appliance",
        }
    }

    /// Counts the changes of its rights: a role that is there is never edited, so each version is a role of its own.
    /// `copy-target` 1 could write index tags, which no copy carries.
    pub fn version(self) -> u32 {
        match self {
            Self::CopyTarget => 2,
            _ => 1,
        }
    }

    /// The custom role's display name.
    pub fn role_name(self) -> String {
        self.role_name_of(self.version())
    }

    /// The display name of the custom role for a version of the set.
    pub fn role_name_of(self, version: u32) -> String {
        format!("Coldkeep {} v{version}", self.word())
    }

    /// Whether it is granted for one folder of a container, by a condition of its assignment.
    pub fn takes_folder(self) -> bool {
        self == Self::CopyLarge
    }

    /// What the permission set is for, one sentence.
    pub fn purpose(self) -> &'static str {
        match self {
            Self::CopySource => "list and read the blobs of a source and their index tags",
            Self::CopyTarget => {
                "create blobs in a target and read them back; nothing is overwritten or deleted"
            }
            Self::CopyLarge => {
                "write a target's data in blocks, for blobs above 5,000 MiB; it can also overwrite data, and nothing else"
            }
            Self::CopyRetire => "delete blobs and versions that no restore point needs anymore",
            Self::CopyLock => "lock blobs against deletion; unlocked policies can also be removed",
            Self::RestoreTarget => {
                "write restored blobs and their index tags, and compare them with existing blobs"
            }
            Self::DelegateKey => "create short-lived keys that sign the URL of a copy's source",
            Self::ArchiverAppliance => {
                "start and remove an archiver appliance; Coldkeep itself needs none of these permissions"
            }
        }
    }

    /// Control-plane actions.
    pub fn actions(self) -> Vec<String> {
        match self {
            Self::CopySource | Self::CopyTarget | Self::CopyRetire | Self::CopyLock | Self::RestoreTarget => {
                vec![format!("{CONTAINERS}/read")]
            }
            Self::CopyLarge => vec![],
            Self::DelegateKey => {
                vec!["Microsoft.Storage/storageAccounts/blobServices/generateUserDelegationKey/action".into()]
            }
            Self::ArchiverAppliance => APPLIANCE.map(str::to_owned).to_vec(),
        }
    }

    /// Data-plane actions. `add/action` creates blobs by Put Blob, Put Blob From URL and Copy Blob; blocks need `write`
    /// (<https://learn.microsoft.com/rest/api/storageservices/authorize-with-azure-active-directory#permissions-for-blob-service-operations>).
    pub fn data_actions(self) -> Vec<String> {
        self.data_actions_of(self.version())
    }

    /// The data-plane actions of a version of the set.
    pub fn data_actions_of(self, version: u32) -> Vec<String> {
        let of = |verbs: &[&str]| verbs.iter().map(|v| format!("{BLOBS}/{v}")).collect();
        match self {
            Self::CopySource => of(&["read", "tags/read"]),
            Self::CopyTarget if version < 2 => of(&["read", "add/action", "tags/write"]),
            Self::CopyTarget => of(&["read", "add/action"]),
            Self::CopyLarge => of(&["write"]),
            Self::CopyRetire => of(&["delete", "deleteBlobVersion/action"]),
            Self::CopyLock => of(&["immutableStorage/runAsSuperUser/action"]),
            Self::RestoreTarget => of(&["read", "write", "tags/read", "tags/write"]),
            Self::DelegateKey | Self::ArchiverAppliance => vec![],
        }
    }

    /// Refuses scopes at which the set means nothing, with the reason.
    ///
    /// # Errors
    /// `Invalid`, with the scope to grant it at instead.
    pub fn check_scope(self, scope: &ResourceId) -> Result<(), Problem> {
        match (self, scope.parse()?) {
            (Self::DelegateKey, ResourceKind::Container { account, .. }) => Err(Problem::new(
                Code::PermissionSetMisplaced,
                format!("`{self}` cannot be granted at a container"),
                format!(
                    "Grant it at the storage account `{account}`, the smallest scope that the service \
                    supports for it."
                ),
            )),
            (Self::CopyLarge, ResourceKind::Container { .. }) => Ok(()),
            (Self::CopyLarge, _) => Err(Problem::new(
                Code::PermissionSetMisplaced,
                format!("`{self}` can be granted at a container only, not at `{scope}`"),
                format!(
                    "It is limited to the data of one target: write `{self}=CONTAINER-ID,folder=FOLDER`, or \
                    omit the folder if the target is the whole container."
                ),
            )),
            (Self::ArchiverAppliance, ResourceKind::Subscription) => Ok(()),
            (Self::ArchiverAppliance, _) => Err(Problem::new(
                Code::PermissionSetMisplaced,
                format!("`{self}` can be granted at a subscription only, not at `{scope}`"),
                format!(
                    "It creates resource groups, networks and virtual machines, which are not in a storage \
                    account: write `{self}=/subscriptions/{}`.",
                    scope.subscription().unwrap_or("ID")
                ),
            )),
            _ => Ok(()),
        }
    }
}

impl fmt::Display for PermissionSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

impl FromStr for PermissionSet {
    type Err = Problem;
    fn from_str(s: &str) -> Result<Self, Problem> {
        Self::ALL.into_iter().find(|p| p.word() == s).ok_or_else(|| {
            let words: Vec<_> = Self::ALL.iter().map(|p| p.word()).collect();
            Problem::new(
                Code::PermissionSetUnknown,
                format!("`{s}` is not a permission set"),
                format!("Choose one of {}.", words.join(", ")),
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AT: [&str; 4] = [
        "/subscriptions/s",
        "/subscriptions/s/resourceGroups/g",
        "/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/a",
        "/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/a/blobServices/default/containers/c",
    ];

    #[test]
    fn each_set_is_taken_where_it_means_something() {
        for (set, taken) in [
            (PermissionSet::CopySource, [true, true, true, true]),
            (PermissionSet::CopyTarget, [true, true, true, true]),
            (PermissionSet::CopyLarge, [false, false, false, true]),
            (PermissionSet::CopyRetire, [true, true, true, true]),
            (PermissionSet::CopyLock, [true, true, true, true]),
            (PermissionSet::RestoreTarget, [true, true, true, true]),
            (PermissionSet::DelegateKey, [true, true, true, false]),
            (PermissionSet::ArchiverAppliance, [true, false, false, false]),
        ] {
            let at = AT.map(|id| set.check_scope(&ResourceId(id.into())).is_ok());
            assert_eq!(at, taken, "{set}");
            assert_eq!(set.word().parse::<PermissionSet>().unwrap(), set);
        }
    }

    #[test]
    fn a_target_is_created_only_and_large_blobs_are_a_set_of_their_own() {
        let rights = |set: PermissionSet| set.data_actions().join(" ").replace(&format!("{BLOBS}/"), "");
        assert_eq!(rights(PermissionSet::CopyTarget), "read add/action");
        assert_eq!(rights(PermissionSet::CopyLarge), "write");
        assert_eq!(PermissionSet::CopyTarget.role_name(), "Coldkeep copy-target v2");
        assert_eq!(PermissionSet::CopyTarget.data_actions_of(1).len(), 3);
    }

    #[test]
    fn the_appliance_has_its_17_actions_and_no_right_on_blobs() {
        let set = PermissionSet::ArchiverAppliance;
        assert_eq!((set.actions().len(), set.data_actions().len()), (17, 0));
        let mut sorted = set.actions();
        sorted.sort();
        sorted.dedup();
        assert_eq!(sorted.len(), 17);
    }
}
