//! Tenants that ask for more than a sign-in has, tenants that refuse device codes, and what is not known yet.

use crate::scene::here;
use crate::tenant::{ADMIN, CLERK, CLOUD, Scene, existing, generated, grant, granting, register};
use coldkeep_api::{
    Ability, BrowserAnswer, CapabilitiesOf, NewCredential, NewServiceAccount, SignInMethod, SignInState,
    SignInWithTokens, StartSignIn,
};
use coldkeep_core::{
    Code, Kind, Problem,
    permission::PermissionSet,
    problem::Field,
    service_account::{ProofOutcome, State},
};
use coldkeep_sim::{
    Options,
    world::{
        directory::APPLICATION_DEVELOPER,
        faults::{Action, Fault},
        sign_in_rules::{BlockedBy, DeviceCodes, Mfa, SignInRules},
    },
};
use std::time::Duration;

fn asking(mfa: Mfa) -> SignInRules {
    SignInRules {
        mfa,
        ..SignInRules::default()
    }
}

impl Scene {
    async fn asking(rules: SignInRules) -> Self {
        Self::with(Options {
            sign_in: rules,
            ..Options::default()
        })
        .await
    }

    fn north(&self, sign_in: coldkeep_core::id::SignInId) -> NewServiceAccount {
        let grants = vec![grant(PermissionSet::CopySource, self.source())];
        register("north", sign_in, generated(), grants)
    }

    /// How a sign-in in a browser ends.
    async fn in_browser(&self, who: &str) -> coldkeep_api::SignIn {
        const HERE: &str = "http://localhost:4711";
        let request = StartSignIn {
            cloud: CLOUD.into(),
            method: SignInMethod::Browser,
            redirect_uri: Some(HERE.into()),
            ..StartSignIn::default()
        };
        let begun = self.engine.identity(here()).start_sign_in(request).await.unwrap();
        let page = begun.authorize_url.unwrap();
        let back = self.sim.world().approve_in_browser(&page, who).unwrap();
        let answer = back.strip_prefix(&format!("{HERE}/?")).unwrap().to_owned();
        let answer = BrowserAnswer {
            answer: answer.into(),
        };
        self.engine
            .identity(here())
            .answer_sign_in(begun.id, answer)
            .await
            .unwrap()
    }
}

#[tokio::test]
async fn a_second_factor_is_asked_for_before_anything_is_made() {
    for mfa in [Mfa::ResourceManagerWrites, Mfa::ResourceManagerWritesByPolicy] {
        let scene = Scene::asking(asking(mfa)).await;
        let before = scene.view().await;
        let weak = scene.sign_in(ADMIN).await;
        let plan = scene
            .engine
            .identity(here())
            .plan_service_account(&scene.north(weak))
            .await
            .unwrap();
        assert!(!plan.steps.is_empty(), "looking needs no more");
        let refused = scene
            .engine
            .identity(here())
            .add_service_account(scene.north(weak))
            .await
            .unwrap_err();
        assert_eq!(refused.kind, Kind::Unauthenticated, "{refused}");
        assert_eq!(refused.code, Code::ClaimsNeeded, "{refused}");
        assert_eq!(scene.view().await, before, "{mfa:?}");
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

        let strong = scene.sign_in_again(ADMIN, &refused).await;
        let made = scene
            .engine
            .identity(here())
            .add_service_account(scene.north(strong))
            .await
            .unwrap();
        assert!(made.proofs.iter().all(|p| p.outcome == ProofOutcome::Ok));
        scene.remove("north", strong).await.unwrap();
        assert_eq!(scene.view().await, before, "{mfa:?}");
    }
}

#[tokio::test]
async fn a_second_factor_that_is_asked_for_half_way_leaves_nothing_twice() {
    let scene = Scene::new().await;
    let before = scene.view().await;
    // Somebody signed in while nothing more was asked for, with a session that has no second factor.
    scene
        .sim
        .world()
        .set_sign_in_rules(asking(Mfa::ResourceManagerWritesByPolicy));
    let weak = scene.sign_in(ADMIN).await;
    scene.sim.world().set_sign_in_rules(SignInRules::default());
    let faults = scene.sim.world().faults();
    let held = faults.held_ever() + 1;
    let hold = Fault::new(Action::Hold { after_effect: false })
        .service("graph")
        .method("POST");
    faults.add(hold.path_contains("servicePrincipals").after(0, 1));
    let (engine, request) = (scene.engine.clone(), scene.north(weak));
    let adding = tokio::spawn(async move { engine.identity(here()).add_service_account(request).await });
    assert!(faults.wait_held(held, Duration::from_secs(60)).await);
    scene
        .sim
        .world()
        .set_sign_in_rules(asking(Mfa::ResourceManagerWrites));
    faults.clear();
    let refused = adding.await.unwrap().unwrap_err();
    assert!(refused.challenge.is_some(), "{refused}");
    assert!(refused.hint().contains("add `north` again"), "{refused}");
    let half = scene
        .engine
        .identity(here())
        .show_service_account("north")
        .await
        .unwrap();
    assert_eq!(half.state, State::Incomplete);

    let strong = scene.sign_in_again(ADMIN, &refused).await;
    scene
        .engine
        .identity(here())
        .add_service_account(scene.north(strong))
        .await
        .unwrap();
    let now = scene.view().await;
    assert_eq!(
        (now.applications.len(), now.assignments.len(), now.keys),
        (
            before.applications.len() + 1,
            before.assignments.len() + 1,
            before.keys + 1
        )
    );
    scene.remove("north", strong).await.unwrap();
    assert_eq!(scene.view().await, before);
}

