//! What every database must do. Each case gets an empty one.

use crate::samples::{self, at};
use coldkeep_core::{
    Caller, Code, Kind, Problem, SecretOwner, WriterPublicKey,
    copy::remarks::Remark,
    format::Previous,
    hash::Sha256Digest,
    id::{PersonId, PointId, RepositoryId, RunId, ServiceAccountId, TargetId},
    job::Job,
    known_target::KnownTarget,
    lease::LeaseKind,
    person::{Person, PersonRole},
    run::{Counts, FailedItem, Phase, Reasons, RunCursor, RunKind, RunState},
    verification::{Damage, DamageKind, VerificationSummary},
};
use coldkeep_store::Store;
use std::{future::Future, pin::Pin, time::Duration};

pub struct Case {
    pub name: &'static str,
    pub run: fn(Store) -> Pin<Box<dyn Future<Output = ()>>>,
}

macro_rules! cases {
    ($($name:ident),* $(,)?) => {
        pub const CASES: &[Case] = &[$(Case { name: stringify!($name), run: |store| Box::pin($name(store)) }),*];
    };
}

cases![
    clouds,
    certificates,
    service_accounts,
    repositories_and_jobs,
    things_are_found_by_id_before_name,
    runs_newest_first,
    a_run_is_read_as_it_was_saved,
    runs_are_listed_by_pages,
    failed_items_are_all_kept_and_go_with_their_run,
    secrets,
    known_targets,
    settings,
    verifications,
    sealed_anew,
    leases_are_exclusive_and_fenced,
    a_lease_that_ran_out_is_taken_by_another_and_lost_by_the_first,
    one_of_many_gets_a_lease,
    leases_of_things_that_ended_are_forgotten,
    dead_runs_are_interrupted,
    people_and_their_sessions,
    one_of_many_is_the_first_administrator,
];

async fn verifications(store: Store) {
    let (point, other) = (PointId::new(), PointId::new());
    let (one, two) = (TargetId::new(), TargetId::new());
    assert_eq!(store.load_verification(point).await.unwrap(), None);
    let mut summary = VerificationSummary {
        point_id: point,
        verified_at: at(7),
        deep: true,
        ok: false,
        damaged_count: 2,
        unchecked_count: 0,
    };
    store.save_verification(&summary).await.unwrap();
    summary.ok = true;
    store.save_verification(&summary).await.unwrap();
    assert_eq!(store.load_verification(point).await.unwrap(), Some(summary));

    let damage = |name: &str, version: Option<&str>| Damage {
        target_name: name.into(),
        target_version_id: version.map(Into::into),
        kind: DamageKind::Missing,
        name: "source".into(),
    };
    for (name, version) in [
        ("b/a", Some("2")),
        ("b/Z", None),
        ("b/a", Some("1")),
        ("b/a", None),
    ] {
        let damage = damage(name, version);
        store.save_damage(one, point, &damage, at(1)).await.unwrap();
    }
    store
        .save_damage(two, point, &damage("b/a", None), at(1))
        .await
        .unwrap();
    // By the bytes of their names, then of their versions; one target knows nothing of another.
    let all = store.list_damages(one, "", "").await.unwrap();
    let found: Vec<_> = all
        .iter()
        .map(|d| (d.target_name.as_str(), d.target_version_id.as_deref()))
        .collect();
    assert_eq!(
        found,
        [
            ("b/Z", None),
            ("b/a", None),
            ("b/a", Some("1")),
            ("b/a", Some("2"))
        ]
    );
    assert_eq!(store.list_damages(one, "b/a", "1").await.unwrap(), all[3..]);
    // Found again by another point: it is that one's.
    store.save_damage(one, other, &all[0], at(3)).await.unwrap();
    store.delete_damages_before(point, at(2)).await.unwrap();
    assert_eq!(store.list_damages(one, "", "").await.unwrap(), all[..1]);
}

