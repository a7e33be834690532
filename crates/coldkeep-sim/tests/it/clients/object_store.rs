//! The Rust crate `object_store`: the tests of its Azure side, built from the crate as it is published.

use super::{
    Stage, finish,
    ledger::{Ledger, Outcome},
    tool,
};
use coldkeep_sim::Options;
use std::{collections::BTreeMap, process::Command};

/// Runs the tests that `choose` names, and says how each ended.
async fn run(mut program: Command, choose: &[&str]) -> (BTreeMap<String, Outcome>, String) {
    program.args(choose).env("TEST_INTEGRATION", "1");
    let output = finish(program).await;
    let told = String::from_utf8_lossy(&output.stdout).into_owned();
    let lines = told
        .lines()
        .filter_map(|line| line.strip_prefix("test ")?.split_once(" ... "));
    let run = lines.map(|(name, outcome)| {
        let word = outcome.split([',', ' ']).next().unwrap_or_default();
        (name.to_owned(), Outcome::of(word))
    });
    (run.collect(), told)
}

#[tokio::test(flavor = "multi_thread")]
async fn object_store_passes_its_own_tests() {
    let ledger = Ledger::of("object_store");
    let stage = Stage::with(Options::default()).await;
    let world = stage.sim.world();
    world
        .blobs
        .create_container("northsource", "test-bucket", world.now());
    let mut program = stage.command(tool("object_store/azure-tests"));
    program.envs([
        ("AZURE_STORAGE_ACCOUNT_NAME", "northsource".to_owned()),
        (
            "AZURE_STORAGE_ACCOUNT_KEY",
            world.account_key("northsource").unwrap(),
        ),
        (
            "AZURE_STORAGE_ENDPOINT",
            stage.sim.endpoints().blob.replace("{account}", "northsource"),
        ),
        ("AZURE_CONTAINER_NAME", "test-bucket".to_owned()),
        ("AZURE_ALLOW_HTTP", "true".to_owned()),
    ]);
    let (run, told) = run(program, &["azure::"]).await;
    let differences = ledger.differences(&run);
    assert!(differences.is_empty(), "{}\n{told}", differences.join("\n"));
    assert!(world.log().count() > 500, "they did not speak to the simulator");
}

/// The same against what it takes for Azurite.
#[tokio::test(flavor = "multi_thread")]
async fn object_store_takes_the_simulator_for_azurite() {
    let stage = Stage::with(Options::default().with_azurite_account()).await;
    let world = stage.sim.world();
    world
        .blobs
        .create_container("devstoreaccount1", "test-bucket", world.now());
    let mut program = stage.command(tool("object_store/azure-tests"));
    let blob = stage.sim.endpoints().blob;
    program
        .env("AZURITE_BLOB_STORAGE_URL", blob.trim_end_matches("/{account}"))
        .envs([
            ("AZURE_STORAGE_USE_EMULATOR", "true"),
            ("AZURE_CONTAINER_NAME", "test-bucket"),
        ]);
    let (run, told) = run(program, &["--exact", "azure::tests::azure_blob_test"]).await;
    assert_eq!(
        run.get("azure::tests::azure_blob_test"),
        Some(&Outcome::Passed),
        "{told}"
    );
}

/// What its authors run by hand against a real account, at the real hosts: a proxy leads there, and the simulator answers.
#[tokio::test(flavor = "multi_thread")]
async fn object_store_takes_the_simulator_for_azure() {
    let stage = Stage::https().await;
    let world = stage.sim.world();
    world
        .blobs
        .create_container("northsource", "test-bucket", world.now());
    let app = world.ready_app().unwrap();
    let mut program = stage.command(tool("object_store/azure-tests"));
    program.env("HTTPS_PROXY", stage.proxy()).envs([
        ("AZURE_ACCOUNT_NAME", "northsource"),
        ("AZURE_STORAGE_ACCOUNT_NAME", "northsource"),
        ("AZURE_CONTAINER_NAME", "test-bucket"),
        ("AZURE_CLIENT_ID", &app.app_id),
        ("AZURE_CLIENT_SECRET", &app.secret),
        ("AZURE_TENANT_ID", &app.tenant_id),
    ]);
    let names = [
        "azure::tests::test_user_delegation_key",
        "azure::tests::azure_blob_cpk_test",
    ];
    let (run, told) = run(program, &[&["--ignored", "--exact"], &names[..]].concat()).await;
    for name in names {
        assert_eq!(run.get(name), Some(&Outcome::Passed), "{told}");
    }
}
