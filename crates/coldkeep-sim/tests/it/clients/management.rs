//! Microsoft's management libraries for Python.

use super::Stage;
use coldkeep_sim::Options;

/// With pages so short that every list has several.
async fn stage() -> Stage {
    Stage::with(Options {
        tls: true,
        arm_page_size: 1,
        ..Options::default()
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn azure_mgmt_finds_makes_and_deletes() {
    stage().await.run_python("azure-sdk", "management_client").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn azure_mgmt_gives_rights_that_decide() {
    stage().await.run_python("azure-sdk", "management_rights").await;
}
