//! Names that break tools, every property, and sizes around the limits: copied, restored into a container and a folder.

use crate::world::{SOURCE, TARGET, World};
use bytes::Bytes;
use coldkeep_sim::blobs::{ContentHeaders, Seed};
use serde_json::Value;
use std::{collections::BTreeMap, fs, path::Path};

const MIB: usize = 1 << 20;

/// Names as people's tools make them, and as nobody should; those that Azure makes others of are in `reach`.
fn awkward_names() -> Vec<String> {
    let mut names: Vec<String> = [
        "plain.txt",
        "with space",
        " leading and trailing space ",
        "percent%41%2F%00%",
        "plus+plus",
        "hash#tag",
        "question?mark=1&b=2",
        "semicolon;colon:quote'double\"",
        "umlaut-nfc-\u{e9}\u{fc}",
        "umlaut-nfd-e\u{301}u\u{308}",
        "emoji-\u{1f9ca}\u{200d}",
        "\u{6f22}\u{5b57}/\u{3042}",
        "/leading-slash",
        "//two",
        "a//b",
        "dir/",
        "dir/sub/",
        ".hidden",
        "C:/Windows/evil.exe",
        "a",
        "a/b",
        "a/b/c",
        "case/Name",
        "case/name",
        ".coldkeep/index.jsonl",
        ".coldkeep/names/1",
        "tab\tname",
        "CON",
        "nul.txt",
        "~",
        "-rf",
        "$HOME",
        "`id`",
        "*",
    ]
    .iter()
    .map(|n| (*n).to_owned())
    .collect();
    names.push("l".repeat(1024));
    names.push(format!("long-part/{}", "p".repeat(300)));
    names.push("\u{65e5}".repeat(1024));
    // As deep as a name may be: 254 segments.
    names.push(format!("{}end", "deep/".repeat(4) + &"ddd/".repeat(249)));
    names
}

/// Every content header, metadata and tags.
fn everything() -> Seed {
    let pairs = |pairs: &[(&str, &str)]| {
        pairs
            .iter()
            .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
            .collect()
    };
    Seed {
        headers: ContentHeaders {
            content_type: Some("application/x-north; charset=utf-8".into()),
            content_encoding: Some("gzip".into()),
            content_language: Some("de-CH".into()),
            content_disposition: Some("attachment; filename=\"x.txt\"".into()),
            cache_control: Some("max-age=60, no-transform".into()),
        },
        metadata: pairs(&[("owner", "north"), ("with_under_score", "a, b; c=d")]),
        tags: pairs(&[("class", "mail a/b:c=d_e.-"), ("empty", "")]),
        ..Seed::default()
    }
}

fn seed(world: &World) {
    let source = world.place(SOURCE, "source");
    for name in awkward_names() {
        source.put(&name, format!("content of {name}"), &everything());
    }
    source.put("empty", Bytes::new(), &everything());
    source.put(
        "appended.log",
        "line 1\nline 2\n",
        &Seed {
            append: true,
            ..everything()
        },
    );
}

/// What a container holds, in a form that compares content, properties, metadata and tags.
fn contents(world: &World, account: &str, container: &str) -> BTreeMap<String, String> {
    let place = world.place(account, container);
    let describe = |name: String| {
        let blob = place.get(&name).expect("listed");
        let shown = format!(
            "{:?} {:?} {:?} {:?}",
            blob.headers, blob.metadata, blob.tags, blob.content
        );
        (name, shown)
    };
    place.names().into_iter().map(describe).collect()
}

/// The folder's parent holds nothing but what the test put there.
fn nothing_outside(parent: &Path, before: &[String]) {
    assert_eq!(
        entries(parent),
        before,
        "something was written outside the folder"
    );
}

fn entries(folder: &Path) -> Vec<String> {
    let mut found: Vec<String> = fs::read_dir(folder)
        .expect("a folder")
        .map(|e| e.expect("an entry").file_name().to_string_lossy().into_owned())
        .collect();
    found.sort();
    found
}