async fn clouds(store: Store) {
    assert_eq!(store.list_clouds().await.unwrap(), vec![]);
    let (b, a) = (samples::cloud("b"), samples::cloud("a"));
    store.save_cloud(&b).await.unwrap();
    store.save_cloud(&a).await.unwrap();
    assert_eq!(store.save_cloud(&a).await.unwrap_err().kind, Kind::Conflict);
    assert_eq!(store.list_clouds().await.unwrap(), vec![a, b.clone()]);
    assert_eq!(store.load_cloud("b").await.unwrap(), Some(b));
    assert!(store.delete_cloud("b").await.unwrap());
    assert!(!store.delete_cloud("b").await.unwrap());
    assert_eq!(store.load_cloud("b").await.unwrap(), None);
}

async fn certificates(store: Store) {
    let mut one = samples::certificate("one", 'A');
    let two = samples::certificate("two", 'B');
    let key: Vec<u8> = (0..=255).collect();
    store.save_certificate(&two, b"").await.unwrap();
    store.save_certificate(&one, &key).await.unwrap();
    assert_eq!(
        store.list_certificates().await.unwrap(),
        vec![one.clone(), two.clone()]
    );
    assert_eq!(store.load_certificate(one.id).await.unwrap().as_ref(), Some(&one));
    assert_eq!(
        store.load_certificate_by_name("two").await.unwrap(),
        Some(two.clone())
    );
    for digits in [40, 64] {
        assert_eq!(
            store
                .load_certificate_by_thumbprint(&"A".repeat(digits))
                .await
                .unwrap()
                .as_ref(),
            Some(&one)
        );
    }
    assert_eq!(store.load_certificate_key(one.id).await.unwrap(), Some(key));

    one.name = "renamed".into();
    store.save_certificate(&one, b"new").await.unwrap();
    assert_eq!(store.load_certificate_by_name("one").await.unwrap(), None);
    assert_eq!(
        store.load_certificate_key(one.id).await.unwrap(),
        Some(b"new".to_vec())
    );

    let same_name = samples::certificate("two", 'C');
    assert_eq!(
        store.save_certificate(&same_name, b"").await.unwrap_err().kind,
        Kind::Conflict
    );
    let same_certificate = samples::certificate("three", 'B');
    let problem = store.save_certificate(&same_certificate, b"").await.unwrap_err();
    assert_eq!(problem.kind, Kind::Conflict);
    assert!(problem.what.contains("as `two`"), "{problem}");

    store
        .save_service_account(&samples::service_account("sa", Some(&one)))
        .await
        .unwrap();
    let problem = store.delete_certificate(one.id).await.unwrap_err();
    assert_eq!(problem.kind, Kind::Conflict);
    assert!(problem.code == Code::CertificateInUse, "{problem}");
    assert!(store.delete_certificate(two.id).await.unwrap());
}

async fn service_accounts(store: Store) {
    let mut account = samples::service_account("sa", None);
    store.save_service_account(&account).await.unwrap();
    account.state = coldkeep_core::service_account::State::Ready;
    store.save_service_account(&account).await.unwrap();
    assert_eq!(
        store.list_service_accounts().await.unwrap(),
        vec![account.clone()]
    );
    assert_eq!(
        store.load_service_account(account.id).await.unwrap(),
        Some(account.clone())
    );
    assert_eq!(
        store.load_service_account_by_name("sa").await.unwrap(),
        Some(account.clone())
    );
    let taken = samples::service_account("sa", None);
    assert_eq!(
        store.save_service_account(&taken).await.unwrap_err().kind,
        Kind::Conflict
    );

    let dangling = samples::service_account("other", Some(&samples::certificate("gone", 'D')));
    let problem = store.save_service_account(&dangling).await.unwrap_err();
    assert_eq!(problem.kind, Kind::Conflict);

    store
        .save_repository(&samples::repository("r", Some(&account)))
        .await
        .unwrap();
    assert_eq!(
        store.delete_service_account(account.id).await.unwrap_err().kind,
        Kind::Conflict
    );
}

async fn saved_job(store: &Store) -> Job {
    let (source, target) = (
        samples::repository("source", None),
        samples::repository("target", None),
    );
    store.save_repository(&target).await.unwrap();
    store.save_repository(&source).await.unwrap();
    let job = samples::job("nightly", &source, &target);
    store.save_job(&job).await.unwrap();
    job
}

