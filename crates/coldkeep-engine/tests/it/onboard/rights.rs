//! Permission sets where they belong, whole subscriptions, built-in roles, and people who may too little.

use super::*;
use crate::scene::here;
use coldkeep_api::{Ability, Capabilities, CapabilitiesOf};
use coldkeep_core::{Code, onboarding::OnPurpose, problem::Allowance};
use coldkeep_sim::world::{
    directory::{APPLICATION_ADMINISTRATOR, APPLICATION_DEVELOPER},
    policies::AppManagementPolicy,
};

const TENANT: &str = "northwind.example";

fn subscription(scene: &Scene, n: usize) -> ResourceId {
    let id = &scene.sim.world().options().tenants[0].subscriptions[n].id;
    ResourceId(format!("/subscriptions/{id}"))
}

impl Scene {
    /// Gives the clerk a role at a scope.
    fn clerk_has(&self, role: &str, scope: &ResourceId) {
        let clerk = self.sim.world().principal(CLERK).unwrap();
        self.sim.world().grant(&clerk.object_id, role, &scope.0).unwrap();
    }

    async fn able(&self, sign_in: SignInId, application_id: Option<String>) -> Capabilities {
        let of = CapabilitiesOf {
            scopes: vec![self.source(), subscription(self, 0)],
            application_id,
        };
        self.engine
            .identity(here())
            .show_capabilities(sign_in, of)
            .await
            .unwrap()
    }
}

#[tokio::test]
async fn retiring_and_locking_are_proven_by_requests_without_effect() {
    let scene = Scene::new().await;
    let world = scene.sim.world();
    world.set_versioning("northtarget", true).unwrap();
    world.set_version_level_immutability("northtarget", true).unwrap();
    let sign_in = scene.sign_in(ADMIN).await;
    let before = scene.view().await;
    let copies = scene.container("northtarget", "copies");
    scene.sim.world().blobs_in("northtarget", "copies").put(
        "kept",
        "as it is",
        &coldkeep_sim::blobs::Seed::default(),
    );
    let sets = [PermissionSet::CopyRetire, PermissionSet::CopyLock];
    let grants = sets.map(|set| grant(set, copies.clone())).to_vec();
    let account = scene
        .engine
        .identity(here())
        .add_service_account(register("keeper", sign_in, generated(), grants))
        .await
        .unwrap();
    all_ok(&account);
    let check = scene
        .engine
        .identity(here())
        .check_service_account("keeper")
        .await
        .unwrap();
    assert!(check.ok, "{:#?}", check.findings);
    assert!(
        check
            .findings
            .iter()
            .any(|f| f.what.ends_with("delete versions") && f.outcome == ProofOutcome::Ok),
        "{:#?}",
        check.findings
    );
    let names = scene.sim.world().blobs_in("northtarget", "copies").names();
    assert_eq!(names, ["kept"], "checking deletes nothing");

    // What somebody takes away is missing, each set by itself.
    let lost = account
        .grants
        .iter()
        .find(|g| g.permission_set == PermissionSet::CopyRetire)
        .unwrap();
    scene.sim.world().revoke(&lost.assignment_id).unwrap();
    let check = scene
        .engine
        .identity(here())
        .check_service_account("keeper")
        .await
        .unwrap();
    let missing: Vec<_> = check
        .findings
        .iter()
        .filter(|f| f.outcome == ProofOutcome::Missing)
        .map(|f| f.what.as_str())
        .collect();
    assert_eq!(missing, ["copy-retire at northtarget/copies"]);
    scene.remove("keeper", sign_in).await.unwrap();
    assert_eq!(scene.view().await, before);
}

