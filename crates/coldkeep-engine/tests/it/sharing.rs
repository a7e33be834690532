//! Two service accounts of one application: what the other one needs stays, whatever is done to the first, and the plan
//! says why.

use crate::scene::here;
use crate::{
    north::renewal,
    tenant::{ADMIN, Scene, existing, generated, grant, granting, register},
};
use coldkeep_api::{
    AbandonRenewal, EditServiceAccount, NewCredential, RemoveServiceAccount, RenewServiceAccount,
    RetireOldCredentials, StepAction,
};
use coldkeep_core::{
    id::SignInId,
    permission::PermissionSet,
    service_account::{Credential, ServiceAccount},
};
use coldkeep_sim::world::faults::{Action, Fault};

impl Scene {
    async fn named(&self, name: &str) -> ServiceAccount {
        self.engine
            .identity(here())
            .show_service_account(name)
            .await
            .unwrap()
    }

    async fn still_works(&self, name: &str) {
        let check = self
            .engine
            .identity(here())
            .check_service_account(name)
            .await
            .unwrap();
        assert!(check.ok, "{:#?}", check.findings);
    }

    /// `north-2`, the same application as `north` by this credential, with what it asks for granted.
    async fn second(&self, sign_in: SignInId, credential: NewCredential, sets: &[PermissionSet]) {
        let north = self.account().await;
        let grants = sets.iter().map(|set| grant(*set, self.source())).collect();
        let second = granting(
            existing("north-2", &north.tenant_id, &north.application_id, credential),
            sign_in,
            grants,
        );
        self.engine
            .identity(here())
            .add_service_account(second)
            .await
            .unwrap();
    }

    async fn own_certificate(&self) -> NewCredential {
        let Credential::Certificate { thumbprint_sha1, .. } = self.account().await.credential else {
            panic!("it has a secret");
        };
        NewCredential::Certificate {
            certificate: thumbprint_sha1,
        }
    }

    /// What a plan keeps, and why.
    async fn kept(&self, name: &str) -> Vec<(String, bool)> {
        let how = RemoveServiceAccount {
            delete_objects: true,
            sign_in_id: None,
            plan_digest: None,
        };
        let plan = self
            .engine
            .identity(here())
            .plan_service_account_removal(name, &how)
            .await;
        let steps = plan.unwrap().steps;
        let kept = steps.into_iter().filter(|s| s.action == StepAction::Keep);
        kept.map(|s| {
            (
                s.object,
                s.detail.contains("also used by the service account `north-2`"),
            )
        })
        .collect()
    }
}

#[tokio::test]
async fn removing_one_leaves_all_that_the_other_needs_and_the_last_takes_it_away() {
    let scene = Scene::new().await;
    let empty = scene.view().await;
    let sign_in = scene.with_account().await;
    let one = scene.view().await;
    let own = scene.own_certificate().await;
    scene.second(sign_in, own, &[PermissionSet::CopySource]).await;
    assert_eq!(scene.view().await, one, "everything is shared");
    let kept = scene.kept("north").await;
    let objects: Vec<&str> = kept.iter().map(|(object, _)| object.as_str()).collect();
    assert_eq!(
        objects,
        [
            "role assignment",
            "role definition",
            "certificate of the application",
            "service principal",
            "application",
            "certificate in Coldkeep's store",
        ]
    );
    assert!(kept.iter().all(|(_, why)| *why), "{kept:?}");
    scene.remove("north", sign_in).await.unwrap();
    assert_eq!((scene.view().await, scene.certificates().await), (one, 1));
    scene.still_works("north-2").await;
    scene.remove("north-2", sign_in).await.unwrap();
    assert_eq!((scene.view().await, scene.certificates().await), (empty, 0));
}