async fn repositories_and_jobs(store: Store) {
    let mut job = saved_job(&store).await;
    let names: Vec<_> = store
        .list_repositories()
        .await
        .unwrap()
        .into_iter()
        .map(|r| r.name)
        .collect();
    assert_eq!(names, ["source", "target"]);
    let source = store.load_repository(job.source_id).await.unwrap().unwrap();
    assert_eq!(
        store.load_repository_by_name("source").await.unwrap(),
        Some(source.clone())
    );
    assert_eq!(
        store
            .save_repository(&samples::repository("source", None))
            .await
            .unwrap_err()
            .kind,
        Kind::Conflict
    );
    assert_eq!(
        store.delete_repository(source.id).await.unwrap_err().kind,
        Kind::Conflict
    );

    job.allow_incomplete = true;
    store.save_job(&job).await.unwrap();
    assert_eq!(store.list_jobs().await.unwrap(), vec![job.clone()]);
    assert_eq!(store.load_job(job.id).await.unwrap(), Some(job.clone()));
    assert_eq!(
        store.load_job_by_name("nightly").await.unwrap(),
        Some(job.clone())
    );
    let taken = samples::job("nightly", &source, &source);
    assert_eq!(store.save_job(&taken).await.unwrap_err().kind, Kind::Conflict);
    let dangling = samples::job("other", &source, &samples::repository("never saved", None));
    assert_eq!(store.save_job(&dangling).await.unwrap_err().kind, Kind::Conflict);

    assert!(store.delete_job(job.id).await.unwrap());
    assert!(store.delete_repository(source.id).await.unwrap());
    assert!(!store.delete_repository(source.id).await.unwrap());
}

async fn things_are_found_by_id_before_name(store: Store) {
    let job = saved_job(&store).await;
    let id = job.id.to_string();
    // A name may look like the id of another thing.
    let named = Job {
        id: coldkeep_core::id::JobId::new(),
        name: id.clone(),
        ..job.clone()
    };
    store.save_job(&named).await.unwrap();
    for key in [id.as_str(), &id.to_uppercase(), &id.replace('-', ""), &job.name] {
        assert_eq!(store.find_job(key).await.unwrap(), Some(job.clone()), "{key}");
    }
    let found = store.find_job(&named.id.to_string()).await.unwrap();
    assert_eq!(found, Some(named));
    assert_eq!(store.find_job("nobody").await.unwrap(), None);
    let source = store.load_repository(job.source_id).await.unwrap().unwrap();
    assert_eq!(store.find_repository(&source.name).await.unwrap(), Some(source));
    let account = samples::service_account("é", None);
    store.save_service_account(&account).await.unwrap();
    assert_eq!(store.find_service_account("é").await.unwrap(), Some(account));
    let certificate = samples::certificate("it", 'C');
    store.save_certificate(&certificate, b"").await.unwrap();
    let id = certificate.id.to_string();
    assert_eq!(store.find_certificate(&id).await.unwrap(), Some(certificate));
}

async fn runs_newest_first(store: Store) {
    let (old, mut new) = (samples::run(None, 0), samples::run(None, 5));
    store.save_run(&new).await.unwrap();
    store.save_run(&old).await.unwrap();
    new.state = RunState::Done;
    new.counts.items_done = u64::from(u32::MAX) + 7;
    store.save_run(&new).await.unwrap();
    assert_eq!(
        store.list_runs(None, 10).await.unwrap(),
        vec![new.clone(), old.clone()]
    );
    assert_eq!(store.load_run(new.id).await.unwrap(), Some(new));
    assert!(store.delete_run(old.id).await.unwrap());
    assert_eq!(store.load_run(old.id).await.unwrap(), None);
}

