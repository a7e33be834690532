//! What a lenient service would take, and Blob Storage does not: writes to what is past, signatures for more than they say,
//! conditions that contradict each other.

use super::client::{Ask, Lab, SOURCE, Told};
use super::signatures::account_sas;
use coldkeep_sim::blobs::Seed;

const PATH: &str = "/northsource/data/a";

async fn seeded() -> Lab {
    let lab = Lab::start().await;
    lab.owner(Ask::blob(PATH, "live").header("x-ms-blob-content-type", "text/plain"))
        .await
        .expect(201);
    lab
}

/// Lease Blob, without an end if `seconds` is -1.
fn acquire(path: &str, seconds: &str) -> Ask {
    Ask::put(format!("{path}?comp=lease"))
        .header("x-ms-lease-action", "acquire")
        .header("x-ms-lease-duration", seconds)
}

fn page_blob(name: &str) -> Ask {
    Ask::put(format!("/northsource/data/{name}"))
        .header("x-ms-blob-type", "PageBlob")
        .header("x-ms-blob-content-length", "512")
        .header("x-ms-blob-content-type", "image/x")
}

/// <https://learn.microsoft.com/rest/api/storageservices/creating-a-snapshot-of-a-blob>
#[tokio::test]
async fn snapshots_and_versions_are_not_written_to() {
    let lab = seeded().await;
    let made = lab
        .owner(Ask::put(format!("{PATH}?comp=snapshot")))
        .await
        .expect(201);
    let at = made.header("x-ms-snapshot").to_owned();
    let of = |query: String| format!("{PATH}?{query}");
    for ask in [
        Ask::blob(of(format!("snapshot={at}")), "overwritten"),
        Ask::blob(of(format!("versionid={at}")), "overwritten"),
        Ask::put(of(format!("comp=metadata&snapshot={at}"))),
        Ask::put(of(format!("comp=properties&snapshot={at}"))),
        Ask::put(of(format!("comp=block&blockid=QUFB&snapshot={at}"))).body("x"),
        Ask::put(of(format!("comp=snapshot&snapshot={at}"))),
        Ask::put(of(format!("snapshot={at}"))).header("x-ms-copy-source", lab.url(PATH)),
    ] {
        lab.owner(ask)
            .await
            .expect_error(400, "InvalidQueryParameterValue");
    }
    assert_eq!(lab.owner(Ask::get(PATH)).await.expect(200).text(), "live");
}

#[tokio::test]
async fn nesting_without_end_is_refused_and_nothing_breaks() {
    let lab = seeded().await;
    let deep = |count: usize| format!("{}a='1'{}", "(".repeat(count), ")".repeat(count));
    let find = |count| Ask::get(format!("/northsource?comp=blobs&where={}", deep(count)));
    lab.owner(find(10)).await.expect(200);
    lab.owner(find(5000))
        .await
        .expect_error(400, "InvalidQueryParameterValue");
    let nested = format!("{}{}", "<a>".repeat(50_000), "</a>".repeat(50_000));
    let set = Ask::put("/northsource?restype=service&comp=properties").body(nested);
    lab.owner(set).await.expect_error(400, "InvalidXmlDocument");
}

#[tokio::test]
async fn sequence_numbers_end() {
    let lab = Lab::start().await;
    lab.owner(page_blob("p")).await.expect(201);
    let set = |action: &str| {
        Ask::put("/northsource/data/p?comp=properties").header("x-ms-sequence-number-action", action)
    };
    let number = |number: u64| set("update").header("x-ms-blob-sequence-number", number.to_string());
    lab.owner(number(u64::MAX))
        .await
        .expect_error(400, "InvalidHeaderValue");
    lab.owner(number(i64::MAX.unsigned_abs())).await.expect(200);
    lab.owner(set("increment"))
        .await
        .expect_error(409, "SequenceNumberIncrementTooLarge");
}