#[tokio::test]
async fn what_only_the_one_needs_goes_with_it() {
    let scene = Scene::new().await;
    let sign_in = scene.with_account().await;
    let theirs = scene.certificate("theirs").await;
    scene.second(sign_in, theirs, &[PermissionSet::CopyTarget]).await;
    let both = scene.view().await;
    let kept = scene.kept("north").await;
    let objects: Vec<&str> = kept.iter().map(|(object, _)| object.as_str()).collect();
    assert_eq!(objects, ["service principal", "application"]);
    scene.remove("north", sign_in).await.unwrap();
    let left = scene.view().await;
    assert_eq!(left.keys, both.keys - 1);
    assert_eq!(left.assignments.len(), both.assignments.len() - 1);
    assert_eq!(left.roles.len(), both.roles.len() - 1);
    assert_eq!(left.applications, both.applications);
    scene.still_works("north-2").await;
}

#[tokio::test]
async fn an_account_that_nobody_granted_anything_keeps_what_it_may_live_by() {
    let scene = Scene::new().await;
    let sign_in = scene.with_account().await;
    let before = scene.view().await;
    let own = scene.own_certificate().await;
    let north = scene.account().await;
    let second = existing("north-2", &north.tenant_id, &north.application_id, own);
    scene
        .engine
        .identity(here())
        .add_service_account(second)
        .await
        .unwrap();
    let revoke = EditServiceAccount {
        revokes: vec![grant(PermissionSet::CopySource, scene.source())],
        sign_in_id: Some(sign_in),
        ..EditServiceAccount::default()
    };
    let plan = scene
        .engine
        .identity(here())
        .plan_edit("north", &revoke)
        .await
        .unwrap();
    assert_eq!(plan.steps.len(), 2, "{plan:?}");
    for step in &plan.steps {
        assert_eq!(step.action, StepAction::Keep, "{step:?}");
        assert!(step.detail.contains("service account `north-2`"), "{step:?}");
    }
    scene
        .engine
        .identity(here())
        .edit_service_account("north", revoke)
        .await
        .unwrap();
    assert!(scene.account().await.grants.is_empty());
    scene.remove("north", sign_in).await.unwrap();
    assert_eq!(scene.view().await, before);
    scene.still_works("north-2").await;
}

#[tokio::test]
async fn a_shared_grant_is_revoked_when_the_last_gives_it_up() {
    let scene = Scene::new().await;
    let sign_in = scene.with_account().await;
    let theirs = scene.certificate("theirs").await;
    scene.second(sign_in, theirs, &[PermissionSet::CopySource]).await;
    let both = scene.view().await;
    let mut written = scene.source();
    written.0 = format!("{}/", written.0.to_uppercase());
    for (name, expected) in [("north-2", 0), ("north", 1)] {
        let revoke = EditServiceAccount {
            revokes: vec![grant(PermissionSet::CopySource, written.clone())],
            sign_in_id: Some(sign_in),
            ..EditServiceAccount::default()
        };
        scene
            .engine
            .identity(here())
            .edit_service_account(name, revoke)
            .await
            .unwrap();
        let gone = both.assignments.len() - scene.view().await.assignments.len();
        assert_eq!(gone, expected, "{name}");
        assert!(scene.named(name).await.grants.is_empty());
    }
}

#[tokio::test]
async fn a_renewal_leaves_the_old_certificate_to_the_other_until_that_one_is_renewed() {
    for by_person in [false, true] {
        let scene = Scene::new().await;
        let sign_in = scene.with_account().await;
        let before = scene.view().await;
        let own = scene.own_certificate().await;
        scene.second(sign_in, own, &[PermissionSet::CopySource]).await;
        let renewal = || RenewServiceAccount {
            sign_in_id: by_person.then_some(sign_in),
            ..renewal(0)
        };
        let plan = scene
            .engine
            .identity(here())
            .plan_renewal("north", &renewal())
            .await
            .unwrap();
        let last = plan.steps.last().unwrap();
        assert_eq!(last.action, StepAction::Keep);
        assert!(last.detail.contains("service account `north-2`"), "{last:?}");
        scene
            .engine
            .identity(here())
            .renew_service_account("north", renewal())
            .await
            .unwrap();
        assert_eq!(scene.view().await.keys, before.keys + 1);
        let view = scene
            .engine
            .identity(here())
            .view_service_account(scene.account().await)
            .await
            .unwrap();
        assert_eq!(view.same_application, ["north-2"]);
        assert_eq!(view.staying_keys.len(), 1);
        let now = RetireOldCredentials {
            now: true,
            sign_in_id: by_person.then_some(sign_in),
        };
        scene
            .engine
            .identity(here())
            .retire_old_credentials("north", now.clone())
            .await
            .unwrap();
        assert_eq!(scene.view().await.keys, before.keys + 1);
        assert_eq!(scene.certificates().await, 2, "the other signs with it");
        scene.still_works("north-2").await;
        scene
            .engine
            .identity(here())
            .renew_service_account("north-2", renewal())
            .await
            .unwrap();
        scene
            .engine
            .identity(here())
            .retire_old_credentials("north", now)
            .await
            .unwrap();
        assert_eq!(scene.view().await.keys, before.keys + 1, "one each");
        assert_eq!(scene.certificates().await, 2);
        scene.works().await;
        scene.still_works("north-2").await;
        assert!(scene.account().await.upkeep.retiring.is_empty());
    }
}

