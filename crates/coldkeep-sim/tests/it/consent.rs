//! What people's tokens are for: scopes as they were asked for, later again, and of applications that are resources.

use crate::client::{ADMIN, Reply, Scene, TENANT};
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use http::Method;
use serde_json::{Value, json};

const BACK: &str = "https://app.example/back";

/// The claims of a token, unchecked.
fn claims(token: &str) -> Value {
    let body = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(body).unwrap()).unwrap()
}

/// A public client with an address, by platform; its client id.
async fn client(scene: &Scene, platform: &str) -> String {
    let body =
        json!({"displayName": "client", "isFallbackPublicClient": true, platform: {"redirectUris": [BACK]}});
    let made = scene.graph(Method::POST, "/applications", body).await;
    assert_eq!(made.status, 201, "{made:?}");
    let body = json!({"appId": made.body["appId"]});
    scene.graph(Method::POST, "/servicePrincipals", body).await;
    made.text("/appId")
}

/// Signs the administrator in on the page, and redeems the code.
async fn signed_in(scene: &Scene, client_id: &str, scope: &str, challenge: &[(&str, &str)]) -> Reply {
    let query = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs([
            ("client_id", client_id),
            ("response_type", "code"),
            ("redirect_uri", BACK),
            ("scope", scope),
        ])
        .extend_pairs(challenge)
        .finish();
    let page = format!("/{TENANT}/oauth2/v2.0/authorize?{query}");
    let answer = scene.form(&page, &[("user", ADMIN)]).await;
    assert_eq!(answer.status, 302, "{answer:?}");
    let back = url::Url::parse(answer.headers["location"].to_str().unwrap()).unwrap();
    let code = back.query_pairs().find(|(name, _)| name == "code").unwrap().1;
    let verifier = [("code_verifier", "a-verifier-of-forty-three-letters-or-more-12")];
    let form = [
        ("grant_type", "authorization_code"),
        ("client_id", client_id),
        ("redirect_uri", BACK),
        ("code", &code),
    ];
    let with_verifier = if challenge.is_empty() {
        &[][..]
    } else {
        &verifier[..]
    };
    let form = [&form[..], with_verifier].concat();
    scene.token_request(TENANT, &form).await
}

#[tokio::test]
async fn the_case_of_a_scope_does_not_count() {
    let scene = Scene::start().await;
    let client_id = client(&scene, "publicClient").await;
    let reply = signed_in(&scene, &client_id, "openid email user.read", &[]).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    let token = reply.text("/access_token");
    assert_eq!(claims(&token)["scp"], "User.Read");
    let id = claims(&reply.text("/id_token"));
    assert_eq!(id["email"], ADMIN);
    // The page about the person calls them by the same name.
    let request = http::Request::get(format!("{}/oidc/userinfo", scene.sim.endpoints().graph))
        .header("authorization", format!("Bearer {token}"));
    let info = scene
        .send(request.body(Default::default()).unwrap())
        .await
        .unwrap();
    assert_eq!(info.body["sub"], id["sub"]);
}

/// <https://learn.microsoft.com/entra/identity-platform/v2-oauth2-auth-code-flow#refresh-the-access-token>
#[tokio::test]
async fn a_refresh_without_scopes_is_for_what_was_asked_first() {
    let scene = Scene::start().await;
    let client_id = client(&scene, "publicClient").await;
    let scope = "https://management.azure.com/user_impersonation offline_access";
    let reply = signed_in(&scene, &client_id, scope, &[]).await;
    let refresh = reply.text("/refresh_token");
    let form = [
        ("grant_type", "refresh_token"),
        ("client_id", &*client_id),
        ("refresh_token", &*refresh),
    ];
    let again = scene.token_request(TENANT, &form).await;
    assert_eq!(
        claims(&again.text("/access_token"))["aud"],
        "https://management.azure.com"
    );
}

/// <https://learn.microsoft.com/entra/identity-platform/v2-oauth2-auth-code-flow#request-an-authorization-code>
#[tokio::test]
async fn a_challenge_may_be_plain_and_an_address_a_single_pages() {
    let scene = Scene::start().await;
    let client_id = client(&scene, "spa").await;
    let verifier = ("code_challenge", "a-verifier-of-forty-three-letters-or-more-12");
    for method in [None, Some(("code_challenge_method", "plain"))] {
        let challenge: Vec<_> = [verifier].into_iter().chain(method).collect();
        let reply = signed_in(&scene, &client_id, "User.Read", &challenge).await;
        assert_eq!(reply.status, 200, "{reply:?}");
    }
    let wrong = [("code_challenge", "another-challenge-of-forty-three-letters-12345")];
    let reply = signed_in(&scene, &client_id, "User.Read", &wrong).await;
    assert_eq!(reply.aadsts(), ("invalid_grant", 501_481));
}

/// <https://learn.microsoft.com/entra/identity-platform/access-tokens#token-formats>
#[tokio::test]
async fn an_application_that_is_a_resource_says_what_its_tokens_look_like() {
    let scene = Scene::start().await;
    let scope = json!({"id": "9fbd4e0a-5c6b-4b1a-9f5e-000000000001", "value": "Things.Read", "isEnabled": true, "type": "User"});
    let body = json!({
        "displayName": "resource", "identifierUris": ["api://things"],
        "api": {"requestedAccessTokenVersion": 2, "oauth2PermissionScopes": [scope]},
    });
    let resource = scene.graph(Method::POST, "/applications", body).await;
    let app_id = resource.text("/appId");
    scene
        .graph(Method::POST, "/servicePrincipals", json!({"appId": app_id}))
        .await;
    let client_id = client(&scene, "publicClient").await;
    let reply = signed_in(&scene, &client_id, "api://things/things.read", &[]).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    let said = claims(&reply.text("/access_token"));
    let issuer = format!("{}/{TENANT}/v2.0", scene.sim.endpoints().login);
    let wanted = json!({"ver": "2.0", "aud": app_id, "iss": issuer, "azp": client_id, "scp": "Things.Read"});
    for (name, value) in wanted.as_object().unwrap() {
        assert_eq!(&said[name], value, "{name}");
    }
    assert_eq!(said.get("appid"), None);
    let unknown = signed_in(&scene, &client_id, "api://things/Things.Write", &[]).await;
    assert_eq!(unknown.aadsts(), ("invalid_client", 650_053));
}
