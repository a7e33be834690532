//! From a source to a restore point and back into a folder, through the binary.

use crate::scene::Scene;
use coldkeep_sim::blobs::Seed;
use serde_json::Value;
use std::{collections::BTreeMap, fs, path::Path};

/// Names that must not lead out of the folder, or that no file system holds, beside ordinary ones.
const NAMES: [&str; 12] = [
    "plain.txt",
    "folder/with space & more.bin",
    "..outside/x",
    "folder/a..b",
    "/absolute",
    "folder//double",
    "ends/",
    "a",
    "a/b",
    ".coldkeep/index.jsonl",
    "%2E%2E/drive",
    "Case",
];

#[test]
fn a_point_is_made_and_restored_into_a_folder() {
    let scene = Scene::start();
    let bin = &scene.bin;
    let source = scene.world.blobs_in("northsource", "backups");
    let content = |name: &str| format!("content of {name}").repeat(100);
    for name in NAMES {
        let metadata = BTreeMap::from([("kept".to_owned(), "yes".to_owned())]);
        source.put(
            name,
            content(name),
            &Seed {
                metadata,
                ..Seed::default()
            },
        );
    }
    source.put("empty", "", &Seed::default());
    scene.add_repository("here", "northsource", "backups");
    scene.add_repository("there", "northtarget", "copies");
    bin.ok(&["job", "add", "nightly", "--source", "here", "--target", "there"]);
    let plan = bin.json(&["job", "run", "nightly", "--plan"]);
    assert_eq!(plan["items_to_copy"], NAMES.len() + 1);
    assert_eq!(
        bin.json(&["run", "list"]),
        serde_json::json!([]),
        "a plan is no run"
    );

    let run = bin.json(&["job", "run", "nightly"]);
    assert_eq!(
        (run["state"].as_str(), run["counts"]["data_bytes"].as_u64()),
        (Some("done"), Some(0)),
        "{run}"
    );
    let points = bin.json(&["point", "list"]);
    let point = points[0]["id"].as_str().unwrap();
    assert_eq!(run["point_id"], point);
    assert_eq!(
        bin.json(&["point", "files", point])["entries"]
            .as_array()
            .unwrap()
            .len(),
        NAMES.len() + 1
    );
    assert_eq!(bin.json(&["point", "verify", point])["ok"], true);

    let dir = bin.beside("restored");
    let report = bin.json(&["restore", point, "--to-dir", dir.to_str().unwrap()]);
    assert_eq!(
        (report["items_done"].as_u64(), report["items_failed"].as_u64()),
        (Some(13), Some(0)),
        "{report}"
    );
    check_folder(&dir, content);
    assert!(!bin.beside("outside").exists() && !Path::new("/absolute").exists());

    let told = bin.refused(&["restore", point, "--to-dir", dir.to_str().unwrap()]);
    assert!(
        told.contains("not empty") && told.contains("--overwrite"),
        "{told}"
    );
    fs::write(dir.join("plain.txt"), "changed").unwrap();
    bin.ok(&["restore", point, "--to-dir", dir.to_str().unwrap(), "--overwrite"]);
    check_folder(&dir, content);

    let some = bin.beside("some");
    bin.ok(&[
        "restore",
        point,
        "--to-dir",
        some.to_str().unwrap(),
        "--include",
        "folder/**",
    ]);
    assert!(some.join("folder/with space & more.bin").exists() && !some.join("plain.txt").exists());
}

/// Every blob is where the index says, byte for byte, and nothing else is there.
fn check_folder(dir: &Path, content: impl Fn(&str) -> String) {
    let index = fs::read_to_string(dir.join(".coldkeep/index.jsonl")).unwrap();
    let mut as_is = 0;
    for line in index.lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        let (name, file) = (line["name"].as_str().unwrap(), line["file"].as_str().unwrap());
        let expected = if name == "empty" {
            String::new()
        } else {
            content(name)
        };
        assert_eq!(fs::read_to_string(dir.join(file)).unwrap(), expected, "{name}");
        if name != "empty" {
            assert_eq!(line["metadata"]["kept"], "yes", "{name}");
        }
        as_is += usize::from(name == file);
        assert!(
            name == file || file.starts_with(".coldkeep/names/"),
            "{name}: {file}"
        );
    }
    assert_eq!((index.lines().count(), as_is), (13, 8), "{index}");
    assert_eq!(
        fs::read_dir(dir.join(".coldkeep")).unwrap().count(),
        2,
        "the index and the names"
    );
}

