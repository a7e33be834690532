//! Applications and service principals over Graph.

use crate::{
    certificate::Certificate,
    client::{Reply, Scene, TENANT},
};
use http::Method;
use serde_json::{Value, json};

const BY_NAME: &str = "/applications(uniqueName='coldkeep-1')";

async fn keys_of(scene: &Scene, id: &str) -> Value {
    let path = format!("/applications/{id}?$select=id,keyCredentials");
    scene.graph(Method::GET, &path, Value::Null).await.body["keyCredentials"].clone()
}

async fn put_keys(scene: &Scene, id: &str, keys: Value) -> Reply {
    scene
        .graph(
            Method::PATCH,
            &format!("/applications/{id}"),
            json!({"keyCredentials": keys}),
        )
        .await
}

#[tokio::test]
async fn an_upsert_makes_one_application_however_often_it_is_sent() {
    let scene = Scene::start().await;
    let body =
        json!({"displayName": "Coldkeep", "signInAudience": "AzureADMyOrg", "notes": "made by a test"});
    let plain = scene.graph(Method::PATCH, BY_NAME, body.clone()).await;
    assert_eq!(plain.refusal(), (404, "Request_ResourceNotFound"));
    assert!(plain.body["error"]["innerError"]["request-id"].is_string());
    let made = scene
        .graph(Method::PATCH, BY_NAME, json!({"prefer": "", "body": body}))
        .await;
    assert_eq!(made.status, 201);
    assert_eq!(made.text("/uniqueName"), "coldkeep-1");
    let again = scene
        .graph(Method::PATCH, BY_NAME, json!({"prefer": "", "body": body}))
        .await;
    assert_eq!(again.status, 204);
    let found = scene
        .graph(
            Method::GET,
            "/applications?$filter=displayName%20eq%20'Coldkeep'",
            Value::Null,
        )
        .await;
    assert_eq!(found.body["value"].as_array().unwrap().len(), 1);
    let by_id = scene
        .graph(
            Method::GET,
            &format!("/applications(appId='{}')", made.text("/appId")),
            Value::Null,
        )
        .await;
    assert_eq!(by_id.text("/notes"), "made by a test");
    let bad = scene.graph(Method::PATCH, BY_NAME, json!({"notse": "x"})).await;
    assert_eq!(bad.refusal(), (400, "Request_BadRequest"));
}

#[tokio::test]
async fn a_service_principal_is_made_once_and_goes_with_its_application() {
    let scene = Scene::start().await;
    let app = scene
        .graph(Method::POST, "/applications", json!({"displayName": "a"}))
        .await;
    let request = json!({"appId": app.body["appId"]});
    let made = scene
        .graph(Method::POST, "/servicePrincipals", request.clone())
        .await;
    assert_eq!(made.status, 201);
    let twice = scene.graph(Method::POST, "/servicePrincipals", request).await;
    assert_eq!(twice.refusal(), (409, "Request_MultipleObjectsWithSameKeyValue"));
    let unknown = json!({"appId": "00000000-0000-0000-0000-000000000001"});
    let unknown = scene.graph(Method::POST, "/servicePrincipals", unknown).await;
    assert_eq!(unknown.refusal(), (400, "Request_BadRequest"));

    let path = format!("/applications/{}", app.text("/id"));
    assert_eq!(scene.graph(Method::DELETE, &path, Value::Null).await.status, 204);
    let by_app = format!("/servicePrincipals(appId='{}')", app.text("/appId"));
    assert_eq!(scene.graph(Method::GET, &by_app, Value::Null).await.status, 404);
    let deleted = scene
        .graph(
            Method::GET,
            "/directory/deletedItems/microsoft.graph.application",
            Value::Null,
        )
        .await;
    assert_eq!(deleted.text("/value/0/id"), app.text("/id"));
    let item = format!("/directory/deletedItems/{}", app.text("/id"));
    let restored = scene
        .graph(Method::POST, &format!("{item}/restore"), Value::Null)
        .await;
    assert_eq!(restored.status, 200);
    assert_eq!(scene.graph(Method::GET, &by_app, Value::Null).await.status, 200);
    scene.graph(Method::DELETE, &path, Value::Null).await;
    assert_eq!(scene.graph(Method::DELETE, &item, Value::Null).await.status, 204);
    assert_eq!(scene.graph(Method::DELETE, &item, Value::Null).await.status, 404);
}

