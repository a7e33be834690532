//! Copies from other blobs: authorisation of the source, pins, hashes, what is taken along.

use super::client::{Ask, Lab, SOURCE, TARGET};
use coldkeep_sim::{
    blobs::{ContentHeaders, Seed},
    world::throttle::Limit,
};

const FROM: &str = "/northsource/data/dir/a%20b";
const TO: &str = "/northtarget/data/copy";

async fn seeded() -> Lab {
    let lab = Lab::start().await;
    let how = Seed {
        headers: ContentHeaders {
            content_type: Some("text/plain".to_owned()),
            ..ContentHeaders::default()
        },
        metadata: [("colour".to_owned(), "blue".to_owned())].into(),
        tags: [("year".to_owned(), "2026".to_owned())].into(),
        ..Seed::default()
    };
    lab.world()
        .blobs_in(SOURCE, "data")
        .put("dir/a b", "0123456789", &how);
    lab
}

fn reader(lab: &Lab) -> String {
    format!(
        "Bearer {}",
        lab.token("Storage Blob Data Owner", &[&lab.data(SOURCE)])
    )
}

/// Put Blob From URL, with whatever authorises the source still missing.
fn copy(lab: &Lab) -> Ask {
    Ask::put(TO)
        .header("x-ms-blob-type", "BlockBlob")
        .header("x-ms-copy-source", lab.url(FROM))
}

#[tokio::test]
async fn a_bearer_token_of_its_own_opens_the_source() {
    let lab = seeded().await;
    let writer = lab.token("Storage Blob Data Contributor", &[&lab.data(TARGET)]);
    let copied = copy(&lab)
        .token(&writer)
        .header("x-ms-copy-source-authorization", reader(&lab));
    let copied = lab
        .send(
            copied
                .header("x-ms-access-tier", "Cool")
                .header("if-none-match", "*"),
        )
        .await
        .expect(201);
    assert!(!copied.header("content-md5").is_empty() && !copied.header("x-ms-content-crc64").is_empty());

    let copy = lab.world().blobs_in(TARGET, "data").get("copy").unwrap();
    assert_eq!(copy.content, "0123456789");
    assert_eq!(
        (copy.headers.content_type.as_deref(), copy.tier),
        (Some("text/plain"), "Cool")
    );
    assert_eq!(copy.metadata.get("colour").map(String::as_str), Some("blue"));
    assert!(copy.tags.is_empty());
}

#[tokio::test]
async fn the_source_is_authorised_on_its_own() {
    let lab = seeded().await;
    let writer = lab.token("Storage Blob Data Contributor", &[&lab.data(TARGET)]);
    let none = lab
        .send(copy(&lab).token(&writer))
        .await
        .expect_error(401, "CannotVerifyCopySource");
    assert_eq!(none.header("x-ms-copy-source-status-code"), "401");

    let wrong = copy(&lab)
        .token(&writer)
        .header("x-ms-copy-source-authorization", format!("Bearer {writer}"));
    let wrong = lab.send(wrong).await.expect_error(403, "CannotVerifyCopySource");
    assert_eq!(wrong.header("x-ms-copy-source-status-code"), "403");
    assert_eq!(
        wrong.header("x-ms-copy-source-error-code"),
        "AuthorizationPermissionMismatch"
    );

    let nobody = copy(&lab)
        .token(&writer)
        .header("x-ms-copy-source-authorization", "Bearer x");
    let nobody = lab.send(nobody).await.expect_error(401, "CannotVerifyCopySource");
    assert_eq!(
        nobody.header("x-ms-copy-source-error-code"),
        "InvalidAuthenticationInfo"
    );

    let missing = Ask::put(TO)
        .header("x-ms-blob-type", "BlockBlob")
        .header("x-ms-copy-source", lab.url("/northsource/data/none"))
        .header("x-ms-copy-source-authorization", reader(&lab));
    let missing = lab
        .send(missing.token(&writer))
        .await
        .expect_error(404, "CannotVerifyCopySource");
    assert_eq!(missing.header("x-ms-copy-source-error-code"), "BlobNotFound");

    // And the target's rights are its own, too.
    let theirs = lab.token("Storage Blob Data Owner", &[&lab.data(SOURCE)]);
    let refused = copy(&lab)
        .token(&theirs)
        .header("x-ms-copy-source-authorization", reader(&lab));
    lab.send(refused)
        .await
        .expect_error(403, "AuthorizationPermissionMismatch");
}

#[tokio::test]
async fn a_pinned_source_that_changed_is_not_copied() {
    let lab = seeded().await;
    let etag = format!(
        "\"{}\"",
        lab.world().blobs_in(SOURCE, "data").get("dir/a b").unwrap().etag
    );
    let pinned = copy(&lab)
        .header("x-ms-copy-source-authorization", reader(&lab))
        .header("x-ms-source-if-match", etag);
    lab.owner(pinned.clone()).await.expect(201);
    lab.world()
        .blobs_in(SOURCE, "data")
        .put("dir/a b", "other", &Seed::default());
    lab.owner(pinned).await.expect_error(412, "SourceConditionNotMet");
}

