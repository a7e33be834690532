//! The firewall of an account: who is let in, and what copies from behind it are told.

use super::client::{Ask, Lab, SOURCE, TARGET};

#[tokio::test]
async fn a_firewall_lets_in_whom_its_rules_name() {
    let lab = Lab::start().await;
    let get = || Ask::get("/northsource/data?restype=container");
    lab.world().set_network(SOURCE, true, &[]).unwrap();
    lab.owner(get()).await.expect_error(403, "AuthorizationFailure");
    // What a request says of itself counts for nothing.
    let pretending = get()
        .header("x-forwarded-for", "203.0.113.7")
        .header("x-real-ip", "203.0.113.7");
    lab.world()
        .set_network(SOURCE, true, &["203.0.113.0/28"])
        .unwrap();
    lab.owner(pretending)
        .await
        .expect_error(403, "AuthorizationFailure");
    lab.world()
        .set_client_address(Some("203.0.113.7".parse().unwrap()));
    lab.owner(get()).await.expect(200);
    lab.world()
        .set_client_address(Some("203.0.113.16".parse().unwrap()));
    lab.owner(get()).await.expect_error(403, "AuthorizationFailure");
    lab.world().set_network(SOURCE, false, &[]).unwrap();
    lab.owner(get()).await.expect(200);
}

#[tokio::test]
async fn a_copy_from_behind_a_firewall_cannot_verify_its_source() {
    let lab = Lab::start().await;
    lab.owner(Ask::blob("/northsource/data/a", "text"))
        .await
        .expect(201);
    lab.world().set_network(SOURCE, true, &[]).unwrap();
    let sas = lab.world().describe().unwrap()["accounts"][0]["sas"]
        .as_str()
        .unwrap()
        .to_owned();
    let copy = || {
        Ask::put("/northtarget/data/a")
            .header("x-ms-version", "2025-11-05")
            .header("x-ms-blob-type", "BlockBlob")
            .header("x-ms-copy-source", lab.url(&format!("/northsource/data/a?{sas}")))
    };
    let told = lab
        .owner(copy())
        .await
        .expect_error(403, "CannotVerifyCopySource");
    assert_eq!(told.header("x-ms-copy-source-error-code"), "AuthorizationFailure");
    lab.world().set_network(SOURCE, true, &["127.0.0.1"]).unwrap();
    lab.owner(copy()).await.expect(201);
    assert_eq!(lab.world().blobs_in(TARGET, "data").names(), ["a"]);
}
