//! The Blob client against a scripted network: what goes out, what comes of the answer.

use std::collections::BTreeMap;

use bytes::Bytes;
use coldkeep_azure::{
    Meter,
    blob::{BlobAuth, Container, CopySource, CountsAs, Include, Read, Write},
};
use coldkeep_core::{
    ByteRange, SecretString,
    hash::{Crc64, Md5},
    repository::Tier,
};
use futures::StreamExt;

use crate::script::{answer, container, sent, with_sas};

const KEY: &str = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

const CREATED: &[(&str, &str)] = &[
    ("etag", "\"0x8DD\""),
    ("last-modified", "Tue, 03 Jun 2025 10:11:12 GMT"),
    ("x-ms-version-id", "2025-06-03T10:11:12.1234567Z"),
    ("content-md5", "1B2M2Y8AsgTpgAmY7PhCfg=="),
    ("x-ms-content-crc64", "AAAAAAAAAAA="),
];

#[tokio::test]
async fn a_copy_is_one_request_that_pins_its_source_and_never_overwrites() {
    let (container, script, meter) = with_sas(vec![answer(201, CREATED, "")]);
    let source = CopySource {
        url: "https://south.blob.core.windows.net/c/a%20b?versionid=1".into(),
        sas: Some(SecretString::from("sig=x")),
        bearer: Some(SecretString::from("token")),
        if_match: Some("0x1".into()),
        md5: Some(Md5([0; 16])),
        crc64: None,
    };
    let how = Write {
        metadata: BTreeMap::from([("Key".to_owned(), "v".to_owned())]),
        tags: BTreeMap::from([("a b".to_owned(), "1/2".to_owned())]),
        tier: Some(Tier::Archive),
        copy_source_properties: true,
        ..Write::default()
    };
    let written = container
        .create_blob_from_url("x/../é?", &source, &how)
        .await
        .unwrap();
    assert_eq!(written.etag, "0x8DD");
    assert_eq!(
        written.version_id.as_deref(),
        Some("2025-06-03T10:11:12.1234567Z")
    );
    assert!(written.md5.is_some());
    assert_eq!(written.crc64, Some(Crc64([0; 8])));
    let sent = &sent(&script)[0];
    assert_eq!(
        sent.line,
        "PUT http://127.0.0.1:9/north/backups/x/%2E%2E/%C3%A9%3F?sv=2023-11-03&sig=a%2Bb"
    );
    for (name, value) in [
        ("content-length", "0"),
        ("if-none-match", "*"),
        ("x-ms-access-tier", "Archive"),
        ("x-ms-blob-type", "BlockBlob"),
        (
            "x-ms-copy-source",
            "https://south.blob.core.windows.net/c/a%20b?versionid=1&sig=x",
        ),
        ("x-ms-copy-source-authorization", "Bearer token"),
        ("x-ms-copy-source-blob-properties", "true"),
        ("x-ms-date", "Tue, 03 Jun 2025 12:00:00 GMT"),
        ("x-ms-meta-key", "v"),
        ("x-ms-source-content-md5", "AAAAAAAAAAAAAAAAAAAAAA=="),
        ("x-ms-source-if-match", "\"0x1\""),
        ("x-ms-tags", "a%20b=1%2F2"),
        ("x-ms-version", "2025-11-05"),
    ] {
        assert_eq!(sent.header(name), value, "{name}");
    }
    assert_eq!(Meter::read(&meter.copy_requests), 1);
    assert_eq!(Meter::read(&meter.data_bytes), 0);
}

#[tokio::test(start_paused = true)]
async fn a_creation_whose_answer_was_lost_says_that_the_blob_exists() {
    let exists = answer(
        409,
        &[
            ("x-ms-error-code", "BlobAlreadyExists"),
            ("x-ms-request-id", "r-1"),
        ],
        "",
    );
    let (container, script, meter) = with_sas(vec![None, exists]);
    let error = container
        .create_blob("a", Bytes::from_static(b"hi"), &Write::default())
        .await
        .unwrap_err();
    assert_eq!(
        (error.system().status, error.code()),
        (Some(409), Some("BlobAlreadyExists"))
    );
    assert_eq!(error.system().request_id.as_deref(), Some("r-1"));
    assert_eq!(sent(&script).len(), 2);
    assert_eq!(Meter::read(&meter.retries), 1);
}

#[tokio::test]
async fn a_refused_source_is_told_apart_from_a_refused_target() {
    let refused = answer(
        403,
        &[
            ("x-ms-error-code", "CannotVerifyCopySource"),
            ("x-ms-copy-source-status-code", "401"),
            ("x-ms-copy-source-error-code", "InvalidAuthenticationInfo"),
        ],
        "\u{feff}<?xml version=\"1.0\"?><Error><Code>CannotVerifyCopySource</Code><Message>Server failed.</Message></Error>",
    );
    let (container, _, _) = with_sas(vec![refused]);
    let source = CopySource {
        url: "https://south.example/c/a".into(),
        ..CopySource::default()
    };
    let error = container
        .stage_block_from_url(
            "a",
            "QQ==",
            &source,
            ByteRange {
                offset: 0,
                length_bytes: 10,
            },
        )
        .await
        .unwrap_err();
    assert_eq!(error.code(), Some("CannotVerifyCopySource"));
    assert_eq!(
        error.system().source_answered.as_deref(),
        Some("401 InvalidAuthenticationInfo")
    );
}

