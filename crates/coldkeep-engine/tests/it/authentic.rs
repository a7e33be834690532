//! Points are authentic: what somebody else wrote, took away or put in another place is told, and nothing comes of it.

mod newer;
mod places;
mod records;
mod writers;

use crate::scene::here;
use crate::scene::{By, CLOUD, SOURCE, Scene, TARGET, new_job, open_engine, run};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use coldkeep_api::{
    AdmitWriter, AttachRepository, NewAccess, NewRepository, PointList, StartRestore, TargetView,
};
use coldkeep_core::{
    Kind, PointAddress, WriterPublicKey, cloud::Cloud, job::OnChange, run::RunState,
    target_finding::FindingCode,
};
use coldkeep_engine::Engine;
use coldkeep_keys::WriterKey;
use coldkeep_sim::blobs::{ContainerHandle, Seed};
use serde_json::{Value, json};
use std::sync::Arc;
use tempfile::TempDir;

const MARKER: &str = "coldkeep.json";

fn record_name(sequence: u64) -> String {
    format!("commits/{sequence:020}.json")
}

/// A target with so many points of one blob.
async fn with_points(count: u64) -> Scene {
    let scene = Scene::new(By::ServiceAccount, false).await;
    scene.source().put("one", "content", &Seed::default());
    scene.settle();
    scene.add_job(OnChange::Fail).await;
    for _ in 0..count {
        assert_eq!(scene.run().await.state, RunState::Done);
    }
    scene
}

/// Another installation that opens the same repositories by their keys.
struct Machine {
    engine: Arc<Engine>,
    _dir: TempDir,
}

impl Machine {
    async fn new(scene: &Scene) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let engine = open_engine(dir.path()).await;
        let at = scene.sim.endpoints();
        let cloud = Cloud {
            name: CLOUD.into(),
            active_directory: at.login,
            graph: at.graph,
            resource_manager: at.resource_manager,
            blob_endpoint: at.blob,
            builtin: false,
            ..Cloud::builtin().remove(0)
        };
        engine.setup(here()).add_cloud(cloud).await.unwrap();
        let machine = Self { engine, _dir: dir };
        machine.add_repository(scene, "source", SOURCE).await;
        machine.add_repository(scene, "target", TARGET).await;
        machine
    }

    async fn add_repository(&self, scene: &Scene, name: &str, (account, container): (&str, &str)) {
        let key = scene.sim.world().account_key(account).unwrap();
        let request = NewRepository {
            name: name.into(),
            cloud: CLOUD.into(),
            account: account.into(),
            endpoint: None,
            container: container.into(),
            folder: None,
            tier: None,
            access: NewAccess::AccountKey { key: key.into() },
        };
        self.engine.data(here()).add_repository(request).await.unwrap();
    }
}

/// A further container of this account, and the repository of it.
async fn add_container(scene: &Scene, name: &str, account: &str, container: &str) {
    scene.sim.world().blobs_in(account, container);
    scene
        .add_repository(name, (account, container), By::ServiceAccount)
        .await;
}

async fn list(engine: &Engine) -> PointList {
    engine.data(here()).list_points(Some("target")).await.unwrap()
}

fn sequences(list: &PointList) -> Vec<u64> {
    list.points.iter().map(|p| p.sequence).collect()
}

fn codes(list: &PointList) -> Vec<(FindingCode, &str)> {
    list.findings.iter().map(|f| (f.code, f.name.as_str())).collect()
}

pub async fn attach(engine: &Engine, keys: &[WriterPublicKey]) -> Result<TargetView, coldkeep_core::Problem> {
    let writer_keys = keys.to_vec();
    engine
        .data(here())
        .attach_repository("target", AttachRepository { writer_keys })
        .await
}

/// A record's JSON, without its last line.
pub fn document(place: &ContainerHandle<'_>, name: &str) -> Value {
    let content = place.get(name).unwrap().content;
    let mut values = serde_json::Deserializer::from_slice(&content).into_iter();
    values.next().unwrap().unwrap()
}

fn signed(key: &WriterKey, domain: &str, document: &Value) -> Vec<u8> {
    let mut content = serde_json::to_vec_pretty(document).unwrap();
    content.push(b'\n');
    let signature = STANDARD.encode(key.sign(domain, &content));
    let last = json!({"writer_key": key.public(), "signature": signature});
    content.extend(serde_json::to_vec(&last).unwrap());
    content.push(b'\n');
    content
}

pub fn record(key: &WriterKey, document: &Value) -> Vec<u8> {
    signed(key, "coldkeep-record-1\n", document)
}

fn attacker() -> WriterKey {
    WriterKey::generate().unwrap().0
}

/// Everything of the target in another container, marker and records changed and signed by `key`.
fn clone_target(scene: &Scene, container: &str, key: &WriterKey, change: impl Fn(&mut Value)) {
    let (target, clone) = (scene.target(), scene.sim.world().blobs_in(TARGET.0, container));
    for name in target.names() {
        let content = if name == MARKER {
            let mut marker = document(&target, &name);
            marker["writer_key"] = json!(key.public());
            signed(key, "coldkeep-marker-1\n", &marker)
        } else if name.starts_with("commits/") {
            let mut commit = document(&target, &name);
            change(&mut commit);
            record(key, &commit)
        } else {
            target.get(&name).unwrap().content.to_vec()
        };
        clone.put(&name, content, &Seed::default());
    }
}
