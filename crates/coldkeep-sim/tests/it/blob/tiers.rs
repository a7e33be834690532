//! Archive and the way out of it.

use super::client::{Ask, Lab};

const PATH: &str = "/northsource/data/cold";

async fn archived() -> Lab {
    let lab = Lab::start().await;
    lab.owner(Ask::blob(PATH, "frozen").header("x-ms-access-tier", "Archive"))
        .await
        .expect(201);
    lab
}

fn tier(to: &str) -> Ask {
    Ask::put(format!("{PATH}?comp=tier")).header("x-ms-access-tier", to)
}

#[tokio::test]
async fn an_archived_blob_can_be_looked_at_but_not_read_or_overwritten() {
    let lab = archived().await;
    assert_eq!(
        lab.owner(Ask::head(PATH))
            .await
            .expect(200)
            .header("x-ms-access-tier"),
        "Archive"
    );
    lab.owner(Ask::get(PATH)).await.expect_error(409, "BlobArchived");
    lab.owner(Ask::blob(PATH, "x"))
        .await
        .expect_error(409, "BlobArchived");
    lab.owner(Ask::put(format!("{PATH}?comp=block&blockid=QUFB")).body("x"))
        .await
        .expect_error(409, "BlobArchived");
    lab.owner(Ask::put(format!("{PATH}?comp=metadata")))
        .await
        .expect_error(409, "BlobArchived");
    let tags = "<Tags><TagSet><Tag><Key>k</Key><Value>v</Value></Tag></TagSet></Tags>";
    lab.owner(Ask::put(format!("{PATH}?comp=tags")).body(tags))
        .await
        .expect(204);
    lab.owner(Ask::delete(PATH)).await.expect(202);
}

#[tokio::test]
async fn rehydration_takes_its_time() {
    let lab = archived().await;
    let etag = lab
        .owner(Ask::head(PATH))
        .await
        .expect(200)
        .header("etag")
        .to_owned();
    lab.owner(tier("Hot")).await.expect(202);
    let head = lab.owner(Ask::head(PATH)).await.expect(200);
    assert_eq!(head.header("x-ms-access-tier"), "Archive");
    assert_eq!(head.header("x-ms-archive-status"), "rehydrate-pending-to-hot");
    lab.owner(Ask::blob(PATH, "x"))
        .await
        .expect_error(409, "BlobBeingRehydrated");
    lab.owner(tier("Hot").header("x-ms-rehydrate-priority", "High"))
        .await
        .expect(202);
    lab.world().advance_clock(3601);
    let got = lab.owner(Ask::get(PATH)).await.expect(200);
    assert_eq!(
        (got.text(), got.header("x-ms-access-tier"), got.header("etag")),
        ("frozen", "Hot", etag.as_str())
    );
    lab.owner(tier("Cool")).await.expect(200);
}

#[tokio::test]
async fn an_archived_source_can_only_be_copied_out_slowly() {
    let lab = archived().await;
    let copy =
        |to: &str| Ask::put(format!("/northsource/data/{to}")).header("x-ms-copy-source", lab.url(PATH));
    let reader = lab.token("Storage Blob Data Reader", &[&lab.data("northsource")]);
    let at_once = || copy("a").header("x-ms-copy-source-authorization", format!("Bearer {reader}"));
    let refused = lab.owner(at_once().header("x-ms-blob-type", "BlockBlob")).await;
    let refused = refused.expect_error(409, "CannotVerifyCopySource");
    assert_eq!(refused.header("x-ms-copy-source-error-code"), "BlobArchived");
    lab.owner(at_once().header("x-ms-requires-sync", "true"))
        .await
        .expect_error(409, "CannotVerifyCopySource");
    lab.owner(copy("a").header("x-ms-access-tier", "Archive"))
        .await
        .expect_error(409, "BlobArchived");

    let started = copy("a")
        .header("x-ms-access-tier", "Cool")
        .header("x-ms-rehydrate-priority", "High");
    assert_eq!(
        lab.owner(started).await.expect(202).header("x-ms-copy-status"),
        "pending"
    );
    let pending = lab.owner(Ask::head("/northsource/data/a")).await.expect(200);
    assert_eq!(pending.header("x-ms-archive-status"), "rehydrate-pending-to-cool");
    assert_eq!(pending.header("x-ms-copy-progress"), "0/6");
    lab.world().advance_clock(3601);
    let done = lab.owner(Ask::get("/northsource/data/a")).await.expect(200);
    assert_eq!(
        (done.text(), done.header("x-ms-copy-status")),
        ("frozen", "success")
    );
    lab.owner(Ask::get(PATH)).await.expect_error(409, "BlobArchived");

    let id = lab
        .owner(copy("b").header("x-ms-access-tier", "Hot"))
        .await
        .expect(202)
        .header("x-ms-copy-id")
        .to_owned();
    let abort =
        Ask::put(format!("/northsource/data/b?comp=copy&copyid={id}")).header("x-ms-copy-action", "abort");
    lab.owner(abort.clone()).await.expect(204);
    lab.owner(abort).await.expect_error(409, "NoPendingCopyOperation");
}