/// <https://learn.microsoft.com/rest/api/storageservices/set-blob-properties#remarks>
#[tokio::test]
async fn a_change_of_size_is_nothing_else() {
    let lab = Lab::start().await;
    lab.owner(page_blob("p")).await.expect(201);
    let resize = Ask::put("/northsource/data/p?comp=properties").header("x-ms-blob-content-length", "1024");
    lab.owner(resize).await.expect(200);
    let head = lab.owner(Ask::head("/northsource/data/p")).await.expect(200);
    assert_eq!(
        (head.header("content-type"), head.header("content-length")),
        ("image/x", "1024")
    );
    lab.owner(Ask::put("/northsource/data/p?comp=properties"))
        .await
        .expect(200);
    let head = lab.owner(Ask::head("/northsource/data/p")).await.expect(200);
    assert_eq!(head.header("content-type"), "application/octet-stream");
}

/// <https://learn.microsoft.com/rest/api/storageservices/copy-blob#authorization>
#[tokio::test]
async fn a_requests_signature_does_not_open_the_source() {
    let lab = seeded().await;
    let sas = account_sas(&lab, "rwc", "2022-11-02");
    let copy = |sync: &str| {
        Ask::put(format!("/northsource/data/copy?{sas}"))
            .header("x-ms-copy-source", lab.url(PATH))
            .header("x-ms-requires-sync", sync)
    };
    for sync in ["true", "false"] {
        lab.send(copy(sync))
            .await
            .expect_error(401, "CannotVerifyCopySource");
    }
    let signed = Ask::put(format!("/northsource/data/copy?{sas}"))
        .header("x-ms-copy-source", format!("{}?{sas}", lab.url(PATH)));
    lab.send(signed).await.expect(202);
}

/// <https://learn.microsoft.com/rest/api/storageservices/copy-blob#remarks>
#[tokio::test]
async fn a_copy_replaces_its_own_kind_and_no_lease_with_an_end() {
    let lab = seeded().await;
    lab.owner(page_blob("p")).await.expect(201);
    let to =
        |name: &str| Ask::put(format!("/northsource/data/{name}")).header("x-ms-copy-source", lab.url(PATH));
    lab.owner(to("p")).await.expect_error(409, "InvalidBlobType");

    let cool = Ask::blob("/northsource/data/b", "old").header("x-ms-access-tier", "Cool");
    lab.owner(cool).await.expect(201);
    let id = lab
        .owner(acquire("/northsource/data/b", "60"))
        .await
        .expect(201)
        .header("x-ms-lease-id")
        .to_owned();
    lab.owner(to("b").header("x-ms-lease-id", &id))
        .await
        .expect_error(412, "InfiniteLeaseDurationRequired");
    lab.world().advance_clock(61);
    lab.owner(to("b")).await.expect(202);
    let head = lab.owner(Ask::head("/northsource/data/b")).await.expect(200);
    assert_eq!(head.header("x-ms-access-tier"), "Cool");
}

#[tokio::test]
async fn a_pending_copy_is_not_leased_and_its_end_is_a_change() {
    let lab = seeded().await;
    lab.control("/settings", &serde_json::json!({"copy_bytes_per_s": 1}))
        .await
        .expect(200);
    let copy = Ask::put("/northsource/data/slow").header("x-ms-copy-source", lab.url(PATH));
    assert_eq!(
        lab.owner(copy).await.expect(202).header("x-ms-copy-status"),
        "pending"
    );
    let lease = acquire("/northsource/data/slow", "-1");
    lab.owner(lease.clone())
        .await
        .expect_error(409, "PendingCopyOperation");

    // Its end changes the ETag, as its beginning did.
    let head = async || lab.owner(Ask::head("/northsource/data/slow")).await.expect(200);
    let etag = |told: &Told| told.header("etag").to_owned();
    let before = etag(&head().await);
    lab.world().advance_clock(5);
    let done = head().await;
    assert_eq!(done.header("x-ms-copy-status"), "success");
    assert_ne!(etag(&done), before);
    assert_eq!(etag(&head().await), etag(&done));
    lab.owner(lease).await.expect(201);
}

