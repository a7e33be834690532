//! The simulator's folder: what was in the world is there again after a restart, a kill and a failed save.

use crate::{
    blob::client::{Ask, Lab, SOURCE, TARGET},
    client::Scene,
};
use coldkeep_sim::{Options, Sim};
use http::Method;
use serde_json::{Value, json};
use std::{fs, path::Path};
use tempfile::TempDir;

fn kept_in(folder: &Path) -> Options {
    Options {
        data: Some(folder.to_owned()),
        ..Options::default()
    }
}

/// A simulator over a folder. Its ports are others each time.
async fn over(folder: &Path) -> Lab {
    Lab::of(Sim::start(kept_in(folder)).await.unwrap())
}

/// Asks with the account's key; the path begins with the container.
async fn done(lab: &Lab, ask: Ask) {
    let told = lab.owner(ask).await;
    assert!(told.status.is_success(), "{} {}", told.status, told.text());
}

/// One of everything that a container can hold.
async fn furnish(lab: &Lab) {
    let world = lab.world();
    world.set_blob_soft_delete(TARGET, Some(7)).unwrap();
    world.set_container_soft_delete(TARGET, Some(7)).unwrap();
    let at = |rest: &str| format!("/{TARGET}/{rest}");
    let put = |rest: &str| Ask::put(at(rest));
    let blob = |rest: &str, body: &str| Ask::blob(at(rest), body.to_owned());
    let policies = "<SignedIdentifiers><SignedIdentifier><Id>readers</Id><AccessPolicy><Permission>r</Permission>\
                    </AccessPolicy></SignedIdentifier></SignedIdentifiers>";
    let list = "<BlockList><Latest>YQ==</Latest><Latest>Yg==</Latest></BlockList>";
    for ask in [
        put("vault?restype=container").header("x-ms-meta-for", "tests"),
        put("vault?restype=container&comp=acl").body(policies),
        put("gone?restype=container"),
        blob("gone/inside", "of a deleted container"),
        Ask::delete(at("gone?restype=container")),
        blob("vault/plain", "plain")
            .header("x-ms-meta-a", "1")
            .header("x-ms-tags", "k=v")
            .header("x-ms-blob-content-language", "de"),
        put("vault/plain?comp=snapshot"),
        blob("vault/plain", "overwritten"),
        blob("vault/archived", "cold").header("x-ms-access-tier", "Archive"),
        put("vault/archived?comp=tier").header("x-ms-access-tier", "Hot"),
        put("vault/blocks?comp=block&blockid=YQ==").body("aa"),
        put("vault/blocks?comp=block&blockid=Yg==").body("bb"),
        put("vault/blocks?comp=blocklist").body(list),
        put("vault/blocks?comp=block&blockid=Yw==").body("staged"),
        put("vault/log").header("x-ms-blob-type", "AppendBlob"),
        put("vault/log?comp=appendblock").body("one\n"),
        put("vault/log?comp=appendblock").body("two\n"),
        put("vault/disk")
            .header("x-ms-blob-type", "PageBlob")
            .header("x-ms-blob-content-length", "1024"),
        put("vault/disk?comp=page")
            .header("x-ms-page-write", "update")
            .header("x-ms-range", "bytes=512-1023")
            .body("p".repeat(512)),
        blob("vault/leased", "held"),
        put("vault/leased?comp=lease")
            .header("x-ms-lease-action", "acquire")
            .header("x-ms-lease-duration", "-1"),
        blob("vault/deleted", "can be brought back"),
        Ask::delete(at("vault/deleted")),
        put("vault/copy").header("x-ms-copy-source", lab.url(&at("vault/plain"))),
    ] {
        done(lab, ask).await;
    }
    world.set_versioning(TARGET, true).unwrap();
    done(lab, blob("vault/versioned", "first")).await;
    done(
        lab,
        blob("vault/versioned", "second").header("x-ms-access-tier", "Cool"),
    )
    .await;
}

/// Addresses of this machine, which are others after a restart, in one form.
fn without_port(text: &str) -> String {
    let mut parts = text.split("http://127.0.0.1:");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |all, part| {
        all + "URL" + part.trim_start_matches(|c: char| c.is_ascii_digit())
    })
}

