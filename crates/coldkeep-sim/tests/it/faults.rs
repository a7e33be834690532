//! Time and faults by the control API: what clients see of them.

use crate::client::Scene;
use bytes::Bytes;
use http::{Method, Request};
use http_body_util::{BodyExt as _, Full};
use hyper_util::{client::legacy::Client, rt::TokioExecutor};
use serde_json::{Value, json};

const KEYS: &str = "/common/discovery/v2.0/keys";

/// An address of a blob that may be read and written.
fn blob_url(scene: &Scene, name: &str) -> String {
    let world = scene.world().describe().unwrap();
    let account = &world["accounts"][0];
    let text = |key: &str| account[key].as_str().unwrap().to_owned();
    format!("{}/many/{name}?{}", text("endpoint"), text("sas"))
}

/// The statuses of so many reads of a blob.
async fn reads(scene: &Scene, names: impl Iterator<Item = String>) -> Vec<u16> {
    let mut statuses = Vec::new();
    for name in names {
        let request = Request::get(blob_url(scene, &name))
            .body(Full::default())
            .unwrap();
        statuses.push(scene.send(request).await.map_or(0, |reply| reply.status));
    }
    statuses
}

async fn seed(scene: &Scene, count: u64, size_bytes: u64) {
    let request =
        json!({"account": "northsource", "container": "many", "count": count, "size_bytes": size_bytes});
    assert_eq!(
        scene.control(Method::POST, "/blobs/seed", request).await.status,
        200
    );
}

#[tokio::test]
async fn a_clock_is_set_and_stands_still_and_replies_are_dated_by_it() {
    let scene = Scene::start().await;
    let set = json!({"now": "2031-05-06T07:08:09Z", "frozen": true});
    let shown = scene.control(Method::POST, "/clock", set).await;
    assert_eq!(shown.text("/now"), "2031-05-06T07:08:09Z");
    let reply = scene.login(KEYS).await;
    assert_eq!(reply.headers["date"], "Tue, 06 May 2031 07:08:09 GMT");
    scene
        .control(Method::POST, "/clock/advance", json!({"seconds": 51}))
        .await;
    let skew = json!({"skew_s": {"login": -60, "blob": 3600}});
    assert_eq!(scene.control(Method::POST, "/settings", skew).await.status, 200);
    let reply = scene.login(KEYS).await;
    assert_eq!(
        reply.headers["date"], "Tue, 06 May 2031 07:08:00 GMT",
        "its own clock is behind"
    );
    let blob = Request::get(blob_url(&scene, "x")).body(Full::default()).unwrap();
    let blob = scene.send(blob).await.unwrap();
    assert_eq!(blob.headers["date"], "Tue, 06 May 2031 08:09:00 GMT");
    let unknown = scene
        .control(Method::POST, "/settings", json!({"skew_s": {"moon": 1}}))
        .await;
    assert_eq!(unknown.status, 400);
}

#[tokio::test]
async fn a_skewed_service_judges_tokens_by_its_own_clock() {
    let scene = Scene::start().await;
    seed(&scene, 1, 8).await;
    let admin = scene.world().principal(crate::client::ADMIN).unwrap();
    let account = scene.world().storage_account("northsource").unwrap();
    let role = "Storage Blob Data Reader";
    scene
        .world()
        .grant(&admin.object_id, role, &account.resource_id)
        .unwrap();
    let token = scene.person_token(crate::client::STORAGE);
    let read = async || {
        let url = blob_url(&scene, "00000000");
        let request = Request::get(url.split('?').next().unwrap())
            .header("authorization", format!("Bearer {token}"))
            .header("x-ms-version", "2023-11-03")
            .body(Full::default())
            .unwrap();
        scene.send(request).await.unwrap().status
    };
    assert_eq!(read().await, 200);
    let skew = |seconds: i64| json!({"skew_s": {"blob": seconds}});
    scene.control(Method::POST, "/settings", skew(7200)).await;
    assert_eq!(read().await, 401, "expired, by a clock two hours ahead");
    scene.control(Method::POST, "/settings", skew(0)).await;
    assert_eq!(read().await, 200);
}

