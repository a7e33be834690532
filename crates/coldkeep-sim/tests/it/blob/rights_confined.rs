//! Roles that are given under a condition: what it confines, and what it leaves alone
//! (<https://learn.microsoft.com/azure/storage/blobs/storage-auth-abac-examples>).

use super::client::{Ask, Lab, TARGET};
use super::signatures::service_sas;
use coldkeep_sim::blobs::Seed;

const MISMATCH: &str = "AuthorizationPermissionMismatch";
const READ: &str = "containers/blobs/read";
const ADD: &str = "containers/blobs/add/action";
const WRITE: &str = "containers/blobs/write";
const FOLDER: &str = "(!(ActionMatches{'~/containers/blobs/write'}) OR \
                      @Resource[~/containers/blobs:path] StringLike 'x/b/*')";

fn at(name: &str) -> String {
    format!("/northtarget/data/{name}")
}

#[tokio::test]
async fn writing_is_confined_to_a_folder_and_creating_is_not() {
    let lab = Lab::start().await;
    let token = lab.token_for(&[READ, ADD, WRITE], &lab.data(TARGET), Some(FOLDER));
    let block = |name: &str| {
        Ask::put(at(name) + "?comp=block&blockid=QUFB")
            .body("x")
            .token(&token)
    };
    let list = |name: &str| {
        let body = "<BlockList><Latest>QUFB</Latest></BlockList>";
        Ask::put(at(name) + "?comp=blocklist").body(body).token(&token)
    };
    let put = |name: &str| Ask::blob(at(name), "x").token(&token);
    for name in ["x/b/1", "x/b/", "x/b/deep/er"] {
        lab.send(block(name)).await.expect(201);
        lab.send(list(name)).await.expect(201);
        lab.send(put(name)).await.expect(201);
    }
    for name in ["x/b", "x/bb/1", "x/marker", "y/x/b/1", "X/b/1", "x/B/1"] {
        lab.send(block(name)).await.expect_error(403, MISMATCH);
        lab.send(list(name)).await.expect_error(403, MISMATCH);
        lab.send(put(name)).await.expect(201);
        lab.send(put(name))
            .await
            .expect_error(403, "UnauthorizedBlobOverwrite");
    }
    // The service sees the name that it writes, not how it was addressed.
    lab.send(block("x/b/../marker2"))
        .await
        .expect_error(403, MISMATCH);
    lab.send(block("x/c/%2E%2E/b/2")).await.expect(201);
}

#[tokio::test]
async fn reading_and_listing_are_told_apart() {
    let lab = Lab::start().await;
    let place = lab.world().blobs_in(TARGET, "data");
    for name in ["open/a", "shut/b"] {
        place.put(name, "hello", &Seed::default());
    }
    let read = "((!(ActionMatches{'~/containers/blobs/read'} AND NOT SubOperationMatches{'Blob.List'})) OR \
                (@Resource[~/containers:name] StringEquals 'data' AND \
                @Resource[~/containers/blobs:path] StringStartsWith 'open/'))";
    let token = lab.token_for(&[READ], &lab.data(TARGET), Some(read));
    let list = |prefix: &str| Ask::get(format!("/northtarget/data?restype=container&comp=list{prefix}"));
    lab.send(Ask::get(at("open/a")).token(&token)).await.expect(200);
    lab.send(Ask::get(at("shut/b")).token(&token))
        .await
        .expect_error(403, MISMATCH);
    lab.send(list("").token(&token)).await.expect(200);

    let listed = "((!(ActionMatches{'~/containers/blobs/read'} AND SubOperationMatches{'Blob.List'})) OR \
                  (@Request[~/containers/blobs:prefix] StringStartsWith 'open/'))";
    let token = lab.token_for(&[READ], &lab.data(TARGET), Some(listed));
    lab.send(list("&prefix=open/a").token(&token)).await.expect(200);
    for prefix in ["", "&prefix=", "&prefix=shut/", "&prefix=open"] {
        lab.send(list(prefix).token(&token))
            .await
            .expect_error(403, MISMATCH);
    }
    lab.send(Ask::get(at("shut/b")).token(&token)).await.expect(200);
}

/// <https://learn.microsoft.com/azure/role-based-access-control/conditions-troubleshoot#symptom---condition-is-not-enforced>
#[tokio::test]
async fn another_assignment_without_a_condition_gives_everything_it_has() {
    let lab = Lab::start().await;
    let nowhere = "@Resource[~/containers:name] StringEquals 'other'";
    let token = lab.token_for(&[WRITE], &lab.data(TARGET), Some(nowhere));
    lab.send(Ask::blob(at("a"), "x").token(&token))
        .await
        .expect_error(403, MISMATCH);
    let tenant = lab.world().storage_account(TARGET).unwrap().tenant_id.clone();
    let app = lab.world().register_app(&tenant, "granted").unwrap();
    let grant = |condition: Option<&str>| {
        let mut body = serde_json::json!({
            "principal": app.app_id, "role": "Storage Blob Data Contributor", "scope": lab.data(TARGET),
        });
        if let Some(condition) = condition {
            body["condition"] = condition.replace("~/", super::client::ACTIONS).into();
        }
        body
    };
    let token = lab
        .world()
        .token_for(
            &lab.world().principal(&app.app_id).unwrap(),
            super::client::STORAGE,
        )
        .unwrap();
    lab.control("/grants", &grant(Some("nonsense"))).await.expect(400);
    lab.control("/grants", &grant(Some(nowhere))).await.expect(200);
    lab.send(Ask::blob(at("a"), "x").token(&token))
        .await
        .expect_error(403, MISMATCH);
    lab.control("/grants", &grant(None)).await.expect(200);
    lab.send(Ask::blob(at("a"), "x").token(&token)).await.expect(201);
    // A key's signature asks no role.
    let sas = service_sas(&lab, "cw", ("c", "/blob/northsource/data"));
    lab.send(Ask::blob(format!("/northsource/data/a?{sas}"), "x"))
        .await
        .expect(201);
}
