//! Content is proven, not believed: what lies in the target is read from the target, every recorded hash is used, and
//! nothing that was there already is taken for what it should be.

use crate::scene::here;
use crate::scene::{By, Scene, TARGET, open_engine, run};
use bytes::Bytes;
use coldkeep_api::{StartRestore, Verification};
use coldkeep_core::{
    content_hash::ContentHashes,
    hash::HashOrigin,
    id::PointId,
    job::OnChange,
    point::{Entry, Exactness},
    run::RunState,
};
use coldkeep_sim::{
    blobs::{ContainerHandle, Seed, StoredMd5, generated},
    world::faults::{Action, Fault},
};
use futures::TryStreamExt;

const INTO: (&str, &str) = ("northtarget", "restored");

fn into(scene: &Scene) -> ContainerHandle<'_> {
    scene.sim.world().blobs_in(INTO.0, INTO.1)
}

async fn restore(scene: &Scene, point: PointId, overwrite: bool) -> crate::scene::Ran {
    let request = StartRestore {
        to: "restored".into(),
        folder: None,
        include: vec![],
        overwrite,
    };
    let run = scene
        .engine
        .data(here())
        .start_restore(point, request)
        .await
        .unwrap();
    scene.engine.drain().await;
    crate::scene::ran(&scene.engine, run.id).await
}

/// The job, and a container to restore into.
async fn prepared(by: By) -> Scene {
    let scene = Scene::new(by, false).await;
    scene.add_job(OnChange::Fail).await;
    into(&scene);
    scene.add_repository("restored", INTO, by).await;
    scene
}

/// Runs the job; it makes an exact point.
async fn exact(scene: &Scene) -> PointId {
    scene.settle();
    let run = scene.run().await;
    assert_eq!(
        run.state,
        RunState::Done,
        "{:?} {:?}",
        run.problem,
        run.failed_items
    );
    let point = run.point_id.unwrap();
    let shown = scene.engine.data(here()).show_point(point).await.unwrap();
    assert_eq!(shown.exactness, Exactness::Exact);
    point
}

async fn entry(scene: &Scene, point: PointId, name: &str) -> Entry {
    let entries = scene.entries(point).await;
    entries.into_iter().find(|e| e.name == name).unwrap()
}

async fn verify(scene: &Scene, point: PointId) -> Verification {
    scene.engine.data(here()).verify_point(point, true).await.unwrap()
}

/// Whether an engine that has nothing but the target reads the point, and what its files hold.
async fn read_elsewhere(scene: &Scene, point: PointId) -> Result<Vec<(String, Bytes)>, String> {
    std::fs::remove_dir_all(scene.dir.path().join("cache")).unwrap();
    let engine = open_engine(scene.dir.path()).await;
    let page = engine
        .data(here())
        .list_files(point, None, 5000)
        .await
        .map_err(|p| p.to_string())?;
    let mut contents = Vec::new();
    for entry in page.entries {
        let pieces = engine
            .data(here())
            .open_file(point, &entry.name)
            .await
            .map_err(|p| p.to_string())?;
        let pieces: Vec<Bytes> = pieces.try_collect().await.map_err(|p| p.to_string())?;
        contents.push((entry.name, pieces.concat().into()));
    }
    Ok(contents)
}

fn names_under(scene: &Scene, folder: &str) -> Vec<String> {
    let names = scene.target().names();
    names.into_iter().filter(|n| n.starts_with(folder)).collect()
}

