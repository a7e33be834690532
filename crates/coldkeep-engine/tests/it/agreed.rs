//! A plan that somebody agreed to is what is done, or nothing is.

use crate::scene::here;
use crate::tenant::{ADMIN, Scene, generated, grant, register};
use coldkeep_api::{EditServiceAccount, PlanDigest, RenewServiceAccount};
use coldkeep_core::{Code, permission::PermissionSet};
use coldkeep_sim::world::faults::{Action, Fault};

#[tokio::test]
async fn a_registration_is_the_one_that_was_agreed_to_or_none() {
    let scene = Scene::new().await;
    let sign_in = scene.sign_in(ADMIN).await;
    let identity = scene.engine.identity(here());
    let source = || {
        grant(
            PermissionSet::CopySource,
            scene.container("northsource", "backups"),
        )
    };
    let mut request = register("north", sign_in, generated(), vec![source()]);
    let agreed = identity.plan_service_account(&request).await.unwrap();
    assert_eq!(
        identity.plan_service_account(&request).await.unwrap().digest,
        agreed.digest,
        "the same twice"
    );
    request.plan_digest = Some(agreed.digest.clone());

    // Another account of the tenant has the same role meanwhile: it is used, not created.
    let south = register("south", sign_in, generated(), vec![source()]);
    identity.add_service_account(south).await.unwrap();
    let before = scene.view().await;
    let refused = identity.add_service_account(request.clone()).await.unwrap_err();
    assert_eq!(refused.code, Code::PlanChanged, "{refused}");
    assert!(
        refused.what.contains("new: exists role definition")
            && refused.what.contains("no longer: create role definition"),
        "{refused}"
    );
    request.plan_digest = Some(PlanDigest("0".repeat(64)));
    let unknown = identity.add_service_account(request.clone()).await.unwrap_err();
    assert_eq!(unknown.code, Code::PlanChanged, "{unknown}");
    assert_eq!(scene.view().await, before, "nothing was changed");

    let now = identity.plan_service_account(&request).await.unwrap();
    request.plan_digest = Some(now.digest);
    let made = identity.add_service_account(request).await.unwrap();
    assert_eq!(made.name, "north");
}

#[tokio::test]
async fn edits_renewals_and_removals_keep_to_their_plans() {
    let scene = Scene::new().await;
    let sign_in_id = Some(scene.with_account().await);
    let identity = scene.engine.identity(here());
    let mut edit = EditServiceAccount {
        grants: vec![grant(
            PermissionSet::CopyTarget,
            scene.container("northtarget", "copies"),
        )],
        sign_in_id,
        ..EditServiceAccount::default()
    };
    edit.plan_digest = Some(identity.plan_edit("north", &edit).await.unwrap().digest);
    identity
        .edit_service_account("north", edit.clone())
        .await
        .unwrap();
    // The same again is another plan: everything exists.
    let refused = identity.edit_service_account("north", edit).await.unwrap_err();
    assert_eq!(refused.code, Code::PlanChanged, "{refused}");

    let mut renewal = RenewServiceAccount {
        grace_days: 7,
        sign_in_id,
        ..RenewServiceAccount::default()
    };
    let plan = identity.plan_renewal("north", &renewal).await.unwrap();
    renewal.plan_digest = Some(plan.digest);
    let other = RenewServiceAccount {
        grace_days: 30,
        ..renewal.clone()
    };
    let refused = identity.renew_service_account("north", other).await.unwrap_err();
    assert_eq!(refused.code, Code::PlanChanged, "{refused}");
    identity.renew_service_account("north", renewal).await.unwrap();

    let mut removal = coldkeep_api::RemoveServiceAccount {
        delete_objects: true,
        sign_in_id,
        plan_digest: None,
    };
    let plan = identity
        .plan_service_account_removal("north", &removal)
        .await
        .unwrap();
    removal.plan_digest = Some(plan.digest);
    let partial = coldkeep_api::RemoveServiceAccount {
        delete_objects: false,
        ..removal.clone()
    };
    let refused = identity
        .remove_service_account("north", partial)
        .await
        .unwrap_err();
    assert_eq!(refused.code, Code::PlanChanged, "{refused}");
    identity.remove_service_account("north", removal).await.unwrap();
}

#[tokio::test]
async fn a_renewal_that_somebody_else_began_is_not_the_one_that_was_agreed_to() {
    let scene = Scene::new().await;
    let sign_in_id = Some(scene.with_account().await);
    let identity = scene.engine.identity(here());
    let mut renewal = RenewServiceAccount {
        sign_in_id,
        ..RenewServiceAccount::default()
    };
    let plan = identity.plan_renewal("north", &renewal).await.unwrap();
    // Graph fails half-way: the renewal stays under way.
    let faults = scene.sim.world().faults();
    faults.add(Fault::new(Action::Drop).service("graph").path_contains("addKey"));
    identity
        .renew_service_account("north", renewal.clone())
        .await
        .unwrap_err();
    faults.clear();
    assert!(scene.account().await.upkeep.renewal.is_some());
    renewal.plan_digest = Some(plan.digest);
    let refused = identity
        .renew_service_account("north", renewal.clone())
        .await
        .unwrap_err();
    assert_eq!(refused.code, Code::PlanChanged, "{refused}");
    renewal.plan_digest = None;
    let refused = identity.plan_renewal("north", &renewal).await.unwrap_err();
    assert_eq!(refused.code, Code::RenewalRunning, "{refused}");
    identity.renew_service_account("north", renewal).await.unwrap();
}
