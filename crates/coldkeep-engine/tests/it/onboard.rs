//! Service accounts against the simulator: every way to add one, what is refused before anything is changed, going on
//! after an interruption at any request, and taking everything away again.

mod places;
mod rights;
mod troubles;

use crate::scene::here;
use crate::tenant::{
    ADMIN, CLERK, CLOUD, Scene, existing, generated, grant, granting, new_certificate, register,
};
use coldkeep_api::{
    NewAccess, NewCredential, NewRepository, NewServiceAccount, OnboardingStep, RemoveServiceAccount,
    StepAction,
};
use coldkeep_core::{
    Kind,
    id::SignInId,
    permission::{GrantRequest, PermissionSet},
    resource::ResourceId,
    service_account::{Credential, ProofOutcome, ServiceAccount, State},
};
use coldkeep_sim::{
    Options,
    world::faults::{Action, Fault},
};
use std::{sync::atomic::Ordering, time::Duration};

fn all_ok(account: &ServiceAccount) {
    assert!(
        account.proofs.iter().all(|p| p.outcome == ProofOutcome::Ok),
        "{:#?}",
        account.proofs
    );
}

/// Every permission set where it belongs.
fn every_grant(scene: &Scene) -> Vec<GrantRequest> {
    let storage = ResourceId(
        scene
            .sim
            .world()
            .storage_account("northsource")
            .unwrap()
            .resource_id
            .clone(),
    );
    vec![
        grant(PermissionSet::CopySource, scene.source()),
        grant(
            PermissionSet::CopyTarget,
            scene.container("northtarget", "copies"),
        ),
        grant(
            PermissionSet::RestoreTarget,
            scene.container("northtarget", "copies"),
        ),
        grant(PermissionSet::DelegateKey, storage),
    ]
}

#[tokio::test]
async fn a_plan_names_every_object_and_changes_nothing() {
    let scene = Scene::new().await;
    let sign_in = scene.sign_in(ADMIN).await;
    let before = scene.view().await;
    let request = register("north", sign_in, generated(), every_grant(&scene));
    let plan = scene
        .engine
        .identity(here())
        .plan_service_account(&request)
        .await
        .unwrap();
    assert_eq!(plan.signed_in_as.as_deref(), Some(ADMIN));
    let steps = |action: StepAction, object: &str| {
        let wanted = |s: &&OnboardingStep| s.object == object && s.action == action;
        plan.steps.iter().filter(wanted).count()
    };
    let created = [
        "application",
        "service principal",
        "certificate",
        "role definition",
        "role assignment",
    ];
    let created = created.map(|object| steps(StepAction::Create, object));
    assert_eq!(created, [1, 1, 1, 4, 4]);
    assert_eq!(steps(StepAction::Check, "access"), 5);
    assert_eq!(scene.view().await, before);
    assert!(
        scene
            .engine
            .identity(here())
            .list_certificates()
            .await
            .unwrap()
            .is_empty()
    );
}

#[tokio::test]
async fn registering_makes_everything_once_and_removing_leaves_nothing() {
    let scene = Scene::new().await;
    let sign_in = scene.sign_in(ADMIN).await;
    let before = scene.view().await;
    let request = || register("north", sign_in, generated(), every_grant(&scene));
    let account = scene
        .engine
        .identity(here())
        .add_service_account(request())
        .await
        .unwrap();
    assert_eq!((account.state, account.grants.len()), (State::Ready, 4));
    all_ok(&account);
    let after = scene.view().await;
    assert_eq!(after.applications.len(), before.applications.len() + 1);
    assert_eq!(
        after.service_principals.len(),
        before.service_principals.len() + 1
    );
    assert_eq!(after.assignments.len(), before.assignments.len() + 4);
    assert_eq!(after.roles.len(), before.roles.len() + 4);

    let check = scene
        .engine
        .identity(here())
        .check_service_account("north")
        .await
        .unwrap();
    assert!(
        check.ok && check.findings.iter().all(|f| f.outcome == ProofOutcome::Ok),
        "{:#?}",
        check.findings
    );
    assert_eq!(
        scene.sim.world().blobs_in("northtarget", "copies").names(),
        [""; 0],
        "checking writes nothing"
    );
    let again = scene
        .engine
        .identity(here())
        .add_service_account(request())
        .await
        .unwrap_err();
    assert_eq!(again.kind, Kind::Conflict);

    scene.remove("north", sign_in).await.unwrap();
    assert_eq!(scene.view().await, before);
    assert!(
        scene
            .engine
            .identity(here())
            .list_service_accounts()
            .await
            .unwrap()
            .is_empty()
    );
    assert!(
        scene
            .engine
            .identity(here())
            .list_certificates()
            .await
            .unwrap()
            .is_empty(),
        "its generated key goes with it"
    );
}

