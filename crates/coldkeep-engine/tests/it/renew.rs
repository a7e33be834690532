//! Renewing a service account's credential against the simulator: with the application's own permission and
//! by somebody who
//! signs in, gone on with after an interruption at any request, given up, and by the server itself.

use crate::scene::here;
use crate::{
    north::renewal,
    tenant::{ADMIN, Scene, existing, generated, granting, register},
};
use coldkeep_api::{
    AbandonRenewal, NewCredential, RemoveServiceAccount, RenewServiceAccount, RetireOldCredentials,
};
use coldkeep_core::{
    Kind,
    id::SignInId,
    problem::Field,
    service_account::{Credential, ServiceAccount},
};
use coldkeep_sim::world::{
    faults::{Action, Fault},
    policies::AppManagementPolicy,
};
use std::time::Duration;

fn thumbprint(account: &ServiceAccount) -> String {
    match &account.credential {
        Credential::Certificate { thumbprint_sha1, .. } => thumbprint_sha1.clone(),
        Credential::Secret { .. } => panic!("it has a secret"),
    }
}

#[tokio::test]
async fn the_new_key_stands_beside_the_old_until_its_grace_is_over() {
    let scene = Scene::new().await;
    let empty = scene.view().await;
    scene.with_account().await;
    let (before, old) = (scene.view().await, thumbprint(&scene.account().await));
    let plan = scene
        .engine
        .identity(here())
        .plan_renewal("north", &renewal(7))
        .await
        .unwrap();
    assert_eq!(plan.steps.len(), 4);
    assert_eq!(
        (scene.view().await, scene.certificates().await),
        (before.clone(), 1)
    );

    let renewed = scene
        .engine
        .identity(here())
        .renew_service_account("north", renewal(7))
        .await
        .unwrap();
    assert_ne!(thumbprint(&renewed), old);
    assert_eq!(
        (renewed.upkeep.renewal.clone(), renewed.upkeep.retiring.len()),
        (None, 1)
    );
    assert_eq!(scene.view().await.keys, before.keys + 1);
    scene.works().await;
    scene.engine.identity(here()).keep_up().await.unwrap();
    assert_eq!(scene.view().await.keys, before.keys + 1, "its grace is not over");

    scene.pass_days(8);
    scene.engine.identity(here()).keep_up().await.unwrap();
    assert_eq!(scene.view().await, before);
    let left = scene.account().await;
    assert!(
        left.upkeep.retiring.is_empty() && left.upkeep.failure.is_none(),
        "{left:?}"
    );
    assert_eq!(scene.certificates().await, 1);
    scene.works().await;
    // The first sign-in was forgotten long ago.
    let sign_in = scene.sign_in(ADMIN).await;
    scene.remove("north", sign_in).await.unwrap();
    assert_eq!((scene.view().await, scene.certificates().await), (empty, 0));
}

#[tokio::test]
async fn a_person_renews_where_the_application_cannot() {
    let scene = Scene::new().await;
    scene.with_account().await;
    let before = scene.view().await;
    scene.pass_days(91);
    let refused = scene
        .engine
        .identity(here())
        .renew_service_account("north", renewal(0))
        .await
        .unwrap_err();
    assert_eq!((refused.kind, refused.system), (Kind::Unauthenticated, None));
    assert!(scene.account().await.upkeep.renewal.is_none());
    let sign_in_id = Some(scene.sign_in(ADMIN).await);
    let by_person = RenewServiceAccount {
        sign_in_id,
        ..renewal(0)
    };
    let renewed = scene
        .engine
        .identity(here())
        .renew_service_account("north", by_person)
        .await
        .unwrap();
    assert!(renewed.upkeep.retiring.is_empty());
    assert_eq!((scene.view().await, scene.certificates().await), (before, 1));
    scene.works().await;
}

