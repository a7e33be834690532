//! What a storage account cannot do: known from a sign-in, seen by a blob, or told by the service, and said before or
//! instead of a puzzling refusal.

use crate::scene::here;
use crate::tenant::{ADMIN, CLOUD, Scene, generated, grant, register};
use coldkeep_api::{EditRepository, NewAccess, NewJob, NewRepository, StartRun};
use coldkeep_core::{
    Code, Kind, Problem,
    copy::remarks::Remark,
    job::{Job, OnChange},
    permission::PermissionSet,
    problem::{Field, Verb},
    repository::{Repository, Tier},
    run::RunState,
    service_account::ProofOutcome,
};
use coldkeep_sim::{
    Options,
    blobs::Seed,
    options::AccountSeed,
    world::faults::{Action, Fault},
};

const ZONES: &str = "northzones";
const DIRS: &str = "northdirs";

/// Beside the usual accounts one of several zones, and one with directories. `north` was granted `copy-target` in both
/// by somebody who was signed in.
async fn scene(granted: bool) -> Scene {
    let mut options = Options::default();
    let accounts = &mut options.tenants[0].subscriptions[0].accounts;
    accounts.push(AccountSeed {
        sku: "Standard_ZRS".into(),
        ..AccountSeed::new(ZONES)
    });
    accounts.push(AccountSeed {
        hns: true,
        ..AccountSeed::new(DIRS)
    });
    let scene = Scene::with(options).await;
    for account in [ZONES, DIRS] {
        scene.sim.world().blobs_in(account, "copies");
    }
    let sign_in = scene.sign_in(ADMIN).await;
    let mut grants = vec![grant(PermissionSet::CopySource, scene.source())];
    if granted {
        grants.extend(
            [ZONES, DIRS, "northtarget"]
                .map(|account| grant(PermissionSet::CopyTarget, scene.container(account, "copies"))),
        );
    }
    let request = register("north", sign_in, generated(), grants);
    scene
        .engine
        .identity(here())
        .add_service_account(request)
        .await
        .unwrap();
    scene
}

impl Scene {
    async fn add_place(
        &self,
        name: &str,
        account: &str,
        tier: Option<Tier>,
        by_key: bool,
    ) -> Result<Repository, Problem> {
        let container = if account == "northsource" {
            "backups"
        } else {
            "copies"
        };
        let access = match by_key {
            true => NewAccess::AccountKey {
                key: self.sim.world().account_key(account).unwrap().into(),
            },
            false => NewAccess::ServiceAccount {
                service_account: "north".into(),
            },
        };
        let request = NewRepository {
            name: name.into(),
            cloud: CLOUD.into(),
            account: account.into(),
            endpoint: None,
            container: container.into(),
            folder: None,
            tier,
            access,
        };
        self.engine.data(here()).add_repository(request).await
    }

    async fn facts_job_to(&self, target: &str) -> Result<Job, Problem> {
        self.sim.world().advance_clock(3);
        let job = NewJob {
            name: "copy".into(),
            source: "source".into(),
            target: target.into(),
            include: vec![],
            exclude: vec![],
            on_change: OnChange::Fail,
            allow_incomplete: false,
            max_requests_per_second: None,
        };
        self.engine.data(here()).add_job(job).await
    }

    async fn run_facts_job(&self) -> crate::scene::Ran {
        let run = self
            .engine
            .data(here())
            .start_job("copy", StartRun::default())
            .await
            .unwrap();
        self.engine.drain().await;
        crate::scene::ran(&self.engine, run.id).await
    }
}

