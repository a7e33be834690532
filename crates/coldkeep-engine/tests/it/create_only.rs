//! Runs with the rights of `copy-target` and no more, as Azure judges them: what creating carries, what it does not, and
//! what `copy-large` adds.

mod large;

use crate::azure_view::put_blob;
use crate::scene::here;
use crate::tenant::{ADMIN, CLOUD, Scene, generated, grant, register};
use bytes::Bytes;
use coldkeep_api::{
    CheckServiceAccount, CopyPlan, EditServiceAccount, NewAccess, NewJob, NewRepository, StartRun,
};
use coldkeep_azure::{
    Azure, Network,
    blob::{BlobAuth, Container, CountsAs, Write},
};
use coldkeep_core::{
    Kind, SecretString, SystemClock,
    hash::HashOrigin,
    id::SignInId,
    job::OnChange,
    permission::{GrantRequest, PermissionSet},
    point::Exactness,
    run::RunState,
    service_account::ProofOutcome,
};
use coldkeep_sim::{
    blobs::Seed,
    world::{
        faults::{Action, Fault},
        log::Entry,
    },
};
use std::{sync::Arc, time::Duration};

const MIB: usize = 1 << 20;
const FOLDER: &str = "north";

/// An account that may read the source and create in the target, two repositories by it, and the job `copy`.
async fn scene() -> (Scene, SignInId) {
    let scene = Scene::new().await;
    let sign_in = scene.sign_in(ADMIN).await;
    let grants = vec![
        grant(PermissionSet::CopySource, scene.source()),
        grant(
            PermissionSet::CopyTarget,
            scene.container("northtarget", "copies"),
        ),
    ];
    let request = register("north", sign_in, generated(), grants);
    scene
        .engine
        .identity(here())
        .add_service_account(request)
        .await
        .unwrap();
    for (name, account, container, folder) in [
        ("source", "northsource", "backups", None),
        ("target", "northtarget", "copies", Some(FOLDER.to_owned())),
    ] {
        let request = NewRepository {
            name: name.into(),
            cloud: CLOUD.into(),
            account: account.into(),
            endpoint: None,
            container: container.into(),
            folder,
            tier: None,
            access: NewAccess::ServiceAccount {
                service_account: "north".into(),
            },
        };
        scene.engine.data(here()).add_repository(request).await.unwrap();
    }
    (scene, sign_in)
}

impl Scene {
    async fn add_job(&self, allow_incomplete: bool) {
        self.sim.world().advance_clock(3);
        let job = NewJob {
            name: "copy".into(),
            source: "source".into(),
            target: "target".into(),
            include: vec![],
            exclude: vec![],
            on_change: OnChange::Fail,
            allow_incomplete,
            max_requests_per_second: None,
        };
        self.engine.data(here()).add_job(job).await.unwrap();
    }

    async fn run_job(&self) -> crate::scene::Ran {
        let run = self
            .engine
            .data(here())
            .start_job("copy", StartRun::default())
            .await
            .unwrap();
        tokio::time::timeout(Duration::from_secs(300), self.engine.drain())
            .await
            .expect("a run ends");
        crate::scene::ran(&self.engine, run.id).await
    }

    fn put(&self, name: &str, content: impl Into<Bytes>) {
        let source = self.sim.world().blobs_in("northsource", "backups");
        source.put(name, content, &Seed::default());
    }

    fn asked_so(&self, wanted: impl Fn(&Entry) -> bool) -> usize {
        let log = self.sim.world().log().entries();
        log.iter().filter(|entry| wanted(entry)).count()
    }

    /// Requests about blocks at the target, and how many of them were allowed.
    fn blocks(&self) -> (usize, usize) {
        let of_blocks =
            |e: &Entry| e.path.contains("/copies/") && e.path.contains("comp=block") && e.method == "PUT";
        (
            self.asked_so(of_blocks),
            self.asked_so(|e| of_blocks(e) && e.status == Some(201)),
        )
    }

