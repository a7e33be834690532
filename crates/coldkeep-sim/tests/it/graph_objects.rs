//! What objects of the directory become when Microsoft's libraries write them, and what comes back of what was deleted.

use crate::{
    certificate::Certificate,
    client::{Scene, TENANT},
};
use coldkeep_sim::world::policies::AppManagementPolicy;
use http::Method;
use serde_json::{Value, json};

async fn application(scene: &Scene, body: Value) -> (String, String) {
    let made = scene.graph(Method::POST, "/applications", body).await;
    assert_eq!(made.status, 201, "{made:?}");
    (made.text("/id"), made.text("/appId"))
}

async fn principal(scene: &Scene, app_id: &str) -> String {
    let made = scene
        .graph(Method::POST, "/servicePrincipals", json!({"appId": app_id}))
        .await;
    assert_eq!(made.status, 201, "{made:?}");
    made.text("/id")
}

/// Libraries made from Graph's metadata write the type of every object into it.
#[tokio::test]
async fn objects_may_say_what_they_are() {
    let scene = Scene::start().await;
    let body = json!({
        "@odata.type": "#microsoft.graph.application", "displayName": "typed",
        "web": {"@odata.type": "#microsoft.graph.webApplication", "redirectUris": ["https://a.example/"]},
    });
    let (id, app_id) = application(&scene, body).await;
    let shown = scene
        .graph(Method::GET, &format!("/applications/{id}"), Value::Null)
        .await;
    assert_eq!(shown.text("/web/redirectUris/0"), "https://a.example/");
    assert_eq!(shown.body["web"].get("@odata.type"), None);
    let body = json!({"@odata.type": "#microsoft.graph.servicePrincipal", "appId": app_id});
    let made = scene.graph(Method::POST, "/servicePrincipals", body).await;
    assert_eq!(made.status, 201);
}

/// <https://learn.microsoft.com/graph/api/application-update>: what is not sent keeps its value.
#[tokio::test]
async fn a_complex_property_is_changed_member_by_member() {
    let scene = Scene::start().await;
    let body = json!({"displayName": "a", "web": {"redirectUris": ["https://a.example/"]}});
    let (id, _) = application(&scene, body).await;
    let path = format!("/applications/{id}");
    let change = json!({"web": {"homePageUrl": "https://a.example", "implicitGrantSettings": {"enableIdTokenIssuance": true}}});
    assert_eq!(scene.graph(Method::PATCH, &path, change).await.status, 204);
    let web = scene.graph(Method::GET, &path, Value::Null).await.body["web"].clone();
    assert_eq!(
        web,
        json!({
            "redirectUris": ["https://a.example/"], "homePageUrl": "https://a.example", "logoutUrl": null,
            "implicitGrantSettings": {"enableIdTokenIssuance": true, "enableAccessTokenIssuance": false},
        })
    );
    let fewer = json!({"web": {"redirectUris": []}});
    scene.graph(Method::PATCH, &path, fewer).await;
    let web = scene.graph(Method::GET, &path, Value::Null).await.body["web"].clone();
    assert_eq!(web["redirectUris"], json!([]));
}

#[tokio::test]
async fn values_of_another_kind_are_refused() {
    let scene = Scene::start().await;
    for wrong in [
        json!({"web": 5}),
        json!({"appRoles": {}}),
        json!({"identifierUris": "api://a"}),
        json!({"tags": [1]}),
        json!({"isFallbackPublicClient": "yes"}),
        json!({"displayName": "x".repeat(257)}),
    ] {
        let mut body = json!({"displayName": "a"});
        body.as_object_mut()
            .unwrap()
            .extend(wrong.as_object().unwrap().clone());
        let told = scene.graph(Method::POST, "/applications", body).await;
        assert_eq!(told.refusal(), (400, "Request_BadRequest"), "{wrong}");
    }
    let (id, _) = application(&scene, json!({"displayName": "a", "notes": "one"})).await;
    let path = format!("/applications/{id}");
    let lock = json!({"servicePrincipalLockConfiguration": {"isEnabled": true}, "notes": null});
    assert_eq!(scene.graph(Method::PATCH, &path, lock).await.status, 204);
    let shown = scene.graph(Method::GET, &path, Value::Null).await;
    assert_eq!(shown.body["notes"], Value::Null);
    assert_eq!(shown.body["servicePrincipalLockConfiguration"]["isEnabled"], true);
}

/// <https://learn.microsoft.com/graph/api/serviceprincipal-addpassword>
#[tokio::test]
async fn a_service_principals_secret_opens_its_application() {
    let scene = Scene::start().await;
    let (_, app_id) = application(&scene, json!({"displayName": "a"})).await;
    let id = principal(&scene, &app_id).await;
    let path = format!("/servicePrincipals/{id}");
    let made = scene
        .graph(Method::POST, &format!("{path}/addPassword"), json!({}))
        .await;
    assert_eq!(made.status, 200, "{made:?}");
    let form = |secret: String| {
        vec![
            ("grant_type", "client_credentials".to_owned()),
            ("client_id", app_id.clone()),
            ("client_secret", secret),
            ("scope", "https://storage.azure.com/.default".to_owned()),
        ]
    };
    let ask = async |secret: String| {
        let form = form(secret);
        let form: Vec<(&str, &str)> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
        scene.token_request(TENANT, &form).await
    };
    let secret = made.text("/secretText");
    assert_eq!(ask(secret.clone()).await.status, 200);
    let shown = scene.graph(Method::GET, &path, Value::Null).await;
    assert_eq!(shown.text("/passwordCredentials/0/keyId"), made.text("/keyId"));
    let gone = json!({"keyId": made.text("/keyId")});
    let removed = scene
        .graph(Method::POST, &format!("{path}/removePassword"), gone)
        .await;
    assert_eq!(removed.status, 204);
    assert_eq!(ask(secret).await.aadsts().1, 7_000_215);
}

