//! The Azure CLI, in a cloud registered for the simulator.

use super::Stage;

#[tokio::test(flavor = "multi_thread")]
async fn the_azure_cli_signs_in_and_works() {
    Stage::https()
        .await
        .run_python("azure-sdk", "azure_cli_client")
        .await;
}
