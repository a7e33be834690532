//! Accounts that take fewer requests than this host could send: runs slow down as one, and no item fails for that alone.

use crate::scene::here;
use coldkeep_api::StartRun;
use coldkeep_core::{job::OnChange, run::RunState};
use coldkeep_sim::{
    Options,
    blobs::generated,
    world::{
        faults::{Action, Fault},
        throttle::Limit,
    },
};
use std::time::Duration;

use crate::scene::{By, SOURCE, Scene, TARGET};

fn limit(account: &str, requests_per_s: f64, burst: f64) -> Limit {
    Limit {
        service: "blob".into(),
        account: Some(account.into()),
        requests_per_s,
        burst: Some(burst),
        retry_after_s: None,
    }
}

async fn scene_with(blobs: u64) -> Scene {
    let scene = Scene::new(By::ServiceAccount, false).await;
    scene.source().fill(generated("m365/", blobs, 100));
    scene.settle();
    scene.add_job(OnChange::Fail).await;
    scene
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_ends_well_whichever_account_allows_little() {
    for (account, blobs) in [(TARGET.0, 300), (SOURCE.0, 300)] {
        let scene = scene_with(blobs).await;
        scene.sim.world().throttle().add(limit(account, 100.0, 10.0));
        let run = scene.run().await;
        assert_eq!(
            run.state,
            RunState::Done,
            "{account}: {:?} {:?}",
            run.problem,
            run.failed_items
        );
        assert_eq!(run.counts.items_copied, blobs, "{account}");
        assert!(
            scene.sim.world().throttle().refused() > 0,
            "{account}: nothing was refused"
        );
        assert!(
            run.notes
                .iter()
                .any(|note| note.to_string().contains("were refused and sent again")),
            "{account}: {:?}",
            run.notes
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rate_is_found_and_little_is_refused() {
    let scene = scene_with(6000).await;
    // Slow enough for any machine that tests run on.
    scene.sim.world().throttle().add(limit(TARGET.0, 800.0, 800.0));
    let run = scene.run().await;
    assert_eq!(
        run.state,
        RunState::Done,
        "{:?} {:?}",
        run.problem,
        run.failed_items
    );
    let refused = scene.sim.world().throttle().refused();
    assert!(refused * 100 < 6000 * 3, "{refused} of about 6,000 were refused");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_that_names_a_time_stops_all_requests_of_a_run_until_then() {
    let scene = scene_with(2000).await;
    let world = scene.sim.world();
    let action = Action::Status {
        status: 503,
        code: None,
        retry_after_s: Some(4),
    };
    world
        .faults()
        .add(Fault::new(action).method("PUT").path_contains("/b/").after(50, 1));
    let refused = || {
        world
            .log()
            .entries()
            .iter()
            .any(|entry| entry.status == Some(503))
    };
    let run = scene
        .engine
        .data(here())
        .start_job("copy", StartRun::default())
        .await
        .unwrap();
    while !refused() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    // What was in flight is answered in this second; then nothing is asked for.
    tokio::time::sleep(Duration::from_secs(1)).await;
    let asked = world.log().count();
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(
        world.log().count(),
        asked,
        "requests while the account asked for a pause"
    );
    scene.engine.drain().await;
    let run = crate::scene::ran(&scene.engine, run.id).await;
    assert_eq!(run.state, RunState::Done, "{:?}", run.problem);
    assert_eq!(run.counts.items_copied, 2000);
}

#[tokio::test(flavor = "multi_thread")]
async fn many_requests_are_in_flight_where_answers_take_long() {
    let options = Options {
        latency_ms: 60,
        ..Options::default()
    };
    let scene = Scene::with(options, By::ServiceAccount, false).await;
    scene.source().fill(generated("m365/", 3000, 100));
    scene.settle();
    scene.add_job(OnChange::Fail).await;
    let run = scene.run().await;
    assert_eq!(run.state, RunState::Done, "{:?}", run.problem);
    assert_eq!(run.counts.items_copied, 3000);
}
