//! Replicas that disagree: what was made a moment ago is not there at one request and is there at the next. Whichever
//! request that is, setting up, renewing, changing and removing end well and make nothing twice.

use crate::scene::here;
use crate::tenant::{ADMIN, Scene, grant, register};
use coldkeep_api::{
    CheckServiceAccount, EditServiceAccount, NewCredential, NewServiceAccount, RenewServiceAccount,
    RetireOldCredentials,
};
use coldkeep_core::{
    id::SignInId,
    permission::PermissionSet,
    service_account::{ProofOutcome, ServiceAccount, State},
};
use coldkeep_sim::world::faults::{Action, Fault};

impl Scene {
    /// The `nth` request to a service from here on is answered by a replica that knows nothing new.
    fn lags_at(&self, service: &str, nth: u64) {
        let faults = self.sim.world().faults();
        faults.clear();
        let stale = Fault::new(Action::Stale { seconds: 3600 }).service(service);
        faults.add(stale.after(nth, 1));
    }

    fn heals(&self) {
        self.sim.world().faults().clear();
    }

    /// How many requests a service got so far.
    fn asked(&self, service: &str) -> u64 {
        let counters = self.sim.world().log().counters();
        let of = &counters[service];
        of.as_u64()
            .or_else(|| of["requests"].as_u64())
            .unwrap_or_else(|| panic!("{counters}"))
    }

    /// Renews by whoever signed in and by the application itself, with a lagging replica at one request.
    async fn renews(&self, (service, nth): (&str, u64), sign_in: SignInId, keys: usize) {
        for by in [Some(sign_in), None] {
            let told = format!("{service}, request {nth}, {by:?}");
            let request = RenewServiceAccount {
                grace_days: 0,
                sign_in_id: by,
                ..RenewServiceAccount::default()
            };
            self.lags_at(service, nth);
            let renewed = self
                .engine
                .identity(here())
                .renew_service_account("north", request)
                .await;
            self.heals();
            renewed.unwrap_or_else(|problem| panic!("{told}: {problem}"));
            let retire = RetireOldCredentials {
                now: true,
                sign_in_id: Some(sign_in),
            };
            self.engine
                .identity(here())
                .retire_old_credentials("north", retire)
                .await
                .unwrap();
            assert_eq!(self.view().await.keys, keys, "{told}");
        }
    }

    async fn stored(&self) {
        self.certificate("shared").await;
    }

    fn request(&self, sign_in: SignInId) -> NewServiceAccount {
        let credential = NewCredential::Certificate {
            certificate: "shared".into(),
        };
        let grants = vec![grant(PermissionSet::CopySource, self.source())];
        register("north", sign_in, credential, grants)
    }
}

fn all_ok(told: &str, account: &ServiceAccount) {
    assert_eq!(account.state, State::Ready, "{told}");
    assert!(
        account.proofs.iter().all(|p| p.outcome == ProofOutcome::Ok),
        "{told}: {:#?}",
        account.proofs
    );
}

async fn registering(service: &str) {
    let scene = Scene::new().await;
    let sign_in = scene.sign_in(ADMIN).await;
    scene.stored().await;
    let before = scene.view().await;
    let mut nth = 0;
    loop {
        let told = format!("{service}, request {nth}");
        scene.lags_at(service, nth);
        let already = scene.asked(service);
        let made = scene
            .engine
            .identity(here())
            .add_service_account(scene.request(sign_in))
            .await;
        let asked = scene.asked(service) - already;
        scene.heals();
        all_ok(&told, &made.unwrap_or_else(|problem| panic!("{told}: {problem}")));
        let now = scene.view().await;
        assert_eq!(
            [
                now.applications.len() - before.applications.len(),
                now.service_principals.len() - before.service_principals.len(),
                now.roles.len() - before.roles.len(),
                now.assignments.len() - before.assignments.len(),
                now.keys - before.keys,
            ],
            [1; 5],
            "{told}"
        );
        scene.remove("north", sign_in).await.unwrap();
        assert_eq!(scene.view().await, before, "{told}");
        nth += 1;
        if nth > asked {
            break;
        }
    }
    assert!(nth > 3, "{service} was asked {nth} times");
}

#[tokio::test]
async fn a_registration_survives_a_lagging_replica_of_graph_at_every_request() {
    registering("graph").await;
}

