//! What one request does not carry, and the right that is confined to the data of one folder.

use super::*;
use crate::scene::here;
use coldkeep_api::StartRun;
use coldkeep_core::{
    Code, Fix,
    problem::{Field, Verb},
};

impl Scene {
    /// A blob at the source of this many pieces of 100 MiB, which is one piece in the simulator's memory.
    async fn put_huge(&self, name: &str, pieces: usize) {
        let world = self.sim.world();
        let cloud = self.engine.setup(here()).show_cloud(CLOUD).await.unwrap();
        let azure = Azure::new(cloud, &Network::default(), Arc::new(SystemClock)).unwrap();
        let key = SecretString::from(world.account_key("northsource").unwrap());
        let source = Container::new(&azure, "northsource", None, "backups", BlobAuth::Key(key)).unwrap();
        let id = "cGllY2U=".to_owned();
        let piece = Bytes::from(vec![7; 100 * MIB]);
        source
            .stage_block(name, &id, piece, CountsAs::Control)
            .await
            .unwrap();
        let ids = vec![id; pieces];
        source.commit_blocks(name, &ids, &Write::default()).await.unwrap();
    }

    fn large(&self, folder: &str) -> GrantRequest {
        grant(PermissionSet::CopyLarge, self.container("northtarget", "copies"))
            .in_folder(folder)
            .unwrap()
    }

    async fn grant_large(&self, folder: &str, sign_in: SignInId) {
        let request = EditServiceAccount {
            grants: vec![self.large(folder)],
            sign_in_id: Some(sign_in),
            ..EditServiceAccount::default()
        };
        self.engine
            .identity(here())
            .edit_service_account("north", request)
            .await
            .unwrap();
    }
}

