//! Strange records, and records that are gone.

use super::*;
use crate::scene::here;

/// Puts one of each kind of stray behind the records 1 and 2; answers what is to be told of them.
fn put_strays(target: &ContainerHandle<'_>, thief: &WriterKey) -> Vec<(FindingCode, String)> {
    let whole = target.get(&record_name(2)).unwrap().content;
    let plain = Seed::default();
    let mut strays = Vec::new();
    let mut put = |code, name: String, content: Vec<u8>, how: &Seed| {
        target.put(&name, content, how);
        strays.push((code, name));
    };
    let mut forged = document(target, &record_name(2));
    forged["sequence"] = json!(3);
    forged["epoch"] = json!(3);
    let name = record_name;
    put(
        FindingCode::KeyNotTrusted,
        name(3),
        record(thief, &forged),
        &plain,
    );
    forged["sequence"] = json!(4);
    let unsigned = serde_json::to_vec_pretty(&forged).unwrap();
    put(FindingCode::Unsigned, name(4), unsigned, &plain);
    forged["sequence"] = json!(5);
    forged["kind"] = json!("writer");
    forged["admits"] = json!(thief.public());
    put(
        FindingCode::KeyNotTrusted,
        name(5),
        record(thief, &forged),
        &plain,
    );
    put(FindingCode::Replayed, name(6), whole.to_vec(), &plain);
    let changed = String::from_utf8(whole.to_vec()).unwrap();
    let changed = changed.replace("\"sequence\": 2", "\"sequence\": 7");
    put(FindingCode::WrongSignature, name(7), changed.into(), &plain);
    put(FindingCode::Stray, name(8), b"\x00garbage".to_vec(), &plain);
    let asleep = Seed {
        tier: Some("Archive".into()),
        ..Seed::default()
    };
    put(FindingCode::Stray, name(9), whole.to_vec(), &asleep);
    put(FindingCode::Unsigned, name(99_999), b"{}".to_vec(), &plain);
    put(FindingCode::Unsigned, name(u64::MAX), b"{}".to_vec(), &plain);
    for other in ["commits/99999999999999999999.json", "commits/readme.txt"] {
        put(FindingCode::Stray, other.to_owned(), b"x".to_vec(), &plain);
    }
    strays
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_lies_among_the_records_makes_no_point_and_hides_none() {
    let scene = with_points(2).await;
    let target = scene.target();
    let thief = attacker();
    let strays = put_strays(&target, &thief);
    let listed = list(&scene.engine).await;
    assert_eq!(sequences(&listed), [1, 2]);
    let strays: Vec<_> = strays.iter().map(|(code, name)| (*code, name.as_str())).collect();
    assert_eq!(codes(&listed), strays);
    assert_eq!(listed.findings[0].writer_key, Some(thief.public()));

    let next = scene.run().await;
    assert_eq!(next.state, RunState::Done, "{:?}", next.problem);
    assert_eq!(
        next.counts.items_unchanged, 1,
        "the base is the newest authentic point"
    );
    assert!(
        next.notes
            .iter()
            .any(|n| n.to_string().contains(&record_name(99_999))),
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
        let verified = scene
            .engine
            .data(here())
            .verify_point(point.id, true)
            .await
            .unwrap();
        assert!(verified.ok, "{:?}", verified.findings);
        assert!(verified.findings.iter().any(|f| f.to_string().contains("99999")));
    }
    assert_eq!(
        sequences(&list(&Machine::new(&scene).await.engine).await),
        [1, 2, 10]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_of_another_target_is_not_valid_here() {
    let scene = with_points(1).await;
    add_container(&scene, "other", TARGET.0, "other").await;
    let key = attacker();
    clone_target(&scene, "other", &key, |_| {});
    // The same writer, another target: what it signed there is put here.
    let other = scene.sim.world().blobs_in(TARGET.0, "other");
    let mut foreign = document(&other, &record_name(1));
    foreign["target_id"] = json!("00000000-0000-0000-0000-000000000009");
    foreign["sequence"] = json!(2);
    foreign["point_id"] = json!("00000000-0000-0000-0000-000000000007");
    other.put(&record_name(2), record(&key, &foreign), &Seed::default());
    let list = scene
        .engine
        .data(here())
        .list_points(Some("other"))
        .await
        .unwrap();
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
    add_container(&scene, "later", TARGET.0, "later").await;
    let list = scene
        .engine
        .data(here())
        .list_points(Some("later"))
        .await
        .unwrap();
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
            let verified = scene
                .engine
                .data(here())
                .verify_point(point.id, false)
                .await
                .unwrap();
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
        run.notes.iter().any(|n| n.to_string().contains(&record_name(4))),
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
    let check = scene
        .engine
        .data(here())
        .check_repository("target")
        .await
        .unwrap();
    assert!(!check.ok, "{:?}", check.findings);
    let doctor = scene.engine.doctor(here()).await;
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
    for name in target.names().iter().filter(|n| n.starts_with("commits/")) {
        assert!(target.delete(name));
    }
    let listed = list(&scene.engine).await;
    assert_eq!(sequences(&listed), [] as [u64; 0]);
    assert_eq!(
        codes(&listed),
        [(FindingCode::RecordGone, record_name(2).as_str())]
    );
}