#[tokio::test]
async fn an_account_that_opens_a_repository_is_not_removed() {
    let scene = Scene::new().await;
    let sign_in = scene.sign_in(ADMIN).await;
    let grants = vec![grant(PermissionSet::CopySource, scene.source())];
    scene
        .engine
        .identity(here())
        .add_service_account(register("north", sign_in, generated(), grants))
        .await
        .unwrap();
    let repository = NewRepository {
        name: "m365".into(),
        cloud: CLOUD.into(),
        account: "northsource".into(),
        endpoint: None,
        container: "backups".into(),
        folder: None,
        tier: None,
        access: NewAccess::ServiceAccount {
            service_account: "north".into(),
        },
    };
    scene
        .engine
        .data(here())
        .add_repository(repository)
        .await
        .unwrap();
    let with = scene.view().await;
    let used = scene.remove("north", sign_in).await.unwrap_err();
    assert_eq!(used.kind, Kind::Conflict);
    assert!(used.to_string().contains("`m365`"), "{used}");
    assert_eq!(scene.view().await, with);
}

#[tokio::test]
async fn an_existing_application_with_a_secret_needs_no_sign_in() {
    let scene = Scene::new().await;
    let app = scene.sim.world().ready_app().unwrap();
    let secret = |text: &str| NewCredential::Secret { secret: text.into() };
    let wrong = existing("north", "northwind.example", &app.app_id, secret("not-it"));
    let refused = scene
        .engine
        .identity(here())
        .add_service_account(wrong)
        .await
        .unwrap_err();
    assert_eq!(
        refused.system.as_ref().and_then(|s| s.code.as_deref()),
        Some("AADSTS7000215"),
        "{refused}"
    );
    assert!(
        scene
            .engine
            .identity(here())
            .list_service_accounts()
            .await
            .unwrap()
            .is_empty(),
        "nothing is left of a wrong secret"
    );

    let before = scene.view().await;
    let right = existing("north", "northwind.example", &app.app_id, secret(&app.secret));
    let account = scene
        .engine
        .identity(here())
        .add_service_account(right)
        .await
        .unwrap();
    assert_eq!(
        (account.state, account.tenant_id.as_str()),
        (State::Ready, app.tenant_id.as_str())
    );
    assert_eq!(account.credential, Credential::Secret { expires_at: None });
    assert!(
        account
            .proofs
            .iter()
            .any(|p| p.outcome == ProofOutcome::Unknown && p.what == "permissions on containers")
    );
    assert!(
        scene
            .engine
            .identity(here())
            .check_service_account("north")
            .await
            .unwrap()
            .ok
    );
    scene
        .engine
        .identity(here())
        .remove_service_account("north", RemoveServiceAccount::default())
        .await
        .unwrap();
    assert_eq!(
        scene.view().await,
        before,
        "nothing of an application that was there is touched"
    );
}

#[tokio::test]
async fn a_certificate_goes_beside_an_existing_applications_others_and_alone_away_again() {
    let scene = Scene::new().await;
    let tenant = scene.sim.world().options().tenants[0].id.clone();
    let app = scene.sim.world().register_app(&tenant, "theirs").unwrap();
    let sign_in = scene.sign_in(ADMIN).await;
    let with_grant = |name: &str, credential| {
        granting(
            existing(name, &tenant, &app.app_id, credential),
            sign_in,
            vec![grant(PermissionSet::CopySource, scene.source())],
        )
    };
    let theirs = scene.certificate("theirs").await;
    let first = scene
        .engine
        .identity(here())
        .add_service_account(with_grant("first", theirs))
        .await
        .unwrap();
    all_ok(&first);
    let before = scene.view().await;
    let ours = scene.certificate("ours").await;
    let second = scene
        .engine
        .identity(here())
        .add_service_account(with_grant("second", ours))
        .await
        .unwrap();
    all_ok(&second);
    let between = scene.view().await;
    assert_eq!(between.keys, before.keys + 1);
    assert_eq!(
        between.assignments, before.assignments,
        "the same grant is not made twice"
    );

    // The same certificate, now registered, is enough without anybody signing in.
    let again = NewCredential::Certificate {
        certificate: "ours".into(),
    };
    let third = scene
        .engine
        .identity(here())
        .add_service_account(existing("third", &tenant, &app.app_id, again))
        .await
        .unwrap();
    assert_eq!(third.state, State::Ready);
    assert!(third.objects.is_empty());
    scene.remove("third", sign_in).await.unwrap();
    assert_eq!(scene.view().await, between);

    scene.remove("second", sign_in).await.unwrap();
    assert_eq!(
        scene.view().await,
        before,
        "the role, the grant and the key of `first` stay"
    );
    assert!(
        scene
            .engine
            .identity(here())
            .check_service_account("first")
            .await
            .unwrap()
            .ok
    );
}

