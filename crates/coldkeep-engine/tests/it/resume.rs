//! A process that dies at any request of a run: the next run goes on, copies nothing again that was answered, and no
//! half-made point is ever listed.

use crate::scene::here;
use crate::scene::{By, Scene, open_engine, run};
use coldkeep_api::StartRun;
use coldkeep_core::{job::OnChange, point::Exactness, run::RunState};
use coldkeep_sim::{
    blobs::{Seed, generated},
    world::faults::{Action, Fault},
};
use std::{path::Path, sync::Arc, time::Duration};
use tokio::runtime::Runtime;

const BLOBS: u64 = 6;

/// Runs the job in a runtime of its own and ends that at its n-th request to Blob Storage, before or after the
/// effect. False: the run had fewer requests.
fn die_at(scene: &Scene, at: u64, after_effect: bool, services: &Runtime) -> bool {
    let faults = scene.sim.world().faults();
    let held = faults.held_ever();
    faults.add(
        Fault::new(Action::Hold { after_effect })
            .service("blob")
            .after(at, 1),
    );
    let process = Runtime::new().unwrap();
    let engine = process.block_on(open_engine(scene.dir.path()));
    let started = process
        .block_on(engine.data(here()).start_job("copy", StartRun::default()))
        .unwrap();
    let reached = services.block_on(async {
        tokio::select! {
            reached = faults.wait_held(held + 1, Duration::from_secs(60)) => reached,
            () = engine.drain() => false,
        }
    });
    if !reached {
        let ended = process
            .block_on(engine.data(here()).show_run(started.id))
            .unwrap();
        assert_eq!(ended.state, RunState::Done, "{ended:?}");
    }
    drop(engine);
    process.shutdown_background();
    faults.clear();
    reached
}

/// So many lines the interrupted runs have written to files of this name.
fn written_down(data_dir: &Path, file: &str) -> u64 {
    let Ok(folders) = std::fs::read_dir(data_dir.join("runs")) else {
        return 0;
    };
    let files = folders.map(|folder| folder.unwrap().path().join(file));
    let lines = files.filter_map(|file| std::fs::read_to_string(file).ok());
    lines.map(|text| text.matches('\n').count() as u64).sum()
}

#[test]
fn blocks_of_a_large_blob_are_not_copied_twice() {
    let services = Runtime::new().unwrap();
    let scene = services.block_on(async {
        let scene = Scene::new(By::Key, false).await;
        scene.source().put("large", vec![5; 300 << 20], &Seed::default());
        scene.settle();
        scene.add_job(OnChange::Fail).await;
        scene
    });
    let faults = scene.sim.world().faults();
    // Four of the five blocks are copied and written down.
    let hold = Fault::new(Action::Hold { after_effect: true });
    faults.add(hold.path_contains("blockid=").after(4, 1));
    let process = Runtime::new().unwrap();
    let engine = process.block_on(open_engine(scene.dir.path()));
    process
        .block_on(engine.data(here()).start_job("copy", StartRun::default()))
        .unwrap();
    assert!(services.block_on(faults.wait_held(1, Duration::from_secs(60))));
    assert!((0..600).any(|_| {
        std::thread::sleep(Duration::from_millis(100));
        written_down(scene.dir.path(), "blocks.jsonl") == 4
    }));
    drop(engine);
    process.shutdown_background();
    faults.clear();
    services.block_on(async {
        assert_eq!(scene.copies(), 4);
        let engine = open_engine(scene.dir.path()).await;
        let next = run(&engine, None).await;
        assert_eq!(
            (next.state, next.counts.items_copied),
            (RunState::Done, 1),
            "{next:?}"
        );
        assert_eq!(scene.copies(), 5, "only the fifth block is copied now");
        let entry = scene.entries(next.point_id.unwrap()).await.remove(0);
        let content = scene.target().get(entry.target_name.as_str()).unwrap().content;
        assert!(content.len() == 300 << 20 && content.iter().all(|b| *b == 5));
    });
}

fn dies_at_every_request(after_effect: bool) {
    let services = Runtime::new().unwrap();
    for at in 0..200 {
        let scene = services.block_on(async {
            let scene = Scene::new(By::Key, false).await;
            scene.source().fill(generated("b", BLOBS, 100));
            scene.settle();
            scene.add_job(OnChange::Fail).await;
            scene
        });
        if !die_at(&scene, at, after_effect, &services) {
            assert!(at > BLOBS, "a run has more requests than {at}");
            return;
        }
        services.block_on(async {
            let engine = open_engine(scene.dir.path()).await;
            let before = engine
                .data(here())
                .list_points(Some("target"))
                .await
                .unwrap()
                .points;
            assert!(
                before
                    .iter()
                    .all(|p| p.exactness == Exactness::Exact && p.item_count == BLOBS),
                "{at}: {before:?}"
            );
            let answered = written_down(scene.dir.path(), "done.jsonl");
            let next = run(&engine, None).await;
            assert_eq!((next.state, &next.problem), (RunState::Done, &None), "{at}");
            if before.is_empty() {
                let copied = next.counts.items_copied;
                assert_eq!(
                    copied,
                    BLOBS - answered,
                    "{at}: what was answered is not copied again"
                );
            }
            let point = engine
                .data(here())
                .list_points(Some("target"))
                .await
                .unwrap()
                .points
                .pop()
                .unwrap();
            assert_eq!(
                (point.exactness, point.item_count),
                (Exactness::Exact, BLOBS),
                "{at}"
            );
            assert_eq!(scene.contents(point.id).await.len() as u64, BLOBS, "{at}");
            let runs = engine.data(here()).list_runs(None, 500).await.unwrap().runs;
            assert!(runs.iter().any(|r| r.state == RunState::Interrupted), "{at}");
            assert!(
                std::fs::read_dir(scene.dir.path().join("runs"))
                    .unwrap()
                    .all(|f| f.unwrap().path().is_file()),
                "{at}: nothing is left behind"
            );
            drop::<Arc<_>>(engine);
            scene.sim.stop().await.unwrap();
        });
    }
    panic!("a run of {BLOBS} blobs does not end within 200 requests");
}

#[test]
fn dies_before_every_request() {
    dies_at_every_request(false);
}

#[test]
fn dies_after_every_request() {
    dies_at_every_request(true);
}
