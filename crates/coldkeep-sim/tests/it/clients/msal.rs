//! Microsoft's authentication library for Python.

use super::Stage;

#[tokio::test(flavor = "multi_thread")]
async fn msal_signs_in() {
    Stage::https().await.run_python("azure-sdk", "msal_client").await;
}
