//! What leaves for Entra and what comes of its answers.

use super::*;
use crate::{Poll, scripted::Scripted};
use coldkeep_core::Problem;

fn granted(token: &str) -> String {
    json!({"access_token": token, "expires_in": 3599, "token_type": "Bearer"}).to_string()
}

fn form(body: &str) -> HashMap<String, String> {
    url::form_urlencoded::parse(body.as_bytes())
        .into_owned()
        .collect()
}

#[tokio::test]
async fn a_token_is_asked_for_once_per_audience() {
    let network = Scripted::new([(200, &[][..], granted("one")), (200, &[][..], granted("two"))]);
    let source = TokenSource::for_app(
        &network.azure(),
        "tid",
        "app",
        AppCredential::Secret("s~1&2".into()),
    );
    let (a, b) = tokio::join!(
        source.token("https://storage.azure.com"),
        source.token("https://storage.azure.com")
    );
    assert_eq!(
        (a.unwrap().expose_secret(), b.unwrap().expose_secret()),
        ("one", "one")
    );
    assert_eq!(
        source
            .token("https://graph.microsoft.com")
            .await
            .unwrap()
            .expose_secret(),
        "two"
    );
    let asked = network.asked();
    assert_eq!(asked.len(), 2);
    assert_eq!(
        asked[0].line,
        "POST https://login.microsoftonline.com/tid/oauth2/v2.0/token"
    );
    let form = form(&asked[0].body);
    assert_eq!(form["scope"], "https://storage.azure.com/.default");
    assert_eq!(form["client_secret"], "s~1&2");
    source.forget();
    assert!(
        source.token("https://storage.azure.com").await.is_err(),
        "forgotten tokens are asked for again"
    );
}

