//! A simulated Azure with a set-up Coldkeep in front of it: what the tests of the main job start from.

use coldkeep_sim::{
    Options, Sim,
    blobs::{ContainerHandle, Seed},
    world::RegisteredApp,
};
use serde_json::Value;
use std::{
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Output, Stdio},
};
use tempfile::TempDir;

/// A running simulator, a data folder, and the built binary.
pub struct World {
    pub sim: Sim,
    pub home: TempDir,
}

pub const SOURCE: &str = "northsource";
pub const TARGET: &str = "northtarget";

impl World {
    /// Starts a simulator; nothing is set up in Coldkeep yet but the cloud `sim`.
    pub async fn bare() -> World {
        Self::with(Options::default()).await
    }

    /// The same with options of the simulator's.
    pub async fn with(options: Options) -> World {
        let sim = Sim::start(options).await.expect("the simulator starts");
        let world = World {
            sim,
            home: tempfile::tempdir().expect("a folder"),
        };
        let endpoints = world.sim.endpoints();
        world
            .ok(&[
                "cloud",
                "add",
                "sim",
                "--active-directory",
                &endpoints.login,
                "--graph",
                &endpoints.graph,
                "--resource-manager",
                &endpoints.resource_manager,
                "--blob-endpoint",
                &endpoints.blob,
            ])
            .await;
        world
    }

    /// A service account that may do everything, repositories `source` and `target`, and a job `copy`.
    pub async fn ready() -> World {
        let world = Self::bare().await;
        world.create_container(SOURCE, "source");
        world.create_container(TARGET, "target");
        world.add_service_account().await;
        world.add_repository("source", SOURCE, "source").await;
        world.add_repository("target", TARGET, "target").await;
        world
            .ok(&["job", "add", "copy", "--source", "source", "--target", "target"])
            .await;
        world
    }

    /// The simulator's ready-made application, by its secret.
    pub async fn add_service_account(&self) {
        let ready = self.ready_app();
        let secret = self.write("secret", ready.secret.as_bytes());
        self.ok(&[
            "service-account",
            "add",
            "--name",
            "ready",
            "--cloud",
            "sim",
            "--existing",
            "--tenant",
            &ready.tenant_id,
            "--application",
            &ready.app_id,
            "--secret-file",
            &secret,
        ])
        .await;
    }

    pub async fn add_repository(&self, name: &str, account: &str, container: &str) {
        self.ok(&[
            "repository",
            "add",
            name,
            "--cloud",
            "sim",
            "--account",
            account,
            "--container",
            container,
            "--service-account",
            "ready",
        ])
        .await;
    }

    pub fn create_container(&self, account: &str, container: &str) {
        self.place(account, container);
    }

    /// A container to fill and to look into; made if it is not there.
    pub fn place(&self, account: &str, container: &str) -> ContainerHandle<'_> {
        self.sim.world().blobs_in(account, container)
    }

    /// Puts bytes into the source, without properties.
    pub fn put(&self, name: &str, content: impl Into<bytes::Bytes>) {
        self.place(SOURCE, "source").put(name, content, &Seed::default());
    }

    /// The simulator's ready-made application.
    pub fn ready_app(&self) -> RegisteredApp {
        self.sim.world().ready_app().expect("the simulator has one")
    }

    /// Writes a file beside the data folder and returns its path.
    pub fn write(&self, name: &str, content: &[u8]) -> String {
        let path = self.home.path().join(name);
        std::fs::write(&path, content).expect("a file");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).expect("a mode");
        path.to_string_lossy().into_owned()
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    pub fn data_dir(&self) -> PathBuf {
        self.path("data")
    }

    /// The binary with its global flags; nothing it reads comes from this machine's environment.
    pub fn command(&self, data_dir: &Path, args: &[&str]) -> tokio::process::Command {
        let mut command = tokio::process::Command::new(env!("CARGO_BIN_EXE_coldkeep"));
        command
            .arg("--data-dir")
            .arg(data_dir)
            .args(["--no-input", "--yes", "--output", "json"])
            .args(args)
            .env_remove("COLDKEEP_DATA_DIR")
            .stdin(Stdio::null())
            .kill_on_drop(true);
        command
    }

    pub async fn run(&self, args: &[&str]) -> Output {
        self.command(&self.data_dir(), args)
            .output()
            .await
            .expect("the binary starts")
    }

    /// Runs it, expects exit code 0, and reads what it printed.
    pub async fn ok(&self, args: &[&str]) -> Value {
        let output = self.run(args).await;
        assert_eq!(
            output.status.code(),
            Some(0),
            "coldkeep {} failed: {}",
            args.join(" "),
            stderr(&output)
        );
        json(&output)
    }

    /// Runs it, expects this exit code, and returns what it said on stderr.
    pub async fn fails(&self, code: i32, args: &[&str]) -> String {
        let output = self.run(args).await;
        let said = stderr(&output);
        assert_eq!(
            output.status.code(),
            Some(code),
            "coldkeep {} said: {said}",
            args.join(" ")
        );
        said
    }

    /// The ids of the points of `target`, oldest first.
    pub async fn points(&self) -> Vec<Value> {
        self.ok(&["point", "list"])
            .await
            .as_array()
            .cloned()
            .unwrap_or_default()
    }
}

pub fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// What was printed on stdout; null where nothing was.
pub fn json(output: &Output) -> Value {
    if output.stdout.iter().all(u8::is_ascii_whitespace) {
        return Value::Null;
    }
    serde_json::from_slice(&output.stdout).unwrap_or_else(|e| {
        panic!(
            "stdout is JSON ({e}): {}",
            String::from_utf8_lossy(&output.stdout)
        )
    })
}