#[tokio::test]
async fn where_security_defaults_are_on_a_browser_signs_in_and_a_code_says_why_not() {
    let scene = Scene::asking(SignInRules::security_defaults()).await;
    let refused = scene.by_device_code(ADMIN, StartSignIn::default()).await;
    assert_eq!(refused.state, SignInState::Failed);
    let problem = refused.problem.clone().unwrap();
    assert_eq!(problem.code, Code::SignInWayBlocked, "{problem}");
    assert!(problem.names(Field::SignIn), "{problem}");
    // Resource Manager is signed in to first: that asks for the second factor, and Graph's token comes of it.
    let done = scene.in_browser(ADMIN).await;
    assert_eq!(done.state, SignInState::Done, "{:?}", done.problem);
    scene
        .engine
        .identity(here())
        .add_service_account(scene.north(done.id))
        .await
        .unwrap();

    let at_start = SignInRules {
        device_codes: DeviceCodes::RefusedAtStart,
        ..SignInRules::security_defaults()
    };
    scene.sim.world().set_sign_in_rules(at_start);
    let request = StartSignIn {
        cloud: CLOUD.into(),
        ..StartSignIn::default()
    };
    let problem = scene
        .engine
        .identity(here())
        .start_sign_in(request)
        .await
        .unwrap_err();
    assert_eq!(problem.code, Code::SignInWayBlocked, "{problem}");
}

#[tokio::test]
async fn a_session_by_device_code_that_may_not_go_on_fails_at_the_sign_in_already() {
    let scene = Scene::asking(SignInRules {
        device_codes: DeviceCodes::RefusedAtRefresh,
        blocked_by: BlockedBy::ConditionalAccess,
        ..SignInRules::default()
    })
    .await;
    let refused = scene.by_device_code(ADMIN, StartSignIn::default()).await;
    let problem = refused.problem.clone().unwrap();
    let code = problem.system.as_ref().and_then(|s| s.code.as_deref());
    assert_eq!(code, Some("AADSTS530036"), "{problem}");
    assert!(problem.names(Field::SignIn), "{problem}");
    assert_eq!(scene.in_browser(ADMIN).await.state, SignInState::Done);
}

#[tokio::test]
async fn what_graph_asks_for_is_asked_for_at_the_sign_in_already() {
    let scene = Scene::new().await;
    let refused = Fault::new(Action::Status {
        status: 400,
        code: Some("50076".into()),
        retry_after_s: None,
    });
    // The first token is Resource Manager's, the second is Graph's.
    let refresh = refused.service("login").path_contains("/token");
    scene.sim.world().faults().add(refresh.after(1, 1));
    let page = scene.in_browser(ADMIN).await;
    assert_eq!(page.state, SignInState::Failed);
    let problem = page.problem.unwrap();
    let challenge = problem.challenge.as_ref().unwrap_or_else(|| panic!("{problem}"));
    assert_eq!(challenge.audience, scene.sim.endpoints().graph);
    let again = scene.sign_in_again(ADMIN, &problem).await;
    scene
        .engine
        .identity(here())
        .add_service_account(scene.north(again))
        .await
        .unwrap();
}

#[tokio::test]
async fn tokens_from_elsewhere_that_are_not_enough_say_what_is_missing() {
    let scene = Scene::asking(asking(Mfa::ResourceManagerWrites)).await;
    let world = scene.sim.world();
    let admin = world.principal(ADMIN).unwrap();
    let at = scene.sim.endpoints();
    let token = |audience: &str| world.token_for(&admin, audience).unwrap().into();
    let tokens = SignInWithTokens {
        cloud: CLOUD.into(),
        tenant: None,
        graph: token(&at.graph),
        resource_manager: token("https://management.azure.com"),
    };
    let before = scene.view().await;
    let weak = scene
        .engine
        .identity(here())
        .sign_in_with_tokens(tokens)
        .await
        .unwrap();
    let refused = scene
        .engine
        .identity(here())
        .add_service_account(scene.north(weak.id))
        .await
        .unwrap_err();
    let challenge = refused.challenge.as_ref().unwrap();
    assert_eq!(challenge.audience, "https://management.azure.com");
    assert!(
        challenge.claims.as_ref().unwrap().contains("acrs"),
        "{challenge:?}"
    );
    assert_eq!(scene.view().await, before);
}

