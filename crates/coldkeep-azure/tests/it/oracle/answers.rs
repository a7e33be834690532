//! Both clients read the same answers; what they understand is compared field by field.

use std::collections::{BTreeMap, HashMap};

use azure_core::time::OffsetDateTime;
use azure_storage_blob::models::{BlobClientGetPropertiesResultHeaders, BlobItem, BlobTags, BlockListType};
use coldkeep_azure::blob::Include;
use coldkeep_core::blob::{BlobType, ListedBlob};
use futures::StreamExt;

use super::{both, reply};

/// Names as XML writes them: entities, other alphabets, and one that XML cannot hold.
const PAGE: &str = "\u{feff}<?xml version=\"1.0\" encoding=\"utf-8\"?><EnumerationResults ServiceEndpoint=\"http://127.0.0.1:9/\" \
ContainerName=\"backups\"><Prefix>p</Prefix><Blobs><Blob><Name>a &amp; b/&lt;c&gt;+%41é名前😀</Name>\
<VersionId>2025-06-03T10:11:12.1234567Z</VersionId><IsCurrentVersion>true</IsCurrentVersion><Properties>\
<Creation-Time>Mon, 02 Jun 2025 10:11:12 GMT</Creation-Time><Last-Modified>Tue, 03 Jun 2025 10:11:12 GMT</Last-Modified>\
<Etag>0x8DD</Etag><Content-Length>5000000000</Content-Length><Content-Type>text/plain</Content-Type>\
<Content-Encoding>gzip</Content-Encoding><Content-Language>de</Content-Language><Content-CRC64 />\
<Content-MD5>XUFAKrxLKna5cZ2REBfFkg==</Content-MD5><Cache-Control>no-cache</Cache-Control>\
<Content-Disposition>inline; a=&quot;b&quot;</Content-Disposition><BlobType>BlockBlob</BlobType>\
<AccessTier>Archive</AccessTier><ArchiveStatus>rehydrate-pending-to-cool</ArchiveStatus><LeaseStatus>unlocked</LeaseStatus>\
<LeaseState>available</LeaseState><ServerEncrypted>true</ServerEncrypted><TagCount>2</TagCount></Properties>\
<Metadata><Key>a value</Key><other_key>1 &lt; 2</other_key></Metadata><Tags><TagSet><Tag><Key>a b</Key><Value>1+2</Value></Tag>\
<Tag><Key>k</Key><Value>v</Value></Tag></TagSet></Tags></Blob><Blob><Name Encoded=\"true\">%EF%BF%BE%2Fx%2541</Name>\
<VersionId>2025-06-03T10:11:13.0000000Z</VersionId><Properties><Last-Modified>Tue, 03 Jun 2025 10:11:13 GMT</Last-Modified>\
<Etag>0x8DE</Etag><Content-Length>0</Content-Length><BlobType>AppendBlob</BlobType></Properties></Blob></Blobs>\
<NextMarker>2!88!a+b/c==</NextMarker></EnumerationResults>";

/// A blob in words that both clients have.
#[derive(Debug, Default, PartialEq, Eq)]
struct Seen {
    name: String,
    etag: String,
    size_bytes: u64,
    modified: i64,
    created: Option<i64>,
    blob_type: String,
    content_headers: [Option<String>; 6],
    metadata: BTreeMap<String, String>,
    tags: BTreeMap<String, String>,
    tier: Option<String>,
    archive_status: Option<String>,
    version_id: Option<String>,
    current: bool,
}

fn ours(blob: &ListedBlob) -> Seen {
    let kind = match blob.blob_type {
        BlobType::Block => "BlockBlob",
        BlobType::Append => "AppendBlob",
        BlobType::Page => "PageBlob",
    };
    let headers = &blob.headers;
    Seen {
        name: blob.name.clone(),
        etag: blob.etag.clone(),
        size_bytes: blob.size_bytes,
        modified: blob.last_modified.as_second(),
        created: blob.created.map(|time| time.as_second()),
        blob_type: kind.into(),
        content_headers: [
            headers.content_type.clone(),
            headers.content_encoding.clone(),
            headers.content_language.clone(),
            headers.content_disposition.clone(),
            headers.cache_control.clone(),
            headers.content_md5.clone(),
        ],
        metadata: blob.metadata.clone(),
        tags: blob.tags.clone(),
        tier: blob.tier.map(|tier| tier.header().to_owned()),
        archive_status: blob.archive_status.clone(),
        version_id: blob.version_id.clone(),
        current: blob.current,
    }
}

