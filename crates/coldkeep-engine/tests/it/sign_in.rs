//! Ways to sign in against the simulator: what each takes, what it refuses, and how each fault ends.

use crate::scene::here;
use crate::tenant::{ADMIN, CLOUD, Scene};
use coldkeep_api::{BrowserAnswer, SignIn, SignInMethod, SignInState, SignInWithTokens, StartSignIn};
use coldkeep_core::{Code, Kind, id::SignInId};
use coldkeep_sim::{
    Options, Sim, TenantSeed, UserSeed,
    world::faults::{Action, Fault},
};
use std::{sync::atomic::Ordering, time::Duration};

const STRANGER: &str = "eve@contoso.example";
const HERE: &str = "http://localhost:4711";

impl Scene {
    /// Two tenants: a person of the second is a stranger in the first.
    pub async fn of_two_tenants(mut options: Options) -> Self {
        options.tenants.push(TenantSeed {
            id: "c0a80101-0000-4000-8000-00000000c0de".into(),
            name: "Contoso".into(),
            domain: "contoso.example".into(),
            users: vec![UserSeed {
                principal_name: STRANGER.into(),
                display_name: "Eve".into(),
                admin: false,
            }],
            subscriptions: vec![],
        });
        Self::open(Sim::start(options).await.unwrap()).await
    }

    fn pass(&self, seconds: i64) {
        self.sim.world().advance_clock(seconds);
        self.clock.0.fetch_add(seconds, Ordering::Relaxed);
    }

    pub async fn start(&self, method: SignInMethod, tenant: Option<&str>) -> SignIn {
        let request = StartSignIn {
            cloud: CLOUD.into(),
            tenant: tenant.map(str::to_owned),
            method,
            redirect_uri: (method == SignInMethod::Browser).then(|| HERE.to_owned()),
            ..StartSignIn::default()
        };
        self.engine.identity(here()).start_sign_in(request).await.unwrap()
    }

