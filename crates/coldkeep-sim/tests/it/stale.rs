//! Replicas that disagree: what is there at one request is not there at the next. And secrets that never end.

use crate::{
    certificate::Certificate,
    client::{Reply, SUBSCRIPTION, Scene, TENANT},
};
use coldkeep_sim::world::faults::{Action, Fault};
use http::Method;
use serde_json::{Value, json};

impl Scene {
    /// The next request to the service is answered by a replica that lags an hour behind.
    fn lags(&self, service: &str) {
        let stale = Fault::new(Action::Stale { seconds: 3600 }).service(service);
        self.world().faults().add(stale.after(0, 1));
    }

    async fn get(&self, path: &str) -> Reply {
        self.graph(Method::GET, path, Value::Null).await
    }
}

#[tokio::test]
async fn a_lagging_replica_knows_no_application_that_is_there_before_and_after() {
    let scene = Scene::start().await;
    let body = json!({"body": {"displayName": "new"}, "prefer": "create-if-missing"});
    let by_name = "/applications(uniqueName='new-one')";
    let made = scene.graph(Method::PATCH, by_name, body.clone()).await;
    assert_eq!(made.status, 201, "{made:?}");
    let path = format!("/applications/{}?$select=keyCredentials", made.text("/id"));
    assert_eq!(scene.get(&path).await.status, 200);
    scene.lags("graph");
    assert_eq!(
        scene.get(&path).await.refusal(),
        (404, "Request_ResourceNotFound")
    );
    assert_eq!(scene.get(&path).await.status, 200);

    scene.lags("graph");
    let again = scene.graph(Method::PATCH, by_name, body).await;
    assert_eq!(
        again.refusal(),
        (409, "Request_MultipleObjectsWithSameKeyValue"),
        "nothing is made twice"
    );
    let app_id = made.text("/appId");
    let principal = json!({"appId": app_id});
    scene.lags("graph");
    let early = scene
        .graph(Method::POST, "/servicePrincipals", principal.clone())
        .await;
    assert_eq!(early.refusal(), (400, "Request_BadRequest"));
    let principal = scene.graph(Method::POST, "/servicePrincipals", principal).await;
    assert_eq!(principal.status, 201);
    scene.lags("graph");
    let path = format!("/servicePrincipals(appId='{app_id}')");
    assert_eq!(scene.get(&path).await.status, 404);
    assert_eq!(scene.get(&path).await.status, 200);
}

#[tokio::test]
async fn it_knows_no_new_credential_and_entra_takes_none_of_it() {
    let scene = Scene::start().await;
    let app = scene.world().register_app(TENANT, "old").unwrap();
    let keys = format!("/applications/{}?$select=keyCredentials", app.object_id);
    let body = json!({"keyCredentials": [Certificate::shared().credential()]});
    let path = format!("/applications/{}", app.object_id);
    assert_eq!(scene.graph(Method::PATCH, &path, body).await.status, 204);
    let count = |reply: Reply| reply.body["keyCredentials"].as_array().unwrap().len();
    assert_eq!(count(scene.get(&keys).await), 1);
    scene.lags("graph");
    assert_eq!(count(scene.get(&keys).await), 0);
    assert_eq!(count(scene.get(&keys).await), 1);

    let made = scene
        .graph(Method::POST, &format!("{path}/addPassword"), json!({}))
        .await;
    let secret = made.text("/secretText");
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", app.app_id.as_str()),
        ("client_secret", &secret),
        ("scope", "https://storage.azure.com/.default"),
    ];
    assert_eq!(scene.token_request(TENANT, &form).await.status, 200);
    scene.lags("login");
    assert_eq!(scene.token_request(TENANT, &form).await.aadsts().1, 7_000_215);
    assert_eq!(scene.token_request(TENANT, &form).await.status, 200);
}

#[tokio::test]
async fn it_knows_no_new_role_and_no_new_assignment() {
    let scene = Scene::start().await;
    let app = scene.world().register_app(TENANT, "old").unwrap();
    let scope = format!("/subscriptions/{SUBSCRIPTION}");
    let at = |kind: &str| {
        format!(
            "{scope}/providers/Microsoft.Authorization/{kind}/11111111-2222-4333-8444-555555555555?api-version=2022-04-01"
        )
    };
    let role = json!({"properties": {"roleName": "ours", "assignableScopes": [scope],
        "permissions": [{"actions": ["Microsoft.Storage/storageAccounts/read"]}]}});
    assert_eq!(
        scene.arm(Method::PUT, &at("roleDefinitions"), role).await.status,
        201
    );
    scene.lags("arm");
    assert_eq!(
        scene
            .arm(Method::GET, &at("roleDefinitions"), Value::Null)
            .await
            .status,
        404
    );
    let assignment = json!({"properties": {"principalId": app.service_principal_id, "principalType": "ServicePrincipal",
        "roleDefinitionId": at("roleDefinitions").split('?').next()}});
    scene.lags("arm");
    let early = scene
        .arm(Method::PUT, &at("roleAssignments"), assignment.clone())
        .await;
    assert_eq!(early.refusal().1, "RoleDefinitionDoesNotExist");
    assert_eq!(
        scene
            .arm(Method::PUT, &at("roleAssignments"), assignment)
            .await
            .status,
        201
    );
    scene.lags("arm");
    assert_eq!(
        scene
            .arm(Method::GET, &at("roleAssignments"), Value::Null)
            .await
            .status,
        404
    );
    scene.lags("arm");
    let unheard_of = scene
        .arm(Method::DELETE, &at("roleAssignments"), Value::Null)
        .await;
    assert_eq!(unheard_of.status, 204, "and is still there");
    assert_eq!(
        scene
            .arm(Method::DELETE, &at("roleAssignments"), Value::Null)
            .await
            .status,
        200
    );
}

#[tokio::test]
async fn a_secret_that_never_ends_ends_in_the_last_second_of_9999() {
    const NEVER: &str = "9999-12-31T23:59:59Z";
    let scene = Scene::start().await;
    let app = scene.world().register_app(TENANT, "old").unwrap();
    let path = format!("/applications/{}", app.object_id);
    let request = json!({"passwordCredential": {"displayName": "for ever", "endDateTime": NEVER}});
    let made = scene
        .graph(Method::POST, &format!("{path}/addPassword"), request)
        .await;
    assert_eq!((made.status, made.text("/endDateTime")), (200, NEVER.into()));
    let listed = scene.get(&format!("{path}?$select=passwordCredentials")).await;
    assert_eq!(listed.text("/passwordCredentials/1/endDateTime"), NEVER);
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", app.app_id.as_str()),
        ("client_secret", &made.text("/secretText")),
        ("scope", "https://storage.azure.com/.default"),
    ];
    assert_eq!(scene.token_request(TENANT, &form).await.status, 200);
}
