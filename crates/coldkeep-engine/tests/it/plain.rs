//! What is said plainly: containers that are gone, points with less in them than was meant, metadata that cannot be
//! kept, and what exists under a lease.

use crate::scene::here;
use crate::scene::{By, SOURCE, Scene, TARGET, new_job, run};
use coldkeep_api::{NewJob, NewRepository, StartRestore, StartRun};
use coldkeep_core::{
    DoubtKind, Kind, copy::remarks::Remark, id::PointId, job::OnChange, point::Exactness, run::RunState,
};
use coldkeep_sim::{
    blobs::{Seed, generated},
    world::faults::{Action, Fault},
};
use std::time::Duration;

fn refusing(status: u16, code: &str) -> Action {
    Action::Status {
        status,
        code: Some(code.into()),
        retry_after_s: None,
    }
}

async fn scene_of(blobs: usize) -> Scene {
    let scene = Scene::new(By::ServiceAccount, false).await;
    scene.source().fill(generated("f/", blobs as u64, 100));
    scene.settle();
    scene
}

/// Deletes a container while the first copies are under way.
async fn run_while_deleting(scene: &Scene, (account, container): (&str, &str)) -> crate::scene::Ran {
    let faults = scene.sim.world().faults();
    faults.add(Fault {
        copy_source: Some(true),
        ..Fault::new(Action::Hold { after_effect: false }).service("blob")
    });
    let run = scene
        .engine
        .data(here())
        .start_job("copy", StartRun::default())
        .await
        .unwrap();
    assert!(faults.wait_held(8, Duration::from_secs(30)).await);
    assert!(scene.sim.world().blobs.delete_container(account, container));
    faults.clear();
    scene.engine.drain().await;
    crate::scene::ran(&scene.engine, run.id).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_container_that_is_deleted_in_the_middle_stops_the_run_at_its_first_blob() {
    for (gone, which) in [(TARGET, "target"), (SOURCE, "source")] {
        for on_change in [OnChange::Fail, OnChange::TakeNew] {
            let scene = scene_of(2000).await;
            scene.add_job(on_change).await;
            let run = run_while_deleting(&scene, gone).await;
            assert_eq!(run.state, RunState::Failed, "{which}: {:?}", run.problem);
            assert!(run.counts.items_failed < 64, "{which}: {:?}", run.counts);
            let problem = run.problem.clone().unwrap().to_string();
            let named = format!(
                "The {which} container `{}` of the storage account `{}` no longer exists",
                gone.1, gone.0
            );
            assert!(problem.contains(&named), "{problem}");
            assert!(problem.contains("ContainerNotFound"), "{problem}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_word_for_a_place_that_is_gone_stops_a_run() {
    for (status, code) in [
        (409, "ContainerBeingDeleted"),
        (403, "AccountIsDisabled"),
        (404, "ResourceNotFound"),
    ] {
        let scene = scene_of(600).await;
        scene.add_job(OnChange::Fail).await;
        scene.sim.world().faults().add(Fault {
            copy_source: Some(true),
            ..Fault::new(refusing(status, code)).service("blob")
        });
        let run = scene.run().await;
        assert_eq!(run.state, RunState::Failed, "{code}");
        assert!(run.counts.items_failed < 64, "{code}: {:?}", run.counts);
        assert!(run.problem.clone().unwrap().what.contains("`copies`"), "{code}");
    }
}

async fn restore(scene: &Scene, point: PointId, include: &[&str]) -> crate::scene::Ran {
    let request = StartRestore {
        to: "restored".into(),
        folder: None,
        include: include.iter().map(ToString::to_string).collect(),
        overwrite: false,
    };
    let run = scene
        .engine
        .data(here())
        .start_restore(point, request)
        .await
        .unwrap();
    scene.engine.drain().await;
    crate::scene::ran(&scene.engine, run.id).await
}

async fn copied(blobs: usize) -> (Scene, PointId) {
    let scene = scene_of(blobs).await;
    scene.add_job(OnChange::Fail).await;
    let point = scene.run().await.point_id.unwrap();
    scene.sim.world().blobs_in(SOURCE.0, "restored");
    scene
        .add_repository("restored", (SOURCE.0, "restored"), By::ServiceAccount)
        .await;
    (scene, point)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restore_stops_when_its_destination_is_gone() {
    let (scene, point) = copied(600).await;
    scene.sim.world().faults().add(Fault {
        copy_source: Some(true),
        ..Fault::new(refusing(404, "ContainerNotFound")).service("blob")
    });
    let run = restore(&scene, point, &[]).await;
    assert_eq!(run.state, RunState::Failed);
    assert!(run.counts.items_failed < 64, "{:?}", run.counts);
    assert!(run.problem.clone().unwrap().what.contains("`restored`"));
}

/// <https://learn.microsoft.com/rest/api/storageservices/lease-blob>: the lease may be looked at before the condition.
#[tokio::test(flavor = "multi_thread")]
async fn what_exists_under_a_lease_exists() {
    let (scene, point) = copied(20).await;
    assert_eq!(restore(&scene, point, &[]).await.counts.items_copied, 20);
    scene.sim.world().faults().add(Fault {
        copy_source: Some(true),
        ..Fault::new(refusing(412, "LeaseIdMissing")).service("blob")
    });
    // The same again: nothing failed for the lease, and what is other is a conflict by name.
    let other = scene.sim.world();
    let other = other.blobs_in(SOURCE.0, "restored");
    other.put("f/00000003", "other", &Seed::default());
    let run = restore(&scene, point, &[]).await;
    assert_eq!(run.counts.items_failed, 1, "{:?}", run.failed_items);
    let failed = &run.failed_items[0];
    assert_eq!(failed.problem.kind, Kind::Conflict, "{}", failed.problem);
    assert!(failed.problem.what.contains("f/00000003"), "{}", failed.problem);
}

#[tokio::test(flavor = "multi_thread")]
async fn control_blobs_that_exist_under_a_lease_or_without_the_right_to_overwrite_exist() {
    for (status, code) in [(412, "LeaseIdMissing"), (403, "UnauthorizedBlobOverwrite")] {
        let scene = scene_of(3).await;
        scene.add_job(OnChange::Fail).await;
        // The marker is there although the answer was lost: another try meets it.
        scene.sim.world().faults().add(
            Fault::new(Action::LoseReply)
                .service("blob")
                .method("PUT")
                .path_contains("coldkeep.json")
                .after(0, 1),
        );
        scene.sim.world().faults().add(
            Fault::new(refusing(status, code))
                .service("blob")
                .method("PUT")
                .path_contains("coldkeep.json")
                .after(0, 1),
        );
        let run = scene.run().await;
        assert_eq!((run.state, &run.problem), (RunState::Done, &None), "{code}");
    }
}

fn codes(remarks: &[Remark]) -> Vec<String> {
    remarks
        .iter()
        .map(|r| {
            serde_json::to_value(r).unwrap()["code"]
                .as_str()
                .unwrap()
                .to_owned()
        })
        .collect()
}

/// The remarks of a plan; the run that follows has the same.
async fn remarks(scene: &Scene) -> Vec<String> {
    let planned = scene.engine.data(here()).plan_job("copy").await.unwrap();
    let ran = run(&scene.engine, None).await;
    assert_eq!(ran.remarks, planned.remarks);
    assert_eq!(ran.state, RunState::Done, "{:?}", ran.problem);
    codes(&planned.remarks)
}

#[tokio::test(flavor = "multi_thread")]
async fn globs_that_match_nothing_are_named_in_plan_run_and_restore() {
    let scene = scene_of(10).await;
    let request = NewJob {
        include: vec!["f/*".into(), "*.vbk".into()],
        ..new_job()
    };
    scene.engine.data(here()).add_job(request).await.unwrap();
    assert_eq!(remarks(&scene).await, ["include_matches_nothing"]);
    let planned = scene.engine.data(here()).plan_job("copy").await.unwrap();
    assert!(planned.remarks[0].words().to_string().contains("`*.vbk`"));

    let (scene, point) = copied(3).await;
    let run = restore(&scene, point, &["f/*", "nothing/**"]).await;
    assert_eq!(codes(&run.remarks), ["include_matches_nothing"]);
    assert_eq!(run.counts.items_copied, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn why_a_point_is_empty_is_told() {
    for (include, exclude, told) in [
        (
            &["*.vbk"][..],
            &[][..],
            vec!["include_matches_nothing", "empty_point"],
        ),
        (&[], &["**"], vec!["excludes_leave_nothing", "empty_point"]),
        (
            &["f/*"],
            &["f/**"],
            vec!["include_matches_nothing", "filter_leaves_nothing", "empty_point"],
        ),
    ] {
        let scene = scene_of(5).await;
        let own = |globs: &[&str]| globs.iter().map(ToString::to_string).collect();
        let request = NewJob {
            include: own(include),
            exclude: own(exclude),
            ..new_job()
        };
        scene.engine.data(here()).add_job(request).await.unwrap();
        assert_eq!(remarks(&scene).await, told, "{include:?} {exclude:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_folder_that_does_not_exist_is_told() {
    let scene = scene_of(5).await;
    let request = NewRepository {
        name: "mistyped".into(),
        cloud: crate::scene::CLOUD.into(),
        account: SOURCE.0.into(),
        endpoint: None,
        container: SOURCE.1.into(),
        folder: Some("no-such-folder".into()),
        tier: None,
        access: coldkeep_api::NewAccess::ServiceAccount {
            service_account: "copier".into(),
        },
    };
    scene.engine.data(here()).add_repository(request).await.unwrap();
    let request = NewJob {
        source: "mistyped".into(),
        ..new_job()
    };
    scene.engine.data(here()).add_job(request).await.unwrap();
    assert_eq!(remarks(&scene).await, ["source_holds_nothing", "empty_point"]);
    let planned = scene.engine.data(here()).plan_job("copy").await.unwrap();
    assert!(
        planned.remarks[0]
            .words()
            .to_string()
            .contains("`no-such-folder`")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_point_that_shrank_sharply_is_told_with_numbers() {
    let scene = scene_of(10).await;
    scene.add_job(OnChange::Fail).await;
    assert!(remarks(&scene).await.is_empty());
    for n in 0..6 {
        scene.source().delete(&format!("f/{n:08}"));
    }
    scene.settle();
    let ran = run(&scene.engine, None).await;
    assert_eq!(
        ran.remarks,
        [Remark::Shrank {
            items_before: 10,
            items_now: 4,
            bytes_before: 1000,
            bytes_now: 400,
        }]
    );
    assert!(
        remarks(&scene).await.is_empty(),
        "said once, next to the last point"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_says_how_good_its_point_is() {
    let scene = scene_of(4).await;
    scene.add_job(OnChange::Fail).await;
    let made = scene.run().await;
    let point = made.point.clone().unwrap();
    assert_eq!(Some(point.id), made.point_id);
    assert_eq!((point.exactness, point.doubt_count), (Exactness::Exact, 0));
    assert_eq!(
        (point.item_count, point.size_bytes, point.as_asked),
        (4, 400, true)
    );
}

/// Names of metadata as they were allowed before 2009 come without their values.
#[tokio::test(flavor = "multi_thread")]
async fn metadata_that_cannot_be_kept_makes_a_point_inexact() {
    let scene = scene_of(2).await;
    let old = Seed {
        metadata: [("good", "1"), ("not-good", "2")]
            .map(|(k, v)| (k.to_owned(), v.to_owned()))
            .into(),
        ..Seed::default()
    };
    scene.source().put("old", "content", &old);
    scene.settle();
    scene.add_job(OnChange::Fail).await;
    // The second run holds the blob already, and is no surer.
    for _ in 0..2 {
        let made = scene.run().await;
        assert_eq!(made.state, RunState::Done, "{:?}", made.problem);
        let point = made.point.clone().unwrap();
        assert_eq!((point.exactness, point.as_asked), (Exactness::Inexact, false));
        assert_eq!(point.doubts.len(), 1);
        let not_kept = DoubtKind::MetadataNotKept {
            keys: vec!["not-good".into()],
        };
        assert_eq!(point.doubts[0].kind, not_kept);
        let entries = scene.entries(point.id).await;
        let entry = entries.iter().find(|e| e.name == "old").unwrap();
        let kept: Vec<_> = entry.metadata.keys().collect();
        assert_eq!(kept, ["good"]);
    }
    // What is kept can be restored.
    scene.sim.world().blobs_in(SOURCE.0, "restored");
    scene
        .add_repository("restored", (SOURCE.0, "restored"), By::ServiceAccount)
        .await;
    let point = scene
        .engine
        .data(here())
        .list_points(Some("target"))
        .await
        .unwrap()
        .points[0]
        .id;
    let run = restore(&scene, point, &[]).await;
    assert_eq!(run.state, RunState::Done, "{:?}", run.failed_items);
    assert_eq!(codes(&run.remarks), ["not_exact"]);
}
