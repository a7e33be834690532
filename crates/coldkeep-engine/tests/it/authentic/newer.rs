//! Records of a newer Coldkeep, signed by the target's own writer: told as that, never as damage.

use super::*;
use coldkeep_api::StartRun;
use coldkeep_core::{point::Point, run::Run};

/// A target with one point, and a record behind it that its writer has signed; the job `JOB` copies into it.
async fn with_newer_record(scene: &Scene, name: &str, kind: &str, requires: &[&str]) {
    let key = attacker();
    clone_target(scene, name, &key, |_| {});
    let place = scene.sim.world().blobs_in(TARGET.0, name);
    let first = place.get(&record_name(1)).unwrap().content;
    let hash = data_encoding::HEXLOWER.encode(&<sha2::Sha256 as sha2::Digest>::digest(&first));
    let mut next = document(&place, &record_name(1));
    next["previous"] = json!({"sequence": 1, "sha256": hash});
    next["sequence"] = json!(2);
    next["epoch"] = json!(2);
    next["kind"] = json!(kind);
    next["requires"] = json!(requires);
    next["retires"] = next["point_id"].take();
    place.put(&record_name(2), record(&key, &next), &Seed::default());
    add_container(scene, name, TARGET.0, name).await;
    let job = coldkeep_api::NewJob {
        name: format!("into-{name}"),
        target: name.into(),
        ..new_job()
    };
    scene.engine.data(here()).add_job(job).await.unwrap();
}

async fn listed(scene: &Scene, name: &str) -> Vec<Point> {
    let list = scene.engine.data(here()).list_points(Some(name)).await.unwrap();
    assert_eq!(
        codes(&list),
        [(FindingCode::Unsupported, record_name(2).as_str())],
        "{list:?}"
    );
    list.points
}

async fn run_into(scene: &Scene, name: &str) -> Run {
    let data = scene.engine.data(here());
    let run = data
        .start_job(&format!("into-{name}"), StartRun::default())
        .await
        .unwrap();
    scene.engine.drain().await;
    data.show_run(run.id).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn beside_a_record_of_an_unknown_kind_points_are_read_and_nothing_is_written() {
    let scene = with_points(1).await;
    for (kind, requires) in [("retire", &["retire"][..]), ("lock", &["lock"]), ("melt", &[])] {
        with_newer_record(&scene, kind, kind, requires).await;
        let points = listed(&scene, kind).await;
        assert_eq!(points.len(), 1, "the point before it is still there");
        let address = PointAddress::new(Some(kind.into()), points[0].id);
        let data = scene.engine.data(here());
        let verified = data.verify_point(&address, true).await.unwrap();
        assert!(verified.ok, "{:?}", verified.findings);
        let into = format!("restored-{kind}");
        add_container(&scene, &into, SOURCE.0, &into).await;
        let request = StartRestore {
            to: into.clone(),
            folder: None,
            include: vec![],
            overwrite: false,
        };
        let restore = data.start_restore(&address, request).await.unwrap();
        scene.engine.drain().await;
        assert_eq!(data.show_run(restore.id).await.unwrap().state, RunState::Done);
        let restored = scene.sim.world().blobs_in(SOURCE.0, &into);
        assert_eq!(restored.get("one").unwrap().content, "content");

        let place = scene.sim.world().blobs_in(TARGET.0, kind);
        let before = place.names();
        scene.source().put("two", "new", &Seed::default());
        let planned = data.plan_job(&format!("into-{kind}")).await.unwrap_err();
        let run = run_into(&scene, kind).await;
        assert_eq!(run.state, RunState::Failed);
        for refused in [planned, run.problem.clone().unwrap()] {
            assert_eq!(refused.kind, Kind::Unsupported, "{refused}");
            let named = [record_name(2), format!("`{kind}`")];
            assert!(named.iter().all(|part| refused.what.contains(part)), "{refused}");
        }
        assert_eq!(place.names(), before, "nothing was written");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_point_that_needs_an_unknown_feature_is_no_obstacle_to_the_next_one() {
    let scene = with_points(1).await;
    with_newer_record(&scene, "moods", "point", &["moods"]).await;
    assert_eq!(listed(&scene, "moods").await.len(), 1);
    let run = run_into(&scene, "moods").await;
    assert_eq!(run.state, RunState::Done, "{:?}", run.problem);
    assert_eq!(
        run.counts.items_unchanged, 1,
        "it builds on the point that it knows"
    );
    let points = listed(&scene, "moods").await;
    let sequences: Vec<u64> = points.iter().map(|point| point.sequence).collect();
    assert_eq!(sequences, [1, 3]);
}