/// What an interrupted renewal is gone on with.
async fn go_on(scene: &Scene, sign_in_id: Option<SignInId>) {
    if scene.account().await.upkeep.renewal.is_some() {
        let request = RenewServiceAccount {
            sign_in_id,
            ..RenewServiceAccount::default()
        };
        scene
            .engine
            .identity(here())
            .renew_service_account("north", request)
            .await
            .unwrap();
    } else {
        // It had switched already; or nothing had begun, which retires nothing.
        let how = RetireOldCredentials {
            now: false,
            sign_in_id,
        };
        scene
            .engine
            .identity(here())
            .retire_old_credentials("north", how)
            .await
            .unwrap();
    }
}

/// Stops a renewal at every request to the services in turn.
async fn interrupt_everywhere(after_effect: bool, by_person: bool) {
    let scene = Scene::new().await;
    let empty = scene.view().await;
    let sign_in = scene.with_account().await;
    let sign_in_id = by_person.then_some(sign_in);
    let before = scene.view().await;
    let faults = scene.sim.world().faults();
    let mut interrupted = 0;
    for service in ["graph", "login"] {
        for nth in 0..60 {
            let hold = Fault::new(Action::Hold { after_effect }).service(service);
            faults.add(hold.after(nth, 1));
            let held = faults.held_ever() + 1;
            let engine = scene.engine.clone();
            let now = RenewServiceAccount {
                sign_in_id,
                ..renewal(0)
            };
            let mut renewing =
                tokio::spawn(
                    async move { engine.identity(here()).renew_service_account("north", now).await },
                );
            let finished = tokio::select! {
                done = &mut renewing => { done.unwrap().unwrap(); true }
                held = faults.wait_held(held, Duration::from_secs(60)) => { assert!(held); false }
            };
            if !finished {
                renewing.abort();
                assert!(renewing.await.is_err_and(|e| e.is_cancelled()));
                interrupted += 1;
            }
            faults.clear();
            go_on(&scene, sign_in_id).await;
            let what = format!("{service} {nth}");
            let account = scene.account().await;
            assert_eq!(account.upkeep.renewal, None, "{what}");
            assert!(account.upkeep.retiring.is_empty(), "{what}");
            assert_eq!(scene.view().await, before, "one key in all: {what}");
            assert_eq!(scene.certificates().await, 1, "{what}");
            scene.works().await;
            if finished {
                break;
            }
        }
    }
    assert!(interrupted >= 6, "only {interrupted} requests were interrupted");
    scene.remove("north", sign_in).await.unwrap();
    assert_eq!((scene.view().await, scene.certificates().await), (empty, 0));
}

#[tokio::test]
async fn interrupted_before_any_request_of_its_own_right_it_goes_on() {
    interrupt_everywhere(false, false).await;
}

#[tokio::test]
async fn interrupted_after_any_request_of_its_own_right_it_goes_on() {
    interrupt_everywhere(true, false).await;
}

#[tokio::test]
async fn interrupted_before_any_request_of_a_person_it_goes_on() {
    interrupt_everywhere(false, true).await;
}

#[tokio::test]
async fn interrupted_after_any_request_of_a_person_it_goes_on() {
    interrupt_everywhere(true, true).await;
}

#[tokio::test]
async fn a_key_that_does_not_prove_itself_is_not_switched_to_and_can_be_given_up() {
    let scene = Scene::new().await;
    scene.with_account().await;
    let (before, old) = (scene.view().await, thumbprint(&scene.account().await));
    let faults = scene.sim.world().faults();
    // The first token is for Graph, with the old key; what comes then is the proof.
    let refuse = Action::Status {
        status: 401,
        code: Some("AADSTS7000112".into()),
        retry_after_s: None,
    };
    faults.add(Fault::new(refuse).service("login").after(1, 1));
    let failed = scene
        .engine
        .identity(here())
        .renew_service_account("north", renewal(7))
        .await
        .unwrap_err();
    assert!(failed.names(Field::Abandon), "{failed}");
    faults.clear();
    let account = scene.account().await;
    assert_eq!(thumbprint(&account), old);
    assert!(account.upkeep.renewal.is_some());
    assert_eq!(scene.view().await.keys, before.keys + 1);
    scene.works().await;
    let how = AbandonRenewal::default();
    scene
        .engine
        .identity(here())
        .abandon_renewal("north", how)
        .await
        .unwrap();
    assert_eq!((scene.view().await, scene.certificates().await), (before, 1));
    assert_eq!(thumbprint(&scene.account().await), old);
    scene.works().await;
}

