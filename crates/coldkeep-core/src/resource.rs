//! Resource Manager's ids: `/subscriptions/…/resourceGroups/…/providers/Microsoft.Storage/…`.

use crate::{Code, Problem, repository::check_container};
use serde::{Deserialize, Serialize};
use std::fmt;

/// A scope at which rights are granted. Ids compare without regard to case, as Resource Manager does.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ResourceId(pub String);

/// What a [`ResourceId`] names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ResourceKind {
    Subscription,
    ResourceGroup,
    StorageAccount { account: String },
    Container { account: String, container: String },
}

impl ResourceId {
    /// The id of a container of a storage account.
    pub fn container(subscription: &str, group: &str, account: &str, container: &str) -> Self {
        Self(format!(
            "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.Storage/storageAccounts/\
             {account}/blobServices/default/containers/{container}"
        ))
    }

    /// What it names, or why it names nothing Coldkeep can grant on.
    pub fn parse(&self) -> Result<ResourceKind, Problem> {
        let parts: Vec<&str> = self.0.trim().trim_end_matches('/').split('/').collect();
        let is = |i: usize, word: &str| parts.get(i).is_some_and(|p| p.eq_ignore_ascii_case(word));
        let storage = is(5, "providers") && is(6, "Microsoft.Storage") && is(7, "storageAccounts");
        let rooted = parts.first() == Some(&"")
            && is(1, "subscriptions")
            && parts.iter().skip(1).all(|p| !p.is_empty());
        match parts.len() {
            3 if rooted => Ok(ResourceKind::Subscription),
            5 if rooted && is(3, "resourceGroups") => Ok(ResourceKind::ResourceGroup),
            9 if rooted && is(3, "resourceGroups") && storage => Ok(ResourceKind::StorageAccount {
                account: parts[8].into(),
            }),
            13 if rooted
                && is(3, "resourceGroups")
                && storage
                && is(9, "blobServices")
                && is(10, "default")
                && is(11, "containers") =>
            {
                Ok(ResourceKind::Container {
                    account: parts[8].into(),
                    container: parts[12].into(),
                })
            }
            _ => Err(Problem::new(
                Code::ResourceIdInvalid,
                format!(
                    "`{}` is not the id of a subscription, resource group, storage account or container",
                    self.0
                ),
                "Copy the id from the portal (JSON view), for example \
                `/subscriptions/ID/resourceGroups/GROUP/providers/\
                 Microsoft.Storage/storageAccounts/ACCOUNT/blobServices/default/containers/CONTAINER`.",
            )),
        }
    }

    /// Refuses impossible names, before a request is sent: a subscription that is no GUID, a storage account or
    /// container that breaks the rules of their names.
    ///
    /// # Errors
    /// `Invalid`, with the part that is wrong.
    pub fn check_names(&self) -> Result<(), Problem> {
        let subscription = self.subscription().unwrap_or_default();
        if uuid::Uuid::try_parse(subscription).is_err() {
            return Err(Problem::new(
                Code::SubscriptionIdInvalid,
                format!("`{subscription}` in `{self}` is not the id of a subscription"),
                "Copy the id from the portal: a subscription is named by its GUID, not by its name.",
            ));
        }
        let named = |what: Problem| what.context(format!("`{self}` does not name a resource"));
        match self.parse()? {
            ResourceKind::Subscription | ResourceKind::ResourceGroup => Ok(()),
            ResourceKind::StorageAccount { account } => check_account(&account).map_err(named),
            ResourceKind::Container { account, container } => check_account(&account)
                .and_then(|()| check_container(&container.to_ascii_lowercase()))
                .map_err(named),
        }
    }

    /// The subscription's id, where there is one.
    pub fn subscription(&self) -> Option<&str> {
        self.0.split('/').nth(2).filter(|s| !s.is_empty())
    }

