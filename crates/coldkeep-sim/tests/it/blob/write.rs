//! Put, get, head, properties, conditions; and names that have to come through unharmed.

use super::client::{Ask, Lab, SOURCE};

#[tokio::test]
async fn a_blob_comes_back_with_all_it_carries() {
    let lab = Lab::start().await;
    let put = Ask::blob("/northsource/data/a.txt", "hello")
        .header("content-type", "text/plain")
        .header("x-ms-blob-cache-control", "no-cache")
        .header("x-ms-meta-colour", "blue")
        .header("x-ms-tags", "year=2026&team=a%20b")
        .header("x-ms-access-tier", "Cool");
    let put = lab.owner(put).await.expect(201);
    assert_eq!(put.header("content-md5"), "XUFAKrxLKna5cZ2REBfFkg==");
    assert!(put.header("etag").starts_with("\"0x8D"), "{}", put.header("etag"));
    assert!(!put.header("x-ms-content-crc64").is_empty());
    assert!(!put.header("x-ms-request-id").is_empty());
    assert!(!put.headers.contains_key("x-ms-version-id"));

    let got = lab.owner(Ask::get("/northsource/data/a.txt")).await.expect(200);
    assert_eq!(got.text(), "hello");
    let head = lab.owner(Ask::head("/northsource/data/a.txt")).await.expect(200);
    for reply in [&got, &head] {
        let expected = [
            ("content-length", "5"),
            ("content-type", "text/plain"),
            ("content-md5", "XUFAKrxLKna5cZ2REBfFkg=="),
            ("cache-control", "no-cache"),
            ("x-ms-meta-colour", "blue"),
            ("x-ms-tag-count", "2"),
            ("x-ms-access-tier", "Cool"),
            ("x-ms-blob-type", "BlockBlob"),
            ("etag", put.header("etag")),
            ("last-modified", put.header("last-modified")),
        ];
        for (name, value) in expected {
            assert_eq!(reply.header(name), value, "{name}");
        }
    }
    let tags = lab
        .owner(Ask::get("/northsource/data/a.txt?comp=tags"))
        .await
        .expect(200);
    assert_eq!(
        (tags.elements("Key"), tags.elements("Value")),
        (vec!["team", "year"], vec!["a b", "2026"])
    );
}

#[tokio::test]
async fn every_name_comes_through_byte_for_byte() {
    let lab = Lab::start().await;
    let names = [
        "a..b/.c",
        "a//b",
        "/lead",
        "trail/",
        "a b+c",
        "100%",
        "q?x#y",
        "ä/€/😀",
        "a%2Fb",
        "<&>\"'",
        "tab\tnl\ncr\r",
        "\u{1}ctl",
        " sp ",
    ];
    for name in names {
        let encoded =
            percent_encoding::utf8_percent_encode(name, percent_encoding::NON_ALPHANUMERIC).to_string();
        // Once with slashes encoded, once with slashes (and dots) as they are.
        let plain = encoded.replace("%2F", "/").replace("%2E", ".");
        lab.owner(Ask::blob(format!("/northsource/data/{plain}"), name))
            .await
            .expect(201);
        let got = lab
            .owner(Ask::get(format!("/northsource/data/{encoded}")))
            .await
            .expect(200);
        assert_eq!(got.text(), name);
    }
    let mut expected = names.map(str::to_owned).to_vec();
    expected.sort();
    assert_eq!(lab.world().blobs_in(SOURCE, "data").names(), expected);

    let list = lab
        .owner(Ask::get("/northsource/data?restype=container&comp=list"))
        .await
        .expect(200);
    assert!(list.text().contains("<Name Encoded=\"true\">%01ctl</Name>"));
    assert!(list.text().contains("<Name>tab\tnl&#xA;cr&#xD;</Name>"));
    assert!(list.text().contains("<Name>&lt;&amp;&gt;\"'</Name>"));
    let deep = ["d"; 254].join("/");
    lab.owner(Ask::blob(format!("/northsource/data/{deep}"), ""))
        .await
        .expect(201);
    for long in ["x".repeat(1025), format!("{deep}/d")] {
        lab.owner(Ask::blob(format!("/northsource/data/{long}"), ""))
            .await
            .expect_error(400, "InvalidResourceName");
    }
}