#[tokio::test]
async fn hashes_and_addresses_of_sources_are_checked() {
    let lab = seeded().await;
    let open = copy(&lab).header("x-ms-copy-source-authorization", reader(&lab));
    let right = "eB5eJF1ptWaXm4bijSPyxw==";
    lab.owner(open.clone().header("x-ms-source-content-md5", right))
        .await
        .expect(201);
    lab.owner(open.header("x-ms-source-content-md5", "XUFAKrxLKna5cZ2REBfFkg=="))
        .await
        .expect_error(400, "Md5Mismatch");
    let far = |url: String| {
        Ask::put(TO)
            .header("x-ms-blob-type", "BlockBlob")
            .header("x-ms-copy-source", url)
    };
    lab.owner(far("http://127.0.0.1:9/x/y/z".to_owned()))
        .await
        .expect_error(400, "CannotVerifyCopySource");
    let long = lab.url(&format!("/northsource/data/{}", "x".repeat(2048)));
    lab.owner(far(long)).await.expect_error(400, "InvalidHeaderValue");
}

#[tokio::test]
async fn a_copy_takes_along_what_it_is_told_to() {
    let lab = seeded().await;
    let open = || copy(&lab).header("x-ms-copy-source-authorization", reader(&lab));
    let place = lab.world().blobs_in(TARGET, "data");
    lab.owner(open().header("x-ms-copy-source-tag-option", "COPY"))
        .await
        .expect(201);
    assert_eq!(
        place.get("copy").unwrap().tags.get("year").map(String::as_str),
        Some("2026")
    );

    let own = open()
        .header("x-ms-copy-source-blob-properties", "false")
        .header("x-ms-blob-content-type", "a/b")
        .header("x-ms-meta-size", "10")
        .header("x-ms-tags", "k=v");
    lab.owner(own).await.expect(201);
    let copy = place.get("copy").unwrap();
    assert_eq!(copy.headers.content_type.as_deref(), Some("a/b"));
    assert_eq!(copy.metadata.into_keys().collect::<Vec<_>>(), ["size"]);
    assert_eq!(copy.tags.into_keys().collect::<Vec<_>>(), ["k"]);

    lab.owner(open().header("x-ms-copy-source-blob-properties", "false"))
        .await
        .expect(201);
    let copy = place.get("copy").unwrap();
    assert!(
        copy.metadata.is_empty() && copy.headers.content_type.as_deref() == Some("application/octet-stream")
    );
}

#[tokio::test]
async fn blocks_are_cut_out_of_a_source() {
    let lab = seeded().await;
    let block = |id: &str, range: &str| {
        Ask::put(format!("{TO}?comp=block&blockid={id}"))
            .header("x-ms-copy-source", lab.url(FROM))
            .header("x-ms-copy-source-authorization", reader(&lab))
            .header("x-ms-source-range", range)
    };
    let reply = lab.owner(block("QUFB", "bytes=7-9")).await.expect(201);
    assert_eq!(reply.header("content-md5"), "aAU68pI+ACBMPKfGoxUM9w==");
    lab.owner(block("QUFC", "bytes=0-1")).await.expect(201);
    lab.owner(block("QUFD", "bytes=10-"))
        .await
        .expect_error(416, "CannotVerifyCopySource");
    let list = "<BlockList><Latest>QUFB</Latest><Latest>QUFC</Latest></BlockList>";
    lab.owner(Ask::put(format!("{TO}?comp=blocklist")).body(list))
        .await
        .expect(201);
    assert_eq!(lab.owner(Ask::get(TO)).await.expect(200).text(), "78901");
}

