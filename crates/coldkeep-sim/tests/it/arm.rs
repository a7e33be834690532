//! Finding storage and granting rights over Resource Manager.

use crate::client::{Reply, SUBSCRIPTION, Scene};
use coldkeep_sim::{Options, world::RegisteredApp};
use http::Method;
use serde_json::{Value, json};

const READER: &str = "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1";
const ROLE: &str = "11111111-2222-4333-8444-555555555555";
const NAME: &str = "aaaaaaaa-2222-4333-8444-555555555555";
const BLOBS: &str = "Microsoft.Storage/storageAccounts/blobServices/containers/blobs";
const KEY: &str = "Microsoft.Storage/storageAccounts/blobServices/generateUserDelegationKey/action";

fn account_id() -> String {
    format!(
        "/subscriptions/{SUBSCRIPTION}/resourceGroups/backup-source/providers/Microsoft.Storage/storageAccounts/northsource"
    )
}

fn role(name: &str, data_actions: &[&str]) -> Value {
    json!({"properties": {
        "roleName": name,
        "description": "for a test",
        "type": "CustomRole",
        "permissions": [{"actions": [KEY], "notActions": [], "dataActions": data_actions, "notDataActions": []}],
        "assignableScopes": [format!("/subscriptions/{SUBSCRIPTION}")],
    }})
}

fn role_path(name: &str) -> String {
    format!("/subscriptions/{SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions/{name}")
}

async fn assign(scene: &Scene, scope: &str, name: &str, role: &str, principal: &str) -> Reply {
    let body = json!({"properties": {
        "roleDefinitionId": role_path(role), "principalId": principal, "principalType": "ServicePrincipal",
    }});
    scene
        .arm(
            Method::PUT,
            &format!("{scope}/providers/Microsoft.Authorization/roleAssignments/{name}"),
            body,
        )
        .await
}

fn app_without_rights(scene: &Scene) -> RegisteredApp {
    scene.world().register_app("northwind.example", "app").unwrap()
}

#[tokio::test]
async fn lists_come_in_pages() {
    let scene = Scene::with(Options {
        arm_page_size: 1,
        ..Options::default()
    })
    .await;
    let first = scene.arm(Method::GET, "/subscriptions", Value::Null).await;
    assert_eq!(first.body["value"].as_array().unwrap().len(), 1);
    let second = scene.follow(&first.text("/nextLink")).await;
    assert_ne!(first.text("/value/0/id"), second.text("/value/0/id"));
    assert!(second.body.get("nextLink").is_none());
    let tenants = scene.arm(Method::GET, "/tenants", Value::Null).await;
    assert_eq!(tenants.text("/value/0/displayName"), "Northwind");
}

#[tokio::test]
async fn accounts_and_containers_are_found() {
    let scene = Scene::start().await;
    let path = format!("/subscriptions/{SUBSCRIPTION}/providers/Microsoft.Storage/storageAccounts");
    let found = scene.arm(Method::GET, &path, Value::Null).await;
    assert_eq!(found.text("/value/0/id"), account_id());
    let blob = scene.sim.endpoints().blob.replace("{account}", "northsource");
    assert_eq!(
        found.text("/value/0/properties/primaryEndpoints/blob"),
        format!("{blob}/")
    );
    let keys = scene
        .arm(Method::POST, &format!("{}/listKeys", account_id()), Value::Null)
        .await;
    assert_eq!(
        Some(keys.text("/keys/0/value")),
        scene.world().account_key("northsource")
    );

    let container = format!("{}/blobServices/default/containers/data", account_id());
    let missing = scene.arm(Method::GET, &container, Value::Null).await;
    assert_eq!(missing.refusal(), (404, "ContainerNotFound"));
    assert_eq!(scene.arm(Method::PUT, &container, json!({})).await.status, 201);
    assert_eq!(scene.arm(Method::PUT, &container, json!({})).await.status, 200);
    let all = scene
        .arm(Method::GET, container.trim_end_matches("/data"), Value::Null)
        .await;
    assert_eq!(all.text("/value/0/id"), container);

    let service = format!("{}/blobServices/default", account_id());
    let on = json!({"properties": {"isVersioningEnabled": true}});
    let changed = scene.arm(Method::PUT, &service, on).await;
    assert_eq!(changed.body["properties"]["isVersioningEnabled"], true);
    assert!(scene.world().storage_account("northsource").unwrap().versioning);
}