#[tokio::test]
async fn a_registration_survives_a_lagging_replica_of_resource_manager_at_every_request() {
    registering("arm").await;
}

#[tokio::test]
async fn a_registration_survives_a_lagging_replica_of_entra_at_every_request() {
    registering("login").await;
}

#[tokio::test]
async fn a_registration_that_goes_on_survives_it_too() {
    let scene = Scene::new().await;
    let sign_in = scene.sign_in(ADMIN).await;
    scene.stored().await;
    let before = scene.view().await;
    for nth in 0..8 {
        let refused = Fault::new(Action::Status {
            status: 409,
            code: Some("Locked".into()),
            retry_after_s: None,
        });
        let refused = refused.service("arm").method("PUT");
        scene.sim.world().faults().add(refused);
        scene
            .engine
            .identity(here())
            .add_service_account(scene.request(sign_in))
            .await
            .unwrap_err();
        scene.lags_at("graph", nth);
        let made = scene
            .engine
            .identity(here())
            .add_service_account(scene.request(sign_in))
            .await;
        scene.heals();
        all_ok(
            &format!("request {nth}"),
            &made.unwrap_or_else(|p| panic!("request {nth}: {p}")),
        );
        let now = scene.view().await;
        assert_eq!(
            (now.applications.len(), now.keys),
            (before.applications.len() + 1, before.keys + 1),
            "request {nth}"
        );
        scene.remove("north", sign_in).await.unwrap();
        assert_eq!(scene.view().await, before, "request {nth}");
    }
}

#[tokio::test]
async fn removing_what_was_made_a_moment_ago_leaves_nothing() {
    let scene = Scene::new().await;
    let sign_in = scene.sign_in(ADMIN).await;
    scene.stored().await;
    let before = scene.view().await;
    for service in ["graph", "arm"] {
        for nth in 0..5 {
            let told = format!("{service}, request {nth}");
            let made = scene
                .engine
                .identity(here())
                .add_service_account(scene.request(sign_in))
                .await;
            made.unwrap_or_else(|problem| panic!("{told}: {problem}"));
            scene.lags_at(service, nth);
            let removed = scene.remove("north", sign_in).await;
            scene.heals();
            removed.unwrap_or_else(|problem| panic!("{told}: {problem}"));
            assert_eq!(scene.view().await, before, "{told}");
        }
    }
}

#[tokio::test]
async fn renewing_changing_and_checking_survive_it() {
    let scene = Scene::new().await;
    let sign_in = scene.sign_in(ADMIN).await;
    scene.stored().await;
    scene
        .engine
        .identity(here())
        .add_service_account(scene.request(sign_in))
        .await
        .unwrap();
    let before = scene.view().await;
    let copies = scene.container("northtarget", "copies");
    for (service, nth) in [
        ("graph", 0),
        ("graph", 1),
        ("graph", 2),
        ("graph", 3),
        ("arm", 0),
        ("arm", 1),
    ] {
        let told = format!("{service}, request {nth}");
        scene.renews((service, nth), sign_in, before.keys).await;
        let edit = |add: bool| {
            let request = vec![grant(PermissionSet::CopyTarget, copies.clone())];
            EditServiceAccount {
                grants: if add { request.clone() } else { vec![] },
                revokes: if add { vec![] } else { request },
                sign_in_id: Some(sign_in),
                ..EditServiceAccount::default()
            }
        };
        for add in [true, false] {
            scene.lags_at(service, nth);
            let edited = scene
                .engine
                .identity(here())
                .edit_service_account("north", edit(add))
                .await;
            scene.heals();
            edited.unwrap_or_else(|problem| panic!("{told}, {add}: {problem}"));
        }
        let now = scene.view().await;
        assert_eq!(
            (&now.assignments, &now.roles, now.keys),
            (&before.assignments, &before.roles, before.keys),
            "{told}"
        );
        if service == "graph" {
            scene.lags_at(service, nth);
            let how = CheckServiceAccount {
                sign_in_id: Some(sign_in),
            };
            let check = scene
                .engine
                .identity(here())
                .check_service_account_with("north", how)
                .await
                .unwrap();
            scene.heals();
            let gone = check
                .findings
                .iter()
                .find(|f| f.detail.contains("no longer exists in the tenant"));
            assert_eq!(gone, None, "{told}");
        }
    }
}
