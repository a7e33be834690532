//! What the signed-in user is allowed to do in the directory, by capability: the tenant's rule for its users, the active
//! roles, and the permissions of the tenant's custom roles.

use super::Graph;
use crate::{Error, transport::address::segment};
use serde::Deserialize;

/// Microsoft's roles that matter here, by template id: equal in every tenant, independent of the role's name
/// (<https://learn.microsoft.com/entra/identity/role-based-access-control/permissions-reference>).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DirectoryRole {
    GlobalAdministrator,
    ApplicationAdministrator,
    CloudApplicationAdministrator,
    HybridIdentityAdministrator,
    /// Registers applications, and manages those it owns.
    ApplicationDeveloper,
}

impl DirectoryRole {
    const ALL: [(Self, &'static str); 5] = [
        (Self::GlobalAdministrator, "62e90394-69f5-4237-9190-012177145e10"),
        (
            Self::ApplicationAdministrator,
            "9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3",
        ),
        (
            Self::CloudApplicationAdministrator,
            "158c047a-c907-4556-b7ef-446551a6b5f7",
        ),
        (
            Self::HybridIdentityAdministrator,
            "8ac3fc64-6eca-42ea-9e69-59f4c7b60eb2",
        ),
        (Self::ApplicationDeveloper, "cf1c38e5-3621-4004-a7cb-879624dced7c"),
    ];

    fn of(template_id: &str) -> Option<Self> {
        let mut all = Self::ALL.into_iter();
        all.find(|(_, id)| id.eq_ignore_ascii_case(template_id))
            .map(|(role, _)| role)
    }

    /// Whether it may change applications that it does not own.
    pub fn manages_applications(self) -> bool {
        self != Self::ApplicationDeveloper
    }
}

/// Guests with this role count as members
/// (<https://learn.microsoft.com/entra/identity/users/users-restrict-guest-permissions>).
const SAME_AS_MEMBERS: &str = "a0b1b346-4d3e-4e8b-98f8-753987be4970";

#[derive(Deserialize)]
struct Id {
    id: String,
}

impl Graph {
    /// Whether the tenant lets this person register applications without any role: its rule for users, and for guests
    /// that they count as members (<https://learn.microsoft.com/graph/api/authorizationpolicy-get>).
    pub async fn fetch_users_may_register(&self) -> Result<bool, Error> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Policy {
            #[serde(default)]
            guest_user_role_id: Option<String>,
            default_user_role_permissions: Permissions,
        }
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Permissions {
            allowed_to_create_apps: bool,
        }
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Kind {
            #[serde(default)]
            user_type: Option<String>,
        }
        let policy: Policy = self.api.get("/policies/authorizationPolicy").await?;
        let me: Kind = self.api.get("/me?$select=id,userType").await?;
        let guest = me
            .user_type
            .is_some_and(|kind| kind.eq_ignore_ascii_case("Guest"));
        let counts_as_member = policy
            .guest_user_role_id
            .is_some_and(|id| id.eq_ignore_ascii_case(SAME_AS_MEMBERS));
        Ok(policy.default_user_role_permissions.allowed_to_create_apps && (!guest || counts_as_member))
    }

    /// The person's roles that are active now, also by way of groups; others than those named here are left out
    /// (<https://learn.microsoft.com/graph/api/user-list-transitivememberof>).
    pub async fn fetch_my_directory_roles(&self) -> Result<Vec<DirectoryRole>, Error> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct HeldRole {
            role_template_id: String,
        }
        let held: Vec<HeldRole> = self
            .api
            .list("/me/transitiveMemberOf/microsoft.graph.directoryRole?$select=id,roleTemplateId")
            .await?;
        Ok(held
            .iter()
            .filter_map(|role| DirectoryRole::of(&role.role_template_id))
            .collect())
    }

    /// What the roles that are assigned to the user directly allow in the whole directory, custom roles
    /// included. Not every user is allowed to read it
    /// (<https://learn.microsoft.com/graph/api/rbacapplication-list-roleassignments>).
    pub async fn fetch_my_directory_actions(&self) -> Result<Vec<String>, Error> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Assignment {
            #[serde(default)]
            directory_scope_id: Option<String>,
            role_definition: Definition,
        }
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Definition {
            #[serde(default)]
            role_permissions: Vec<AllowedActions>,
        }
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct AllowedActions {
            #[serde(default)]
            allowed_resource_actions: Vec<String>,
        }
        let me: Id = self.api.get("/me?$select=id").await?;
        let filter = segment(&format!("principalId eq '{}'", me.id));
        let all: Vec<Assignment> = self
            .api
            .list(&format!(
                "/roleManagement/directory/roleAssignments?$filter={filter}&$expand=roleDefinition"
            ))
            .await?;
        Ok(all
            .into_iter()
            .filter(|a| a.directory_scope_id.as_deref() == Some("/"))
            .flat_map(|a| a.role_definition.role_permissions)
            .flat_map(|p| p.allowed_resource_actions)
            .collect())
    }

    /// Whether the person owns the application (<https://learn.microsoft.com/graph/api/application-list-owners>).
    pub async fn fetch_am_owner(&self, application_object_id: &str) -> Result<bool, Error> {
        let me: Id = self.api.get("/me?$select=id").await?;
        let path = format!(
            "/applications/{}/owners?$select=id",
            segment(application_object_id)
        );
        let owners: Vec<Id> = self.api.list(&path).await?;
        Ok(owners.iter().any(|owner| owner.id == me.id))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        AppCredential, Azure, TokenSource,
        arm::Arm,
        scripted::{FixedClock, Scripted},
    };
    use coldkeep_core::{cloud::Cloud, resource::ResourceId};
    use serde_json::{Value, json};
    use std::sync::Arc;

    fn ok(body: Value) -> (u16, &'static [(&'static str, &'static str)], String) {
        (200, &[], body.to_string())
    }

    #[tokio::test]
    async fn each_cloud_is_asked_at_its_own_hosts_with_tokens_for_them() {
        for cloud in Cloud::builtin() {
            let token = || ok(json!({"access_token": "x", "expires_in": 3599}));
            let network = Scripted::new([
                token(),
                ok(json!({"defaultUserRolePermissions": {"allowedToCreateApps": true}})),
                ok(json!({"id": "me", "userType": "Guest"})),
                token(),
                ok(json!({"value": []})),
            ]);
            let azure = Azure::with_exchange(cloud.clone(), Arc::new(FixedClock), network.clone());
            let tokens = TokenSource::for_app(&azure, "t", "a", AppCredential::Secret("s".into()));
            let graph = Graph::new(&azure, tokens.clone());
            assert!(!graph.fetch_users_may_register().await.unwrap(), "guests may not");
            let subscription = ResourceId("/subscriptions/s".into());
            let held = Arm::new(&azure, tokens).fetch_permissions(&subscription).await;
            assert_eq!(held.unwrap(), []);

            let asked = network.asked();
            let hosts = [
                &cloud.active_directory,
                &cloud.graph,
                &cloud.graph,
                &cloud.active_directory,
                &cloud.resource_manager,
            ];
            for (asked, host) in asked.iter().zip(hosts) {
                let at = asked.line.split(' ').nth(1).unwrap();
                assert!(at.starts_with(&format!("{host}/")), "{}: {at}", cloud.name);
            }
            for (nth, audience) in [(0, &cloud.graph), (3, &cloud.resource_manager_audience)] {
                let scope = format!("{audience}/.default")
                    .replace(':', "%3A")
                    .replace('/', "%2F");
                assert!(asked[nth].body.contains(&scope), "{scope}");
            }
        }
    }
}
