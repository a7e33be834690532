//! Two servers that share one PostgreSQL database: what only one may do at a time is done by one.

use crate::scene::{By, CLOUD, SOURCE, Scene, TARGET, here, new_job};
use crate::tenant::new_certificate;
use coldkeep_api::{Rekey, StartRun, StartSignIn};
use coldkeep_core::{Kind, SystemClock, run::RunState};
use coldkeep_engine::{Config, Engine};
use coldkeep_sim::{
    Options, Sim,
    blobs::Seed,
    world::faults::{Action, Fault},
};
use coldkeep_store::testing::Cluster;
use std::{path::Path, sync::Arc, time::Duration};
use tempfile::TempDir;

/// Two engines with data folders of their own, one database and one master key.
struct Pair {
    one: Arc<Engine>,
    two: Arc<Engine>,
    dir: TempDir,
    url: String,
    _cluster: Cluster,
}

async fn open(dir: &Path, name: &str, url: &str) -> Arc<Engine> {
    let data_dir = dir.join(name);
    std::fs::create_dir_all(&data_dir).unwrap();
    let config = Config {
        data_dir,
        database_url: Some(url.to_owned()),
        master_key_file: Some(dir.join("master.key")),
        clock: Arc::new(SystemClock),
    };
    Engine::open(config).await.unwrap()
}

impl Pair {
    async fn new() -> Self {
        let cluster = Cluster::start();
        let url = cluster.make_database("shared");
        let dir = tempfile::tempdir().unwrap();
        Self {
            one: open(dir.path(), "one", &url).await,
            two: open(dir.path(), "two", &url).await,
            dir,
            url,
            _cluster: cluster,
        }
    }
}

#[tokio::test]
async fn a_job_runs_on_one_of_two_servers_at_a_time() {
    let pair = Pair::new().await;
    let sim = Sim::start(Options::default()).await.unwrap();
    let scene = Scene::over(sim, pair.one.clone()).await;
    scene.add_repository("source", SOURCE, By::Key).await;
    scene.add_repository("target", TARGET, By::Key).await;
    scene.source().put("one", "content", &Seed::default());
    scene.settle();
    pair.one.data(here()).add_job(new_job()).await.unwrap();
    let faults = scene.sim.world().faults();
    faults.add(Fault::new(Action::Hold { after_effect: false }).service("blob"));
    let run = pair
        .one
        .data(here())
        .start_job("copy", StartRun::default())
        .await
        .unwrap();
    assert!(faults.wait_held(1, Duration::from_secs(30)).await);
    let refused = pair
        .two
        .data(here())
        .start_job("copy", StartRun::default())
        .await
        .unwrap_err();
    assert_eq!(refused.kind, Kind::Conflict, "{refused}");
    let refused = pair.two.data(here()).remove_job("copy").await.unwrap_err();
    assert_eq!(refused.kind, Kind::Conflict, "{refused}");
    // A server that starts now interrupts no run of a living one.
    let three = open(pair.dir.path(), "three", &pair.url).await;
    let seen = three.data(here()).show_run(run.id).await.unwrap();
    assert_eq!(seen.state, RunState::Running, "{seen:?}");
    faults.clear();
    pair.one.drain().await;
    let run = pair.two.data(here()).show_run(run.id).await.unwrap();
    assert_eq!(run.state, RunState::Done, "{run:?}");
    pair.two
        .data(here())
        .start_job("copy", StartRun::default())
        .await
        .unwrap();
    pair.two.drain().await;
    pair.one.data(here()).remove_job("copy").await.unwrap();
}

#[tokio::test]
async fn after_a_new_master_key_the_other_server_seals_nothing_with_the_old_one() {
    let pair = Pair::new().await;
    let request = |name: &str| new_certificate(Some(name), 30);
    let (one, two) = (pair.one.identity(here()), pair.two.identity(here()));
    two.generate_certificate(request("before")).await.unwrap();
    pair.one.setup(here()).rekey(Rekey::default()).await.unwrap();
    one.generate_certificate(request("after")).await.unwrap();
    let refused = two.generate_certificate(request("lost")).await.unwrap_err();
    assert_eq!(refused.kind, Kind::Conflict, "{refused}");
    let names = one.list_certificates().await.unwrap();
    let names: Vec<_> = names.iter().map(|c| c.name.as_str()).collect();
    assert_eq!(names, ["after", "before"], "nothing was saved");
    assert!(pair.dir.path().join("master.key").exists());
}

#[tokio::test]
async fn a_sign_in_belongs_to_the_server_it_was_started_on() {
    let pair = Pair::new().await;
    let sim = Sim::start(Options::default()).await.unwrap();
    let scene = Scene::over(sim, pair.one.clone()).await;
    let one = pair.one.identity(here());
    let begun = one
        .start_sign_in(StartSignIn {
            cloud: CLOUD.into(),
            ..StartSignIn::default()
        })
        .await
        .unwrap();
    one.show_sign_in(begun.id).await.unwrap();
    let two = pair.two.identity(here());
    let elsewhere = two.show_sign_in(begun.id).await.unwrap_err();
    assert_eq!(elsewhere.kind, Kind::Conflict, "{elsewhere}");
    one.end_sign_in(begun.id).await.unwrap();
    let gone = one.show_sign_in(begun.id).await.unwrap_err();
    assert_eq!(gone.kind, Kind::NotFound, "{gone}");
    drop(scene);
}
