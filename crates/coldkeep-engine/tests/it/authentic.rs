//! Points are authentic: what somebody else wrote, took away or put in another place is told, and nothing comes of it.

use crate::scene::{By, CLOUD, SOURCE, Scene, TARGET, new_job, open_engine, run};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use coldkeep_core::{
    Kind, PointAddress, SecretString, WriterPublicKey,
    cloud::Cloud,
    job::OnChange,
    run::{Run, RunState},
    target_finding::FindingCode,
};
use coldkeep_engine::{
    Engine,
    requests::{AccessWish, Admit, Attach, NewRepository, PointList, StartRestore, TargetView},
};
use coldkeep_keys::WriterKey;
use coldkeep_sim::blob::seed::{Place, Seed};
use serde_json::{Value, json};
use std::sync::Arc;
use tempfile::TempDir;

const MARKER: &str = "coldkeep.json";

fn record_name(sequence: u64) -> String {
    format!("commits/{sequence:020}.json")
}

/// A target with so many points of one blob.
async fn with_points(count: u64) -> Scene {
    let scene = Scene::new(By::ServiceAccount, false).await;
    scene.source().put("one", "content", &Seed::default());
    scene.settle();
    scene.add_job(OnChange::Fail).await;
    for _ in 0..count {
        assert_eq!(scene.run().await.state, RunState::Done);
    }
    scene
}

/// Another installation that opens the same repositories by their keys.
struct Machine {
    engine: Arc<Engine>,
    _dir: TempDir,
}

impl Machine {
    async fn new(scene: &Scene) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let engine = open_engine(dir.path()).await;
        let at = scene.sim.endpoints();
        let cloud = Cloud {
            name: CLOUD.into(),
            active_directory: at.login,
            graph: at.graph,
            resource_manager: at.resource_manager,
            blob_endpoint: at.blob,
            builtin: false,
            ..Cloud::builtin().remove(0)
        };
        engine.add_cloud(cloud).await.unwrap();
        let machine = Self { engine, _dir: dir };
        machine.add_repository(scene, "source", SOURCE).await;
        machine.add_repository(scene, "target", TARGET).await;
        machine
    }

    async fn add_repository(&self, scene: &Scene, name: &str, (account, container): (&str, &str)) {
        let key = scene.sim.world().account_key(account).unwrap();
        let wish = NewRepository {
            name: name.into(),
            cloud: CLOUD.into(),
            account: account.into(),
            endpoint: None,
            container: container.into(),
            folder: None,
            tier: None,
            access: AccessWish::AccountKey {
                key: SecretString::from(key),
            },
        };
        self.engine.add_repository(wish).await.unwrap();
    }
}

async fn list(engine: &Engine) -> PointList {
    engine.list_points(Some("target")).await.unwrap()
}

fn sequences(list: &PointList) -> Vec<u64> {
    list.points.iter().map(|p| p.sequence).collect()
}

fn codes(list: &PointList) -> Vec<(FindingCode, &str)> {
    list.findings.iter().map(|f| (f.code, f.name.as_str())).collect()
}

pub async fn attach(engine: &Engine, keys: &[WriterPublicKey]) -> Result<TargetView, coldkeep_core::Problem> {
    let writer_keys = keys.to_vec();
    engine.attach_repository("target", Attach { writer_keys }).await
}

/// A record's JSON, without its last line.
pub fn document(place: &Place<'_>, name: &str) -> Value {
    let content = place.get(name).unwrap().content;
    let mut values = serde_json::Deserializer::from_slice(&content).into_iter();
    values.next().unwrap().unwrap()
}

fn signed(key: &WriterKey, domain: &str, document: &Value) -> Vec<u8> {
    let mut content = serde_json::to_vec_pretty(document).unwrap();
    content.push(b'\n');
    let signature = STANDARD.encode(key.sign(domain, &content));
    let last = json!({"writer_key": key.public(), "signature": signature});
    content.extend(serde_json::to_vec(&last).unwrap());
    content.push(b'\n');
    content
}

