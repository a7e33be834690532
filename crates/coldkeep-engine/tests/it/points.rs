//! Restore points as people look at them: listing, files, content, verification.

use crate::scene::here;
use crate::scene::{By, Scene, TARGET};
use bytes::Bytes;
use coldkeep_core::{
    Kind,
    id::{PointId, RunId},
    job::OnChange,
    run::RunState,
};
use coldkeep_sim::blobs::{Seed, generated};
use futures::TryStreamExt;

/// A scene with one point of `count` small blobs and an empty one.
async fn copied(by: By, count: u64, target_versions: bool) -> (Scene, PointId) {
    let scene = Scene::new(by, false).await;
    scene
        .sim
        .world()
        .set_versioning(TARGET.0, target_versions)
        .unwrap();
    scene.source().fill(generated("f/", count, 100));
    scene.source().put("empty", Bytes::new(), &Seed::default());
    scene.settle();
    scene.add_job(OnChange::Fail).await;
    let run = scene.run().await;
    assert_eq!(run.state, RunState::Done, "{:?}", run.problem);
    let point = run.point_id.unwrap();
    (scene, point)
}

#[tokio::test(flavor = "multi_thread")]
async fn files_come_in_pages_and_each_has_its_content() {
    let (scene, point) = copied(By::ServiceAccount, 25, false).await;
    let mut names = Vec::new();
    let mut after: Option<String> = None;
    for _ in 0..10 {
        let page = scene
            .engine
            .data(here())
            .list_files(point, after.as_deref(), 7)
            .await
            .unwrap();
        assert!(page.entries.len() <= 7);
        names.extend(page.entries.into_iter().map(|e| e.name));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(names, scene.source().names());
    for name in &names {
        let content = scene.engine.data(here()).open_file(point, name).await.unwrap();
        let content: Vec<Bytes> = content.try_collect().await.unwrap();
        assert_eq!(
            content.concat(),
            scene.source().get(name).unwrap().content,
            "{name}"
        );
    }
    for missing in ["", "f", "f/00000005x", "zzz"] {
        let Err(problem) = scene.engine.data(here()).open_file(point, missing).await else {
            panic!("`{missing}` was opened")
        };
        assert_eq!(problem.kind, Kind::NotFound, "{problem}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_point_is_found_by_its_id_and_listed_once() {
    let (scene, point) = copied(By::ServiceAccount, 1, false).await;
    scene.add_repository("again", TARGET, By::Key).await;
    let points = scene.engine.data(here()).list_points(None).await.unwrap().points;
    assert_eq!(points.iter().map(|p| p.id).collect::<Vec<_>>(), [point]);
    assert_eq!(
        scene
            .engine
            .data(here())
            .list_points(Some("again"))
            .await
            .unwrap()
            .points
            .len(),
        1
    );
    assert!(
        scene
            .engine
            .data(here())
            .list_points(Some("source"))
            .await
            .unwrap()
            .points
            .is_empty()
    );
    assert_eq!(
        scene.engine.data(here()).show_point(point).await.unwrap(),
        points[0]
    );
    let other = PointId(RunId::new().0);
    assert_eq!(
        scene
            .engine
            .data(here())
            .show_point(other)
            .await
            .unwrap_err()
            .kind,
        Kind::NotFound
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_whole_point_is_proved_by_listing_and_by_reading() {
    let (scene, point) = copied(By::ServiceAccount, 50, true).await;
    let shallow = scene
        .engine
        .data(here())
        .verify_point(point, false)
        .await
        .unwrap();
    assert!(shallow.ok && shallow.findings.is_empty(), "{shallow:?}");
    assert_eq!(
        (
            shallow.items_checked,
            shallow.bytes_checked,
            shallow.counts.data_bytes
        ),
        (51, 5000, 0)
    );
    assert!(
        shallow
            .proved
            .iter()
            .any(|p| p.starts_with("51 blobs exist in the version")),
        "{shallow:?}"
    );
    assert!(
        shallow
            .not_proved
            .iter()
            .any(|p| p.contains("a deep verification")),
        "{shallow:?}"
    );
    let deep = scene.engine.data(here()).verify_point(point, true).await.unwrap();
    assert!(deep.ok && deep.not_proved.is_empty(), "{deep:?}");
    assert_eq!(deep.counts.data_bytes, 5000);
    assert!(
        deep.proved.iter().any(|p| p.starts_with("51 blobs were read")),
        "{deep:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_damaged_is_named() {
    let (scene, point) = copied(By::ServiceAccount, 10, false).await;
    let entries = scene.entries(point).await;
    let target = scene.target();
    let at = |name: &str| {
        entries
            .iter()
            .find(|e| e.name == name)
            .unwrap()
            .target_name
            .clone()
    };
    target.delete(at("f/00000001").as_str());
    target.put(at("f/00000002").as_str(), "short", &Seed::default());
    target.put(at("f/00000003").as_str(), vec![b'x'; 100], &Seed::default());
    for deep in [false, true] {
        let found = scene.engine.data(here()).verify_point(point, deep).await.unwrap();
        assert!(!found.ok);
        let lines: Vec<String> = found.findings.iter().map(ToString::to_string).collect();
        let text = lines.join("\n");
        for (name, why) in [
            ("1", "is missing"),
            ("2", "has 5 bytes instead of 100"),
            ("3", "MD5"),
        ] {
            let line = lines
                .iter()
                .find(|f| f.contains(&format!("f/0000000{name}")))
                .expect(&text);
            assert!(line.contains(why), "{line}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn with_versions_overwriting_is_reported_and_destroys_nothing() {
    let (scene, point) = copied(By::ServiceAccount, 10, true).await;
    let entries = scene.entries(point).await;
    let entry = entries.iter().find(|e| e.name == "f/00000004").unwrap();
    scene
        .target()
        .put(entry.target_name.as_str(), "ransom", &Seed::default());
    let other = entries.iter().find(|e| e.name == "f/00000005").unwrap();
    scene.target().delete(other.target_name.as_str());
    let found = scene.engine.data(here()).verify_point(point, true).await.unwrap();
    assert!(found.ok, "{:?}", found.findings);
    let lines: Vec<String> = found.findings.iter().map(ToString::to_string).collect();
    let text = lines.join("\n");
    assert!(text.contains("was overwritten outside Coldkeep"), "{text}");
    assert!(text.contains("was deleted outside Coldkeep"), "{text}");
    let content = scene
        .engine
        .data(here())
        .open_file(point, &entry.name)
        .await
        .unwrap();
    let content: Vec<Bytes> = content.try_collect().await.unwrap();
    assert_eq!(content.concat(), scene.source().get(&entry.name).unwrap().content);
}