fn of_tier(problem: &Problem) {
    assert_eq!(problem.code, Code::TierUnsupported, "{problem}");
    assert!(
        problem.suggests(Verb::RepositoryEdit) && problem.names(Field::Tier),
        "{problem}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn archive_in_several_zones_is_refused_before_anything_is_tried() {
    let scene = scene(true).await;
    let account = scene
        .engine
        .identity(here())
        .show_service_account("north")
        .await
        .unwrap();
    let facts = account
        .storage_accounts
        .iter()
        .find(|f| f.account == ZONES)
        .unwrap();
    assert_eq!(
        (facts.sku.as_str(), facts.kind.as_str()),
        ("Standard_ZRS", "StorageV2")
    );
    for by_key in [false, true] {
        let refused = scene
            .add_place("zones", ZONES, Some(Tier::Archive), by_key)
            .await
            .unwrap_err();
        assert_eq!(refused.kind, Kind::Unsupported);
        assert!(refused.what.contains("Standard_ZRS"), "{refused}");
        of_tier(&refused);
    }
    scene
        .add_place("zones", ZONES, Some(Tier::Cold), false)
        .await
        .unwrap();
    let edit = EditRepository {
        tier: Some(Tier::Archive),
        ..EditRepository::default()
    };
    of_tier(
        &scene
            .engine
            .data(here())
            .edit_repository("zones", edit)
            .await
            .unwrap_err(),
    );
    scene
        .add_place("elsewhere", "northtarget", Some(Tier::Archive), false)
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn archive_that_the_service_alone_refuses_has_a_hint_whichever_code_it_has() {
    let scene = scene(false).await;
    scene
        .add_place("source", "northsource", None, false)
        .await
        .unwrap();
    // Nobody who was signed in saw this account: the service tells it at the first copy.
    scene
        .add_place("zones", ZONES, Some(Tier::Archive), true)
        .await
        .unwrap();
    let source = scene.sim.world().blobs_in("northsource", "backups");
    source.put("a", "content", &Seed::default());
    scene.facts_job_to("zones").await.unwrap();
    let run = scene.run_facts_job().await;
    assert_eq!(run.state, RunState::DoneWithFailures, "{run:?}");
    of_tier(&run.failed_items[0].problem);
    // The other code that such accounts were seen to answer with, told apart by the header that it names.
    let blobs = &scene.sim.world().blobs;
    blobs.set_archive_refusal(coldkeep_sim::ArchiveRefusal::InvalidHeaderValue);
    let told = scene.run_facts_job().await.failed_items[0].problem.clone();
    let code = told.system.as_ref().and_then(|system| system.code.as_deref());
    assert_eq!(code, Some("InvalidHeaderValue"), "{told}");
    of_tier(&told);
    let other = Action::Status {
        status: 400,
        code: Some("InvalidBlobTier".into()),
        retry_after_s: None,
    };
    let faults = scene.sim.world().faults();
    faults.add(Fault {
        copy_source: Some(true),
        ..Fault::new(other)
    });
    of_tier(&scene.run_facts_job().await.failed_items[0].problem);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_target_with_directories_is_refused_by_what_is_known_of_it() {
    // From a sign-in, although the service does not tell an application.
    let scene = scene(true).await;
    scene
        .add_place("source", "northsource", None, false)
        .await
        .unwrap();
    scene.add_place("dirs", DIRS, None, false).await.unwrap();
    let refused = scene.facts_job_to("dirs").await.unwrap_err();
    assert_eq!(refused.code, Code::NamespaceHierarchical, "{refused}");
    let check = scene.engine.data(here()).check_repository("dirs").await.unwrap();
    let told = check
        .findings
        .iter()
        .find(|f| f.what == "hierarchical namespace")
        .unwrap();
    assert!(told.detail.contains("but not a target"), "{told:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_target_with_directories_is_refused_by_its_first_blob() {
    let scene = scene(false).await;
    scene
        .add_place("source", "northsource", None, false)
        .await
        .unwrap();
    scene
        .sim
        .world()
        .blobs_in("northsource", "backups")
        .put("a", "content", &Seed::default());
    // An account that may create there, and was granted it by others.
    let account = scene
        .engine
        .identity(here())
        .show_service_account("north")
        .await
        .unwrap();
    let north = scene.sim.world().principal(&account.application_id).unwrap();
    let dirs = scene.container(DIRS, "copies");
    scene
        .sim
        .world()
        .grant(&north.object_id, "Storage Blob Data Contributor", &dirs.0)
        .unwrap();
    scene.add_place("dirs", DIRS, None, false).await.unwrap();
    let check = scene.engine.data(here()).check_repository("dirs").await.unwrap();
    let told = check
        .findings
        .iter()
        .find(|f| f.what == "hierarchical namespace")
        .unwrap();
    assert_eq!(told.outcome, ProofOutcome::Unknown, "{told:?}");
    scene.facts_job_to("dirs").await.unwrap();
    let run = scene.run_facts_job().await;
    let problem = run.problem.clone().unwrap();
    assert_eq!(problem.code, Code::NamespaceHierarchical, "{problem}");
    let names = scene.sim.world().blobs_in(DIRS, "copies").names();
    assert_eq!(names, ["coldkeep.json"], "no copy was made");
    let again = scene.engine.data(here()).plan_job("copy").await.unwrap_err();
    assert_eq!(again.code, Code::NamespaceHierarchical, "{again}");
}

#[tokio::test(flavor = "multi_thread")]
async fn from_where_an_account_takes_copies_is_remarked_and_hinted_at() {
    let scene = scene(false).await;
    let world = scene.sim.world();
    world
        .set_allowed_copy_scope("northtarget", Some("PrivateLink"))
        .unwrap();
    let sign_in = scene.sign_in(ADMIN).await;
    let request = coldkeep_api::EditServiceAccount {
        grants: vec![grant(
            PermissionSet::CopyTarget,
            scene.container("northtarget", "copies"),
        )],
        sign_in_id: Some(sign_in),
        ..Default::default()
    };
    scene
        .engine
        .identity(here())
        .edit_service_account("north", request)
        .await
        .unwrap();
    scene
        .add_place("source", "northsource", None, false)
        .await
        .unwrap();
    scene
        .add_place("target", "northtarget", None, false)
        .await
        .unwrap();
    world
        .blobs_in("northsource", "backups")
        .put("a", "content", &Seed::default());
    scene.facts_job_to("target").await.unwrap();
    let plan = scene.engine.data(here()).plan_job("copy").await.unwrap();
    let told =
        |remark: &Remark| matches!(remark, Remark::CopyScope { repository, .. } if repository == "target");
    assert!(plan.remarks.iter().any(told), "{:?}", plan.remarks);
    let run = scene.run_facts_job().await;
    if let Some(failed) = run.failed_items.first() {
        assert!(
            failed
                .problem
                .hint()
                .contains("Permitted scope for copy operations"),
            "{failed:?}"
        );
    } else {
        assert_eq!(run.state, RunState::Done);
    }
}
