//! What a right at one place lets its holder do to what belongs to several, what is seen of groups, and what Resource Manager
//! and Blob Storage tell each other.

use crate::client::{Reply, STORAGE, SUBSCRIPTION, Scene};
use http::Method;
use serde_json::{Value, json};

const ROLE: &str = "11111111-2222-4333-8444-555555555555";

fn group(name: &str) -> String {
    format!("/subscriptions/{SUBSCRIPTION}/resourceGroups/{name}")
}

fn role(scopes: &[String]) -> Value {
    json!({"properties": {
        "roleName": "of a test", "permissions": [{"actions": ["*"]}], "assignableScopes": scopes,
    }})
}

async fn another_group(scene: &Scene) -> String {
    let id = group("more");
    let made = scene
        .arm(Method::PUT, &id, json!({"location": "westeurope"}))
        .await;
    assert_eq!(made.status, 201);
    id
}

/// The token of an application that owns a group.
fn owner_of(scene: &Scene, group: &str) -> String {
    let app = scene.world().register_app("northwind.example", "owner").unwrap();
    scene
        .world()
        .grant(&app.service_principal_id, "Owner", group)
        .unwrap();
    let principal = scene.world().principal(&app.app_id).unwrap();
    scene
        .world()
        .token_for(&principal, "https://management.azure.com")
        .unwrap()
}

/// <https://learn.microsoft.com/azure/role-based-access-control/custom-roles>
#[tokio::test]
async fn a_role_belongs_to_all_places_where_it_can_be_assigned() {
    let scene = Scene::start().await;
    let (source, more) = (group("backup-source"), another_group(&scene).await);
    let owner = owner_of(&scene, &source);
    let at = |scope: &str| format!("{scope}/providers/Microsoft.Authorization/roleDefinitions/{ROLE}");
    let both = role(&[source.clone(), more]);
    let made = scene.arm(Method::PUT, &at(&source), both).await;
    assert_eq!(made.status, 201, "{made:?}");
    let narrowed = role(std::slice::from_ref(&source));
    let told = scene
        .arm_as(&owner, Method::PUT, &at(&source), narrowed.clone())
        .await;
    assert_eq!(told.refusal(), (403, "AuthorizationFailed"));
    let told = scene
        .arm_as(&owner, Method::DELETE, &at(&source), Value::Null)
        .await;
    assert_eq!(told.refusal(), (403, "AuthorizationFailed"));
    // Once it is the group's alone, the group's owner may.
    scene.arm(Method::PUT, &at(&source), narrowed).await;
    let gone = scene
        .arm_as(&owner, Method::DELETE, &at(&source), Value::Null)
        .await;
    assert_eq!(gone.status, 200);
}

#[tokio::test]
async fn groups_are_listed_to_who_may_see_them() {
    let scene = Scene::start().await;
    let owner = owner_of(&scene, &group("backup-source"));
    another_group(&scene).await;
    let all = format!("/subscriptions/{SUBSCRIPTION}/resourcegroups");
    let seen = scene.arm_as(&owner, Method::GET, &all, Value::Null).await;
    let names: Vec<_> = seen.body["value"]
        .as_array()
        .unwrap()
        .iter()
        .map(|g| &g["name"])
        .collect();
    assert_eq!(names, ["backup-source"]);
    let stranger = owner_of(&scene, &format!("{}x", group("none")));
    let told = scene.arm_as(&stranger, Method::GET, &all, Value::Null).await;
    assert_eq!(told.refusal(), (403, "AuthorizationFailed"));
}

/// <https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules#microsoftresources>
#[tokio::test]
async fn groups_have_names_of_a_kind_and_are_not_made_by_changing_them() {
    let scene = Scene::start().await;
    let body = || json!({"location": "westeurope"});
    for bad in ["bad%20name!".to_owned(), "dot.".to_owned(), "x".repeat(91)] {
        let told = scene.arm(Method::PUT, &group(&bad), body()).await;
        assert_eq!(told.refusal(), (400, "InvalidResourceGroup"), "{bad}");
    }
    let told = scene.arm(Method::PATCH, &group("none"), body()).await;
    assert_eq!(told.refusal(), (404, "ResourceGroupNotFound"));
    let path = format!("{}/resources", group("none"));
    let told = scene.arm(Method::GET, &path, Value::Null).await;
    assert_eq!(told.refusal(), (404, "ResourceGroupNotFound"));
}

