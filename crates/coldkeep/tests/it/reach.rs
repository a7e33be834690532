//! Where a restore writes, through the binary: names that Azure makes others of, folders, and markers of folders.

use crate::world::{SOURCE, TARGET, World};
use coldkeep_sim::{
    AccountSeed, Options,
    blobs::{ContainerHandle, Seed},
};
use serde_json::Value;
use std::{collections::BTreeMap, fs, path::Path};

/// An account with directories: the simulator keeps every name there.
const DIRS: &str = "northdirs";

/// Names that lead out of a folder, or that Azure makes others of.
const EVIL: [&str; 9] = [
    "..",
    "../up",
    "./dot-segment",
    "C:\\Windows\\evil.exe",
    "back\\slash\\..\\up",
    "trailing-dot.",
    "x/../../../../up",
    "x/./y",
    "x/y./z",
];

fn put(place: &ContainerHandle<'_>, names: &[&str]) {
    for name in names {
        place.put(name, format!("content of {name}"), &Seed::default());
    }
}

async fn world() -> World {
    let mut options = Options::default();
    options.tenants[0].subscriptions[0].accounts.push(AccountSeed {
        hns: true,
        ..AccountSeed::new(DIRS)
    });
    let world = World::with(options).await;
    world.create_container(TARGET, "target");
    world.create_container(TARGET, "restored");
    world.add_service_account().await;
    world.add_repository("target", TARGET, "target").await;
    world.add_repository("restored", TARGET, "restored").await;
    world
}

