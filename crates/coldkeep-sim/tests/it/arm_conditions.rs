//! Conditions on role assignments as Resource Manager keeps them, and the scope of copies that an account allows
//! (<https://learn.microsoft.com/azure/role-based-access-control/conditions-role-assignments-rest>).

use crate::client::Scene;
use http::Method;
use serde_json::{Value, json};

const CONTRIBUTOR: &str = "ba92f5b4-2d11-453d-a403-e96b0029c9fe";
const READER: &str = "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1";
const FOLDER: &str = "((!(ActionMatches{'Microsoft.Storage/storageAccounts/blobServices/containers/blobs/write'})) OR \
    (@Resource[Microsoft.Storage/storageAccounts/blobServices/containers/blobs:path] StringLike 'x/b/*'))";

struct Place {
    scene: Scene,
    account: String,
    principal: String,
}

impl Place {
    async fn start() -> Self {
        let scene = Scene::start().await;
        let account = scene.world().storage_account("northsource").unwrap();
        let app = scene.world().register_app("northwind.example", "data").unwrap();
        Self {
            account: account.resource_id.clone(),
            principal: app.service_principal_id,
            scene,
        }
    }

    fn path(&self) -> String {
        let name = "33333333-2222-4333-8444-555555555555";
        format!(
            "{}/providers/Microsoft.Authorization/roleAssignments/{name}",
            self.account
        )
    }

    async fn put(&self, role: &str, more: Value) -> crate::client::Reply {
        let mut properties = json!({
            "roleDefinitionId": format!("{}/providers/Microsoft.Authorization/roleDefinitions/{role}", self.account),
            "principalId": self.principal,
            "principalType": "ServicePrincipal",
        });
        for (name, value) in more.as_object().into_iter().flatten() {
            properties[name] = value.clone();
        }
        let body = json!({"properties": properties});
        self.scene.arm(Method::PUT, &self.path(), body).await
    }

    async fn shown(&self) -> (Value, Value) {
        let told = self.scene.arm(Method::GET, &self.path(), Value::Null).await;
        let properties = &told.body["properties"];
        (
            properties["condition"].clone(),
            properties["conditionVersion"].clone(),
        )
    }
}

#[tokio::test]
async fn a_condition_is_kept_as_it_was_written_changed_and_taken_away() {
    let place = Place::start().await;
    let made = place
        .put(
            CONTRIBUTOR,
            json!({"condition": FOLDER, "conditionVersion": "2.0"}),
        )
        .await;
    assert_eq!(made.status, 201, "{made:?}");
    assert_eq!(made.text("/properties/condition"), FOLDER);
    assert_eq!(place.shown().await, (json!(FOLDER), json!("2.0")));
    let other = FOLDER.replace("x/b/*", "y/b/*");
    let changed = place
        .put(
            CONTRIBUTOR,
            json!({"condition": other, "conditionVersion": "2.0"}),
        )
        .await;
    assert_eq!(changed.status, 200);
    assert_eq!(place.shown().await.0, json!(other));
    assert_eq!(place.put(CONTRIBUTOR, json!({})).await.status, 200);
    assert_eq!(place.shown().await, (Value::Null, Value::Null));
}

#[tokio::test]
async fn what_is_no_condition_is_refused_and_gives_nothing() {
    let place = Place::start().await;
    let both = |condition: &str, version: &str| json!({"condition": condition, "conditionVersion": version});
    for bad in [
        json!({"condition": FOLDER}),
        both(FOLDER, "1.0"),
        both(FOLDER, "3.0"),
        both("nonsense", "2.0"),
        both(&FOLDER.replace("blobs:path", "blobs:colour"), "2.0"),
        both(&format!("{FOLDER} OR"), "2.0"),
    ] {
        let told = place.put(CONTRIBUTOR, bad.clone()).await;
        assert_eq!(told.refusal(), (400, "InvalidRoleAssignmentCondition"), "{bad}");
        let message = told.text("/error/message");
        assert!(
            message.starts_with("The given role assignment condition is invalid."),
            "{message}"
        );
    }
    // A condition about what the role does not give.
    let told = place.put(READER, both(FOLDER, "2.0")).await;
    assert_eq!(told.refusal(), (400, "InvalidRoleAssignmentCondition"));
    let told = place.scene.arm(Method::GET, &place.path(), Value::Null).await;
    assert_eq!(told.refusal(), (404, "RoleAssignmentNotFound"));
    assert_eq!(place.put(READER, both("", "2.0")).await.status, 201);
}

/// <https://learn.microsoft.com/azure/storage/common/security-restrict-copy-operations>
#[tokio::test]
async fn an_account_says_from_where_it_may_be_copied_into() {
    let place = Place::start().await;
    let set = async |scope: Value| {
        let body = json!({"properties": {"allowedCopyScope": scope}});
        place.scene.arm(Method::PATCH, &place.account, body).await
    };
    let shown = async || {
        let told = place.scene.arm(Method::GET, &place.account, Value::Null).await;
        told.body["properties"]["allowedCopyScope"].clone()
    };
    assert_eq!(shown().await, Value::Null);
    for scope in ["AAD", "PrivateLink"] {
        assert_eq!(set(json!(scope)).await.status, 200);
        assert_eq!(shown().await, json!(scope));
    }
    assert_eq!(set(json!("Anywhere")).await.status, 400);
    assert_eq!(set(Value::Null).await.status, 200);
    assert_eq!(shown().await, Value::Null);
}