    pub async fn ended(&self, id: SignInId) -> SignIn {
        for _ in 0..1200 {
            let now = self.engine.identity(here()).show_sign_in(id).await.unwrap();
            if now.state != SignInState::Pending {
                return now;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("it does not end")
    }

    /// What the browser brings back after somebody signed in on the sign-in's page.
    fn brought(&self, sign_in: &SignIn, who: &str) -> String {
        let page = sign_in.authorize_url.as_deref().unwrap();
        let back = self.sim.world().approve_in_browser(page, who).unwrap();
        back.strip_prefix(&format!("{HERE}/?"))
            .unwrap_or_else(|| panic!("{back}"))
            .to_owned()
    }

    async fn answer(&self, id: SignInId, answer: &str) -> Result<SignIn, coldkeep_core::Problem> {
        let answer = BrowserAnswer {
            answer: answer.to_owned().into(),
        };
        self.engine.identity(here()).answer_sign_in(id, answer).await
    }

    /// An access token of somebody, made without a request.
    fn token(&self, who: &str, audience: &str) -> String {
        let world = self.sim.world();
        world.token_for(&world.principal(who).unwrap(), audience).unwrap()
    }

    fn tokens(&self, graph: String, resource_manager: String) -> SignInWithTokens {
        SignInWithTokens {
            cloud: CLOUD.into(),
            tenant: None,
            graph: graph.into(),
            resource_manager: resource_manager.into(),
        }
    }
}

#[tokio::test]
async fn a_browser_signs_somebody_in_once() {
    let scene = Scene::of_two_tenants(Options::default()).await;
    let sign_in = scene.start(SignInMethod::Browser, None).await;
    let page = sign_in.authorize_url.clone().unwrap();
    assert!(
        page.contains("code_challenge_method=S256") && page.contains("redirect_uri=http%3A%2F%2Flocalhost")
    );
    let brought = scene.brought(&sign_in, ADMIN);

    let other = scene.start(SignInMethod::Browser, None).await;
    for not_ours in [
        scene.brought(&other, ADMIN),
        brought.replace("state=", "state=x"),
        "code=x".into(),
        String::new(),
    ] {
        let refused = scene.answer(sign_in.id, &not_ours).await.unwrap_err();
        assert_eq!(refused.kind, Kind::Invalid, "{not_ours}: {refused}");
    }
    let still = scene
        .engine
        .identity(here())
        .show_sign_in(sign_in.id)
        .await
        .unwrap();
    assert_eq!(
        still.state,
        SignInState::Pending,
        "what is not the answer changes nothing"
    );

    let done = scene.answer(sign_in.id, &brought).await.unwrap();
    assert_eq!(done.state, SignInState::Done, "{:?}", done.problem);
    assert_eq!(done.user_principal_name.as_deref(), Some(ADMIN));
    let tenant_id = scene.sim.world().options().tenants[0].id.clone();
    assert_eq!(done.tenant_id, Some(tenant_id));
    let again = scene.answer(sign_in.id, &brought).await.unwrap_err();
    assert_eq!(again.kind, Kind::Conflict);
    assert!(!serde_json::to_string(&done).unwrap().contains("refresh"));
}

#[tokio::test]
async fn a_browser_that_says_no_is_understood() {
    let scene = Scene::of_two_tenants(Options::default()).await;
    let answers = [
        (
            "error=access_denied&error_description=AADSTS65004%3A+User+declined+to+consent.",
            "AADSTS65004",
            Code::SignInDeclined,
        ),
        ("error=access_denied", "access_denied", Code::SignInDeclined),
        (
            "error=access_denied&error_description=AADSTS53003%3A+Access+has+been+blocked.",
            "AADSTS53003",
            Code::ConditionalAccessBlocks,
        ),
        (
            "error=consent_required&error_description=AADSTS65001%3A+The+user+has+not+consented.",
            "AADSTS65001",
            Code::ConsentMissing,
        ),
        ("code=", "no_code", Code::SignInFailed),
        ("code=not-a-code", "AADSTS9002313", Code::SignInAnswerInvalid),
    ];
    for (answer, code, meaning) in answers {
        let sign_in = scene.start(SignInMethod::Browser, None).await;
        let page = sign_in.authorize_url.clone().unwrap();
        let state = page.split("state=").nth(1).unwrap().split('&').next().unwrap();
        let ended = scene
            .answer(sign_in.id, &format!("{answer}&state={state}"))
            .await
            .unwrap();
        assert_eq!(ended.state, SignInState::Failed, "{answer}");
        let problem = ended.problem.clone().unwrap();
        let system = problem.system.clone().unwrap();
        assert_eq!(system.code.as_deref(), Some(code), "{problem}");
        assert_eq!(problem.code, meaning, "{code}: {problem}");
    }
    let late = scene.start(SignInMethod::Browser, None).await;
    let brought = scene.brought(&late, ADMIN);
    scene.pass(901);
    let ended = scene.answer(late.id, &brought).await.unwrap();
    assert_eq!(ended.problem.clone().unwrap().kind, Kind::Expired);
}

#[tokio::test]
async fn answers_go_to_this_machine_only() {
    let scene = Scene::of_two_tenants(Options::default()).await;
    for redirect_uri in [
        None,
        Some("https://evil.example/"),
        Some("http://evil.example"),
        Some("http://localhost:1/?x=1"),
    ] {
        let request = StartSignIn {
            cloud: CLOUD.into(),
            method: SignInMethod::Browser,
            redirect_uri: redirect_uri.map(str::to_owned),
            ..StartSignIn::default()
        };
        let refused = scene
            .engine
            .identity(here())
            .start_sign_in(request)
            .await
            .unwrap_err();
        assert_eq!(refused.kind, Kind::Invalid, "{redirect_uri:?}");
    }
}

#[tokio::test]
async fn a_fresh_code_takes_the_place_of_the_old() {
    let scene = Scene::of_two_tenants(Options::default()).await;
    let first = scene.start(SignInMethod::DeviceCode, None).await;
    let second = scene
        .engine
        .identity(here())
        .renew_device_code(first.id)
        .await
        .unwrap();
    assert_eq!(second.id, first.id);
    assert_ne!(second.user_code, first.user_code);
    scene
        .sim
        .world()
        .approve_device_code(&second.user_code, ADMIN)
        .unwrap();
    assert_eq!(scene.ended(first.id).await.state, SignInState::Done);
    let refused = scene
        .engine
        .identity(here())
        .renew_device_code(first.id)
        .await
        .unwrap_err();
    assert_eq!(refused.kind, Kind::Conflict, "somebody has signed in");

    let late = scene.start(SignInMethod::DeviceCode, None).await;
    scene.pass(901);
    let ended = scene.ended(late.id).await;
    let problem = ended.problem.clone().unwrap();
    assert_eq!(problem.kind, Kind::Expired, "{problem}");
    let fresh = scene
        .engine
        .identity(here())
        .renew_device_code(late.id)
        .await
        .unwrap();
    assert_eq!((fresh.state, fresh.problem), (SignInState::Pending, None));
    scene
        .sim
        .world()
        .approve_device_code(&fresh.user_code, ADMIN)
        .unwrap();
    assert_eq!(scene.ended(late.id).await.state, SignInState::Done);
}

#[tokio::test]
async fn tokens_from_elsewhere_are_looked_at_before_they_are_used() {
    let scene = Scene::of_two_tenants(Options::default()).await;
    let at = scene.sim.endpoints();
    let arm = "https://management.azure.com";
    let good = || (scene.token(ADMIN, &at.graph), scene.token(ADMIN, arm));
    let done = scene
        .engine
        .identity(here())
        .sign_in_with_tokens(scene.tokens(good().0, good().1))
        .await
        .unwrap();
    assert_eq!(
        (done.state, done.user_principal_name.as_deref()),
        (SignInState::Done, Some(ADMIN))
    );
    assert_eq!(done.method, SignInMethod::Tokens);

    let stranger = scene.token(STRANGER, arm);
    let cases = [
        (good().1, good().0, Kind::Invalid, "the wrong way round"),
        (good().0, stranger, Kind::Invalid, "two people"),
        (
            good().0,
            scene.token(ADMIN, "https://storage.azure.com"),
            Kind::Invalid,
            "another audience",
        ),
        ("hush-hush".into(), good().1, Kind::Invalid, "no token"),
    ];
    for (graph, manager, kind, why) in cases {
        let request = scene.tokens(graph.clone(), manager);
        let refused = scene
            .engine
            .identity(here())
            .sign_in_with_tokens(request)
            .await
            .unwrap_err();
        assert_eq!(refused.kind, kind, "{why}: {refused}");
        assert!(!format!("{refused:?}").contains(&graph), "{why}");
    }
    let elsewhere = SignInWithTokens {
        tenant: Some("contoso.example".into()),
        ..scene.tokens(good().0, good().1)
    };
    let refused = scene
        .engine
        .identity(here())
        .sign_in_with_tokens(elsewhere)
        .await
        .unwrap_err();
    assert_eq!(refused.code, Code::SignInOtherTenant, "{refused}");
    let (graph, manager) = good();
    scene.pass(3700);
    let refused = scene
        .engine
        .identity(here())
        .sign_in_with_tokens(scene.tokens(graph, manager))
        .await
        .unwrap_err();
    assert_eq!(refused.kind, Kind::Expired);
}

/// How a fault of the token endpoint ends a sign-in.
enum End {
    Done,
    Failed(Code),
}

#[tokio::test]
async fn each_fault_of_a_sign_in_ends_well_or_names_the_fix() {
    let status = |status, code: Option<&str>, retry_after_s| Action::Status {
        status,
        code: code.map(str::to_owned),
        retry_after_s,
    };
    let refusal = |code| status(400, Some(code), None);
    let cases = [
        (refusal("53003"), End::Failed(Code::ConditionalAccessBlocks)),
        (refusal("530033"), End::Failed(Code::ConditionalAccessBlocks)),
        (refusal("50097"), End::Failed(Code::ConditionalAccessBlocks)),
        (refusal("65001"), End::Failed(Code::ConsentMissing)),
        (refusal("65002"), End::Failed(Code::SignInClientNotAllowed)),
        (refusal("50076"), End::Failed(Code::SecondFactorNeeded)),
        (refusal("530035"), End::Failed(Code::SignInWayBlocked)),
        (refusal("530036"), End::Failed(Code::SignInWayBlocked)),
        (refusal("530032"), End::Failed(Code::ConditionalAccessBlocks)),
        (refusal("50199"), End::Failed(Code::SignInDeclined)),
        (refusal("50105"), End::Failed(Code::ApplicationNotAssigned)),
        (refusal("50005"), End::Failed(Code::ConditionalAccessBlocks)),
        (refusal("50057"), End::Failed(Code::UserDisabled)),
        (refusal("90072"), End::Failed(Code::UserNotInTenant)),
        (refusal("123456"), End::Failed(Code::AzureRequestInvalid)),
        (refusal("70019"), End::Failed(Code::SignInExpired)),
        (refusal("70018"), End::Failed(Code::SignInExpired)),
        (status(429, None, Some(1)), End::Done),
        (status(503, None, None), End::Done),
        (Action::Drop, End::Done),
    ];
    let scene = Scene::of_two_tenants(Options::default()).await;
    for (action, end) in cases {
        let what = format!("{action:?}");
        let sign_in = scene.start(SignInMethod::DeviceCode, None).await;
        let world = scene.sim.world();
        world.approve_device_code(&sign_in.user_code, ADMIN).unwrap();
        let fault = Fault::new(action)
            .service("login")
            .path_contains("/token")
            .after(0, 1);
        world.faults().add(fault);
        let ended = scene.ended(sign_in.id).await;
        world.faults().clear();
        match end {
            End::Done => assert_eq!(ended.state, SignInState::Done, "{what}: {:?}", ended.problem),
            End::Failed(code) => {
                let problem = ended.problem.unwrap_or_else(|| panic!("{what}: it signed in"));
                assert_eq!(problem.code, code, "{what}: {problem}");
                assert!(
                    problem
                        .system
                        .is_some_and(|s| s.code.is_some() && s.request_id.is_some())
                );
            }
        }
    }
}

#[tokio::test]
async fn whoever_may_not_sign_in_here_is_told_why() {
    let scene = Scene::of_two_tenants(Options::default()).await;
    let declined = scene.start(SignInMethod::DeviceCode, None).await;
    scene
        .sim
        .world()
        .decline_device_code(&declined.user_code)
        .unwrap();
    let problem = scene.ended(declined.id).await.problem.unwrap();
    assert_eq!(problem.kind, Kind::Cancelled, "{problem}");

    let tenant = Some("northwind.example");
    let code = scene.start(SignInMethod::DeviceCode, tenant).await;
    scene
        .sim
        .world()
        .approve_device_code(&code.user_code, STRANGER)
        .unwrap();
    let problem = scene.ended(code.id).await.problem.unwrap();
    assert_eq!(problem.code, Code::UserNotInTenant, "{problem}");
    let page = scene.start(SignInMethod::Browser, tenant).await;
    let brought = scene.brought(&page, STRANGER);
    let problem = scene.answer(page.id, &brought).await.unwrap().problem.unwrap();
    assert_eq!(problem.code, Code::UserNotInTenant, "{problem}");

    // A lost answer: the code was taken, and nobody got what it was taken for.
    let lost = scene.start(SignInMethod::Browser, None).await;
    let brought = scene.brought(&lost, ADMIN);
    let fault = Fault::new(Action::LoseReply)
        .service("login")
        .path_contains("/token");
    scene.sim.world().faults().add(fault.after(0, 1));
    let problem = scene.answer(lost.id, &brought).await.unwrap().problem.unwrap();
    assert_eq!(problem.code, Code::SignInExpired, "{problem}");
}