/// Every name of the index, with the content of the file it says the blob is in.
fn restored(folder: &Path) -> BTreeMap<String, (Value, Vec<u8>)> {
    let index = fs::read_to_string(folder.join(".coldkeep/index.jsonl")).expect("an index");
    index
        .lines()
        .map(|line| {
            let row: Value = serde_json::from_str(line).expect("a row");
            let path = folder.join(row["file"].as_str().expect("a path"));
            let inside = path
                .canonicalize()
                .expect("the file")
                .starts_with(folder.canonicalize().expect("it"));
            assert!(inside, "{} lies outside", path.display());
            (
                row["name"].as_str().expect("a name").to_owned(),
                (row.clone(), fs::read(path).expect("the file")),
            )
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn awkward_names_and_every_property_come_back() {
    let world = World::ready().await;
    world.create_container(TARGET, "restored");
    world.add_repository("restored", TARGET, "restored").await;
    seed(&world);
    let originals = contents(&world, SOURCE, "source");
    let run = world.ok(&["job", "run", "copy"]).await;
    assert_eq!(run["counts"]["items_failed"], 0, "{run}");
    // The only ones whose address as a copy's source is longer than the service takes.
    assert_eq!(run["counts"]["items_relayed"], 1, "{run}");
    let point = world.points().await.pop().expect("a point");
    assert_eq!(point["exactness"], "exact");
    let id = point["id"].as_str().expect("an id");
    world.ok(&["point", "verify", id, "--deep"]).await;

    world.ok(&["restore", id, "--to", "restored"]).await;
    assert_eq!(contents(&world, TARGET, "restored"), originals);

    let parent = world.path("parent");
    fs::create_dir(&parent).expect("a folder");
    let folder = parent.join("restored");
    world
        .ok(&["restore", id, "--to-dir", &folder.to_string_lossy()])
        .await;
    nothing_outside(&parent, &["restored".to_owned()]);
    let files = restored(&folder);
    assert_eq!(
        files.keys().collect::<Vec<_>>(),
        originals.keys().collect::<Vec<_>>()
    );
    for (name, (row, content)) in &files {
        let blob = world.place(SOURCE, "source").get(name).expect("the original");
        assert!(*content == blob.content, "{name} differs");
        assert_eq!(
            row["metadata"].as_object().map_or(0, |m| m.len()),
            blob.metadata.len(),
            "{name}"
        );
        assert_eq!(
            row["tags"].as_object().map_or(0, |m| m.len()),
            blob.tags.len(),
            "{name}"
        );
    }
    assert!(folder.join("plain.txt").is_file());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sizes_around_the_limit_are_moved_by_the_service() {
    let world = World::ready().await;
    let noise = Bytes::from(
        (0..600 * MIB)
            .map(|i| (i % 251 + i / MIB) as u8)
            .collect::<Vec<_>>(),
    );
    const SIZES: [(&str, usize); 3] = [("255", 255), ("256", 256), ("600", 600)];
    for (name, mib) in SIZES {
        world.put(name, noise.slice(..mib * MIB));
    }
    let run = world.ok(&["job", "run", "copy"]).await;
    assert_eq!(run["counts"]["items_copied"], 3, "{run}");
    assert_eq!(run["counts"]["data_bytes"], 0, "{run}");
    let point = world.points().await.pop().expect("a point");
    let id = point["id"].as_str().expect("an id");
    world.ok(&["point", "verify", id]).await;
    world.create_container(TARGET, "restored");
    world.add_repository("restored", TARGET, "restored").await;
    world.ok(&["restore", id, "--to", "restored"]).await;
    for (name, mib) in SIZES {
        let blob = world.place(TARGET, "restored").get(name).expect("it is there");
        assert_eq!(blob.content.len(), mib * MIB, "{name}");
        assert!(blob.content == noise.slice(..mib * MIB), "{name} differs");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn twenty_thousand_tiny_ones_take_one_request_each() {
    let world = World::ready().await;
    let tiny = (0..20_000).map(|i| {
        (
            format!("mail/{:02x}/{i:05}.eml", i % 256),
            Bytes::from(format!("{i}")),
        )
    });
    world.place(SOURCE, "source").fill(tiny);
    let run = world.ok(&["job", "run", "copy"]).await;
    let counts = &run["counts"];
    assert_eq!(counts["items_copied"], 20_000, "{run}");
    assert_eq!(counts["copy_requests"], 20_000, "one request a blob: {run}");
    assert_eq!(counts["data_bytes"], 0, "{run}");
    let others = counts["requests"].as_u64().expect("a number") - 20_000;
    assert!(
        others < 300,
        "three listings in up to 64 ranges each, manifests, a token: {others} requests beside the copies"
    );
    let again = world.ok(&["job", "run", "copy"]).await;
    assert_eq!(again["counts"]["copy_requests"], 0, "{again}");
    assert_eq!(again["counts"]["items_unchanged"], 20_000, "{again}");
}
