//! Copy runs from end to end: what is copied, by which requests, and what fails.

use crate::scene::here;
use crate::scene::{By, Scene, TARGET, new_job, run};
use bytes::Bytes;
use coldkeep_api::{NewJob, StartRun};
use coldkeep_core::{
    Code, DoubtKind, Kind, hash::HashOrigin, job::OnChange, point::Exactness, run::RunState,
};
use coldkeep_sim::{
    blobs::{ContentHeaders, Seed, generated},
    world::faults::{Action, Fault},
};
use std::collections::BTreeMap;

fn pairs(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs
        .iter()
        .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
        .collect()
}

/// Acts on requests that carry a copy source.
fn copies(action: Action) -> Fault {
    Fault {
        copy_source: Some(true),
        ..Fault::new(action).service("blob")
    }
}

fn refused_at_source() -> Action {
    Action::Status {
        status: 403,
        code: Some("CannotVerifyCopySource".into()),
        retry_after_s: None,
    }
}

/// A blob with everything that a blob can carry.
fn dressed() -> Seed {
    Seed {
        headers: ContentHeaders {
            content_type: Some("text/plain".into()),
            ..ContentHeaders::default()
        },
        metadata: pairs(&[("owner", "north")]),
        tags: pairs(&[("kind", "index")]),
        ..Seed::default()
    }
}

