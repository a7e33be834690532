//! The control API and what it does to the services.

use crate::client::Scene;
use bytes::Bytes;
use http::{Method, Request};
use http_body_util::Full;
use serde_json::{Value, json};
use std::time::Duration;

fn get(url: &str) -> Request<Full<Bytes>> {
    Request::get(url).body(Full::default()).unwrap()
}

fn keys_url(scene: &Scene) -> String {
    format!("{}/common/discovery/v2.0/keys", scene.sim.endpoints().login)
}

/// What a page in a browser on this machine could send.
#[tokio::test]
async fn a_page_of_another_site_steers_nothing() {
    let scene = Scene::start().await;
    let url = format!("{}/clock/advance", scene.sim.endpoints().control);
    for (name, value) in [
        ("host", "evil.example"),
        ("origin", "http://evil.example"),
        ("origin", "null"),
        ("sec-fetch-site", "cross-site"),
        ("content-type", "text/plain"),
    ] {
        let before = scene.world().now();
        let request = Request::post(&url)
            .header(name, value)
            .body(Full::new(Bytes::from_static(b"{\"seconds\": 54000}")))
            .unwrap();
        let reply = scene.send(request).await.unwrap();
        assert_eq!(reply.status, 403, "{name}: {value}");
        let passed = scene.world().now().as_second() - before.as_second();
        assert!(passed < 54000, "{name}: {value}");
        let keys = Request::get(format!("{}/world", scene.sim.endpoints().control))
            .header(name, value)
            .body(Full::default())
            .unwrap();
        let reply = scene.send(keys).await.unwrap();
        assert_eq!(reply.status == 200, name == "content-type", "{name}: {value}");
    }
    let own = scene
        .control(Method::POST, "/clock/advance", json!({"seconds": 1}))
        .await;
    assert_eq!(own.status, 200);
}

#[tokio::test]
async fn a_status_fault_acts_as_often_as_it_says() {
    let scene = Scene::start().await;
    let fault = json!({"service": "login", "skip": 1, "times": 1,
        "action": {"status": {"status": 503, "retry_after_s": 7}}});
    assert_eq!(scene.control(Method::POST, "/faults", fault).await.status, 200);
    let path = "/common/discovery/v2.0/keys";
    assert_eq!(scene.login(path).await.status, 200);
    let struck = scene.login(path).await;
    assert_eq!(
        (struck.status, struck.headers["retry-after"].to_str().unwrap()),
        (503, "7")
    );
    assert_eq!(scene.login(path).await.status, 200);
    let bad = scene
        .control(Method::POST, "/faults", json!({"action": "explode"}))
        .await;
    assert_eq!(bad.status, 400);
}

#[tokio::test]
async fn lost_and_cut_replies_break_the_connection() {
    let scene = Scene::start().await;
    let add = |fault: Value| scene.control(Method::POST, "/faults", fault);
    add(json!({"service": "graph", "method": "POST", "times": 1, "action": "lose_reply"})).await;
    let request = Request::post(format!("{}/v1.0/applications", scene.sim.endpoints().graph))
        .header(
            "authorization",
            format!("Bearer {}", scene.person_token("https://graph.microsoft.com")),
        )
        .body(Full::new(Bytes::from_static(b"{\"displayName\": \"lost\"}")))
        .unwrap();
    assert!(scene.send(request).await.is_err());
    let found = scene.graph(Method::GET, "/applications", Value::Null).await;
    assert_eq!(found.text("/value/0/displayName"), "lost", "it took effect");
    let log = scene.control(Method::GET, "/requests", Value::Null).await;
    assert_eq!(log.body["requests"][0]["status"], Value::Null);
    assert_eq!(log.text("/requests/1/principal"), "admin@northwind.example");
}

#[tokio::test]
async fn a_held_request_is_counted_and_let_go() {
    let scene = Scene::start().await;
    let hold = json!({"service": "login", "times": 1, "action": {"hold": {"after_effect": false}}});
    scene.control(Method::POST, "/faults", hold).await;
    let url = keys_url(&scene);
    let held = scene.send(get(&url));
    let watch = async {
        assert!(scene.world().faults().wait_held(1, Duration::from_secs(30)).await);
        let said = scene.control(Method::GET, "/held", Value::Null).await;
        assert_eq!(said.body, json!({"held": 1, "held_ever": 1}));
        scene.control(Method::DELETE, "/faults", Value::Null).await;
    };
    let (held, ()) = tokio::join!(held, watch);
    assert!(held.is_err(), "its connection is cut");
    assert_eq!(scene.world().faults().held(), 0);
}