#[tokio::test]
async fn the_appliances_role_spans_its_subscriptions_and_is_granted_only_on_purpose() {
    let scene = Scene::new().await;
    let sign_in = scene.sign_in(ADMIN).await;
    let before = scene.view().await;
    let grants: Vec<_> = [0, 1]
        .map(|n| grant(PermissionSet::ArchiverAppliance, subscription(&scene, n)))
        .to_vec();
    let request = |wide_scope| NewServiceAccount {
        allow: OnPurpose {
            wide_scope,
            ..OnPurpose::default()
        },
        ..register("appliance", sign_in, generated(), grants.clone())
    };
    let refused = scene
        .engine
        .identity(here())
        .add_service_account(request(false))
        .await
        .unwrap_err();
    assert_eq!(refused.kind, Kind::Invalid);
    assert_eq!(refused.allowances().collect::<Vec<_>>(), [Allowance::WideScope]);
    assert_eq!(scene.view().await, before);

    let plan = scene
        .engine
        .identity(here())
        .plan_service_account(&request(true))
        .await
        .unwrap();
    let roles: Vec<_> = plan
        .steps
        .iter()
        .filter(|s| s.object == "role definition")
        .collect();
    assert_eq!((roles.len(), roles[0].rights.len()), (1, 17));
    let account = scene
        .engine
        .identity(here())
        .add_service_account(request(true))
        .await
        .unwrap();
    assert_eq!((account.state, account.grants.len()), (State::Ready, 2));
    let unknown = account
        .proofs
        .iter()
        .filter(|p| p.outcome == ProofOutcome::Unknown && p.what.starts_with("archiver-appliance"));
    assert_eq!(unknown.count(), 2, "what cannot be tried is not called proven");
    let with = scene.view().await;
    assert_eq!(with.assignments.len(), before.assignments.len() + 2);
    scene.remove("appliance", sign_in).await.unwrap();
    assert_eq!(scene.view().await, before);
}

#[tokio::test]
async fn who_may_define_no_roles_is_offered_the_nearest_built_in_one() {
    let scene = Scene::new().await;
    let identity = scene.engine.identity(here());
    let before = scene.view().await;
    let copies = scene.container("northtarget", "copies");
    scene.clerk_has("User Access Administrator", &copies);
    let granted = scene.view().await;
    let clerk = scene.sign_in(CLERK).await;
    let request = |built_in_roles| NewServiceAccount {
        allow: OnPurpose {
            built_in_roles,
            ..OnPurpose::default()
        },
        ..register(
            "north",
            clerk,
            generated(),
            vec![grant(PermissionSet::RestoreTarget, copies.clone())],
        )
    };
    let refused = identity.add_service_account(request(false)).await.unwrap_err();
    assert_eq!(refused.kind, Kind::Denied);
    for part in [
        "Storage Blob Data Contributor",
        "containers/blobs/delete",
        "lacks: containers/blobs/tags/read",
    ] {
        assert!(refused.what.contains(part), "{part}: {refused}");
    }
    assert_eq!(
        refused.allowances().collect::<Vec<_>>(),
        [Allowance::BuiltInRoles]
    );
    assert_eq!(scene.view().await, granted);

    let plan = identity.plan_service_account(&request(true)).await.unwrap();
    let role = plan.steps.iter().find(|s| s.object == "role definition").unwrap();
    assert_eq!(role.action, StepAction::Exists);
    assert!(
        role.detail.contains("also allows: containers/delete"),
        "{}",
        role.detail
    );
    let account = identity.add_service_account(request(true)).await.unwrap();
    all_ok(&account);
    assert!(account.grants[0].made_by_us);
    let after = scene.view().await;
    assert_eq!(after.roles, before.roles, "no role is made");
    // What the built-in role lacks is said, not glossed over.
    let check = identity.check_service_account("north").await.unwrap();
    let missing: Vec<_> = check
        .findings
        .iter()
        .filter(|f| f.outcome == ProofOutcome::Missing)
        .map(|f| f.what.as_str())
        .collect();
    assert_eq!(
        missing,
        ["restore-target at northtarget/copies: write index tags"]
    );
    scene.remove("north", clerk).await.unwrap();
    assert_eq!(scene.view().await, granted);
}

#[tokio::test]
async fn everything_a_person_may_not_do_is_named_before_the_first_step() {
    let scene = Scene::new().await;
    let world = scene.sim.world();
    world.set_users_may_register(TENANT, false).unwrap();
    let clerk = scene.sign_in_to_see(CLERK).await;
    let told = scene.able(clerk, None).await;
    assert_eq!((told.signed_in_as.as_str(), told.add_keys), (CLERK, None));
    assert_eq!(told.register_applications, Ability::No);
    assert!(
        told.scopes
            .iter()
            .all(|s| (s.assign_roles, s.define_roles) == (Ability::No, Ability::No)),
        "{told:?}"
    );

    // Who has no role at all is not even shown the place: that is one of the things in the way.
    let grants = vec![grant(PermissionSet::CopySource, scene.source())];
    let refused = scene
        .engine
        .identity(here())
        .add_service_account(register("north", clerk, generated(), grants))
        .await
        .unwrap_err();
    assert!(refused.what.starts_with("2 obstacles"), "{refused}");
    assert!(
        refused.code == Code::ApplicationRegistrationNotAllowed && refused.what.contains("is not visible"),
        "{refused}"
    );
    let code = refused.system.as_ref().and_then(|s| s.code.as_deref());
    assert_eq!(code, Some("AuthorizationFailed"), "{refused}");

    // A reader sees the places, and may do nothing there.
    scene.clerk_has("Reader", &subscription(&scene, 0));
    let before = scene.view().await;
    let grants = vec![grant(PermissionSet::CopySource, scene.source())];
    let request = || register("north", clerk, generated(), grants.clone());
    let refused = scene
        .engine
        .identity(here())
        .add_service_account(request())
        .await
        .unwrap_err();
    assert_eq!(refused.kind, Kind::Denied);
    assert!(refused.what.starts_with("3 obstacles"), "{refused}");
    for part in ["register applications", "assign roles", "create any"] {
        assert!(refused.what.contains(part), "{part}: {refused}");
    }
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
}