/// Flips one bit of a blob and keeps its length.
fn flip(place: &ContainerHandle<'_>, name: &str, how: &Seed) {
    let mut content = place.get(name).unwrap().content.to_vec();
    let middle = content.len() / 2;
    content[middle] ^= 1;
    place.put(name, content, how);
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_that_are_gone_are_found_and_written_again() {
    for folder in ["m/", "i/"] {
        let scene = prepared(By::ServiceAccount).await;
        scene.source().fill(generated("f/", 3, 100));
        let first = exact(&scene).await;
        names_under(&scene, folder).iter().for_each(|name| {
            assert!(scene.target().delete(name));
        });
        let verified = verify(&scene, first).await;
        assert!(!verified.ok, "{folder}: {verified:?}");
        assert!(
            verified
                .findings
                .iter()
                .map(ToString::to_string)
                .any(|f| f.contains(folder) && f.contains("missing")),
            "{:?}",
            verified.findings
        );
        // Nothing changed at the source, and yet the point must be whole by itself.
        let second = exact(&scene).await;
        assert!(!names_under(&scene, folder).is_empty());
        assert!(verify(&scene, second).await.ok, "{folder}");
        assert_eq!(read_elsewhere(&scene, second).await.unwrap().len(), 3);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flipped_bit_in_a_list_is_found_and_mended_under_another_name() {
    for (folder, md5) in [
        ("m/", StoredMd5::Computed),
        ("i/", StoredMd5::Computed),
        ("m/", StoredMd5::Absent),
        // The listing shows nothing; only who reads it knows.
        ("m/", StoredMd5::Given([0; 16])),
        ("i/", StoredMd5::Given([0; 16])),
    ] {
        let scene = prepared(By::Key).await;
        scene.source().fill(generated("f/", 3, 100));
        let first = exact(&scene).await;
        let part = names_under(&scene, folder).remove(0);
        let md5 = match md5 {
            StoredMd5::Given(_) => {
                let was = scene.target().get(&part).unwrap().content_md5.unwrap();
                StoredMd5::Given(was.try_into().unwrap())
            }
            md5 => md5,
        };
        let how = Seed {
            content_md5: md5,
            ..Seed::default()
        };
        flip(&scene.target(), &part, &how);
        assert!(!verify(&scene, first).await.ok, "{folder}");
        let second = exact(&scene).await;
        assert_eq!(names_under(&scene, folder).len(), 2, "the damaged one stays");
        assert!(verify(&scene, second).await.ok, "{folder}");
        assert_eq!(read_elsewhere(&scene, second).await.unwrap().len(), 3);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn blobs_that_are_gone_or_short_or_written_again_are_copied_again() {
    let scene = prepared(By::ServiceAccount).await;
    scene.source().fill(generated("f/", 5, 100));
    let first = exact(&scene).await;
    let at = |n: usize| format!("f/{n:08}");
    let names = [
        entry(&scene, first, &at(0)).await.target_name,
        entry(&scene, first, &at(1)).await.target_name,
        entry(&scene, first, &at(2)).await.target_name,
    ];
    scene.target().delete(names[0].as_str());
    scene.target().put(names[1].as_str(), "short", &Seed::default());
    scene
        .target()
        .put(names[2].as_str(), vec![b'x'; 100], &Seed::default());
    let planned = scene.engine.data(here()).plan_job("copy").await.unwrap();
    assert_eq!((planned.items_to_copy, planned.items_damaged), (3, 3));
    let second = exact(&scene).await;
    for (n, name) in names.iter().enumerate() {
        let healed = entry(&scene, second, &at(n)).await;
        assert_ne!(healed.target_name, *name, "under a new name");
    }
    assert!(verify(&scene, second).await.ok);
    let read = read_elsewhere(&scene, second).await.unwrap();
    for (name, content) in read {
        assert_eq!(content, scene.source().get(&name).unwrap().content);
    }
}

/// A blob of 5 MB without an MD5, as a block list leaves it: the service says a CRC-64 of it and nothing else.
async fn without_md5() -> (Scene, PointId, Entry) {
    let scene = prepared(By::ServiceAccount).await;
    let how = Seed {
        content_md5: StoredMd5::Absent,
        ..Seed::default()
    };
    scene.source().put("large", vec![7; 5 << 20], &how);
    let point = exact(&scene).await;
    let entry = entry(&scene, point, "large").await;
    assert_eq!(entry.hashes().crc64, ContentHashes::of(&vec![7; 5 << 20]).crc64);
    (scene, point, entry)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crc64_alone_proves_content_too() {
    let (scene, point, entry) = without_md5().await;
    let run = restore(&scene, point, false).await;
    assert_eq!((run.state, run.counts.data_bytes), (RunState::Done, 0), "{run:?}");
    assert_eq!(into(&scene).get("large").unwrap().content, vec![7; 5 << 20]);
    into(&scene).delete("large");

    let how = Seed {
        content_md5: StoredMd5::Absent,
        ..Seed::default()
    };
    flip(&scene.target(), entry.target_name.as_str(), &how);
    let verified = verify(&scene, point).await;
    assert!(
        !verified.ok && verified.findings[0].to_string().contains("CRC-64"),
        "{verified:?}"
    );
    for overwrite in [false, true] {
        into(&scene).delete("large");
        if overwrite {
            into(&scene).put("large", "good", &Seed::default());
        }
        let run = restore(&scene, point, overwrite).await;
        assert_eq!(
            (run.state, run.counts.items_failed),
            (RunState::DoneWithFailures, 1)
        );
        let there = into(&scene).get("large").map(|seen| seen.content);
        assert_eq!(
            there,
            overwrite.then(|| "good".into()),
            "nothing wrong is written"
        );
    }
    assert!(read_elsewhere(&scene, point).await.is_err());
    // What the verification found is remembered: the next run heals it.
    let healed = exact(&scene).await;
    assert!(verify(&scene, healed).await.ok);
}

#[tokio::test(flavor = "multi_thread")]
async fn blobs_above_one_request_have_the_joined_hash_of_their_blocks() {
    let scene = prepared(By::Key).await;
    let content: Bytes = (0..300 << 20)
        .map(|i: u32| (i >> 10) as u8)
        .collect::<Vec<_>>()
        .into();
    scene.source().put("large", content.clone(), &Seed::default());
    let point = exact(&scene).await;
    let large = entry(&scene, point, "large").await;
    assert_eq!(large.hashes().crc64, ContentHashes::of(&content).crc64);
    assert_eq!(
        large.crc64.map(|hash| hash.origin),
        Some(HashOrigin::TargetService)
    );
    let run = restore(&scene, point, false).await;
    assert_eq!((run.state, run.counts.data_bytes), (RunState::Done, 0), "{run:?}");
    assert!(into(&scene).get("large").unwrap().content == content);

    flip(&scene.target(), large.target_name.as_str(), &Seed::default());
    into(&scene).delete("large");
    let run = restore(&scene, point, false).await;
    assert_eq!(run.counts.items_failed, 1);
    assert!(
        into(&scene).get("large").is_none(),
        "its blocks were never committed"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_bytes_never_take_the_place_of_a_good_blob() {
    // Server side, and relayed because the service copies nothing.
    for relayed in [false, true] {
        let scene = prepared(By::ServiceAccount).await;
        scene.source().put("a", "good content", &Seed::default());
        let point = exact(&scene).await;
        let target_name = entry(&scene, point, "a").await.target_name;
        // The property still says what the content was.
        let md5 = ContentHashes::of(b"good content").md5.unwrap();
        let how = Seed {
            content_md5: StoredMd5::Given(md5.0),
            ..Seed::default()
        };
        scene.target().put(target_name.as_str(), "evil content", &how);
        into(&scene).put("a", "mine", &Seed::default());
        if relayed {
            let refused = Action::Status {
                status: 501,
                code: Some("APINotImplemented".into()),
                retry_after_s: None,
            };
            scene.sim.world().faults().add(Fault {
                copy_source: Some(true),
                ..Fault::new(refused).service("blob")
            });
        }
        let run = restore(&scene, point, true).await;
        assert_eq!(
            (run.counts.items_failed, run.counts.items_done),
            (1, 1),
            "{run:?}"
        );
        assert_eq!(
            into(&scene).get("a").unwrap().content,
            "mine",
            "relayed: {relayed}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_md5_property_is_no_checksum() {
    for relayed in [false, true] {
        let scene = prepared(By::ServiceAccount).await;
        let how = Seed {
            content_md5: StoredMd5::Given([3; 16]),
            metadata: [("k".to_owned(), "v".to_owned())].into(),
            ..Seed::default()
        };
        scene.source().put("full", "content", &how);
        scene.source().put("empty", Bytes::new(), &how);
        let point = exact(&scene).await;
        if relayed {
            let refused = Action::Status {
                status: 501,
                code: Some("APINotImplemented".into()),
                retry_after_s: None,
            };
            scene.sim.world().faults().add(Fault {
                copy_source: Some(true),
                ..Fault::new(refused).service("blob")
            });
        }
        let run = restore(&scene, point, false).await;
        assert_eq!(run.state, RunState::Done, "{:?}", run.failed_items);
        for name in ["full", "empty"] {
            let (back, was) = (into(&scene).get(name).unwrap(), scene.source().get(name).unwrap());
            assert_eq!(back.content, was.content, "{name}");
            assert_eq!(
                (back.content_md5, back.metadata),
                (was.content_md5, was.metadata),
                "{name}"
            );
        }
        // And again: what is there is the same.
        let run = restore(&scene, point, false).await;
        assert_eq!(
            (run.state, run.counts.items_unchanged),
            (RunState::Done, 2),
            "{run:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn unchanged_is_proven_by_content_and_everything_else() {
    let scene = prepared(By::ServiceAccount).await;
    let owner = Seed {
        metadata: [("owner".to_owned(), "north".to_owned())].into(),
        ..Seed::default()
    };
    scene.source().put("content", "AAAA", &Seed::default());
    scene.source().put("metadata", "AAAA", &owner);
    scene.source().put("empty", Bytes::new(), &owner);
    scene.source().put("tags", "AAAA", &Seed::default());
    scene.source().put("type", "AAAA", &Seed::default());
    scene.source().put("tier", "AAAA", &Seed::default());
    scene.source().put("same", "AAAA", &owner);
    let point = exact(&scene).await;
    let md5 = ContentHashes::of(b"AAAA").md5.unwrap();
    let forged = Seed {
        content_md5: StoredMd5::Given(md5.0),
        ..Seed::default()
    };
    into(&scene).put("content", "BBBB", &forged);
    into(&scene).put("metadata", "AAAA", &Seed::default());
    into(&scene).put("empty", Bytes::new(), &Seed::default());
    let tagged = Seed {
        tags: [("k".to_owned(), "v".to_owned())].into(),
        ..Seed::default()
    };
    into(&scene).put("tags", "AAAA", &tagged);
    let mut typed = Seed::default();
    typed.headers.content_type = Some("text/html".into());
    into(&scene).put("type", "AAAA", &typed);
    let cool = Seed {
        tier: Some("Cool".into()),
        ..Seed::default()
    };
    into(&scene).put("tier", "AAAA", &cool);
    into(&scene).put("same", "AAAA", &owner);
    let run = restore(&scene, point, false).await;
    assert_eq!(
        (run.counts.items_unchanged, run.counts.items_failed),
        (1, 6),
        "{run:?}"
    );
    let mut failed: Vec<_> = run
        .failed_items
        .iter()
        .map(|item| {
            let what = item.problem.what.rsplit(' ').next().unwrap().to_owned();
            (item.name.as_str(), what)
        })
        .collect();
    failed.sort();
    let expected = [
        ("content", "content"),
        ("empty", "metadata"),
        ("metadata", "metadata"),
        ("tags", "tags"),
        ("tier", "tier"),
        ("type", "properties"),
    ];
    assert_eq!(failed, expected.map(|(name, what)| (name, what.to_owned())));
    assert_eq!(into(&scene).get("content").unwrap().content, "BBBB");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_blob_that_exists_is_never_taken_for_the_copy() {
    let scene = prepared(By::ServiceAccount).await;
    scene.source().put("a", "content", &Seed::default());
    // The copy takes effect, its answer is lost, and somebody puts other bytes there before it is repeated.
    let lost = Fault {
        copy_source: Some(true),
        ..Fault::new(Action::LoseReply).service("blob")
    };
    scene.sim.world().faults().add(lost.after(0, 1));
    scene.settle();
    let run = scene.run().await;
    assert_eq!(run.state, RunState::Done, "{run:?}");
    assert!(
        run.notes
            .iter()
            .any(|n| n.to_string().contains("under another name")),
        "{:?}",
        run.notes
    );
    let first = names_under(&scene, "b/");
    assert_eq!(first.len(), 2, "the one whose answer was lost is no point's");
    let point = run.point_id.unwrap();
    let held = entry(&scene, point, "a").await;
    assert_eq!(held.md5.map(|hash| hash.origin), Some(HashOrigin::TargetService));
    assert_eq!(read_elsewhere(&scene, point).await.unwrap()[0].1, "content");
}

#[tokio::test(flavor = "multi_thread")]
async fn names_of_content_cannot_be_known_before() {
    let name_in = |entries: Vec<Entry>| entries[0].target_name.clone();
    let mut names = Vec::new();
    for _ in 0..2 {
        let scene = prepared(By::Key).await;
        scene.source().put("a", "content", &Seed::default());
        let point = exact(&scene).await;
        names.push(name_in(scene.entries(point).await));
    }
    assert_ne!(names[0], names[1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_installation_and_a_job_made_again_build_on_the_points_there() {
    let scene = prepared(By::ServiceAccount).await;
    scene.source().fill(generated("f/", 300, 10));
    exact(&scene).await;
    scene.engine.data(here()).remove_job("copy").await.unwrap();
    scene.add_job(OnChange::Fail).await;
    let planned = scene.engine.data(here()).plan_job("copy").await.unwrap();
    assert_eq!((planned.items_unchanged, planned.items_to_copy), (300, 0));
    let again = scene.run().await;
    assert_eq!((again.state, again.counts.copy_requests), (RunState::Done, 0));
    assert!(again.counts.requests < 30, "{}", again.counts.requests);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_point_that_cannot_be_read_is_no_reason_to_stop() {
    let scene = prepared(By::Key).await;
    scene.source().fill(generated("f/", 3, 10));
    exact(&scene).await;
    std::fs::remove_dir_all(scene.dir.path().join("cache")).unwrap();
    for name in names_under(&scene, "m/") {
        scene.target().delete(&name);
    }
    let engine = open_engine(scene.dir.path()).await;
    scene.settle();
    let run = run(&engine, None).await;
    assert_eq!(
        (run.state, run.counts.items_copied),
        (RunState::Done, 3),
        "{run:?}"
    );
    assert!(
        run.notes
            .iter()
            .any(|n| n.to_string().contains("cannot be used as the base")),
        "{:?}",
        run.notes
    );
    assert!(
        engine
            .data(here())
            .verify_point(run.point_id.unwrap(), true)
            .await
            .unwrap()
            .ok
    );
    assert_eq!(TARGET.1, "copies");
}
