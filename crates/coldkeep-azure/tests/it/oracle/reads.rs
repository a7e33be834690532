//! The operations that read, as both clients have them.

use azure_storage_blob::models::{
    BlobClientDownloadOptions, BlobClientGetPropertiesOptions, BlobClientGetTagsOptions,
    BlobContainerClientListBlobsOptions, BlockListType, ListBlobsIncludeItem,
};
use bytes::Bytes;
use coldkeep_azure::blob::{Include, Read};
use coldkeep_core::ByteRange;
use futures::StreamExt;

use super::{Operation, reply};

pub(crate) const VERSION: &str = "2025-06-03T10:11:12.1234567Z";

const HEAD: &[(&str, &str)] = &[
    ("etag", "\"0x8DD\""),
    ("content-length", "3"),
    ("last-modified", "Tue, 03 Jun 2025 10:11:12 GMT"),
    ("x-ms-blob-type", "BlockBlob"),
];

const PAGE: &str = "<?xml version=\"1.0\" encoding=\"utf-8\"?><EnumerationResults ServiceEndpoint=\"http://127.0.0.1:9/\" \
                    ContainerName=\"backups\"><Blobs /><NextMarker /></EnumerationResults>";

fn page() -> Vec<http::Response<Bytes>> {
    vec![reply(200, &[("content-type", "application/xml")], PAGE)]
}

fn content() -> Vec<http::Response<Bytes>> {
    let range = [HEAD, &[("content-range", "bytes 2-4/1000")]].concat();
    vec![reply(206, &range, "abc")]
}

pub(crate) const OPERATIONS: &[Operation] = &[
    Operation {
        name: "container and account properties",
        answers: || vec![reply(200, &[("etag", "\"0x1\"")], ""), reply(200, &[], "")],
        ours: |ours, _| Box::pin(async { drop(ours.fetch_facts().await.unwrap()) }),
        theirs: |theirs, _| {
            Box::pin(async {
                theirs.container().get_properties(None).await.unwrap();
                theirs.container().get_account_info(None).await.unwrap();
            })
        },
    },
    Operation {
        name: "list",
        answers: page,
        ours: |ours, _| {
            let page = async { ours.fetch_list_page("", None, Include::default(), None).await };
            Box::pin(async { drop(page.await.unwrap()) })
        },
        theirs: |theirs, _| {
            Box::pin(async {
                let mut pages = theirs.container().list_blobs(None).unwrap().into_pages();
                pages.next().await.unwrap().unwrap();
            })
        },
    },
    Operation {
        name: "list with everything",
        answers: page,
        ours: |ours, name| {
            Box::pin(async move {
                let include = Include {
                    metadata: true,
                    tags: true,
                    versions: true,
                };
                let page = ours.fetch_list_page(name, Some("2!88!a+b/c=="), include, Some(10));
                page.await.unwrap();
            })
        },
        theirs: |theirs, name| {
            Box::pin(async move {
                let options = BlobContainerClientListBlobsOptions {
                    include: Some(vec![
                        ListBlobsIncludeItem::Metadata,
                        ListBlobsIncludeItem::Tags,
                        ListBlobsIncludeItem::Versions,
                    ]),
                    marker: Some("2!88!a+b/c==".into()),
                    maxresults: Some(10),
                    prefix: Some(name.into()),
                    ..Default::default()
                };
                let mut pages = theirs.container().list_blobs(Some(options)).unwrap().into_pages();
                pages.next().await.unwrap().unwrap();
            })
        },
    },
    Operation {
        name: "head",
        answers: || vec![reply(200, HEAD, "")],
        ours: |ours, name| Box::pin(async move { drop(ours.fetch_head(name, None).await.unwrap()) }),
        theirs: |theirs, name| {
            Box::pin(async move { drop(theirs.blob(name).get_properties(None).await.unwrap()) })
        },
    },
    Operation {
        name: "head of a version",
        answers: || vec![reply(200, HEAD, "")],
        ours: |ours, name| Box::pin(async move { drop(ours.fetch_head(name, Some(VERSION)).await.unwrap()) }),
        theirs: |theirs, name| {
            Box::pin(async move {
                let options = BlobClientGetPropertiesOptions {
                    version_id: Some(VERSION.into()),
                    ..Default::default()
                };
                theirs.blob(name).get_properties(Some(options)).await.unwrap();
            })
        },
    },
    Operation {
        name: "get",
        answers: || vec![reply(200, HEAD, "abc")],
        ours: |ours, name| {
            Box::pin(async move { drop(ours.fetch_blob(name, Read::default()).await.unwrap()) })
        },
        theirs: |theirs, name| Box::pin(async move { drop(theirs.blob(name).download(None).await.unwrap()) }),
    },
    Operation {
        name: "get a range of a version",
        answers: content,
        ours: |ours, name| {
            Box::pin(async move {
                let read = Read {
                    version_id: Some(VERSION.into()),
                    range: Some(ByteRange {
                        offset: 2,
                        length_bytes: 3,
                    }),
                    if_match: Some("0x8DD".into()),
                    ..Read::default()
                };
                drop(ours.fetch_blob(name, read).await.unwrap());
            })
        },
        theirs: |theirs, name| {
            Box::pin(async move {
                let options = BlobClientDownloadOptions {
                    version_id: Some(VERSION.into()),
                    range: Some((2..5_u64).into()),
                    if_match: Some("\"0x8DD\"".into()),
                    ..Default::default()
                };
                drop(theirs.blob(name).download(Some(options)).await.unwrap());
            })
        },
    },
    Operation {
        name: "get tags",
        answers: || vec![reply(200, &[], "<Tags><TagSet></TagSet></Tags>")],
        ours: |ours, name| Box::pin(async move { drop(ours.fetch_tags(name, Some(VERSION)).await.unwrap()) }),
        theirs: |theirs, name| {
            Box::pin(async move {
                let options = BlobClientGetTagsOptions {
                    version_id: Some(VERSION.into()),
                    ..Default::default()
                };
                theirs.blob(name).get_tags(Some(options)).await.unwrap();
            })
        },
    },
    Operation {
        name: "get block list",
        answers: || vec![reply(200, &[], "<BlockList><UncommittedBlocks /></BlockList>")],
        ours: |ours, name| Box::pin(async move { drop(ours.fetch_staged_blocks(name).await.unwrap()) }),
        theirs: |theirs, name| {
            Box::pin(async move {
                let blob = theirs.blob(name).block_blob_client();
                blob.get_block_list(BlockListType::Uncommitted, None)
                    .await
                    .unwrap();
            })
        },
    },
];