#[tokio::test]
async fn each_service_refuses_a_request_too_many_in_its_own_words() {
    let scene = Scene::start().await;
    seed(&scene, 3, 8).await;
    scene
        .control(Method::POST, "/clock", json!({"frozen": true}))
        .await;
    for limit in [
        json!({"service": "blob", "account": "northsource", "requests_per_s": 1}),
        json!({"service": "graph", "requests_per_s": 0.1}),
        json!({"service": "login", "requests_per_s": 1, "retry_after_s": 17}),
    ] {
        assert_eq!(scene.control(Method::POST, "/throttles", limit).await.status, 200);
    }
    let names = || (0..2).map(|n| format!("{n:08}"));
    assert_eq!(reads(&scene, names()).await, [200, 503]);
    let log = scene
        .control(Method::GET, "/requests?status=503&service=blob", Value::Null)
        .await;
    assert_eq!(log.text("/requests/0/error_code"), "ServerBusy");
    assert_eq!(log.body["requests"].as_array().unwrap().len(), 1);
    let ask = || scene.graph(Method::GET, "/organization", Value::Null);
    assert_eq!(ask().await.status, 200);
    let refused = ask().await;
    assert_eq!(refused.refusal(), (429, "TooManyRequests"));
    assert_eq!(refused.headers["retry-after"], "10");
    assert_eq!(scene.login(KEYS).await.status, 200);
    let refused = scene.login(KEYS).await;
    assert_eq!(
        (refused.status, &refused.headers["retry-after"]),
        (429, &"17".parse().unwrap())
    );
    scene
        .control(Method::POST, "/clock/advance", json!({"seconds": 1}))
        .await;
    assert_eq!(
        reads(&scene, names()).await,
        [200, 503],
        "a second gives one more"
    );
    scene.control(Method::DELETE, "/throttles", Value::Null).await;
    assert_eq!(reads(&scene, names()).await, [200, 200]);
    let endless = json!({"service": "blob", "requests_per_s": 0});
    assert_eq!(
        scene.control(Method::POST, "/throttles", endless).await.status,
        400
    );
}

#[tokio::test]
async fn a_seed_strikes_the_same_requests_in_every_world() {
    let mut runs = Vec::new();
    for seed_number in [1, 1, 2] {
        let scene = Scene::start().await;
        seed(&scene, 40, 8).await;
        for action in [json!({"status": {"status": 500}}), json!("drop")] {
            let fault = json!({"service": "blob", "chance": 0.2, "seed": seed_number, "action": action});
            scene.control(Method::POST, "/faults", fault).await;
        }
        runs.push(reads(&scene, (0..40).map(|n| format!("{n:08}"))).await);
    }
    assert_eq!(runs[0], runs[1]);
    assert_ne!(runs[0], runs[2]);
    for wanted in [0, 200, 500] {
        assert!(runs[0].contains(&wanted), "{runs:?}");
    }
}

#[tokio::test]
async fn bodies_trickle_and_break_off_in_both_directions() {
    let scene = Scene::start().await;
    seed(&scene, 1, 3000).await;
    let add = async |action: Value| {
        let fault = json!({"service": "blob", "times": 1, "action": action});
        scene.control(Method::POST, "/faults", fault).await
    };
    let client = Client::builder(TokioExecutor::new()).build_http::<Full<Bytes>>();
    let get = async || {
        let request = Request::get(blob_url(&scene, "00000000"))
            .body(Full::default())
            .unwrap();
        let reply = client.request(request).await.unwrap();
        let length = reply.headers()["content-length"].clone();
        (
            length,
            reply.into_body().collect().await.map(|b| b.to_bytes().len()),
        )
    };
    add(json!({"slow_body": {"bytes_per_s": 10000}})).await;
    let (length, whole) = get().await;
    assert_eq!((length, whole.unwrap()), ("3000".parse().unwrap(), 3000));
    add(json!({"cut_body": {"after_bytes": 100}})).await;
    assert!(get().await.1.is_err());
    let put = async |name: &str| {
        let request = Request::put(blob_url(&scene, name))
            .header("x-ms-blob-type", "BlockBlob")
            .header("x-ms-version", "2023-11-03")
            .body(Full::new(Bytes::from(vec![7; 3000])))
            .unwrap();
        scene.send(request).await.map(|reply| reply.status)
    };
    add(json!({"slow_request": {"bytes_per_s": 10000}})).await;
    assert_eq!(put("slow").await.unwrap(), 201);
    add(json!({"cut_request": {"after_bytes": 100}})).await;
    assert!(put("cut").await.is_err());
    let place = scene.world().blobs_in("northsource", "many");
    assert_eq!(place.names(), ["00000000", "slow"], "what was cut has no effect");
}

#[tokio::test]
async fn what_is_revoked_opens_nothing_any_more() {
    let scene = Scene::start().await;
    seed(&scene, 1, 8).await;
    let url = blob_url(&scene, "00000000");
    let get = || Request::get(&url).body(Full::default()).unwrap();
    assert_eq!(scene.send(get()).await.unwrap().status, 200);
    let change = json!({"new_keys": true});
    scene.control(Method::POST, "/accounts/northsource", change).await;
    assert_eq!(
        scene.send(get()).await.unwrap().status,
        403,
        "signed with a key that is gone"
    );
    let app = scene.world().ready_app().unwrap();
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", app.app_id.as_str()),
        ("client_secret", app.secret.as_str()),
        ("scope", "https://storage.azure.com/.default"),
    ];
    assert_eq!(scene.token_request(&app.tenant_id, &form).await.status, 200);
    let revoked = scene
        .control(
            Method::POST,
            "/credentials/revoke",
            json!({"application": app.app_id}),
        )
        .await;
    assert_eq!(revoked.body, json!({"revoked": 1}));
    assert_eq!(scene.token_request(&app.tenant_id, &form).await.status, 401);
    let nobody = json!({"user": "nobody@northwind.example"});
    assert_eq!(
        scene
            .control(Method::POST, "/sessions/revoke", nobody)
            .await
            .status,
        404
    );
}
