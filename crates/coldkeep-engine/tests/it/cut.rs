//! A source that changes while it is copied: every kind of change, with and without versions, under both rules.

use crate::scene::here;
use crate::scene::{By, Scene};
use coldkeep_api::StartRun;
use coldkeep_core::{
    DoubtKind,
    job::OnChange,
    point::{Exactness, Point},
    run::RunState,
};
use coldkeep_sim::{
    blobs::Seed,
    world::faults::{Action, Fault},
};
use std::time::Duration;

const NAMES: [&str; 4] = ["deleted", "kept", "overwritten", "remade"];

/// When the source changes.
#[derive(Clone, Copy)]
enum Window {
    /// After the look before the cut, before the listing that is copied from.
    Listing,
    /// After that listing, before the first copy.
    Copying,
}

/// Changes the source in the middle of a run.
async fn run_with_changes(scene: &Scene, window: Window) -> crate::scene::Ran {
    for name in NAMES {
        scene.source().put(name, "old", &Seed::default());
    }
    scene.settle();
    let faults = scene.sim.world().faults();
    let hold = Fault::new(Action::Hold { after_effect: false }).service("blob");
    let held = match window {
        Window::Listing => {
            faults.add(hold.path_contains("include="));
            1
        }
        Window::Copying => {
            faults.add(Fault {
                copy_source: Some(true),
                ..hold
            });
            NAMES.len() as u64
        }
    };
    let run = scene
        .engine
        .data(here())
        .start_job("copy", StartRun::default())
        .await
        .unwrap();
    assert!(faults.wait_held(held, Duration::from_secs(30)).await);
    let source = scene.source();
    source.put("added", "new", &Seed::default());
    source.put("overwritten", "new", &Seed::default());
    source.delete("deleted");
    source.delete("remade");
    source.put("remade", "new", &Seed::default());
    faults.clear();
    scene.engine.drain().await;
    crate::scene::ran(&scene.engine, run.id).await
}

async fn scene(versions: bool, on_change: OnChange) -> Scene {
    let scene = Scene::new(By::ServiceAccount, versions).await;
    scene.add_job(on_change).await;
    scene
}

async fn point(scene: &Scene, run: &crate::scene::Ran) -> Point {
    scene
        .engine
        .data(here())
        .show_point(run.point_id.expect("a point was made"))
        .await
        .unwrap()
}

fn doubted(point: &Point) -> Vec<(&str, DoubtKind)> {
    let doubts = point.doubts.iter();
    doubts.map(|d| (d.name.as_str(), d.kind.clone())).collect()
}

async fn contents(scene: &Scene, run: &crate::scene::Ran) -> Vec<(String, String)> {
    scene.contents(run.point_id.unwrap()).await
}

fn expect(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs
        .iter()
        .map(|(name, content)| ((*name).to_owned(), (*content).to_owned()))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn versions_show_the_cut_whatever_happens_while_copying() {
    for on_change in [OnChange::Fail, OnChange::TakeNew] {
        let scene = scene(true, on_change).await;
        let run = run_with_changes(&scene, Window::Copying).await;
        assert_eq!(
            (run.state, &run.problem),
            (RunState::Done, &None),
            "{:?}",
            run.failed_items
        );
        assert_eq!(point(&scene, &run).await.exactness, Exactness::Exact);
        let old = NAMES.map(|name| (name, "old"));
        assert_eq!(contents(&scene, &run).await, expect(&old));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_versions_a_change_while_copying_fails_its_item() {
    let scene = scene(false, OnChange::Fail).await;
    let run = run_with_changes(&scene, Window::Copying).await;
    assert_eq!((run.state, run.point_id), (RunState::DoneWithFailures, None));
    let failed: Vec<_> = run.failed_items.iter().map(|f| f.name.as_str()).collect();
    assert_eq!(failed, ["deleted", "overwritten", "remade"]);
    assert!(
        scene
            .engine
            .data(here())
            .list_points(Some("target"))
            .await
            .unwrap()
            .points
            .is_empty()
    );
    scene.settle();
    let next = scene.run().await;
    assert_eq!(next.state, RunState::Done);
    assert_eq!(
        next.counts.items_unchanged, 1,
        "the one that was copied is not copied again"
    );
    let now = [
        ("added", "new"),
        ("kept", "old"),
        ("overwritten", "new"),
        ("remade", "new"),
    ];
    assert_eq!(contents(&scene, &next).await, expect(&now));
}

#[tokio::test(flavor = "multi_thread")]
async fn without_versions_the_new_state_can_be_taken() {
    let scene = scene(false, OnChange::TakeNew).await;
    let run = run_with_changes(&scene, Window::Copying).await;
    assert_eq!(
        (run.state, &run.problem),
        (RunState::Done, &None),
        "{:?}",
        run.failed_items
    );
    let point = point(&scene, &run).await;
    assert_eq!(
        (point.exactness, doubted(&point)),
        (
            Exactness::Inexact,
            vec![
                ("deleted", DoubtKind::LeftOut),
                ("overwritten", DoubtKind::NewStateTaken),
                ("remade", DoubtKind::NewStateTaken)
            ]
        )
    );
    let taken = [("kept", "old"), ("overwritten", "new"), ("remade", "new")];
    assert_eq!(
        contents(&scene, &run).await,
        expect(&taken),
        "what was added after the cut is apart"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn versions_show_the_cut_and_doubt_deletions_around_it() {
    let scene = scene(true, OnChange::Fail).await;
    let run = run_with_changes(&scene, Window::Listing).await;
    assert_eq!(
        (run.state, &run.problem),
        (RunState::Done, &None),
        "{:?}",
        run.failed_items
    );
    let point = point(&scene, &run).await;
    assert_eq!(
        (point.exactness, doubted(&point)),
        (
            Exactness::Inexact,
            vec![
                ("deleted", DoubtKind::DeletedAroundCut),
                ("remade", DoubtKind::RecreatedAroundCut)
            ]
        )
    );
    let old = NAMES.map(|name| (name, "old"));
    assert_eq!(contents(&scene, &run).await, expect(&old));
}

#[tokio::test(flavor = "multi_thread")]
async fn without_versions_changes_around_the_cut_follow_the_rule() {
    let failing = scene(false, OnChange::Fail).await;
    let run = run_with_changes(&failing, Window::Listing).await;
    assert_eq!((run.state, run.point_id), (RunState::DoneWithFailures, None));
    let failed: Vec<_> = run.failed_items.iter().map(|f| f.name.as_str()).collect();
    assert_eq!(failed, ["deleted", "overwritten", "remade"]);

    let taking = scene(false, OnChange::TakeNew).await;
    let run = run_with_changes(&taking, Window::Listing).await;
    let point = point(&taking, &run).await;
    assert_eq!(
        (point.exactness, doubted(&point)),
        (
            Exactness::Inexact,
            vec![
                ("deleted", DoubtKind::LeftOut),
                ("overwritten", DoubtKind::NewStateTaken),
                ("remade", DoubtKind::NewStateTaken)
            ]
        )
    );
    let taken = [("kept", "old"), ("overwritten", "new"), ("remade", "new")];
    assert_eq!(contents(&taking, &run).await, expect(&taken));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_written_in_the_running_second_is_part_of_the_point() {
    let scene = scene(false, OnChange::Fail).await;
    scene.source().put("just now", "content", &Seed::default());
    let run = scene.run().await;
    assert_eq!(run.state, RunState::Done);
    assert_eq!(contents(&scene, &run).await, expect(&[("just now", "content")]));
}