#[tokio::test]
async fn key_credentials_are_replaced_as_a_whole() {
    let scene = Scene::start().await;
    let app = scene
        .graph(Method::POST, "/applications", json!({"displayName": "a"}))
        .await;
    let id = app.text("/id");
    let certificate = Certificate::shared();
    assert_eq!(
        put_keys(&scene, &id, json!([certificate.credential()]))
            .await
            .status,
        204
    );
    let list = scene.graph(Method::GET, "/applications", Value::Null).await;
    assert_eq!(
        list.body["value"][0]["keyCredentials"][0]["key"],
        Value::Null,
        "lists give no certificates"
    );
    let first = keys_of(&scene, &id).await[0].clone();
    assert_eq!(first["key"], certificate.credential()["key"]);

    let other = Certificate::make(2030);
    assert_eq!(
        put_keys(&scene, &id, json!([first, other.credential()]))
            .await
            .status,
        204
    );
    assert_eq!(keys_of(&scene, &id).await.as_array().unwrap().len(), 2);
    let mut changed = first.clone();
    changed["endDateTime"] = json!("2030-01-01T00:00:00Z");
    let refused = put_keys(&scene, &id, json!([changed])).await;
    assert!(
        refused
            .text("/error/message")
            .starts_with("Update to existing credential with KeyId")
    );

    assert_eq!(put_keys(&scene, &id, json!([first])).await.status, 204);
    assert_eq!(
        keys_of(&scene, &id).await.as_array().unwrap().len(),
        1,
        "what is left out is gone"
    );
    let with = |name: &str, value: &str| {
        let mut credential = other.credential();
        credential[name] = json!(value);
        json!([credential])
    };
    let late = put_keys(&scene, &id, with("endDateTime", "2031-06-01T00:00:00Z")).await;
    assert_eq!(late.refusal(), (400, "KeyCredentialsInvalidEndDate"));
    assert_eq!(put_keys(&scene, &id, with("usage", "verify")).await.status, 400);
    assert_eq!(put_keys(&scene, &id, with("key", "AAAA")).await.status, 400);
    assert_eq!(keys_of(&scene, &id).await.as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn secrets_are_shown_once() {
    let scene = Scene::start().await;
    let app = scene
        .graph(Method::POST, "/applications", json!({"displayName": "a"}))
        .await;
    let path = format!("/applications/{}", app.text("/id"));
    let request = json!({"passwordCredential": {"displayName": "for a test"}});
    let made = scene
        .graph(Method::POST, &format!("{path}/addPassword"), request)
        .await;
    assert!(made.text("/secretText").len() >= 16);
    let seen = scene.graph(Method::GET, &path, Value::Null).await;
    assert_eq!(seen.body["passwordCredentials"][0]["secretText"], Value::Null);
    let key_id = json!({"keyId": made.body["keyId"]});
    let removed = scene
        .graph(Method::POST, &format!("{path}/removePassword"), key_id.clone())
        .await;
    assert_eq!(removed.status, 204);
    assert_eq!(
        scene
            .graph(Method::POST, &format!("{path}/removePassword"), key_id)
            .await
            .status,
        400
    );
    let set = scene
        .graph(Method::PATCH, &path, json!({"passwordCredentials": []}))
        .await;
    assert_eq!(set.status, 400);
}

#[tokio::test]
async fn people_see_the_tenant_and_applications_see_nothing() {
    let scene = Scene::start().await;
    let tenant = scene
        .graph(
            Method::GET,
            "/organization?$select=id,displayName,verifiedDomains",
            Value::Null,
        )
        .await;
    assert_eq!(tenant.text("/value/0/id"), TENANT);
    assert_eq!(
        tenant.text("/value/0/verifiedDomains/0/name"),
        "northwind.example"
    );
    let app = scene.world().ready_app().unwrap();
    let principal = scene.world().principal(&app.app_id).unwrap();
    let token = scene
        .world()
        .token_for(&principal, "https://graph.microsoft.com")
        .unwrap();
    let me = scene.graph_as(&token, Method::GET, "/me", Value::Null).await;
    assert_eq!(me.refusal(), (400, "BadRequest"));
    let make = scene
        .graph_as(&token, Method::POST, "/applications", json!({"displayName": "x"}))
        .await;
    assert_eq!(make.refusal(), (403, "Authorization_RequestDenied"));
    let wrong = scene
        .world()
        .token_for(&principal, "https://storage.azure.com")
        .unwrap();
    let refused = scene
        .graph_as(&wrong, Method::GET, "/organization", Value::Null)
        .await;
    assert_eq!(refused.refusal(), (401, "InvalidAuthenticationToken"));
}

#[tokio::test]
async fn a_query_that_means_nothing_is_refused() {
    let scene = Scene::start().await;
    let ask = |path: &'static str| scene.policy_graph(path);
    for (path, code) in [
        ("/applications?$select=id,foo", "BadRequest"),
        ("/users?$select=appId", "BadRequest"),
        ("/me?$select=roleTemplateId", "BadRequest"),
        ("/me/ownedObjects?$select=foo", "BadRequest"),
        ("/applications?$foo=1", "Request_BadRequest"),
        ("/applications?$expand=owners", "Request_UnsupportedQuery"),
        (
            "/roleManagement/directory/roleAssignments?$expand=principal",
            "Request_UnsupportedQuery",
        ),
    ] {
        assert_eq!(ask(path).await.refusal(), (400, code), "{path}");
    }
    for path in [
        "/applications?$select=verifiedPublisher,web/redirectUris",
        "/me?$select=*",
        "/me/ownedObjects?$select=appId,userPrincipalName",
        "/roleManagement/directory/roleAssignments?$expand=roleDefinition",
        "/organization?own=1",
    ] {
        assert_eq!(ask(path).await.status, 200, "{path}");
    }
}