#[tokio::test]
async fn a_lost_reply_and_a_lagging_directory_make_no_second_key() {
    let scene = Scene::new().await;
    scene.with_account().await;
    let before = scene.view().await;
    scene.sim.world().set_replication_lag(1);
    let faults = scene.sim.world().faults();
    faults.add(Fault::new(Action::LoseReply).path_contains("addKey").after(0, 1));
    let busy = Action::Status {
        status: 503,
        code: None,
        retry_after_s: None,
    };
    faults.add(Fault::new(busy).path_contains("removeKey").after(0, 1));
    scene
        .engine
        .identity(here())
        .renew_service_account("north", renewal(0))
        .await
        .unwrap();
    assert_eq!((scene.view().await, scene.certificates().await), (before, 1));
}

#[tokio::test]
async fn a_key_that_another_administrator_adds_meanwhile_is_not_lost() {
    for by_person in [false, true] {
        let scene = Scene::new().await;
        let sign_in = scene.with_account().await;
        // One installation changes credentials one after the other: the other administrator has their own.
        let elsewhere = scene.beside().await;
        let their_sign_in = elsewhere.sign_in(ADMIN).await;
        let before = scene.view().await;
        let (engine, faults) = (scene.engine.clone(), scene.sim.world().faults());
        faults.add(
            Fault::new(Action::Hold { after_effect: false })
                .path_contains("addKey")
                .after(0, 1),
        );
        let now = RenewServiceAccount {
            sign_in_id: by_person.then_some(sign_in),
            ..renewal(7)
        };
        let renewing =
            tokio::spawn(async move { engine.identity(here()).renew_service_account("north", now).await });
        assert!(faults.wait_held(1, Duration::from_secs(60)).await);
        let account = scene.account().await;
        let theirs = elsewhere.certificate("theirs").await;
        let other = granting(
            existing("other", &account.tenant_id, &account.application_id, theirs),
            their_sign_in,
            vec![],
        );
        elsewhere
            .engine
            .identity(here())
            .add_service_account(other)
            .await
            .unwrap();
        faults.clear();
        renewing.await.unwrap().unwrap();
        assert_eq!(scene.view().await.keys, before.keys + 2);
        assert!(
            elsewhere
                .engine
                .identity(here())
                .check_service_account("other")
                .await
                .unwrap()
                .ok
        );
        scene.works().await;
    }
}

#[tokio::test]
async fn what_a_policy_forbids_is_said_with_its_name_and_leaves_nothing() {
    let scene = Scene::new().await;
    scene.with_account().await;
    let sign_in = scene.sign_in_to_see(ADMIN).await;
    let before = scene.view().await;
    let policy = AppManagementPolicy {
        display_name: "sixty days".into(),
        enabled: true,
        key_max_days: Some(60),
        forbid_secrets: true,
        ..AppManagementPolicy::default()
    };
    let tenant = scene.account().await.tenant_id;
    scene.sim.world().set_tenant_policy(&tenant, policy).unwrap();
    let by_itself = scene
        .engine
        .identity(here())
        .renew_service_account("north", renewal(7))
        .await
        .unwrap_err();
    assert!(by_itself.to_string().contains("'sixty days'"), "{by_itself}");
    let by_person = RenewServiceAccount {
        sign_in_id: Some(sign_in),
        ..renewal(7)
    };
    let by_person = scene
        .engine
        .identity(here())
        .renew_service_account("north", by_person)
        .await
        .unwrap_err();
    assert!(
        by_person.what.contains("`sixty days` allows at most 60"),
        "{by_person}"
    );
    let new = register("south", sign_in, generated(), vec![]);
    let new = scene
        .engine
        .identity(here())
        .add_service_account(new)
        .await
        .unwrap_err();
    assert!(new.what.contains("`sixty days` allows at most 60"), "{new}");
    assert_eq!(
        (scene.view().await, scene.certificates().await),
        (before.clone(), 1)
    );
    assert_eq!(scene.account().await.upkeep.renewal, None);
    let shorter = RenewServiceAccount {
        valid_days: Some(59),
        ..renewal(0)
    };
    scene
        .engine
        .identity(here())
        .renew_service_account("north", shorter)
        .await
        .unwrap();
    assert_eq!(scene.view().await, before);
}