/// The point of a job that copies this container.
async fn point_of(world: &World, account: &str, container: &str) -> String {
    world.add_repository("source", account, container).await;
    let job = ["job", "add", "copy", "--source", "source", "--target", "target"];
    world.ok(&job).await;
    let run = world.ok(&["job", "run", "copy"]).await;
    run["point_id"].as_str().expect("a point").to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn names_that_azure_makes_others_of_fail_in_a_container_and_come_back_in_a_folder() {
    let world = world().await;
    let key = world.sim.world().account_key(DIRS).expect("a key");
    let key = world.write("dirs.key", key.as_bytes());
    put(&world.place(DIRS, "names"), &EVIL);
    put(&world.place(DIRS, "names"), &["fine"]);
    world
        .ok(&[
            "repository",
            "add",
            "source",
            "--cloud",
            "sim",
            "--account",
            DIRS,
            "--container",
            "names",
            "--account-key-file",
            &key,
        ])
        .await;
    world
        .ok(&["job", "add", "copy", "--source", "source", "--target", "target"])
        .await;
    let run = world.ok(&["job", "run", "copy"]).await;
    let point = run["point_id"].as_str().expect("a point");
    let up = world.place(TARGET, "restored");
    put(&up, &["up", "dot-segment", "x/y"]);

    let output = world
        .run(&["restore", point, "--to", "restored", "--overwrite"])
        .await;
    assert_eq!(output.status.code(), Some(3), "{output:?}");
    let shown: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(shown["counts"]["items_failed"], EVIL.len(), "{shown}");
    for item in shown["reasons"].as_array().expect("a list") {
        let what = item["problem"]["what"]
            .as_str()
            .or(item["problem"]["title"].as_str());
        assert!(
            what.is_some_and(|what| what.contains("cannot be its name")),
            "{item}"
        );
    }
    assert_eq!(up.names(), ["dot-segment", "fine", "up", "x/y"]);
    for name in ["up", "dot-segment", "x/y"] {
        assert_eq!(
            up.get(name).expect("it stays").content,
            format!("content of {name}")
        );
    }

    let parent = world.path("parent");
    let dir = parent.join("restored");
    world
        .ok(&["restore", point, "--to-dir", &dir.to_string_lossy()])
        .await;
    assert_eq!(fs::read_dir(&parent).expect("a folder").count(), 1);
    let index = index(&dir);
    assert_eq!(index.len(), EVIL.len() + 1);
    for (name, row) in &index {
        let file = dir.join(row["file"].as_str().expect("a file"));
        assert_eq!(
            fs::read_to_string(file).expect("the file"),
            format!("content of {name}")
        );
    }
}

/// Every row of the index, by the blob's name.
fn index(dir: &Path) -> BTreeMap<String, Value> {
    let text = fs::read_to_string(dir.join(".coldkeep/index.jsonl")).expect("an index");
    let rows = text.lines().map(|line| {
        let row: Value = serde_json::from_str(line).expect("a row");
        (row["name"].as_str().expect("a name").to_owned(), row)
    });
    rows.collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn blobs_that_stand_for_folders_leave_the_tree_a_tree() {
    let world = world().await;
    let source = world.place(SOURCE, "source");
    let marker = |key: &str| Seed {
        metadata: BTreeMap::from([(key.to_owned(), "true".to_owned())]),
        ..Seed::default()
    };
    source.put("dir", "", &marker("hdi_isfolder"));
    source.put("dir/sub", "", &marker("Hdi_IsFolder"));
    source.put("alone", "", &marker("HDI_ISFOLDER"));
    for empty in ["plain", "plain-x", "empty", "slash/"] {
        source.put(empty, "", &Seed::default());
    }
    put(
        &source,
        &[
            "dir/f",
            "dir/sub/f",
            "plain/g",
            "file",
            "file-x",
            "file/h",
            "file/h/i",
            "slash/i",
        ],
    );
    let point = point_of(&world, SOURCE, "source").await;
    let dir = world.path("tree");
    let to_dir = dir.to_string_lossy().into_owned();
    for again in [&[][..], &["--overwrite"]] {
        let mut args = vec!["restore", &point, "--to-dir", &to_dir];
        args.extend(again);
        let report = world.ok(&args).await;
        assert_eq!(
            (&report["items_done"], &report["items_failed"]),
            (&15.into(), &0.into()),
            "{report}"
        );
        assert_eq!(report["items_renamed"], 2, "{report}");
        check_tree(&dir);
    }
}

fn check_tree(dir: &Path) {
    for name in ["dir/f", "dir/sub/f", "plain/g", "file-x", "file/h/i", "slash/i"] {
        let content = fs::read_to_string(dir.join(name)).expect(name);
        assert_eq!(content, format!("content of {name}"));
    }
    for folder in ["dir", "dir/sub", "alone", "plain", "file", "file/h", "slash"] {
        assert!(dir.join(folder).is_dir(), "{folder}");
    }
    for empty in ["plain-x", "empty"] {
        assert_eq!(fs::read(dir.join(empty)).expect(empty), b"");
    }
    let index = index(dir);
    for (name, folder) in [
        ("dir", "dir"),
        ("dir/sub", "dir/sub"),
        ("alone", "alone"),
        ("plain", "plain"),
        ("slash/", "slash"),
    ] {
        assert_eq!(
            (&index[name]["file"], &index[name]["folder"]),
            (&Value::Null, &folder.into())
        );
        assert!(index[name].get("problem").is_none());
    }
    for name in ["file", "file/h"] {
        let file = index[name]["file"].as_str().expect("a file");
        assert!(file.starts_with(".coldkeep/names/"), "{file}");
        let content = fs::read_to_string(dir.join(file)).expect(file);
        assert_eq!(content, format!("content of {name}"));
    }
    assert_eq!(index["dir/f"]["file"], "dir/f");
    assert!(!dir.join(".coldkeep/tmp").exists());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn folders_and_places_are_refused_before_anything_is_written() {
    let world = world().await;
    put(&world.place(SOURCE, "source"), &["a"]);
    let point = point_of(&world, SOURCE, "source").await;
    for folder in ["../x", "x/..", "x/./y", "x.", "x./y", "x\\y"] {
        let told = world
            .fails(
                1,
                &[
                    "repository",
                    "add",
                    "evil",
                    "--cloud",
                    "sim",
                    "--account",
                    TARGET,
                    "--container",
                    "restored",
                    "--folder",
                    folder,
                    "--service-account",
                    "ready",
                ],
            )
            .await;
        assert!(told.contains("cannot be a folder"), "{told}");
        let to = format!("restored/{folder}");
        let told = world.fails(1, &["restore", &point, "--to", &to]).await;
        assert!(told.contains("cannot be a folder"), "{told}");
    }
    for container in ["$root", "$logs", "$blobchangefeed"] {
        world.create_container(TARGET, container);
        world.add_repository(container, TARGET, container).await;
        let told = world.fails(1, &["restore", &point, "--to", container]).await;
        assert!(told.contains("restored into the container"), "{told}");
        let job = ["job", "add", "no", "--source", "source", "--target", container];
        let told = world.fails(1, &job).await;
        assert!(told.contains("cannot be a target"), "{told}");
    }
    let told = world
        .fails(1, &["restore", &point, "--to", "target/b/inner"])
        .await;
    assert!(told.contains("overlaps the target"), "{told}");
    assert!(world.place(TARGET, "restored").names().is_empty());
}
