//! Somebody with one of the product's rights acts between any two requests of a run, of a verification and of a restore,
//! in small random worlds: no restore ends well with a wrong byte, and a point that is called exact after a verification
//! can be restored by an engine that has nothing but the target.

use crate::scene::here;
use crate::scene::{By, Scene, open_engine, run};
use bytes::Bytes;
use coldkeep_api::StartRestore;
use coldkeep_core::{
    content_hash::ContentHashes,
    id::PointId,
    job::OnChange,
    point::Exactness,
    run::{Run, RunState},
};
use coldkeep_engine::Engine;
use coldkeep_sim::{
    blobs::{Seed, StoredMd5},
    world::faults::{Action, Fault},
};
use futures::TryStreamExt;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

const INTO: (&str, &str) = ("northtarget", "restored");
/// Worlds of each role; each has other blobs, and the role strikes at another request.
const WORLDS: u64 = 12;

/// Whose rights the adversary has, at the target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    /// `copy-target`: overwrites and deletes nothing.
    Creates,
    /// `copy-large`: whatever it likes under `b/`.
    WritesData,
    /// `copy-retire`.
    Deletes,
    /// `restore-target`: puts blobs at the destination before they are restored there. (After that it can change whatever
    /// it likes, and no restore can prevent it.)
    AtDestination,
}

/// A small generator (xorshift): the same seed gives the same world.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % sides.max(1)
    }

    fn pick<'a, T>(&mut self, of: &'a [T]) -> Option<&'a T> {
        let index = usize::try_from(self.roll(of.len() as u64)).unwrap();
        of.get(index)
    }
}

/// What the role does, given what it can list.
fn strike(role: Role, scene: &Scene, dice: &mut Dice) {
    let target = scene.target();
    let names = target.names();
    let data: Vec<_> = names
        .iter()
        .filter(|name| name.starts_with("b/"))
        .cloned()
        .collect();
    match role {
        Role::AtDestination => put_at_destination(scene, dice),
        Role::Creates => {
            let next = names.iter().filter(|name| name.starts_with("commits/")).count() + 1;
            let known: Vec<_> = data.iter().map(|name| format!("{name}x")).collect();
            let mut forged = vec![
                (format!("commits/{next:020}.json"), b"{}".to_vec()),
                (format!("commits/{:020}.json", next + 5), b"garbage".to_vec()),
                ("b/00/aaaa".to_owned(), vec![b'!'; 20]),
                ("m/stray.parquet".to_owned(), vec![0; 10]),
            ];
            forged.extend(known.into_iter().map(|name| (name, vec![b'!'; 20])));
            // A record seen before, under the next number.
            if let Some(record) = names.iter().rfind(|name| name.starts_with("commits/")) {
                let record = target.get(record).unwrap().content.to_vec();
                forged.push((format!("commits/{next:020}.json"), record));
            }
            let Some((name, content)) = dice.pick(&forged).cloned() else {
                return;
            };
            if target.get(&name).is_none() {
                target.put(&name, content, &Seed::default());
            }
        }
        Role::WritesData => {
            let Some(name) = dice.pick(&data) else { return };
            let there = target.get(name).unwrap().content;
            let mut other = there.to_vec();
            let length = other.len() as u64;
            match usize::try_from(dice.roll(length)).unwrap() {
                at if at < other.len() => other[at] ^= 0x55,
                _ => other.push(b'!'),
            }
            // The property goes on saying what the content was.
            let md5 = ContentHashes::of(&there).md5.unwrap();
            let how = Seed {
                content_md5: match dice.roll(3) {
                    0 => StoredMd5::Computed,
                    1 => StoredMd5::Absent,
                    _ => StoredMd5::Given(md5.0),
                },
                ..Seed::default()
            };
            target.put(name, other, &how);
        }
        Role::Deletes => {
            if let Some(name) = dice.pick(&names) {
                target.delete(name);
            }
        }
    }
}

