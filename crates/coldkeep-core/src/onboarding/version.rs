//! Grants whose role is of an earlier version of their permission set.

use super::{CustomRole, same_guid};
use crate::{
    permission::PermissionSet,
    service_account::{Grant, ServiceAccount},
};

/// A grant that gives other rights than its permission set does now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outdated<'a> {
    pub grant: &'a Grant,
    /// The version that it was granted in.
    pub version: u32,
}

impl Outdated<'_> {
    /// For people: `copy-target v1 -> v2`.
    pub fn words(&self) -> String {
        let set = self.grant.permission_set;
        format!("{set} v{} -> v{}", self.version, set.version())
    }
}

/// The grants of an account that `service-account edit --update-roles` moves over.
pub fn outdated(account: &ServiceAccount) -> Vec<Outdated<'_>> {
    let all = account.grants.iter();
    all.filter_map(|grant| {
        let version = version_of(grant)?;
        (version < grant.permission_set.version()).then_some(Outdated { grant, version })
    })
    .collect()
}

/// The version of the set whose role a grant assigned; none for the roles of others.
pub(super) fn version_of(grant: &Grant) -> Option<u32> {
    let set = grant.permission_set;
    if set == PermissionSet::ArchiverAppliance {
        return None;
    }
    let subscription = grant.scope.subscription()?;
    let same = |version: &u32| {
        let role = CustomRole::of_version(set, *version, subscription);
        same_guid(&role.guid, &grant.role_definition_id)
    };
    (1..=set.version()).find(same)
}