/// 50 blobs of several kinds, and the job.
async fn scene_of_fifty() -> Scene {
    let scene = Scene::new(By::ServiceAccount, false).await;
    let source = scene.source();
    source.fill(generated("folder/", 47, 100));
    source.put("empty", Bytes::new(), &Seed::default());
    source.put(
        "log",
        "appended",
        &Seed {
            append: true,
            ..Seed::default()
        },
    );
    source.put("dressed", "content", &dressed());
    scene.settle();
    scene.add_job(OnChange::Fail).await;
    scene
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_that_the_service_cannot_reach_is_relayed_and_the_cause_is_said_once() {
    let scene = scene_of_fifty().await;
    // As a firewall that drops what it does not let in: a time-out of the target's service, and no word of the source.
    let action = Action::Status {
        status: 500,
        code: Some("CannotVerifyCopySource".into()),
        retry_after_s: None,
    };
    scene.sim.world().faults().add(copies(action));
    let run = scene.run().await;
    assert_eq!((run.state, &run.problem), (RunState::Done, &None));
    assert_eq!(run.counts.items_relayed, 49, "all but the empty one");
    let told: Vec<_> = run
        .notes
        .iter()
        .map(ToString::to_string)
        .filter(|n| n.contains("could not reach the source"))
        .collect();
    assert_eq!(told.len(), 2, "one for each authorization: {:?}", run.notes);
    assert!(told[0].contains("500 CannotVerifyCopySource"), "{told:?}");
    assert!(told[1].contains("relay through this host"), "{told:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_blob_is_one_request_and_no_byte_of_it_comes_through() {
    let scene = scene_of_fifty().await;
    let planned = scene.engine.data(here()).plan_job("copy").await.unwrap();
    assert_eq!(
        (planned.items_total, planned.items_to_copy, planned.items_to_relay),
        (50, 50, 0)
    );
    assert_eq!((planned.copy_requests, planned.items_unchanged), (50, 0));
    assert_eq!(scene.target().totals(), (0, 0), "a plan writes nothing");

    let run = scene.run().await;
    assert_eq!((run.state, &run.problem), (RunState::Done, &None));
    assert!(run.notes.is_empty(), "{:?}", run.notes);
    assert_eq!(
        (
            run.counts.items_total,
            run.counts.items_done,
            run.counts.items_copied
        ),
        (50, 50, 50)
    );
    assert_eq!((run.counts.copy_requests, run.counts.data_bytes), (50, 0));
    assert_eq!(
        scene.copies(),
        49,
        "one request a blob; an empty one is made, not copied"
    );
    let entries = scene.entries(run.point_id.unwrap()).await;
    assert_eq!(entries.len(), 50);
    let entry = entries.iter().find(|e| e.name == "dressed").unwrap();
    assert_eq!(entry.headers.content_type.as_deref(), Some("text/plain"));
    assert_eq!(
        (&entry.metadata, &entry.tags),
        (&dressed().metadata, &dressed().tags)
    );
    assert_eq!(entry.md5.map(|hash| hash.origin), Some(HashOrigin::TargetService));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_second_run_copies_what_changed() {
    let scene = scene_of_fifty().await;
    let first = scene.run().await;
    let source = scene.source();
    source.put("dressed", "other", &dressed());
    source.put("new", "new", &Seed::default());
    source.delete("folder/00000007");
    scene.settle();
    let planned = scene.engine.data(here()).plan_job("copy").await.unwrap();
    assert_eq!(
        (planned.items_to_copy, planned.items_unchanged, planned.items_gone),
        (2, 48, 1)
    );
    let second = scene.run().await;
    assert_eq!(second.state, RunState::Done);
    assert_eq!(
        (
            second.counts.items_total,
            second.counts.items_unchanged,
            second.counts.items_copied
        ),
        (50, 48, 2)
    );
    assert_eq!(scene.copies(), 51);
    let points = scene
        .engine
        .data(here())
        .list_points(Some("target"))
        .await
        .unwrap()
        .points;
    assert_eq!(
        points.iter().map(|p| p.exactness).collect::<Vec<_>>(),
        [Exactness::Exact; 2]
    );
    let contents: BTreeMap<_, _> = scene
        .contents(second.point_id.unwrap())
        .await
        .into_iter()
        .collect();
    assert_eq!(
        (contents["dressed"].as_str(), contents["log"].as_str()),
        ("other", "appended")
    );
    assert!(!contents.contains_key("folder/00000007"));
    let before: BTreeMap<_, _> = scene
        .contents(first.point_id.unwrap())
        .await
        .into_iter()
        .collect();
    assert_eq!(before["dressed"], "content");
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_copy_server_side_too() {
    let scene = Scene::new(By::Key, false).await;
    scene.source().fill(generated("", 20, 10));
    scene.settle();
    scene.add_job(OnChange::Fail).await;
    let run = scene.run().await;
    assert_eq!(
        (run.state, run.counts.items_copied, run.counts.data_bytes),
        (RunState::Done, 20, 0)
    );
    assert_eq!(run.counts.copy_requests, 20);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_without_put_blob_from_url_gets_blocks() {
    let scene = Scene::new(By::ServiceAccount, false).await;
    scene.source().put("one", "content", &Seed::default());
    scene.settle();
    scene.add_job(OnChange::Fail).await;
    let code = Some("APINotImplemented".into());
    scene.sim.world().faults().add(
        copies(Action::Status {
            status: 501,
            code,
            retry_after_s: None,
        })
        .after(0, 1),
    );
    let first = scene.run().await;
    assert_eq!(
        (first.state, first.counts.data_bytes),
        (RunState::Done, 0),
        "{:?}",
        first.problem
    );
    assert_eq!(first.notes.len(), 1, "{:?}", first.notes);
    assert!(
        first.notes[0].to_string().contains("Put Block From URL"),
        "{:?}",
        first.notes
    );
    scene.source().put("two", "content", &Seed::default());
    scene.settle();
    let second = scene.run().await;
    assert_eq!((second.state, second.counts.items_copied), (RunState::Done, 1));
    assert!(
        second.notes.is_empty(),
        "what works is remembered: {:?}",
        second.notes
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_bearer_token_is_followed_by_a_delegation_sas() {
    let scene = Scene::new(By::ServiceAccount, false).await;
    scene.source().put("one", "content", &Seed::default());
    scene.settle();
    scene.add_job(OnChange::Fail).await;
    scene
        .sim
        .world()
        .faults()
        .add(copies(refused_at_source()).after(0, 1));
    let run = scene.run().await;
    assert_eq!(
        (run.state, run.counts.items_copied, run.counts.data_bytes),
        (RunState::Done, 1, 0),
        "{run:?}"
    );
    assert_eq!(run.notes.len(), 1, "{:?}", run.notes);
    let copied = scene
        .sim
        .world()
        .log()
        .entries()
        .into_iter()
        .rfind(|e| e.copy_source.is_some())
        .unwrap();
    assert!(copied.copy_source.unwrap().contains("skoid="));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_no_service_copies_is_relayed_and_said_once() {
    let scene = Scene::new(By::Key, false).await;
    scene.source().fill(generated("", 100, 1000));
    scene.settle();
    scene.add_job(OnChange::Fail).await;
    scene.sim.world().faults().add(copies(refused_at_source()));
    let run = scene.run().await;
    assert_eq!(
        (run.state, run.counts.items_relayed),
        (RunState::Done, 100),
        "{:?}",
        run.problem
    );
    // Each byte comes in and goes out.
    assert_eq!(run.counts.data_bytes, 200_000);
    assert_eq!(run.notes.len(), 1, "{:?}", run.notes);
    assert_eq!(scene.contents(run.point_id.unwrap()).await.len(), 100);
    let entries = scene.entries(run.point_id.unwrap()).await;
    assert!(
        entries
            .iter()
            .all(|e| e.md5.map(|hash| hash.origin) == Some(HashOrigin::Coldkeep))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_large_blob_is_relayed_in_pieces() {
    let scene = Scene::new(By::Key, false).await;
    let content: Vec<u8> = (0..20_000_003u32).map(|i| (i % 251) as u8).collect();
    scene.source().put("large", content.clone(), &Seed::default());
    scene.settle();
    scene.add_job(OnChange::Fail).await;
    scene.sim.world().faults().add(copies(refused_at_source()));
    let run = scene.run().await;
    assert_eq!(
        (run.state, run.counts.items_relayed),
        (RunState::Done, 1),
        "{run:?}"
    );
    assert_eq!(run.counts.data_bytes, 2 * 20_000_003);
    let entry = scene.entries(run.point_id.unwrap()).await.remove(0);
    assert_eq!(entry.md5.map(|hash| hash.origin), Some(HashOrigin::Coldkeep));
    assert!(scene.target().get(entry.target_name.as_str()).unwrap().content == content);
}

#[tokio::test(flavor = "multi_thread")]
async fn names_too_long_for_a_source_url_are_relayed() {
    let scene = Scene::new(By::ServiceAccount, false).await;
    let long = "ü".repeat(1024);
    scene.source().put(&long, "long", &Seed::default());
    scene.source().put("short", "short", &Seed::default());
    scene.settle();
    scene.add_job(OnChange::Fail).await;
    let planned = scene.engine.data(here()).plan_job("copy").await.unwrap();
    assert_eq!(
        (
            planned.items_to_copy,
            planned.items_to_relay,
            planned.bytes_to_relay
        ),
        (2, 1, 4)
    );
    let run = scene.run().await;
    assert_eq!(
        (run.state, run.counts.items_copied, run.counts.items_relayed),
        (RunState::Done, 2, 1)
    );
    assert_eq!(run.counts.data_bytes, 8);
    let contents = scene.contents(run.point_id.unwrap()).await;
    assert_eq!(
        contents,
        [
            ("short".to_owned(), "short".to_owned()),
            (long, "long".to_owned())
        ]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn large_blobs_go_in_blocks() {
    const MIB: usize = 1 << 20;
    let scene = Scene::new(By::ServiceAccount, false).await;
    let content = Bytes::from(vec![7; 600 * MIB]);
    for mib in [255, 256, 600] {
        scene
            .source()
            .put(&format!("{mib}"), content.slice(..mib * MIB), &Seed::default());
    }
    scene.settle();
    scene.add_job(OnChange::Fail).await;
    let run = scene.run().await;
    assert_eq!(
        (run.state, run.counts.items_copied, run.counts.data_bytes),
        (RunState::Done, 3, 0),
        "{run:?}"
    );
    assert_eq!(scene.copies(), 2 + 10, "ten blocks of 64 MiB");
    for entry in scene.entries(run.point_id.unwrap()).await {
        let copied = scene.target().get(entry.target_name.as_str()).unwrap().content;
        assert!(
            copied == content.slice(..usize::try_from(entry.size_bytes).unwrap()),
            "{}",
            entry.name
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_item_that_cannot_be_copied_prevents_the_point() {
    let scene = Scene::new(By::ServiceAccount, false).await;
    scene.source().fill(generated("", 10, 10));
    scene.source().put(
        "cold",
        "asleep",
        &Seed {
            tier: Some("Archive".into()),
            ..Seed::default()
        },
    );
    scene.settle();
    scene.add_job(OnChange::Fail).await;
    let failed = scene.run().await;
    assert_eq!(
        (failed.state, failed.point_id),
        (RunState::DoneWithFailures, None)
    );
    assert_eq!(
        (
            failed.counts.items_failed,
            failed.counts.items_copied,
            failed.counts.items_done
        ),
        (1, 10, 11)
    );
    assert_eq!(failed.failed_items[0].name, "cold");
    assert!(
        failed.failed_items[0].problem.code == Code::BlobOffline,
        "{:?}",
        failed.failed_items
    );
    assert!(
        scene
            .engine
            .data(here())
            .list_points(Some("target"))
            .await
            .unwrap()
            .points
            .is_empty()
    );

    let incomplete = run(&scene.engine, Some(true)).await;
    assert_eq!(incomplete.state, RunState::DoneWithFailures);
    assert_eq!(
        (incomplete.counts.items_unchanged, incomplete.counts.items_copied),
        (10, 0),
        "nothing twice"
    );
    let points = scene
        .engine
        .data(here())
        .list_points(Some("target"))
        .await
        .unwrap()
        .points;
    assert_eq!(
        (points.len(), points[0].exactness, points[0].item_count),
        (1, Exactness::Incomplete, 10)
    );
    let doubt = &points[0].doubts[0];
    assert_eq!(doubt.name, "cold");
    let unsupported = Some(Kind::Unsupported);
    assert!(matches!(&doubt.kind, DoubtKind::Missing { cause, .. } if *cause == unsupported));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_runs_once_at_a_time() {
    let scene = Scene::new(By::ServiceAccount, false).await;
    scene.source().put("one", "content", &Seed::default());
    scene.settle();
    scene.add_job(OnChange::Fail).await;
    let faults = scene.sim.world().faults();
    faults.add(copies(Action::Hold { after_effect: false }));
    let running = scene
        .engine
        .data(here())
        .start_job("copy", StartRun::default())
        .await
        .unwrap();
    assert!(faults.wait_held(1, std::time::Duration::from_secs(30)).await);
    let refused = scene
        .engine
        .data(here())
        .start_job("copy", StartRun::default())
        .await
        .unwrap_err();
    assert_eq!(refused.kind, Kind::Conflict);
    let live = crate::scene::ran(&scene.engine, running.id).await;
    assert_eq!((live.state, live.counts.items_total), (RunState::Running, 1));
    faults.clear();
    scene.engine.drain().await;
    assert_eq!(scene.run().await.state, RunState::Done, "the job is free again");
}

#[tokio::test(flavor = "multi_thread")]
async fn globs_choose_names() {
    let scene = Scene::new(By::Key, false).await;
    for name in ["a.vbk", "d/b.vbk", "d/c.tmp", "e/d.vbk"] {
        scene.source().put(name, name.to_owned(), &Seed::default());
    }
    scene.settle();
    let request = NewJob {
        include: vec!["**/*.vbk".into()],
        exclude: vec!["e/**".into()],
        ..new_job()
    };
    scene.engine.data(here()).add_job(request).await.unwrap();
    let run = scene.run().await;
    let names: Vec<_> = scene
        .contents(run.point_id.unwrap())
        .await
        .into_iter()
        .map(|(name, _)| name)
        .collect();
    assert_eq!(names, ["a.vbk", "d/b.vbk"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn jobs_that_cannot_run_are_refused_before_anything_is_written() {
    let scene = Scene::new(By::Key, false).await;
    let add = async |request: NewJob| scene.engine.data(here()).add_job(request).await.unwrap_err();
    let same = add(NewJob {
        target: "source".into(),
        ..new_job()
    })
    .await;
    assert_eq!(same.code, Code::SourceOverlapsTarget, "{same}");
    let glob = add(NewJob {
        include: vec!["a[".into()],
        ..new_job()
    })
    .await;
    assert!(glob.what.contains("`a[`"), "{glob}");
    let unknown = add(NewJob {
        source: "nowhere".into(),
        ..new_job()
    })
    .await;
    assert_eq!(unknown.kind, Kind::NotFound);
    scene.target().put("somebody's", "own", &Seed::default());
    let foreign = add(new_job()).await;
    assert_eq!(foreign.code, Code::TargetNotEmpty, "{foreign}");
    assert_eq!(
        scene.sim.world().blobs_in(TARGET.0, TARGET.1).names(),
        ["somebody's"]
    );
    assert!(scene.engine.data(here()).list_jobs().await.unwrap().is_empty());
}
