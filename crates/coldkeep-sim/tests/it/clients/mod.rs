//! Clients that nobody here wrote, on real sockets: each runs in a process of its own against a simulator of its own.

mod adlfs;
mod azcopy;
mod azure_cli;
mod azure_identity;
mod azurite;
mod graph;
mod identity;
mod javascript;
mod ledger;
mod management;
mod msal;
mod object_store;
mod rclone;
mod storage_blob;

use coldkeep_sim::{Options, Sim};
use serde_json::Value;
use std::{
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

/// A simulator for another process, and what that process needs to reach it.
pub struct Stage {
    pub sim: Sim,
    dir: tempfile::TempDir,
}

impl Stage {
    /// Over HTTPS, as Microsoft's clients insist.
    pub async fn https() -> Self {
        Self::with(Options {
            tls: true,
            ..Options::default()
        })
        .await
    }

    pub async fn with(options: Options) -> Self {
        let sim = Sim::start(options).await.unwrap();
        let stage = Self {
            sim,
            dir: tempfile::tempdir().unwrap(),
        };
        stage.write("ca.pem", stage.sim.ca_pem().unwrap_or_default());
        stage
    }

    /// Leads Microsoft's hosts to the simulator.
    pub fn proxy(&self) -> String {
        self.sim.endpoints().proxy.unwrap_or_default()
    }

    /// A folder of its own, gone with the stage.
    pub fn dir(&self) -> &Path {
        self.dir.path()
    }

    /// Writes a file into the folder and says where it is.
    pub fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.dir().join(name);
        std::fs::write(&path, text).unwrap();
        path
    }

    /// A command that starts in the folder, trusts the simulator's certificate and finds the world's description in `SIM`.
    pub fn command(&self, program: impl AsRef<Path>) -> Command {
        let ca = self.dir().join("ca.pem");
        let described: Value = self.sim.world().describe().unwrap();
        let mut command = Command::new(program.as_ref());
        command
            .current_dir(self.dir())
            .env("SIM", described.to_string())
            .env("SSL_CERT_FILE", &ca)
            .env("REQUESTS_CA_BUNDLE", &ca)
            .env("HOME", self.dir())
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .stdin(Stdio::null());
        command
    }

    /// Runs the unit tests of `tests/clients/FILE.py` with the Python of a virtual environment; they must all pass.
    pub async fn run_python(self, environment: &str, file: &str) {
        let mut python = self.command(tool(&format!("{environment}/bin/python")));
        python.args(["-m", "unittest", "-v", file]).env(
            "PYTHONPATH",
            Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clients"),
        );
        let output = finish(python).await;
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{told}");
        assert!(!told.contains("Ran 0 tests"), "{told}");
    }
}

/// Runs it without holding up the simulator.
pub async fn finish(mut command: Command) -> Output {
    let shown = command.get_program().to_owned();
    tokio::task::spawn_blocking(move || command.output())
        .await
        .unwrap()
        .unwrap_or_else(|error| panic!("{}: {error} (cargo xtask tools installs it)", shown.display()))
}

/// A file below the folder into which the test command installs.
pub fn tool(path: &str) -> PathBuf {
    let tools = std::env::var_os("COLDKEEP_TEST_TOOLS").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/tools"),
        PathBuf::from,
    );
    tools.join(path)
}