/// What clients see of it: status, headers and body of every way to look.
async fn look(lab: &Lab) -> Vec<String> {
    let mut seen = Vec::new();
    for rest in [
        "?comp=list&include=metadata,deleted",
        "?restype=service&comp=properties",
        "/vault?restype=container",
        "/vault?restype=container&comp=acl",
        "/vault?restype=container&comp=list&include=metadata,tags,copy,snapshots,deleted,uncommittedblobs",
        "/vault?restype=container&comp=list&include=versions",
        "/vault/plain",
        "/vault/plain?comp=tags",
        "/vault/blocks?comp=blocklist&blocklisttype=all",
        "/vault/blocks",
        "/vault/log",
        "/vault/disk?comp=pagelist",
        "/vault/disk",
        "/vault/copy",
        "/vault/leased",
        "/vault/versioned",
        "/vault/archived",
    ] {
        let mut told = lab.owner(Ask::get(format!("/{TARGET}{rest}"))).await;
        told.headers.remove("date");
        told.headers.remove("x-ms-request-id");
        seen.push(without_port(&format!("{rest} {told:?}")));
    }
    // The refusal of an archived blob carries its own request id and time.
    let archived = seen.pop().unwrap_or_default();
    assert!(archived.contains("BlobBeingRehydrated"), "{archived}");
    seen
}

#[tokio::test]
async fn the_world_is_the_same_after_a_restart() {
    let folder = TempDir::new().unwrap();
    let lab = over(folder.path()).await;
    assert!(!lab.sim.is_resumed());
    furnish(&lab).await;
    let scope = lab.world().storage_account(TARGET).unwrap().container_id("vault");
    let token = lab.token("Storage Blob Data Reader", &[&scope]);
    let (seen, world) = (look(&lab).await, lab.world().describe().unwrap());
    lab.sim.stop().await.unwrap();

    let lab = over(folder.path()).await;
    assert!(lab.sim.is_resumed());
    for (now, before) in look(&lab).await.into_iter().zip(seen) {
        assert_eq!(now, before);
    }
    let world_now = lab.world().describe().unwrap();
    for name in ["tenants", "users", "subscriptions", "ready_app"] {
        assert_eq!(world_now[name], world[name]);
    }
    for account in [SOURCE, TARGET] {
        let key = |world: &Value| {
            let accounts = world["accounts"].as_array().unwrap();
            accounts.iter().find(|a| a["name"] == account).unwrap()["key"].clone()
        };
        assert_eq!(key(&world_now), key(&world));
    }
    let plain = Ask::get(format!("/{TARGET}/vault/plain")).token(&token);
    lab.send(plain).await.expect(200);
    let other = Ask::get(format!("/{SOURCE}/vault/plain")).token(&token);
    lab.send(other).await.expect(403);
}

#[tokio::test]
async fn what_was_begun_before_a_restart_ends_after_it() {
    let folder = TempDir::new().unwrap();
    let lab = over(folder.path()).await;
    furnish(&lab).await;
    lab.sim.stop().await.unwrap();
    let lab = over(folder.path()).await;
    let at = |rest: &str| format!("/{TARGET}/vault/{rest}");
    let text = async |rest: &str| lab.owner(Ask::get(at(rest))).await.expect(200).text().to_owned();
    let list = "<BlockList><Committed>YQ==</Committed><Uncommitted>Yw==</Uncommitted></BlockList>";
    done(&lab, Ask::put(at("blocks?comp=blocklist")).body(list)).await;
    assert_eq!(text("blocks").await, "aastaged");
    let refused = lab.owner(Ask::delete(at("leased"))).await;
    refused.expect_error(412, "LeaseIdMissing");
    done(&lab, Ask::put(at("deleted?comp=undelete"))).await;
    assert_eq!(text("deleted").await, "can be brought back");
    lab.world().advance_clock(15 * 3600);
    assert_eq!(text("archived").await, "cold", "15 hours later");
}

#[tokio::test]
async fn a_copy_under_way_is_watched_after_a_restart() {
    let folder = TempDir::new().unwrap();
    let lab = over(folder.path()).await;
    lab.world().blobs.set_copy_bytes_per_s(1);
    let place = lab.world().blobs_in(SOURCE, "backups");
    place.fill([("a".to_owned(), vec![7; 3600].into())]);
    let (from, to) = (format!("/{SOURCE}/backups/a"), format!("/{SOURCE}/backups/copy"));
    let copy = Ask::put(&*to).header("x-ms-copy-source", lab.url(&from));
    done(&lab, copy).await;
    lab.sim.stop().await.unwrap();
    let lab = over(folder.path()).await;
    let status = async || {
        let told = lab.owner(Ask::head(&*to)).await.expect(200);
        told.header("x-ms-copy-status").to_owned()
    };
    assert_eq!(status().await, "pending");
    done(&lab, Ask::blob(&*from, "another")).await;
    assert_eq!(status().await, "failed");
}

