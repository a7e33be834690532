//! Scenario files: the world they make, what they refuse, and what happens in them.

use crate::client::Scene;
use coldkeep_sim::{Options, Scenario};
use http::{Method, Request};
use http_body_util::Full;
use serde_json::Value;

/// The example of `docs/simulator.md`.
fn example() -> String {
    let page = include_str!("../../../../docs/simulator.md");
    let (_, rest) = page.split_once("```json scenario\n").unwrap();
    rest.split_once("```").unwrap().0.to_owned()
}

async fn play(text: &str) -> Scene {
    let scenario = Scenario::parse(text).unwrap();
    let mut options = Options::default();
    scenario.amend(&mut options);
    let scene = Scene::with(options).await;
    scene.sim.play(scenario).unwrap();
    scene
}

#[tokio::test]
async fn the_documented_scenario_plays() {
    let scene = play(&example()).await;
    let world = scene.control(Method::GET, "/world", Value::Null).await;
    assert_eq!(world.text("/tenants/0/name"), "Contoso");
    assert!(world.text("/now").starts_with("2026-03-01T08:00:00"));
    let place = scene.world().blobs_in("contosobackups", "nightly");
    let seen = place.get("readme.txt").unwrap();
    assert_eq!(seen.content, "Hello from Contoso\n");
    assert_eq!(seen.metadata["origin"], "scenario");
    assert_eq!(place.get("2026/01/full.bak").unwrap().tier, "Archive");
    let tenant = world.text("/tenants/0/id");
    let ask = || {
        scene.token_request(
            &tenant,
            &[
                ("grant_type", "client_credentials"),
                ("client_id", "11111111-2222-3333-4444-555555555555"),
                ("client_secret", "not-a-secret"),
                ("scope", "https://storage.azure.com/.default"),
            ],
        )
    };
    let token = ask().await.text("/access_token");
    let read = async || {
        let endpoint = world.text("/accounts/0/endpoint");
        let request = Request::get(format!("{endpoint}/nightly/readme.txt"))
            .header("authorization", format!("Bearer {token}"))
            .header("x-ms-version", "2023-11-03")
            .body(Full::default())
            .unwrap();
        scene.send(request).await.unwrap().status
    };
    assert_eq!([read().await, read().await], [200, 200]);
    assert_eq!(read().await, 503, "the third request finds the event done");
    assert_eq!(read().await, 200, "it strikes once");
    scene
        .control(
            Method::POST,
            "/clock/advance",
            serde_json::json!({"seconds": 7200}),
        )
        .await;
    let refused = ask().await;
    assert_eq!(
        refused.aadsts().1,
        7_000_215,
        "two hours later its secret is gone: {refused:?}"
    );
    let events = scene.control(Method::GET, "/events", Value::Null).await;
    assert_eq!(events.body, serde_json::json!({"pending": 0, "failed": []}));
}

#[test]
fn what_a_scenario_does_not_know_is_refused_with_its_line() {
    let refused = |text: &str| Scenario::parse(text).unwrap_err().to_string();
    let typo = refused("{\n  \"settings\": {\n    \"rback\": true\n  }\n}");
    assert!(typo.contains("`rback`") && typo.contains("line 3"), "{typo}");
    let step = refused("{\"events\": [\n{\"at_s\": 1, \"do\": [\n{\"explode\": {}}]}]}");
    assert!(step.contains("`explode`") && step.contains("line 3"), "{step}");
    assert!(refused("{\"events\": [{\"do\": []}]}").contains("`after` or `at_s`"));
    let service = "{\"events\": [{\"after\": {\"requests\": 1, \"service\": \"moon\"}, \"do\": []}]}";
    assert!(refused(service).contains("`moon`"));
}

/// A tenant whose only account says this besides its name; `LINE` is where lines begin.
fn with_account(account: &str) -> String {
    let text = format!(
        r#"{{"tenants": [{{"name": "A", "domain": "a.example",
            "subscriptions": [{{"name": "S", "resource_group": "g", "accounts": [LINE {account}]}}]}}]}}"#
    );
    text.replace("LINE", "\n")
}