#[tokio::test]
async fn each_way_to_be_able_is_found_out_and_each_way_not_to_be() {
    let scene = Scene::new().await;
    let world = scene.sim.world();
    world.set_users_may_register(TENANT, false).unwrap();
    let clerk = scene.sign_in_to_see(CLERK).await;
    for (change, register_applications, add_keys) in PEOPLE {
        let app = world.register_app(TENANT, "theirs").unwrap();
        world.change_user(CLERK, change).unwrap();
        let told = scene.able(clerk, Some(app.app_id)).await;
        assert_eq!(
            (told.register_applications, told.add_keys),
            (register_applications, Some(add_keys))
        );
        let reset = |u: &mut coldkeep_sim::world::directory::User| {
            u.guest = false;
            u.directory_roles.clear();
            u.directory_actions.clear();
        };
        world.change_user(CLERK, reset).unwrap();
    }
    world.set_users_may_register(TENANT, true).unwrap();
    assert_eq!(scene.able(clerk, None).await.register_applications, Ability::Yes);
    world.change_user(CLERK, |u| u.guest = true).unwrap();
    assert_eq!(
        scene.able(clerk, None).await.register_applications,
        Ability::No,
        "guests may not"
    );
    world.faults().add(
        Fault::new(Action::Status {
            status: 403,
            code: Some("Authorization_RequestDenied".into()),
            retry_after_s: None,
        })
        .path_contains("roleManagement"),
    );
    let hidden = scene.able(clerk, None).await.register_applications;
    assert_eq!(hidden, Ability::Unknown, "who may not look is told so");
}

type Person = (fn(&mut coldkeep_sim::world::directory::User), Ability, Ability);

/// In a tenant where users may not register applications.
const PEOPLE: [Person; 5] = [
    (|_| {}, Ability::No, Ability::No),
    (
        |u| u.directory_roles.push(APPLICATION_DEVELOPER.into()),
        Ability::Yes,
        Ability::No,
    ),
    (
        |u| u.directory_roles.push(APPLICATION_ADMINISTRATOR.into()),
        Ability::Yes,
        Ability::Yes,
    ),
    (
        |u| {
            u.directory_actions
                .push("microsoft.directory/applications/create".into());
        },
        Ability::Yes,
        Ability::No,
    ),
    (
        |u| {
            u.directory_actions
                .push("microsoft.directory/applications/credentials/update".into());
        },
        Ability::No,
        Ability::Yes,
    ),
];

#[tokio::test]
async fn keys_are_not_added_by_who_may_not() {
    let scene = Scene::new().await;
    let app = scene.sim.world().register_app(TENANT, "theirs").unwrap();
    let clerk = scene.sign_in_to_see(CLERK).await;
    let request = || granting(existing("north", TENANT, &app.app_id, generated()), clerk, vec![]);
    let refused = scene
        .engine
        .identity(here())
        .add_service_account(request())
        .await
        .unwrap_err();
    assert_eq!(refused.kind, Kind::Denied);
    assert_eq!(refused.code, Code::ApplicationKeysNotAllowed, "{refused}");
    assert!(
        scene
            .engine
            .identity(here())
            .list_certificates()
            .await
            .unwrap()
            .is_empty()
    );
    let give = |u: &mut coldkeep_sim::world::directory::User| {
        u.directory_roles.push(APPLICATION_ADMINISTRATOR.into());
    };
    scene.sim.world().change_user(CLERK, give).unwrap();
    all_ok(
        &scene
            .engine
            .identity(here())
            .add_service_account(request())
            .await
            .unwrap(),
    );
}