fn noted(plan: &CopyPlan, part: &str) -> bool {
    plan.notes.iter().any(|note| note.to_string().contains(part))
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_too_large_to_be_created_is_named_before_anything_is_copied() {
    let (scene, sign_in) = scene().await;
    scene.put_huge("huge", 51).await;
    scene.put("small", "small");
    scene.add_job(false).await;
    let planned = scene.engine.data(here()).plan_job("copy").await.unwrap();
    let too_large = planned.too_large.clone().unwrap();
    assert_eq!((too_large.items, too_large.largest.as_str()), (1, "huge"));
    assert_eq!(too_large.bytes, 5100 << 20);
    assert_eq!((planned.items_to_copy, planned.items_not_copyable), (1, 1));
    let grant = Verb::ServiceAccountEdit
        .of("north")
        .with(Field::GrantOn.set(scene.large(FOLDER)));
    let names_it = |fix: &Fix| fix.actions().any(|action| *action == grant);
    assert!(
        planned.notes.iter().any(names_it) && noted(&planned, "5,000 MiB"),
        "{:?}",
        planned.notes
    );

    let refused = scene.run_job().await;
    let problem = refused.problem.clone().unwrap();
    assert_eq!((refused.state, problem.kind), (RunState::Failed, Kind::Denied));
    assert!(problem.what.contains("`huge` (4.9 GiB)"), "{problem}");
    assert_eq!(problem.code, Code::BlobTooLarge);
    assert!(problem.fix.iter().any(names_it), "{problem}");
    let copies = scene.sim.world().blobs_in("northtarget", "copies");
    assert_eq!(copies.totals(), (0, 0), "refused before the first write");

    let run = scene
        .engine
        .data(here())
        .start_job(
            "copy",
            StartRun {
                allow_incomplete: Some(true),
                ..StartRun::default()
            },
        )
        .await
        .unwrap();
    scene.engine.drain().await;
    let run = crate::scene::ran(&scene.engine, run.id).await;
    assert_eq!(run.counts.items_copied, 1, "{run:?}");
    let point = scene
        .engine
        .data(here())
        .show_point(run.point_id.unwrap())
        .await
        .unwrap();
    assert_eq!(point.exactness, Exactness::Incomplete);

    scene.grant_large(FOLDER, sign_in).await;
    let planned = scene.engine.data(here()).plan_job("copy").await.unwrap();
    assert_eq!((planned.too_large, planned.items_to_copy), (None, 1));
    let run = scene.run_job().await;
    assert_eq!(
        (run.state, run.counts.items_copied),
        (RunState::Done, 1),
        "{run:?}"
    );
    assert_eq!(scene.blocks().1, 80 + 1, "80 blocks of 64 MiB and their list");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_right_to_write_is_confined_to_the_data_of_one_folder() {
    let (scene, sign_in) = scene().await;
    scene.grant_large(FOLDER, sign_in).await;
    let check = scene
        .engine
        .identity(here())
        .check_service_account("north")
        .await
        .unwrap();
    assert!(check.ok, "{:#?}", check.findings);
    let proven =
        |f: &coldkeep_core::service_account::Proof| f.what == "copy-large at northtarget/copies/north";
    assert!(check.findings.iter().any(proven), "{:#?}", check.findings);
    let plan = EditServiceAccount {
        grants: vec![scene.large("south")],
        sign_in_id: Some(sign_in),
        ..EditServiceAccount::default()
    };
    let refused = scene
        .engine
        .identity(here())
        .edit_service_account("north", plan)
        .await
        .unwrap_err();
    assert_eq!(refused.kind, Kind::Conflict);
    assert!(refused.what.contains("north/b/*"), "{refused}");

    // What it may do is what its token may: markers and records cannot be overwritten with it.
    scene.put("small", "small");
    scene.add_job(false).await;
    let run = scene.run_job().await;
    assert_eq!(run.state, RunState::Done, "{run:?}");
    let world = scene.sim.world();
    let cloud = scene.engine.setup(here()).show_cloud(CLOUD).await.unwrap();
    let account = scene
        .engine
        .identity(here())
        .show_service_account("north")
        .await
        .unwrap();
    let north = world.principal(&account.application_id).unwrap();
    let token = world.token_for(&north, "https://storage.azure.com/").unwrap();
    let copies = format!("{}/copies", cloud.blob_endpoint_of("northtarget"));
    for (name, first, again) in [
        ("north/b/zz", 201, 201),
        ("north/bb/x", 201, 403),
        ("south/b/x", 201, 403),
        ("north/coldkeep.json", 403, 403),
    ] {
        let url = format!("{copies}/{name}");
        assert_eq!(put_blob(&url, &token, "one").await.0, first, "{name}");
        let (status, answer) = put_blob(&url, &token, "two").await;
        assert_eq!(status, again, "{name}");
        assert_eq!(
            answer.contains("UnauthorizedBlobOverwrite"),
            again == 403,
            "{name}: {answer}"
        );
    }

    // A condition that somebody widens is told.
    let grant = account
        .grants
        .iter()
        .find(|g| g.folder.is_some())
        .unwrap()
        .clone();
    let role = grant.role_definition_id.rsplit('/').next().unwrap().to_owned();
    world.revoke(&grant.assignment_id).unwrap();
    let how = CheckServiceAccount {
        sign_in_id: Some(sign_in),
    };
    let wider = world
        .grant_where(&north.object_id, &role, &grant.scope.0, None)
        .unwrap();
    let mut store_account = account.clone();
    for kept in store_account.grants.iter_mut().filter(|g| g.folder.is_some()) {
        kept.assignment_id = format!(
            "{}/providers/Microsoft.Authorization/roleAssignments/{wider}",
            grant.scope
        );
    }
    scene
        .store()
        .await
        .save_service_account(&store_account)
        .await
        .unwrap();
    let check = scene
        .engine
        .identity(here())
        .check_service_account_with("north", how)
        .await
        .unwrap();
    let told = check
        .findings
        .iter()
        .find(|f| f.detail.contains("The condition of its assignment was changed"));
    assert_eq!(
        told.unwrap().outcome,
        ProofOutcome::Failed,
        "{:#?}",
        check.findings
    );
}