#[tokio::test]
async fn blocks_are_staged_by_range_and_committed_in_order() {
    let (container, script, _) = with_sas(vec![
        answer(201, CREATED, ""),
        answer(201, CREATED, ""),
        answer(201, CREATED, ""),
    ]);
    let source = CopySource {
        url: "https://south.example/c/a".into(),
        ..CopySource::default()
    };
    container
        .stage_block_from_url(
            "a",
            "QQ==",
            &source,
            ByteRange {
                offset: 100,
                length_bytes: 50,
            },
        )
        .await
        .unwrap();
    let content = Bytes::from_static(b"hello");
    container
        .stage_block("a", "Qg==", content, CountsAs::Data)
        .await
        .unwrap();
    let how = Write {
        overwrite: true,
        tier: Some(Tier::Cool),
        ..Write::default()
    };
    let written = container
        .commit_blocks("a", &["QQ==".into(), "Qg==".into()], &how)
        .await
        .unwrap();
    assert_eq!(
        (written.md5, written.crc64),
        (None, None),
        "hashes of the list are not the blob's"
    );
    let sent = sent(&script);
    assert!(
        sent[0].line.contains("/backups/a?comp=block&blockid=QQ%3D%3D&"),
        "{}",
        sent[0].line
    );
    assert_eq!(sent[0].header("x-ms-source-range"), "bytes=100-149");
    assert_eq!(sent[1].header("content-md5"), "XUFAKrxLKna5cZ2REBfFkg==");
    assert_eq!(sent[2].header("if-none-match"), "");
    assert_eq!(sent[2].header("x-ms-access-tier"), "Cool");
    assert_eq!(
        sent[2].body,
        "<?xml version=\"1.0\" encoding=\"utf-8\"?><BlockList><Latest>QQ==</Latest><Latest>Qg==</Latest></BlockList>"
    );
}

#[tokio::test]
async fn shared_key_signs_what_is_sent() {
    let page = "<EnumerationResults><Blobs /><NextMarker /></EnumerationResults>";
    let (container, script, _) = container(
        BlobAuth::Key(SecretString::from(KEY)),
        vec![answer(200, &[], page), answer(201, CREATED, "")],
    );
    let include = Include {
        metadata: true,
        ..Include::default()
    };
    container
        .fetch_list_page("a b/", Some("m/1"), include, Some(10))
        .await
        .unwrap();
    let how = Write {
        metadata: BTreeMap::from([("k".to_owned(), "v".to_owned())]),
        ..Write::default()
    };
    container
        .create_blob("a b", Bytes::from_static(b"hello"), &how)
        .await
        .unwrap();
    let sent = sent(&script);
    assert_eq!(
        sent[0].line,
        "GET http://127.0.0.1:9/north/backups?restype=container&comp=list&prefix=a%20b%2F&marker=m%2F1&maxresults=10\
         &include=metadata"
    );
    // Both were computed with Python's hmac module over the strings the documentation describes.
    assert_eq!(
        sent[0].header("authorization"),
        "SharedKey north:UJNlowpJy7u9Q045iy2sAqZMgDODgyOUVKIS+N3ufMk="
    );
    assert_eq!(
        sent[1].header("authorization"),
        "SharedKey north:BOdMugNAW4MCwn/kRSnosLT+dhJl9NEF0xrKHG3vclo="
    );
    assert!(!format!("{container:?}").contains("Eby8"));
}

#[tokio::test]
async fn a_head_tells_everything_a_listing_does() {
    let headers = [
        ("etag", "\"0x8DD\""),
        ("content-length", "12"),
        ("last-modified", "Tue, 03 Jun 2025 10:11:12 GMT"),
        ("x-ms-creation-time", "Mon, 02 Jun 2025 10:11:12 GMT"),
        ("x-ms-blob-type", "AppendBlob"),
        ("content-type", "text/plain"),
        ("content-md5", "1B2M2Y8AsgTpgAmY7PhCfg=="),
        ("x-ms-meta-some_key", "value"),
        ("x-ms-access-tier", "Archive"),
        ("x-ms-archive-status", "rehydrate-pending-to-cool"),
        ("x-ms-version-id", "1"),
        ("x-ms-is-current-version", "true"),
        ("x-ms-content-crc64", "AAAAAAAAAAA="),
    ];
    let (container, script, _) = with_sas(vec![
        answer(200, &headers, ""),
        answer(404, &[("x-ms-error-code", "BlobNotFound")], ""),
        answer(404, &[("x-ms-error-code", "ContainerNotFound")], ""),
    ]);
    let head = container.fetch_head("a", Some("1")).await.unwrap().unwrap();
    assert_eq!(head.blob.size_bytes, 12);
    assert_eq!(head.blob.tier, Some(Tier::Archive));
    assert_eq!(head.blob.metadata["some_key"], "value");
    assert_eq!(
        head.blob.archive_status.as_deref(),
        Some("rehydrate-pending-to-cool")
    );
    assert_eq!(
        head.blob.headers.content_md5.as_deref(),
        Some("1B2M2Y8AsgTpgAmY7PhCfg==")
    );
    assert!(head.blob.current && head.blob.created.is_some() && head.crc64.is_some());
    assert!(
        sent(&script)[0]
            .line
            .starts_with("HEAD http://127.0.0.1:9/north/backups/a?versionid=1&")
    );
    assert!(container.fetch_head("a", None).await.unwrap().is_none());
    let error = container.fetch_head("a", None).await.unwrap_err();
    assert_eq!(error.code(), Some("ContainerNotFound"));
}

