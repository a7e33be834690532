//! The same job between two accounts of Azurite, Microsoft's emulator, which lacks what Coldkeep likes best: the method
//! falls back by itself. What arrived is read back with Microsoft's own Python client.

use crate::world::{World, json, stderr};
use coldkeep_sim::{Options, Sim};
use serde_json::{Value, json};
use std::{
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

const KEYS: [(&str, &str); 2] = [
    ("azsource", "c291cmNlLWtleS1vZi10aGUtdGVzdA=="),
    ("aztarget", "dGFyZ2V0LWtleS1vZi10aGUtdGVzdA=="),
];

/// Reads and writes with `azure-storage-blob`; its arguments and its answers are JSON.
const PYTHON: &str = r#"
import hashlib, json, sys
from azure.storage.blob import BlobServiceClient, ContentSettings
ask = json.load(sys.stdin)
service = BlobServiceClient(ask["endpoint"], credential={"account_name": ask["account"], "account_key": ask["key"]},
                            api_version="2025-11-05", connection_verify=ask.get("ca", True))
container = service.get_container_client(ask["container"])
if "seed" in ask:
    container.create_container()
    for blob in ask["seed"]:
        content = bytes(blob["byte"] for _ in range(1)) * blob["size"]
        container.upload_blob(blob["name"], content, metadata=blob["metadata"], tags=blob["tags"],
            content_settings=ContentSettings(content_type=blob["type"], content_language="de", cache_control="no-store",
                                             content_disposition="inline", content_encoding="identity"))
elif "create" in ask:
    container.create_container()
found = {}
for item in container.list_blobs():
    blob = container.get_blob_client(item.name)
    content = blob.download_blob().readall()
    properties = blob.get_blob_properties()
    settings = properties.content_settings
    found[item.name] = {
        "sha256": hashlib.sha256(content).hexdigest(), "size": len(content), "metadata": properties.metadata,
        "tags": blob.get_blob_tags(), "type": settings.content_type, "language": settings.content_language,
        "cache": settings.cache_control, "disposition": settings.content_disposition,
        "encoding": settings.content_encoding,
    }
json.dump(found, sys.stdout)
"#;

fn tools() -> PathBuf {
    std::env::var_os("COLDKEEP_TEST_TOOLS").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/tools"),
        PathBuf::from,
    )
}

/// A running Azurite, ended with the test.
struct Azurite {
    process: Child,
    port: u16,
    /// The certificate it serves HTTPS with.
    ca: Option<PathBuf>,
}

impl Drop for Azurite {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Azurite {
    fn start(folder: &Path, https: bool) -> Azurite {
        let port = TcpListener::bind("127.0.0.1:0")
            .expect("a port")
            .local_addr()
            .expect("an address")
            .port();
        let home = tools().join("azurite/node_modules");
        let node = home.join("node/bin/node");
        assert!(
            node.is_file(),
            "Azurite's Node is missing; `cargo xtask test` installs it"
        );
        let mut command = Command::new(node);
        command
            .arg(home.join("azurite/dist/src/blob/main.js"))
            .args([
                "--blobHost",
                "127.0.0.1",
                "--blobPort",
                &port.to_string(),
                "--disableTelemetry",
                "--silent",
            ])
            .args(["--skipApiVersionCheck", "--inMemoryPersistence"])
            .env(
                "AZURITE_ACCOUNTS",
                KEYS.map(|(a, k)| format!("{a}:{k}")).join(";"),
            )
            .current_dir(folder)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let ca = https.then(|| {
            let made =
                rcgen::generate_simple_self_signed(vec!["127.0.0.1".to_owned(), "localhost".to_owned()])
                    .expect("a certificate");
            let (cert, key) = (folder.join("azurite.pem"), folder.join("azurite.key"));
            std::fs::write(&cert, made.cert.pem()).expect("a file");
            std::fs::write(&key, made.signing_key.serialize_pem()).expect("a file");
            command
                .args(["--oauth", "basic", "--cert"])
                .arg(&cert)
                .arg("--key")
                .arg(&key);
            // Without it Azurite refuses its own certificate when it fetches a copy's source.
            command.env("NODE_EXTRA_CA_CERTS", &cert);
            cert
        });
        let azurite = Azurite {
            process: command.spawn().expect("Azurite starts"),
            port,
            ca,
        };
        let limit = Instant::now() + Duration::from_secs(60);
        while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(Instant::now() < limit, "Azurite does not listen");
            std::thread::yield_now();
        }
        azurite
    }

    fn endpoint(&self, account: &str) -> String {
        let scheme = if self.ca.is_some() { "https" } else { "http" };
        format!("{scheme}://127.0.0.1:{}/{account}", self.port)
    }