#[tokio::test]
async fn a_clock_that_was_set_goes_on_and_one_that_was_frozen_stands() {
    let folder = TempDir::new().unwrap();
    let lab = over(folder.path()).await;
    lab.world().set_clock("2031-01-01T00:00:00Z".parse().unwrap());
    lab.sim.stop().await.unwrap();
    let lab = over(folder.path()).await;
    assert!(lab.world().now().to_string().starts_with("2031-01-01T00:0"));
    lab.world().freeze_clock(true);
    let stood = lab.world().now();
    lab.sim.stop().await.unwrap();
    let lab = over(folder.path()).await;
    assert_eq!(lab.world().now(), stood);
}

/// How many bytes the packs have.
fn contents_bytes(folder: &Path) -> u64 {
    let files = fs::read_dir(folder.join("contents")).unwrap();
    files.map(|file| file.unwrap().metadata().unwrap().len()).sum()
}

#[tokio::test]
async fn what_blobs_share_is_kept_once_and_the_space_of_what_is_gone_is_given_back() {
    const BIG: u64 = 3 << 20;
    let folder = TempDir::new().unwrap();
    let lab = over(folder.path()).await;
    let place = lab.world().blobs_in(SOURCE, "backups");
    place.fill([("big".to_owned(), vec![7; BIG as usize].into())]);
    let sas = lab
        .world()
        .container_sas(SOURCE, "backups", "sp=r&se=2090-01-01T00:00:00Z")
        .unwrap();
    let source = lab.url(&format!("/{SOURCE}/backups/big?{sas}"));
    for n in 0..5 {
        let copy = Ask::blob(format!("/{SOURCE}/backups/copy{n}"), "").header("x-ms-copy-source", &*source);
        done(&lab, copy).await;
        let part = Ask::put(format!("/{SOURCE}/backups/part{n}?comp=block&blockid=YQ=="));
        let part = part
            .header("x-ms-copy-source", &*source)
            .header("x-ms-source-range", "bytes=5-1048580");
        done(&lab, part).await;
    }
    assert!(lab.sim.save().unwrap());
    assert_eq!(
        contents_bytes(folder.path()),
        BIG,
        "eleven blobs and parts, the bytes of one"
    );
    assert!(!lab.sim.save().unwrap(), "nothing has changed");
    let small = lab.world().blobs_in(SOURCE, "small");
    small.fill([("s".to_owned(), vec![1; 1000].into())]);
    assert!(lab.sim.save().unwrap());
    assert_eq!(
        contents_bytes(folder.path()),
        BIG + 1000,
        "only what is new is written"
    );
    assert!(lab.world().blobs.delete_container(SOURCE, "backups"));
    lab.sim.stop().await.unwrap();

    over(folder.path()).await.sim.stop().await.unwrap();
    assert_eq!(
        contents_bytes(folder.path()),
        1000,
        "most of it was needed by nothing"
    );
    let lab = over(folder.path()).await;
    let seen = lab.world().blobs_in(SOURCE, "small").get("s").unwrap();
    assert_eq!(seen.content, vec![1; 1000]);
}

/// Why a simulator does not start over a folder.
async fn refused(folder: &Path) -> String {
    Sim::start(kept_in(folder)).await.unwrap_err().to_string()
}

#[tokio::test]
async fn a_folder_that_is_not_its_own_is_refused_and_left_alone() {
    let folder = TempDir::new().unwrap();
    let note = folder.path().join("note.txt");
    fs::write(&note, "mine").unwrap();
    assert!(refused(folder.path()).await.contains("it holds note.txt"));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    assert!(refused(&note).await.contains("note.txt"), "a file is no folder");
    fs::remove_file(note).unwrap();
    let lab = over(folder.path()).await;
    let path = folder.path().display();
    assert_eq!(
        refused(folder.path()).await,
        format!("{path}: another simulator uses it")
    );
    lab.sim.stop().await.unwrap();
    over(folder.path()).await;
}