#[tokio::test]
async fn a_tenant_that_does_not_exist_is_one_paragraph_and_changes_nothing() {
    let scene = Scene::new().await;
    let app = scene.sim.world().ready_app().unwrap();
    let nowhere = "11111111-2222-3333-4444-555555555555";
    let secret = NewCredential::Secret {
        secret: app.secret.into(),
    };
    let refused = scene
        .engine
        .identity(here())
        .add_service_account(existing("x", nowhere, &app.app_id, secret))
        .await
        .unwrap_err();
    let system = refused.system.clone().unwrap();
    assert_eq!(
        (refused.kind, system.code.as_deref()),
        (Kind::NotFound, Some("AADSTS90002"))
    );
    assert!(system.request_id.is_some());
    let told = refused.to_string();
    assert!(
        told.contains(nowhere) && told.contains("`cloud`") && !told.contains('\n'),
        "{told}"
    );
    assert!(
        scene
            .engine
            .identity(here())
            .list_service_accounts()
            .await
            .unwrap()
            .is_empty()
    );
}

#[tokio::test]
async fn an_expired_certificate_is_refused_before_any_request() {
    let scene = Scene::new().await;
    let sign_in = scene.sign_in(ADMIN).await;
    let old = scene.certificate("old").await;
    scene.clock.0.store(40 * 86_400, Ordering::Relaxed);
    let requests = scene.sim.world().log().count();
    let refused = scene
        .engine
        .identity(here())
        .add_service_account(register("north", sign_in, old, vec![]))
        .await
        .unwrap_err();
    assert_eq!(refused.kind, Kind::Expired);
    assert!(refused.what.contains("`old`"), "{refused}");
    assert_eq!(scene.sim.world().log().count(), requests);
    assert!(
        scene
            .engine
            .identity(here())
            .list_service_accounts()
            .await
            .unwrap()
            .is_empty()
    );
}

#[tokio::test]
async fn what_cannot_work_is_refused_before_anything_is_made() {
    let scene = Scene::new().await;
    let admin = scene.sign_in(ADMIN).await;
    let clerk = scene.sign_in(CLERK).await;
    let before = scene.view().await;
    let refused = async |who, scope| {
        let request = register(
            "north",
            who,
            generated(),
            vec![grant(PermissionSet::CopySource, scope)],
        );
        scene
            .engine
            .identity(here())
            .add_service_account(request)
            .await
            .unwrap_err()
    };
    let missing = refused(admin, scene.container("northsource", "nothing")).await;
    assert_eq!(missing.kind, Kind::NotFound, "{missing}");
    assert!(missing.what.contains("`nothing`"), "{missing}");
    let denied = refused(clerk, scene.source()).await;
    assert!(matches!(denied.kind, Kind::Denied | Kind::NotFound), "{denied}");
    assert_eq!(scene.view().await, before);
    assert!(
        scene
            .engine
            .identity(here())
            .list_service_accounts()
            .await
            .unwrap()
            .is_empty()
    );
    assert!(
        scene
            .engine
            .identity(here())
            .list_certificates()
            .await
            .unwrap()
            .is_empty()
    );
}

#[tokio::test]
async fn new_objects_that_replicate_late_are_waited_for() {
    let scene = Scene::new().await;
    let sign_in = scene.sign_in(ADMIN).await;
    scene.sim.world().set_replication_lag(2);
    let request = register(
        "north",
        sign_in,
        generated(),
        vec![grant(PermissionSet::CopySource, scene.source())],
    );
    let account = scene
        .engine
        .identity(here())
        .add_service_account(request)
        .await
        .unwrap();
    all_ok(&account);
}