fn bare(etag: &dyn ToString) -> String {
    etag.to_string().trim_matches('"').to_owned()
}

fn seconds(time: OffsetDateTime) -> i64 {
    time.unix_timestamp()
}

fn tags_of(tags: Option<BlobTags>) -> BTreeMap<String, String> {
    tags.map(HashMap::from).unwrap_or_default().into_iter().collect()
}

fn theirs(blob: BlobItem) -> Seen {
    let properties = blob.properties.unwrap();
    Seen {
        name: blob.name.unwrap(),
        etag: bare(&properties.etag.unwrap()),
        size_bytes: properties.content_length.unwrap(),
        modified: seconds(properties.last_modified.unwrap()),
        created: properties.creation_time.map(seconds),
        blob_type: properties.blob_type.unwrap().to_string(),
        content_headers: [
            properties.content_type,
            properties.content_encoding,
            properties.content_language,
            properties.content_disposition,
            properties.cache_control,
            properties.content_md5.map(azure_core::base64::encode),
        ],
        metadata: blob
            .metadata
            .and_then(|of| of.values)
            .unwrap_or_default()
            .into_iter()
            .collect(),
        tags: tags_of(blob.blob_tags),
        tier: properties.access_tier.map(|tier| tier.to_string()),
        archive_status: properties.archive_status.map(|status| status.to_string()),
        version_id: blob.version_id,
        current: blob.is_current_version == Some(true),
    }
}

#[tokio::test]
async fn a_page_of_a_list_says_the_same_to_both() {
    let (container, _, client) = both(vec![reply(200, &[("content-type", "application/xml")], PAGE)]);
    let include = Include {
        metadata: true,
        tags: true,
        versions: true,
    };
    let page = container.fetch_list_page("p", None, include, None).await.unwrap();
    let mut pages = client.container().list_blobs(None).unwrap().into_pages();
    let their_page = pages.next().await.unwrap().unwrap().into_model().unwrap();
    assert_eq!(page.next_marker, their_page.next_marker);
    assert_eq!(page.blobs.len(), 2);
    let seen: Vec<_> = page.blobs.iter().map(ours).collect();
    let their_seen: Vec<_> = their_page.blob_items.into_iter().map(theirs).collect();
    assert_eq!(seen, their_seen);
}

#[tokio::test]
async fn a_blobs_properties_say_the_same_to_both() {
    let headers = [
        ("etag", "\"0x8DD\""),
        ("content-length", "12"),
        ("last-modified", "Tue, 03 Jun 2025 10:11:12 GMT"),
        ("x-ms-creation-time", "Mon, 02 Jun 2025 10:11:12 GMT"),
        ("x-ms-blob-type", "PageBlob"),
        ("content-type", "text/plain"),
        ("content-encoding", "gzip"),
        ("content-language", "de"),
        ("content-disposition", "inline"),
        ("cache-control", "no-cache"),
        ("content-md5", "XUFAKrxLKna5cZ2REBfFkg=="),
        ("x-ms-meta-some_key", "a value"),
        ("x-ms-access-tier", "Archive"),
        ("x-ms-archive-status", "rehydrate-pending-to-hot"),
        ("x-ms-version-id", "2025-06-03T10:11:12.1234567Z"),
        ("x-ms-is-current-version", "true"),
    ];
    let (container, _, client) = both(vec![reply(200, &headers, "")]);
    let head = container.fetch_head("a", None).await.unwrap().unwrap();
    let said = client.blob("a").get_properties(None).await.unwrap();
    let their_seen = Seen {
        name: "a".into(),
        etag: bare(&said.etag().unwrap().unwrap()),
        size_bytes: said.content_length().unwrap().unwrap(),
        modified: seconds(said.last_modified().unwrap().unwrap()),
        created: said.creation_time().unwrap().map(seconds),
        blob_type: said.blob_type().unwrap().unwrap().to_string(),
        content_headers: [
            said.content_type().unwrap(),
            said.content_encoding().unwrap(),
            said.content_language().unwrap(),
            said.content_disposition().unwrap(),
            said.cache_control().unwrap(),
            said.content_md5().unwrap().map(azure_core::base64::encode),
        ],
        metadata: said.metadata().unwrap().into_iter().collect(),
        tags: BTreeMap::new(),
        tier: said.access_tier().unwrap(),
        archive_status: said.archive_status().unwrap().map(|status| status.to_string()),
        version_id: said.version_id().unwrap(),
        current: said.is_current_version().unwrap() == Some(true),
    };
    assert_eq!(ours(&head.blob), their_seen);
}

