//! Microsoft's libraries for JavaScript, `@azure/identity` and `@azure/storage-blob`.

use super::{Stage, finish, tool};
use std::path::Path;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn microsofts_libraries_for_javascript_work_by_public_names() {
    let stage = Stage::https().await;
    stage.app_with_certificate("certificate.pem");
    let packages = tool("azure-sdk-js/node_modules").canonicalize().unwrap();
    let mut node = stage.command(packages.join("node/bin/node"));
    node.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clients/storage_blob_js.mjs"))
        .env("JS_PACKAGES", packages.join("of-the-test.js"))
        .env("NODE_EXTRA_CA_CERTS", stage.dir().join("ca.pem"))
        .env("HTTPS_PROXY", stage.proxy());
    let output = finish(node).await;
    let told = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{told}\n{errors}");
    assert!(told.contains("pass 11"), "{told}");
}
