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
    let refused = lab.owner(copy("a").header("x-ms-blob-type", "BlockBlob")).await;
    let refused = refused.expect_error(409, "CannotVerifyCopySource");
    assert_eq!(refused.header("x-ms-copy-source-error-code"), "BlobArchived");
    lab.owner(copy("a").header("x-ms-requires-sync", "true"))
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