/// Other bytes of the same length, with the property that says they are the source's.
fn put_at_destination(scene: &Scene, dice: &mut Dice) {
    let into = scene.sim.world().blobs_in(INTO.0, INTO.1);
    let names = scene.source().names();
    let absent: Vec<_> = names.iter().filter(|name| into.get(name).is_none()).collect();
    let Some(name) = dice.pick(&absent) else { return };
    let content = scene.source().get(name).unwrap().content;
    let md5 = ContentHashes::of(&content).md5.unwrap();
    let how = Seed {
        content_md5: StoredMd5::Given(md5.0),
        ..Seed::default()
    };
    into.put(name, vec![b'!'; content.len()], &how);
}

/// Lets the work go to its n-th request to Blob Storage, strikes there, and lets it go on.
async fn struck<T>(
    scene: &Scene,
    (at, role): (u64, Role),
    dice: &mut Dice,
    work: impl Future<Output = T>,
) -> T {
    let faults = scene.sim.world().faults();
    let held = faults.held_ever();
    let after_effect = dice.roll(2) == 0;
    faults.add(
        Fault::new(Action::Hold { after_effect })
            .service("blob")
            .after(at, 1),
    );
    let strike = async {
        if faults.wait_held(held + 1, Duration::from_secs(20)).await {
            strike(role, scene, dice);
        }
        faults.clear();
        std::future::pending::<()>().await;
    };
    tokio::select! {
        done = work => { faults.clear(); done }
        () = strike => unreachable!("it waits for ever"),
    }
}

/// What the source held, by name, at each point.
type Truth = BTreeMap<PointId, BTreeMap<String, Bytes>>;

fn source_now(scene: &Scene) -> BTreeMap<String, Bytes> {
    let source = scene.source();
    let names = source.names();
    names
        .into_iter()
        .map(|name| {
            let content = source.get(&name).unwrap().content;
            (name, content)
        })
        .collect()
}

fn change_source(scene: &Scene, dice: &mut Dice) {
    for _ in 0..=dice.roll(4) {
        let name = format!("f/{}", dice.roll(6));
        let length = usize::try_from(1 + dice.roll(40)).unwrap();
        let content = vec![b'a' + u8::try_from(dice.roll(26)).unwrap(); length];
        scene.source().put(&name, content, &Seed::default());
    }
    scene.settle();
}

async fn copy(scene: &Scene, engine: &Arc<Engine>, truth: &mut Truth) -> crate::scene::Ran {
    let run = run(engine, None).await;
    if let Some(point) = run.point_id {
        truth.insert(point, source_now(scene));
    }
    run
}

async fn restore(engine: &Arc<Engine>, point: PointId, overwrite: bool) -> Option<Run> {
    let request = StartRestore {
        to: "restored".into(),
        folder: None,
        include: vec![],
        overwrite,
    };
    let run = engine.data(here()).start_restore(point, request).await.ok()?;
    engine.drain().await;
    Some(engine.data(here()).show_run(run.id).await.unwrap())
}

/// What a point gives, file by file, to an engine that has nothing but the target; an error where it says so itself.
async fn read_elsewhere(scene: &Scene, point: PointId) -> Result<BTreeMap<String, Bytes>, String> {
    let _ = std::fs::remove_dir_all(scene.dir.path().join("cache"));
    let engine = open_engine(scene.dir.path()).await;
    let page = engine
        .data(here())
        .list_files(point, None, 5000)
        .await
        .map_err(|p| p.to_string())?;
    let mut contents = BTreeMap::new();
    for entry in page.entries {
        let pieces = engine
            .data(here())
            .open_file(point, &entry.name)
            .await
            .map_err(|p| p.to_string())?;
        let pieces: Vec<Bytes> = pieces.try_collect().await.map_err(|p| p.to_string())?;
        contents.insert(entry.name, pieces.concat().into());
    }
    Ok(contents)
}