#[tokio::test]
async fn the_server_renews_in_time_and_says_why_it_cannot() {
    let scene = Scene::new().await;
    scene.with_account().await;
    let old = thumbprint(&scene.account().await);
    scene.pass_days(58);
    scene.engine.identity(here()).keep_up().await.unwrap();
    assert_eq!(thumbprint(&scene.account().await), old, "it is not time");
    scene.pass_days(2);
    let faults = scene.sim.world().faults();
    let denied = Action::Status {
        status: 403,
        code: Some("Authorization_RequestDenied".into()),
        retry_after_s: None,
    };
    faults.add(Fault::new(denied).path_contains("addKey"));
    scene.engine.identity(here()).keep_up().await.unwrap();
    let failed = scene.account().await;
    assert_eq!(thumbprint(&failed), old);
    let failure = failed.upkeep.failure.clone().unwrap();
    assert_eq!(failure.problem.kind, Kind::Denied, "{failure:?}");
    faults.clear();
    scene.engine.identity(here()).keep_up().await.unwrap();
    assert_eq!(thumbprint(&scene.account().await), old, "it tries once a day");
    scene.pass_days(1);
    scene.engine.identity(here()).keep_up().await.unwrap();
    let renewed = scene.account().await;
    assert_ne!(thumbprint(&renewed), old);
    assert_eq!((renewed.upkeep.failure, renewed.upkeep.retiring.len()), (None, 1));
    scene.works().await;
}

#[tokio::test]
async fn the_server_tries_again_to_take_away_what_was_replaced() {
    let scene = Scene::new().await;
    scene.with_account().await;
    let before = scene.view().await;
    let renewed = scene
        .engine
        .identity(here())
        .renew_service_account("north", renewal(7))
        .await;
    assert_eq!(renewed.unwrap().upkeep.retiring.len(), 1);
    scene.pass_days(8);
    let faults = scene.sim.world().faults();
    let denied = Action::Status {
        status: 403,
        code: Some("Authorization_RequestDenied".into()),
        retry_after_s: None,
    };
    faults.add(Fault::new(denied).path_contains("removeKey"));
    scene.engine.identity(here()).keep_up().await.unwrap();
    assert!(scene.account().await.upkeep.failure.is_some());
    faults.clear();
    scene.pass_days(1);
    scene.engine.identity(here()).keep_up().await.unwrap();
    let upkeep = scene.account().await.upkeep;
    assert!(
        upkeep.retiring.is_empty() && upkeep.failure.is_none(),
        "{upkeep:?}"
    );
    assert_eq!(scene.view().await, before);
}

