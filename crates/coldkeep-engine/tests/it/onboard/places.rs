//! Where to look: what the signed-in person sees, page by page, and nobody else's.

use super::*;
use crate::scene::here;

#[tokio::test]
async fn every_page_of_what_the_person_sees_is_listed() {
    let options = Options {
        arm_page_size: 1,
        ..Options::default()
    };
    let scene = Scene::with(options).await;
    let identity = scene.engine.identity(here());
    let tenant = scene.sim.world().options().tenants[0].clone();
    scene
        .sim
        .world()
        .set_subscription_state(&tenant.subscriptions[1].id, "Disabled")
        .unwrap();
    scene.sim.world().blobs_in("northsource", "archive");
    let sign_in = scene.sign_in(ADMIN).await;

    let subscriptions = identity.list_subscriptions(sign_in).await.unwrap();
    let seen: Vec<_> = subscriptions
        .iter()
        .map(|s| (s.name.as_str(), s.state.as_str()))
        .collect();
    assert_eq!(
        seen,
        [
            ("Northwind Production", "Enabled"),
            ("Northwind Vault", "Disabled")
        ]
    );
    let names = async |ids: &[String]| {
        let found = identity.list_storage_accounts(sign_in, ids).await.unwrap();
        found.into_iter().map(|a| a.name).collect::<Vec<_>>()
    };
    assert_eq!(names(&[]).await, ["northsource", "northtarget"]);
    assert_eq!(
        names(&[tenant.subscriptions[1].id.clone()]).await,
        ["northtarget"]
    );
    let account = identity
        .list_storage_accounts(sign_in, &[])
        .await
        .unwrap()
        .remove(0);
    let containers = identity.list_containers(sign_in, &account.id).await.unwrap();
    let names: Vec<_> = containers.iter().map(|c| c.name.as_str()).collect();
    assert_eq!(names, ["archive", "backups"]);
    assert_eq!(containers[1].id, scene.source());

    let clerk = scene.sign_in(CLERK).await;
    assert!(identity.list_subscriptions(clerk).await.unwrap().is_empty());
    let not_an_account = identity.list_containers(sign_in, &scene.source()).await;
    assert_eq!(not_an_account.unwrap_err().kind, Kind::Invalid);
}

#[tokio::test]
async fn chosen_subscriptions_are_kept_and_unseen_ones_refused() {
    let scene = Scene::new().await;
    let sign_in = scene.sign_in(ADMIN).await;
    let vault = scene.sim.world().options().tenants[0].subscriptions[1].id.clone();
    let request = |ids: &[&str]| {
        let mut request = register("north", sign_in, generated(), vec![]);
        request.answers.subscriptions = Some(ids.iter().map(|id| (*id).to_owned()).collect());
        request
    };
    let nowhere = "00000000-aaaa-bbbb-cccc-000000000000";
    let refused = scene
        .engine
        .identity(here())
        .add_service_account(request(&[&vault, nowhere]))
        .await;
    let refused = refused.unwrap_err();
    assert_eq!(refused.kind, Kind::NotFound);
    assert!(
        refused.what.contains(nowhere) && !refused.what.contains(&vault),
        "{refused}"
    );
    assert!(refused.hint().contains("Northwind Vault"), "{refused}");
    assert!(
        scene
            .engine
            .identity(here())
            .list_service_accounts()
            .await
            .unwrap()
            .is_empty()
    );

    let made = scene
        .engine
        .identity(here())
        .add_service_account(request(&[&vault.to_uppercase(), &vault]))
        .await
        .unwrap();
    assert_eq!((made.subscriptions, made.grants), (vec![vault], vec![]));
}