async fn a_run_is_read_as_it_was_saved(store: Store) {
    let job = saved_job(&store).await;
    let mut run = samples::run(Some(&job), 3);
    run.kind = RunKind::Restore;
    run.started_by = Some(Caller::system_user(1000));
    run.point_id = Some(PointId::new());
    run.ended_at = Some(at(9));
    run.counts = Counts::of(|counter| counter as u64 + 1);
    run.remarks = vec![Remark::EmptyPoint];
    run.problem = Some(Problem::new(Code::BlobChanged, "It failed", "Do it again."));
    store.save_run(&run).await.unwrap();
    assert_eq!(store.load_run(run.id).await.unwrap(), Some(run.clone()));
    // Progress is the row's columns: the document stays as it was saved last.
    let mut later = run.clone();
    later.state = RunState::Failed;
    later.phase = Phase::Ended;
    later.counts.requests = 77;
    later.notes.push("not saved yet".into());
    store.save_run_progress(&later).await.unwrap();
    later.notes.pop();
    assert_eq!(store.load_run(run.id).await.unwrap(), Some(later));
}

async fn runs_are_listed_by_pages(store: Store) {
    // Several begin in one moment: their ids decide.
    let mut saved = Vec::new();
    for started in [0, 1, 1, 1, 2] {
        let run = samples::run(None, started);
        store.save_run(&run).await.unwrap();
        saved.push(run.id);
    }
    let (mut seen, mut after) = (Vec::new(), None);
    loop {
        let page = store.list_runs(after, 2).await.unwrap();
        seen.extend(page.iter().map(|run| run.id));
        match page.last() {
            Some(last) => after = Some(RunCursor::after(last)),
            None => break,
        }
    }
    saved.reverse();
    assert_eq!(seen, saved);
}

async fn failed_items_are_all_kept_and_go_with_their_run(store: Store) {
    let (run, other) = (samples::run(None, 0), samples::run(None, 1));
    store.save_run(&run).await.unwrap();
    store.save_run(&other).await.unwrap();
    let item = |name: String| FailedItem {
        problem: Problem::new(Code::BlobChanged, format!("`{name}` was changed"), "Do it again."),
        name,
    };
    let items: Vec<_> = (1..=250).map(|n| item(format!("é/{n}"))).collect();
    store.save_run_items(run.id, 1, &items[..100]).await.unwrap();
    store.save_run_items(run.id, 101, &items[100..]).await.unwrap();
    // A batch whose answer was lost is sent again.
    store.save_run_items(run.id, 101, &items[100..]).await.unwrap();
    store.save_run_items(other.id, 1, &items[..1]).await.unwrap();
    let (mut found, mut after) = (Vec::new(), 0);
    loop {
        let page = store.list_run_items(run.id, after, 99).await.unwrap();
        let Some(last) = page.last() else { break };
        after = last.sequence;
        found.extend(page);
    }
    let numbers: Vec<u64> = found.iter().map(|item| item.sequence).collect();
    assert_eq!(numbers, (1..=250).collect::<Vec<u64>>());
    let found: Vec<_> = found.into_iter().map(|found| found.item).collect();
    assert_eq!(found, items);

    let mut reasons = Reasons::default();
    items
        .iter()
        .for_each(|item| reasons.add(&item.name, &item.problem));
    store
        .save_run_reasons(run.id, &reasons.take_changed())
        .await
        .unwrap();
    reasons.add("late", &items[0].problem);
    store
        .save_run_reasons(run.id, &reasons.take_changed())
        .await
        .unwrap();
    let kept = store.list_run_reasons(run.id).await.unwrap();
    assert_eq!(kept, reasons.into_all());
    assert_eq!((kept.len(), kept[0].count), (1, 251));

    assert!(store.delete_run(run.id).await.unwrap());
    assert_eq!(store.list_run_items(run.id, 0, 10).await.unwrap(), []);
    assert_eq!(store.list_run_reasons(run.id).await.unwrap(), []);
    assert_eq!(store.list_run_items(other.id, 0, 10).await.unwrap().len(), 1);
    let nobody = store.save_run_items(RunId::new(), 1, &items[..1]).await;
    assert_eq!(nobody.unwrap_err().kind, Kind::Conflict, "items belong to a run");
}

