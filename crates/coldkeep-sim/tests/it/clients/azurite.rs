//! Azurite, Microsoft's emulator: one contract of Blob behaviour, held against it and against the simulator.

use super::{Stage, finish, tool};
use coldkeep_sim::Options;
use std::{
    net::{TcpListener, TcpStream},
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

const CASES: &str = "azurite_contract";
/// How many behaviours both are asked for, at least.
const CASES_MIN: usize = 100;
const ACCOUNT: &str = "contract";
const KEY: &str = "dGhlLWtleS1vZi10aGUtY29udHJhY3Q=";

/// A running Azurite, ended with the test.
struct Azurite {
    process: Child,
    port: u16,
}

impl Drop for Azurite {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Azurite {
    fn start(folder: &Path) -> Self {
        let port = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let home = tool("azurite/node_modules").canonicalize().unwrap();
        let process = Command::new(home.join("node/bin/node"))
            .arg(home.join("azurite/dist/src/blob/main.js"))
            .args(["--blobHost", "127.0.0.1", "--blobPort", &port.to_string()])
            .args(["--disableTelemetry", "--silent", "--inMemoryPersistence"])
            .env("AZURITE_ACCOUNTS", format!("{ACCOUNT}:{KEY}"))
            .current_dir(folder)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let azurite = Self { process, port };
        let limit = Instant::now() + Duration::from_secs(60);
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(Instant::now() < limit, "Azurite does not listen");
            std::thread::yield_now();
        }
        azurite
    }
}

/// Runs all cases; those that stand in the table of differences must fail, the others pass.
async fn hold(stage: &Stage, service: &str, endpoint: &str, (account, key): (&str, &str)) {
    let mut python = stage.command(tool("azure-sdk/bin/python"));
    python
        .args(["-m", "unittest", "-v", CASES])
        .env(
            "PYTHONPATH",
            Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clients"),
        )
        .env("CONTRACT_SERVICE", service)
        .env("CONTRACT_ENDPOINT", endpoint)
        .env("CONTRACT_ACCOUNT", account)
        .env("CONTRACT_KEY", key);
    let output = finish(python).await;
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{service}\n{told}");
    let ran = told
        .split("Ran ")
        .nth(1)
        .and_then(|rest| rest.split(' ').next()?.parse::<usize>().ok());
    assert!(ran.is_some_and(|ran| ran >= CASES_MIN), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn azurite_and_the_simulator_hold_the_same_contract() {
    let stage = Stage::with(Options::default()).await;
    let azurite = Azurite::start(stage.dir());
    let endpoint = format!("http://127.0.0.1:{}/{ACCOUNT}", azurite.port);
    hold(&stage, "azurite", &endpoint, (ACCOUNT, KEY)).await;
    let world = stage.sim.world();
    let endpoint = world.endpoints().blob.replace("{account}", "northsource");
    let key = world.account_key("northsource").unwrap();
    hold(&stage, "simulator", &endpoint, ("northsource", &key)).await;
}