#[tokio::test]
async fn names_with_dots_and_backslashes_are_others() {
    let lab = Lab::start().await;
    for (written, becomes) in [
        ("./key", "key"),
        ("%2E/encoded", "encoded"),
        ("a/%2E%2E/up", "up"),
        ("a%2F..%2Fslash", "slash"),
        ("folder./file.", "folder/file"),
        ("back%5Cslash", "back/slash"),
    ] {
        lab.owner(Ask::blob(format!("/northsource/data/{written}"), becomes))
            .await
            .expect(201);
        let got = lab
            .owner(Ask::get(format!("/northsource/data/{becomes}")))
            .await
            .expect(200);
        assert_eq!(got.text(), becomes);
        let same = lab
            .owner(Ask::get(format!("/northsource/data/{written}")))
            .await
            .expect(200);
        assert_eq!(same.text(), becomes, "{written}");
    }
    let names = lab.world().blobs_in(SOURCE, "data").names();
    assert_eq!(
        names,
        ["back/slash", "encoded", "folder/file", "key", "slash", "up"]
    );
    let list = lab
        .owner(Ask::get(
            "/northsource/data?restype=container&comp=list&prefix=folder./",
        ))
        .await
        .expect(200);
    assert!(!list.text().contains("<Name>"), "prefixes are left as they are");
    lab.owner(Ask::blob("/northsource/data/../../x", "out"))
        .await
        .expect_error(400, "InvalidUri");
}

#[tokio::test]
async fn conditions_hold_for_reads_and_writes() {
    let lab = Lab::start().await;
    let path = "/northsource/data/c";
    let create = Ask::blob(path, "1").header("if-none-match", "*");
    lab.owner(Ask::blob(path, "0").header("if-match", "\"0x1\""))
        .await
        .expect_error(412, "ConditionNotMet");
    let first = lab.owner(create.clone()).await.expect(201);
    lab.owner(create).await.expect_error(409, "BlobAlreadyExists");

    let etag = first.header("etag").to_owned();
    let modified = first.header("last-modified").to_owned();
    let get = || Ask::get(path);
    lab.owner(get().header("if-match", &etag)).await.expect(200);
    lab.owner(get().header("if-match", "\"0x1\""))
        .await
        .expect_error(412, "ConditionNotMet");
    let unchanged = lab.owner(get().header("if-none-match", &etag)).await.expect(304);
    assert_eq!(
        (unchanged.body.len(), unchanged.header("etag")),
        (0, etag.as_str())
    );
    lab.owner(get().header("if-modified-since", &modified))
        .await
        .expect(304);
    lab.owner(get().header("if-unmodified-since", &modified))
        .await
        .expect(200);
    lab.owner(get().header("if-unmodified-since", "Sun, 22 Nov 1998 22:00:00 GMT"))
        .await
        .expect(412);

    lab.owner(Ask::blob(path, "2").header("if-match", &etag))
        .await
        .expect(201);
    lab.owner(Ask::blob(path, "3").header("if-match", &etag))
        .await
        .expect_error(412, "ConditionNotMet");
    lab.owner(Ask::delete(path).header("if-match", &etag))
        .await
        .expect_error(412, "ConditionNotMet");
    lab.owner(Ask::delete(path)).await.expect(202);
    let gone = lab.owner(Ask::head(path)).await.expect_error(404, "BlobNotFound");
    assert!(gone.body.is_empty());
}

#[tokio::test]
async fn an_overwrite_keeps_the_creation_time_and_a_tag_change_keeps_the_etag() {
    let lab = Lab::start().await;
    let path = "/northsource/data/c";
    lab.owner(Ask::blob(path, "1")).await.expect(201);
    let created = lab
        .owner(Ask::head(path))
        .await
        .expect(200)
        .header("x-ms-creation-time")
        .to_owned();
    lab.world().advance_clock(90);
    lab.owner(Ask::blob(path, "2")).await.expect(201);
    let before = lab.owner(Ask::head(path)).await.expect(200);
    assert_eq!(before.header("x-ms-creation-time"), created);
    assert_ne!(before.header("last-modified"), created);

    let tags = "<Tags><TagSet><Tag><Key>k</Key><Value>v</Value></Tag></TagSet></Tags>";
    lab.owner(Ask::put(format!("{path}?comp=tags")).body(tags))
        .await
        .expect(204);
    lab.owner(Ask::put(format!("{path}?comp=tags")))
        .await
        .expect_error(400, "InvalidXmlDocument");
    lab.owner(Ask::blob(path, "3").header("x-ms-tags", "a=1&a=2"))
        .await
        .expect_error(400, "InvalidHeaderValue");
    let after = lab.owner(Ask::head(path)).await.expect(200);
    assert_eq!(after.header("etag"), before.header("etag"));
    assert_eq!(after.header("x-ms-tag-count"), "1");

    lab.owner(Ask::put(format!("{path}?comp=metadata")).header("x-ms-meta-a", "b"))
        .await
        .expect(200);
    let after = lab.owner(Ask::head(path)).await.expect(200);
    assert_ne!(after.header("etag"), before.header("etag"));
    assert_eq!(after.header("x-ms-meta-a"), "b");
    lab.owner(Ask::delete(path)).await.expect(202);
    lab.owner(Ask::blob(path, "3")).await.expect(201);
    assert_ne!(
        lab.owner(Ask::head(path))
            .await
            .expect(200)
            .header("x-ms-creation-time"),
        created
    );
}

