//! Roles, and a caller's permissions (<https://learn.microsoft.com/rest/api/authorization/>).

use super::{ABSENT, AUTHORIZATION, Arm, path_of};
use crate::Error;
use coldkeep_core::resource::ResourceId;
use http::Method;
use serde::Deserialize;
use serde_json::{Value, json};

/// A custom role, assignable in one subscription or in several.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleDefinition {
    /// The subscription in which it is defined: `/subscriptions/ID`.
    pub scope: ResourceId,
    /// The subscriptions in which it can be assigned, `scope` among them.
    pub assignable_scopes: Vec<ResourceId>,
    /// A GUID that the maker chooses.
    pub guid: String,
    /// Unique in the tenant.
    pub name: String,
    pub description: String,
    pub actions: Vec<String>,
    pub data_actions: Vec<String>,
    /// What it takes back of both; roles of ours take nothing back.
    pub not_actions: Vec<String>,
}

impl RoleDefinition {
    /// Its id at Resource Manager.
    pub fn id(&self) -> String {
        format!(
            "{}/providers/Microsoft.Authorization/roleDefinitions/{}",
            self.scope.0.trim_end_matches('/'),
            self.guid
        )
    }

    /// What Resource Manager takes to make it.
    pub(crate) fn body(&self) -> Value {
        json!({"properties": {
            "roleName": self.name,
            "description": self.description,
            "type": "CustomRole",
            "permissions": [{
                "actions": self.actions,
                "notActions": [],
                "dataActions": self.data_actions,
                "notDataActions": [],
            }],
            "assignableScopes": self.assignable_scopes.iter().map(|s| &s.0).collect::<Vec<_>>(),
        }})
    }

    /// Whether both give exactly the same rights.
    pub fn same_rights(&self, other: &RoleDefinition) -> bool {
        let sorted = |list: &[String]| {
            let mut list: Vec<String> = list.iter().map(|a| a.to_ascii_lowercase()).collect();
            list.sort();
            list
        };
        sorted(&self.actions) == sorted(&other.actions)
            && sorted(&self.data_actions) == sorted(&other.data_actions)
            && sorted(&self.not_actions) == sorted(&other.not_actions)
    }
}

/// One entry of what the asker may do at a scope; several add up.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Permission {
    pub actions: Vec<String>,
    pub not_actions: Vec<String>,
    pub data_actions: Vec<String>,
    pub not_data_actions: Vec<String>,
    /// A rule about the attributes of the request; whether it is met is not known in advance.
    pub condition: Option<String>,
}

/// Whether these entries together give a control-plane right; none where only an entry with a condition gives it. Deny
/// assignments are not among them, so that a right that is seen here may still be refused
/// (<https://learn.microsoft.com/rest/api/authorization/permissions>).
pub fn may(all: &[Permission], action: &str) -> Option<bool> {
    let mut giving = all.iter().filter(|p| p.allows(action)).peekable();
    if giving.peek().is_none() {
        return Some(false);
    }
    giving
        .any(|p| p.condition.as_deref().unwrap_or_default().is_empty())
        .then_some(true)
}

impl Permission {
    /// Whether this entry gives the control-plane right `action`.
    pub fn allows(&self, action: &str) -> bool {
        let covers = |patterns: &[String]| patterns.iter().any(|p| matches(p, action));
        covers(&self.actions) && !covers(&self.not_actions)
    }
}

/// `*` stands for anything; letter case does not count.
fn matches(pattern: &str, action: &str) -> bool {
    let (pattern, action) = (pattern.to_ascii_lowercase(), action.to_ascii_lowercase());
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = action.strip_prefix(first) else {
        return false;
    };
    let mut last = None;
    for part in parts {
        // The part before this one may stand anywhere; only the very last must be at the end.
        if let Some(middle) = last.replace(part) {
            match rest.find(middle) {
                Some(at) => rest = &rest[at + middle.len()..],
                None => return false,
            }
        }
    }
    last.map_or(rest.is_empty(), |end| rest.ends_with(end))
}