/// A PUT at account `northsource` by an owner of its data.
async fn put_blob(scene: &Scene, path: &str, headers: &[(&str, &str)]) -> Reply {
    let world = scene.world();
    let app = world.register_app("northwind.example", "data").unwrap();
    let account = world.storage_account("northsource").unwrap();
    let role = "Storage Blob Data Owner";
    world
        .grant(&app.service_principal_id, role, &account.resource_id)
        .unwrap();
    let principal = world.principal(&app.app_id).unwrap();
    let token = world.token_for(&principal, STORAGE).unwrap();
    let blob = world.endpoints().blob.replace("{account}", "northsource");
    let mut request = http::Request::put(format!("{blob}/{path}"))
        .header("authorization", format!("Bearer {token}"))
        .header("x-ms-version", "2024-08-04")
        .header("content-length", "0");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    scene
        .send(request.body(Default::default()).unwrap())
        .await
        .unwrap()
}

/// <https://learn.microsoft.com/azure/storage/blobs/access-tiers-overview#default-account-access-tier-setting>
#[tokio::test]
async fn blobs_without_a_tier_have_the_accounts() {
    let scene = Scene::start().await;
    let account = scene.world().storage_account("northsource").unwrap();
    let tier = |tier: &str| json!({"properties": {"accessTier": tier}});
    let set = scene.arm(Method::PATCH, &account.resource_id, tier("Cool")).await;
    assert_eq!(set.status, 200);
    scene.world().blobs_in("northsource", "tiers");
    let put = put_blob(&scene, "tiers/a", &[("x-ms-blob-type", "BlockBlob")]).await;
    assert_eq!(put.status, 201);
    let blob = scene.world().blobs_in("northsource", "tiers").get("a").unwrap();
    assert_eq!(blob.tier, "Cool");
    let told = scene.arm(Method::PATCH, &account.resource_id, tier("Foo")).await;
    assert_eq!(told.status, 400);
}

/// <https://learn.microsoft.com/azure/storage/common/storage-redundancy#read-access-to-data-in-the-secondary-region>
#[tokio::test]
async fn an_account_with_a_second_region_says_where_it_is() {
    let scene = Scene::start().await;
    let account = scene.world().storage_account("northsource").unwrap();
    let sku = json!({"sku": {"name": "Standard_RAGRS"}});
    let told = scene.arm(Method::PATCH, &account.resource_id, sku).await;
    assert_eq!(told.text("/properties/secondaryLocation"), "northeurope");
    let endpoint = told.text("/properties/secondaryEndpoints/blob");
    assert!(endpoint.contains("northsource-secondary"), "{endpoint}");
}

#[tokio::test]
async fn a_leased_container_is_not_deleted() {
    let scene = Scene::start().await;
    let account = scene.world().storage_account("northsource").unwrap();
    let path = account.container_id("leased");
    assert_eq!(scene.arm(Method::PUT, &path, json!({})).await.status, 201);
    let lease = [("x-ms-lease-action", "acquire"), ("x-ms-lease-duration", "-1")];
    let leased = put_blob(&scene, "leased?comp=lease&restype=container", &lease).await;
    assert_eq!(leased.status, 201);
    let shown = scene.arm(Method::GET, &path, Value::Null).await;
    let shown =
        ["leaseStatus", "leaseState", "leaseDuration"].map(|name| shown.text(&format!("/properties/{name}")));
    assert_eq!(shown, ["Locked", "Leased", "Infinite"]);
    let told = scene.arm(Method::DELETE, &path, Value::Null).await;
    assert_eq!(told.refusal(), (412, "LeaseIdMissing"));
}

#[tokio::test]
async fn who_shows_no_token_learns_the_subscriptions_tenant() {
    let scene = Scene::start().await;
    let path = format!("/subscriptions/{SUBSCRIPTION}");
    let told = scene.arm_as("x.y.z", Method::GET, &path, Value::Null).await;
    let challenge = told.headers["www-authenticate"].to_str().unwrap();
    assert!(challenge.contains(crate::client::TENANT), "{challenge}");
}
