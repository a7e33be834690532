//! What policies ask of people who sign in: device codes that are refused, a second factor that is asked for.

use crate::client::{ADMIN, Reply, SUBSCRIPTION, Scene, TENANT};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use coldkeep_sim::{
    Options,
    world::sign_in_rules::{BlockedBy, DeviceCodes, Mfa, SignInRules},
};
use http::Method;
use serde_json::{Value, json};

const CLI: &str = "04b07795-8ddb-461a-bbee-02f9e1bf7b46";
const DEVICE_CODE: &str = "urn:ietf:params:oauth:grant-type:device_code";
const ARM: &str = "https://management.azure.com/.default offline_access";
const GRAPH: &str = "https://graph.microsoft.com/.default offline_access";
const DEMANDED: &str = r#"{"access_token":{"acrs":{"essential":true,"values":["p1"]}}}"#;

async fn scene(rules: SignInRules) -> Scene {
    Scene::with(Options {
        sign_in: rules,
        ..Options::default()
    })
    .await
}

impl Scene {
    async fn begin(&self, scope: &str, claims: Option<&str>) -> Reply {
        let mut form = vec![("client_id", CLI), ("scope", scope)];
        form.extend(claims.map(|claims| ("claims", claims)));
        self.form("/organizations/oauth2/v2.0/devicecode", &form).await
    }

    async fn poll(&self, code: &str) -> Reply {
        let form = [
            ("grant_type", DEVICE_CODE),
            ("client_id", CLI),
            ("device_code", code),
        ];
        self.token_request("organizations", &form).await
    }

    /// Signs the administrator in by device code.
    async fn by_device_code(&self, scope: &str, claims: Option<&str>) -> Reply {
        let begun = self.begin(scope, claims).await;
        assert_eq!(begun.status, 200, "{begun:?}");
        self.world()
            .approve_device_code(&begun.text("/user_code"), ADMIN)
            .unwrap();
        self.poll(&begun.text("/device_code")).await
    }

    async fn refresh(&self, token: &str, scope: &str, claims: Option<&str>) -> Reply {
        let mut form = vec![
            ("grant_type", "refresh_token"),
            ("client_id", CLI),
            ("refresh_token", token),
            ("scope", scope),
        ];
        form.extend(claims.map(|claims| ("claims", claims)));
        self.token_request(TENANT, &form).await
    }

    /// A DELETE of a role assignment that nobody has made.
    async fn write(&self, token: &str) -> Reply {
        let path = format!(
            "/subscriptions/{SUBSCRIPTION}/providers/Microsoft.Authorization/roleAssignments/\
             11111111-2222-3333-4444-555555555555"
        );
        self.arm_as(token, Method::DELETE, &path, Value::Null).await
    }

    async fn look(&self, token: &str) -> Reply {
        let path = "/subscriptions?api-version=2022-12-01";
        self.arm_as(token, Method::GET, path, Value::Null).await
    }
}

#[tokio::test]
async fn device_codes_are_refused_where_a_rule_says_so() {
    let refusing = |device_codes, blocked_by| SignInRules {
        device_codes,
        blocked_by,
        ..SignInRules::default()
    };
    let scene = scene(SignInRules::default()).await;
    for (blocked_by, code) in [
        (BlockedBy::SecurityDefaults, 530_035),
        (BlockedBy::ConditionalAccess, 53003),
    ] {
        scene
            .world()
            .set_sign_in_rules(refusing(DeviceCodes::RefusedAtStart, blocked_by));
        let begun = scene.begin(ARM, None).await;
        assert_eq!((begun.status, begun.aadsts()), (400, ("invalid_grant", code)));

        scene
            .world()
            .set_sign_in_rules(refusing(DeviceCodes::RefusedAtPoll, blocked_by));
        let begun = scene.begin(ARM, None).await;
        let waiting = scene.poll(&begun.text("/device_code")).await;
        assert_eq!(
            waiting.aadsts().0,
            "authorization_pending",
            "nobody has used it yet"
        );
        let refused = scene.by_device_code(ARM, None).await;
        assert_eq!((refused.status, refused.aadsts()), (400, ("invalid_grant", code)));
    }
    scene
        .world()
        .set_sign_in_rules(refusing(DeviceCodes::RefusedOnPage, BlockedBy::ConditionalAccess));
    let waiting = scene.by_device_code(ARM, None).await;
    assert_eq!(waiting.aadsts().0, "authorization_pending");

    scene.world().set_sign_in_rules(refusing(
        DeviceCodes::RefusedAtRefresh,
        BlockedBy::ConditionalAccess,
    ));
    let tokens = scene.by_device_code(ARM, None).await;
    let again = scene.refresh(&tokens.text("/refresh_token"), GRAPH, None).await;
    assert_eq!((again.status, again.aadsts()), (400, ("invalid_grant", 530_036)));
}