/// <https://learn.microsoft.com/rest/api/storageservices/specifying-conditional-headers-for-blob-service-operations>
#[tokio::test]
async fn conditions_are_read_together_and_written_one_at_a_time() {
    let lab = seeded().await;
    let head = lab.owner(Ask::head(PATH)).await.expect(200);
    let (etag, modified) = (head.header("etag"), head.header("last-modified"));
    // Another ETag within the same second: one of the two says that there is something new.
    let get = |etag: &str| {
        Ask::get(PATH)
            .header("if-none-match", etag)
            .header("if-modified-since", modified)
    };
    lab.owner(get("\"0x8D\"")).await.expect(200);
    lab.owner(get(etag)).await.expect(304);

    let past = "Wed, 01 Jan 2020 00:00:00 GMT";
    let write = |conditions: &[(&str, &str)]| {
        let mut ask = Ask::put(format!("{PATH}?comp=metadata"));
        for (name, value) in conditions {
            ask = ask.header(name, *value);
        }
        ask
    };
    let several = format!("{etag}, \"0x8D\"");
    for conditions in [
        &[("if-match", etag), ("if-none-match", "\"0x8D\"")][..],
        &[("if-unmodified-since", modified), ("if-modified-since", past)],
        &[("if-match", several.as_str())],
    ] {
        lab.owner(write(conditions))
            .await
            .expect_error(400, "MultipleConditionHeadersNotSupported");
    }
    lab.owner(write(&[("if-match", etag), ("if-unmodified-since", past)]))
        .await
        .expect(200);
}

#[tokio::test]
async fn tokens_need_a_version_that_knows_them() {
    let lab = seeded().await;
    let token = lab.token("Storage Blob Data Reader", &[&lab.data(SOURCE)]);
    let bearer = format!("Bearer {token}");
    for ask in [
        Ask::get(PATH).header("authorization", &bearer),
        Ask::get(PATH).header("x-ms-version", "2016-05-31").token(&token),
    ] {
        let told = lab.send(ask).await;
        assert_eq!(
            told.elements("AuthenticationErrorDetail"),
            ["Authentication scheme Bearer is not supported in this version."]
        );
        told.expect_error(403, "AuthenticationFailed");
    }
    // Strangers without a version are told nothing of tokens.
    lab.send(Ask::get(PATH))
        .await
        .expect_error(409, "PublicAccessNotPermitted");
}

/// <https://learn.microsoft.com/rest/api/storageservices/create-account-sas#account-sas-permissions-by-operation>
#[tokio::test]
async fn an_accounts_signature_allows_what_the_table_says() {
    let lab = seeded().await;
    let with = |path: &str, sp: &str| {
        let sas = account_sas(&lab, sp, "2022-11-02");
        format!("{path}{}{sas}", if path.contains('?') { '&' } else { '?' })
    };
    lab.send(Ask::put(with("/northsource/new?restype=container", "c")))
        .await
        .expect(201);
    let lease = |action: &str, sp: &str| {
        Ask::put(with(&format!("{PATH}?comp=lease"), sp))
            .header("x-ms-lease-action", action)
            .header("x-ms-lease-duration", "-1")
    };
    lab.send(lease("acquire", "d"))
        .await
        .expect_error(403, "AuthorizationPermissionMismatch");
    lab.send(lease("acquire", "w")).await.expect(201);
    lab.send(lease("break", "d")).await.expect(202);
    let find = with("/northsource/data?restype=container&comp=blobs&where=a='1'", "f");
    lab.send(Ask::get(find)).await.expect(200);
}