/// <https://learn.microsoft.com/graph/api/resources/tenantappmanagementpolicy>
#[tokio::test]
async fn the_tenants_policy_is_for_service_principals_too() {
    let scene = Scene::start().await;
    let (_, app_id) = application(&scene, json!({"displayName": "a"})).await;
    let id = principal(&scene, &app_id).await;
    let policy = AppManagementPolicy {
        enabled: true,
        forbid_secrets: true,
        key_max_days: Some(1),
        ..AppManagementPolicy::default()
    };
    scene.world().set_tenant_policy(TENANT, policy).unwrap();
    let path = format!("/servicePrincipals/{id}");
    let secret = scene
        .graph(Method::POST, &format!("{path}/addPassword"), json!({}))
        .await;
    assert_eq!(secret.refusal(), (400, "CredentialTypeNotAllowedAsPerAppPolicy"));
    let keys = json!({"keyCredentials": [Certificate::shared().credential()]});
    let key = scene.graph(Method::PATCH, &path, keys).await;
    assert_eq!(key.refusal(), (400, "CredentialInvalidLifetimeAsPerAppPolicy"));
}

#[tokio::test]
async fn what_took_its_place_keeps_a_deleted_object_from_coming_back() {
    let scene = Scene::start().await;
    let (app, app_id) = application(&scene, json!({"displayName": "a", "uniqueName": "one"})).await;
    let old = principal(&scene, &app_id).await;
    let delete = async |path: String| scene.graph(Method::DELETE, &path, Value::Null).await.status;
    let restore = async |id: &str| {
        let path = format!("/directory/deletedItems/{id}/restore");
        scene.graph(Method::POST, &path, Value::Null).await
    };
    assert_eq!(delete(format!("/servicePrincipals/{old}")).await, 204);
    let new = principal(&scene, &app_id).await;
    let told = restore(&old).await;
    assert_eq!(told.refusal(), (409, "Request_MultipleObjectsWithSameKeyValue"));

    // The one that went with the application comes back with it, and no other.
    assert_eq!(delete(format!("/applications/{app}")).await, 204);
    let (other, _) = application(&scene, json!({"displayName": "b", "uniqueName": "one"})).await;
    let told = restore(&app).await;
    assert_eq!(told.refusal(), (409, "Request_MultipleObjectsWithSameKeyValue"));
    assert_eq!(delete(format!("/applications/{other}")).await, 204);
    let back = restore(&app).await;
    assert_eq!((back.status, &back.body["deletedDateTime"]), (200, &Value::Null));
    let found = scene
        .graph(
            Method::GET,
            &format!("/servicePrincipals(appId='{app_id}')"),
            Value::Null,
        )
        .await;
    assert_eq!(found.text("/id"), new);
}

/// <https://learn.microsoft.com/graph/api/resources/directory#deleted-items>
#[tokio::test]
async fn deleted_objects_are_held_for_thirty_days() {
    const DAY_S: i64 = 24 * 3600;
    let scene = Scene::start().await;
    let (app, _) = application(&scene, json!({"displayName": "a"})).await;
    scene
        .graph(Method::DELETE, &format!("/applications/{app}"), Value::Null)
        .await;
    // A type may be named by the schema's alias.
    for name in ["graph.application", "microsoft.graph.application"] {
        let path = format!("/directory/deletedItems/{name}");
        let list = scene.graph(Method::GET, &path, Value::Null).await;
        assert_eq!(list.text("/value/0/id"), app);
    }
    let item = format!("/directory/deletedItems/{app}");
    scene.world().advance_clock(29 * DAY_S);
    assert_eq!(scene.graph(Method::GET, &item, Value::Null).await.status, 200);
    scene.world().advance_clock(2 * DAY_S);
    assert_eq!(scene.graph(Method::GET, &item, Value::Null).await.status, 404);
    let told = scene
        .graph(Method::POST, &format!("{item}/restore"), Value::Null)
        .await;
    assert_eq!(told.status, 404);
}

#[tokio::test]
async fn who_shows_no_token_is_told_where_to_get_one() {
    let scene = Scene::start().await;
    let told = scene.graph_as("x.y.z", Method::GET, "/me", Value::Null).await;
    assert_eq!(told.status, 401);
    let challenge = told.headers["www-authenticate"].to_str().unwrap();
    let login = &scene.sim.endpoints().login;
    assert!(
        challenge.contains(&format!("authorization_uri=\"{login}/common/oauth2/authorize\"")),
        "{challenge}"
    );
}
