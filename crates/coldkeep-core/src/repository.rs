//! A repository: a storage account's container and folder, and who opens it.

use crate::{
    Problem, Timestamp,
    id::{RepositoryId, ServiceAccountId},
};
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// Access tier of block blobs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Tier {
    Hot,
    Cool,
    Cold,
    Archive,
}

impl Tier {
    /// As Blob Storage writes it.
    pub fn header(self) -> &'static str {
        match self {
            Tier::Hot => "Hot",
            Tier::Cool => "Cool",
            Tier::Cold => "Cold",
            Tier::Archive => "Archive",
        }
    }
}

impl fmt::Display for Tier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.header().to_ascii_lowercase())
    }
}

impl FromStr for Tier {
    type Err = Problem;
    fn from_str(s: &str) -> Result<Self, Problem> {
        [Tier::Hot, Tier::Cool, Tier::Cold, Tier::Archive]
            .into_iter()
            .find(|t| t.header().eq_ignore_ascii_case(s))
            .ok_or_else(|| {
                Problem::invalid(
                    format!("`{s}` is not an access tier"),
                    "Choose hot, cool, cold or archive.",
                )
            })
    }
}

/// Who opens the repository. Keys and signatures themselves are kept apart, encrypted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Access {
    ServiceAccount {
        service_account_id: ServiceAccountId,
    },
    AccountKey,
    Sas {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        starts_at: Option<Timestamp>,
        /// None where a stored access policy says it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        expires_at: Option<Timestamp>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        stored_policy: Option<String>,
    },
}

/// A storage account + container + folder + tier + who opens it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Repository {
    pub id: RepositoryId,
    pub name: String,
    pub cloud: String,
    pub account: String,
    /// The account's blob endpoint, where it is not the cloud's template. No trailing slash.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<String>,
    pub container: String,
    /// Without leading and trailing slash; empty: the whole container.
    pub folder: String,
    /// Tier of what Coldkeep writes here; none: the account's default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tier: Option<Tier>,
    pub access: Access,
    pub created_at: Timestamp,
}

impl Repository {
    /// The prefix all names of this repository have: empty, or the folder with its slash.
    pub fn prefix(&self) -> String {
        if self.folder.is_empty() {
            String::new()
        } else {
            format!("{}/", self.folder)
        }
    }

    /// Whether two repositories overlap in the same container (same account and one prefix within the other).
    pub fn overlaps(&self, other: &Repository, same_account: bool) -> bool {
        let (a, b) = (self.prefix(), other.prefix());
        same_account && self.container == other.container && (a.starts_with(&b) || b.starts_with(&a))
    }
}