#[tokio::test]
async fn tags_and_blocks_say_the_same_to_both() {
    let tags = "<?xml version=\"1.0\" encoding=\"utf-8\"?><Tags><TagSet><Tag><Key>a b</Key><Value>1+2=3</Value></Tag><Tag>\
                <Key>k</Key><Value>v:w/x</Value></Tag></TagSet></Tags>";
    let blocks = "<?xml version=\"1.0\" encoding=\"utf-8\"?><BlockList><UncommittedBlocks><Block>\
                  <Name>YmxvY2stMDAwMT8+</Name><Size>4194304000</Size></Block><Block><Name>YmxvY2stMDAwMn5+</Name>\
                  <Size>1</Size></Block></UncommittedBlocks></BlockList>";
    let (container, _, client) = both(vec![reply(200, &[], tags), reply(200, &[], blocks)]);
    let read = container.fetch_tags("a", None).await.unwrap();
    let said = client
        .blob("a")
        .get_tags(None)
        .await
        .unwrap()
        .into_model()
        .unwrap();
    assert_eq!(read.len(), 2);
    assert_eq!(read, tags_of(Some(said)));

    let staged = container.fetch_staged_blocks("a").await.unwrap();
    let blob = client.blob("a").block_blob_client();
    let said = blob
        .get_block_list(BlockListType::Uncommitted, None)
        .await
        .unwrap()
        .into_model()
        .unwrap();
    let seen: Vec<_> = staged
        .into_iter()
        .map(|block| (block.id, i64::try_from(block.size_bytes).unwrap()))
        .collect();
    let said = said.uncommitted_blocks.unwrap().into_iter();
    let said: Vec<_> = said
        .map(|block| {
            (
                azure_core::base64::encode(block.name.unwrap()),
                block.size.unwrap(),
            )
        })
        .collect();
    assert_eq!(seen.len(), 2);
    assert_eq!(seen, said);
}

#[tokio::test]
async fn a_refusal_says_the_same_to_both() {
    let headers = [
        ("x-ms-error-code", "CannotVerifyCopySource"),
        ("x-ms-request-id", "r-1"),
        ("x-ms-copy-source-status-code", "401"),
        ("x-ms-copy-source-error-code", "InvalidAuthenticationInfo"),
    ];
    let body = "<?xml version=\"1.0\" encoding=\"utf-8\"?><Error><Code>CannotVerifyCopySource</Code><Message>Server failed.\
                </Message><CopySourceStatusCode>401</CopySourceStatusCode><CopySourceErrorCode>InvalidAuthenticationInfo\
                </CopySourceErrorCode></Error>";
    let (container, _, client) = both(vec![reply(403, &headers, body)]);
    let error = container.delete_blob("a", None).await.unwrap_err();
    let said = client.blob("a").delete(None).await.unwrap_err();
    let said = azure_storage_blob::StorageError::try_from(said).unwrap();
    assert_eq!(error.system().status, Some(u16::from(said.status_code)));
    assert_eq!(
        error.code().map(str::to_owned),
        said.error_code.map(|code| code.to_string())
    );
    assert_eq!(error.system().request_id, said.request_id);
    let source = said.copy_source_status_code.map(u16::from);
    let code = said.copy_source_error_code;
    assert_eq!(
        error.system().source_answered,
        source.zip(code).map(|(status, code)| format!("{status} {code}"))
    );
}
