//! Service accounts whose permission sets changed since they were granted: told, and moved over without a moment in which
//! a right is missing.

use crate::azure_view::send;
use crate::scene::here;
use crate::tenant::{ADMIN, Scene, generated, grant, register};
use coldkeep_api::EditServiceAccount;
use coldkeep_core::{
    Code, Fix,
    id::SignInId,
    onboarding::CustomRole,
    permission::PermissionSet,
    problem::{Field, Verb},
    service_account::{MadeObject, ServiceAccount},
};
use coldkeep_sim::world::faults::{Action, Fault};
use serde_json::json;
use std::time::Duration;

/// An account as version 1 of `copy-target` made it: its role could write index tags.
async fn of_version_1(scene: &Scene) -> (SignInId, ServiceAccount) {
    let sign_in = scene.sign_in(ADMIN).await;
    let target = scene.container("northtarget", "copies");
    let grants = vec![
        grant(PermissionSet::CopySource, scene.source()),
        grant(PermissionSet::CopyTarget, target.clone()),
    ];
    let request = register("north", sign_in, generated(), grants);
    let identity = scene.engine.identity(here());
    let mut account = identity.add_service_account(request).await.unwrap();
    let world = scene.sim.world();
    let at = world.endpoints();
    let admin = world.principal(ADMIN).unwrap();
    let token = world.token_for(&admin, &at.resource_manager).unwrap();
    let call = async |method: &str, id: &str, body: Option<serde_json::Value>| {
        let url = format!("{}{id}?api-version=2022-04-01", at.resource_manager);
        send(method, &url, &token, body.as_ref()).await
    };
    let old = CustomRole::of_version(PermissionSet::CopyTarget, 1, target.subscription().unwrap());
    call(
        "PUT",
        &old.id(),
        Some(json!({"properties": {
            "roleName": old.name,
            "type": "CustomRole",
            "permissions": [{
                "actions": PermissionSet::CopyTarget.actions(),
                "dataActions": PermissionSet::CopyTarget.data_actions_of(1),
            }],
            "assignableScopes": [old.scope.0],
        }})),
    )
    .await;
    let assignment = format!(
        "{target}/providers/Microsoft.Authorization/roleAssignments/{}",
        "11111111-2222-4333-8444-555555555555"
    );
    call(
        "PUT",
        &assignment,
        Some(json!({"properties": {
            "roleDefinitionId": old.id(),
            "principalId": account.principal_id,
            "principalType": "ServicePrincipal",
        }})),
    )
    .await;
    let new = account
        .grants
        .iter_mut()
        .find(|g| g.permission_set == PermissionSet::CopyTarget)
        .unwrap();
    let role = CustomRole::of(PermissionSet::CopyTarget, target.subscription().unwrap()).id();
    call("DELETE", &new.assignment_id, None).await;
    call("DELETE", &role, None).await;
    account.objects.retain(|object| match object {
        MadeObject::RoleAssignment { id } => *id != new.assignment_id,
        MadeObject::RoleDefinition { id } => !id.eq_ignore_ascii_case(&role),
        _ => true,
    });
    new.assignment_id.clone_from(&assignment);
    new.role_definition_id = old.id();
    account.objects.push(MadeObject::RoleDefinition { id: old.id() });
    account
        .objects
        .push(MadeObject::RoleAssignment { id: assignment });
    scene.store().await.save_service_account(&account).await.unwrap();
    (sign_in, account)
}

fn update(sign_in: SignInId) -> EditServiceAccount {
    EditServiceAccount {
        update_roles: true,
        sign_in_id: Some(sign_in),
        ..EditServiceAccount::default()
    }
}

#[tokio::test]
async fn a_role_that_changed_is_told_and_moved_over() {
    let scene = Scene::new().await;
    let identity = scene.engine.identity(here());
    let (sign_in, old) = of_version_1(&scene).await;
    let before = scene.view().await;
    let check = identity.check_service_account("north").await.unwrap();
    assert!(check.ok, "{:#?}", check.findings);
    let update_roles = Verb::ServiceAccountEdit.of("north").with(Field::UpdateRoles);
    assert!(
        check.findings.iter().any(|f| {
            f.detail.contains("(copy-target v1 -> v2)")
                && f.fix
                    .iter()
                    .flat_map(Fix::actions)
                    .any(|action| *action == update_roles)
        }),
        "{:#?}",
        check.findings
    );
    let doctor = scene.engine.doctor(here()).await;
    assert!(
        doctor.findings.iter().any(|f| f.code == Code::RoleOutdated),
        "{doctor:#?}"
    );

    let plan = identity.plan_edit("north", &update(sign_in)).await.unwrap();
    let steps: Vec<_> = plan
        .steps
        .iter()
        .map(|s| format!("{} {}: {}", s.action.word(), s.object, s.detail))
        .collect();
    let all = steps.join("\n");
    assert!(
        all.contains("create role definition: Coldkeep copy-target v2"),
        "{all}"
    );
    assert!(
        all.contains("remove role assignment: copy-target v1 -> v2 at"),
        "{all}"
    );
    assert!(all.contains("remove role definition: "), "{all}");
    assert_eq!(scene.view().await, before);

    let edited = identity
        .edit_service_account("north", update(sign_in))
        .await
        .unwrap();
    let after = scene.view().await;
    assert_eq!(
        (after.roles.len(), after.assignments.len()),
        (before.roles.len(), before.assignments.len())
    );
    let gone = &old
        .grants
        .iter()
        .find(|g| g.permission_set == PermissionSet::CopyTarget)
        .unwrap()
        .assignment_id;
    assert!(!after.assignments.iter().any(|id| id.eq_ignore_ascii_case(gone)));
    assert_eq!(edited.grants.len(), 2);
    let check = identity.check_service_account("north").await.unwrap();
    assert!(!check.findings.iter().any(|f| f.code == Some(Code::RoleOutdated)));
    // Nothing is left to do, and nothing is left behind.
    let plan = identity.plan_edit("north", &update(sign_in)).await.unwrap();
    assert!(plan.steps.is_empty(), "{plan:#?}");
    scene.remove("north", sign_in).await.unwrap();
    let end = scene.view().await;
    assert!(end.assignments.len() + 2 == after.assignments.len(), "{end:#?}");
}

#[tokio::test]
async fn moving_over_goes_on_after_an_interruption_at_any_request() {
    for after_effect in [false, true] {
        for nth in 0..60 {
            let scene = Scene::new().await;
            let (sign_in, _) = of_version_1(&scene).await;
            let before = scene.view().await;
            let faults = scene.sim.world().faults();
            faults.add(
                Fault::new(Action::Hold { after_effect })
                    .service("arm")
                    .after(nth * 3, 1),
            );
            let engine = scene.engine.clone();
            let mut editing = tokio::spawn(async move {
                engine
                    .identity(here())
                    .edit_service_account("north", update(sign_in))
                    .await
            });
            let finished = tokio::select! {
                done = &mut editing => { done.unwrap().unwrap(); true }
                held = faults.wait_held(1, Duration::from_secs(60)) => { assert!(held); false }
            };
            if !finished {
                editing.abort();
                let _ = editing.await;
            }
            faults.clear();
            let edited = scene
                .engine
                .identity(here())
                .edit_service_account("north", update(sign_in))
                .await
                .unwrap();
            let after = scene.view().await;
            assert_eq!(after.roles.len(), before.roles.len(), "{nth}");
            assert_eq!(after.assignments.len(), before.assignments.len(), "{nth}");
            assert_eq!(edited.grants.len(), 2, "{nth}");
            if finished {
                break;
            }
        }
    }
}