#[tokio::test]
async fn security_defaults_ask_for_a_second_factor_for_resource_manager() {
    let rules = SignInRules {
        device_codes: DeviceCodes::Allowed,
        ..SignInRules::security_defaults()
    };
    let scene = scene(rules).await;
    let graph_first = scene.by_device_code(GRAPH, None).await;
    let refused = scene
        .refresh(&graph_first.text("/refresh_token"), ARM, None)
        .await;
    assert_eq!(
        (refused.status, refused.aadsts()),
        (400, ("invalid_grant", 50076))
    );
    assert_eq!(refused.body["suberror"], "basic_action");
    let claims: Value = serde_json::from_str(&refused.text("/claims")).unwrap();
    assert!(claims["access_token"]["capolids"].is_object(), "{claims}");

    let arm_first = scene.by_device_code(ARM, None).await;
    let refresh = arm_first.text("/refresh_token");
    for scope in [GRAPH, ARM] {
        assert_eq!(scene.refresh(&refresh, scope, None).await.status, 200, "{scope}");
    }
    let odd = scene.begin(ARM, Some("no claims")).await;
    assert_eq!((odd.status, odd.aadsts().0), (400, "invalid_request"));
}

#[tokio::test]
async fn resource_manager_answers_writes_with_a_challenge_until_its_claims_were_asked_for() {
    let scene = scene(SignInRules {
        mfa: Mfa::ResourceManagerWrites,
        ..SignInRules::default()
    })
    .await;
    let weak = scene.by_device_code(ARM, None).await;
    let token = weak.text("/access_token");
    assert_eq!(scene.look(&token).await.status, 200, "reading needs no more");
    let refused = scene.write(&token).await;
    assert_eq!(refused.status, 401);
    let header = refused.headers["www-authenticate"].to_str().unwrap();
    assert!(header.contains("error=\"insufficient_claims\""), "{header}");
    let encoded = header.split("claims=\"").nth(1).unwrap().trim_end_matches('"');
    assert_eq!(STANDARD.decode(encoded).unwrap(), DEMANDED.as_bytes());

    let refresh = weak.text("/refresh_token");
    let asked = scene.refresh(&refresh, ARM, Some(DEMANDED)).await;
    assert_eq!(asked.aadsts(), ("invalid_grant", 50076));
    assert_eq!(asked.text("/claims"), DEMANDED);

    let strong = scene.by_device_code(ARM, Some(DEMANDED)).await;
    assert_eq!(scene.write(&strong.text("/access_token")).await.status, 204);
    let refresh = strong.text("/refresh_token");
    let without = scene.refresh(&refresh, ARM, None).await.text("/access_token");
    assert_eq!(
        scene.write(&without).await.status,
        401,
        "a token without what was asked for"
    );
    let with = scene
        .refresh(&refresh, ARM, Some(DEMANDED))
        .await
        .text("/access_token");
    assert_eq!(scene.write(&with).await.status, 204);
}

#[tokio::test]
async fn the_same_is_said_to_clients_that_know_no_challenges_and_asked_of_no_application() {
    let scene = scene(SignInRules {
        mfa: Mfa::ResourceManagerWritesByPolicy,
        ..SignInRules::default()
    })
    .await;
    let weak = scene.by_device_code(ARM, None).await;
    let refused = scene.write(&weak.text("/access_token")).await;
    assert_eq!(refused.refusal(), (403, "RequestDisallowedByPolicy"));
    assert!(refused.text("/error/message").contains("MFA"));
    let app = scene.world().ready_app().unwrap();
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", app.app_id.as_str()),
        ("client_secret", &app.secret),
        ("scope", "https://management.azure.com/.default"),
    ];
    let token = scene.token_request(TENANT, &form).await.text("/access_token");
    assert_eq!(
        scene.write(&token).await.refusal(),
        (403, "AuthorizationFailed"),
        "only its rights are in the way"
    );
}

#[tokio::test]
async fn rules_are_settings_too() {
    let scene = Scene::start().await;
    let settings =
        json!({"sign_in": {"device_codes": "refused_at_start", "blocked_by": "security_defaults"}});
    let set = scene.control(Method::POST, "/settings", settings).await;
    assert_eq!(set.status, 200, "{set:?}");
    assert_eq!(scene.begin(ARM, None).await.aadsts().1, 530_035);
    let odd = json!({"sign_in": {"device_codes": "sometimes"}});
    assert_eq!(scene.control(Method::POST, "/settings", odd).await.status, 400);
}
