//! Microsoft Graph by plain HTTP from Python, with tokens by MSAL: there is no lean client of Microsoft's.

use super::Stage;
use coldkeep_sim::{Options, UserSeed};

/// With somebody who has no role beside the administrator.
async fn run(file: &str) {
    let mut options = Options {
        tls: true,
        ..Options::default()
    };
    options.tenants[0].users.push(UserSeed {
        principal_name: "kim@northwind.example".to_owned(),
        display_name: "Kim Larsen".to_owned(),
        admin: false,
    });
    Stage::with(options).await.run_python("azure-sdk", file).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_administrators_tool_manages_applications() {
    run("graph_client").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rights_are_granted_and_bind() {
    run("graph_rights").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn queries_and_batches_are_answered() {
    run("graph_queries").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_azure_cli_administers_the_directory() {
    run("graph_cli").await;
}
