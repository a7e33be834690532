//! Answers of the Blob service, read.

use super::*;
use coldkeep_core::{ExposeSecret, repository::Tier};

fn page(blobs: &str, next: &str) -> Vec<u8> {
    format!(
        "\u{feff}<?xml version=\"1.0\" encoding=\"utf-8\"?><EnumerationResults ServiceEndpoint=\"https://north.blob.\
         core.windows.net/\" ContainerName=\"backups\"><Prefix>a</Prefix><Blobs>{blobs}</Blobs>{next}\
         </EnumerationResults>"
    )
    .into_bytes()
}

fn entry(name: &str, more: &str) -> String {
    format!(
        "<Blob>{name}<Properties><Last-Modified>Tue, 03 Jun 2025 10:11:12 GMT</Last-Modified><Etag>0x8DD</Etag>\
         <Content-Length>5</Content-Length></Properties>{more}</Blob>"
    )
}

#[test]
fn every_field_of_a_blob_is_read() {
    let blob = "<Blob><Name>dir/a &amp; b&#x20;&lt;c&gt;</Name><VersionId>2025-06-03T10:11:12.1234567Z</VersionId>\
        <IsCurrentVersion>true</IsCurrentVersion><Properties><Creation-Time>Mon, 02 Jun 2025 10:11:12 GMT\
        </Creation-Time><Last-Modified>Tue, 03 Jun 2025 10:11:12 GMT</Last-Modified><Etag>\"0x8DDA\"</Etag>\
        <Content-Length>600</Content-Length><Content-Type>text/plain; charset=utf-8</Content-Type>\
        <Content-Encoding>gzip</Content-Encoding><Content-Language>de</Content-Language><Content-CRC64 />\
        <Content-MD5>1B2M2Y8AsgTpgAmY7PhCfg==</Content-MD5><Cache-Control>no-cache</Cache-Control>\
        <Content-Disposition>attachment; filename=\"x\"</Content-Disposition><BlobType>AppendBlob</BlobType>\
        <AccessTier>Archive</AccessTier><AccessTierInferred>true</AccessTierInferred>\
        <ArchiveStatus>rehydrate-pending-to-hot</ArchiveStatus><LeaseStatus>unlocked</LeaseStatus>\
        <ServerEncrypted>true</ServerEncrypted><CustomerProvidedKeySha256>aGFzaA==</CustomerProvidedKeySha256>\
        <ResourceType>file</ResourceType><TagCount>1</TagCount></Properties><Metadata><CamelCase>V &amp; W</CamelCase>\
        <empty /></Metadata><Tags><TagSet><Tag><Key>k</Key><Value>v/1</Value></Tag><Tag><Key>e</Key><Value /></Tag>\
        </TagSet></Tags><OrMetadata /></Blob>";
    let (blobs, next) = parse_page(&page(blob, "<NextMarker>2!72!a&amp;b</NextMarker>"), true, 5000).unwrap();
    assert_eq!(next.as_deref(), Some("2!72!a&b"));
    let text = |text: &str| Some(text.to_owned());
    let pairs = |pairs: &[(&str, &str)]| {
        pairs
            .iter()
            .map(|(k, v)| (k.to_string(), v.to_string()))
            .collect()
    };
    let expected = ListedBlob {
        name: "dir/a & b <c>".into(),
        etag: "0x8DDA".into(),
        size_bytes: 600,
        last_modified: "2025-06-03T10:11:12Z".parse().unwrap(),
        created: Some("2025-06-02T10:11:12Z".parse().unwrap()),
        blob_type: BlobType::Append,
        headers: coldkeep_core::blob::ContentHeaders {
            content_type: text("text/plain; charset=utf-8"),
            content_encoding: text("gzip"),
            content_language: text("de"),
            content_disposition: text("attachment; filename=\"x\""),
            cache_control: text("no-cache"),
            content_md5: text("1B2M2Y8AsgTpgAmY7PhCfg=="),
        },
        metadata: pairs(&[("CamelCase", "V & W"), ("empty", "")]),
        unkept_metadata: vec![],
        tags: pairs(&[("k", "v/1"), ("e", "")]),
        tier: Some(Tier::Archive),
        archive_status: text("rehydrate-pending-to-hot"),
        version_id: text("2025-06-03T10:11:12.1234567Z"),
        current: true,
        customer_key: true,
        directory: false,
    };
    assert_eq!(blobs, [expected]);
}

#[test]
fn a_page_may_be_empty_and_have_a_successor() {
    let (blobs, next) = parse_page(&page("", "<NextMarker>m</NextMarker>"), false, 5000).unwrap();
    assert_eq!((blobs.len(), next.as_deref()), (0, Some("m")));
    let (blobs, next) = parse_page(&page("", "<NextMarker />"), false, 5000).unwrap();
    assert_eq!((blobs.len(), next), (0, None));
}

#[test]
fn names_come_as_they_are() {
    for (xml, name) in [
        ("<Name> two  spaces \u{a0}</Name>", " two  spaces \u{a0}"),
        (
            "<Name Encoded=\"true\">a%EF%BF%BE%01%25/b</Name>",
            "a\u{fffe}\u{1}%/b",
        ),
        ("<Name Encoded=\"false\">100%25</Name>", "100%25"),
        ("<Name>100%25</Name>", "100%25"),
        ("<Name>&#x1F600;&quot;&apos;</Name>", "\u{1F600}\"'"),
        ("<Name><![CDATA[<&>]]></Name>", "<&>"),
        ("<Name>../..//x/</Name>", "../..//x/"),
        ("<Name>e\u{301}</Name>", "e\u{301}"),
    ] {
        let (blobs, _) = parse_page(&page(&entry(xml, ""), ""), false, 5000).unwrap();
        assert_eq!(blobs[0].name, name, "{xml}");
    }
}