    /// Asks Microsoft's Python client.
    fn python(&self, account: usize, container: &str, mut ask: Value) -> Value {
        let (name, key) = KEYS[account];
        ask["endpoint"] = self.endpoint(name).into();
        ask["account"] = name.into();
        ask["key"] = key.into();
        ask["container"] = container.into();
        if let Some(ca) = &self.ca {
            ask["ca"] = ca.to_string_lossy().into_owned().into();
        }
        let mut python = Command::new(tools().join("azure-sdk/bin/python"))
            .args(["-c", PYTHON])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the Azure SDK is installed (cargo xtask test installs it)");
        serde_json::to_writer(python.stdin.take().expect("piped"), &ask).expect("written");
        let output = python.wait_with_output().expect("Python ends");
        assert!(output.status.success(), "{}", stderr(&output));
        json(&output)
    }
}

fn seeds() -> Value {
    let blob = |name: &str, size: usize, byte: u8| {
        json!({"name": name, "size": size, "byte": byte, "type": "application/x-test", "metadata": {"owner": "north", "n": name.len().to_string()},
            "tags": {"class": "mail", "size": size.to_string()}})
    };
    json!([
        blob("plain", 10, 1),
        blob("empty", 0, 0),
        blob("a folder/with spaces & signs +#?.txt", 1000, 2),
        blob("umlaut/grün.bin", 70_000, 3),
        blob("large.bin", 20 << 20, 4),
    ])
}

/// The job, the restore into a container, and what Python finds there against what it put into the source.
async fn copies_and_restores(world: &World, azurite: &Azurite, access: &[[&str; 2]; 2]) {
    let seeded = azurite.python(0, "source", json!({"seed": seeds()}));
    azurite.python(1, "target", json!({"create": true}));
    azurite.python(1, "restored", json!({"create": true}));
    for (name, account, container) in [
        ("source", 0, "source"),
        ("target", 1, "target"),
        ("restored", 1, "restored"),
    ] {
        let [flag, value] = access[account];
        world
            .ok(&[
                "repository",
                "add",
                name,
                "--cloud",
                "azurite",
                "--account",
                KEYS[account].0,
                "--container",
                container,
                flag,
                value,
            ])
            .await;
    }
    world
        .ok(&["job", "add", "copy", "--source", "source", "--target", "target"])
        .await;
    let run = world.ok(&["job", "run", "copy"]).await;
    assert_eq!(run["counts"]["items_copied"], 5, "{run}");
    assert_eq!(run["counts"]["data_bytes"], 0, "still server side: {run}");
    let notes: Vec<String> = run["notes"]
        .as_array()
        .expect("notes")
        .iter()
        .map(Value::to_string)
        .collect();
    let said = notes.iter().filter(|n| n.contains("Put Blob From URL")).count();
    assert_eq!(said, 1, "the missing call is named once: {notes:?}");

    let again = world.ok(&["job", "run", "copy"]).await;
    assert_eq!(again["counts"]["items_unchanged"], 5, "{again}");
    let points = world.points().await;
    assert_eq!(points.len(), 2);
    let id = points[0]["id"].as_str().expect("an id");
    world.ok(&["point", "verify", id, "--deep"]).await;
    world.ok(&["restore", id, "--to", "restored"]).await;
    assert_eq!(
        azurite.python(1, "restored", json!({})),
        seeded,
        "Microsoft's client reads what it wrote"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_account_keys() {
    let folder = tempfile::tempdir().expect("a folder");
    let azurite = Azurite::start(folder.path(), false);
    let world = World {
        sim: Sim::start(Options::default()).await.expect("it starts"),
        home: folder,
    };
    let endpoint = azurite.endpoint("{account}");
    world
        .ok(&["cloud", "add", "azurite", "--blob-endpoint", &endpoint])
        .await;
    let keys = KEYS.map(|(account, key)| world.write(&format!("{account}.key"), key.as_bytes()));
    copies_and_restores(
        &world,
        &azurite,
        &[["--account-key-file", &keys[0]], ["--account-key-file", &keys[1]]],
    )
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn over_https_with_bearer_tokens() {
    let folder = tempfile::tempdir().expect("a folder");
    let azurite = Azurite::start(folder.path(), true);
    let world = World {
        sim: Sim::start(Options::default()).await.expect("it starts"),
        home: folder,
    };
    let endpoints = world.sim.endpoints();
    let (endpoint, ca) = (
        azurite.endpoint("{account}"),
        azurite.ca.clone().expect("a certificate"),
    );
    let cloud = [
        "cloud",
        "add",
        "azurite",
        "--active-directory",
        &endpoints.login,
        "--graph",
        &endpoints.graph,
    ];
    let rest = [
        "--resource-manager",
        &endpoints.resource_manager,
        "--blob-endpoint",
        &endpoint,
        "--ca-file",
    ];
    world
        .ok(&[&cloud[..], &rest[..], &[&ca.to_string_lossy()]].concat())
        .await;
    let ready = world.ready_app();
    let secret = world.write("secret", ready.secret.as_bytes());
    let add = [
        "service-account",
        "add",
        "--name",
        "ready",
        "--cloud",
        "azurite",
        "--existing",
        "--tenant",
        &ready.tenant_id,
    ];
    world
        .ok(&[
            &add[..],
            &["--application", &ready.app_id, "--secret-file", &secret],
        ]
        .concat())
        .await;
    let account = ["--service-account", "ready"];
    copies_and_restores(&world, &azurite, &[account, account]).await;
}
