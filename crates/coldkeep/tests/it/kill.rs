//! Killed before and after every request of a run: the next run goes on, copies nothing again that the first has written
//! down, lists no half-made point.

use crate::world::{TARGET, World, json, stderr};
use coldkeep_sim::world::faults::{Action, Fault};
use std::{path::Path, time::Duration};

const BLOBS: usize = 50;

fn copy_folder(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a folder");
    for entry in std::fs::read_dir(from).expect("a folder") {
        let path = entry.expect("an entry").path();
        let at = to.join(path.file_name().expect("a name"));
        if path.is_dir() {
            copy_folder(&path, &at);
        } else if path.extension().is_none_or(|e| e != "sock") {
            std::fs::copy(&path, at).expect("a copy");
        }
    }
}

/// So many blobs the interrupted run has written down as copied.
fn written_down(data_dir: &Path) -> usize {
    let Ok(folders) = std::fs::read_dir(data_dir.join("runs")) else {
        return 0;
    };
    let files = folders.map(|folder| folder.expect("an entry").path().join("done.jsonl"));
    let texts = files.filter_map(|file| std::fs::read_to_string(file).ok());
    texts.map(|text| text.matches('\n').count()).sum()
}

/// One try: a fresh target, a kill at the `k`-th request, then a second run. False once there is no `k`-th request.
async fn try_at(world: &World, template: &Path, k: u64, after_effect: bool) -> bool {
    let at = format!(
        "killed {} request {k}",
        if after_effect { "after" } else { "before" }
    );
    let simulated = world.sim.world();
    simulated.blobs.delete_container(TARGET, "target");
    world.create_container(TARGET, "target");
    simulated.log().clear();
    let data_dir = world.path(&format!("data-{k}-{after_effect}"));
    copy_folder(template, &data_dir);

    let held_before = simulated.faults().held_ever();
    simulated
        .faults()
        .add(Fault::new(Action::Hold { after_effect }).after(k, 1));
    let mut run = world
        .command(&data_dir, &["job", "run", "copy"])
        .spawn()
        .expect("the binary starts");
    let reached = tokio::select! {
        reached = simulated.faults().wait_held(held_before + 1, Duration::from_secs(60)) => reached,
        ended = run.wait() => { assert!(ended.expect("it ends").success(), "{at}: the run itself"); false }
    };
    if reached {
        run.start_kill().expect("it is killed");
        run.wait().await.expect("it is dead");
    }
    simulated.faults().clear();
    if !reached {
        return false;
    }

    let listed = world
        .command(&data_dir, &["point", "list"])
        .output()
        .await
        .expect("the binary starts");
    assert_eq!(listed.status.code(), Some(0), "{at}: {}", stderr(&listed));
    for point in json(&listed).as_array().expect("a list") {
        assert_eq!(point["item_count"], BLOBS, "{at}: a half-made point");
    }
    let (lines, points) = (
        (BLOBS - written_down(&data_dir)) as u64,
        json(&listed).as_array().map_or(0, Vec::len),
    );
    let second = world
        .command(&data_dir, &["job", "run", "copy"])
        .output()
        .await
        .expect("the binary starts");
    assert_eq!(second.status.code(), Some(0), "{at}: {}", stderr(&second));
    if points == 0 {
        let copied = json(&second)["counts"]["items_copied"].as_u64();
        assert_eq!(copied, Some(lines), "{at}: a blob was copied twice");
    }
    last_point_is_whole(world, &data_dir, &at).await;
    std::fs::remove_dir_all(data_dir).expect("removed");
    true
}

async fn last_point_is_whole(world: &World, data_dir: &Path, at: &str) {
    let points = world
        .command(data_dir, &["point", "list"])
        .output()
        .await
        .expect("the binary starts");
    let points = json(&points);
    let last = points
        .as_array()
        .and_then(|p| p.last())
        .unwrap_or_else(|| panic!("{at}: a point"));
    assert_eq!(last["item_count"], BLOBS, "{at}");
    assert_eq!(last["exactness"], "exact", "{at}");
}

async fn at_every_request(after_effect: bool) {
    let world = World::ready().await;
    for i in 0..BLOBS {
        world.put(&format!("m365/{i:03}"), vec![i as u8; 100 + i]);
    }
    let template = world.path("template");
    copy_folder(&world.data_dir(), &template);
    let mut k = 0;
    while try_at(&world, &template, k, after_effect).await {
        k += 1;
        assert!(k < 500, "a run over {BLOBS} blobs takes fewer requests");
    }
    assert!(
        k > BLOBS as u64,
        "a run over {BLOBS} blobs takes more than {k} requests"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_before_every_request() {
    at_every_request(false).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_after_every_request() {
    at_every_request(true).await;
}
