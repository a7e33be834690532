//! Signing in by device code, and what the refresh token that comes of it gives.

use crate::client::{ADMIN, Reply, Scene, TENANT};
use http::Method;
use serde_json::{Value, json};

const CLI: &str = "04b07795-8ddb-461a-bbee-02f9e1bf7b46";
const DEVICE_CODE: &str = "urn:ietf:params:oauth:grant-type:device_code";

async fn poll(scene: &Scene, code: &str) -> Reply {
    scene
        .token_request(
            "organizations",
            &[
                ("grant_type", DEVICE_CODE),
                ("client_id", CLI),
                ("device_code", code),
            ],
        )
        .await
}

#[tokio::test]
async fn a_device_code_signs_a_person_in_to_one_resource_after_another() {
    let scene = Scene::start().await;
    let scope = format!("{}/.default offline_access openid", scene.sim.endpoints().graph);
    let begin = [("client_id", CLI), ("scope", &*scope)];
    let started = scene.form("/organizations/oauth2/v2.0/devicecode", &begin).await;
    assert_eq!(started.status, 200, "{started:?}");
    let code = started.text("/device_code");
    let pending = poll(&scene, &code).await;
    assert_eq!(
        (pending.status, pending.aadsts()),
        (400, ("authorization_pending", 70016))
    );
    assert_eq!(poll(&scene, "another").await.aadsts().1, 70018);

    let approve = format!("/device-codes/{}/approve", started.text("/user_code"));
    assert_eq!(
        scene
            .control(Method::POST, &approve, json!({"user": ADMIN}))
            .await
            .status,
        200
    );
    let tokens = poll(&scene, &code).await;
    assert_eq!(tokens.status, 200, "{tokens:?}");
    assert!(tokens.body["id_token"].is_string());
    let me = scene
        .graph_as(&tokens.text("/access_token"), Method::GET, "/me", Value::Null)
        .await;
    assert_eq!(me.text("/userPrincipalName"), ADMIN);
    assert_eq!(poll(&scene, &code).await.aadsts().1, 70018, "a code is good once");

    let refresh = [
        ("grant_type", "refresh_token"),
        ("client_id", CLI),
        ("refresh_token", &*tokens.text("/refresh_token")),
        ("scope", "https://management.azure.com/.default offline_access"),
    ];
    let again = scene.token_request(TENANT, &refresh).await;
    let listed = scene
        .arm_as(
            &again.text("/access_token"),
            Method::GET,
            "/subscriptions",
            Value::Null,
        )
        .await;
    assert_eq!(listed.body["value"].as_array().unwrap().len(), 2);
    let two = [
        refresh[0],
        refresh[1],
        refresh[2],
        (
            "scope",
            "https://management.azure.com/.default https://storage.azure.com/.default",
        ),
    ];
    assert_eq!(scene.token_request(TENANT, &two).await.aadsts().1, 28000);

    let person = json!({"user": ADMIN});
    let ended = scene.control(Method::POST, "/sessions/revoke", person).await;
    assert_eq!(ended.body, json!({"revoked": 2}));
    let refused = scene.token_request(TENANT, &refresh).await;
    assert_eq!(refused.aadsts(), ("invalid_grant", 50173));
}

#[tokio::test]
async fn device_codes_end_and_can_be_declined() {
    let scene = Scene::start().await;
    let begin = [
        ("client_id", CLI),
        ("scope", "https://management.azure.com/.default"),
    ];
    let start = || scene.form("/organizations/oauth2/v2.0/devicecode", &begin);
    let declined = start().await;
    scene
        .world()
        .decline_device_code(&declined.text("/user_code"))
        .unwrap();
    assert_eq!(
        poll(&scene, &declined.text("/device_code")).await.aadsts().0,
        "authorization_declined"
    );
    let late = start().await;
    scene.world().advance_clock(901);
    assert_eq!(
        poll(&scene, &late.text("/device_code")).await.aadsts(),
        ("expired_token", 70019)
    );
    assert!(
        scene
            .world()
            .approve_device_code(&late.text("/user_code"), ADMIN)
            .is_err()
    );
    let unknown = scene
        .form(
            "/organizations/oauth2/v2.0/devicecode",
            &[("client_id", "x"), begin[1]],
        )
        .await;
    assert_eq!(unknown.aadsts().1, 700_016);
}