#[tokio::test]
async fn a_secret_is_renewed_by_a_person_and_one_made_by_hand_is_proven_first() {
    let scene = Scene::new().await;
    let app = scene.sim.world().ready_app().unwrap();
    let secret = |text: &str| NewCredential::Secret { secret: text.into() };
    let add = existing("north", &app.tenant_id, &app.app_id, secret(&app.secret));
    scene
        .engine
        .identity(here())
        .add_service_account(add)
        .await
        .unwrap();
    let refused = scene
        .engine
        .identity(here())
        .renew_service_account("north", RenewServiceAccount::default())
        .await
        .unwrap_err();
    assert_eq!((refused.kind, refused.system), (Kind::Unauthenticated, None));

    let wrong = RenewServiceAccount {
        credential: Some(secret("wrong")),
        ..RenewServiceAccount::default()
    };
    let wrong = scene
        .engine
        .identity(here())
        .renew_service_account("north", wrong)
        .await
        .unwrap_err();
    assert!(wrong.to_string().contains("AADSTS7000215"), "{wrong}");
    assert_eq!(
        scene.account().await.upkeep.renewal,
        None,
        "nothing is left of a wrong one"
    );
    scene.works().await;

    let sign_in_id = Some(scene.sign_in(ADMIN).await);
    let now = RenewServiceAccount {
        sign_in_id,
        grace_days: 0,
        ..RenewServiceAccount::default()
    };
    let renewed = scene
        .engine
        .identity(here())
        .renew_service_account("north", now)
        .await
        .unwrap();
    assert!(renewed.credential.expires_at().is_some() && renewed.upkeep.retiring.is_empty());
    let now = RenewServiceAccount {
        sign_in_id,
        grace_days: 0,
        ..RenewServiceAccount::default()
    };
    let again = scene
        .engine
        .identity(here())
        .renew_service_account("north", now)
        .await
        .unwrap();
    assert_ne!(again.upkeep.key_id, renewed.upkeep.key_id);
    assert!(again.upkeep.retiring.is_empty(), "Coldkeep made it, so it went");
    scene.works().await;
}

#[tokio::test]
async fn an_account_with_a_renewal_under_way_is_removed_whole() {
    let scene = Scene::new().await;
    let empty = scene.view().await;
    let sign_in = scene.with_account().await;
    let faults = scene.sim.world().faults();
    faults.add(
        Fault::new(Action::Hold { after_effect: true })
            .path_contains("addKey")
            .after(0, 1),
    );
    let engine = scene.engine.clone();
    let renewing = tokio::spawn(async move {
        engine
            .identity(here())
            .renew_service_account("north", renewal(7))
            .await
    });
    assert!(faults.wait_held(1, Duration::from_secs(60)).await);
    renewing.abort();
    assert!(renewing.await.is_err());
    faults.clear();
    scene.remove("north", sign_in).await.unwrap();
    assert_eq!((scene.view().await, scene.certificates().await), (empty, 0));
}

/// Stops a removal at every request in turn.
#[tokio::test]
async fn a_removal_interrupted_at_any_request_goes_on_and_leaves_nothing() {
    let scene = Scene::new().await;
    let empty = scene.view().await;
    let faults = scene.sim.world().faults();
    let mut interrupted = 0;
    for after_effect in [false, true] {
        for service in ["graph", "arm"] {
            for nth in 0..40 {
                let sign_in = scene.with_account().await;
                let hold = Fault::new(Action::Hold { after_effect }).service(service);
                faults.add(hold.after(nth, 1));
                let held = faults.held_ever() + 1;
                let engine = scene.engine.clone();
                let how = RemoveServiceAccount {
                    delete_objects: true,
                    sign_in_id: Some(sign_in),
                    plan_digest: None,
                };
                let mut removing = tokio::spawn(async move {
                    engine.identity(here()).remove_service_account("north", how).await
                });
                let finished = tokio::select! {
                    done = &mut removing => { done.unwrap().unwrap(); true }
                    held = faults.wait_held(held, Duration::from_secs(60)) => { assert!(held); false }
                };
                if !finished {
                    removing.abort();
                    assert!(removing.await.is_err_and(|e| e.is_cancelled()));
                    interrupted += 1;
                }
                faults.clear();
                if !finished {
                    scene.remove("north", sign_in).await.unwrap();
                }
                let what = format!("{service} {nth} {after_effect}");
                assert_eq!(scene.view().await, empty, "{what}");
                assert_eq!(scene.certificates().await, 0, "{what}");
                if finished {
                    break;
                }
            }
        }
    }
    assert!(interrupted >= 10, "only {interrupted} requests were interrupted");
}
