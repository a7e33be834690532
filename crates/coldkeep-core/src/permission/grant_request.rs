//! A request to grant a permission set at a scope: its text form, and the scopes that are too wide.

use super::{PermissionSet, condition};
use crate::{
    Code, Problem, fix,
    problem::Allowance,
    repository::check_folder,
    resource::{ResourceId, ResourceKind},
};
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// What stands between a scope and the folder in it.
const FOLDER: &str = ",folder=";

/// What is to be granted where: `copy-source=/subscriptions/…`, `copy-large=/subscriptions/…,folder=north`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GrantRequest {
    pub permission_set: PermissionSet,
    pub scope: ResourceId,
    /// The target's folder in the container, for the sets that are confined to one: without slashes around it; none is
    /// the whole container.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub folder: Option<String>,
}

impl GrantRequest {
    /// At a scope as a whole.
    pub fn new(permission_set: PermissionSet, scope: ResourceId) -> Self {
        Self {
            permission_set,
            scope,
            folder: None,
        }
    }

    /// The grant for one folder in its scope; an empty folder means the whole scope.
    ///
    /// # Errors
    /// If the set is for no folder, or the folder cannot be a target's.
    pub fn in_folder(mut self, folder: &str) -> Result<Self, Problem> {
        let set = self.permission_set;
        let folder = check_folder(folder)?;
        if folder.is_empty() {
            self.folder = None;
            return Ok(self);
        }
        if !set.takes_folder() {
            return Err(Problem::new(
                Code::GrantInvalid,
                format!("`{set}` cannot be granted for a folder"),
                format!("Omit `{FOLDER}{folder}`: the permission set applies to the whole scope."),
            ));
        }
        condition::check_condition_folder(&folder)?;
        self.folder = Some(folder);
        Ok(self)
    }

    /// Refuses what is invalid by itself, also if it was not given as one text.
    ///
    /// # Errors
    /// `Invalid`: a scope at which the set means nothing, a folder that cannot be one.
    pub fn check(&self) -> Result<(), Problem> {
        self.permission_set.check_scope(&self.scope)?;
        let folder = self.folder.as_deref().unwrap_or_default();
        let whole = Self::new(self.permission_set, self.scope.clone());
        whole.in_folder(folder).map(drop)
    }

    /// What the names begin with that it is confined to, where it is.
    pub fn data_prefix(&self) -> Option<String> {
        let folder = self.folder.as_deref().unwrap_or_default();
        self.permission_set
            .takes_folder()
            .then(|| condition::prefix_of_data(folder))
    }

    /// The condition of its role assignment (<https://learn.microsoft.com/azure/role-based-access-control/conditions-format>,
    /// version 2.0), where the set has one.
    pub fn condition(&self) -> Option<String> {
        let folder = self.folder.as_deref().unwrap_or_default();
        self.permission_set
            .takes_folder()
            .then(|| condition::of_data(folder))
    }

    /// Where it is granted, for people: the scope and the folder.
    pub fn place(&self) -> String {
        match &self.folder {
            Some(folder) => format!("{}, folder {folder}", self.scope),
            None => self.scope.to_string(),
        }
    }
}

/// As the command line takes it.
impl fmt::Display for GrantRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={}", self.permission_set, self.scope)?;
        match &self.folder {
            Some(folder) => write!(f, "{FOLDER}{folder}"),
            None => Ok(()),
        }
    }
}

impl FromStr for GrantRequest {
    type Err = Problem;
    fn from_str(s: &str) -> Result<Self, Problem> {
        let (set, place) = s.split_once('=').ok_or_else(|| {
            Problem::new(
                Code::GrantInvalid,
                format!("`{s}` has no scope"),
                "Write PERMISSION-SET=RESOURCE-ID, for example \
                `copy-source=/subscriptions/…/containers/backups`.",
            )
        })?;
        let (scope, folder) = place.split_once(FOLDER).unwrap_or((place, ""));
        let scope = scope.trim().trim_end_matches('/');
        let request = Self::new(set.parse()?, ResourceId(scope.to_owned()));
        request.scope.parse()?;
        request.in_folder(folder)
    }
}

/// Refuses grants at a whole subscription or resource group, unless that was allowed on purpose.
///
/// # Errors
/// `Invalid`, with the narrower form.
pub fn check_width(grants: &[GrantRequest], allow_wide_scope: bool) -> Result<(), Problem> {
    let Some(grant) = wide(grants).next().filter(|_| !allow_wide_scope) else {
        return Ok(());
    };
    let set = grant.permission_set;
    let (what, reach) = match grant.scope.parse()? {
        ResourceKind::ResourceGroup => ("resource group", "every storage account in it"),
        _ => ("subscription", "everything in it, now and later"),
    };
    let next = if set == PermissionSet::ArchiverAppliance {
        fix![
            "It has no smaller scope: allow it with ",
            Allowance::WideScope,
            ". Nothing was created."
        ]
    } else {
        let narrower = match set {
            PermissionSet::DelegateKey => "/subscriptions/…/storageAccounts/ACCOUNT".to_owned(),
            _ => "/subscriptions/…/storageAccounts/ACCOUNT/blobServices/default/containers/CONTAINER"
                .to_owned(),
        };
        fix![
            format!("Name the smallest scope that is needed (`{set}={narrower}`), or allow it with "),
            Allowance::WideScope,
            ". Nothing was created."
        ]
    };
    Err(Problem::new(
        Code::WideScopeNotAllowed,
        format!(
            "`{set}` was requested for the whole {what} `{}`: it would apply to {reach}",
            grant.scope
        ),
        next,
    ))
}