#[derive(Debug)]
struct FakeSigner(&'static [SigningAlgorithm]);

impl AssertionSigner for FakeSigner {
    fn certificate_der(&self) -> &[u8] {
        b"der"
    }
    fn thumbprint_sha1(&self) -> [u8; 20] {
        [1; 20]
    }
    fn thumbprint_sha256(&self) -> [u8; 32] {
        [2; 32]
    }
    fn algorithms(&self) -> &[SigningAlgorithm] {
        self.0
    }
    fn sign(&self, _: SigningAlgorithm, _: &[u8]) -> Result<Vec<u8>, Problem> {
        Ok(vec![3; 4])
    }
}

async fn assertion_of(algorithms: &'static [SigningAlgorithm]) -> (Value, Value) {
    let network = Scripted::new([(200, &[][..], granted("one"))]);
    let credential = AppCredential::Certificate(Arc::new(FakeSigner(algorithms)));
    TokenSource::for_app(&network.azure(), "tid", "app", credential)
        .token("https://x")
        .await
        .unwrap();
    let form = form(&network.asked()[0].body);
    let parts: Vec<Value> = form["client_assertion"]
        .split('.')
        .take(2)
        .map(|part| serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap())
        .collect();
    (parts[0].clone(), parts[1].clone())
}

#[tokio::test]
async fn an_assertion_prefers_ps256_and_is_backdated() {
    let (header, claims) = assertion_of(&[SigningAlgorithm::Ps256, SigningAlgorithm::Rs256]).await;
    assert_eq!(header["alg"], "PS256");
    assert_eq!(header["x5t#S256"], URL_SAFE_NO_PAD.encode([2; 32]));
    assert_eq!(
        claims["aud"],
        "https://login.microsoftonline.com/tid/oauth2/v2.0/token"
    );
    assert_eq!(
        claims["iat"].as_i64().unwrap() - claims["nbf"].as_i64().unwrap(),
        BACKDATE_S
    );
    let (header, _) = assertion_of(&[SigningAlgorithm::Rs256]).await;
    assert_eq!(header["alg"], "RS256");
    assert_eq!(header["x5t"], URL_SAFE_NO_PAD.encode([1; 20]));
}

#[tokio::test(start_paused = true)]
async fn a_repeated_request_carries_an_assertion_of_its_own() {
    let network = Scripted::new([(503, &[][..], String::new()), (200, &[][..], granted("one"))]);
    let credential = AppCredential::Certificate(Arc::new(FakeSigner(&[SigningAlgorithm::Ps256])));
    TokenSource::for_app(&network.azure(), "tid", "app", credential)
        .token("https://x")
        .await
        .unwrap();
    let assertions: Vec<_> = network
        .asked()
        .iter()
        .map(|a| form(&a.body)["client_assertion"].clone())
        .collect();
    assert!(assertions.len() == 2 && assertions[0] != assertions[1]);
}

#[tokio::test]
async fn a_tenant_that_does_not_exist_reads_as_one_paragraph() {
    let body = json!({
        "error": "invalid_request",
        "error_description": "AADSTS90002: Tenant 'x' not found. Check to make sure you have the correct tenant ID. Trace ID: t Correlation ID: c Timestamp: 2026\r\nTrace ID: t",
        "error_codes": [90002], "trace_id": "t", "correlation_id": "c",
    });
    let network = Scripted::new([(400, &[][..], body.to_string())]);
    let source = TokenSource::for_app(&network.azure(), "x", "app", AppCredential::Secret("s".into()));
    let error = source.token("https://x").await.unwrap_err();
    assert_eq!(
        (error.kind(), error.code()),
        (Kind::NotFound, Some("AADSTS90002"))
    );
    assert_eq!(
        error.problem("No token for the application").to_string(),
        "No token for the application. Microsoft Entra ID answered 400 AADSTS90002 (request id t): Tenant 'x' not \
         found. Check to make sure you have the correct tenant ID (correlation id c). Check the tenant id, and that \
         --cloud names the cloud the tenant is in."
    );
}

#[tokio::test]
async fn a_device_code_ends_in_a_person_whose_refresh_token_serves_other_audiences() {
    let id_token = format!(
        "x.{}.x",
        URL_SAFE_NO_PAD.encode(r#"{"tid":"T","oid":"O","preferred_username":"a@b"}"#)
    );
    let code = json!({"device_code": "D", "user_code": "U", "verification_uri": "https://v", "interval": 5});
    let pending = json!({"error": "authorization_pending", "error_codes": [70016]});
    let done =
        json!({"access_token": "g", "expires_in": "3599", "refresh_token": "r1", "id_token": id_token});
    let next = json!({"access_token": "m", "expires_in": 3599, "refresh_token": "r2"});
    let network = Scripted::new([
        (200, &[][..], code.to_string()),
        (400, &[][..], pending.to_string()),
        (200, &[][..], done.to_string()),
        (200, &[][..], next.to_string()),
    ]);
    let azure = network.azure();
    let code = azure.fetch_device_code("organizations", "client").await.unwrap();
    assert!(matches!(
        azure.fetch_device_tokens(&code).await.unwrap(),
        Poll::Pending
    ));
    let Poll::Done(person) = azure.fetch_device_tokens(&code).await.unwrap() else {
        panic!("not done")
    };
    assert_eq!(
        (person.tenant_id.as_str(), person.user_principal_name.as_str()),
        ("T", "a@b")
    );
    assert_eq!(
        person
            .tokens
            .token("https://graph.microsoft.com")
            .await
            .unwrap()
            .expose_secret(),
        "g"
    );
    assert_eq!(
        person
            .tokens
            .token("https://management.azure.com")
            .await
            .unwrap()
            .expose_secret(),
        "m"
    );
    let last = network.asked().pop().unwrap();
    assert_eq!(form(&last.body)["refresh_token"], "r1");
    assert!(last.line.contains("/T/oauth2/"));
}

#[test]
fn a_source_shows_no_secret() {
    let network = Scripted::new([]);
    let source = TokenSource::for_app(
        &network.azure(),
        "tid",
        "app",
        AppCredential::Secret("hush".into()),
    );
    assert!(!format!("{source:?}").contains("hush"));
}
