//! What exists in the tenant and its subscriptions, before anything is decided.

use coldkeep_azure::{
    Azure, Error, Person,
    arm::{Arm, RoleDefinition},
    graph::{Application, Graph},
};
use coldkeep_core::{
    Problem,
    certificate::Certificate,
    onboarding::{self, ApplicationFact, AssignmentFact, Facts, PlaceFact, Role, RoleFact, Wish},
    resource::{ResourceId, ResourceKind},
    service_account::ServiceAccount,
};

/// The right without which nothing can be granted.
const GRANTING: &str = "Microsoft.Authorization/roleAssignments/write";

pub(crate) async fn observe(
    azure: &Azure,
    person: &Person,
    wish: &Wish<'_>,
    account: &ServiceAccount,
    certificate: Option<&Certificate>,
) -> Result<Facts, Problem> {
    let graph = Graph::new(azure, person.tokens.clone());
    let mut facts = observe_application(&graph, wish, account, certificate)
        .await
        .map_err(|e| e.problem("The tenant's applications cannot be read"))?;
    if wish.grants.is_empty() {
        return Ok(facts);
    }
    let arm = Arm::new(azure, person.tokens.clone());
    let mut scopes: Vec<&ResourceId> = Vec::new();
    let mut roles: Vec<Role> = Vec::new();
    for grant in wish.grants {
        let role = onboarding::role_for(grant)?;
        if !roles.contains(&role) {
            roles.push(role);
        }
        if !scopes.contains(&&grant.scope) {
            scopes.push(&grant.scope);
        }
    }
    for scope in scopes {
        let place = observe_place(&arm, scope).await?;
        if place.exists
            && let Some(principal) = &facts.principal_id
        {
            let found = arm.fetch_role_assignments(scope, principal).await;
            let found =
                found.map_err(|e| e.problem(format!("The role assignments at {scope} cannot be read")))?;
            facts
                .assignments
                .extend(found.into_iter().map(|a| AssignmentFact {
                    id: a.id,
                    scope: a.scope,
                    role_definition_id: a.role_definition_id,
                }));
        }
        facts.places.push(place);
    }
    for role in roles {
        // Where the subscription itself is not there, its scopes are not either: the plan says so.
        if facts.places.iter().any(|p| {
            p.exists
                && p.scope
                    .subscription()
                    .is_some_and(|s| role.scope.0.ends_with(&s.to_ascii_lowercase()))
        }) && let Some(found) = arm
            .fetch_role_definition(&role.id())
            .await
            .map_err(|e| e.problem(format!("The roles of {} cannot be read", role.scope)))?
        {
            let same_rights = found.same_rights(&definition(&role));
            facts.roles.push(RoleFact {
                id: role.id(),
                same_rights,
            });
        }
    }
    Ok(facts)
}

/// The role as Resource Manager takes it.
pub(crate) fn definition(role: &Role) -> RoleDefinition {
    RoleDefinition {
        scope: role.scope.clone(),
        guid: role.guid.clone(),
        name: role.name.clone(),
        description: role.description.clone(),
        actions: role.permission_set.actions(),
        data_actions: role.permission_set.data_actions(),
    }
}

async fn observe_application(
    graph: &Graph,
    wish: &Wish<'_>,
    account: &ServiceAccount,
    certificate: Option<&Certificate>,
) -> Result<Facts, Error> {
    let found = if wish.register {
        graph
            .fetch_application_by_unique_name(&onboarding::unique_name(wish.account_id))
            .await?
    } else {
        graph.fetch_application(&account.application_id).await?
    };
    let Some(Application {
        object_id,
        app_id,
        display_name,
    }) = found
    else {
        return Ok(Facts::default());
    };
    let principal_id = graph.fetch_service_principal(&app_id).await?.map(|p| p.id);
    let certificate_registered = match certificate.and_then(der_of) {
        None => false,
        Some(der) => {
            let keys = graph.fetch_key_credentials(&object_id).await?;
            let key_id = coldkeep_azure::graph::key_id(&object_id, &der);
            keys.iter()
                .any(|k| k.der.as_deref() == Some(&der[..]) || k.key_id.eq_ignore_ascii_case(&key_id))
        }
    };
    let application = Some(ApplicationFact {
        object_id,
        application_id: app_id,
        display_name,
    });
    Ok(Facts {
        application,
        principal_id,
        certificate_registered,
        ..Facts::default()
    })
}

/// The certificate itself.
pub(crate) fn der_of(certificate: &Certificate) -> Option<Vec<u8>> {
    data_encoding::BASE64
        .decode(certificate.der_base64.as_bytes())
        .ok()
}

async fn observe_place(arm: &Arm, scope: &ResourceId) -> Result<PlaceFact, Problem> {
    let exists = match scope.parse()? {
        ResourceKind::Subscription => {
            let id = scope.subscription().unwrap_or_default();
            arm.fetch_subscription(id).await.map(|found| found.is_some())
        }
        ResourceKind::ResourceGroup => arm.fetch_resource_group(scope).await.map(|found| found.is_some()),
        ResourceKind::StorageAccount { .. } => arm
            .fetch_storage_account(scope)
            .await
            .map(|found| found.is_some()),
        ResourceKind::Container { .. } => arm.fetch_container(scope).await.map(|found| found.is_some()),
    };
    let exists = exists.map_err(|e| e.problem(format!("{scope} cannot be looked at")))?;
    let may_grant = match exists {
        false => None,
        // Not every scope tells; then the granting itself will.
        true => arm
            .fetch_permissions(scope)
            .await
            .ok()
            .map(|all| all.iter().any(|p| p.allows(GRANTING))),
    };
    Ok(PlaceFact {
        scope: scope.clone(),
        exists,
        may_grant,
    })
}