async fn secrets(store: Store) {
    let repository = SecretOwner::Repository(RepositoryId::new());
    let account = SecretOwner::ServiceAccount(ServiceAccountId::new());
    let writer = SecretOwner::Cloud("lab".into());
    assert_eq!(store.load_secret(&repository).await.unwrap(), None);
    store.save_secret(&repository, &[0, 255, 39]).await.unwrap();
    store.save_secret(&repository, &[1]).await.unwrap();
    store.save_secret(&account, &[2]).await.unwrap();
    assert!(store.save_first_secret(&writer, &[3]).await.unwrap());
    assert!(!store.save_first_secret(&writer, &[4]).await.unwrap());
    assert_eq!(store.load_secret(&writer).await.unwrap(), Some(vec![3]));
    assert_eq!(store.load_secret(&repository).await.unwrap(), Some(vec![1]));
    assert!(store.delete_secret(&repository).await.unwrap());
    assert!(!store.delete_secret(&repository).await.unwrap());
    assert_eq!(store.load_secret(&account).await.unwrap(), Some(vec![2]));
}

async fn known_targets(store: Store) {
    let repository = samples::repository("vault", None);
    store.save_repository(&repository).await.unwrap();
    assert_eq!(store.load_known_target(repository.id).await.unwrap(), None);
    let first = KnownTarget::first_seen(TargetId(uuid::Uuid::from_u128(1)), WriterPublicKey([7; 32]));
    assert!(store.save_known_target(repository.id, &first).await.unwrap());
    assert!(
        !store.save_known_target(repository.id, &first).await.unwrap(),
        "somebody was faster"
    );
    let mut known = store.load_known_target(repository.id).await.unwrap().unwrap();
    assert_eq!(known.root, first.root);
    known.pinned.insert(WriterPublicKey([8; 32]));
    known.head = Some(Previous {
        sequence: u64::MAX,
        sha256: Sha256Digest([0xab; 32]),
        version_id: None,
    });
    assert!(store.save_known_target(repository.id, &known).await.unwrap());
    let saved = store.load_known_target(repository.id).await.unwrap().unwrap();
    assert_eq!((&saved.pinned, &saved.head), (&known.pinned, &known.head));

    let gone = samples::repository("gone", None);
    let problem = store.save_known_target(gone.id, &first).await.unwrap_err();
    assert_eq!(problem.kind, Kind::Conflict);
    assert!(store.delete_repository(repository.id).await.unwrap());
    assert_eq!(store.load_known_target(repository.id).await.unwrap(), None);
}

const A_MINUTE: Duration = Duration::from_secs(60);

/// The embedded database is told the time, a shared one has its own.
async fn leases_are_exclusive_and_fenced(store: Store) {
    let first = store
        .take_lease(LeaseKind::Job, "one", "a", at(0), A_MINUTE)
        .await
        .unwrap()
        .unwrap();
    assert!(store.is_leased(LeaseKind::Job, "one", at(59)).await.unwrap());
    assert!(!store.is_leased(LeaseKind::Job, "two", at(59)).await.unwrap());
    for holder in ["b", "a"] {
        let taken = store
            .take_lease(LeaseKind::Job, "one", holder, at(10), A_MINUTE)
            .await
            .unwrap();
        assert_eq!(taken, None, "held already, by whatever name");
    }
    assert!(
        store
            .take_lease(LeaseKind::Run, "one", "b", at(10), A_MINUTE)
            .await
            .unwrap()
            .is_some(),
        "another kind is another lease"
    );
    assert!(store.extend_lease(&first, at(50), A_MINUTE).await.unwrap());

    store.release_lease(&first).await.unwrap();
    assert!(!store.is_leased(LeaseKind::Job, "one", at(51)).await.unwrap());
    let second = store
        .take_lease(LeaseKind::Job, "one", "b", at(52), A_MINUTE)
        .await
        .unwrap()
        .unwrap();
    assert!(second.epoch > first.epoch, "{first:?} {second:?}");
    assert!(
        !store.extend_lease(&first, at(53), A_MINUTE).await.unwrap(),
        "lost"
    );
    store.release_lease(&first).await.unwrap();
    assert!(
        store.extend_lease(&second, at(54), A_MINUTE).await.unwrap(),
        "only its holder gives it back"
    );
    store.release_lease(&second).await.unwrap();
}