#[test]
fn values_that_azure_would_not_take_are_refused_with_their_line() {
    let in_container =
        |rest: &str| format!(r#"{{"name": "one", "containers": {{"data": {{"blobs": {{LINE {rest}}}}}}}}}"#);
    for (account, line, why) in [
        (r#"{"name": "Bad_Name"}"#.to_owned(), 3, "`Bad_Name`"),
        (r#"{"name": "one", "key": "???"}"#.to_owned(), 3, "base64"),
        (
            r#"{"name": "one", "containers": {"X!": {}}}"#.to_owned(),
            3,
            "container `X!`",
        ),
        (
            r#"{"name": "one", "containers": {"data": {}, "data": {}}}"#.to_owned(),
            3,
            "twice",
        ),
        (
            in_container(r#""a": {"text": "x", "tier": "Frozen"}"#),
            4,
            "`Frozen`",
        ),
        (in_container(r#""a": {"base64": "*"}"#), 4, "base64"),
        (in_container(r#""a": {}"#), 4, "exactly one"),
        (
            in_container(r#""a": {"text": "x", "tags": {"a!": "b"}}"#),
            4,
            "tags",
        ),
        (
            in_container(r#""a": {"text": "x", "metadata": {"a-b": "c"}}"#),
            4,
            "`a-b`",
        ),
        (
            in_container(r#""a": {"text": "x"}, "a": {"text": "y"}"#),
            4,
            "twice",
        ),
    ] {
        let told = Scenario::parse(&with_account(&account)).unwrap_err().to_string();
        assert!(
            told.contains(why) && told.contains(&format!("line {line} ")),
            "{account}: {told}"
        );
    }
    for (faulty, why) in [
        (r#"{"faults": [{"service": "moon", "action": "drop"}]}"#, "`moon`"),
        (
            r#"{"throttles": [{"service": "blob", "requests_per_s": 0}]}"#,
            "requests_per_s",
        ),
        (
            r#"{"events": [{"at_s": 1, "do": [{"fault": {"chance": 7, "action": "drop"}}]}]}"#,
            "chance",
        ),
    ] {
        let told = Scenario::parse(faulty).unwrap_err().to_string();
        assert!(told.contains(why) && told.contains("line 1 "), "{told}");
    }
}

#[test]
fn what_is_there_twice_or_not_at_all_is_refused() {
    let refused = |text: &str| Scenario::parse(text).unwrap_err().to_string();
    assert!(refused("[]").contains("an object"));
    assert!(refused(r#"{"tenants": []}"#).contains("tenants"));
    let twice = with_account(r#"{"name": "one"}, {"name": "one"}"#);
    assert_eq!(refused(&twice), "account `one` occurs twice");
    let tenant = r#"{"name": "A", "domain": "a.example"}"#;
    assert!(refused(&format!(r#"{{"tenants": [{tenant}, {tenant}]}}"#)).contains("`a.example` occurs twice"));
}

#[tokio::test]
async fn whom_a_scenario_names_must_be_there() {
    let grant = |scope: &str| {
        format!(
            r#"{{"tenants": [{{"name": "A", "domain": "a.example", "applications": [{{"display_name": "backup", "secret": "x",
            "grants": [{{"role": "Reader", "scope": "{scope}"}}]}}]}}]}}"#
        )
    };
    let event = |step: &str| format!(r#"{{"events": [{{"at_s": 9, "do": [{step}]}}]}}"#);
    for (text, why) in [
        (
            grant("nowhere"),
            "application `backup`, grants: there is no account `nowhere`",
        ),
        (grant("/subscriptions/none"), "application `backup`, grants: "),
        (
            event(r#"{"revoke_credentials": {"application": "nobody"}}"#),
            "events[0]: there is no application `nobody`",
        ),
        (
            event(r#"{"revoke_sessions": {"user": "nobody"}}"#),
            "events[0]: there is no user `nobody`",
        ),
    ] {
        let folder = tempfile::TempDir::new().unwrap();
        let file = folder.path().join("scenario.json");
        std::fs::write(&file, text).unwrap();
        let scenario = Scenario::load(&file).unwrap();
        let mut options = Options::default();
        scenario.amend(&mut options);
        let scene = Scene::with(options).await;
        let told = scene.sim.play(scenario).unwrap_err().to_string();
        let begin = format!("{}: {why}", file.display());
        assert!(told.starts_with(&begin), "{told}");
    }
}

#[tokio::test]
async fn the_same_scenario_gives_the_same_ids() {
    let text = r#"{"tenants": [{"name": "A", "domain": "a.example",
        "subscriptions": [{"name": "S", "resource_group": "g"}]}]}"#;
    let (one, two) = (play(text).await, play(text).await);
    let ids = |scene: &Scene| {
        let world = scene.world().describe().unwrap();
        (
            world["tenants"][0]["id"].clone(),
            world["subscriptions"][0]["id"].clone(),
        )
    };
    assert_eq!(ids(&one), ids(&two));
}
