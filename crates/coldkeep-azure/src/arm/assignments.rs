//! Who has which role, and under which rule
//! (<https://learn.microsoft.com/rest/api/authorization/role-assignments>).

use super::{ABSENT, AUTHORIZATION, Arm, path_of, roles::text};
use crate::{
    Error,
    transport::address::segment,
    transport::retry::{REPLICATION, looked_for},
    wait_until_consistent,
};
use coldkeep_core::{Code, permission::same_condition, resource::ResourceId, sharing::same_role};
use http::Method;
use serde_json::{Value, json};
use uuid::Uuid;

/// The language that conditions are written in.
pub(crate) const CONDITION_VERSION: &str = "2.0";

/// A role to assign to a service principal.
#[derive(Debug, Clone)]
pub struct NewAssignment {
    pub scope: ResourceId,
    pub role_definition_id: String,
    /// Object id of the service principal.
    pub principal_id: String,
    pub description: String,
    /// The rule that narrows it (<https://learn.microsoft.com/azure/role-based-access-control/conditions-format>).
    pub condition: Option<String>,
}

impl NewAssignment {
    /// The id under which it is created: equal for equal scope, principal and role.
    pub fn id(&self) -> String {
        let scope = self.scope.0.trim_end_matches('/');
        let role = self.role_definition_id.rsplit('/').next().unwrap_or_default();
        let bound = format!("{scope}|{}|{role}", self.principal_id).to_ascii_lowercase();
        let name = Uuid::new_v5(&Uuid::NAMESPACE_URL, bound.as_bytes());
        format!("{scope}/providers/Microsoft.Authorization/roleAssignments/{name}")
    }

    fn body(&self) -> Value {
        let mut properties = json!({
            "roleDefinitionId": self.role_definition_id,
            "principalId": self.principal_id,
            "principalType": "ServicePrincipal",
            "description": self.description,
        });
        if let Some(condition) = &self.condition {
            properties["condition"] = json!(condition);
            properties["conditionVersion"] = json!(CONDITION_VERSION);
        }
        json!({"properties": properties})
    }

    /// What is there under another rule gives other rights, and is never changed.
    fn check_condition(&self, there: &RoleAssignment) -> Result<(), Error> {
        if same_condition(self.condition.as_deref(), there.condition.as_deref()) {
            return Ok(());
        }
        let said = there.condition.as_deref().unwrap_or("none");
        Err(Error::without_answer(
            "Azure Resource Manager",
            Code::AssignmentConditionDiffers,
            format!("the role is already assigned there, with another condition: {said}"),
        ))
    }
}

/// A role assigned to a principal at a scope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleAssignment {
    pub id: String,
    pub scope: ResourceId,
    pub role_definition_id: String,
    pub principal_id: String,
    /// The rule that narrows it; none: it holds for everything at its scope.
    pub condition: Option<String>,
}

impl Arm {
    /// Assigns the role unless it is assigned; answers with the assignment's id (which another client may have
    /// chosen) and whether it was created now.
    pub async fn ensure_role_assignment(&self, wanted: &NewAssignment) -> Result<(String, bool), Error> {
        let id = wanted.id();
        let path = format!("{}?{AUTHORIZATION}", path_of(&ResourceId(id.clone())));
        if let Some(there) = self.api.find::<Value>(&path).await? {
            wanted.check_condition(&role_assignment(&there))?;
            return Ok((id, false));
        }
        let body = wanted.body();
        // Both may be too new for the replica that is asked.
        let too_new =
            |e: &Error| matches!(e.code(), Some("PrincipalNotFound" | "RoleDefinitionDoesNotExist"));
        match wait_until_consistent(REPLICATION, too_new, || self.api.put(Method::PUT, &path, &body)).await {
            Ok(_) => Ok((id, true)),
            Err(error) if error.code() == Some("RoleAssignmentExists") => {
                let same = |a: &RoleAssignment| {
                    a.scope == wanted.scope && same_role(&a.role_definition_id, &wanted.role_definition_id)
                };
                // A list may not show the assignment's id immediately.
                let found = looked_for(|| async {
                    let all = self
                        .fetch_role_assignments(&wanted.scope, &wanted.principal_id)
                        .await?;
                    Ok(all.into_iter().find(same))
                });
                let there = found.await?.ok_or(error)?;
                wanted.check_condition(&there)?;
                Ok((there.id, false))
            }
            Err(error) => Err(error),
        }
    }

    /// The principal's role assignments at and above a scope.
    pub async fn fetch_role_assignments(
        &self,
        scope: &ResourceId,
        principal_id: &str,
    ) -> Result<Vec<RoleAssignment>, Error> {
        let filter = segment(&format!("principalId eq '{principal_id}'"));
        self.list_assignments(scope, &filter).await
    }

    /// Who has the role anywhere in its subscription.
    pub async fn fetch_assignments_of_role(
        &self,
        role_definition_id: &str,
    ) -> Result<Vec<RoleAssignment>, Error> {
        let scope = role_definition_id
            .split("/providers/Microsoft.Authorization/")
            .next()
            .unwrap_or_default();
        let all = self.list_assignments(&ResourceId(scope.to_owned()), "").await?;
        Ok(all
            .into_iter()
            .filter(|a| same_role(&a.role_definition_id, role_definition_id))
            .collect())
    }

    /// Whether it was there.
    pub async fn delete_role_assignment(&self, id: &str) -> Result<bool, Error> {
        self.api
            .delete(
                &format!("{}?{AUTHORIZATION}", path_of(&ResourceId(id.to_owned()))),
                ABSENT,
            )
            .await
    }

    async fn list_assignments(&self, scope: &ResourceId, filter: &str) -> Result<Vec<RoleAssignment>, Error> {
        let filter = if filter.is_empty() {
            String::new()
        } else {
            format!("&$filter={filter}")
        };
        let path = format!(
            "{}/providers/Microsoft.Authorization/roleAssignments?{AUTHORIZATION}{filter}",
            path_of(scope)
        );
        let raw: Vec<Value> = self.api.list(&path).await?;
        Ok(raw.iter().map(role_assignment).collect())
    }
}

fn role_assignment(raw: &Value) -> RoleAssignment {
    let properties = &raw["properties"];
    RoleAssignment {
        id: text(&raw["id"]),
        scope: ResourceId(text(&properties["scope"])),
        role_definition_id: text(&properties["roleDefinitionId"]),
        principal_id: text(&properties["principalId"]),
        condition: Some(text(&properties["condition"])).filter(|c| !c.is_empty()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_assignment_has_the_same_id_however_its_scope_is_written() {
        let wanted = |scope: &str| NewAssignment {
            scope: ResourceId(scope.into()),
            role_definition_id: "/subscriptions/s/providers/Microsoft.Authorization/roleDefinitions/r".into(),
            principal_id: "P".into(),
            description: String::new(),
            condition: None,
        };
        let name = |id: String| id.rsplit('/').next().map(str::to_owned);
        assert_eq!(
            name(wanted("/subscriptions/S").id()),
            name(wanted("/Subscriptions/s/").id())
        );
        assert_ne!(
            name(wanted("/subscriptions/s").id()),
            name(wanted("/subscriptions/t").id())
        );
    }
}