    fn refuse_copies(&self) {
        let refused = Action::Status {
            status: 403,
            code: Some("CannotVerifyCopySource".into()),
            retry_after_s: None,
        };
        self.sim.world().faults().add(Fault {
            copy_source: Some(true),
            ..Fault::new(refused).service("blob")
        });
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn creating_is_proven_without_making_anything() {
    let (scene, _) = scene().await;
    let check = scene
        .engine
        .identity(here())
        .check_service_account("north")
        .await
        .unwrap();
    assert!(check.ok, "{:#?}", check.findings);
    let what = "copy-target at northtarget/copies: create blobs";
    let created = check.findings.iter().find(|f| f.what == what).unwrap();
    assert_eq!(created.outcome, ProofOutcome::Ok);
    let target = scene
        .engine
        .data(here())
        .check_repository("target")
        .await
        .unwrap();
    assert!(target.ok, "{:#?}", target.findings);
    let create = target.findings.iter().find(|f| f.what == "create blobs").unwrap();
    assert_eq!(create.outcome, ProofOutcome::Ok);
    let copies = scene.sim.world().blobs_in("northtarget", "copies");
    assert_eq!(copies.totals(), (0, 0));
    assert_eq!(scene.blocks(), (0, 0), "no right to write is tried");

    let account = scene
        .engine
        .identity(here())
        .show_service_account("north")
        .await
        .unwrap();
    let grant = account
        .grants
        .iter()
        .find(|g| g.permission_set == PermissionSet::CopyTarget);
    scene.sim.world().revoke(&grant.unwrap().assignment_id).unwrap();
    let container = scene.container("northtarget", "copies").0;
    let world = scene.sim.world();
    let principal = account.principal_id.as_deref().unwrap();
    world
        .grant(principal, "Storage Blob Data Reader", &container)
        .unwrap();
    let check = scene
        .engine
        .identity(here())
        .check_service_account("north")
        .await
        .unwrap();
    let missing: Vec<_> = check
        .findings
        .iter()
        .filter(|f| f.outcome == ProofOutcome::Missing)
        .map(|f| f.what.as_str())
        .collect();
    assert_eq!(missing, [what], "{:#?}", check.findings);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_blob_above_256_mib_is_one_request_where_blocks_are_not_allowed() {
    let (scene, _) = scene().await;
    scene.put("large", vec![7; 300 * MIB]);
    scene.put("small", "small");
    scene.add_job(false).await;
    let planned = scene.engine.data(here()).plan_job("copy").await.unwrap();
    assert_eq!(
        (planned.items_to_copy, planned.copy_requests),
        (2, 2),
        "{planned:?}"
    );
    let run = scene.run_job().await;
    assert_eq!(
        (run.state, run.counts.items_copied),
        (RunState::Done, 2),
        "{run:?}"
    );
    assert_eq!(run.counts.data_bytes, 0);
    let copied = scene.asked_so(|e| e.copy_source.is_some() && e.status == Some(201));
    assert_eq!(copied, 2);
    assert_eq!(
        scene.blocks(),
        (2, 0),
        "blocks were tried once by the plan, once by the run"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_relayed_is_one_streamed_request() {
    let (scene, _) = scene().await;
    let content: Bytes = (0..40 * MIB).map(|i| (i >> 12) as u8).collect::<Vec<_>>().into();
    scene.put("large", content.clone());
    scene.put("middle", content.slice(..20 * MIB));
    scene.refuse_copies();
    scene.add_job(false).await;
    // The source's answer breaks off twice on the way.
    let cut = Action::CutBody {
        after_bytes: 30 * MIB as u64,
    };
    let faults = scene.sim.world().faults();
    faults.add(
        Fault::new(cut)
            .method("GET")
            .path_contains("backups/large")
            .after(0, 2),
    );
    // Its first try breaks off, too.
    let broken = Action::CutRequest {
        after_bytes: 5 * MIB as u64,
    };
    faults.add(
        Fault::new(broken)
            .method("PUT")
            .path_contains("copies/north/b/")
            .after(4, 1),
    );
    let run = scene.run_job().await;
    assert_eq!(
        (run.state, run.counts.items_relayed),
        (RunState::Done, 2),
        "{run:?}"
    );
    assert_eq!(scene.blocks().1, 0);
    let page = scene
        .engine
        .data(here())
        .list_files(run.point_id.unwrap(), None, 10)
        .await
        .unwrap();
    for entry in page.entries {
        assert_eq!(entry.md5.map(|hash| hash.origin), Some(HashOrigin::Coldkeep));
        let copies = scene.sim.world().blobs_in("northtarget", "copies");
        let there = copies.get(&entry.target_name.within("north/")).unwrap().content;
        let length = usize::try_from(entry.size_bytes).unwrap();
        assert!(there == content.slice(..length), "{}", entry.name);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_answer_to_a_creating_write_is_found_by_reading_back() {
    // A data blob, the marker, a part of the list, the commit record: each under rights that overwrite nothing.
    for path in ["north/b/", "north/coldkeep.json", "north/m/", "north/commits/"] {
        let (scene, _) = scene().await;
        scene.put("a", "content");
        scene.add_job(false).await;
        let lost = Fault::new(Action::LoseReply).service("blob").method("PUT");
        scene
            .sim
            .world()
            .faults()
            .add(lost.path_contains(path).after(0, 1));
        let run = scene.run_job().await;
        assert_eq!(
            (run.state, &run.problem),
            (RunState::Done, &None),
            "{path}: {run:?}"
        );
        let refused = scene.asked_so(|e| e.error_code.as_deref() == Some("UnauthorizedBlobOverwrite"));
        assert!(refused >= 1, "{path}: the repetition was refused as Azure does");
        let again = scene.run_job().await;
        assert_eq!(
            (again.state, again.counts.items_unchanged),
            (RunState::Done, 1),
            "{path}"
        );
    }
}