#[tokio::test]
async fn a_length_is_needed_and_one_hash_at_most() {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let lab = seeded().await;
    let sas = account_sas(&lab, "rwc", "2022-11-02");
    let host = lab.base().replace("http://", "");
    let mut stream = tokio::net::TcpStream::connect(&host).await.unwrap();
    let request = format!(
        "PUT {PATH}?{sas} HTTP/1.1\r\nhost: {host}\r\nx-ms-blob-type: BlockBlob\r\ntransfer-encoding: chunked\r\n\
         connection: close\r\n\r\n1\r\nx\r\n0\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 411"), "{answer}");
    assert!(answer.contains("MissingContentLengthHeader"), "{answer}");

    let both = Ask::blob(PATH, "")
        .header("content-md5", "1B2M2Y8AsgTpgAmY7PhCfg==")
        .header("x-ms-content-crc64", "AAAAAAAAAAA=");
    lab.owner(both)
        .await
        .expect_error(400, "BothCrc64AndMd5HeaderPresent");
    let tags = "<Tags><TagSet><Tag><Key>k</Key><Value>v</Value></Tag></TagSet></Tags>";
    let wrong = Ask::put(format!("{PATH}?comp=tags"))
        .body(tags)
        .header("content-md5", "1B2M2Y8AsgTpgAmY7PhCfg==");
    lab.owner(wrong).await.expect_error(400, "Md5Mismatch");
}

/// <https://learn.microsoft.com/rest/api/storageservices/delete-blob#remarks>
#[tokio::test]
async fn blocks_that_were_never_committed_are_deleted_like_a_blob() {
    let lab = Lab::start().await;
    let path = "/northsource/data/staged";
    lab.owner(Ask::put(format!("{path}?comp=block&blockid=QUFB")).body("x"))
        .await
        .expect(201);
    lab.owner(Ask::delete(path)).await.expect(202);
    lab.owner(Ask::delete(path))
        .await
        .expect_error(404, "BlobNotFound");
}

#[tokio::test]
async fn tags_of_a_leased_blob_need_the_lease() {
    let lab = seeded().await;
    let id = lab
        .owner(acquire(PATH, "-1"))
        .await
        .expect(201)
        .header("x-ms-lease-id")
        .to_owned();
    let tags = "<Tags><TagSet><Tag><Key>k</Key><Value>v</Value></Tag></TagSet></Tags>";
    let set = || Ask::put(format!("{PATH}?comp=tags")).body(tags);
    lab.owner(set()).await.expect_error(412, "LeaseIdMissing");
    lab.owner(set().header("x-ms-lease-id", id)).await.expect(204);
}

/// Clients that find a type expect a document.
#[tokio::test]
async fn a_refusal_of_head_has_no_document() {
    let lab = seeded().await;
    let told = lab.owner(Ask::head("/northsource/data/none")).await;
    assert_eq!(
        (told.outcome(), told.header("content-type")),
        ((404, "BlobNotFound"), "")
    );
    let found = lab.owner(Ask::head(PATH)).await.expect(200);
    assert_eq!(
        (found.header("content-type"), found.header("content-length")),
        ("text/plain", "4")
    );
}

#[tokio::test]
async fn questions_of_the_data_lake_are_not_taken_for_others() {
    let lab = seeded().await;
    for query in ["action=getAccessControl", "resource=filesystem"] {
        lab.owner(Ask::get(format!("/northsource/data?{query}")))
            .await
            .expect_error(400, "HierarchicalNamespaceNotEnabled");
    }
}

/// Only blobs are deleted in a batch: <https://learn.microsoft.com/rest/api/storageservices/blob-batch#remarks>.
#[tokio::test]
async fn a_container_is_not_deleted_in_a_batch() {
    let lab = seeded().await;
    let text = "--b\r\nContent-Type: application/http\r\n\r\nDELETE /northsource/data?restype=container HTTP/1.1\r\n\r\n--b--\r\n";
    let batch = Ask::new("POST", "/northsource?comp=batch")
        .header("content-type", "multipart/mixed; boundary=b")
        .body(text);
    lab.owner(batch).await.expect_error(400, "InvalidInput");
    assert_eq!(lab.world().blobs_in(SOURCE, "data").totals().0, 1);
    lab.world()
        .blobs_in(SOURCE, "data")
        .put("b", "", &Seed::default());
}