    /// The storage account that it is, or is in.
    pub fn storage_account(&self) -> Option<ResourceId> {
        let account = match self.parse().ok()? {
            ResourceKind::StorageAccount { .. } | ResourceKind::Container { .. } => self.0.split('/').take(9),
            ResourceKind::Subscription | ResourceKind::ResourceGroup => return None,
        };
        Some(Self(account.collect::<Vec<_>>().join("/")))
    }

    /// Whether `other` is this scope or is below it.
    pub fn contains(&self, other: &ResourceId) -> bool {
        let (a, b) = (comparable(&self.0), comparable(&other.0));
        b == a || b.strip_prefix(&a).is_some_and(|rest| rest.starts_with('/'))
    }
}

/// <https://learn.microsoft.com/azure/storage/common/storage-account-overview#storage-account-name>; ids are compared
/// without regard to letter case.
fn check_account(account: &str) -> Result<(), Problem> {
    let plain = account.bytes().all(|b| b.is_ascii_alphanumeric());
    match plain && (3..=24).contains(&account.len()) {
        true => Ok(()),
        false => Err(Problem::new(
            Code::StorageAccountNameInvalid,
            format!("`{account}` is not a storage account's name"),
            "A name has 3 to 24 lower-case letters and digits; copy the id from the portal.",
        )),
    }
}

/// An id in the one form in which Resource Manager compares it: without regard to letter case (names of resource groups
/// may have letters of any script), and to slashes at its end.
fn comparable(id: &str) -> String {
    id.trim().trim_end_matches('/').to_lowercase()
}

/// Whether two ids of Resource Manager name the same thing.
pub fn same_id(a: &str, b: &str) -> bool {
    comparable(a) == comparable(b)
}

impl PartialEq for ResourceId {
    fn eq(&self, other: &Self) -> bool {
        same_id(&self.0, &other.0)
    }
}
impl Eq for ResourceId {}

impl fmt::Display for ResourceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_parsed_and_nest() {
        let container = ResourceId::container("s", "g", "a", "c");
        assert_eq!(
            container.parse().unwrap(),
            ResourceKind::Container {
                account: "a".into(),
                container: "c".into()
            }
        );
        assert!(ResourceId("/SUBSCRIPTIONS/s".into()).contains(&container));
        assert!(!ResourceId("/subscriptions/s/resourceGroups/gg".into()).contains(&container));
        for same in [
            "/SUBSCRIPTIONS/S/resourcegroups/ÄG/",
            " /subscriptions/s/resourceGroups/äg",
        ] {
            assert_eq!(
                ResourceId(same.into()),
                ResourceId("/subscriptions/s/resourceGroups/äg".into())
            );
        }
        assert_eq!(ResourceId(format!("{container}/")), container);
        assert!(
            ResourceId(format!("{container}//").to_uppercase())
                .parse()
                .is_ok()
        );
        assert!(ResourceId(format!("{container}/")).contains(&container));
        let guid = "72f0c5f1-6d0a-4b7e-9c57-2f1e8d3a4b10";
        for (id, names) in [
            (ResourceId::container(guid, "g", "north", "backups"), true),
            (
                ResourceId::container(&guid.to_uppercase(), "g", "NORTH", "Backups"),
                true,
            ),
            (
                ResourceId::container("my subscription", "g", "north", "backups"),
                false,
            ),
            (ResourceId::container(guid, "g", "north.blob", "backups"), false),
            (ResourceId::container(guid, "g", "no", "backups"), false),
            (ResourceId::container(guid, "g", "north", "back_ups"), false),
            (ResourceId(format!("/subscriptions/{guid}")), true),
        ] {
            assert_eq!(id.check_names().is_ok(), names, "{id}");
        }
        for bad in [
            "",
            "/",
            "/subscriptions",
            "/subscriptions//x/y",
            "a/b/c",
            "/subscriptions/s/x/y",
        ] {
            assert!(ResourceId(bad.into()).parse().is_err(), "{bad}");
        }
    }
}