#[tokio::test]
async fn giving_up_a_renewal_leaves_the_certificate_that_the_other_uses() {
    let scene = Scene::new().await;
    let sign_in = scene.with_account().await;
    let theirs = scene.certificate("theirs").await;
    scene.second(sign_in, theirs, &[PermissionSet::CopySource]).await;
    let both = scene.view().await;
    let faults = scene.sim.world().faults();
    let refuse = Action::Status {
        status: 401,
        code: Some("AADSTS7000112".into()),
        retry_after_s: None,
    };
    faults.add(Fault::new(refuse).service("login"));
    let theirs = NewCredential::Certificate {
        certificate: "theirs".into(),
    };
    let renewal = RenewServiceAccount {
        credential: Some(theirs),
        sign_in_id: Some(sign_in),
        ..RenewServiceAccount::default()
    };
    scene
        .engine
        .identity(here())
        .renew_service_account("north", renewal)
        .await
        .unwrap_err();
    faults.clear();
    assert!(scene.account().await.upkeep.renewal.is_some());
    let how = AbandonRenewal {
        sign_in_id: Some(sign_in),
    };
    scene
        .engine
        .identity(here())
        .abandon_renewal("north", how)
        .await
        .unwrap();
    assert_eq!(scene.view().await, both);
    scene.still_works("north-2").await;
    scene.works().await;
}

#[tokio::test]
async fn one_certificate_of_two_applications_stays_in_the_store_until_both_are_gone() {
    let scene = Scene::new().await;
    let empty = scene.view().await;
    let sign_in = scene.with_account().await;
    let own = scene.own_certificate().await;
    let second = register("south", sign_in, own, vec![]);
    scene
        .engine
        .identity(here())
        .add_service_account(second)
        .await
        .unwrap();
    scene.remove("north", sign_in).await.unwrap();
    assert_eq!(scene.certificates().await, 1);
    scene.still_works("south").await;
    scene.remove("south", sign_in).await.unwrap();
    assert_eq!((scene.view().await, scene.certificates().await), (empty, 0));
}

#[tokio::test]
async fn a_role_that_somebody_unknown_has_stays() {
    let scene = Scene::new().await;
    let sign_in = scene.sign_in(ADMIN).await;
    let grants = vec![grant(PermissionSet::CopySource, scene.source())];
    let add = register("north", sign_in, generated(), grants);
    let made = scene
        .engine
        .identity(here())
        .add_service_account(add)
        .await
        .unwrap();
    let world = scene.sim.world();
    let stranger = world.register_app("northwind.example", "stranger").unwrap();
    let target = scene.container("northsource", "others");
    let role = made.grants[0]
        .role_definition_id
        .rsplit('/')
        .next()
        .unwrap()
        .to_owned();
    world
        .grant(&stranger.service_principal_id, &role, &target.0)
        .unwrap();
    let with = scene.view().await;
    let how = RemoveServiceAccount {
        delete_objects: true,
        sign_in_id: Some(sign_in),
        plan_digest: None,
    };
    let removed = scene
        .engine
        .identity(here())
        .remove_service_account("north", how)
        .await
        .unwrap();
    assert_eq!(removed.stays.len(), 1, "{removed:?}");
    assert_eq!(removed.stays[0].object, "role definition");
    assert_eq!(scene.view().await.roles, with.roles);
}
