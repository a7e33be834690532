//! Microsoft's Blob library for Python, topic by topic.

use super::Stage;

async fn run(file: &str) {
    Stage::https().await.run_python("azure-sdk", file).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn storage_blob_lives() {
    run("storage_blob_client").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn storage_blob_keeps_snapshots_versions_and_what_was_deleted() {
    run("storage_blob_kept").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn storage_blob_is_kept_from_deleting() {
    run("storage_blob_protect").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn storage_blob_finds_by_tags() {
    run("storage_blob_tags").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn storage_blob_copies_and_changes_tiers() {
    run("storage_blob_copy").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn storage_blob_signs() {
    run("storage_blob_sas").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn storage_blob_leases() {
    run("storage_blob_leases").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn storage_blob_appends_and_writes_pages() {
    run("storage_blob_kinds").await;
}
