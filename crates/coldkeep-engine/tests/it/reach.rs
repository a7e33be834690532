//! Where runs and restores may write: names that a service makes others of, its own containers, and Coldkeep targets by
//! whatever spelling of their address.

use crate::scene::here;
use crate::scene::{By, CLOUD, SOURCE, Scene, TARGET, new_job};
use coldkeep_api::{NewJob, StartRestore, StartRun};
use coldkeep_core::{Code, Kind, Problem, id::PointId, job::OnChange, run::RunState};
use coldkeep_sim::{
    Options,
    blobs::{ContainerHandle, Seed},
    options::AccountSeed,
};

/// An account with directories: the simulator keeps every name there.
const DIRS: &str = "northdirs";
const INTO: (&str, &str) = ("northtarget", "restored");

async fn scene() -> Scene {
    let mut options = Options::default();
    options.tenants[0].subscriptions[0].accounts.push(AccountSeed {
        hns: true,
        ..AccountSeed::new(DIRS)
    });
    Scene::with(options, By::Key, false).await
}

fn put(place: &ContainerHandle<'_>, names: &[&str]) {
    for name in names {
        place.put(name, format!("content of {name}"), &Seed::default());
    }
}

fn place<'s>(scene: &'s Scene, (account, container): (&str, &str)) -> ContainerHandle<'s> {
    scene.sim.world().blobs_in(account, container)
}

/// A point of a job from one repository to another.
async fn point_of(scene: &Scene, source: &str, target: &str) -> PointId {
    scene.settle();
    let job = NewJob {
        name: format!("from {source}"),
        source: source.into(),
        target: target.into(),
        ..new_job()
    };
    let name = scene.engine.data(here()).add_job(job).await.unwrap().name;
    let run = scene
        .engine
        .data(here())
        .start_job(&name, StartRun::default())
        .await
        .unwrap();
    scene.engine.drain().await;
    let run = crate::scene::ran(&scene.engine, run.id).await;
    assert_eq!(run.problem, None);
    run.point_id.unwrap_or_else(|| panic!("{:?}", run.failed_items))
}