#[tokio::test]
async fn ranges_and_hashes_are_served_and_checked() {
    let lab = Lab::start().await;
    let path = "/northsource/data/r";
    lab.owner(Ask::blob(path, "0123456789").header("content-md5", "XUFAKrxLKna5cZ2REBfFkg=="))
        .await
        .expect_error(400, "Md5Mismatch");
    lab.owner(Ask::blob(path, "0123456789").header("x-ms-content-crc64", "AAAAAAAAAAA="))
        .await
        .expect_error(400, "Crc64Mismatch");
    lab.owner(Ask::blob(path, "0123456789")).await.expect(201);
    let part = lab
        .owner(Ask::get(path).header("x-ms-range", "bytes=3-5"))
        .await
        .expect(206);
    assert_eq!(
        (part.text(), part.header("content-range")),
        ("345", "bytes 3-5/10")
    );
    assert!(!part.header("x-ms-blob-content-md5").is_empty());
    assert_eq!(part.header("content-md5"), "");
    let rest = lab
        .owner(Ask::get(path).header("range", "bytes=8-99"))
        .await
        .expect(206);
    assert_eq!(rest.text(), "89");
    lab.owner(Ask::get(path).header("x-ms-range", "bytes=10-"))
        .await
        .expect_error(416, "InvalidRange");
    let md5 = "x-ms-range-get-content-md5";
    let hashed = Ask::get(path).header("range", "bytes=0-1").header(md5, "true");
    lab.owner(hashed.clone()).await.expect(206);
    for refused in [
        Ask::get(path).header(md5, "true"),
        hashed.header("x-ms-range-get-content-crc64", "true"),
    ] {
        lab.owner(refused).await.expect_error(400, "InvalidHeaderValue");
    }
}

#[tokio::test]
async fn append_and_page_blobs_can_be_written_and_read() {
    let lab = Lab::start().await;
    let path = "/northsource/data/log";
    lab.owner(Ask::put(path).header("x-ms-blob-type", "AppendBlob"))
        .await
        .expect(201);
    for (line, offset) in [("one\n", "0"), ("two\n", "4")] {
        let reply = lab
            .owner(Ask::put(format!("{path}?comp=appendblock")).body(line))
            .await
            .expect(201);
        assert_eq!(reply.header("x-ms-blob-append-offset"), offset);
    }
    let got = lab.owner(Ask::get(path)).await.expect(200);
    assert_eq!(
        (got.text(), got.header("x-ms-blob-type")),
        ("one\ntwo\n", "AppendBlob")
    );
    lab.owner(Ask::put(format!("{path}?comp=block&blockid=QUFB")).body("x"))
        .await
        .expect_error(409, "InvalidBlobType");

    let path = "/northsource/data/disk";
    let create = Ask::put(path)
        .header("x-ms-blob-type", "PageBlob")
        .header("x-ms-blob-content-length", "1024");
    lab.owner(create).await.expect(201);
    let page = Ask::put(format!("{path}?comp=page"))
        .header("x-ms-page-write", "update")
        .header("x-ms-range", "bytes=512-1023")
        .body(vec![7; 512]);
    lab.owner(page).await.expect(201);
    let got = lab.owner(Ask::get(path)).await.expect(200);
    assert_eq!((got.body.len(), got.body[511], got.body[512]), (1024, 0, 7));
}