#[tokio::test]
async fn a_stranger_learns_and_changes_nothing() {
    let scene = Scene::start().await;
    let app = app_without_rights(&scene);
    let principal = scene.world().principal(&app.app_id).unwrap();
    let token = scene
        .world()
        .token_for(&principal, "https://management.azure.com/")
        .unwrap();
    let none = scene
        .arm_as(&token, Method::GET, "/subscriptions", Value::Null)
        .await;
    assert_eq!(none.body["value"], json!([]));
    let refused = scene
        .arm_as(&token, Method::GET, &account_id(), Value::Null)
        .await;
    assert_eq!(refused.refusal(), (403, "AuthorizationFailed"));
    assert!(
        refused
            .text("/error/message")
            .contains("Microsoft.Storage/storageAccounts/read")
    );
    let wrong = scene
        .world()
        .token_for(&principal, "https://storage.azure.com")
        .unwrap();
    let refused = scene
        .arm_as(&wrong, Method::GET, "/subscriptions", Value::Null)
        .await;
    assert_eq!(refused.refusal(), (401, "InvalidAuthenticationTokenAudience"));
    assert!(refused.headers.contains_key("www-authenticate"));
}

#[tokio::test]
async fn custom_roles_are_checked_and_kept() {
    let scene = Scene::start().await;
    let read = format!("{BLOBS}/read");
    let misplaced = scene.arm(Method::PUT, &role_path(ROLE), role("r", &[KEY])).await;
    assert_eq!(misplaced.refusal(), (400, "InvalidDataActionOrNotDataAction"));
    let made = scene
        .arm(Method::PUT, &role_path(ROLE), role("Reads blobs", &[&read]))
        .await;
    assert_eq!(made.status, 201, "{made:?}");
    let same_name = scene
        .arm(Method::PUT, &role_path(NAME), role("Reads blobs", &[&read]))
        .await;
    assert_eq!(same_name.refusal(), (409, "RoleDefinitionWithSameNameExists"));
    let list = format!(
        "{}?$filter=roleName%20eq%20'Reads%20blobs'",
        role_path("").trim_end_matches('/')
    );
    let found = scene.arm(Method::GET, &list, Value::Null).await;
    assert_eq!(found.body["value"].as_array().unwrap().len(), 1);
    assert_eq!(found.text("/value/0/name"), ROLE);
    let builtin = scene.arm(Method::GET, &role_path(READER), Value::Null).await;
    assert_eq!(builtin.text("/properties/roleName"), "Storage Blob Data Reader");

    let app = app_without_rights(&scene);
    let scope = account_id();
    assert_eq!(
        assign(&scene, &scope, NAME, ROLE, &app.service_principal_id)
            .await
            .status,
        201
    );
    let used = scene.arm(Method::DELETE, &role_path(ROLE), Value::Null).await;
    assert_eq!(used.refusal(), (400, "RoleDefinitionHasAssignments"));
    let assignment = format!("{scope}/providers/Microsoft.Authorization/roleAssignments/{NAME}");
    assert_eq!(
        scene.arm(Method::DELETE, &assignment, Value::Null).await.status,
        200
    );
    assert_eq!(
        scene.arm(Method::DELETE, &assignment, Value::Null).await.status,
        204
    );
    assert_eq!(
        scene
            .arm(Method::DELETE, &role_path(ROLE), Value::Null)
            .await
            .status,
        200
    );
    assert_eq!(
        scene
            .arm(Method::DELETE, &role_path(ROLE), Value::Null)
            .await
            .status,
        204
    );
}