#[tokio::test]
async fn what_the_azure_clis_client_may_not_read_is_told_once_and_roles_are_looked_at() {
    let scene = Scene::new().await;
    scene
        .sim
        .world()
        .set_users_may_register("northwind.example", false)
        .unwrap();
    let developer = |u: &mut coldkeep_sim::world::directory::User| {
        u.directory_roles.push(APPLICATION_DEVELOPER.into());
    };
    scene.sim.world().change_user(CLERK, developer).unwrap();
    let clerk = scene.sign_in(CLERK).await;
    let identity = scene.engine.identity(here());
    let able = identity.show_capabilities(clerk, CapabilitiesOf::default());
    assert_eq!(able.await.unwrap().register_applications, Ability::Yes);
    let request = register("north", clerk, generated(), vec![]);
    let plan = scene
        .engine
        .identity(here())
        .plan_service_account(&request)
        .await
        .unwrap();
    assert_eq!(plan.unknown.len(), 1, "{:?}", plan.unknown);
    let fields: Vec<Field> = plan.unknown[0].fields().collect();
    assert_eq!(fields, [Field::ClientId], "{:?}", plan.unknown);

    let seeing = scene.sign_in_to_see(ADMIN).await;
    let request = register("north", seeing, generated(), vec![]);
    let plan = scene
        .engine
        .identity(here())
        .plan_service_account(&request)
        .await
        .unwrap();
    assert_eq!(plan.unknown, []);
}

fn secret(text: &str) -> NewCredential {
    NewCredential::Secret { secret: text.into() }
}

#[tokio::test]
async fn a_credential_that_entra_does_not_know_yet_is_tried_for_some_seconds() {
    let scene = Scene::new().await;
    let app = scene.sim.world().ready_app().unwrap();
    for code in ["7000215", "700016", "7000229"] {
        let refused = Fault::new(Action::Status {
            status: 401,
            code: Some(code.into()),
            retry_after_s: None,
        });
        let faults = scene.sim.world().faults();
        faults.add(refused.service("login").method("POST").after(0, 3));
        let request = existing("late", "northwind.example", &app.app_id, secret(&app.secret));
        let made = scene.engine.identity(here()).add_service_account(request).await;
        faults.clear();
        let made = made.unwrap_or_else(|problem| panic!("{code}: {problem}"));
        assert_eq!(made.state, State::Ready);
        scene
            .engine
            .identity(here())
            .remove_service_account("late", Default::default())
            .await
            .unwrap();
    }
}

/// The name that a request without one gets.
async fn unnamed(scene: &Scene, mut request: NewServiceAccount) -> Result<String, Problem> {
    request.answers.set_name("");
    let plan = scene
        .engine
        .identity(here())
        .plan_service_account(&request)
        .await?;
    let made = scene.engine.identity(here()).add_service_account(request).await?;
    assert_eq!(plan.name, made.name);
    Ok(made.name)
}

#[tokio::test]
async fn an_existing_application_lends_its_name_where_none_is_given() {
    let scene = Scene::new().await;
    let world = scene.sim.world();
    let app = world.register_app("northwind.example", "Backup copies").unwrap();
    let request = || existing("", "northwind.example", &app.app_id, secret(&app.secret));
    assert_eq!(unnamed(&scene, request()).await.unwrap(), "Backup copies");
    assert_eq!(
        unnamed(&scene, request()).await.unwrap(),
        "Backup copies 2",
        "taken"
    );
    let odd = world.register_app("northwind.example", "\u{1}\t").unwrap();
    let request = existing("", "northwind.example", &odd.app_id, secret(&odd.secret));
    let made = format!("app-{}", &odd.app_id[..8]);
    assert_eq!(unnamed(&scene, request).await.unwrap(), made);
    let sign_in = scene.sign_in(ADMIN).await;
    let theirs = world.register_app("northwind.example", "Theirs").unwrap();
    let request = granting(
        existing("", "northwind.example", &theirs.app_id, generated()),
        sign_in,
        vec![],
    );
    assert_eq!(unnamed(&scene, request).await.unwrap(), "Theirs");
    let new = register("", sign_in, generated(), vec![]);
    let refused = scene
        .engine
        .identity(here())
        .plan_service_account(&new)
        .await
        .unwrap_err();
    assert!(
        refused.what.contains("name"),
        "a new application needs one: {refused}"
    );
}
