//! Microsoft's authentication library for Python, and a Graph client of a few lines on top of it.

use super::Stage;

async fn run(file: &str) {
    Stage::https().await.run_python("azure-sdk", file).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn msal_signs_applications_in() {
    run("msal_client").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn msal_signs_people_in() {
    run("msal_person").await;
}
