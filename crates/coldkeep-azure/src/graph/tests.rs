//! Idempotence against Graph's habits.

use super::*;
use crate::{AppCredential, scripted::Scripted};
use coldkeep_core::Timestamp;
use serde_json::Value;

fn graph(network: &std::sync::Arc<Scripted>) -> Graph {
    let azure = network.azure();
    Graph::new(
        &azure,
        TokenSource::for_app(&azure, "t", "a", AppCredential::Secret("s".into())),
    )
}

fn ok(body: Value) -> (u16, &'static [(&'static str, &'static str)], String) {
    (200, &[], body.to_string())
}

fn token() -> (u16, &'static [(&'static str, &'static str)], String) {
    ok(json!({"access_token": "x", "expires_in": 3599}))
}

#[tokio::test]
async fn a_certificate_goes_beside_the_others_which_go_back_untouched() {
    let other = json!({"keyId": "K", "key": null, "customKeyIdentifier": "abc", "odd": [1]});
    let new = NewKey {
        der: b"der",
        name: "CN=x",
        start: Timestamp::UNIX_EPOCH,
        end: Timestamp::UNIX_EPOCH,
    };
    let ours = json!({"keyId": key_id("o", b"der"), "key": "ZGVy"});
    let network = Scripted::new([
        token(),
        ok(json!({"keyCredentials": [other]})),
        (204, &[][..], String::new()),
        ok(json!({"keyCredentials": [other, ours]})),
        ok(json!({"keyCredentials": [other, ours]})),
    ]);
    let graph = graph(&network);
    assert_eq!(
        graph.ensure_key_credential("o", &new).await.unwrap(),
        (key_id("o", b"der"), true)
    );
    assert_eq!(
        graph.ensure_key_credential("o", &new).await.unwrap(),
        (key_id("o", b"der"), false)
    );
    let asked = network.asked();
    let written: Value = serde_json::from_str(&asked[2].body).unwrap();
    assert_eq!(written["keyCredentials"][0], other);
    assert_eq!(
        written["keyCredentials"][1]["endDateTime"],
        "1970-01-01T00:00:00Z"
    );
    assert_eq!(asked.len(), 5);
}

#[tokio::test(start_paused = true)]
async fn a_service_principal_waits_for_its_application_to_be_known() {
    let missing = || {
        (
            404,
            &[][..],
            json!({"error": {"code": "Request_ResourceNotFound", "message": "no"}}).to_string(),
        )
    };
    let too_new = json!({"error": {"code": "Request_BadRequest",
        "message": "The appId 'a' of the service principal does not reference a valid application object."}});
    let network = Scripted::new([
        token(),
        missing(),
        (400, &[][..], too_new.to_string()),
        (201, &[][..], json!({"id": "sp"}).to_string()),
    ]);
    let (made, new) = graph(&network).ensure_service_principal("a").await.unwrap();
    assert_eq!((made.id.as_str(), new), ("sp", true));
}

#[tokio::test]
async fn a_page_that_points_elsewhere_gets_no_token() {
    let page = json!({"value": [], "@odata.nextLink": "https://evil.example/v1.0/organization?page=2"});
    let network = Scripted::new([token(), ok(page)]);
    let error = graph(&network).fetch_organization().await.unwrap_err();
    assert_eq!(error.kind(), coldkeep_core::Kind::Denied);
    assert_eq!(network.asked().len(), 2);
}

#[tokio::test]
async fn pages_that_lead_in_a_circle_end() {
    for period in [1, 2, 5] {
        let page = |number: usize| {
            let next = format!(
                "https://graph.microsoft.com/v1.0/organization?page={}",
                number % period
            );
            ok(json!({"value": [], "@odata.nextLink": next}))
        };
        let network = Scripted::new(std::iter::once(token()).chain((0..100).map(page)));
        let error = graph(&network).fetch_organization().await.unwrap_err();
        assert!(error.to_string().contains("loop"), "{error}");
        assert!(network.asked().len() <= 20, "{}", network.asked().len());
    }
}
