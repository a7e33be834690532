//! Microsoft's `azure-identity` for Python, as the Azure SDK uses it.

use super::Stage;
use coldkeep_sim::Options;

#[tokio::test(flavor = "multi_thread")]
async fn azure_identity_signs_in() {
    Stage::https()
        .await
        .run_python("azure-sdk", "identity_client")
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn azures_libraries_take_the_simulator_for_azure() {
    let options = Options {
        tls: true,
        arm_page_size: 1,
        ..Options::default()
    };
    Stage::with(options)
        .await
        .run_python("azure-sdk", "public_names")
        .await;
}
