//! How the service is addressed: by path, by host, without a container, at the secondary endpoint, in which version.

use super::client::{Ask, Lab, SOURCE, TARGET};
use coldkeep_sim::{Options, TenantSeed};

/// The same request to a host that names the account.
fn at(ask: Ask, host: &str) -> Ask {
    ask.header("host", host)
}

#[tokio::test]
async fn a_host_may_name_the_account() {
    let lab = Lab::start().await;
    let key = lab.world().account_key(SOURCE).unwrap();
    for host in [
        "northsource.blob.localhost:10000",
        "northsource.blob.core.windows.net",
    ] {
        let put = Ask::blob("/data/by%20host", "text").key(SOURCE, &key);
        lab.send(at(put, host)).await.expect(201);
        let told = lab
            .owner(Ask::get("/northsource/data/by%20host"))
            .await
            .expect(200);
        assert_eq!(told.body, "text");
        let list = Ask::get("/data?restype=container&comp=list").key(SOURCE, &key);
        let told = lab.send(at(list, host)).await.expect(200);
        assert!(
            told.text()
                .contains(&format!("ServiceEndpoint=\"http://{host}/\"")),
            "{}",
            told.text()
        );
        let list = Ask::get("/?comp=list").key(SOURCE, &key);
        assert_eq!(
            lab.send(at(list, host)).await.expect(200).elements("Name"),
            ["data"]
        );
    }
    // The path has no account in it then.
    let wrong = Ask::get("/northsource/data/by%20host").key(SOURCE, &key);
    let told = lab.send(at(wrong, "northsource.blob.localhost")).await;
    assert_eq!(told.outcome(), (404, "ContainerNotFound"));
    // Faults and the log know the path with the account.
    let entries = lab.world().log().entries();
    assert!(
        entries
            .iter()
            .any(|entry| entry.path == "/northsource/data/by%20host"),
        "{entries:?}"
    );
}

#[tokio::test]
async fn a_copy_may_name_its_source_by_host() {
    let lab = Lab::start().await;
    lab.world()
        .blobs_in(SOURCE, "data")
        .put("a", "text", &coldkeep_sim::blobs::Seed::default());
    let role = "Storage Blob Data Owner";
    let token = lab.token(role, &[&lab.data(SOURCE), &lab.data(TARGET)]);
    let copy = Ask::put("/northtarget/data/a")
        .header("x-ms-version", "2025-11-05")
        .header("x-ms-blob-type", "BlockBlob")
        .header(
            "x-ms-copy-source",
            "https://northsource.blob.core.windows.net/data/a",
        )
        .header("x-ms-copy-source-authorization", format!("Bearer {token}"))
        .token(&token);
    lab.send(copy).await.expect(201);
    assert_eq!(
        lab.world().blobs_in(TARGET, "data").get("a").unwrap().content,
        "text"
    );
}

#[tokio::test]
async fn a_name_alone_is_a_blob_of_the_root_container() {
    let lab = Lab::start().await;
    lab.owner(Ask::blob("/northsource/file.txt", "x"))
        .await
        .expect_error(404, "ContainerNotFound");
    lab.owner(Ask::put("/northsource/$root?restype=container"))
        .await
        .expect(201);
    lab.owner(Ask::blob("/northsource/file.txt", "x"))
        .await
        .expect(201);
    assert_eq!(
        lab.owner(Ask::get("/northsource/file.txt"))
            .await
            .expect(200)
            .body,
        "x"
    );
    assert_eq!(
        lab.owner(Ask::get("/northsource/$root/file.txt"))
            .await
            .expect(200)
            .body,
        "x"
    );
    lab.owner(Ask::delete("/northsource/file.txt")).await.expect(202);
}

#[tokio::test]
async fn names_that_no_container_can_have_are_refused_by_every_operation() {
    let lab = Lab::start().await;
    for ask in [
        Ask::get("/northsource/Bad_Name?restype=container"),
        Ask::put("/northsource/a--b?restype=container"),
    ] {
        lab.owner(ask).await.expect_error(400, "InvalidResourceName");
    }
    let long = format!("/northsource/{}?restype=container", "x".repeat(64));
    for ask in [Ask::get("/northsource/no/blob"), Ask::put(long)] {
        let refused = lab.owner(ask).await;
        refused.expect_error(400, "OutOfRangeInput");
    }
}

#[tokio::test]
async fn the_secondary_endpoint_is_read_only_and_not_for_every_account() {
    let mut tenant = TenantSeed::northwind();
    tenant.subscriptions[0].accounts[0].sku = "Standard_RAGRS".to_owned();
    let lab = Lab::start_with(Options {
        tenants: vec![tenant],
        ..Options::default()
    })
    .await;
    lab.owner(Ask::blob("/northsource/data/a", "text"))
        .await
        .expect(201);
    let key = lab.world().account_key(SOURCE).unwrap();
    let send = |ask: Ask| lab.send(ask.key(SOURCE, &key));
    let told = send(Ask::get("/northsource-secondary/data/a")).await.expect(200);
    assert_eq!(told.body, "text");
    let told = send(Ask::get("/northsource-secondary?restype=service&comp=stats"))
        .await
        .expect(200);
    assert_eq!(told.elements("Status"), ["live"]);
    send(Ask::blob("/northsource-secondary/data/b", "x"))
        .await
        .expect_error(403, "WriteOperationNotSupportedOnSecondary");
    send(Ask::get("/northsource?restype=service&comp=stats"))
        .await
        .expect_error(400, "InvalidQueryParameterValue");
    let key = lab.world().account_key(TARGET).unwrap();
    let told = lab
        .send(Ask::get("/northtarget-secondary/data/a").key(TARGET, &key))
        .await;
    assert_eq!(told.outcome(), (404, "ResourceNotFound"));
}

#[tokio::test]
async fn versions_of_the_service_are_checked() {
    let lab = Lab::start().await;
    lab.owner(Ask::blob("/northsource/data/a", "text"))
        .await
        .expect(201);
    let asked = |path: &str, version: &str| lab.owner(Ask::get(path).header("x-ms-version", version));
    let told = asked("/northsource/data/a", "2015-02-21").await.expect(200);
    assert_eq!(told.header("x-ms-version"), "2015-02-21");
    asked("/northsource/data/a", "2099-01-01")
        .await
        .expect_error(400, "InvalidHeaderValue");
    let tags = "/northsource/data/a?comp=tags";
    asked(tags, "2019-07-07")
        .await
        .expect_error(400, "InvalidQueryParameterValue");
    asked(tags, "2019-12-12").await.expect(200);
}
