//! Whose records are trusted: second writers, lost and swapped markers.

use super::*;
use crate::scene::here;
use coldkeep_core::{Code, Fix, problem::Verb};

#[tokio::test(flavor = "multi_thread")]
async fn a_second_writer_is_listed_by_others_once_the_first_has_admitted_it() {
    let scene = with_points(1).await;
    let second = Machine::new(&scene).await;
    second.engine.data(here()).add_job(new_job()).await.unwrap();
    let done = run(&second.engine, None).await;
    assert_eq!(done.state, RunState::Done, "{:?}", done.problem);
    assert!(
        done.notes
            .iter()
            .flat_map(Fix::actions)
            .any(|action| action.verb == Verb::RepositoryAdmit),
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

    let request = AdmitWriter {
        writer_key: own.own_key,
    };
    let problem = second
        .engine
        .data(here())
        .admit_writer("target", request.clone())
        .await
        .unwrap_err();
    assert_eq!(problem.kind, Kind::Conflict, "nobody admits himself: {problem}");
    let view = scene
        .engine
        .data(here())
        .admit_writer("target", request.clone())
        .await
        .unwrap();
    assert_eq!(view.admitted_keys, [own.own_key]);
    scene
        .engine
        .data(here())
        .admit_writer("target", request)
        .await
        .unwrap();
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
    second.engine.data(here()).add_job(new_job()).await.unwrap();
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
    let problem = run.problem.clone().unwrap();
    let attach_it = Verb::RepositoryAttach.of("target");
    assert!(
        problem.fix[0].actions().any(|action| *action == attach_it),
        "{problem}"
    );
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
        assert_eq!(problem.code, Code::MarkerDamaged, "{problem}");
        assert!(problem.suggests(Verb::RepositoryAttach), "{problem}");
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
        assert_eq!(run.problem.clone().unwrap().code, Code::MarkerDamaged);
    }
    // Whoever brings the right key to a fresh machine is told as well.
    let fresh = Machine::new(&scene).await;
    let problem = attach(&fresh.engine, &[root]).await.unwrap_err();
    assert_eq!(problem.kind, Kind::Corrupt, "{problem}");
}