/// <https://learn.microsoft.com/rest/api/storageservices/copy-blob#copying-a-blob-across-accounts>
#[tokio::test]
async fn a_copy_under_way_fails_when_its_source_changes() {
    let lab = seeded().await;
    lab.world().blobs.set_copy_bytes_per_s(1);
    let snapshot = lab
        .owner(Ask::put(format!("{FROM}?comp=snapshot")))
        .await
        .expect(201)
        .header("x-ms-snapshot")
        .to_owned();
    let of_snapshot = format!("{FROM}?snapshot={snapshot}");
    for (to, from) in [("one", FROM), ("two", FROM), ("kept", &of_snapshot)] {
        let ask = Ask::put(format!("/northsource/data/{to}")).header("x-ms-copy-source", lab.url(from));
        let begun = lab.owner(ask).await.expect(202);
        assert_eq!(begun.header("x-ms-copy-status"), "pending");
    }
    let head = async |name: &str| {
        let told = lab.owner(Ask::head(format!("/northsource/data/{name}"))).await;
        let header = |name: &str| told.header(name).to_owned();
        (
            header("x-ms-copy-status"),
            header("x-ms-copy-status-description"),
            header("x-ms-copy-progress"),
        )
    };
    // Reading it, and what is done elsewhere, does not matter.
    lab.owner(Ask::get(FROM)).await.expect(200);
    lab.owner(Ask::blob("/northsource/data/other", "x"))
        .await
        .expect(201);
    assert_eq!(head("one").await.0, "pending");

    lab.world().advance_clock(5);
    lab.owner(Ask::put(format!("{FROM}?comp=metadata")).header("x-ms-meta-a", "b"))
        .await
        .expect(200);
    let why = "412 ConditionNotMet \"Copy failed when reading the source.\"";
    let failed = |why: &str| ("failed".to_owned(), why.to_owned(), "0/10".to_owned());
    for name in ["one", "two"] {
        assert_eq!(head(name).await, failed(why));
    }
    let empty = lab.owner(Ask::get("/northsource/data/one")).await.expect(200);
    assert_eq!((empty.text(), empty.header("x-ms-meta-colour")), ("", "blue"));
    assert!(!empty.header("x-ms-copy-completion-time").is_empty());
    let list = Ask::get("/northsource/data?restype=container&comp=list&include=copy&prefix=one");
    let list = lab.owner(list).await.expect(200);
    assert_eq!(list.elements("CopyStatusDescription"), [why]);
    // A failed one is no obstacle to writing.
    lab.owner(Ask::blob("/northsource/data/one", "x"))
        .await
        .expect(201);
    lab.world().advance_clock(6);
    assert_eq!(head("kept").await.0, "success");

    let again = Ask::put("/northsource/data/three").header("x-ms-copy-source", lab.url(FROM));
    lab.owner(again.clone()).await.expect(202);
    lab.owner(Ask::delete(FROM).header("x-ms-delete-snapshots", "include"))
        .await
        .expect(202);
    let gone = "404 BlobNotFound \"Copy failed when reading the source.\"";
    assert_eq!(head("three").await, failed(gone));
    // What is done is done.
    assert_eq!(head("kept").await.0, "success");
}

#[tokio::test]
async fn copy_blob_within_an_account_needs_no_second_authorisation_unless_it_is_done_at_once() {
    let lab = seeded().await;
    let to = "/northsource/data/again";
    for sync in [true, false] {
        let mut ask = Ask::put(to).header("x-ms-copy-source", lab.url(FROM));
        if sync {
            ask = ask
                .header("x-ms-requires-sync", "true")
                .header("x-ms-copy-source-authorization", reader(&lab));
        }
        assert_eq!(
            lab.owner(ask).await.expect(202).header("x-ms-copy-status"),
            "success"
        );
        let head = lab.owner(Ask::head(to)).await.expect(200);
        assert_eq!(
            (head.header("x-ms-meta-colour"), head.header("x-ms-copy-progress")),
            ("blue", "10/10")
        );
    }
    let conditional = Ask::put(to)
        .header("x-ms-copy-source", lab.url(FROM))
        .header("if-match", "\"0x1\"");
    lab.owner(conditional)
        .await
        .expect_error(412, "TargetConditionNotMet");
    // Asynchronous copies take no bearer token for their source.
    let across = Ask::put(TO)
        .header("x-ms-copy-source", lab.url(FROM))
        .header("x-ms-copy-source-authorization", reader(&lab));
    lab.owner(across).await.expect_error(400, "UnsupportedHeader");
    let across = Ask::put(TO).header("x-ms-copy-source", lab.url(FROM));
    lab.owner(across)
        .await
        .expect_error(401, "CannotVerifyCopySource");
}

#[tokio::test]
async fn reading_the_source_is_a_request_to_its_account() {
    let lab = seeded().await;
    lab.world().freeze_clock(true);
    lab.world().throttle().add(Limit {
        service: "blob".into(),
        account: Some(SOURCE.into()),
        requests_per_s: 1.0,
        burst: None,
        retry_after_s: Some(5),
    });
    let writer = lab.token("Storage Blob Data Contributor", &[&lab.data(TARGET)]);
    let ask = || {
        copy(&lab)
            .token(&writer)
            .header("x-ms-copy-source-authorization", reader(&lab))
    };
    lab.send(ask()).await.expect(201);
    let refused = lab.send(ask()).await;
    assert_eq!(refused.outcome(), (503, "CannotVerifyCopySource"));
    assert_eq!(refused.header("x-ms-copy-source-status-code"), "503");
    assert_eq!(refused.header("x-ms-copy-source-error-code"), "ServerBusy");
    assert_eq!(refused.header("retry-after"), "", "the target's account has room");
    lab.world().advance_clock(1);
    lab.send(ask()).await.expect(201);
    assert_eq!(lab.world().throttle().refused(), 1);
}