#[tokio::test]
async fn a_held_request_whose_client_goes_away_is_not_held_any_more() {
    let scene = Scene::start().await;
    let hold = json!({"service": "login", "times": 1, "action": {"hold": {"after_effect": true}}});
    scene.control(Method::POST, "/faults", hold).await;
    let url = keys_url(&scene);
    tokio::select! {
        _ = scene.send(get(&url)) => panic!("it was answered"),
        held = scene.world().faults().wait_held(1, Duration::from_secs(30)) => assert!(held),
    }
    let gone = async {
        while scene.world().faults().held() > 0 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), gone).await.unwrap();
}

#[tokio::test]
async fn the_world_is_described_and_changed() {
    let scene = Scene::start().await;
    let world = scene.control(Method::GET, "/world", Value::Null).await;
    assert_eq!(world.text("/accounts/0/name"), "northsource");
    assert_eq!(
        Some(world.text("/accounts/0/key")),
        scene.world().account_key("northsource")
    );
    assert_eq!(world.text("/endpoints/login"), scene.sim.endpoints().login);
    let request =
        json!({"account": "northsource", "container": "seeded", "count": 3, "size_bytes": 5, "prefix": "p/"});
    assert_eq!(
        scene.control(Method::POST, "/blobs/seed", request).await.body["made"],
        3
    );
    let path = "/containers?account=northsource&container=seeded";
    let counted = scene.control(Method::GET, path, Value::Null).await;
    assert_eq!(counted.body, json!({"blobs": 3, "size_bytes": 15}));
    let sas = world.text("/accounts/0/sas");
    let url = format!("{}/seeded/p/00000001", world.text("/accounts/0/endpoint"));
    assert_eq!(
        scene.send(get(&format!("{url}?{sas}"))).await.unwrap().status,
        200
    );
    assert_ne!(scene.send(get(&url)).await.unwrap().status, 200);
    let log = scene.control(Method::GET, "/requests", Value::Null).await;
    assert!(log.text("/requests/0/path").contains("sig=REDACTED"));
    let counters = scene.control(Method::GET, "/counters", Value::Null).await;
    assert_eq!(counters.body["blob"], 2);
    let before = scene.world().now();
    scene
        .control(Method::POST, "/clock/advance", json!({"seconds": 3600}))
        .await;
    assert!(scene.world().now().as_second() >= before.as_second() + 3600);
    let changed = scene
        .control(Method::POST, "/accounts/northtarget", json!({"versioning": true}))
        .await;
    assert_eq!(changed.body["versioning"], true);
    assert_eq!(
        scene
            .control(Method::POST, "/accounts/nope", json!({}))
            .await
            .status,
        404
    );
}

#[tokio::test]
async fn what_could_not_come_about_is_refused() {
    let scene = Scene::start().await;
    for (path, senseless) in [
        ("/faults", json!({"service": "Blob", "action": "drop"})),
        ("/faults", json!({"service": "control", "action": "drop"})),
        ("/faults", json!({"chance": 2, "action": "drop"})),
        ("/faults", json!({"action": {"status": {"status": 99}}})),
        ("/throttles", json!({"service": "moon", "requests_per_s": 1})),
        (
            "/throttles",
            json!({"service": "blob", "requests_per_s": 1, "burst": -1}),
        ),
        (
            "/throttles",
            json!({"service": "graph", "account": "northsource", "requests_per_s": 1}),
        ),
        ("/settings", json!({"client_address": "home"})),
        ("/settings", json!({"latency_ms": {"moon": 50}})),
        ("/settings", json!({"latency_ms": {"blob": -1}})),
        ("/accounts/northsource", json!({"ip_rules": ["1.2.3"]})),
        (
            "/containers",
            json!({"account": "northsource", "container": "X!"}),
        ),
        (
            "/blobs/seed",
            json!({"account": "northsource", "container": "X!", "count": 1, "size_bytes": 1}),
        ),
        (
            "/blobs/seed",
            json!({"account": "northsource", "container": "many", "count": 1, "size_bytes": 1, "prefix": "x".repeat(1020)}),
        ),
        (
            "/grants",
            json!({"principal": "admin@northwind.example", "role": "Reader", "scope": "/subscriptions/none"}),
        ),
    ] {
        let refused = scene.control(Method::POST, path, senseless.clone()).await;
        assert_eq!(refused.status, 400, "{path} {senseless}: {refused:?}");
    }
    assert!(scene.world().faults().list().is_empty() && scene.world().throttle().list().is_empty());
    for question in [
        "/requests?foo=1",
        "/requests?service=moon",
        "/faults?service=blob",
        "/world?x",
    ] {
        let refused = scene.control(Method::GET, question, Value::Null).await;
        assert_eq!(refused.status, 400, "{question}: {refused:?}");
    }
}