/// <https://learn.microsoft.com/rest/api/storageservices/set-blob-tier#remarks>
#[tokio::test]
async fn a_version_that_is_no_longer_current_stays_in_archive() {
    let lab = Lab::start().await;
    lab.control("/accounts/northsource", &serde_json::json!({"versioning": true}))
        .await
        .expect(200);
    let made = lab
        .owner(Ask::blob(PATH, "frozen").header("x-ms-access-tier", "Archive"))
        .await
        .expect(201);
    let version = made.header("x-ms-version-id").to_owned();
    let of_version = format!("{PATH}?comp=tier&versionid={version}");
    let thaw = || Ask::put(&of_version).header("x-ms-access-tier", "Hot");
    // As long as it is the current one, its id names the blob.
    lab.owner(thaw()).await.expect(202);
    lab.owner(Ask::delete(PATH)).await.expect(202);
    lab.world().advance_clock(16 * 3600);
    let head = lab
        .owner(Ask::head(format!("{PATH}?versionid={version}")))
        .await
        .expect(200);
    assert_eq!(head.header("x-ms-access-tier"), "Archive");
    lab.owner(thaw()).await.expect_error(409, "BlobArchived");
    // Nor does it take the blob's place.
    let promote = Ask::put(PATH)
        .header(
            "x-ms-copy-source",
            format!("{}?versionid={version}", lab.url(PATH)),
        )
        .header("x-ms-access-tier", "Hot");
    lab.owner(promote).await.expect_error(409, "BlobArchived");
}

/// <https://learn.microsoft.com/azure/storage/blobs/archive-rehydrate-overview#copy-an-archived-blob-to-an-online-tier>
#[tokio::test]
async fn out_of_archive_is_copied_within_an_account_or_a_region() {
    let lab = archived().await;
    let sas = super::signatures::service_sas(&lab, "r", ("c", "/blob/northsource/data"));
    let copy = |to: &str, version: &str| {
        Ask::put(format!("/{to}/data/out"))
            .header("x-ms-copy-source", format!("{}?{sas}", lab.url(PATH)))
            .header("x-ms-access-tier", "Hot")
            .header("x-ms-version", version)
    };
    lab.owner(copy("northtarget", "2020-12-06"))
        .await
        .expect_error(409, "BlobArchived");
    lab.owner(copy("northsource", "2020-12-06")).await.expect(202);
    lab.owner(copy("northtarget", "2021-02-12")).await.expect(202);
    let far = coldkeep_sim::AccountSeed {
        location: "northeurope".to_owned(),
        ..coldkeep_sim::AccountSeed::new("farnorth")
    };
    let mut options = coldkeep_sim::Options::default();
    options.tenants[0].subscriptions[1].accounts.push(far);
    let lab = Lab::start_with(options).await;
    let now = lab.world().now();
    lab.world().blobs.create_container("farnorth", "data", now);
    lab.owner(Ask::blob(PATH, "frozen").header("x-ms-access-tier", "Archive"))
        .await
        .expect(201);
    lab.owner(Ask::blob("/northsource/data/warm", "x"))
        .await
        .expect(201);
    let sas = super::signatures::service_sas(&lab, "r", ("c", "/blob/northsource/data"));
    let copy = |from: &str| {
        let from = lab.url(&format!("/northsource/data/{from}?{sas}"));
        Ask::put("/farnorth/data/out")
            .header("x-ms-copy-source", from)
            .header("x-ms-access-tier", "Hot")
    };
    lab.owner(copy("cold")).await.expect_error(409, "BlobArchived");
    lab.owner(Ask::head("/farnorth/data/out")).await.expect(404);
    lab.owner(copy("warm")).await.expect(202);
}

#[tokio::test]
async fn an_account_of_zones_has_no_archive_and_says_so_in_one_of_two_ways() {
    let mut options = coldkeep_sim::Options::default();
    options.tenants[0].subscriptions[0].accounts[0].sku = "Standard_GZRS".to_owned();
    let lab = Lab::start_with(options).await;
    let put = || Ask::blob(PATH, "x").header("x-ms-access-tier", "Archive");
    let code = "BlobAccessTierNotSupportedForAccountType";
    lab.owner(put()).await.expect_error(400, code);
    let other = serde_json::json!({"archive_refused_as": "InvalidHeaderValue"});
    lab.control("/settings", &other).await.expect(200);
    let told = lab.owner(put()).await.expect_error(400, "InvalidHeaderValue");
    assert_eq!(told.elements("HeaderName"), ["x-ms-access-tier"]);
    lab.owner(Ask::blob(PATH, "x").header("x-ms-access-tier", "Cold"))
        .await
        .expect(201);
    lab.owner(tier("Archive"))
        .await
        .expect_error(400, "InvalidHeaderValue");
}
