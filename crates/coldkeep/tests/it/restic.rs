//! A real restic repository: copied, restored, checked by restic itself.

use crate::world::{SOURCE, World};
use coldkeep_sim::world::faults::{Action, Fault};
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

/// restic on a local repository; every call must succeed.
fn restic(repository: &Path, args: &[&str]) -> String {
    let output = Command::new("restic")
        .args(["--no-cache", "--quiet", "-r"])
        .arg(repository)
        .args(args)
        .env("RESTIC_PASSWORD", "test")
        .output()
        .expect("restic is installed (cargo xtask test installs it)");
    assert!(
        output.status.success(),
        "restic {} failed: {}",
        args.join(" "),
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Every file below `folder`, by its name with slashes, sorted.
fn files(folder: &Path) -> Vec<(String, PathBuf)> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path
                    .strip_prefix(folder)
                    .expect("below")
                    .to_string_lossy()
                    .into_owned();
                found.push((name, path));
            }
        }
    }
    found.sort();
    found
}

/// Makes the container's blobs exactly the files of the folder, as a mirroring upload would.
fn mirror(world: &World, folder: &Path) {
    let source = world.place(SOURCE, "source");
    let wanted = files(folder);
    for name in source.names() {
        if !wanted.iter().any(|(n, _)| *n == name) {
            source.delete(&name);
        }
    }
    for (name, path) in wanted {
        let content = fs::read(path).expect("a file");
        if source.get(&name).is_none_or(|have| have.content != content) {
            world.put(&name, content);
        }
    }
}

/// A folder of real files: this crate's and its neighbours' sources, and something larger.
fn originals(at: &Path) -> PathBuf {
    let folder = at.join("originals");
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("crates");
    for (name, path) in files(sources) {
        let to = folder.join(name);
        fs::create_dir_all(to.parent().expect("a parent")).expect("a folder");
        fs::copy(path, to).expect("a copy");
    }
    // Incompressible, so that there are packs of several sizes.
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    let noise: Vec<u8> = std::iter::repeat_with(|| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()
    })
    .take(3 << 20 >> 3)
    .flatten()
    .collect();
    for part in 0..4 {
        fs::write(folder.join(format!("noise-{part}")), &noise[part << 18..]).expect("a file");
    }
    folder
}

