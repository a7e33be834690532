//! Rolling keys by proof, and what app management policies forbid.

use crate::{
    certificate::Certificate,
    client::{Reply, Scene, TENANT},
};
use coldkeep_sim::world::{
    policies::AppManagementPolicy,
    sign_in_rules::{ProofAudience, SignInRules},
};
use http::Method;
use serde_json::{Value, json};

/// An application with one certificate; its object id.
async fn with_certificate(scene: &Scene, certificate: &Certificate) -> String {
    let body = json!({"displayName": "rolling", "keyCredentials": [certificate.credential()]});
    scene.graph(Method::POST, "/applications", body).await.text("/id")
}

fn proof(scene: &Scene, by: &Certificate, object_id: &str, change: &Value) -> String {
    let now_s = scene.world().now().as_second();
    let mut claims = json!({"aud": "00000002-0000-0000-c000-000000000000", "iss": object_id,
        "nbf": now_s - 60, "exp": now_s + 500});
    for (name, value) in change.as_object().into_iter().flatten() {
        claims[name.as_str()] = value.clone();
    }
    by.sign_older(&claims)
}

async fn act(scene: &Scene, id: &str, action: &str, body: Value) -> Reply {
    scene
        .graph(Method::POST, &format!("/applications/{id}/{action}"), body)
        .await
}

async fn key_count(scene: &Scene, id: &str) -> usize {
    let path = format!("/applications/{id}?$select=keyCredentials");
    let found = scene.graph(Method::GET, &path, Value::Null).await;
    found.body["keyCredentials"].as_array().unwrap().len()
}

#[tokio::test]
async fn a_key_is_added_and_removed_only_with_a_proof_of_one_that_is_there() {
    let scene = Scene::start().await;
    let (old, new) = (Certificate::shared(), Certificate::make(2041));
    let id = with_certificate(&scene, old).await;
    let key = json!({"type": "AsymmetricX509Cert", "usage": "Verify", "keyId": "11111111-2222-4333-8444-555555555555",
        "key": new.credential()["key"]});
    let add = |proof: String| json!({"keyCredential": key, "passwordCredential": null, "proof": proof});
    let now_s = scene.world().now().as_second();
    for (change, by) in [
        (json!({"aud": "https://graph.microsoft.com"}), old),
        (json!({"iss": TENANT}), old),
        (json!({"exp": now_s + 900}), old),
        (json!({"nbf": now_s - 2000, "exp": now_s - 1500}), old),
        (json!({}), &new),
    ] {
        let refused = act(&scene, &id, "addKey", add(proof(&scene, by, &id, &change))).await;
        assert_eq!(
            refused.refusal(),
            (401, "Authentication_MissingOrMalformed"),
            "{change}"
        );
    }
    let bare = act(&scene, &id, "addKey", json!({"keyCredential": key})).await;
    assert_eq!(bare.refusal(), (403, "Authorization_RequestDenied"));
    let newer = proof(
        &scene,
        old,
        &id,
        &json!({"aud": "00000003-0000-0000-c000-000000000000"}),
    );
    let refused = act(&scene, &id, "addKey", add(newer.clone())).await;
    assert_eq!(refused.status, 401, "the documentation of today names the other");
    let either = SignInRules {
        proof_audience: ProofAudience::Either,
        ..SignInRules::default()
    };
    scene.world().set_sign_in_rules(either);
    let added = act(&scene, &id, "addKey", add(newer)).await;
    assert_eq!(
        (added.status, added.text("/keyId")),
        (200, "11111111-2222-4333-8444-555555555555".into())
    );
    let twice = act(&scene, &id, "addKey", add(proof(&scene, old, &id, &json!({})))).await;
    assert_eq!(twice.refusal(), (400, "Request_BadRequest"));
    assert_eq!(key_count(&scene, &id).await, 2);

    let by_new = proof(&scene, &new, &id, &json!({}));
    let gone = json!({"keyId": "11111111-2222-4333-8444-555555555555", "proof": by_new});
    assert_eq!(act(&scene, &id, "removeKey", gone.clone()).await.status, 204);
    assert_eq!(
        act(&scene, &id, "removeKey", gone).await.status,
        401,
        "it proves nothing any more"
    );
    assert_eq!(key_count(&scene, &id).await, 1);
}

#[tokio::test]
async fn a_policy_refuses_credentials_when_they_are_added() {
    let scene = Scene::start().await;
    let id = with_certificate(&scene, Certificate::shared()).await;
    let policy = AppManagementPolicy {
        display_name: "strict".into(),
        enabled: true,
        forbid_secrets: true,
        key_max_days: Some(90),
        ..AppManagementPolicy::default()
    };
    scene.world().set_tenant_policy(TENANT, policy.clone()).unwrap();
    let path = "/policies/defaultAppManagementPolicy";
    let refused = scene.graph(Method::GET, path, Value::Null).await;
    assert_eq!(
        refused.refusal(),
        (403, "Authorization_RequestDenied"),
        "the Azure CLI reads no policies, whoever uses it"
    );
    let shown = scene.policy_graph(path).await;
    assert_eq!(
        shown.text("/applicationRestrictions/keyCredentials/0/maxLifetime"),
        "P90D"
    );
    let secret = act(&scene, &id, "addPassword", json!({})).await;
    assert_eq!(secret.refusal(), (400, "CredentialTypeNotAllowedAsPerAppPolicy"));
    let body = json!({"displayName": "x", "keyCredentials": [Certificate::shared().credential()]});
    let made = scene.graph(Method::POST, "/applications", body).await;
    assert_eq!(made.refusal(), (400, "CredentialInvalidLifetimeAsPerAppPolicy"));
    assert!(made.text("/error/message").contains("'strict'"));
    let kept = json!({"displayName": "still changed"});
    let path = format!("/applications/{id}");
    assert_eq!(
        scene.graph(Method::PATCH, &path, kept).await.status,
        204,
        "what was there stays"
    );

    let lax = AppManagementPolicy {
        enabled: true,
        ..AppManagementPolicy::default()
    };
    scene.world().set_app_policy(&id, lax);
    assert_eq!(
        act(&scene, &id, "addPassword", json!({})).await.status,
        200,
        "its own policy wins"
    );
}