#[tokio::test]
async fn an_assignment_gives_exactly_its_role_at_its_scope() {
    let scene = Scene::start().await;
    for name in ["data", "other"] {
        scene
            .world()
            .blobs
            .create_container("northsource", name, scene.world().now());
    }
    let app = app_without_rights(&scene);
    let principal = scene.world().principal(&app.app_id).unwrap();
    let container = format!("{}/blobServices/default/containers/data", account_id());
    let may = |scope: &str, action: &str, data: bool| scene.world().may(&principal, scope, action, data);
    let read = format!("{BLOBS}/read");
    assert!(!may(&container, &read, true));
    assert_eq!(
        assign(&scene, &container, NAME, READER, &app.service_principal_id)
            .await
            .status,
        201
    );
    assert!(may(&container, &read, true));
    assert!(!may(&container, &format!("{BLOBS}/write"), true));
    assert!(!may(&container.replace("data", "other"), &read, true));
    assert!(
        !may(&account_id(), KEY, false),
        "asked for at the account, given at a container"
    );

    let same = assign(&scene, &container, NAME, READER, &app.service_principal_id).await;
    assert_eq!(same.status, 200);
    let twice = assign(&scene, &container, ROLE, READER, &app.service_principal_id).await;
    assert_eq!(twice.refusal(), (409, "RoleAssignmentExists"));
    let other = app_without_rights(&scene);
    let taken = assign(&scene, &container, NAME, READER, &other.service_principal_id).await;
    assert_eq!(taken.refusal(), (400, "RoleAssignmentUpdateNotPermitted"));
    let unknown = assign(&scene, &container, ROLE, READER, NAME).await;
    assert_eq!(unknown.refusal(), (400, "PrincipalNotFound"));
    let no_role = assign(&scene, &container, ROLE, NAME, &app.service_principal_id).await;
    assert_eq!(no_role.refusal(), (404, "RoleDefinitionDoesNotExist"));
    let nowhere = assign(
        &scene,
        &container.replace("data", "nope"),
        ROLE,
        READER,
        &app.service_principal_id,
    )
    .await;
    assert_eq!(nowhere.refusal(), (404, "ResourceNotFound"));

    let list = format!(
        "{container}/providers/Microsoft.Authorization/roleAssignments?$filter=principalId%20eq%20'{}'",
        app.service_principal_id
    );
    let listed = scene.arm(Method::GET, &list, Value::Null).await;
    assert_eq!(listed.body["value"].as_array().unwrap().len(), 1);
    let permissions = format!("{}/providers/Microsoft.Authorization/permissions", account_id());
    let mine = scene.arm(Method::GET, &permissions, Value::Null).await;
    assert_eq!(mine.body["value"][0]["actions"], json!(["*"]));
}

#[tokio::test]
async fn an_assignment_works_after_the_replication_lag() {
    let scene = Scene::start().await;
    let app = app_without_rights(&scene);
    let principal = scene.world().principal(&app.app_id).unwrap();
    scene.world().set_replication_lag(30);
    assert_eq!(
        assign(&scene, &account_id(), NAME, READER, &app.service_principal_id)
            .await
            .status,
        201
    );
    let may = || {
        scene
            .world()
            .may(&principal, &account_id(), &format!("{BLOBS}/read"), true)
    };
    assert!(!may());
    scene.world().advance_clock(30);
    assert!(may());
}

#[tokio::test]
async fn a_disabled_subscription_is_looked_at_and_not_changed() {
    let scene = Scene::start().await;
    scene
        .world()
        .set_subscription_state(SUBSCRIPTION, "Disabled")
        .unwrap();
    assert_eq!(
        scene.arm(Method::GET, &account_id(), Value::Null).await.status,
        200
    );
    let tags = json!({"tags": {"a": "b"}});
    let refused = scene.arm(Method::PATCH, &account_id(), tags).await;
    assert_eq!(refused.refusal(), (409, "ReadOnlyDisabledSubscription"));
    let keys = format!("{}/listKeys", account_id());
    assert_eq!(scene.arm(Method::POST, &keys, Value::Null).await.status, 200);
}