pub fn record(key: &WriterKey, document: &Value) -> Vec<u8> {
    signed(key, "coldkeep-record-1\n", document)
}

fn attacker() -> WriterKey {
    WriterKey::generate().unwrap().0
}

/// Everything of the target in another container, marker and records changed and signed by `key`.
fn clone_target(scene: &Scene, container: &str, key: &WriterKey, change: impl Fn(&mut Value)) {
    let (target, clone) = (scene.target(), scene.sim.world().blobs_in(TARGET.0, container));
    for name in target.names() {
        let content = if name == MARKER {
            let mut marker = document(&target, &name);
            marker["writer_key"] = json!(key.public());
            signed(key, "coldkeep-marker-1\n", &marker)
        } else if name.starts_with("commits/") {
            let mut commit = document(&target, &name);
            change(&mut commit);
            record(key, &commit)
        } else {
            target.get(&name).unwrap().content.to_vec()
        };
        clone.put(&name, content, &Seed::default());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_lies_among_the_records_makes_no_point_and_hides_none() {
    let scene = with_points(2).await;
    let target = scene.target();
    let whole = target.get(&record_name(2)).unwrap().content;
    let put = |sequence: u64, content: Vec<u8>, how: &Seed| {
        target.put(&record_name(sequence), content, how);
    };
    let plain = Seed::default();
    let mut forged = document(&target, &record_name(2));
    forged["sequence"] = json!(3);
    forged["epoch"] = json!(3);
    let thief = attacker();
    put(3, record(&thief, &forged), &plain);
    forged["sequence"] = json!(4);
    put(4, serde_json::to_vec_pretty(&forged).unwrap(), &plain);
    let mut admission = forged.clone();
    admission["sequence"] = json!(5);
    admission["kind"] = json!("writer");
    admission["admits"] = json!(thief.public());
    put(5, record(&thief, &admission), &plain);
    put(6, whole.to_vec(), &plain);
    let changed = String::from_utf8(whole.to_vec()).unwrap();
    put(
        7,
        changed.replace("\"sequence\": 2", "\"sequence\": 7").into(),
        &plain,
    );
    put(8, b"\x00garbage".to_vec(), &plain);
    let asleep = Seed {
        tier: Some("Archive".into()),
        ..Seed::default()
    };
    put(9, whole.to_vec(), &asleep);
    put(99_999, b"{}".to_vec(), &plain);
    put(u64::MAX, b"{}".to_vec(), &plain);
    let no_names = ["commits/99999999999999999999.json", "commits/readme.txt"];
    no_names
        .iter()
        .for_each(|name| drop(target.put(name, "x", &plain)));

    let listed = list(&scene.engine).await;
    assert_eq!(sequences(&listed), [1, 2]);
    let expected = [
        (FindingCode::KeyNotTrusted, record_name(3)),
        (FindingCode::Unsigned, record_name(4)),
        (FindingCode::KeyNotTrusted, record_name(5)),
        (FindingCode::Replayed, record_name(6)),
        (FindingCode::WrongSignature, record_name(7)),
        (FindingCode::Stray, record_name(8)),
        (FindingCode::Stray, record_name(9)),
        (FindingCode::Unsigned, record_name(99_999)),
        (FindingCode::Unsigned, record_name(u64::MAX)),
        (FindingCode::Stray, no_names[0].to_owned()),
        (FindingCode::Stray, no_names[1].to_owned()),
    ];
    let expected: Vec<_> = expected
        .iter()
        .map(|(code, name)| (*code, name.as_str()))
        .collect();
    assert_eq!(codes(&listed), expected);
    assert_eq!(listed.findings[0].writer_key, Some(thief.public()));

    let next = scene.run().await;
    assert_eq!(next.state, RunState::Done, "{:?}", next.problem);
    assert_eq!(
        next.counts.items_unchanged, 1,
        "the base is the newest authentic point"
    );
    assert!(
        next.notes.iter().any(|n| n.contains(&record_name(99_999))),
        "{:?}",
        next.notes
    );
    assert_eq!(
        sequences(&list(&scene.engine).await),
        [1, 2, 10],
        "the first free number"
    );
    assert_eq!(document(&target, &record_name(10))["previous"]["sequence"], 2);
    for point in listed.points {
        let verified = scene.engine.verify_point(point.id, true).await.unwrap();
        assert!(verified.ok, "{:?}", verified.findings);
        assert!(verified.findings.iter().any(|f| f.contains("99999")));
    }
    assert_eq!(
        sequences(&list(&Machine::new(&scene).await.engine).await),
        [1, 2, 10]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_of_another_target_is_not_valid_here() {
    let scene = with_points(1).await;
    scene
        .add_repository("other", (TARGET.0, "other"), By::ServiceAccount)
        .await;
    let key = attacker();
    clone_target(&scene, "other", &key, |_| {});
    // The same writer, another target: what it signed there is put here.
    let other = scene.sim.world().blobs_in(TARGET.0, "other");
    let mut foreign = document(&other, &record_name(1));
    foreign["target_id"] = json!("00000000-0000-0000-0000-000000000009");
    foreign["sequence"] = json!(2);
    foreign["point_id"] = json!("00000000-0000-0000-0000-000000000007");
    other.put(&record_name(2), record(&key, &foreign), &Seed::default());
    let list = scene.engine.list_points(Some("other")).await.unwrap();
    assert_eq!(sequences(&list), [1]);
    assert_eq!(
        codes(&list),
        [(FindingCode::OtherTarget, record_name(2).as_str())]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_of_a_later_version_is_told_and_the_chain_goes_on_behind_it() {
    let scene = with_points(1).await;
    let key = attacker();
    clone_target(&scene, "later", &key, |_| {});
    let later = scene.sim.world().blobs_in(TARGET.0, "later");
    let first = later.get(&record_name(1)).unwrap().content;
    let hash = data_encoding::HEXLOWER.encode(&<sha2::Sha256 as sha2::Digest>::digest(&first));
    let mut next = document(&later, &record_name(1));
    next["previous"] = json!({"sequence": 1, "sha256": hash});
    for (sequence, kind, requires) in [(2, "retire", json!([])), (3, "point", json!(["moods"]))] {
        next["sequence"] = json!(sequence);
        next["kind"] = json!(kind);
        next["requires"] = requires;
        let content = record(&key, &next);
        let hash = data_encoding::HEXLOWER.encode(&<sha2::Sha256 as sha2::Digest>::digest(&content));
        later.put(&record_name(sequence), content, &Seed::default());
        next["previous"] = json!({"sequence": sequence, "sha256": hash});
    }
    scene
        .add_repository("later", (TARGET.0, "later"), By::ServiceAccount)
        .await;
    let list = scene.engine.list_points(Some("later")).await.unwrap();
    assert_eq!(sequences(&list), [1]);
    let names = [record_name(2), record_name(3)];
    assert_eq!(
        codes(&list),
        [
            (FindingCode::Unsupported, names[0].as_str()),
            (FindingCode::Unsupported, names[1].as_str())
        ]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn records_that_are_gone_are_told_and_the_others_stay() {
    let scene = with_points(4).await;
    let target = scene.target();
    for gone in 1..=4 {
        let content = target.get(&record_name(gone)).unwrap().content;
        assert!(target.delete(&record_name(gone)));
        let listed = list(&scene.engine).await;
        let rest: Vec<u64> = (1..=4).filter(|n| *n != gone).collect();
        assert_eq!(sequences(&listed), rest);
        assert_eq!(
            codes(&listed),
            [(FindingCode::RecordGone, record_name(gone).as_str())]
        );
        for point in listed.points {
            let verified = scene.engine.verify_point(point.id, false).await.unwrap();
            assert!(verified.ok, "{:?}", verified.findings);
        }
        target.put(&record_name(gone), content, &Seed::default());
        assert_eq!(list(&scene.engine).await.findings, []);
    }
    // The newest goes, and the next run hides nothing: its record names what was there.
    target.delete(&record_name(4));
    let run = scene.run().await;
    assert_eq!(run.state, RunState::Done, "{:?}", run.problem);
    assert!(
        run.notes.iter().any(|n| n.contains(&record_name(4))),
        "{:?}",
        run.notes
    );
    for engine in [&scene.engine, &Machine::new(&scene).await.engine] {
        let listed = list(engine).await;
        assert_eq!(sequences(&listed), [1, 2, 3, 5]);
        assert_eq!(
            codes(&listed),
            [(FindingCode::RecordGone, record_name(4).as_str())]
        );
    }
    let check = scene.engine.check_repository("target").await.unwrap();
    assert!(!check.ok, "{:?}", check.findings);
    let doctor = scene.engine.doctor().await;
    assert!(
        doctor.findings.iter().any(|f| f.what.contains(&record_name(4))),
        "{doctor:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_gone_from_the_target_is_gone_whatever_the_cache_holds() {
    let scene = with_points(2).await;
    list(&scene.engine).await;
    let target = scene.target();
    target.put(&record_name(1), "{}", &Seed::default());
    let listed = list(&scene.engine).await;
    assert_eq!(sequences(&listed), [2]);
    target
        .names()
        .iter()
        .filter(|n| n.starts_with("commits/"))
        .for_each(|n| assert!(target.delete(n)));
    let listed = list(&scene.engine).await;
    assert_eq!(sequences(&listed), [] as [u64; 0]);
    assert_eq!(
        codes(&listed),
        [(FindingCode::RecordGone, record_name(2).as_str())]
    );
}

fn has_note(run: &Run, text: &str) -> bool {
    run.notes.iter().any(|note| note.contains(text))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_writer_is_listed_by_others_once_the_first_has_admitted_it() {
    let scene = with_points(1).await;
    let second = Machine::new(&scene).await;
    second.engine.add_job(new_job()).await.unwrap();
    let done = run(&second.engine, None).await;
    assert_eq!(done.state, RunState::Done, "{:?}", done.problem);
    assert!(
        has_note(&done, "repository admit target --writer-key"),
        "{:?}",
        done.notes
    );
    let own = attach(&second.engine, &[]).await.unwrap();
    assert!(!own.own_key_admitted);
    assert_eq!(
        sequences(&list(&second.engine).await),
        [1, 2],
        "its own it trusts"
    );

    let listed = list(&scene.engine).await;
    assert_eq!(sequences(&listed), [1]);
    assert_eq!(
        codes(&listed),
        [(FindingCode::KeyNotTrusted, record_name(2).as_str())]
    );
    assert_eq!(listed.findings[0].writer_key, Some(own.own_key));
    assert_eq!(scene.run().await.state, RunState::Done);
    assert_eq!(sequences(&list(&scene.engine).await), [1, 3]);

    let wish = Admit {
        writer_key: own.own_key,
    };
    let problem = second
        .engine
        .admit_writer("target", wish.clone())
        .await
        .unwrap_err();
    assert_eq!(problem.kind, Kind::Conflict, "nobody admits himself: {problem}");
    let view = scene.engine.admit_writer("target", wish.clone()).await.unwrap();
    assert_eq!(view.admitted_keys, [own.own_key]);
    scene.engine.admit_writer("target", wish).await.unwrap();
    assert_eq!(run(&second.engine, None).await.state, RunState::Done);
    for engine in [&scene.engine, &second.engine, &Machine::new(&scene).await.engine] {
        let listed = list(engine).await;
        assert_eq!((sequences(&listed), listed.findings), (vec![1, 2, 3, 5], vec![]));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_pinned_by_hand_is_trusted_on_this_machine_alone() {
    let scene = with_points(1).await;
    let second = Machine::new(&scene).await;
    second.engine.add_job(new_job()).await.unwrap();
    run(&second.engine, None).await;
    let own = attach(&second.engine, &[]).await.unwrap().own_key;
    let third = Machine::new(&scene).await;
    let view = attach(&third.engine, &[own]).await.unwrap();
    assert_eq!((view.pinned_keys, view.point_count), (vec![own], 2));
    assert_eq!(sequences(&list(&third.engine).await), [1, 2]);
    assert_eq!(sequences(&list(&scene.engine).await), [1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_marker_is_told_and_written_again_after_proof() {
    let scene = with_points(1).await;
    let root = attach(&scene.engine, &[]).await.unwrap().root_key;
    let marker = document(&scene.target(), MARKER);
    scene.target().delete(MARKER);

    let listed = list(&scene.engine).await;
    assert_eq!(
        (sequences(&listed), codes(&listed)),
        (vec![1], vec![(FindingCode::MarkerLost, MARKER)])
    );
    let run = scene.run().await;
    assert_eq!(run.state, RunState::Failed);
    let problem = run.problem.unwrap();
    assert!(problem.next.contains("repository attach target"), "{problem}");
    assert!(scene.target().get(MARKER).is_none(), "no run writes a new one");

    let fresh = Machine::new(&scene).await;
    let listed = list(&fresh.engine).await;
    assert_eq!(
        (sequences(&listed), codes(&listed)),
        (vec![], vec![(FindingCode::MarkerLost, MARKER)])
    );
    for keys in [&[][..], &[attacker().public()]] {
        attach(&fresh.engine, keys).await.unwrap_err();
        assert!(scene.target().get(MARKER).is_none());
    }
    let view = attach(&fresh.engine, &[root]).await.unwrap();
    assert!(view.marker_written && view.findings.is_empty(), "{view:?}");
    let written = document(&scene.target(), MARKER);
    assert_eq!(
        (&written["id"], &written["writer_key"]),
        (&marker["id"], &marker["writer_key"])
    );

    scene.target().delete(MARKER);
    assert!(attach(&scene.engine, &[]).await.unwrap().marker_written);
    assert_eq!(scene.run().await.state, RunState::Done);
    assert_eq!(sequences(&list(&fresh.engine).await), [1, 2]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_marker_is_told_with_what_to_do() {
    let scene = with_points(1).await;
    for damaged in ["{}", "", "junk\n"] {
        scene.target().put(MARKER, damaged, &Seed::default());
        let listed = list(&scene.engine).await;
        assert_eq!(sequences(&listed), [1]);
        assert_eq!(codes(&listed), [(FindingCode::MarkerDamaged, MARKER)]);
        assert_eq!(scene.run().await.state, RunState::Failed);
        let problem = attach(&scene.engine, &[]).await.unwrap_err();
        assert!(problem.next.contains("Delete that blob"), "{problem}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_taken_from_a_marker_that_somebody_swapped() {
    let scene = with_points(1).await;
    let root = attach(&scene.engine, &[]).await.unwrap().root_key;
    let thief = attacker();
    let mut marker = document(&scene.target(), MARKER);
    marker["writer_key"] = json!(thief.public());
    let id = json!("00000000-0000-0000-0000-000000000009");
    for swapped_id in [marker["id"].clone(), id] {
        marker["id"] = swapped_id.clone();
        scene.target().put(
            MARKER,
            signed(&thief, "coldkeep-marker-1\n", &marker),
            &Seed::default(),
        );
        let mut forged = document(&scene.target(), &record_name(1));
        forged["target_id"] = swapped_id;
        forged["sequence"] = json!(2);
        scene
            .target()
            .put(&record_name(2), record(&thief, &forged), &Seed::default());
        let listed = list(&scene.engine).await;
        assert_eq!(sequences(&listed), [1]);
        let name = record_name(2);
        assert_eq!(
            codes(&listed),
            [
                (FindingCode::MarkerChanged, MARKER),
                (FindingCode::KeyNotTrusted, name.as_str())
            ]
        );
        let run = scene.run().await;
        assert_eq!(run.state, RunState::Failed);
        assert!(run.problem.unwrap().what.contains("not the one that was seen"));
    }
    // Whoever brings the right key to a fresh machine is told as well.
    let fresh = Machine::new(&scene).await;
    let problem = attach(&fresh.engine, &[root]).await.unwrap_err();
    assert_eq!(problem.kind, Kind::Corrupt, "{problem}");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_id_in_two_repositories_is_refused_unless_the_repository_is_named() {
    let scene = with_points(1).await;
    let point = list(&scene.engine).await.points.remove(0);
    clone_target(&scene, "clone", &attacker(), |record| {
        record["job_name"] = json!("forged")
    });
    scene
        .add_repository("a clone", (TARGET.0, "clone"), By::ServiceAccount)
        .await;
    let problem = scene.engine.show_point(point.id).await.unwrap_err();
    assert_eq!(problem.kind, Kind::Conflict, "{problem}");
    for part in ["`a clone`", "`target`", &format!("`target/{}`", point.id)] {
        assert!(problem.to_string().contains(part), "{part}: {problem}");
    }
    for (repository, job) in [("target", "copy"), ("a clone", "forged")] {
        let address = PointAddress::new(Some(repository.into()), point.id);
        let shown = scene.engine.show_point(&address).await.unwrap();
        assert_eq!(
            (shown.repository.as_str(), shown.job_name.as_str()),
            (repository, job)
        );
        let files = scene.engine.list_files(&address, None, 10).await.unwrap();
        assert_eq!(files.entries.len(), 1);
    }
    let all = scene.engine.list_points(None).await.unwrap();
    assert_eq!(all.points.len(), 2);
    assert_eq!(all.findings[0].code, FindingCode::SamePointId);
    let problem = scene
        .engine
        .show_point(PointAddress::new(Some("source".into()), point.id))
        .await;
    assert_eq!(problem.unwrap_err().kind, Kind::NotFound);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repository_that_cannot_be_read_is_named_beside_the_points_of_the_others() {
    let scene = with_points(1).await;
    scene
        .add_repository("broken", (TARGET.0, "broken"), By::ServiceAccount)
        .await;
    scene.sim.world().blobs_in(TARGET.0, "broken").put(
        MARKER,
        r#"{"format": 2, "requires": []}"#,
        &Seed::default(),
    );
    let all = scene.engine.list_points(None).await.unwrap();
    assert_eq!(sequences(&all), [1]);
    assert_eq!(all.problems.len(), 1);
    assert_eq!(all.problems[0].repository, "broken");
    let point = all.points[0].id;
    assert_eq!(scene.engine.show_point(point).await.unwrap().repository, "target");
    scene.engine.list_points(Some("broken")).await.unwrap_err();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restore_holds_the_manifest_against_the_record() {
    let scene = with_points(1).await;
    let point = list(&scene.engine).await.points.remove(0);
    for (container, member) in [("fewer", "item_count"), ("shorter", "size_bytes")] {
        clone_target(&scene, container, &attacker(), |record| {
            record[member] = json!(record[member].as_u64().unwrap() + 1);
        });
        scene
            .add_repository(container, (TARGET.0, container), By::ServiceAccount)
            .await;
        let into = format!("into-{container}");
        scene
            .add_repository(&into, (SOURCE.0, &into), By::ServiceAccount)
            .await;
        let wish = StartRestore {
            to: into.clone(),
            folder: None,
            include: vec![],
            overwrite: false,
        };
        let address = PointAddress::new(Some(container.into()), point.id);
        let started = scene.engine.start_restore(&address, wish).await.unwrap();
        scene.engine.drain().await;
        let run = scene.engine.show_run(started.id).await.unwrap();
        assert_eq!(run.state, RunState::Failed);
        assert_eq!(run.problem.unwrap().kind, Kind::Corrupt);
        assert_eq!(
            scene.sim.world().blobs_in(SOURCE.0, &into).names(),
            [] as [String; 0]
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forged_part_is_told_and_not_inherited() {
    let scene = with_points(1).await;
    let target = scene.target();
    let part = target.names().into_iter().find(|n| n.starts_with("m/")).unwrap();
    target.put(&part, "forged", &Seed::default());
    let fresh = Machine::new(&scene).await;
    let point = list(&fresh.engine).await.points.remove(0);
    let problem = fresh.engine.list_files(point.id, None, 10).await.unwrap_err();
    assert_eq!(problem.kind, Kind::Corrupt);
    assert!(problem.what.contains(&part), "{problem}");
}