#[test]
fn a_job_and_its_repositories_are_forgotten_in_that_order_and_the_points_stay() {
    let scene = Scene::start();
    let bin = &scene.bin;
    scene
        .world
        .blobs_in("northsource", "backups")
        .put("fine", "x", &Seed::default());
    scene.add_repository("here", "northsource", "backups");
    scene.add_repository("there", "northtarget", "copies");
    bin.ok(&["job", "add", "nightly", "--source", "here", "--target", "there"]);
    bin.ok(&["job", "run", "nightly"]);
    let refused = bin.refused(&["repository", "remove", "there", "--yes"]);
    assert!(
        refused.contains("`nightly`") && refused.contains("coldkeep job remove"),
        "{refused}"
    );
    assert_eq!(
        bin.run(&["job", "remove", "nightly"]).code,
        2,
        "nobody can be asked"
    );
    bin.ok(&["job", "remove", "nightly", "--yes"]);
    assert_eq!(bin.json(&["job", "list"]), serde_json::json!([]));
    assert_eq!(
        bin.json(&["run", "list"])[0]["job_name"],
        "nightly",
        "what it did is still known"
    );
    bin.ok(&["repository", "remove", "here", "--yes"]);
    assert_eq!(
        bin.json(&["point", "list"])[0]["item_count"],
        1,
        "the point lies in its target"
    );
    bin.ok(&["repository", "remove", "there", "--yes"]);
    assert_eq!(bin.json(&["repository", "list"]), serde_json::json!([]));
    scene.add_repository("again", "northtarget", "copies");
    assert_eq!(
        bin.json(&["point", "list"])[0]["item_count"],
        1,
        "a target describes itself"
    );
}

#[test]
fn an_item_that_fails_is_named_and_the_command_says_so_by_its_code() {
    let scene = Scene::start();
    let bin = &scene.bin;
    let source = scene.world.blobs_in("northsource", "backups");
    source.put("fine", "x", &Seed::default());
    source.put(
        "cold",
        "x",
        &Seed {
            tier: Some("Archive".into()),
            ..Seed::default()
        },
    );
    scene.add_repository("here", "northsource", "backups");
    scene.add_repository("there", "northtarget", "copies");
    bin.ok(&["job", "add", "nightly", "--source", "here", "--target", "there"]);
    let said = bin.run(&["--output", "json", "job", "run", "nightly"]);
    assert_eq!(said.code, 3, "{said:?}");
    let run: Value = serde_json::from_str(&said.stdout).unwrap();
    assert_eq!(run["reasons"][0]["examples"][0], "cold");
    assert_eq!(bin.json(&["point", "list"]), serde_json::json!([]));
    let said = bin.run(&["job", "run", "nightly", "--allow-incomplete"]);
    assert_eq!(said.code, 3, "{said:?}");
    assert_eq!(bin.json(&["point", "list"])[0]["exactness"], "incomplete");
}

#[test]
fn bad_addresses_are_refused_before_anything_is_made() {
    let scene = Scene::start();
    let bin = &scene.bin;
    let key = bin.file("key", &scene.world.account_key("northsource").unwrap());
    let told = bin.refused(&[
        "repository",
        "add",
        "r",
        "--cloud",
        "sim",
        "--account",
        "northsource",
        "--container",
        "nowhere",
        "--account-key-file",
        &key,
    ]);
    assert!(
        told.contains("nowhere") && told.contains("ContainerNotFound") && told.contains("request id"),
        "{told}"
    );
    scene.add_repository("here", "northsource", "backups");
    let told = bin.refused(&["job", "add", "n", "--source", "here", "--target", "here"]);
    assert!(told.contains("same place") && told.contains("backups"), "{told}");
}