fn request(to: &str, folder: Option<&str>) -> StartRestore {
    StartRestore {
        to: to.into(),
        folder: folder.map(Into::into),
        include: vec![],
        overwrite: true,
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

fn failed(run: &crate::scene::Ran) -> Vec<(&str, Kind)> {
    let mut failed: Vec<_> = run
        .failed_items
        .iter()
        .map(|item| (item.name.as_str(), item.problem.kind))
        .collect();
    failed.sort_unstable_by_key(|(name, _)| *name);
    failed
}

fn refused<T: std::fmt::Debug>(result: Result<T, Problem>, kind: Kind, says: &str) {
    let problem = result.unwrap_err();
    assert_eq!(problem.kind, kind, "{problem}");
    assert!(problem.to_string().contains(says), "{problem}");
}

#[tokio::test(flavor = "multi_thread")]
async fn names_that_would_become_others_fail_by_name_and_touch_nothing() {
    let scene = scene().await;
    let evil = ["./key", "a/../b", "back\\slash", "end.", "x./y"];
    let dirs = place(&scene, (DIRS, "names"));
    put(&dirs, &evil);
    put(&dirs, &["fine", "deep/fine"]);
    scene
        .add_folder("dirs", (DIRS, "names", ""), (CLOUD, None))
        .await
        .unwrap();
    let point = point_of(&scene, "dirs", "target").await;
    let into = place(&scene, INTO);
    put(&into, &["key", "b", "back/slash", "end", "x/y"]);
    let before: Vec<_> = into
        .names()
        .iter()
        .map(|name| into.get(name).unwrap().etag)
        .collect();
    scene.add_repository("restored", INTO, By::Key).await;
    let run = restore(&scene, point, request("restored", None)).await;
    assert_eq!(
        (run.state, run.counts.items_copied),
        (RunState::DoneWithFailures, 2)
    );
    assert_eq!(failed(&run), evil.map(|name| (name, Kind::Unsupported)));
    let after: Vec<_> = ["b", "back/slash", "end", "key", "x/y"]
        .iter()
        .map(|name| into.get(name).unwrap().etag)
        .collect();
    assert_eq!(after, before);
    assert_eq!(into.names().len(), 7, "{:?}", into.names());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_copied_folders_own_marker_becomes_no_other_address() {
    let scene = scene().await;
    put(&scene.source(), &["f/", "f/a", "f"]);
    scene
        .add_folder("folder", (SOURCE.0, SOURCE.1, "f"), (CLOUD, None))
        .await
        .unwrap();
    let point = point_of(&scene, "folder", "target").await;
    let root = place(&scene, (INTO.0, "$root"));
    put(&root, &[INTO.1]);
    let into = place(&scene, INTO);
    scene.add_repository("restored", INTO, By::Key).await;
    let run = restore(&scene, point, request("restored", None)).await;
    assert_eq!(failed(&run), [("f/", Kind::Unsupported)]);
    assert_eq!(into.names(), ["a"]);
    assert_eq!(root.get(INTO.1).unwrap().content, "content of restored");
    assert_eq!(root.names(), [INTO.1]);
    let run = restore(&scene, point, request("restored", Some("g"))).await;
    assert_eq!(run.state, RunState::Done, "{:?}", run.failed_items);
    assert_eq!(into.names(), ["a", "g/", "g/a"]);
    assert_eq!(into.get("g/").unwrap().content, "content of f/");
}

#[tokio::test(flavor = "multi_thread")]
async fn names_too_long_with_the_folder_fail_by_name() {
    let scene = scene().await;
    let (long, deep) = ("l".repeat(1022), format!("{}e", "d/".repeat(252)));
    put(&scene.source(), &[&long, &deep, "short"]);
    let point = point_of(&scene, "source", "target").await;
    scene
        .add_repository("restored", place_of(&scene, INTO), By::Key)
        .await;
    let run = restore(&scene, point, request("restored", Some("g/h"))).await;
    assert_eq!(
        failed(&run),
        [
            (deep.as_str(), Kind::Unsupported),
            (long.as_str(), Kind::Unsupported)
        ]
    );
    assert_eq!(place(&scene, INTO).names(), ["g/h/short"]);
}

/// The same place, made.
fn place_of(scene: &Scene, at: (&'static str, &'static str)) -> (&'static str, &'static str) {
    place(scene, at);
    at
}

#[tokio::test(flavor = "multi_thread")]
async fn directories_of_a_destination_get_no_empty_segments() {
    let scene = scene().await;
    put(&scene.source(), &["a//b", "a/b", "end/"]);
    let point = point_of(&scene, "source", "target").await;
    scene
        .add_folder("dirs", (DIRS, "restored", ""), (CLOUD, None))
        .await
        .unwrap();
    let run = restore(&scene, point, request("dirs", None)).await;
    assert_eq!(
        failed(&run),
        [("a//b", Kind::Unsupported), ("end/", Kind::Unsupported)]
    );
    assert_eq!(place(&scene, (DIRS, "restored")).names(), ["a/b"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn folders_that_would_become_others_are_refused_at_every_door() {
    let scene = scene().await;
    put(&scene.source(), &["a"]);
    let point = point_of(&scene, "source", "target").await;
    scene
        .add_repository("restored", place_of(&scene, INTO), By::Key)
        .await;
    for folder in ["..", "x/../y", "./x", "a.", "x/a./y", "a\\b", "a\nb"] {
        let added = scene
            .add_folder("evil", (INTO.0, INTO.1, folder), (CLOUD, None))
            .await;
        refused(added, Kind::Invalid, "cannot be a folder");
        let started = scene
            .engine
            .data(here())
            .start_restore(point, request("restored", Some(folder)))
            .await;
        refused(started, Kind::Invalid, "cannot be a folder");
    }
    assert!(place(&scene, INTO).names().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_that_was_stored_unchecked_is_refused_when_it_is_used() {
    let scene = scene().await;
    put(&scene.source(), &["a"]);
    let point = point_of(&scene, "source", "target").await;
    let mut stored = scene
        .add_folder("old", (INTO.0, INTO.1, "x"), (CLOUD, None))
        .await
        .unwrap();
    scene.engine.data(here()).remove_repository("old").await.unwrap();
    stored.folder = "x/../y".into();
    let store = coldkeep_store::Store::open_sqlite(&scene.dir.path().join("coldkeep.db"))
        .await
        .unwrap();
    store.save_repository(&stored).await.unwrap();
    let started = scene
        .engine
        .data(here())
        .start_restore(point, request("old", None))
        .await;
    refused(started, Kind::Invalid, "cannot be a folder");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_services_own_containers_are_sources_and_no_targets() {
    let scene = scene().await;
    for container in ["$logs", "$blobchangefeed", "$web", "$root"] {
        put(&place(&scene, (SOURCE.0, container)), &["one"]);
        let at = (SOURCE.0, container, "");
        scene.add_folder(container, at, (CLOUD, None)).await.unwrap();
        let target = format!("for {container}");
        let folder = container.trim_start_matches('$');
        let to = (TARGET.0, TARGET.1, folder);
        scene.add_folder(&target, to, (CLOUD, None)).await.unwrap();
        let point = point_of(&scene, container, &target).await;
        assert_eq!(scene.entries(point).await.len(), 1, "{container}");

        let reversed = NewJob {
            name: "reversed".into(),
            source: "source".into(),
            target: container.into(),
            ..new_job()
        };
        refused(
            scene.engine.data(here()).add_job(reversed).await,
            Kind::Invalid,
            "cannot be a target",
        );
        let back = scene
            .engine
            .data(here())
            .start_restore(point, request(container, Some("back")))
            .await;
        if container == "$web" {
            back.unwrap();
            scene.engine.drain().await;
            assert_eq!(place(&scene, (SOURCE.0, container)).names(), ["back/one", "one"]);
        } else {
            refused(back, Kind::Invalid, "restored into");
            assert_eq!(place(&scene, (SOURCE.0, container)).names(), ["one"]);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_restored_into_a_target_or_a_folder_in_one() {
    let scene = scene().await;
    put(&scene.source(), &["a", "vault/b"]);
    let vault = (INTO.0, INTO.1, "vault");
    scene.add_folder("vault", vault, (CLOUD, None)).await.unwrap();
    let point = point_of(&scene, "source", "vault").await;
    // A target that this installation does not know.
    let foreign = place(&scene, (INTO.0, "foreign"));
    put(&foreign, &["deep/target/coldkeep.json"]);
    scene.add_repository("restored", INTO, By::Key).await;
    scene
        .add_repository("foreign", (INTO.0, "foreign"), By::Key)
        .await;
    // The same account under other names: one that its address gives away, and one that it does not.
    let port = scene.sim.endpoints().blob.replace("{account}", "");
    let port = port.trim_end_matches('/').rsplit(':').next().unwrap().to_owned();
    scene
        .add_cloud_named("other", format!("http://localhost:{port}/{{account}}"))
        .await;
    let hidden = format!("http://127.0.0.1:{port}/%6Eorthtarget");
    let whole = (INTO.0, INTO.1, "");
    scene.add_folder("near", whole, ("other", None)).await.unwrap();
    scene
        .add_folder("far", whole, ("other", Some(hidden)))
        .await
        .unwrap();
    let before = place(&scene, INTO).names();
    for (to, folder) in [
        ("vault", None),
        ("vault", Some("vault/inner/deeper")),
        ("restored", Some("vault")),
        ("restored", None),
        ("near", Some("vault/inner")),
        ("near", None),
        ("far", Some("vault")),
        ("far", Some("vault/inner")),
        ("foreign", Some("deep/target")),
        ("foreign", Some("deep/target/x/y")),
    ] {
        let started = scene
            .engine
            .data(here())
            .start_restore(point, request(to, folder))
            .await;
        refused(started, Kind::Conflict, "target");
    }
    assert_eq!(place(&scene, INTO).names(), before);
    assert_eq!(foreign.names(), ["deep/target/coldkeep.json"]);

    // Around a target that only its marker shows, the rest is restored.
    let run = restore(&scene, point, request("far", None)).await;
    assert_eq!(failed(&run), [("vault/b", Kind::Conflict)]);
    let after: Vec<_> = place(&scene, INTO)
        .names()
        .into_iter()
        .filter(|name| !before.contains(name))
        .collect();
    assert_eq!(after, ["a"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn source_and_target_are_one_place_by_whatever_spelling() {
    let scene = scene().await;
    put(&scene.source(), &["a"]);
    let endpoint = scene.sim.endpoints().blob;
    let port = endpoint.replace("{account}", "");
    let port = port.trim_end_matches('/').rsplit(':').next().unwrap().to_owned();
    scene
        .add_cloud_named("other", format!("http://localhost:{port}/{{account}}/"))
        .await;
    let whole = (SOURCE.0, SOURCE.1, "");
    let vault = (SOURCE.0, SOURCE.1, "vault");
    let hidden = || Some(format!("http://127.0.0.1:{port}/%6Eorthsource"));
    scene.add_folder("near", whole, ("other", None)).await.unwrap();
    scene
        .add_folder("near vault", vault, ("other", None))
        .await
        .unwrap();
    scene.add_folder("far", whole, ("other", hidden())).await.unwrap();
    scene
        .add_folder("far vault", vault, ("other", hidden()))
        .await
        .unwrap();
    let job = |source: &str, target: &str| NewJob {
        name: "same".into(),
        source: source.into(),
        target: target.into(),
        ..new_job()
    };
    for target in ["near", "near vault"] {
        let added = scene.engine.data(here()).add_job(job("source", target)).await;
        refused(added, Kind::Invalid, "Source and target");
    }
    // A new target shows only when its marker is there.
    let added = scene
        .engine
        .data(here())
        .add_job(job("source", "far vault"))
        .await
        .unwrap();
    let run = scene
        .engine
        .data(here())
        .start_job(&added.name, StartRun::default())
        .await
        .unwrap();
    scene.engine.drain().await;
    let run = crate::scene::ran(&scene.engine, run.id).await;
    assert_eq!(run.state, RunState::Failed);
    assert_eq!(run.problem.clone().unwrap().code, Code::SourceOverlapsTarget);
    assert_eq!(scene.source().names(), ["a", "vault/coldkeep.json"]);
    scene.engine.data(here()).remove_job("same").await.unwrap();
    for (source, target) in [("source", "far vault"), ("far", "far vault")] {
        let added = scene.engine.data(here()).add_job(job(source, target)).await;
        refused(added, Kind::Invalid, "overlap");
    }
    // The source inside the target.
    let inner = (SOURCE.0, SOURCE.1, "vault/inner");
    scene.add_folder("inner", inner, (CLOUD, None)).await.unwrap();
    refused(
        scene.engine.data(here()).add_job(job("inner", "far vault")).await,
        Kind::Invalid,
        "overlap",
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn another_target_may_be_a_source_and_holds_no_second_one() {
    let scene = scene().await;
    put(&scene.source(), &["a"]);
    point_of(&scene, "source", "target").await;
    let second = ("northtarget", "second", "");
    scene.add_folder("second", second, (CLOUD, None)).await.unwrap();
    point_of(&scene, "target", "second").await;
    assert!(place(&scene, ("northtarget", "second")).names().len() > 5);

    let nested = (TARGET.0, TARGET.1, "b/nested");
    scene.add_folder("nested", nested, (CLOUD, None)).await.unwrap();
    let job = NewJob {
        name: "nested".into(),
        target: "nested".into(),
        on_change: OnChange::Fail,
        ..new_job()
    };
    refused(
        scene.engine.data(here()).add_job(job).await,
        Kind::Conflict,
        "another Coldkeep target",
    );
}