#[tokio::test]
async fn a_secret_is_granted_rights_and_no_certificate() {
    let scene = Scene::new().await;
    let app = scene.sim.world().register_app(TENANT, "theirs").unwrap();
    let sign_in = scene.sign_in(ADMIN).await;
    let before = scene.view().await;
    let secret = NewCredential::Secret {
        secret: app.secret.as_str().into(),
    };
    let request = granting(
        existing("north", TENANT, &app.app_id, secret),
        sign_in,
        vec![grant(PermissionSet::CopySource, scene.source())],
    );
    let plan = scene
        .engine
        .identity(here())
        .plan_service_account(&request)
        .await
        .unwrap();
    assert!(
        plan.steps.iter().all(|s| s.object != "certificate"),
        "there is none to register: {:?}",
        plan.steps
    );
    let account = scene
        .engine
        .identity(here())
        .add_service_account(request)
        .await
        .unwrap();
    all_ok(&account);
    let after = scene.view().await;
    assert_eq!(
        (after.keys, after.applications),
        (before.keys, before.applications.clone())
    );
    assert_eq!(after.assignments.len(), before.assignments.len() + 1);
    scene.remove("north", sign_in).await.unwrap();
    assert_eq!(scene.view().await, before);
}

#[tokio::test]
async fn a_name_that_is_taken_or_in_the_bin_is_named_with_the_way_out() {
    let scene = Scene::new().await;
    let sign_in = scene.sign_in(ADMIN).await;
    let other = scene.sim.world().register_app(TENANT, "north").unwrap();
    let request = |same_name| NewServiceAccount {
        allow: OnPurpose {
            same_name,
            ..OnPurpose::default()
        },
        ..register("north", sign_in, generated(), vec![])
    };
    let refused = scene
        .engine
        .identity(here())
        .add_service_account(request(false))
        .await
        .unwrap_err();
    assert_eq!(refused.kind, Kind::Conflict);
    assert!(
        refused.what.contains(&other.app_id) && refused.what.contains(&other.object_id),
        "{refused}"
    );
    assert_eq!(refused.allowances().collect::<Vec<_>>(), [Allowance::SameName]);

    // Half-made, and then deleted by somebody: it lies in the bin with its unique name.
    let faults = scene.sim.world().faults();
    faults.add(
        Fault::new(Action::Status {
            status: 403,
            code: Some("Authorization_RequestDenied".into()),
            retry_after_s: None,
        })
        .service("graph")
        .method("POST"),
    );
    let stopped = scene
        .engine
        .identity(here())
        .add_service_account(request(true))
        .await
        .unwrap_err();
    assert!(stopped.hint().contains("add `north` again"), "{stopped}");
    faults.clear();
    let half = scene
        .engine
        .identity(here())
        .show_service_account("north")
        .await
        .unwrap();
    let object_id = half.application_object_id.clone().unwrap();
    scene.sim.world().delete_application(&object_id).unwrap();
    let refused = scene
        .engine
        .identity(here())
        .add_service_account(request(true))
        .await
        .unwrap_err();
    assert_eq!(refused.kind, Kind::Conflict);
    assert!(refused.what.contains(&object_id), "{refused}");
    assert_eq!(refused.code, Code::ApplicationDeleted, "{refused}");
    scene.sim.world().restore_application(&object_id).unwrap();
    let whole = scene
        .engine
        .identity(here())
        .add_service_account(request(true))
        .await
        .unwrap();
    assert_eq!(whole.application_object_id.as_deref(), Some(object_id.as_str()));
    all_ok(&whole);
}

#[tokio::test]
async fn what_the_tenants_policy_allows_is_told_before_the_first_step() {
    let scene = Scene::new().await;
    let clerk = scene.sign_in_to_see(CLERK).await;
    let told = scene.able(clerk, None).await;
    assert_eq!(told.credential_policy, None, "not everybody may read policies");
    let admin = scene.sign_in_to_see(ADMIN).await;
    let told = scene.able(admin, None).await;
    let restrictions = told.credential_policy.map(|policy| policy.restrictions());
    assert_eq!(restrictions, Some(vec![]), "by default nothing is restricted");
    let policy = AppManagementPolicy {
        display_name: "ninety".into(),
        enabled: true,
        key_max_days: Some(90),
        ..AppManagementPolicy::default()
    };
    let world = scene.sim.world();
    let tenant = &world.options().tenants[0].id;
    world.set_tenant_policy(tenant, policy).unwrap();
    let told = scene.able(admin, None).await.credential_policy.unwrap();
    assert_eq!(
        (told.name.as_str(), told.restrictions()),
        ("ninety", vec!["certificates of at most 90 days".to_owned()])
    );
}
