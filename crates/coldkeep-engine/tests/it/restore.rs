//! Restores into a container: content from the target, everything else from the manifest.

use crate::scene::here;
use crate::scene::{By, SOURCE, Scene, TARGET};
use bytes::Bytes;
use coldkeep_api::StartRestore;
use coldkeep_core::{Kind, id::PointId, job::OnChange, run::RunState};
use coldkeep_sim::blobs::{ContainerHandle, ContentHeaders, Seed, generated};
use std::collections::BTreeMap;

const INTO: (&str, &str) = ("northtarget", "restored");

fn pairs(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs
        .iter()
        .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
        .collect()
}

fn dressed() -> Seed {
    Seed {
        headers: ContentHeaders {
            content_type: Some("text/plain".into()),
            ..ContentHeaders::default()
        },
        metadata: pairs(&[("owner", "north")]),
        tags: pairs(&[("kind", "index")]),
        tier: Some("Cool".into()),
        ..Seed::default()
    }
}

/// A point of ten plain blobs, a dressed one, an empty one and an append blob; and a container to restore into.
async fn copied(by: By, target_versions: bool) -> (Scene, PointId) {
    let scene = Scene::new(by, false).await;
    scene
        .sim
        .world()
        .set_versioning(TARGET.0, target_versions)
        .unwrap();
    scene.source().fill(generated("f/", 10, 100));
    scene.source().put("d/dressed ü%?#+", "dressed", &dressed());
    scene.source().put("empty", Bytes::new(), &dressed());
    scene.source().put(
        "log",
        "appended",
        &Seed {
            append: true,
            ..Seed::default()
        },
    );
    scene.settle();
    scene.add_job(OnChange::Fail).await;
    let point = scene.run().await.point_id.unwrap();
    into(&scene);
    scene.add_repository("restored", INTO, by).await;
    (scene, point)
}

fn into(scene: &Scene) -> ContainerHandle<'_> {
    scene.sim.world().blobs_in(INTO.0, INTO.1)
}

fn request() -> StartRestore {
    StartRestore {
        to: "restored".into(),
        folder: None,
        include: vec![],
        overwrite: false,
    }
}

async fn restore(scene: &Scene, point: PointId, request: StartRestore) -> crate::scene::Ran {
    let run = scene
        .engine
        .data(here())
        .start_restore(point, request)
        .await
        .unwrap();
    scene.engine.drain().await;
    crate::scene::ran(&scene.engine, run.id).await
}