fn assert_same(a: &Path, b: &Path) {
    let (left, right) = (files(a), files(b));
    let names = |f: &[(String, PathBuf)]| f.iter().map(|(n, _)| n.clone()).collect::<Vec<_>>();
    assert_eq!(names(&left), names(&right));
    for ((name, x), (_, y)) in left.iter().zip(&right) {
        assert!(
            fs::read(x).expect("a file") == fs::read(y).expect("a file"),
            "{name} differs"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn both_points_of_a_restic_repository_pass_restics_own_check() {
    let world = World::ready().await;
    let originals = originals(world.home.path());
    let local = world.path("repository");
    restic(&local, &["init"]);
    restic(&local, &["backup", "--tag", "one", &originals.to_string_lossy()]);
    fs::write(originals.join("later"), b"a second snapshot").expect("a file");
    restic(
        &local,
        &[
            "backup",
            "--tag",
            "two",
            "--pack-size",
            "4",
            &originals.to_string_lossy(),
        ],
    );
    mirror(&world, &local);
    let first_state = world.path("first-state");
    copy_folder(&originals, &first_state);
    world.ok(&["job", "run", "copy"]).await;

    // Another backup, and the first snapshots pruned away: files of the repository vanish and appear.
    fs::write(originals.join("noise-0"), vec![7; 1 << 20]).expect("a file");
    fs::remove_file(originals.join("noise-1")).expect("a file");
    restic(
        &local,
        &["backup", "--tag", "three", &originals.to_string_lossy()],
    );
    restic(
        &local,
        &["forget", "--keep-last", "1", "--prune", "--max-unused", "0"],
    );
    mirror(&world, &local);
    world.ok(&["job", "run", "copy"]).await;

    let points = world.points().await;
    assert_eq!(points.len(), 2);
    for (point, expected) in points.iter().zip([&first_state, &originals]) {
        assert_eq!(point["exactness"], "exact", "{point}");
        let id = point["id"].as_str().expect("an id");
        let restored = world.path(&format!("restored-{id}"));
        world
            .ok(&["restore", id, "--to-dir", &restored.to_string_lossy()])
            .await;
        restic(&restored, &["check", "--read-data"]);
        let files = world.path(&format!("files-{id}"));
        restic(
            &restored,
            &["restore", "latest", "--target", &files.to_string_lossy()],
        );
        let inside = files.join(originals.strip_prefix("/").expect("an absolute path"));
        assert_same(&inside, expected);
    }
}

fn copy_folder(from: &Path, to: &Path) {
    for (name, path) in files(from) {
        let at = to.join(name);
        fs::create_dir_all(at.parent().expect("a parent")).expect("a folder");
        fs::copy(path, at).expect("a copy");
    }
}

/// restic writing straight into the container, through rclone, as people run it.
fn restic_over_rclone(world: &World, args: &[&str]) -> Command {
    let tools = std::env::var_os("COLDKEEP_TEST_TOOLS").map_or_else(default_tools, PathBuf::from);
    let rclone = tools.join("rclone/bin/rclone");
    assert!(
        rclone.is_file(),
        "rclone is missing; `cargo xtask test` installs it"
    );
    let account = world.sim.world().storage_account(SOURCE).expect("the account");
    let mut command = Command::new("restic");
    command
        .args([
            "--no-cache",
            "--quiet",
            "-o",
            &format!("rclone.program={}", rclone.display()),
        ])
        .args(["-r", "rclone:sim:source"])
        .args(args)
        .env("RESTIC_PASSWORD", "test")
        .env("RCLONE_CONFIG", "/dev/null")
        .env("RCLONE_CONFIG_SIM_TYPE", "azureblob")
        .env("RCLONE_CONFIG_SIM_ACCOUNT", SOURCE)
        .env("RCLONE_CONFIG_SIM_KEY", &account.keys[0])
        .env(
            "RCLONE_CONFIG_SIM_ENDPOINT",
            world.sim.endpoints().blob.replace("{account}", SOURCE),
        );
    command
}

/// Where `cargo xtask test` puts what it installs, for those who run the test by themselves.
fn default_tools() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/tools")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_backup_that_runs_while_the_job_runs_leaves_a_point_that_checks() {
    let world = World::ready().await;
    world
        .ok(&[
            "job",
            "add",
            "busy",
            "--source",
            "source",
            "--target",
            "target",
            "--on-change",
            "take-new",
        ])
        .await;
    let originals = originals(world.home.path());
    let made = restic_over_rclone(&world, &["init"])
        .output()
        .expect("restic starts");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let first = restic_over_rclone(&world, &["backup", &originals.to_string_lossy()])
        .status()
        .expect("restic");
    assert!(first.success());

    // The copies are slowed down, so that the second backup falls into the middle of the run.
    let slow = Fault {
        copy_source: Some(true),
        ..Fault::new(Action::Delay { ms: 700 })
    };
    world.sim.world().faults().add(slow);
    fs::write(originals.join("during"), vec![42; 3 << 20]).expect("a file");
    let mut backup = restic_over_rclone(&world, &["backup", &originals.to_string_lossy()])
        .spawn()
        .expect("restic starts");
    let run = world.run(&["job", "run", "busy"]).await;
    assert_eq!(run.status.code(), Some(0), "{}", crate::world::stderr(&run));
    assert!(backup.wait().expect("restic ends").success());

    let point = world.points().await.pop().expect("a point");
    let exactness = point["exactness"].as_str().expect("a word");
    let doubts = point["doubt_count"].as_u64().expect("a number");
    assert!(
        exactness == "exact" || (exactness == "inexact" && doubts > 0),
        "{point}"
    );
    let restored = world.path("restored");
    world
        .ok(&[
            "restore",
            point["id"].as_str().expect("an id"),
            "--to-dir",
            &restored.to_string_lossy(),
        ])
        .await;
    restic(&restored, &["check", "--read-data", "--no-lock"]);
}
