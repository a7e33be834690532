//! Microsoft's `azure-identity` for Python, as the Azure SDK uses it.

use super::Stage;

#[tokio::test(flavor = "multi_thread")]
async fn azure_identity_signs_in() {
    Stage::https()
        .await
        .run_python("azure-sdk", "identity_client")
        .await;
}