/// Every blob of a point is at the destination as it was at the source.
fn is_restored(scene: &Scene, truth: &BTreeMap<String, Bytes>, world: &str) {
    let into = scene.sim.world().blobs_in(INTO.0, INTO.1);
    for (name, content) in truth {
        let there = into.get(name).map(|seen| seen.content);
        assert_eq!(there.as_ref(), Some(content), "{world}: {name}");
    }
}

async fn world(role: Role, seed: u64) {
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15 ^ (seed * 0x0101_0101 + 7));
    let scene = Scene::new(By::Key, false).await;
    scene.sim.world().blobs_in(INTO.0, INTO.1);
    scene.add_repository("restored", INTO, By::Key).await;
    change_source(&scene, &mut dice);
    scene.add_job(OnChange::Fail).await;
    let mut truth = Truth::new();
    assert_eq!(
        copy(&scene, &scene.engine, &mut truth).await.state,
        RunState::Done
    );
    change_source(&scene, &mut dice);

    // A run, a verification and a restore, each disturbed once.
    let at = (dice.roll(24), role);
    let mut other = Dice(dice.0);
    struck(&scene, at, &mut other, copy(&scene, &scene.engine, &mut truth)).await;
    let points: Vec<_> = truth.keys().copied().collect();
    for point in &points {
        let at = (dice.roll(12), role);
        let mut other = Dice(dice.0 | 1);
        // It may fail; what it must not is to say well and be wrong, which the reads below show.
        let _ = struck(
            &scene,
            at,
            &mut other,
            scene.engine.data(here()).verify_point(*point, true),
        )
        .await;
        let at = (dice.roll(16), role);
        let into = scene.sim.world().blobs_in(INTO.0, INTO.1);
        into.names().iter().for_each(|name| assert!(into.delete(name)));
        let overwrite = role != Role::AtDestination;
        let restored = struck(&scene, at, &mut other, restore(&scene.engine, *point, overwrite)).await;
        if restored.is_some_and(|run| run.state == RunState::Done) {
            is_restored(&scene, &truth[point], &format!("{role:?} {seed}"));
        }
        if let Ok(read) = read_elsewhere(&scene, *point).await {
            assert_eq!(read, truth[point], "{role:?} {seed}");
        }
    }

    // Whatever was done: a verification finds it, and the next run makes a point that is whole by itself.
    let engine = open_engine(scene.dir.path()).await;
    for point in &points {
        let verified = engine.data(here()).verify_point(*point, true).await;
        if verified.is_ok_and(|v| v.ok) {
            assert_eq!(
                read_elsewhere(&scene, *point).await.as_ref(),
                Ok(&truth[point]),
                "{role:?} {seed}"
            );
        }
    }
    let engine = open_engine(scene.dir.path()).await;
    let healed = copy(&scene, &engine, &mut truth).await;
    if role == Role::Deletes && healed.state == RunState::Failed {
        // The marker itself was deleted: that is told, and somebody writes it again.
        assert!(
            scene.target().get("coldkeep.json").is_none(),
            "{seed}: {healed:?}"
        );
        return;
    }
    assert_eq!(healed.state, RunState::Done, "{role:?} {seed}: {healed:?}");
    let point = healed.point_id.unwrap();
    let shown = engine.data(here()).show_point(point).await.unwrap();
    assert_eq!(shown.exactness, Exactness::Exact, "{role:?} {seed}");
    let names: BTreeSet<_> = truth[&point].keys().collect();
    let read = read_elsewhere(&scene, point).await.unwrap();
    assert_eq!(read.keys().collect::<BTreeSet<_>>(), names, "{role:?} {seed}");
    assert_eq!(read, truth[&point], "{role:?} {seed}");
    scene.sim.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn with_the_right_to_create() {
    for seed in 0..WORLDS {
        world(Role::Creates, seed).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn with_the_right_to_write_data() {
    for seed in 0..WORLDS {
        world(Role::WritesData, seed).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn with_the_right_to_delete() {
    for seed in 0..WORLDS {
        world(Role::Deletes, seed).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn with_the_right_to_write_at_the_destination() {
    for seed in 0..WORLDS {
        world(Role::AtDestination, seed).await;
    }
}