/// <https://learn.microsoft.com/rest/api/storageservices/list-blobs>
#[test]
fn names_of_metadata_that_are_not_valid_any_more_are_no_entries() {
    let metadata = "<Metadata><good>1</good><x-ms-invalid-name>nasdf$@#$$</x-ms-invalid-name><x-ms-invalid-name>a-b\
                    </x-ms-invalid-name><other>2</other></Metadata>";
    let (blobs, _) = parse_page(&page(&entry("<Name>a</Name>", metadata), ""), false, 5000).unwrap();
    let kept: Vec<_> = blobs[0].metadata.keys().map(String::as_str).collect();
    assert_eq!(kept, ["good", "other"]);
    assert_eq!(blobs[0].unkept_metadata, ["nasdf$@#$$", "a-b"]);
    let many = format!(
        "<Metadata>{}</Metadata>",
        "<x-ms-invalid-name>a-b</x-ms-invalid-name>".repeat(500)
    );
    let (blobs, _) = parse_page(&page(&entry("<Name>a</Name>", &many), ""), false, 5000).unwrap();
    assert_eq!(
        (blobs[0].metadata.len(), blobs[0].unkept_metadata.len()),
        (0, UNKEPT_MAX)
    );
}

#[test]
fn only_a_listing_with_versions_tells_current_from_previous() {
    let previous = entry("<Name>a</Name><VersionId>1</VersionId>", "");
    let current = entry(
        "<Name>a</Name><VersionId>2</VersionId><IsCurrentVersion>true</IsCurrentVersion>",
        "",
    );
    let unversioned = entry("<Name>b</Name>", "");
    let document = page(&format!("{previous}{current}{unversioned}"), "");
    let current_of = |versions| -> Vec<bool> {
        parse_page(&document, versions, 5000)
            .unwrap()
            .0
            .iter()
            .map(|blob| blob.current)
            .collect()
    };
    assert_eq!(current_of(true), [false, true, true]);
    assert_eq!(current_of(false), [true, true, true]);
}

#[test]
fn directories_and_prefixes_are_told_apart_from_blobs() {
    let directory = "<Blob><Name>d</Name><Properties><ResourceType>directory</ResourceType></Properties></Blob>\
                     <BlobPrefix><Name>p/</Name></BlobPrefix>";
    let (blobs, _) = parse_page(&page(directory, ""), false, 5000).unwrap();
    assert_eq!(blobs.len(), 1);
    assert!(blobs[0].directory);
}

#[test]
fn a_damaged_page_is_refused_and_never_half_read() {
    let whole = page(
        &entry("<Name>a</Name>", "<Metadata><k>v</k></Metadata>"),
        "<NextMarker />",
    );
    for end in 0..whole.len() {
        assert!(parse_page(&whole[..end], false, 5000).is_err(), "cut at {end}");
    }
    for broken in [
        entry("", ""),
        entry("<Name>&nbsp;</Name>", ""),
        entry("<Name Encoded=\"true\">%FF</Name>", ""),
        entry(
            "<Name>a</Name>",
            "<Properties><Content-Length>-1</Content-Length></Properties>",
        ),
        entry(
            "<Name>a</Name>",
            "<Properties><Last-Modified>soon</Last-Modified></Properties>",
        ),
    ] {
        assert!(parse_page(&page(&broken, ""), false, 5000).is_err(), "{broken}");
    }
    assert!(parse_page(b"<html></html>", false, 5000).is_err());
    assert!(parse_page(b"\xff\xfe", false, 5000).is_err());
}

#[test]
fn staged_blocks_leave_the_committed_ones_out() {
    let document = b"<?xml version=\"1.0\"?><BlockList><CommittedBlocks><Block><Name>QQ==</Name><Size>9</Size></Block>\
        </CommittedBlocks><UncommittedBlocks><Block><Name>Qg==</Name><Size>4194304</Size></Block><Block><Name>Qw==\
        </Name><Size>1</Size></Block></UncommittedBlocks></BlockList>";
    let block = |id: &str, size_bytes| StagedBlock {
        id: id.into(),
        size_bytes,
    };
    assert_eq!(
        parse_staged_blocks(document).unwrap(),
        [block("Qg==", 4_194_304), block("Qw==", 1)]
    );
}

#[test]
fn tags_and_delegation_keys_are_read() {
    let tags = b"<Tags><TagSet><Tag><Key>a b</Key><Value>1 &gt; 0</Value></Tag></TagSet></Tags>";
    assert_eq!(
        parse_tags(tags).unwrap(),
        BTreeMap::from([("a b".to_owned(), "1 > 0".to_owned())])
    );
    assert_eq!(parse_tags(b"<Tags><TagSet /></Tags>").unwrap(), BTreeMap::new());
    let key = b"<UserDelegationKey><SignedOid>o</SignedOid><SignedTid>t</SignedTid><SignedStart>2025-06-03T09:00:00Z\
        </SignedStart><SignedExpiry>2025-06-04T09:00:00Z</SignedExpiry><SignedService>b</SignedService>\
        <SignedVersion>2025-11-05</SignedVersion><Value>a2V5</Value></UserDelegationKey>";
    let key = parse_delegation_key(key).unwrap();
    assert_eq!((key.signed_oid.as_str(), key.signed_tid.as_str()), ("o", "t"));
    assert_eq!(key.signed_start.to_string(), "2025-06-03T09:00:00Z");
    assert_eq!(key.value.expose_secret(), "a2V5");
    assert!(!format!("{key:?}").contains("a2V5"));
    assert!(
        parse_delegation_key(b"<UserDelegationKey><SignedOid>o</SignedOid></UserDelegationKey>").is_err()
    );
}
