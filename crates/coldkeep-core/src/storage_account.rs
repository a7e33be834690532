//! What is known about a storage account as a whole: its limits are reported before anything is tried.

use crate::{
    Code, Problem, Timestamp, fix,
    problem::{Field, Verb},
    repository::Tier,
};
use serde::{Deserialize, Serialize};

/// What Resource Manager shows of a storage account to a signed-in user. Blob Storage shows an application
/// none of it without the permission `getInfo`, which no data role has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountFacts {
    pub account: String,
    /// Where its blobs are, without a trailing slash; empty where it has none.
    pub blob_endpoint: String,
    /// Redundancy and performance, as in `Standard_ZRS`.
    pub sku: String,
    /// `StorageV2`, `BlockBlobStorage`, `Storage`, …
    pub kind: String,
    /// Whether names are hierarchical.
    pub hierarchical: bool,
    /// From where copies into it are taken (`AAD`: its own tenant, `PrivateLink`: its own private links); none: from
    /// everywhere (<https://learn.microsoft.com/azure/storage/common/security-restrict-copy-operations>).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub copy_scope: Option<String>,
    pub read_at: Timestamp,
}

impl AccountFacts {
    /// Why blobs of a tier cannot be written there, where they cannot.
    /// <https://learn.microsoft.com/azure/storage/blobs/access-tiers-overview#archive-access-tier>
    pub fn why_not(&self, tier: Tier) -> Option<String> {
        let is = |text: &str, word: &str| text.eq_ignore_ascii_case(word);
        let account = &self.account;
        if is(&self.kind, "Storage") {
            return Some(format!(
                "The storage account `{account}` is a general-purpose v1 account (kind Storage), which has \
                no access tiers"
            ));
        }
        if is(&self.kind, "BlockBlobStorage") || self.sku.to_ascii_lowercase().starts_with("premium") {
            return Some(format!(
                "The storage account `{account}` is a premium account ({}), which has no access tiers",
                self.sku
            ));
        }
        let sku = self.sku.rsplit('_').next().unwrap_or_default();
        let zones = ["ZRS", "GZRS", "RAGZRS"].iter().any(|word| is(sku, word));
        (tier == Tier::Archive && zones).then(|| {
            format!(
                "The storage account `{account}` uses zone-redundant storage ({}), which has no archive tier",
                self.sku
            )
        })
    }

    /// Refuses a tier that it does not have.
    ///
    /// # Errors
    /// `Unsupported`, with what to choose instead.
    pub fn check_tier(&self, tier: Option<Tier>) -> Result<(), Problem> {
        match tier.and_then(|tier| self.why_not(tier)) {
            None => Ok(()),
            Some(why) => Err(Problem::new(
                Code::TierUnsupported,
                why,
                fix![
                    "Archive needs a general-purpose v2 account with LRS, GRS or RA-GRS: choose another account, or another tier: ",
                    Verb::RepositoryEdit.any().with(Field::Tier.set("cold")),
                    "."
                ],
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tiers_are_refused_where_the_account_has_none() {
        for (sku, kind, archive, cool) in [
            ("Standard_LRS", "StorageV2", true, true),
            ("Standard_GRS", "StorageV2", true, true),
            ("Standard_RAGRS", "BlobStorage", true, true),
            ("Standard_ZRS", "StorageV2", false, true),
            ("Standard_GZRS", "StorageV2", false, true),
            ("standard_ragzrs", "storagev2", false, true),
            ("Premium_LRS", "BlockBlobStorage", false, false),
            ("Standard_LRS", "Storage", false, false),
            ("", "", true, true),
        ] {
            let facts = AccountFacts {
                account: "north".into(),
                blob_endpoint: String::new(),
                sku: sku.into(),
                kind: kind.into(),
                hierarchical: false,
                copy_scope: None,
                read_at: Timestamp::UNIX_EPOCH,
            };
            assert_eq!(facts.why_not(Tier::Archive).is_none(), archive, "{sku} {kind}");
            assert_eq!(facts.why_not(Tier::Cool).is_none(), cool, "{sku} {kind}");
            assert_eq!(facts.check_tier(Some(Tier::Archive)).is_ok(), archive);
            facts.check_tier(None).unwrap();
        }
    }
}
