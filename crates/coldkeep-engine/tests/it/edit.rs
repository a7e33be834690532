//! Editing a service account: rights granted and taken away later, also with interruptions and other administrators.

use crate::scene::here;
use crate::tenant::{CLERK, Scene, generated, grant, register};
use coldkeep_api::{EditServiceAccount, StepAction};
use coldkeep_core::{
    Code, Kind,
    permission::{GrantRequest, PermissionSet},
    service_account::State,
};
use coldkeep_sim::world::faults::{Action, Fault};
use std::time::Duration;

#[tokio::test]
async fn rights_are_granted_and_taken_away_again_later() {
    let scene = Scene::new().await;
    let identity = scene.engine.identity(here());
    let sign_in_id = Some(scene.with_account().await);
    let before = scene.view().await;
    let target = scene.container("northtarget", "copies");
    let requests = vec![grant(PermissionSet::CopyTarget, target)];
    let request = EditServiceAccount {
        grants: requests.clone(),
        ..EditServiceAccount::default()
    };
    let nobody = identity
        .edit_service_account("north", request.clone())
        .await
        .unwrap_err();
    assert_eq!((nobody.kind, nobody.system), (Kind::Unauthenticated, None));
    let request = EditServiceAccount {
        sign_in_id,
        ..request
    };
    let plan = identity.plan_edit("north", &request).await.unwrap();
    assert!(
        plan.steps
            .iter()
            .any(|s| s.object == "role assignment" && s.action == StepAction::Create)
    );
    assert_eq!(scene.view().await, before);
    let edited = identity.edit_service_account("north", request).await.unwrap();
    assert_eq!((edited.state, edited.grants.len()), (State::Ready, 2));
    assert_eq!(scene.view().await.assignments.len(), before.assignments.len() + 1);
    scene.works().await;
    let back = EditServiceAccount {
        revokes: requests,
        sign_in_id,
        ..EditServiceAccount::default()
    };
    let edited = identity
        .edit_service_account("north", back.clone())
        .await
        .unwrap();
    assert_eq!(edited.grants.len(), 1);
    assert_eq!(
        scene.view().await,
        before,
        "the grant and its role are gone, nothing else"
    );
    let gone = identity.edit_service_account("north", back).await.unwrap_err();
    assert_eq!(gone.kind, Kind::NotFound);
    let moved = EditServiceAccount {
        tenant_id: Some("11111111-2222-3333-4444-555555555555".into()),
        ..EditServiceAccount::default()
    };
    let moved = identity.edit_service_account("north", moved).await.unwrap_err();
    assert_eq!(moved.code, Code::ServiceAccountNotMovable, "{moved}");
}

impl Scene {
    fn copies(&self) -> GrantRequest {
        grant(PermissionSet::CopyTarget, self.container("northtarget", "copies"))
    }
}

/// Stops an edit at every request to Resource Manager in turn, and asks for the same again.
async fn interrupt_everywhere(
    after_effect: bool,
    request: EditServiceAccount,
    undo: EditServiceAccount,
    scene: &Scene,
) {
    let before = scene.view().await;
    scene
        .engine
        .identity(here())
        .edit_service_account("north", request.clone())
        .await
        .unwrap();
    let after = scene.view().await;
    scene
        .engine
        .identity(here())
        .edit_service_account("north", undo.clone())
        .await
        .unwrap();
    assert_eq!(scene.view().await, before);
    let faults = scene.sim.world().faults();
    let mut interrupted = 0;
    for nth in 0..40 {
        faults.add(
            Fault::new(Action::Hold { after_effect })
                .service("arm")
                .after(nth, 1),
        );
        let held = faults.held_ever() + 1;
        let (engine, now) = (scene.engine.clone(), request.clone());
        let mut editing =
            tokio::spawn(async move { engine.identity(here()).edit_service_account("north", now).await });
        let finished = tokio::select! {
            done = &mut editing => { done.unwrap().unwrap(); true }
            held = faults.wait_held(held, Duration::from_secs(60)) => { assert!(held); false }
        };
        if !finished {
            editing.abort();
            assert!(editing.await.is_err_and(|e| e.is_cancelled()));
            interrupted += 1;
        }
        faults.clear();
        if !finished {
            scene
                .engine
                .identity(here())
                .edit_service_account("north", request.clone())
                .await
                .unwrap();
        }
        assert_eq!(scene.view().await, after, "{nth}");
        scene.works().await;
        scene
            .engine
            .identity(here())
            .edit_service_account("north", undo.clone())
            .await
            .unwrap();
        assert_eq!(scene.view().await, before, "{nth}");
        if finished {
            break;
        }
    }
    assert!(interrupted >= 2, "only {interrupted} requests were interrupted");
}

