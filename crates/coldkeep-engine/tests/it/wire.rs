//! The Blob client over real sockets: against the simulator and against Azurite, whose readings of the protocol are not
//! ours.

use std::{
    net::{TcpListener, TcpStream},
    path::Path,
    process::{Command, Stdio},
    sync::Arc,
    time::{Duration, Instant},
};

use bytes::Bytes;
use coldkeep_azure::{
    AppCredential, Azure, Meter, TokenSource,
    blob::{BlobAuth, Container, CopySource, CountsAs, Include, Read, SasKey, Write, Written},
};
use coldkeep_core::{ByteRange, Clock, Kind, SecretString, SystemClock, cloud::Cloud};
use coldkeep_sim::{
    Options, Sim,
    world::faults::{Action, Fault},
};

use crate::tools::tools;
use crate::wire_suite::{Ground, list, read};

/// A simulator with the client's view of it.
struct Scene {
    sim: Sim,
    azure: Azure,
}

impl Scene {
    async fn start() -> Self {
        let sim = Sim::start(Options::default()).await.unwrap();
        let endpoints = sim.endpoints();
        let cloud = Cloud {
            name: "Simulated".into(),
            active_directory: endpoints.login,
            graph: endpoints.graph,
            resource_manager: endpoints.resource_manager,
            blob_endpoint: endpoints.blob,
            builtin: false,
            ..Cloud::builtin().remove(0)
        };
        Self {
            sim,
            azure: Azure::new(cloud, &coldkeep_azure::Network::default(), Arc::new(SystemClock)).unwrap(),
        }
    }

    fn key(&self, account: &str) -> SecretString {
        SecretString::from(self.sim.world().account_key(account).unwrap())
    }

    fn by_key(&self, account: &str, container: &str) -> Container {
        Container::new(
            &self.azure,
            account,
            None,
            container,
            BlobAuth::Key(self.key(account)),
        )
        .unwrap()
    }

    fn tokens(&self) -> TokenSource {
        let app = self.sim.world().ready_app().unwrap();
        let secret = AppCredential::Secret(SecretString::from(app.secret));
        TokenSource::for_app(&self.azure, &app.tenant_id, &app.app_id, secret)
    }

    fn by_token(&self, account: &str, container: &str) -> Container {
        Container::new(
            &self.azure,
            account,
            None,
            container,
            BlobAuth::Token(self.tokens()),
        )
        .unwrap()
    }

    fn ground(&self, source: Container, target: Container) -> Ground {
        Ground {
            source,
            target,
            sas: None,
            bearer: None,
            put_from_url: true,
            takes: |name| coldkeep_core::blob_names::check_blob_name(name).is_ok(),
        }
    }

    /// A container with one blob `a` of this content, opened by the account's key.
    async fn with_blob(&self, content: &'static [u8]) -> Container {
        let container = self.by_key("northsource", "box");
        container.create_container().await.unwrap();
        container
            .create_blob("a", Bytes::from_static(content), &Write::default())
            .await
            .unwrap();
        container
    }
}

const QUARTER: Duration = Duration::from_secs(15 * 60);

