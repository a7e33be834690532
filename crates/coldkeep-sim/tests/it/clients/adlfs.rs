//! adlfs, a file system over Blob Storage for Python: the tests that its source package ships, as they are.

use super::{
    Stage, finish,
    ledger::{Ledger, outcomes},
    tool,
};
use coldkeep_sim::Options;
use std::path::Path;

#[tokio::test(flavor = "multi_thread")]
async fn adlfs_passes_its_own_tests() {
    let ledger = Ledger::of("adlfs");
    let stage = Stage::with(Options::default().with_azurite_account()).await;
    let blob = stage.sim.endpoints().blob;
    let host = blob.trim_start_matches("http://").trim_end_matches("/{account}");
    let left_out: Vec<_> = ledger.left_out().collect();
    let written = stage.dir().join("outcomes");
    let mut pytest = stage.command(tool("adlfs/bin/python"));
    pytest
        .args([
            "-m",
            "pytest",
            "-q",
            "--tb=short",
            "-p",
            "simulator",
            "-p",
            "no:cacheprovider",
        ])
        // As the project's own settings have it, which an installed package does not carry.
        .args(["-o", "asyncio_mode=auto", "--pyargs", "adlfs.tests"])
        .env(
            "PYTHONPATH",
            Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clients/adlfs"),
        )
        .env("SIMULATOR", host)
        .env("LEFT_OUT", left_out.join("\n"))
        .env("OUTCOMES", &written);
    let output = finish(pytest).await;
    let told = String::from_utf8_lossy(&output.stdout);
    let run = std::fs::read_to_string(&written).unwrap_or_else(|error| panic!("{error}: {told}"));
    let differences = ledger.differences(&outcomes(&run));
    assert!(differences.is_empty(), "{}\n{told}", differences.join("\n"));
    assert!(ledger.passing() >= 100);
}