#[tokio::test]
async fn a_folder_that_cannot_be_read_is_refused_with_the_file_and_its_line() {
    let folder = TempDir::new().unwrap();
    let lab = over(folder.path()).await;
    let place = lab.world().blobs_in(SOURCE, "backups");
    place.fill([("a".to_owned(), "abc".into()), ("b".to_owned(), "def".into())]);
    lab.sim.stop().await.unwrap();
    let only = |inner: &str| {
        let mut files = fs::read_dir(folder.path().join(inner)).unwrap();
        files.next().unwrap().unwrap().path()
    };
    let spoil = async |path: &Path, change: &dyn Fn(String) -> String| {
        let whole = fs::read_to_string(path).unwrap();
        fs::write(path, change(whole.clone())).unwrap();
        let why = refused(folder.path()).await;
        fs::write(path, whole).unwrap();
        why
    };
    let world = folder.path().join("world.json");
    let newer = |text: String| text.replacen("\"format\":1", "\"format\":2", 1);
    let why = spoil(&world, &newer).await;
    assert!(why.contains("world.json: it has format 2"), "{why}");
    let why = spoil(&world, &|_| String::new()).await;
    assert!(why.contains("world.json: EOF while parsing"), "{why}");
    let why = spoil(&world, &|text| text[..text.len() / 2].to_owned()).await;
    assert!(why.contains("world.json: EOF while parsing"), "{why}");
    let why = spoil(&only("containers"), &|text| {
        text.replacen("BlockBlob", "Blob", 2)
            .replacen("\"kind\"", "\"kin\"", 1)
    })
    .await;
    assert!(why.contains(".jsonl: line 2: "), "{why}");
    let why = spoil(&only("contents"), &|_| "abcd".to_owned()).await;
    assert!(why.contains("000001.pack: "), "{why}");
    let lab = over(folder.path()).await;
    assert_eq!(
        lab.world().blobs_in(SOURCE, "backups").get("b").unwrap().content,
        "def"
    );
}

#[tokio::test]
async fn a_save_that_fails_is_told_and_the_next_one_holds_everything() {
    let folder = TempDir::new().unwrap();
    let lab = over(folder.path()).await;
    let place = lab.world().blobs_in(SOURCE, "backups");
    place.fill([("a".to_owned(), "first".into())]);
    assert!(lab.sim.save().unwrap());
    let (containers, aside) = (folder.path().join("containers"), folder.path().join("aside"));
    fs::rename(&containers, &aside).unwrap();
    place.fill([("b".to_owned(), "second".into())]);
    let failed = lab.sim.save().unwrap_err().to_string();
    assert!(failed.contains("No such file"), "{failed}");
    assert_eq!(
        lab.sim.save_failure().unwrap().borrow().as_deref(),
        Some(&*failed)
    );
    fs::rename(&aside, &containers).unwrap();
    // Everything but the last step is done.
    let held = || {
        (
            contents_bytes(folder.path()),
            fs::read_dir(&containers).unwrap().count(),
        )
    };
    let (before, obstacle) = (held(), folder.path().join("world.new"));
    fs::create_dir(&obstacle).unwrap();
    lab.sim.save().unwrap_err();
    assert_eq!(held(), before, "what it wrote takes no space");
    fs::remove_dir(obstacle).unwrap();
    assert!(lab.sim.save().unwrap());
    assert_eq!(*lab.sim.save_failure().unwrap().borrow(), None);
    // As if killed now: what is saved at the end does not count.
    let copy = TempDir::new().unwrap();
    copy_folder(folder.path(), copy.path());
    let lab = over(copy.path()).await;
    let place = lab.world().blobs_in(SOURCE, "backups");
    assert_eq!(place.get("a").unwrap().content, "first");
    assert_eq!(place.get("b").unwrap().content, "second");
}

fn copy_folder(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            fs::create_dir(&target).unwrap();
            copy_folder(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

#[tokio::test]
async fn the_control_api_saves_where_there_is_a_folder() {
    let folder = TempDir::new().unwrap();
    let scene = Scene::with(kept_in(folder.path())).await;
    let save = async |scene: &Scene| scene.control(Method::POST, "/save", Value::Null).await;
    assert_eq!(save(&scene).await.body, json!({"saved": true}));
    assert_eq!(
        save(&scene).await.body,
        json!({"saved": false}),
        "nothing has changed"
    );
    let refused = save(&Scene::start().await).await;
    assert_eq!(refused.status, 400);
    assert!(refused.text("/error").contains("--data"), "{refused:?}");
}