/// Stops adding at every request to Graph and Resource Manager in turn, before and after it took effect.
async fn interrupt_everywhere(after_effect: bool) {
    let scene = Scene::new().await;
    let sign_in = scene.sign_in(ADMIN).await;
    let before = scene.view().await;
    scene.certificate("shared").await;
    let request = || {
        let credential = NewCredential::Certificate {
            certificate: "shared".into(),
        };
        register(
            "north",
            sign_in,
            credential,
            vec![grant(PermissionSet::CopySource, scene.source())],
        )
    };
    let faults = scene.sim.world().faults();
    let mut interrupted = 0;
    for service in ["graph", "arm"] {
        for nth in 0..100 {
            faults.add(
                Fault::new(Action::Hold { after_effect })
                    .service(service)
                    .after(nth, 1),
            );
            let held = faults.held_ever() + 1;
            let (engine, first) = (scene.engine.clone(), request());
            let mut adding =
                tokio::spawn(async move { engine.identity(here()).add_service_account(first).await });
            let finished = tokio::select! {
                done = &mut adding => { done.unwrap().unwrap(); true }
                held = faults.wait_held(held, Duration::from_secs(60)) => { assert!(held); false }
            };
            if !finished {
                adding.abort();
                assert!(adding.await.is_err_and(|e| e.is_cancelled()));
                interrupted += 1;
            }
            faults.clear();
            if !finished {
                let identity = scene.engine.identity(here());
                let account = identity.add_service_account(request()).await.unwrap();
                assert_eq!(account.state, State::Ready);
                all_ok(&account);
            }
            let now = scene.view().await;
            assert_eq!(
                now.applications.len(),
                before.applications.len() + 1,
                "{service} {nth}"
            );
            assert_eq!(
                now.service_principals.len(),
                before.service_principals.len() + 1,
                "{service} {nth}"
            );
            let counts = (now.assignments.len(), now.keys);
            let one_more = (before.assignments.len() + 1, before.keys + 1);
            assert_eq!(counts, one_more, "{service} {nth}");
            scene.remove("north", sign_in).await.unwrap();
            assert_eq!(scene.view().await, before, "{service} {nth}");
            if finished {
                break;
            }
        }
    }
    assert!(interrupted >= 12, "only {interrupted} requests were interrupted");
}

#[tokio::test]
async fn interrupted_before_any_request_it_goes_on_and_makes_nothing_twice() {
    interrupt_everywhere(false).await;
}

#[tokio::test]
async fn interrupted_after_any_request_it_goes_on_and_makes_nothing_twice() {
    interrupt_everywhere(true).await;
}

#[tokio::test]
async fn an_interrupted_account_can_be_taken_away_as_it_is() {
    let scene = Scene::new().await;
    let sign_in = scene.sign_in(ADMIN).await;
    let before = scene.view().await;
    let faults = scene.sim.world().faults();
    for (method, service) in [("PATCH", "graph"), ("POST", "graph"), ("PUT", "arm")] {
        faults.add(
            Fault::new(Action::Hold { after_effect: true })
                .service(service)
                .method(method)
                .after(0, 1),
        );
        let held = faults.held_ever() + 1;
        let engine = scene.engine.clone();
        let request = register(
            "north",
            sign_in,
            generated(),
            vec![grant(PermissionSet::CopySource, scene.source())],
        );
        let adding = tokio::spawn(async move { engine.identity(here()).add_service_account(request).await });
        assert!(faults.wait_held(held, Duration::from_secs(60)).await);
        adding.abort();
        assert!(adding.await.is_err());
        faults.clear();
        let left = scene
            .engine
            .identity(here())
            .show_service_account("north")
            .await
            .unwrap();
        assert_eq!(left.state, State::Incomplete);
        assert!(!left.objects.is_empty());
        assert!(
            !scene
                .engine
                .identity(here())
                .check_service_account("north")
                .await
                .unwrap()
                .ok
        );
        scene.remove("north", sign_in).await.unwrap();
        assert_eq!(scene.view().await, before, "{method}");
    }
}

#[tokio::test]
async fn a_certificate_that_was_there_already_stays_when_the_account_goes() {
    let scene = Scene::new().await;
    let sign_in = scene.sign_in(ADMIN).await;
    scene.certificate("mine").await;
    let of_that_name = NewCredential::GenerateCertificate(new_certificate(Some("mine"), 30));
    let request = register("north", sign_in, of_that_name, vec![]);
    all_ok(
        &scene
            .engine
            .identity(here())
            .add_service_account(request)
            .await
            .unwrap(),
    );
    scene.remove("north", sign_in).await.unwrap();
    let left = scene.engine.identity(here()).list_certificates().await.unwrap();
    assert_eq!(left.len(), 1, "somebody made it on purpose: {left:?}");
}
