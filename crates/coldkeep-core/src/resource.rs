//! Resource Manager's ids: `/subscriptions/…/resourceGroups/…/providers/Microsoft.Storage/…`.

use crate::Problem;
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
        let parts: Vec<&str> = self.0.trim_end_matches('/').split('/').collect();
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
            _ => Err(Problem::invalid(
                format!(
                    "`{}` is not the id of a subscription, resource group, storage account or container",
                    self.0
                ),
                "Copy the id from the portal (JSON view), as in `/subscriptions/ID/resourceGroups/GROUP/providers/\
                 Microsoft.Storage/storageAccounts/ACCOUNT/blobServices/default/containers/CONTAINER`.",
            )),
        }
    }

    /// The subscription's id, where there is one.
    pub fn subscription(&self) -> Option<&str> {
        self.0.split('/').nth(2).filter(|s| !s.is_empty())
    }

    /// The storage account that it is, or lies in.
    pub fn storage_account(&self) -> Option<ResourceId> {
        let account = match self.parse().ok()? {
            ResourceKind::StorageAccount { .. } | ResourceKind::Container { .. } => self.0.split('/').take(9),
            ResourceKind::Subscription | ResourceKind::ResourceGroup => return None,
        };
        Some(Self(account.collect::<Vec<_>>().join("/")))
    }

    /// Whether `other` is this scope or lies below it.
    pub fn contains(&self, other: &ResourceId) -> bool {
        let (a, b) = (self.0.to_ascii_lowercase(), other.0.to_ascii_lowercase());
        let a = a.trim_end_matches('/');
        b == a || b.strip_prefix(a).is_some_and(|rest| rest.starts_with('/'))
    }
}

impl PartialEq for ResourceId {
    fn eq(&self, other: &Self) -> bool {
        self.0.eq_ignore_ascii_case(&other.0)
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
