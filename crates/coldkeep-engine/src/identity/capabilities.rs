//! What the signed-in person may do, found out before the first step: by what their roles allow, never by a role's name.

use crate::identity::IdentityWing;
use coldkeep_api::{Capabilities, CapabilitiesOf, ScopeCapabilities};
use coldkeep_azure::{
    arm::{self, Arm},
    graph::{DirectoryRole, Graph},
};
use coldkeep_core::{Code, Problem, id::SignInId, resource::ResourceId};

/// The right without which nothing can be granted.
pub(crate) const GRANTING: &str = "Microsoft.Authorization/roleAssignments/write";
/// The right without which a permission set gets no role of its own.
pub(crate) const DEFINING: &str = "Microsoft.Authorization/roleDefinitions/write";

/// Directory rights by which applications are registered
/// (<https://learn.microsoft.com/entra/identity/role-based-access-control/custom-available-permissions>).
const REGISTERING: [&str; 2] = [
    "microsoft.directory/applications/create",
    "microsoft.directory/applications/createAsOwner",
];
/// And those by which any application gets keys.
const ADDING_KEYS: [&str; 3] = [
    "microsoft.directory/applications/credentials/update",
    "microsoft.directory/applications/allProperties/update",
    "microsoft.directory/applications/allProperties/allTasks",
];

impl IdentityWing {
    /// What the signed-in user may do.
    pub async fn show_capabilities(
        &self,
        sign_in: SignInId,
        of: CapabilitiesOf,
    ) -> Result<Capabilities, Problem> {
        let person = self.signed_in(Some(sign_in)).await?;
        let azure = self
            .ground
            .azure(&self.show_sign_in(sign_in).await?.cloud)
            .await?;
        let graph = Graph::new(&azure, person.tokens.clone());
        let arm = Arm::new(&azure, person.tokens.clone());
        let mut scopes = Vec::new();
        for scope in of.scopes {
            scope.parse()?;
            let subscription = ResourceId(format!(
                "/subscriptions/{}",
                scope.subscription().unwrap_or_default()
            ));
            scopes.push(ScopeCapabilities {
                assign_roles: may_at(&arm, &scope, GRANTING).await.into(),
                define_roles: may_at(&arm, &subscription, DEFINING).await.into(),
                scope,
            });
        }
        let object_id = match &of.application_id {
            None => None,
            Some(id) => Some(object_id_of(&graph, id).await?),
        };
        let add_keys = match &object_id {
            None => None,
            Some(id) => Some(may_add_keys(&graph, id).await.into()),
        };
        // Reading it needs a permission that not every user has; its absence shows nothing about the user.
        let policy = graph.fetch_app_management_policy(object_id.as_deref()).await;
        Ok(Capabilities {
            signed_in_as: person.user_principal_name.clone(),
            tenant_id: person.tenant_id.clone(),
            register_applications: may_register(&graph).await.into(),
            add_keys,
            credential_policy: policy.ok().flatten(),
            scopes,
        })
    }
}

async fn object_id_of(graph: &Graph, application_id: &str) -> Result<String, Problem> {
    let found = graph.fetch_application(application_id).await;
    let found = found.map_err(|e| e.problem("The application cannot be read"))?;
    Ok(found
        .ok_or_else(|| {
            Problem::new(
                Code::ApplicationNotFound,
                format!("The application `{application_id}` does not exist in the tenant"),
                "Check the application (client) id.",
            )
        })?
        .object_id)
}

/// Whether the person has a control-plane right at a scope; none: it does not tell, or only under a condition.
pub(crate) async fn may_at(arm: &Arm, scope: &ResourceId, right: &str) -> Option<bool> {
    let held = arm.fetch_permissions(scope).await.ok()?;
    arm::may(&held, right)
}

/// Whether the person may register applications: as any user of the tenant, or by a role.
pub(crate) async fn may_register(graph: &Graph) -> Option<bool> {
    let roles = graph.fetch_my_directory_roles().await.ok();
    if roles.as_ref().is_some_and(|roles| !roles.is_empty()) {
        return Some(true);
    }
    // The Azure CLI's client is not allowed to read the tenant's rule, for any user.
    let as_user = graph.fetch_users_may_register().await.ok();
    if as_user == Some(true) {
        return Some(true);
    }
    let own = allowed(graph, &REGISTERING).await;
    one_of([roles.map(|_| false), as_user, own])
}

/// Yes if one is yes, no if all are no.
fn one_of<const N: usize>(all: [Option<bool>; N]) -> Option<bool> {
    match all {
        all if all.contains(&Some(true)) => Some(true),
        all if all.contains(&None) => None,
        _ => Some(false),
    }
}

/// Whether the person may add keys to the application: as its owner, or by a role.
pub(crate) async fn may_add_keys(graph: &Graph, application_object_id: &str) -> Option<bool> {
    let roles = graph.fetch_my_directory_roles().await.ok();
    let by_role = roles.map(|roles| roles.into_iter().any(DirectoryRole::manages_applications));
    if by_role == Some(true) {
        return by_role;
    }
    let owns = graph.fetch_am_owner(application_object_id).await.ok();
    if owns == Some(true) {
        return owns;
    }
    one_of([by_role, owns, allowed(graph, &ADDING_KEYS).await])
}

/// Custom roles of the tenant are not Microsoft's directory roles; not every user can read their permissions.
async fn allowed(graph: &Graph, rights: &[&str]) -> Option<bool> {
    let held = graph.fetch_my_directory_actions().await.ok()?;
    Some(
        held.iter()
            .any(|action| rights.iter().any(|right| action.eq_ignore_ascii_case(right))),
    )
}