#[tokio::test]
async fn metadata_and_tags_have_limits() {
    let lab = Lab::start().await;
    let path = "/northsource/data/m";
    lab.owner(Ask::blob(path, "").header("x-ms-meta-1a", "x"))
        .await
        .expect_error(400, "InvalidMetadata");
    let twice = Ask::blob(path, "")
        .header("x-ms-meta-a", "1")
        .header("x-ms-meta-A", "2");
    lab.send(twice.token(&lab.token("Storage Blob Data Owner", &[&lab.data(SOURCE)])))
        .await
        .expect_error(400, "InvalidMetadata");
    lab.owner(Ask::blob(path, "").header("x-ms-meta-a", "x".repeat(8192)))
        .await
        .expect_error(400, "MetadataTooLarge");
    let tags: Vec<_> = (0..11).map(|number| format!("k{number}=v")).collect();
    lab.owner(Ask::blob(path, "").header("x-ms-tags", tags.join("&")))
        .await
        .expect_error(400, "InvalidHeaderValue");
    lab.owner(Ask::blob(path, "").header("x-ms-access-tier", "Tepid"))
        .await
        .expect_error(400, "InvalidHeaderValue");
}

#[tokio::test]
async fn containers_come_and_go() {
    let lab = Lab::start().await;
    let container = "/northsource/more?restype=container";
    lab.owner(Ask::get(container))
        .await
        .expect_error(404, "ContainerNotFound");
    lab.owner(Ask::put(container)).await.expect(201);
    lab.owner(Ask::put(container))
        .await
        .expect_error(409, "ContainerAlreadyExists");
    let facts = lab.owner(Ask::get(container)).await.expect(200);
    assert!(!facts.header("date").is_empty() && !facts.header("etag").is_empty());
    let all = lab.owner(Ask::get("/northsource?comp=list")).await.expect(200);
    assert_eq!(all.elements("Name"), ["data", "more"]);
    let page = lab
        .owner(Ask::get("/northsource/?comp=list&maxresults=1"))
        .await
        .expect(200);
    assert_eq!(
        (page.elements("Name"), page.elements("NextMarker")),
        (vec!["data"], vec!["more"])
    );
    lab.owner(Ask::delete(container)).await.expect(202);
    lab.owner(Ask::put("/northsource/B_d?restype=container"))
        .await
        .expect_error(400, "InvalidResourceName");
    lab.owner(Ask::blob("/northsource/more/x", ""))
        .await
        .expect_error(404, "ContainerNotFound");
}

#[tokio::test]
async fn a_lease_keeps_others_from_writing() {
    let lab = Lab::start().await;
    let path = "/northsource/data/lock";
    lab.owner(Ask::blob(path, "1")).await.expect(201);
    let lease = |action: &str| Ask::put(format!("{path}?comp=lease")).header("x-ms-lease-action", action);
    let acquire = lease("acquire").header("x-ms-lease-duration", "15");
    let id = lab
        .owner(acquire.clone())
        .await
        .expect(201)
        .header("x-ms-lease-id")
        .to_owned();
    lab.owner(acquire.clone())
        .await
        .expect_error(409, "LeaseAlreadyPresent");
    lab.owner(Ask::blob(path, "2"))
        .await
        .expect_error(412, "LeaseIdMissing");
    lab.owner(Ask::delete(path))
        .await
        .expect_error(412, "LeaseIdMissing");
    lab.owner(Ask::blob(path, "2").header("x-ms-lease-id", &id))
        .await
        .expect(201);
    lab.owner(lease("renew").header("x-ms-lease-id", &id))
        .await
        .expect(200);
    lab.world().advance_clock(16);
    lab.owner(acquire).await.expect(201);
    lab.owner(lease("renew").header("x-ms-lease-id", &id))
        .await
        .expect(409);
    // Without a period, what is left of the lease is waited for.
    let broken = lab.owner(lease("break")).await.expect(202);
    assert_eq!(broken.header("x-ms-lease-time"), "15");
    lab.owner(Ask::blob(path, "3"))
        .await
        .expect_error(412, "LeaseIdMissing");
    lab.owner(lease("break").header("x-ms-lease-break-period", "0"))
        .await
        .expect(202);
    lab.owner(Ask::blob(path, "3")).await.expect(201);
}

#[tokio::test]
async fn what_is_not_offered_is_refused_instead_of_ignored() {
    let lab = Lab::start().await;
    lab.owner(Ask::blob("/northsource/data/x", "x")).await.expect(201);
    lab.owner(Ask::put("/northsource/data/x?comp=incrementalcopy"))
        .await
        .expect_error(501, "NotImplemented");
    lab.owner(Ask::new("POST", "/northsource/data/x?comp=query"))
        .await
        .expect_error(501, "NotImplemented");
}
