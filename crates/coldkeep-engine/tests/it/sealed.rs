//! The database changed by hand: no secret, key or token goes to where the change points.

use crate::scene::here;
use crate::scene::{By, CLOUD, SOURCE, Scene};
use coldkeep_api::StartSignIn;
use coldkeep_core::{
    Code, Kind, Problem,
    cloud::Cloud,
    job::OnChange,
    repository::{Access, Repository},
    service_account::ServiceAccount,
};
use std::sync::atomic::{AtomicUsize, Ordering};

/// Where a thief listens: counts who connects.
struct Elsewhere {
    url: String,
    came: std::sync::Arc<AtomicUsize>,
}

impl Elsewhere {
    async fn listen() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let came = std::sync::Arc::new(AtomicUsize::new(0));
        let counts = came.clone();
        tokio::spawn(async move {
            while listener.accept().await.is_ok() {
                counts.fetch_add(1, Ordering::SeqCst);
            }
        });
        Self { url, came }
    }
}

async fn change_cloud(scene: &Scene, change: impl FnOnce(&mut Cloud)) {
    let store = scene.store().await;
    let mut cloud = store.load_cloud(CLOUD).await.unwrap().unwrap();
    change(&mut cloud);
    store.delete_cloud(CLOUD).await.unwrap();
    store.save_cloud(&cloud).await.unwrap();
    store.close().await;
}

async fn change_repository(scene: &Scene, change: impl FnOnce(&mut Repository)) {
    let store = scene.store().await;
    let mut repository = store.load_repository_by_name("source").await.unwrap().unwrap();
    change(&mut repository);
    store.save_repository(&repository).await.unwrap();
    store.close().await;
}

async fn change_service_account(scene: &Scene, change: impl FnOnce(&mut ServiceAccount)) {
    let store = scene.store().await;
    let mut account = store
        .load_service_account_by_name("copier")
        .await
        .unwrap()
        .unwrap();
    change(&mut account);
    store.save_service_account(&account).await.unwrap();
    store.close().await;
}

/// The refusal, and that nothing came to the thief.
async fn refused(scene: &Scene, elsewhere: &Elsewhere) -> Problem {
    let checked = scene.engine.data(here()).check_repository("source").await;
    let run = scene.run().await;
    assert_eq!(elsewhere.came.load(Ordering::SeqCst), 0, "somebody was asked");
    let problem = run.problem.clone().expect("the run is refused");
    if let Ok(check) = checked {
        assert!(!check.ok, "{check:?}");
    }
    problem
}

/// A signature that says nothing of itself.
fn no_terms() -> Access {
    Access::Sas {
        starts_at: None,
        expires_at: None,
        stored_policy: None,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_account_key_goes_nowhere_but_to_its_account() {
    let elsewhere = Elsewhere::listen().await;
    for way in 0..3 {
        let scene = Scene::new(By::Key, false).await;
        scene.add_job(OnChange::Fail).await;
        let url = elsewhere.url.clone();
        match way {
            0 => change_cloud(&scene, |c| c.blob_endpoint = format!("{url}/{{account}}")).await,
            1 => change_repository(&scene, |r| r.endpoint = Some(url)).await,
            _ => change_repository(&scene, |r| r.access = no_terms()).await,
        }
        let problem = refused(&scene, &elsewhere).await;
        assert_eq!(problem.kind, Kind::Denied, "{way}: {problem}");
        let was = scene.sim.endpoints().blob.replace("{account}", SOURCE.0);
        assert!(problem.what.contains(&was), "{way}: {problem}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_secret_and_its_tokens_go_nowhere_else() {
    let elsewhere = Elsewhere::listen().await;
    for way in 0..5 {
        let scene = Scene::new(By::ServiceAccount, false).await;
        scene.add_job(OnChange::Fail).await;
        let url = elsewhere.url.clone();
        match way {
            0 => change_cloud(&scene, |c| c.active_directory = url).await,
            1 => change_cloud(&scene, |c| c.blob_endpoint = format!("{url}/{{account}}")).await,
            2 => change_repository(&scene, |r| r.endpoint = Some(url)).await,
            3 => change_service_account(&scene, |a| a.tenant_id = "evil.example".into()).await,
            _ => change_cloud(&scene, |c| c.ca_pem = Some("another".into())).await,
        }
        let problem = refused(&scene, &elsewhere).await;
        assert_eq!(problem.kind, Kind::Denied, "{way}: {problem}");
        assert_eq!(problem.code, Code::SecretMoved, "{way}: {problem}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_new_is_told_to_a_cloud_that_was_changed() {
    let elsewhere = Elsewhere::listen().await;
    let scene = Scene::new(By::Key, false).await;
    let url = elsewhere.url.clone();
    change_cloud(&scene, |c| {
        c.active_directory = url;
        c.builtin = true;
    })
    .await;
    let request = StartSignIn {
        cloud: CLOUD.into(),
        ..StartSignIn::default()
    };
    let problem = scene
        .engine
        .identity(here())
        .start_sign_in(request)
        .await
        .unwrap_err();
    assert_eq!(problem.kind, Kind::Denied, "{problem}");
    assert_eq!(elsewhere.came.load(Ordering::SeqCst), 0);
    // Taken away and added again on purpose, it is another.
    scene.engine.setup(here()).remove_cloud(CLOUD).await.unwrap();
}
