//! The operations that change something, as both clients have them.

use azure_core::{http::RequestContent, time::parse_rfc3339};
use azure_storage_blob::models::{
    AccessTier, BlobClientDeleteOptions, BlobClientSetImmutabilityPolicyOptions, BlobClientSetTagsOptions,
    BlobClientStartCopyFromUrlOptions, BlockBlobClientStageBlockFromUrlOptions,
    BlockBlobClientStageBlockOptions, BlockBlobClientUploadBlobFromUrlOptions, BlockLookupList,
    ImmutabilityPolicyMode, KeyInfo,
};
use bytes::Bytes;
use coldkeep_azure::blob::{CopySource, CountsAs, Write};
use coldkeep_core::{ByteRange, Timestamp, repository::Tier};

use super::{
    Operation,
    operations::{
        SOURCE, everything, md5, source, tags, their_commit, their_copy, their_source, their_tags,
        their_upload,
    },
    reads::VERSION,
    reply,
};

/// Block ids before base64, which Microsoft's client does itself.
const BLOCKS: &[&[u8]] = &[b"block-0001?>", b"block-0002~~"];
const BLOCKS_BASE64: &[&str] = &["YmxvY2stMDAwMT8+", "YmxvY2stMDAwMn5+"];
const START: &str = "2025-06-03T12:00:00Z";
const EXPIRY: &str = "2025-06-04T12:00:00Z";

fn created() -> Vec<http::Response<Bytes>> {
    vec![reply(201, &[("etag", "\"0x8DD\"")], "")]
}

fn deleted() -> Vec<http::Response<Bytes>> {
    vec![reply(202, &[], "")]
}

const KEY: &str = "<UserDelegationKey><SignedOid>o</SignedOid><SignedTid>t</SignedTid><SignedStart>2025-06-03T12:00:00Z\
                   </SignedStart><SignedExpiry>2025-06-04T12:00:00Z</SignedExpiry><SignedService>b</SignedService>\
                   <SignedVersion>2025-11-05</SignedVersion><Value>QQ==</Value></UserDelegationKey>";

