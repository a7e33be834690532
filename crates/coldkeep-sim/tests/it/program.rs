//! The simulator as a program: what it prints, how it ends, and what its folder holds after a kill.

use crate::blob::client::{Ask, SOURCE, client, send};
use bytes::Bytes;
use http_body_util::Full;
use hyper_util::client::legacy::{Client, connect::HttpConnector};
use serde_json::Value;
use std::{
    io::{BufRead as _, BufReader, Read as _},
    path::Path,
    process::{Child, Command, Stdio},
};
use tempfile::TempDir;

/// A running program. It is killed when dropped.
struct Program {
    child: Child,
    world: Value,
    client: Client<HttpConnector, Full<Bytes>>,
}

impl Program {
    fn start(flags: &[&str], folder: &Path) -> Self {
        let mut child = command(flags, folder).args(["--output", "json"]).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap())
            .read_line(&mut line)
            .unwrap();
        let world = serde_json::from_str(&line).unwrap();
        Self {
            child,
            world,
            client: client(),
        }
    }

    /// Starts it, and answers what it prints until it says how Coldkeep uses it; then it is killed.
    fn run(command: &mut Command) -> String {
        let mut child = command.spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut text = String::new();
        for line in lines.map(Result::unwrap) {
            text.push_str(&line);
            text.push('\n');
            if line.contains("coldkeep cloud add") {
                break;
            }
        }
        child.kill().unwrap();
        child.wait().unwrap();
        text
    }

    /// Asks Blob Storage with the account's key.
    async fn ask(&self, ask: Ask) -> u16 {
        let accounts = self.world["accounts"].as_array().unwrap();
        let account = accounts.iter().find(|a| a["name"] == SOURCE).unwrap();
        let base = self.world["endpoints"]["blob"]
            .as_str()
            .unwrap()
            .replace("/{account}", "");
        let signed = ask.key(SOURCE, account["key"].as_str().unwrap());
        send(&self.client, &base, signed).await.status.as_u16()
    }

    async fn has(&self, name: &str) -> bool {
        self.ask(Ask::get(format!("/{SOURCE}/backups/{name}"))).await == 200
    }

    async fn write(&self, name: &str) {
        let written = self
            .ask(Ask::blob(format!("/{SOURCE}/backups/{name}"), name.to_owned()))
            .await;
        assert_eq!(written, 201);
    }

    /// Ends it by the signal that service managers send; answers its exit code and what it said on standard error.
    fn terminate(mut self) -> (Option<i32>, String) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").arg(pid).status().unwrap().success());
        let code = self.child.wait().unwrap().code();
        let mut said = String::new();
        self.child
            .stderr
            .take()
            .unwrap()
            .read_to_string(&mut said)
            .unwrap();
        (code, said)
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn command(flags: &[&str], folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_coldkeep-sim"));
    command
        .arg("--data")
        .arg(folder)
        .args(flags)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

#[tokio::test]
async fn a_killed_simulator_goes_on_with_the_world_of_one_moment() {
    let folder = TempDir::new().unwrap();
    let program = Program::start(&[], folder.path());
    let (mut written, mut more) = (0, 0);
    // On beyond the first save, so that some of it is lost.
    while more < 200 {
        program.write(&format!("first-{written}")).await;
        program.write(&format!("then-{written}")).await;
        written += 1;
        more += u32::from(folder.path().join("world.json").exists());
    }
    drop(program);
    let program = Program::start(&[], folder.path());
    let mut held = 0;
    for n in 0..written {
        let (first, then) = (
            program.has(&format!("first-{n}")).await,
            program.has(&format!("then-{n}")).await,
        );
        assert!(
            first || !then,
            "{n}: what was written later is there, what was written before is not"
        );
        assert!(!first || held == n, "{n}: there is a gap before it");
        held += u32::from(then);
    }
    assert!(held > 0, "none of {written} pairs was saved");
    program.write("last").await;
    assert_eq!(program.terminate(), (Some(0), String::new()));
    assert!(
        Program::start(&[], folder.path()).has("last").await,
        "an orderly end loses nothing"
    );
}

#[tokio::test]
async fn flags_that_describe_accounts_count_for_a_world_that_is_there() {
    let folder = TempDir::new().unwrap();
    assert_eq!(Program::start(&[], folder.path()).terminate().0, Some(0));
    let program = Program::start(&["--azurite-account", "--versioning"], folder.path());
    let accounts = program.world["accounts"].as_array().unwrap();
    assert!(
        accounts.iter().any(|a| a["name"] == "devstoreaccount1"),
        "{accounts:?}"
    );
    assert!(
        accounts
            .iter()
            .filter(|a| a["name"] != "devstoreaccount1")
            .all(|a| a["versioning"] == true)
    );
}

#[tokio::test]
async fn a_second_simulator_over_the_folder_says_so_and_ends() {
    let folder = TempDir::new().unwrap();
    let _first = Program::start(&[], folder.path());
    let output = command(&[], folder.path()).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(
        said,
        format!(
            "coldkeep-sim: {}: another simulator uses it\n",
            folder.path().display()
        )
    );
    assert!(output.stdout.is_empty());
}

#[tokio::test]
async fn a_world_that_cannot_be_saved_is_told_and_the_end_is_no_success() {
    let folder = TempDir::new().unwrap();
    let mut program = Program::start(&[], folder.path());
    let containers = folder.path().join("containers");
    std::fs::rename(&containers, folder.path().join("aside")).unwrap();
    program.write("unsaved").await;
    let mut line = String::new();
    BufReader::new(program.child.stderr.as_mut().unwrap())
        .read_line(&mut line)
        .unwrap();
    let told = format!(
        "coldkeep-sim: the world cannot be saved: {}",
        containers.display()
    );
    assert!(line.starts_with(&told), "{line}");
    let (code, said) = program.terminate();
    assert_eq!(code, Some(1));
    assert!(said.contains(&containers.display().to_string()), "{said}");
}

#[tokio::test]
async fn a_scenario_begins_a_world_once_and_goes_wrong_in_every_run() {
    let (folder, aside) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let scenario = aside.path().join("scenario.json");
    let text = r#"{
        "tenants": [{"name": "Contoso", "domain": "contoso.example", "subscriptions": [{"name": "One", "resource_group": "g",
            "accounts": [{"name": "northsource", "containers": {"backups": {"blobs": {"a": {"text": "begun"}}}}}]}]}],
        "faults": [{"service": "blob", "times": 1, "action": {"status": {"status": 503}}}]
    }"#;
    std::fs::write(&scenario, text).unwrap();
    let flags = ["--scenario", scenario.to_str().unwrap()];
    let program = Program::start(&flags, folder.path());
    assert_eq!(program.world["tenants"][0]["name"], "Contoso");
    assert!(!program.has("a").await, "the fault strikes");
    assert!(program.has("a").await);
    assert_eq!(
        program.ask(Ask::delete(format!("/{SOURCE}/backups/a"))).await,
        202
    );
    assert_eq!(program.terminate().0, Some(0));
    let program = Program::start(&flags, folder.path());
    assert_eq!(
        program.ask(Ask::get(format!("/{SOURCE}/backups/a"))).await,
        503,
        "again"
    );
    assert_eq!(
        program.ask(Ask::get(format!("/{SOURCE}/backups/a"))).await,
        404,
        "it is not begun again"
    );
}

#[tokio::test]
async fn https_keeps_its_certificate_and_says_how_to_be_taken_for_azure() {
    let (folder, aside) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let ca = aside.path().join("ca.pem");
    let flags = ["--https", ca.to_str().unwrap()];
    let program = Program::start(&flags, folder.path());
    let first = std::fs::read_to_string(&ca).unwrap();
    assert!(program.world["endpoints"]["proxy"].is_string());
    assert_eq!(program.terminate().0, Some(0));
    drop(Program::start(&flags, folder.path()));
    assert_eq!(std::fs::read_to_string(&ca).unwrap(), first);
    let text = Program::run(&mut command(&flags, folder.path()));
    assert!(text.contains("its world is resumed"), "{text}");
    let export = format!("SSL_CERT_FILE={}", ca.display());
    assert!(
        text.contains("export HTTPS_PROXY=http://127.0.0.1:") && text.contains(&export),
        "{text}"
    );
}