impl Arm {
    /// What the asker may do at a resource.
    pub async fn fetch_permissions(&self, at: &ResourceId) -> Result<Vec<Permission>, Error> {
        let path = format!(
            "{}/providers/Microsoft.Authorization/permissions?{AUTHORIZATION}",
            path_of(at)
        );
        self.api.list(&path).await
    }

    /// The role definition, where it exists.
    pub async fn fetch_role_definition(&self, id: &str) -> Result<Option<RoleDefinition>, Error> {
        let id = ResourceId(id.to_owned());
        let raw: Option<Value> = self
            .api
            .find(&format!("{}?{AUTHORIZATION}", path_of(&id)))
            .await?;
        Ok(raw.map(|raw| role_definition(&id, &raw)))
    }

    /// Creates the custom role unless one with its GUID exists (which stays unchanged); answers with its id and
    /// whether it was created now.
    pub async fn ensure_role_definition(&self, role: &RoleDefinition) -> Result<(String, bool), Error> {
        let id = role.id();
        if self.fetch_role_definition(&id).await?.is_some() {
            return Ok((id, false));
        }
        let body = role.body();
        let path = format!("{}?{AUTHORIZATION}", path_of(&ResourceId(id.clone())));
        self.api.put(Method::PUT, &path, &body).await?;
        Ok((id, true))
    }

    /// Whether it was there.
    ///
    /// # Errors
    /// `RoleDefinitionHasAssignments` while it is assigned.
    pub async fn delete_role_definition(&self, id: &str) -> Result<bool, Error> {
        self.api
            .delete(
                &format!("{}?{AUTHORIZATION}", path_of(&ResourceId(id.to_owned()))),
                ABSENT,
            )
            .await
    }
}

pub(super) fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn role_definition(id: &ResourceId, raw: &Value) -> RoleDefinition {
    let properties = &raw["properties"];
    let permissions = properties["permissions"].as_array().cloned().unwrap_or_default();
    let all = |key: &str| {
        let lists = permissions.iter().filter_map(|p| p[key].as_array());
        lists.flatten().map(text).collect::<Vec<_>>()
    };
    let (scope, guid) =
        id.0.split_once("/providers/Microsoft.Authorization/roleDefinitions/")
            .unwrap_or(("", &id.0));
    RoleDefinition {
        scope: ResourceId(scope.to_owned()),
        guid: guid.to_owned(),
        name: text(&properties["roleName"]),
        description: text(&properties["description"]),
        actions: all("actions"),
        data_actions: all("dataActions"),
        not_actions: [all("notActions"), all("notDataActions")].concat(),
        assignable_scopes: properties["assignableScopes"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|scope| ResourceId(text(scope)))
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards_cover_what_azure_says_they_cover() {
        let write = "Microsoft.Authorization/roleAssignments/write";
        for (pattern, covers) in [
            ("*", true),
            ("Microsoft.Authorization/*", true),
            ("microsoft.authorization/*/write", true),
            ("*/write", true),
            ("*/read", false),
            ("Microsoft.Authorization/roleAssignments", false),
            ("Microsoft.Authorization/*/Delete", false),
            (write, true),
            ("Microsoft.Storage/*", false),
        ] {
            assert_eq!(matches(pattern, write), covers, "{pattern}");
        }
        let contributor = Permission {
            actions: vec!["*".into()],
            not_actions: vec!["Microsoft.Authorization/*/Write".into()],
            ..Permission::default()
        };
        assert!(!contributor.allows(write));
        let conditioned = Permission {
            actions: vec!["Microsoft.Authorization/roleAssignments/*".into()],
            condition: Some("@Request[…] ForAnyOfAnyValues:GuidEquals {…}".into()),
            ..Permission::default()
        };
        let owner = Permission {
            actions: vec!["*".into()],
            ..Permission::default()
        };
        for (held, answer) in [
            (vec![], Some(false)),
            (vec![contributor.clone()], Some(false)),
            (vec![contributor.clone(), conditioned.clone()], None),
            (vec![conditioned, owner], Some(true)),
        ] {
            assert_eq!(may(&held, write), answer, "{held:?}");
        }
        assert!(contributor.allows("Microsoft.Storage/storageAccounts/read"));
    }
}