pub(crate) const OPERATIONS: &[Operation] = &[
    Operation {
        name: "create container",
        answers: created,
        ours: |ours, _| Box::pin(async { assert!(ours.create_container().await.unwrap()) }),
        theirs: |theirs, _| Box::pin(async { drop(theirs.container().create(None).await.unwrap()) }),
    },
    Operation {
        name: "put blob",
        answers: created,
        ours: |ours, name| {
            Box::pin(async move {
                let content = Bytes::from_static(b"hello");
                ours.create_blob(name, content, &everything()).await.unwrap();
            })
        },
        theirs: |theirs, name| {
            Box::pin(async move {
                let content = RequestContent::from(b"hello".to_vec());
                theirs
                    .blob(name)
                    .upload(content, Some(their_upload()))
                    .await
                    .unwrap();
            })
        },
    },
    Operation {
        name: "put block",
        answers: created,
        ours: |ours, name| {
            Box::pin(async move {
                let content = Bytes::from_static(b"hello");
                let staged = ours.stage_block(name, BLOCKS_BASE64[0], content, CountsAs::Data);
                staged.await.unwrap();
            })
        },
        theirs: |theirs, name| {
            Box::pin(async move {
                let options = BlockBlobClientStageBlockOptions {
                    transactional_content_md5: Some(md5()),
                    ..Default::default()
                };
                let content = RequestContent::from(b"hello".to_vec());
                let blob = theirs.blob(name).block_blob_client();
                blob.stage_block(BLOCKS[0], 5, content, Some(options))
                    .await
                    .unwrap();
            })
        },
    },
    Operation {
        name: "put block list",
        answers: created,
        ours: |ours, name| {
            Box::pin(async move {
                let ids: Vec<String> = BLOCKS_BASE64.iter().map(|id| (*id).to_owned()).collect();
                ours.commit_blocks(name, &ids, &everything()).await.unwrap();
            })
        },
        theirs: |theirs, name| {
            Box::pin(async move {
                let list = BlockLookupList {
                    latest: Some(BLOCKS.iter().map(|id| id.to_vec()).collect()),
                    ..Default::default()
                };
                let blob = theirs.blob(name).block_blob_client();
                let commit = blob.commit_block_list(list.try_into().unwrap(), Some(their_commit()));
                commit.await.unwrap();
            })
        },
    },
    Operation {
        name: "put block from url",
        answers: created,
        ours: |ours, name| {
            Box::pin(async move {
                let source = source();
                let staged = ours.stage_block_from_url(
                    name,
                    BLOCKS_BASE64[1],
                    &source,
                    ByteRange {
                        offset: 100,
                        length_bytes: 50,
                    },
                );
                staged.await.unwrap();
            })
        },
        theirs: |theirs, name| {
            Box::pin(async move {
                let options = BlockBlobClientStageBlockFromUrlOptions {
                    copy_source_authorization: Some("Bearer token".into()),
                    source_if_match: Some("\"0x1\"".into()),
                    source_content_md5: Some(md5()),
                    source_range: Some((100..150_u64).into()),
                    ..Default::default()
                };
                let blob = theirs.blob(name).block_blob_client();
                let staged = blob.stage_block_from_url(BLOCKS[1], 0, their_source(), Some(options));
                staged.await.unwrap();
            })
        },
    },
    Operation {
        name: "put blob from url",
        answers: created,
        ours: |ours, name| {
            Box::pin(async move {
                let (source, how) = (source(), everything());
                ours.create_blob_from_url(name, &source, &how).await.unwrap();
            })
        },
        theirs: |theirs, name| {
            Box::pin(async move {
                let blob = theirs.blob(name).block_blob_client();
                let copied = blob.upload_blob_from_url(their_source(), Some(their_copy()));
                copied.await.unwrap();
            })
        },
    },
    Operation {
        name: "put blob from url with the source's properties",
        answers: created,
        ours: |ours, name| {
            Box::pin(async move {
                let source = CopySource {
                    url: SOURCE.into(),
                    ..CopySource::default()
                };
                let how = Write {
                    overwrite: true,
                    copy_source_properties: true,
                    tier: Some(Tier::Archive),
                    ..Write::default()
                };
                ours.create_blob_from_url(name, &source, &how).await.unwrap();
            })
        },
        theirs: |theirs, name| {
            Box::pin(async move {
                let options = BlockBlobClientUploadBlobFromUrlOptions {
                    copy_source_blob_properties: Some(true),
                    tier: Some(AccessTier::Archive),
                    ..Default::default()
                };
                let blob = theirs.blob(name).block_blob_client();
                blob.upload_blob_from_url(SOURCE.into(), Some(options))
                    .await
                    .unwrap();
            })
        },
    },
    Operation {
        // Microsoft's crate has the copy that goes on after the answer; ours asks for the same to be done before it.
        name: "copy blob",
        answers: || vec![reply(202, &[("etag", "\"0x8DD\"")], "")],
        ours: |ours, name| {
            Box::pin(async move {
                let source = CopySource {
                    url: SOURCE.into(),
                    if_match: Some("0x1".into()),
                    ..CopySource::default()
                };
                let how = Write {
                    tier: Some(Tier::Cold),
                    ..Write::default()
                };
                ours.copy_blob_from_url(name, &source, &how).await.unwrap();
            })
        },
        theirs: |theirs, name| {
            Box::pin(async move {
                let options = BlobClientStartCopyFromUrlOptions {
                    if_none_match: Some("*".into()),
                    source_if_match: Some("\"0x1\"".into()),
                    tier: Some(AccessTier::Cold),
                    ..Default::default()
                };
                let copied = theirs.blob(name);
                copied
                    .start_copy_from_url(SOURCE.into(), Some(options))
                    .await
                    .unwrap();
            })
        },
    },
    Operation {
        name: "delete",
        answers: deleted,
        ours: |ours, name| Box::pin(async move { assert!(ours.delete_blob(name, None).await.unwrap()) }),
        theirs: |theirs, name| Box::pin(async move { drop(theirs.blob(name).delete(None).await.unwrap()) }),
    },
    Operation {
        name: "delete a version",
        answers: deleted,
        ours: |ours, name| {
            Box::pin(async move { assert!(ours.delete_blob(name, Some(VERSION)).await.unwrap()) })
        },
        theirs: |theirs, name| {
            Box::pin(async move {
                let options = BlobClientDeleteOptions {
                    version_id: Some(VERSION.into()),
                    ..Default::default()
                };
                theirs.blob(name).delete(Some(options)).await.unwrap();
            })
        },
    },
    Operation {
        name: "delete by condition",
        answers: deleted,
        ours: |ours, name| Box::pin(async move { ours.probe_delete(name, false).await.unwrap() }),
        theirs: |theirs, name| {
            Box::pin(async move {
                let options = BlobClientDeleteOptions {
                    if_match: Some("\"0x0\"".into()),
                    ..Default::default()
                };
                theirs.blob(name).delete(Some(options)).await.unwrap();
            })
        },
    },
    Operation {
        name: "set tags",
        answers: || vec![reply(204, &[], "")],
        ours: |ours, name| {
            Box::pin(async move { ours.set_tags(name, Some(VERSION), &tags()).await.unwrap() })
        },
        theirs: |theirs, name| {
            Box::pin(async move {
                let options = BlobClientSetTagsOptions {
                    version_id: Some(VERSION.into()),
                    ..Default::default()
                };
                let tags = their_tags().try_into().unwrap();
                theirs.blob(name).set_tags(tags, Some(options)).await.unwrap();
            })
        },
    },
    Operation {
        name: "set immutability policy",
        answers: || vec![reply(200, &[], "")],
        ours: |ours, name| Box::pin(async move { ours.probe_lock(name).await.unwrap() }),
        theirs: |theirs, name| {
            Box::pin(async move {
                let options = BlobClientSetImmutabilityPolicyOptions {
                    immutability_policy_mode: Some(ImmutabilityPolicyMode::Unlocked),
                    ..Default::default()
                };
                let until = parse_rfc3339("2025-06-04T12:00:00Z").unwrap();
                let blob = theirs.blob(name);
                blob.set_immutability_policy(&until, Some(options)).await.unwrap();
            })
        },
    },
    Operation {
        name: "user delegation key",
        answers: || vec![reply(200, &[], KEY)],
        ours: |ours, _| {
            Box::pin(async {
                let time = |text: &str| text.parse::<Timestamp>().unwrap();
                ours.fetch_user_delegation_key(time(START), time(EXPIRY))
                    .await
                    .unwrap();
            })
        },
        theirs: |theirs, _| {
            Box::pin(async {
                let times = KeyInfo {
                    start: Some(parse_rfc3339(START).unwrap()),
                    expiry: Some(parse_rfc3339(EXPIRY).unwrap()),
                    ..KeyInfo::default()
                };
                let times = times.try_into().unwrap();
                theirs
                    .service()
                    .get_user_delegation_key(times, None)
                    .await
                    .unwrap();
            })
        },
    },
];