/// The grants at a whole subscription or resource group.
pub fn wide(grants: &[GrantRequest]) -> impl Iterator<Item = &GrantRequest> {
    grants.iter().filter(|grant| {
        matches!(
            grant.scope.parse(),
            Ok(ResourceKind::Subscription | ResourceKind::ResourceGroup)
        )
    })
}

/// Refuses two folders of one container for one set: the service accepts one assignment of a role at a scope, for all
/// conditions.
///
/// # Errors
/// `Invalid`, naming both.
pub fn check_folders(grants: &[GrantRequest]) -> Result<(), Problem> {
    for (at, grant) in grants.iter().enumerate() {
        let other = grants[..at].iter().find(|other| {
            other.permission_set == grant.permission_set
                && other.scope == grant.scope
                && other.folder != grant.folder
        });
        if let Some(other) = other {
            let named = |request: &GrantRequest| match &request.folder {
                Some(folder) => format!("the folder `{folder}`"),
                None => "the whole container".to_owned(),
            };
            return Err(Problem::new(
                Code::GrantGivenTwice,
                format!(
                    "`{}` was requested twice at `{}`: for {} and for {}",
                    grant.permission_set,
                    grant.scope,
                    named(other),
                    named(grant)
                ),
                "A service account can have it for one folder of a container only: use another service \
                account for the other folder, or give each target its own container. Nothing was created.",
            ));
        }
    }
    Ok(())
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
    fn a_wide_scope_is_refused_until_it_is_meant() {
        for (scope, wide) in AT.into_iter().zip([true, true, false, false]) {
            let grant: GrantRequest = format!("copy-source={scope}").parse().unwrap();
            let refused = check_width(std::slice::from_ref(&grant), false);
            assert_eq!(refused.is_err(), wide, "{scope}");
            if let Err(refused) = refused {
                assert!(refused.what.contains(scope), "{refused}");
                assert!(refused.hint().contains("containers/CONTAINER"), "{refused}");
                assert_eq!(refused.code, Code::WideScopeNotAllowed);
                assert_eq!(refused.allowances().collect::<Vec<_>>(), [Allowance::WideScope]);
            }
            assert!(check_width(&[grant], true).is_ok());
        }
    }

    #[test]
    fn a_grant_is_written_and_read_with_its_folder() {
        let container = AT[3];
        for (text, folder, written) in [
            (
                format!("copy-large={container}"),
                None,
                format!("copy-large={container}"),
            ),
            (
                format!("copy-large={container},folder="),
                None,
                format!("copy-large={container}"),
            ),
            (
                format!("copy-large={container},folder=/a/b,folder=c/"),
                Some("a/b,folder=c"),
                format!("copy-large={container},folder=a/b,folder=c"),
            ),
        ] {
            let request: GrantRequest = text.parse().unwrap();
            assert_eq!(request.folder.as_deref(), folder, "{text}");
            assert_eq!(request.to_string(), written);
            request.check().unwrap();
            let json = serde_json::to_string(&request).unwrap();
            assert_eq!(serde_json::from_str::<GrantRequest>(&json).unwrap(), request);
        }
        for refused in [
            format!("copy-target={container},folder=a"),
            format!("copy-large={container},folder=a/../b"),
            format!("copy-large={container},folder=a*"),
            format!("copy-large={container},folder=it's"),
            "copy-large=/nowhere,folder=a".to_owned(),
        ] {
            assert!(refused.parse::<GrantRequest>().is_err(), "{refused}");
        }
        let wide: GrantRequest = format!("copy-large={}", AT[2]).parse().unwrap();
        assert_eq!(wide.check().unwrap_err().code, Code::PermissionSetMisplaced);
    }

    #[test]
    fn one_folder_of_a_container_a_set() {
        let request = |folder: &str| {
            format!("copy-large={},folder={folder}", AT[3])
                .parse::<GrantRequest>()
                .unwrap()
        };
        check_folders(&[request("a"), request("a")]).unwrap();
        let refused = check_folders(&[request("a"), request("")]).unwrap_err();
        assert!(refused.what.contains("the folder `a`"), "{refused}");
        assert!(refused.what.contains("the whole container"), "{refused}");
    }
}