async fn a_lease_that_ran_out_is_taken_by_another_and_lost_by_the_first(store: Store) {
    let short = Duration::from_millis(1);
    let first = store
        .take_lease(LeaseKind::Credentials, "", "a", at(0), short)
        .await
        .unwrap()
        .unwrap();
    // A shared database's clock cannot be set.
    tokio::time::sleep(Duration::from_millis(20)).await;
    assert!(
        store.extend_lease(&first, at(1), short).await.unwrap(),
        "nobody took it meanwhile"
    );
    tokio::time::sleep(Duration::from_millis(20)).await;
    let second = store
        .take_lease(LeaseKind::Credentials, "", "b", at(2), A_MINUTE)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(second.epoch, first.epoch + 1);
    assert!(!store.extend_lease(&first, at(3), A_MINUTE).await.unwrap());
}

async fn one_of_many_gets_a_lease(store: Store) {
    let mut tries = tokio::task::JoinSet::new();
    for n in 0..16 {
        let store = store.clone();
        tries.spawn(async move {
            let holder = n.to_string();
            let taken = store.take_lease(LeaseKind::MasterKey, "", &holder, at(0), A_MINUTE);
            taken.await.unwrap().is_some()
        });
    }
    let won = tries.join_all().await.into_iter().filter(|won| *won).count();
    assert_eq!(won, 1);
}

async fn leases_of_things_that_ended_are_forgotten(store: Store) {
    let run = store
        .take_lease(LeaseKind::Run, "one", "a", at(0), A_MINUTE)
        .await
        .unwrap()
        .unwrap();
    let job = store
        .take_lease(LeaseKind::Job, "one", "a", at(0), A_MINUTE)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(store.delete_old_leases(at(30), A_MINUTE).await.unwrap(), 0);
    store.release_lease(&run).await.unwrap();
    store.release_lease(&job).await.unwrap();
    assert_eq!(store.delete_old_leases(at(31), A_MINUTE).await.unwrap(), 1);
    let again = store
        .take_lease(LeaseKind::Job, "one", "b", at(32), A_MINUTE)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(again.epoch, job.epoch + 1, "a job's epoch grows for ever");
}

async fn dead_runs_are_interrupted(store: Store) {
    let job = saved_job(&store).await;
    let mut done = samples::run(Some(&job), 0);
    done.state = RunState::Done;
    let (dead, living, restore) = (
        samples::run(Some(&job), 1),
        samples::run(Some(&job), 2),
        samples::run(None, 3),
    );
    for run in [&done, &dead, &living, &restore] {
        store.save_run(run).await.unwrap();
    }
    let id = living.id.to_string();
    let lease = store.take_lease(LeaseKind::Run, &id, "a", at(90), A_MINUTE).await;
    assert!(lease.unwrap().is_some());
    assert_eq!(
        store.interrupt_runs(at(91)).await.unwrap(),
        vec![dead.id, restore.id]
    );
    assert_eq!(store.interrupt_runs(at(92)).await.unwrap(), vec![]);
    let dead = store.load_run(dead.id).await.unwrap().unwrap();
    assert_eq!((dead.state, dead.ended_at), (RunState::Interrupted, Some(at(91))));
    assert_eq!(store.load_run(done.id).await.unwrap(), Some(done));
    assert_eq!(store.load_run(living.id).await.unwrap(), Some(living));
}

async fn settings(store: Store) {
    assert_eq!(store.load_setting::<Vec<String>>("folders").await.unwrap(), None);
    for value in [vec![], vec!["/a".to_owned(), "/é".to_owned()]] {
        store.save_setting("folders", &value).await.unwrap();
        assert_eq!(
            store.load_setting::<Vec<String>>("folders").await.unwrap(),
            Some(value)
        );
    }
    assert_eq!(store.load_setting::<String>("other").await.unwrap(), None);
    let wrong = store.load_setting::<u32>("folders").await.unwrap_err();
    assert_eq!(wrong.kind, Kind::Corrupt);
}

