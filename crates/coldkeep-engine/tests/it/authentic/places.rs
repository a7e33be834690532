//! Points of several repositories, and what a record says of its manifest.

use super::*;
use crate::scene::here;

#[tokio::test(flavor = "multi_thread")]
async fn one_id_in_two_repositories_is_refused_unless_the_repository_is_named() {
    let scene = with_points(1).await;
    let point = list(&scene.engine).await.points.remove(0);
    clone_target(&scene, "clone", &attacker(), |record| {
        record["job_name"] = json!("forged")
    });
    add_container(&scene, "a clone", TARGET.0, "clone").await;
    let problem = scene.engine.data(here()).show_point(point.id).await.unwrap_err();
    assert_eq!(problem.kind, Kind::Conflict, "{problem}");
    for part in ["`a clone`", "`target`", &format!("`target/{}`", point.id)] {
        assert!(problem.to_string().contains(part), "{part}: {problem}");
    }
    for (repository, job) in [("target", "copy"), ("a clone", "forged")] {
        let address = PointAddress::new(Some(repository.into()), point.id);
        let shown = scene.engine.data(here()).show_point(&address).await.unwrap();
        assert_eq!(
            (shown.repository.as_str(), shown.job_name.as_str()),
            (repository, job)
        );
        let files = scene
            .engine
            .data(here())
            .list_files(&address, None, 10)
            .await
            .unwrap();
        assert_eq!(files.entries.len(), 1);
    }
    let all = scene.engine.data(here()).list_points(None).await.unwrap();
    assert_eq!(all.points.len(), 2);
    assert_eq!(all.findings[0].code, FindingCode::SamePointId);
    let problem = scene
        .engine
        .data(here())
        .show_point(PointAddress::new(Some("source".into()), point.id))
        .await;
    assert_eq!(problem.unwrap_err().kind, Kind::NotFound);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repository_that_cannot_be_read_is_named_beside_the_points_of_the_others() {
    let scene = with_points(1).await;
    add_container(&scene, "broken", TARGET.0, "broken").await;
    scene.sim.world().blobs_in(TARGET.0, "broken").put(
        MARKER,
        r#"{"format": 2, "requires": []}"#,
        &Seed::default(),
    );
    let all = scene.engine.data(here()).list_points(None).await.unwrap();
    assert_eq!(sequences(&all), [1]);
    assert_eq!(all.problems.len(), 1);
    assert_eq!(all.problems[0].repository, "broken");
    let point = all.points[0].id;
    assert_eq!(
        scene
            .engine
            .data(here())
            .show_point(point)
            .await
            .unwrap()
            .repository,
        "target"
    );
    scene
        .engine
        .data(here())
        .list_points(Some("broken"))
        .await
        .unwrap_err();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restore_holds_the_manifest_against_the_record() {
    let scene = with_points(1).await;
    let point = list(&scene.engine).await.points.remove(0);
    for (container, member) in [("fewer", "item_count"), ("shorter", "size_bytes")] {
        clone_target(&scene, container, &attacker(), |record| {
            record[member] = json!(record[member].as_u64().unwrap() + 1);
        });
        add_container(&scene, container, TARGET.0, container).await;
        let into = format!("into-{container}");
        add_container(&scene, &into, SOURCE.0, &into).await;
        let request = StartRestore {
            to: into.clone(),
            folder: None,
            include: vec![],
            overwrite: false,
        };
        let address = PointAddress::new(Some(container.into()), point.id);
        let started = scene
            .engine
            .data(here())
            .start_restore(&address, request)
            .await
            .unwrap();
        scene.engine.drain().await;
        let run = scene.engine.data(here()).show_run(started.id).await.unwrap();
        assert_eq!(run.state, RunState::Failed);
        assert_eq!(run.problem.clone().unwrap().kind, Kind::Corrupt);
        assert_eq!(
            scene.sim.world().blobs_in(SOURCE.0, &into).names(),
            [] as [String; 0]
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forged_part_is_told_and_not_inherited() {
    let scene = with_points(1).await;
    let target = scene.target();
    let part = target.names().into_iter().find(|n| n.starts_with("m/")).unwrap();
    target.put(&part, "forged", &Seed::default());
    let fresh = Machine::new(&scene).await;
    let point = list(&fresh.engine).await.points.remove(0);
    let problem = fresh
        .engine
        .data(here())
        .list_files(point.id, None, 10)
        .await
        .unwrap_err();
    assert_eq!(problem.kind, Kind::Corrupt);
    assert!(problem.what.contains(&part), "{problem}");
}
