//! The target as runs leave it: what lies where, whose it is, and what happens when somebody else touches it.

use crate::scene::here;
use crate::scene::{By, CLOUD, SOURCE, Scene, TARGET, new_job, run};
use coldkeep_api::{NewAccess, NewJob, NewRepository, StartRun};
use coldkeep_core::{Doubt, Kind, job::OnChange, run::RunState, target_finding::FindingCode};
use coldkeep_sim::blobs::{Seed, generated};
use std::collections::BTreeMap;

/// How many names of the target begin with each folder.
fn layout(scene: &Scene) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for name in scene.target().names() {
        let folder = name
            .split_once('/')
            .map_or(name.as_str(), |(folder, _)| folder)
            .to_owned();
        *counts.entry(folder).or_default() += 1;
    }
    counts
}

fn counts(pairs: &[(&str, usize)]) -> BTreeMap<String, usize> {
    pairs.iter().map(|(name, n)| ((*name).to_owned(), *n)).collect()
}

/// Parts and records come from the target, not from what this host remembers of them.
fn forget(scene: &Scene) {
    std::fs::remove_dir_all(scene.dir.path().join("cache")).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_with_nothing_changed_uploads_a_commit_record_only() {
    let scene = Scene::new(By::ServiceAccount, false).await;
    scene.source().fill(generated("", 600, 10));
    scene.settle();
    scene.add_job(OnChange::Fail).await;
    assert_eq!(scene.run().await.state, RunState::Done);
    let first = layout(&scene);
    // Target names depend on ETags and so on the time: now and then one of them ends an index part.
    let index_parts = first["i"];
    assert!((1..=3).contains(&index_parts), "{first:?}");
    assert_eq!(
        first,
        counts(&[
            ("b", 600),
            ("coldkeep.json", 1),
            ("commits", 1),
            ("i", index_parts),
            ("m", 1)
        ])
    );
    assert_eq!(scene.run().await.state, RunState::Done);
    let second = layout(&scene);
    assert_eq!(second["commits"], 2);
    assert_eq!(second.values().sum::<usize>(), first.values().sum::<usize>() + 1);
    let points = scene.engine.data(here()).list_points(None).await.unwrap().points;
    assert_eq!(points.iter().map(|p| p.sequence).collect::<Vec<_>>(), [1, 2]);
}

#[tokio::test(flavor = "multi_thread")]
async fn parts_are_shared_where_names_did_not_change() {
    let scene = Scene::new(By::ServiceAccount, false).await;
    scene.source().fill(generated("", 20_000, 1));
    scene.settle();
    scene.add_job(OnChange::Fail).await;
    assert_eq!(scene.run().await.state, RunState::Done);
    let first = layout(&scene);
    assert!(first["m"] >= 2, "{first:?}");
    scene.source().put("00019999x", "new", &Seed::default());
    scene.settle();
    assert_eq!(scene.run().await.state, RunState::Done);
    let second = layout(&scene);
    assert_eq!(second["m"], first["m"] + 1, "one part of the manifest is new");
    assert_eq!(second["b"], first["b"] + 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_list_of_names_in_doubt_lies_beside_the_record() {
    let scene = Scene::new(By::ServiceAccount, false).await;
    let asleep = Seed {
        tier: Some("Archive".into()),
        ..Seed::default()
    };
    for number in 0..1500 {
        scene
            .source()
            .put(&format!("cold/{number:04}"), "asleep", &asleep);
    }
    scene.source().put("awake", "content", &Seed::default());
    scene.settle();
    scene.add_job(OnChange::Fail).await;
    let run = run(&scene.engine, Some(true)).await;
    assert_eq!(run.state, RunState::DoneWithFailures, "{:?}", run.problem);
    let point = scene
        .engine
        .data(here())
        .show_point(run.point_id.unwrap())
        .await
        .unwrap();
    assert_eq!(
        (point.item_count, point.doubt_count, point.doubts.len()),
        (1, 1500, 1000)
    );
    let list = scene
        .target()
        .names()
        .into_iter()
        .find(|n| n.ends_with(".jsonl"))
        .unwrap();
    let list = String::from_utf8(scene.target().get(&list).unwrap().content.to_vec()).unwrap();
    let names: Vec<String> = list
        .lines()
        .map(|line| serde_json::from_str::<Doubt>(line).unwrap().name)
        .collect();
    assert_eq!((names.len(), names[1499].as_str()), (1500, "cold/1499"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_container_of_somebody_else_is_refused() {
    let scene = Scene::new(By::ServiceAccount, false).await;
    scene.target().put("their/data.txt", "theirs", &Seed::default());
    let problem = scene.engine.data(here()).add_job(new_job()).await.unwrap_err();
    assert_eq!(problem.kind, Kind::Conflict);
    assert!(problem.to_string().contains("their/data.txt"), "{problem}");
    assert_eq!(scene.target().names(), ["their/data.txt"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_marker_of_a_newer_coldkeep_is_refused() {
    let scene = Scene::new(By::ServiceAccount, false).await;
    let marker = r#"{"format": 1, "requires": ["moods"], "id": "00000000-0000-0000-0000-000000000000",
        "created_at": "2026-01-02T03:04:05Z", "created_by": "coldkeep 9"}"#;
    scene.target().put("coldkeep.json", marker, &Seed::default());
    let problem = scene.engine.data(here()).add_job(new_job()).await.unwrap_err();
    assert_eq!(problem.kind, Kind::Unsupported);
    assert!(problem.what.contains("`moods`"), "{problem}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_that_was_overwritten_is_found_by_the_next_ones_hash() {
    let scene = Scene::new(By::ServiceAccount, false).await;
    scene.source().put("one", "content", &Seed::default());
    scene.settle();
    scene.add_job(OnChange::Fail).await;
    scene.run().await;
    scene.run().await;
    let name = format!("commits/{:020}.json", 1);
    let record = String::from_utf8(scene.target().get(&name).unwrap().content.to_vec()).unwrap();
    scene.target().put(
        &name,
        record.replace("\"exact\"", "\"inexact\""),
        &Seed::default(),
    );
    forget(&scene);
    let list = scene
        .engine
        .data(here())
        .list_points(Some("target"))
        .await
        .unwrap();
    let sequences: Vec<_> = list.points.iter().map(|p| p.sequence).collect();
    assert_eq!(sequences, [2], "the whole one stays");
    let codes: Vec<_> = list.findings.iter().map(|f| (f.code, f.name.as_str())).collect();
    assert_eq!(
        codes,
        [
            (FindingCode::WrongSignature, name.as_str()),
            (FindingCode::RecordGone, name.as_str())
        ]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn where_the_target_keeps_versions_overwriting_a_record_or_part_harms_nothing() {
    let scene = Scene::new(By::ServiceAccount, false).await;
    scene.sim.world().set_versioning(TARGET.0, true).unwrap();
    scene.source().put("one", "content", &Seed::default());
    scene.settle();
    scene.add_job(OnChange::Fail).await;
    scene.run().await;
    let point = scene.run().await.point_id.unwrap();
    let junk: Vec<_> = scene
        .target()
        .names()
        .into_iter()
        .filter(|n| n.starts_with("m/") || n.contains("001.json"))
        .collect();
    assert_eq!(junk.len(), 2);
    for name in junk {
        scene.target().put(&name, "junk", &Seed::default());
    }
    forget(&scene);
    assert_eq!(
        scene
            .engine
            .data(here())
            .list_points(Some("target"))
            .await
            .unwrap()
            .points
            .len(),
        2
    );
    assert_eq!(scene.entries(point).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_part_with_other_content_is_refused() {
    let scene = Scene::new(By::ServiceAccount, false).await;
    scene.source().put("one", "content", &Seed::default());
    scene.settle();
    scene.add_job(OnChange::Fail).await;
    let point = scene.run().await.point_id.unwrap();
    let part = scene
        .target()
        .names()
        .into_iter()
        .find(|n| n.starts_with("m/"))
        .unwrap();
    scene.target().put(&part, "junk", &Seed::default());
    forget(&scene);
    let problem = scene
        .engine
        .data(here())
        .list_files(point, None, 10)
        .await
        .unwrap_err();
    assert_eq!(problem.kind, Kind::Corrupt);
    assert!(problem.what.contains(&part), "{problem}");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_writers_never_share_a_place_in_the_chain() {
    let scene = Scene::new(By::ServiceAccount, false).await;
    for (name, container) in [("a", "first"), ("b", "second")] {
        scene
            .sim
            .world()
            .blobs_in(SOURCE.0, container)
            .put("one", name, &Seed::default());
        scene
            .add_repository(name, (SOURCE.0, container), By::ServiceAccount)
            .await;
    }
    scene.settle();
    for name in ["a", "b"] {
        let request = NewJob {
            name: name.into(),
            source: name.into(),
            ..new_job()
        };
        scene.engine.data(here()).add_job(request).await.unwrap();
    }
    for round in 1..=5u64 {
        let started = [
            scene
                .engine
                .data(here())
                .start_job("a", StartRun::default())
                .await
                .unwrap(),
            scene
                .engine
                .data(here())
                .start_job("b", StartRun::default())
                .await
                .unwrap(),
        ];
        scene.engine.drain().await;
        for run in started {
            let run = crate::scene::ran(&scene.engine, run.id).await;
            assert_eq!(run.state, RunState::Done, "{:?}", run.problem);
        }
        let points = scene
            .engine
            .data(here())
            .list_points(Some("target"))
            .await
            .unwrap()
            .points;
        let sequences: Vec<_> = points.iter().map(|p| p.sequence).collect();
        assert_eq!(sequences.len() as u64, 2 * round);
        assert!(
            sequences.iter().all(|s| (1..=2 * round).contains(s)),
            "{sequences:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repository_that_cannot_be_opened_is_not_added() {
    let scene = Scene::new(By::ServiceAccount, false).await;
    let request = |account: &str, container: &str, access: NewAccess| NewRepository {
        name: "third".into(),
        cloud: CLOUD.into(),
        account: account.into(),
        endpoint: None,
        container: container.into(),
        folder: None,
        tier: None,
        access,
    };
    let by_account = || NewAccess::ServiceAccount {
        service_account: "copier".into(),
    };
    let problem = scene
        .engine
        .data(here())
        .add_repository(request(TARGET.0, "missing", by_account()))
        .await
        .unwrap_err();
    let system = problem.system.as_ref().unwrap();
    assert_eq!(system.code.as_deref(), Some("ContainerNotFound"), "{problem}");
    assert!(
        system.request_id.is_some() && problem.what.contains("`missing`"),
        "{problem}"
    );

    let key = NewAccess::AccountKey {
        key: "d3Jvbmcga2V5".into(),
    };
    let problem = scene
        .engine
        .data(here())
        .add_repository(request(TARGET.0, TARGET.1, key))
        .await
        .unwrap_err();
    assert_eq!(problem.system.as_ref().unwrap().status, Some(403), "{problem}");

    let other = NewAccess::ServiceAccount {
        service_account: "nobody".into(),
    };
    let problem = scene
        .engine
        .data(here())
        .add_repository(request(TARGET.0, TARGET.1, other))
        .await
        .unwrap_err();
    assert_eq!(problem.kind, Kind::NotFound);
    assert_eq!(
        scene.engine.data(here()).list_repositories().await.unwrap().len(),
        2
    );

    let taken = NewRepository {
        name: "source".into(),
        ..request(TARGET.0, TARGET.1, by_account())
    };
    assert_eq!(
        scene
            .engine
            .data(here())
            .add_repository(taken)
            .await
            .unwrap_err()
            .kind,
        Kind::Conflict
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn checking_a_repository_changes_nothing() {
    let scene = Scene::new(By::ServiceAccount, false).await;
    scene.add_job(OnChange::Fail).await;
    for name in ["source", "target"] {
        let check = scene.engine.data(here()).check_repository(name).await.unwrap();
        assert!(check.ok, "{:?}", check.findings);
        assert!(check.findings.len() >= 5, "{:?}", check.findings);
    }
    assert_eq!(scene.target().totals(), (0, 0));
    assert_eq!(scene.source().totals(), (0, 0));
}
