//! What exists in the tenant and its subscriptions, before anything is decided.

use crate::identity::capabilities::{self, DEFINING, GRANTING};
use coldkeep_azure::{
    Azure, Error, Person,
    arm::{Arm, RoleDefinition},
    graph::{Application, Graph},
};
use coldkeep_core::{
    Kind, Problem,
    certificate::Certificate,
    onboarding::{
        self, ApplicationFact, AssignmentFact, CustomRole, Facts, OnboardingRequest, PlaceFact, RoleFact,
        RolePlaceFact,
    },
    resource::{ResourceId, ResourceKind},
    service_account::{MadeObject, ServiceAccount},
};

pub(crate) async fn observe(
    azure: &Azure,
    person: &Person,
    request: &OnboardingRequest<'_>,
    account: &ServiceAccount,
    certificate: Option<&Certificate>,
) -> Result<Facts, Problem> {
    let graph = Graph::new(azure, person.tokens.clone());
    let mut facts = observe_application(&graph, request, account, certificate)
        .await
        .map_err(|e| e.problem("The tenant's applications cannot be read"))?;
    if request.grants.is_empty() {
        return Ok(facts);
    }
    let arm = Arm::new(azure, person.tokens.clone());
    let mut scopes: Vec<&ResourceId> = Vec::new();
    let mut roles: Vec<CustomRole> = Vec::new();
    for grant in request.grants {
        let role = onboarding::role_among(grant, request.grants)?;
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
                    condition: a.condition,
                }));
        }
        facts.places.push(place);
    }
    observe_roles(&arm, &roles, &mut facts).await?;
    Ok(facts)
}

/// Which of Coldkeep's roles are there, and where the missing ones may be defined.
async fn observe_roles(arm: &Arm, roles: &[CustomRole], facts: &mut Facts) -> Result<(), Problem> {
    for role in roles {
        // If the subscription itself does not exist, its scopes do not either: the plan reports it.
        let there = facts.places.iter().any(|place| {
            let subscription = place.scope.subscription().unwrap_or_default();
            place.exists && role.scope == ResourceId(format!("/subscriptions/{subscription}"))
        });
        if !there {
            continue;
        }
        let found = arm.fetch_role_definition(&role.id()).await;
        let found = found.map_err(|e| e.problem(format!("The roles of {} cannot be read", role.scope)))?;
        if let Some(found) = found {
            let same_rights = found.same_rights(&definition(role));
            facts.roles.push(RoleFact {
                id: role.id(),
                same_rights,
            });
            continue;
        }
        for scope in &role.assignable_scopes {
            if !facts.role_places.iter().any(|p| p.scope == *scope) {
                let may_define = capabilities::may_at(arm, scope, DEFINING).await;
                facts.role_places.push(RolePlaceFact {
                    scope: scope.clone(),
                    may_define,
                });
            }
        }
    }
    Ok(())
}

/// The role as Resource Manager takes it.
pub(crate) fn definition(role: &CustomRole) -> RoleDefinition {
    RoleDefinition {
        scope: role.scope.clone(),
        guid: role.guid.clone(),
        name: role.name.clone(),
        description: role.description.clone(),
        actions: role.permission_set.actions(),
        data_actions: role.permission_set.data_actions(),
        not_actions: vec![],
        assignable_scopes: role.assignable_scopes.clone(),
    }
}

async fn observe_application(
    graph: &Graph,
    request: &OnboardingRequest<'_>,
    account: &ServiceAccount,
    certificate: Option<&Certificate>,
) -> Result<Facts, Error> {
    let found = if request.register {
        let name = onboarding::unique_name(request.account_id);
        match was_made(account) {
            true => graph.look_for_application_by_unique_name(&name).await?,
            false => graph.fetch_application_by_unique_name(&name).await?,
        }
    } else if account.application_object_id.is_some() {
        graph.look_for_application(&account.application_id).await?
    } else {
        graph.fetch_application(&account.application_id).await?
    };
    let Some(Application {
        object_id,
        app_id,
        display_name,
        unique_name,
    }) = found
    else {
        return if request.register {
            observe_before_registering(graph, request, account).await
        } else {
            Ok(Facts::default())
        };
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
    let adds_key = request.certificate.is_some() && !certificate_registered;
    let may_add_keys = match adds_key && !request.register {
        true => capabilities::may_add_keys(graph, &object_id).await,
        false => None,
    };
    Ok(Facts {
        application: Some(fact(Application {
            object_id,
            app_id,
            display_name,
            unique_name,
        })),
        principal_id,
        certificate_registered,
        may_add_keys,
        ..Facts::default()
    })
}

/// What decides whether a new application can be registered, and should be.
async fn observe_before_registering(
    graph: &Graph,
    request: &OnboardingRequest<'_>,
    account: &ServiceAccount,
) -> Result<Facts, Error> {
    let unique_name = onboarding::unique_name(request.account_id);
    let mut named = graph.fetch_applications_named(request.name).await?;
    // The index may have what was created for this account before the replica that answers does.
    named.retain(|app| app.unique_name.as_deref() != Some(&unique_name));
    // Without permission to read deleted applications, registering itself shows the conflict.
    let deleted = match was_made(account) {
        true => graph
            .fetch_deleted_application(&unique_name)
            .await
            .unwrap_or_default(),
        false => None,
    };
    Ok(Facts {
        may_register: capabilities::may_register(graph).await,
        same_name: named.into_iter().map(fact).collect(),
        deleted: deleted.map(fact),
        ..Facts::default()
    })
}

/// Whether an earlier try came as far as registering the application.
fn was_made(account: &ServiceAccount) -> bool {
    let made = |o: &MadeObject| matches!(o, MadeObject::Application { .. });
    account.objects.iter().any(made)
}

fn fact(found: Application) -> ApplicationFact {
    ApplicationFact {
        object_id: found.object_id,
        application_id: found.app_id,
        display_name: found.display_name,
    }
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
    let (exists, refused) = match exists {
        Ok(exists) => (exists, None),
        // Named with everything else that is in the way.
        Err(e) if e.kind() == Kind::Denied => (false, Some(e.system().clone())),
        Err(e) => return Err(e.problem(format!("{scope} cannot be read"))),
    };
    // Not every scope shows it; then granting shows it.
    let may_grant = match exists {
        false => None,
        true => capabilities::may_at(arm, scope, GRANTING).await,
    };
    Ok(PlaceFact {
        scope: scope.clone(),
        exists,
        refused,
        may_grant,
    })
}