async fn sealed_anew(store: Store) {
    assert_eq!(store.list_sealed().await.unwrap(), vec![]);
    let (kept, linked) = (
        samples::certificate("kept", 'A'),
        samples::certificate("linked", 'B'),
    );
    let owner = SecretOwner::Repository(RepositoryId::new());
    store.save_certificate(&kept, b"one").await.unwrap();
    store.save_certificate(&linked, b"").await.unwrap();
    store.save_secret(&owner, b"two").await.unwrap();
    let all = store.list_sealed().await.unwrap();
    let shown: Vec<_> = all.iter().map(|s| (s.owner.clone(), s.sealed.clone())).collect();
    assert_eq!(
        shown,
        vec![
            (SecretOwner::Certificate(kept.id), b"one".to_vec()),
            (owner.clone(), b"two".to_vec()),
        ]
    );
    for old in &all {
        assert!(store.replace_sealed(old, b"new").await.unwrap());
        assert!(
            !store.replace_sealed(old, b"newer").await.unwrap(),
            "somebody was faster"
        );
    }
    assert_eq!(
        store.load_certificate_key(kept.id).await.unwrap(),
        Some(b"new".to_vec())
    );
    assert_eq!(store.load_secret(&owner).await.unwrap(), Some(b"new".to_vec()));
    assert_eq!(store.load_certificate(kept.id).await.unwrap(), Some(kept));
    store.make_lasting().await.unwrap();
}

fn person(name: &str) -> Person {
    Person {
        id: PersonId::new(),
        name: name.to_owned(),
        role: PersonRole::Operator,
        created_at: at(5),
    }
}

async fn people_and_their_sessions(store: Store) {
    let (ann, bob) = (person("Änn"), person("bob"));
    store.create_person(&ann, "hash of ann").await.unwrap();
    store.create_person(&bob, "hash of bob").await.unwrap();
    let taken = store.create_person(&person("äNN"), "other").await.unwrap_err();
    assert_eq!(taken.kind, Kind::Conflict, "{taken}");
    let found = store.load_person_by_name("ÄNN").await.unwrap();
    assert_eq!(found, Some((ann.clone(), "hash of ann".to_owned())));
    assert_eq!(store.list_people().await.unwrap(), [bob.clone(), ann.clone()]);

    store.save_session("key", ann.id, at(100)).await.unwrap();
    let used = async |created_after, used_after| {
        store
            .use_session("key", at(created_after), at(used_after), at(200))
            .await
            .unwrap()
    };
    assert_eq!(used(100, 50).await, None, "too old");
    assert_eq!(used(50, 100).await, None, "too long unused");
    assert_eq!(used(50, 50).await, Some(ann.clone()));
    assert_eq!(used(50, 150).await, Some(ann.clone()), "it was just used");
    let other = store.use_session("other", at(0), at(0), at(200)).await.unwrap();
    assert_eq!(other, None);
    store.delete_session("key").await.unwrap();
    assert_eq!(used(0, 0).await, None);

    for key in ["one", "two"] {
        store.save_session(key, bob.id, at(100)).await.unwrap();
    }
    assert!(store.delete_person(bob.id).await.unwrap());
    assert!(!store.delete_person(bob.id).await.unwrap());
    assert_eq!(
        store.use_session("one", at(0), at(0), at(200)).await.unwrap(),
        None
    );
    store.save_session("old", ann.id, at(100)).await.unwrap();
    store.delete_old_sessions(at(100), at(0)).await.unwrap();
    assert_eq!(
        store.use_session("old", at(0), at(0), at(200)).await.unwrap(),
        None
    );
}

async fn one_of_many_is_the_first_administrator(store: Store) {
    assert!(!store.is_set_up().await.unwrap());
    let mut tries = tokio::task::JoinSet::new();
    for n in 0..20 {
        let (store, person) = (store.clone(), person(&format!("person {n}")));
        tries.spawn(async move { store.create_first_person(&person, "hash").await.unwrap() });
    }
    let created = tries.join_all().await;
    assert_eq!(created.into_iter().filter(|created| *created).count(), 1);
    let people = store.list_people().await.unwrap();
    assert_eq!(people.len(), 1, "{people:?}");
    assert!(store.is_set_up().await.unwrap());
    // Also when nobody is left.
    store.delete_person(people[0].id).await.unwrap();
    assert!(!store.create_first_person(&person("late"), "hash").await.unwrap());
    assert!(store.list_people().await.unwrap().is_empty());
}