#[tokio::test]
async fn a_range_knows_the_whole_blobs_length_and_content_counts_as_data() {
    let headers = [
        ("etag", "\"0x8DD\""),
        ("content-length", "3"),
        ("content-range", "bytes 2-4/1000"),
        ("content-md5", "AAAAAAAAAAAAAAAAAAAAAA=="),
        ("x-ms-blob-content-md5", "1B2M2Y8AsgTpgAmY7PhCfg=="),
        ("last-modified", "Tue, 03 Jun 2025 10:11:12 GMT"),
    ];
    let (container, script, meter) = with_sas(vec![answer(206, &headers, "abc")]);
    let read = Read {
        range: Some(ByteRange {
            offset: 2,
            length_bytes: 3,
        }),
        if_match: Some("0x8DD".into()),
        counts_as: CountsAs::Data,
        ..Read::default()
    };
    let body = container.fetch_blob("a", read).await.unwrap();
    assert_eq!(body.head.blob.size_bytes, 1000);
    assert_eq!(
        body.head.blob.headers.content_md5.as_deref(),
        Some("1B2M2Y8AsgTpgAmY7PhCfg==")
    );
    let pieces: Vec<_> = body.stream.collect().await;
    let content: Vec<u8> = pieces.into_iter().flat_map(|piece| piece.unwrap()).collect();
    assert_eq!(content, b"abc");
    let sent = &sent(&script)[0];
    assert_eq!(
        (sent.header("range"), sent.header("if-match")),
        ("bytes=2-4", "\"0x8DD\"")
    );
    assert_eq!(Meter::read(&meter.data_bytes), 3);
    assert_eq!(Meter::read(&meter.control_bytes), 0);
}

#[tokio::test]
async fn what_no_header_can_carry_is_refused_before_anything_is_sent() {
    let (container, script, _) = with_sas(vec![]);
    for (key, value) in [("k", "two\nlines"), ("sp ace", "v"), ("k", "\u{0}")] {
        let how = Write {
            metadata: BTreeMap::from([(key.to_owned(), value.to_owned())]),
            ..Write::default()
        };
        let error = container.create_blob("a", Bytes::new(), &how).await.unwrap_err();
        assert_eq!(error.kind(), coldkeep_core::Kind::Invalid);
    }
    assert!(sent(&script).is_empty());
}

#[tokio::test]
async fn deleting_staging_and_creating_say_whether_there_was_something() {
    let (container, script, _) = with_sas(vec![
        answer(202, &[], ""),
        answer(404, &[("x-ms-error-code", "BlobNotFound")], ""),
        answer(404, &[("x-ms-error-code", "BlobNotFound")], ""),
        answer(409, &[("x-ms-error-code", "ContainerAlreadyExists")], ""),
        answer(201, &[], ""),
    ]);
    assert!(container.delete_blob("a", Some("v1")).await.unwrap());
    assert!(!container.delete_blob("a", None).await.unwrap());
    assert_eq!(container.fetch_staged_blocks("a").await.unwrap(), []);
    assert!(!container.create_container().await.unwrap());
    assert!(container.create_container().await.unwrap());
    assert!(
        sent(&script)[0]
            .line
            .starts_with("DELETE http://127.0.0.1:9/north/backups/a?versionid=v1&")
    );
}

#[tokio::test]
async fn names_and_keys_that_cannot_be_are_refused() {
    let (good, _, _) = with_sas(vec![]);
    let sas = || BlobAuth::Sas(SecretString::from("sig=x"));
    let azure = good.azure();
    for (account, container) in [
        ("North", "c"),
        ("a/b", "c"),
        ("", "c"),
        ("north", "../c"),
        ("north", ""),
    ] {
        assert!(
            Container::new(azure, account, None, container, sas()).is_err(),
            "{account}/{container}"
        );
    }
    assert!(Container::new(azure, "north", Some("http://example.net"), "c", sas()).is_err());
    let key = BlobAuth::Key(SecretString::from("no key"));
    let problem = Container::new(azure, "north", None, "c", key).unwrap_err();
    assert!(!problem.to_string().contains("no key"));
    let own = Container::new(azure, "north", Some("https://north.example.net/"), "$web", sas()).unwrap();
    assert_eq!(
        own.blob_url("a//../b", Some("v:1")),
        "https://north.example.net/$web/a//%2E%2E/b?versionid=v%3A1"
    );
}
