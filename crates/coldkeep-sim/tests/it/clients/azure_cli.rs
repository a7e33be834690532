//! The Azure CLI: in a cloud registered for the simulator, and by Microsoft's own names.

use super::{Stage, finish, tool};
use std::path::Path;

#[tokio::test(flavor = "multi_thread")]
async fn the_azure_cli_signs_in_and_works() {
    Stage::https()
        .await
        .run_python("azure-sdk", "azure_cli_client")
        .await;
}

/// `docs/azure-checklist.md`, which nobody here can run against Azure.
#[tokio::test(flavor = "multi_thread")]
async fn the_questions_to_azure_can_be_asked_as_they_are_written() {
    let stage = Stage::https().await;
    let clients = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clients");
    let mut python = stage.command(tool("azure-sdk/bin/python"));
    python
        .args(["-m", "unittest", "-v", "questions"])
        .env("PYTHONPATH", clients)
        .env("HTTPS_PROXY", stage.proxy());
    let output = finish(python).await;
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && told.contains("Ran 3 tests"), "{told}");
}