#[tokio::test(flavor = "multi_thread")]
async fn everything_works_by_account_keys_and_sas() {
    let scene = Scene::start().await;
    let mut ground = scene.ground(
        scene.by_key("northsource", "source"),
        scene.by_key("northtarget", "target"),
    );
    let now = SystemClock.now();
    let key = scene.key("northsource");
    ground.sas = Some(
        ground
            .source
            .sign_read_sas(SasKey::Account(&key), now - QUARTER, now + QUARTER),
    );
    ground.run().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_works_by_tokens_at_both_ends() {
    let scene = Scene::start().await;
    let mut ground = scene.ground(
        scene.by_token("northsource", "source"),
        scene.by_token("northtarget", "target"),
    );
    ground.bearer = Some(
        scene
            .tokens()
            .token(&scene.azure.cloud().storage_audience)
            .await
            .unwrap(),
    );
    ground.run().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_delegation_key_signs_for_a_source_and_for_a_reader() {
    let scene = Scene::start().await;
    let (source, target) = (
        scene.by_token("northsource", "source"),
        scene.by_token("northtarget", "target"),
    );
    source.create_container().await.unwrap();
    target.create_container().await.unwrap();
    let etag = source
        .create_blob("a b", Bytes::from_static(b"x"), &Write::default())
        .await
        .unwrap()
        .etag;
    let now = SystemClock.now();
    let key = source
        .fetch_user_delegation_key(now - QUARTER, now + QUARTER)
        .await
        .unwrap();
    let sas = source.sign_read_sas(SasKey::Delegation(&key), now - QUARTER, now + QUARTER);
    let from = CopySource {
        url: source.blob_url("a b", None),
        sas: Some(sas.clone()),
        if_match: Some(etag),
        ..CopySource::default()
    };
    target
        .create_blob_from_url("copy", &from, &Write::default())
        .await
        .unwrap();
    assert_eq!(read(&target, "copy", Read::default()).await, b"x");
    let reader = Container::new(&scene.azure, "northsource", None, "source", BlobAuth::Sas(sas)).unwrap();
    assert_eq!(read(&reader, "a b", Read::default()).await, b"x");
    let refused = reader
        .create_blob("b", Bytes::new(), &Write::default())
        .await
        .unwrap_err();
    assert_eq!(
        (refused.system().status, refused.kind()),
        (Some(403), Kind::Denied)
    );
}

/// A blob `a` with two versions, `one` and `second`, in an account that keeps them.
async fn two_versions(scene: &Scene) -> (Container, Written, Written) {
    scene.sim.world().set_versioning("northsource", true).unwrap();
    let container = scene.by_key("northsource", "box");
    container.create_container().await.unwrap();
    let over = Write {
        overwrite: true,
        ..Write::default()
    };
    let first = container
        .create_blob("a", Bytes::from_static(b"one"), &over)
        .await
        .unwrap();
    let second = container
        .create_blob("a", Bytes::from_static(b"second"), &over)
        .await
        .unwrap();
    (container, first, second)
}

#[tokio::test(flavor = "multi_thread")]
async fn versions_are_listed_read_and_deleted_by_their_ids() {
    let scene = Scene::start().await;
    let (container, first, second) = two_versions(&scene).await;
    let (first_id, second_id) = (first.version_id.unwrap(), second.version_id.unwrap());
    let listed = list(
        &container,
        Include {
            versions: true,
            ..Include::default()
        },
    )
    .await;
    let found: Vec<_> = listed
        .iter()
        .map(|b| (b.version_id.as_deref().unwrap(), b.current, b.size_bytes))
        .collect();
    assert_eq!(
        found,
        [(first_id.as_str(), false, 3), (second_id.as_str(), true, 6)]
    );
    let of_first = Read {
        version_id: Some(first_id.clone()),
        ..Read::default()
    };
    assert_eq!(read(&container, "a", of_first).await, b"one");
    let head = container.fetch_head("a", Some(&first_id)).await.unwrap().unwrap();
    assert_eq!((head.blob.etag, head.blob.current), (first.etag, false));
    assert!(
        container
            .fetch_head("a", None)
            .await
            .unwrap()
            .unwrap()
            .blob
            .current
    );
    assert!(container.delete_blob("a", Some(&first_id)).await.unwrap());
    assert!(
        container
            .fetch_head("a", Some(&first_id))
            .await
            .unwrap()
            .is_none()
    );
    assert!(
        container
            .fetch_head("a", Some(&second_id))
            .await
            .unwrap()
            .is_some()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_previous_version_is_copied_by_its_id() {
    let scene = Scene::start().await;
    let (container, first, _) = two_versions(&scene).await;
    let now = SystemClock.now();
    let sas = container.sign_read_sas(
        SasKey::Account(&scene.key("northsource")),
        now - QUARTER,
        now + QUARTER,
    );
    let from = CopySource {
        url: container.blob_url("a", first.version_id.as_deref()),
        sas: Some(sas),
        if_match: Some(first.etag),
        ..CopySource::default()
    };
    let target = scene.by_key("northtarget", "box");
    target.create_container().await.unwrap();
    target
        .create_blob_from_url("copy", &from, &Write::default())
        .await
        .unwrap();
    assert_eq!(read(&target, "copy", Read::default()).await, b"one");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_creation_whose_reply_is_lost_is_tried_again_and_told_apart() {
    let scene = Scene::start().await;
    let container = scene.with_blob(b"x").await;
    let faults = scene.sim.world().faults();
    faults.add(
        Fault::new(Action::LoseReply)
            .service("blob")
            .method("PUT")
            .path_contains("/box/b")
            .after(0, 1),
    );
    let error = container
        .create_blob("b", Bytes::from_static(b"y"), &Write::default())
        .await
        .unwrap_err();
    assert_eq!(error.code(), Some("BlobAlreadyExists"));
    assert_eq!(read(&container, "b", Read::default()).await, b"y");
    faults.clear();
    faults.add(
        Fault::new(Action::Drop)
            .service("blob")
            .path_contains("/box/c")
            .after(0, 2),
    );
    let meter = Arc::new(Meter::default());
    let counted = container.with_meter(meter.clone());
    let how = Write {
        counts_as: CountsAs::Data,
        ..Write::default()
    };
    counted
        .create_blob("c", Bytes::from_static(b"zz"), &how)
        .await
        .expect("nothing had taken effect");
    assert_eq!(
        (Meter::read(&meter.requests), Meter::read(&meter.retries)),
        (3, 2)
    );
    assert_eq!(
        (Meter::read(&meter.data_bytes), Meter::read(&meter.copy_requests)),
        (6, 1)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn content_that_breaks_off_is_taken_up_again_at_the_same_etag() {
    let scene = Scene::start().await;
    let container = scene.with_blob(b"0123456789").await;
    let faults = scene.sim.world().faults();
    faults.add(
        Fault::new(Action::CutBody { after_bytes: 3 })
            .service("blob")
            .method("GET")
            .after(0, 3),
    );
    assert_eq!(read(&container, "a", Read::default()).await, b"0123456789");
    faults.clear();
    faults.add(
        Fault::new(Action::CutBody { after_bytes: 2 })
            .service("blob")
            .method("GET")
            .after(0, 1),
    );
    let range = Read {
        range: Some(ByteRange {
            offset: 4,
            length_bytes: 5,
        }),
        ..Read::default()
    };
    assert_eq!(read(&container, "a", range).await, b"45678");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_key_is_told_as_such_and_never_shown() {
    let scene = Scene::start().await;
    scene.with_blob(b"x").await;
    let wrong = SecretString::from("d3Jvbmc=");
    let container = Container::new(&scene.azure, "northsource", None, "box", BlobAuth::Key(wrong)).unwrap();
    let error = container.fetch_facts().await.unwrap_err();
    assert_eq!(
        (error.system().status, error.code()),
        (Some(403), Some("AuthenticationFailed"))
    );
    assert!(!format!("{error:?} {error}").contains("d3Jvbmc"));
}

/// Microsoft's emulator, for the length of a test.
struct Azurite(std::process::Child);

impl Drop for Azurite {
    fn drop(&mut self) {
        // It may have ended by itself; either way it is gone.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Azurite {
    /// Listens on `port` for two accounts with these keys.
    fn start(folder: &Path, port: u16, accounts: &str) -> Self {
        let home = tools().join("azurite/node_modules");
        let node = home.join("node/bin/node");
        assert!(
            node.is_file(),
            "Azurite's Node is missing; `cargo xtask test` installs it"
        );
        let process = Command::new(node)
            .arg(home.join("azurite/dist/src/blob/main.js"))
            .args([
                "--blobHost",
                "127.0.0.1",
                "--blobPort",
                &port.to_string(),
                "--disableTelemetry",
                "--silent",
            ])
            .arg("--inMemoryPersistence")
            .env("AZURITE_ACCOUNTS", accounts)
            .current_dir(folder)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("Azurite starts");
        let azurite = Self(process);
        let limit = Instant::now() + Duration::from_secs(60);
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(Instant::now() < limit, "Azurite does not listen");
            std::thread::yield_now();
        }
        azurite
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_azurite_has_works_there_too() {
    let folder = tempfile::tempdir().unwrap();
    let port = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let _azurite = Azurite::start(folder.path(), port, "northsource:c291cmNl;northtarget:dGFyZ2V0");
    let cloud = Cloud {
        name: "Azurite".into(),
        blob_endpoint: format!("http://127.0.0.1:{port}/{{account}}"),
        builtin: false,
        ..Cloud::builtin().remove(0)
    };
    let azure = Azure::new(cloud, &coldkeep_azure::Network::default(), Arc::new(SystemClock)).unwrap();
    let open = |account, container, key: &SecretString| {
        Container::new(&azure, account, None, container, BlobAuth::Key(key.clone())).unwrap()
    };
    let (key, target_key) = (SecretString::from("c291cmNl"), SecretString::from("dGFyZ2V0"));
    let source = open("northsource", "source", &key);
    let now = SystemClock.now();
    let ground = Ground {
        sas: Some(source.sign_read_sas(SasKey::Account(&key), now - QUARTER, now + QUARTER)),
        source,
        target: open("northtarget", "target", &target_key),
        bearer: None,
        put_from_url: false,
        // It makes `/` of a backslash, and cannot list control characters.
        takes: |name| !name.contains(['\\', '\u{1}']),
    };
    ground.run().await;
}