async fn interrupted(after_effect: bool) {
    let scene = Scene::new().await;
    let empty = scene.view().await;
    let sign_in = scene.with_account().await;
    let change = |grants: &[GrantRequest], revokes: &[GrantRequest]| EditServiceAccount {
        grants: grants.to_vec(),
        revokes: revokes.to_vec(),
        sign_in_id: Some(sign_in),
        ..EditServiceAccount::default()
    };
    let more = [scene.copies()];
    let (granting, revoking) = (change(&more, &[]), change(&[], &more));
    interrupt_everywhere(after_effect, granting.clone(), revoking.clone(), &scene).await;
    scene
        .engine
        .identity(here())
        .edit_service_account("north", granting.clone())
        .await
        .unwrap();
    interrupt_everywhere(after_effect, revoking, granting, &scene).await;
    scene.remove("north", sign_in).await.unwrap();
    assert_eq!(scene.view().await, empty);
}

#[tokio::test]
async fn interrupted_before_any_request_the_same_edit_goes_on() {
    interrupted(false).await;
}

#[tokio::test]
async fn interrupted_after_any_request_the_same_edit_goes_on() {
    interrupted(true).await;
}

#[tokio::test]
async fn a_built_in_role_is_taken_away_from_the_account_alone() {
    let scene = Scene::new().await;
    let world = scene.sim.world();
    let clerk = world.principal(CLERK).unwrap();
    let copies = scene.copies();
    world
        .grant(&clerk.object_id, "User Access Administrator", &copies.scope.0)
        .unwrap();
    let sign_in = scene.sign_in(CLERK).await;
    let bare = register("north", sign_in, generated(), vec![]);
    scene
        .engine
        .identity(here())
        .add_service_account(bare)
        .await
        .unwrap();
    let before = scene.view().await;
    let change = EditServiceAccount {
        sign_in_id: Some(sign_in),
        allow_built_in_roles: true,
        ..EditServiceAccount::default()
    };
    let granting = EditServiceAccount {
        grants: vec![copies.clone()],
        ..change.clone()
    };
    let edited = scene
        .engine
        .identity(here())
        .edit_service_account("north", granting)
        .await
        .unwrap();
    assert!(edited.grants[0].made_by_us, "{:?}", edited.grants);
    assert_eq!(scene.view().await.roles, before.roles, "no role is made");
    let revoking = EditServiceAccount {
        revokes: vec![copies],
        ..change
    };
    let edited = scene
        .engine
        .identity(here())
        .edit_service_account("north", revoking)
        .await
        .unwrap();
    assert!(edited.grants.is_empty());
    assert_eq!(scene.view().await, before, "the role is everybody's, and stays");
}

#[tokio::test]
async fn what_another_administrator_grants_in_the_same_instant_is_used_and_left_to_them() {
    let scene = Scene::new().await;
    let sign_in = scene.with_account().await;
    let before = scene.view().await;
    let world = scene.sim.world();
    let faults = world.faults();
    faults.add(
        Fault::new(Action::Hold { after_effect: false })
            .service("arm")
            .method("PUT")
            .path_contains("roleAssignments")
            .after(0, 1),
    );
    let held = faults.held_ever() + 1;
    let request = EditServiceAccount {
        grants: vec![scene.copies()],
        sign_in_id: Some(sign_in),
        ..EditServiceAccount::default()
    };
    let engine = scene.engine.clone();
    let editing = tokio::spawn(async move {
        engine
            .identity(here())
            .edit_service_account("north", request)
            .await
    });
    assert!(faults.wait_held(held, Duration::from_secs(60)).await);
    let principal = scene.account().await.principal_id.unwrap();
    let scope = scene.copies().scope;
    let roles = scene.view().await.roles;
    let made = roles.iter().find(|role| !before.roles.contains(role)).unwrap();
    let role = made.rsplit('/').next().unwrap();
    world.grant(&principal, role, &scope.0).unwrap();
    faults.clear();
    let edited = editing.await.unwrap().unwrap();
    let theirs = edited.grants.iter().find(|g| g.scope == scope).unwrap();
    assert!(!theirs.made_by_us);
    scene.works().await;
    let after = scene.view().await;
    assert_eq!(
        after.assignments.len(),
        before.assignments.len() + 1,
        "theirs alone"
    );
    let back = EditServiceAccount {
        revokes: vec![scene.copies()],
        sign_in_id: Some(sign_in),
        ..EditServiceAccount::default()
    };
    let refused = scene
        .engine
        .identity(here())
        .edit_service_account("north", back)
        .await
        .unwrap_err();
    assert_eq!(refused.code, Code::GrantNotOurs, "{refused}");
    assert_eq!(scene.view().await, after);
}