/// Content, headers, metadata, tags and tier of a blob.
fn seen(place: &ContainerHandle<'_>, name: &str) -> impl PartialEq + std::fmt::Debug + use<> {
    let seen = place.get(name).unwrap_or_else(|| panic!("`{name}` is missing"));
    (seen.content, seen.headers, seen.metadata, seen.tags, seen.tier)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_point_comes_back_as_it_was() {
    for by in [By::ServiceAccount, By::Key] {
        let (scene, point) = copied(by, false).await;
        let names = scene.source().names();
        let originals: Vec<_> = names.iter().map(|n| seen(&scene.source(), n)).collect();
        for name in &names {
            scene.source().put(name, "changed", &Seed::default());
        }
        scene.settle();
        scene.run().await;

        let run = restore(&scene, point, request()).await;
        assert_eq!(
            (run.state, &run.problem),
            (RunState::Done, &None),
            "{:?}",
            run.failed_items
        );
        assert_eq!(
            (
                run.counts.items_total,
                run.counts.items_done,
                run.counts.items_copied
            ),
            (13, 13, 13)
        );
        assert_eq!((run.counts.bytes_total, run.counts.bytes_done), (1015, 1015));
        assert_eq!(run.counts.data_bytes, 0, "{:?}", run.notes);
        assert_eq!(
            run.notes,
            ["1 append blobs of the source are restored as block blobs.".into()]
        );
        let restored: Vec<_> = names.iter().map(|n| seen(&into(&scene), n)).collect();
        assert_eq!(restored, originals);
        assert_eq!(into(&scene).names(), names);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_overwritten_unless_asked() {
    let (scene, point) = copied(By::ServiceAccount, false).await;
    let same = scene.source().get("f/00000003").unwrap().content;
    into(&scene).put("f/00000003", same, &Seed::default());
    into(&scene).put("f/00000004", "mine", &Seed::default());
    let run = restore(&scene, point, request()).await;
    assert_eq!(run.state, RunState::DoneWithFailures);
    assert_eq!(
        (
            run.counts.items_unchanged,
            run.counts.items_failed,
            run.counts.items_copied
        ),
        (1, 1, 11)
    );
    assert_eq!(run.failed_items[0].name, "f/00000004");
    assert_eq!(run.failed_items[0].problem.kind, Kind::Conflict);
    assert_eq!(into(&scene).get("f/00000004").unwrap().content, "mine");

    let run = restore(
        &scene,
        point,
        StartRestore {
            overwrite: true,
            ..request()
        },
    )
    .await;
    assert_eq!(
        (run.state, run.counts.items_copied),
        (RunState::Done, 13),
        "{:?}",
        run.failed_items
    );
    assert_eq!(
        seen(&into(&scene), "f/00000004"),
        seen(&scene.source(), "f/00000004")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_part_is_restored_into_a_folder() {
    let (scene, point) = copied(By::ServiceAccount, false).await;
    let part = StartRestore {
        folder: Some("back/here/".into()),
        include: vec!["f/*[12]".into()],
        ..request()
    };
    let run = restore(&scene, point, part).await;
    assert_eq!(
        (run.state, run.counts.items_total),
        (RunState::Done, 2),
        "{:?}",
        run.failed_items
    );
    assert_eq!(
        into(&scene).names(),
        ["back/here/f/00000001", "back/here/f/00000002"]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_lost_in_the_target_fails_and_the_rest_comes_back() {
    let (scene, point) = copied(By::ServiceAccount, false).await;
    let entries = scene.entries(point).await;
    let at = |name: &str| {
        entries
            .iter()
            .find(|e| e.name == name)
            .unwrap()
            .target_name
            .clone()
    };
    scene.target().delete(at("f/00000001").as_str());
    scene
        .target()
        .put(at("f/00000002").as_str(), vec![b'x'; 100], &Seed::default());
    let run = restore(&scene, point, request()).await;
    assert_eq!(
        (run.state, run.counts.items_copied),
        (RunState::DoneWithFailures, 11)
    );
    let mut failed: Vec<_> = run
        .failed_items
        .iter()
        .map(|f| (f.name.as_str(), f.problem.kind))
        .collect();
    failed.sort_unstable_by_key(|f| f.0);
    assert_eq!(
        failed,
        [("f/00000001", Kind::Corrupt), ("f/00000002", Kind::Corrupt)]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn with_versions_the_points_own_are_restored() {
    let (scene, point) = copied(By::ServiceAccount, true).await;
    let names = scene.source().names();
    for entry in scene.entries(point).await {
        scene
            .target()
            .put(entry.target_name.as_str(), "ransom", &Seed::default());
        scene.target().delete(entry.target_name.as_str());
    }
    let run = restore(&scene, point, request()).await;
    assert_eq!(
        (run.state, run.counts.items_copied),
        (RunState::Done, 13),
        "{:?}",
        run.failed_items
    );
    for name in names {
        assert_eq!(seen(&into(&scene), &name), seen(&scene.source(), &name));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restore_into_the_targets_own_folder_is_refused() {
    let (scene, point) = copied(By::ServiceAccount, false).await;
    let refused = scene
        .engine
        .data(here())
        .start_restore(
            point,
            StartRestore {
                to: "target".into(),
                ..request()
            },
        )
        .await;
    assert_eq!(refused.unwrap_err().kind, Kind::Conflict);
    let nowhere = scene
        .engine
        .data(here())
        .start_restore(
            point,
            StartRestore {
                to: "nowhere".into(),
                ..request()
            },
        )
        .await;
    assert_eq!(nowhere.unwrap_err().kind, Kind::NotFound);
    // Back into the source's own place is what a restore may be for: what is there already is left alone.
    let run = restore(
        &scene,
        point,
        StartRestore {
            to: "source".into(),
            ..request()
        },
    )
    .await;
    assert_eq!(
        run.counts.items_unchanged + run.counts.items_failed,
        13,
        "{SOURCE:?}: {:?}",
        run.failed_items
    );
}
