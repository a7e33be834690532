//! Permission sets: named, versioned bundles of rights, each right there for an operation.

use crate::{Problem, resource::ResourceId};
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

const BLOBS: &str = "Microsoft.Storage/storageAccounts/blobServices/containers/blobs";
const CONTAINERS: &str = "Microsoft.Storage/storageAccounts/blobServices/containers";

/// A bundle of rights that a service account is granted at one scope.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PermissionSet {
    /// List and read a source, with its tags.
    CopySource,
    /// Create blobs in a target and read them back; neither overwrite nor delete.
    CopyTarget,
    /// Write restored blobs, overwriting where asked.
    RestoreTarget,
    /// Make user-delegation keys, where a bearer token as copy source is not accepted.
    DelegateKey,
}

impl PermissionSet {
    pub const ALL: [PermissionSet; 4] = [
        Self::CopySource,
        Self::CopyTarget,
        Self::RestoreTarget,
        Self::DelegateKey,
    ];

    /// The word used on the command line, in REST and in docs.
    pub fn word(self) -> &'static str {
        match self {
            Self::CopySource => "copy-source",
            Self::CopyTarget => "copy-target",
            Self::RestoreTarget => "restore-target",
            Self::DelegateKey => "delegate-key",
        }
    }

    /// The custom role's display name; a change of the rights below is a new version, never an edit.
    pub fn role_name(self) -> String {
        format!("Coldkeep {} v1", self.word())
    }

    /// Why somebody would grant it, one sentence.
    pub fn purpose(self) -> &'static str {
        match self {
            Self::CopySource => "list and read the blobs of a source and their index tags",
            Self::CopyTarget => {
                "create blobs in a target and read them back; nothing is overwritten or deleted"
            }
            Self::RestoreTarget => "write restored blobs and their index tags",
            Self::DelegateKey => "make short-lived keys that sign the address of a copy's source",
        }
    }

    /// Control-plane actions.
    pub fn actions(self) -> Vec<String> {
        match self {
            Self::CopySource | Self::CopyTarget | Self::RestoreTarget => vec![format!("{CONTAINERS}/read")],
            Self::DelegateKey => {
                vec!["Microsoft.Storage/storageAccounts/blobServices/generateUserDelegationKey/action".into()]
            }
        }
    }

    /// Data-plane actions.
    pub fn data_actions(self) -> Vec<String> {
        let of = |verbs: &[&str]| verbs.iter().map(|v| format!("{BLOBS}/{v}")).collect();
        match self {
            Self::CopySource => of(&["read", "tags/read"]),
            Self::CopyTarget => of(&["read", "add/action", "tags/write"]),
            Self::RestoreTarget => of(&["read", "write", "tags/write"]),
            Self::DelegateKey => vec![],
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
            Problem::invalid(
                format!("`{s}` is not a permission set"),
                format!("Choose one of {}.", words.join(", ")),
            )
        })
    }
}

/// What is to be granted where: `copy-source=/subscriptions/…`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GrantWish {
    pub permission_set: PermissionSet,
    pub scope: ResourceId,
}

impl FromStr for GrantWish {
    type Err = Problem;
    fn from_str(s: &str) -> Result<Self, Problem> {
        let (set, scope) = s.split_once('=').ok_or_else(|| {
            Problem::invalid(
                format!("`{s}` does not say where to grant"),
                "Write PERMISSION-SET=RESOURCE-ID, as in `copy-source=/subscriptions/…/containers/backups`.",
            )
        })?;
        let scope = ResourceId(scope.to_owned());
        scope.parse()?;
        Ok(Self {
            permission_set: set.parse()?,
            scope,
        })
    }
}
