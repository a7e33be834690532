//! What leaves for Entra and what comes of its answers.

use super::*;
use crate::{Poll, scripted::Scripted};
use coldkeep_core::Problem;
use coldkeep_core::{Code, problem::Field};

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
        (error.problem_code(), error.code()),
        (Code::TenantNotFound, Some("AADSTS90002"))
    );
    assert_eq!(
        error.problem("No token for the application").to_string(),
        "No token for the application. Microsoft Entra ID answered 400 AADSTS90002 (request id t): Tenant 'x' not \
         found. Check to make sure you have the correct tenant ID (correlation id c). Check the tenant id, and that \
         `cloud` names the cloud that the tenant is in."
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
        json!({"access_token": "m", "expires_in": "3599", "refresh_token": "r1", "id_token": id_token});
    let next = json!({"access_token": "g", "expires_in": 3599, "refresh_token": "r2"});
    let network = Scripted::new([
        (200, &[][..], code.to_string()),
        (400, &[][..], pending.to_string()),
        (200, &[][..], done.to_string()),
        (200, &[][..], next.to_string()),
    ]);
    let azure = network.azure();
    let code = azure
        .fetch_device_code("organizations", "client", None)
        .await
        .unwrap();
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
    let asked = network.asked();
    let scope = &form(&asked[0].body)["scope"];
    assert!(
        scope.starts_with("https://management.azure.com/.default offline_access"),
        "its policies ask for a second factor: {scope}"
    );
    let last = &asked[asked.len() - 1];
    assert_eq!(form(&last.body)["refresh_token"], "r1");
    assert!(last.line.contains("/T/oauth2/"));
}

/// A signed-in user, over a network with these further answers.
fn person_over(
    answers: impl IntoIterator<Item = (u16, &'static [(&'static str, &'static str)], String)>,
) -> (Arc<Scripted>, Azure, TokenSource) {
    let network = Scripted::new(answers);
    let azure = network.azure();
    let source = TokenSource::for_person(&azure, "T", "client", "r0".into());
    (network, azure, source)
}

const MANAGEMENT: &str = "https://management.azure.com";
const CHALLENGE: (&str, &str) = (
    "www-authenticate",
    "Bearer realm=\"\", error=\"insufficient_claims\", \
     claims=\"eyJhY2Nlc3NfdG9rZW4iOnsiYWNycyI6eyJlc3NlbnRpYWwiOnRydWUsInZhbHVlcyI6WyJwMSJdfX19\"",
);
const ASKED: &str = r#"{"access_token":{"acrs":{"essential":true,"values":["p1"]}}}"#;

#[tokio::test]
async fn a_challenge_is_answered_by_the_session_where_it_has_what_is_asked_for() {
    let (network, azure, source) = person_over([
        (200, &[][..], granted("weak")),
        (401, &[CHALLENGE][..], String::new()),
        (200, &[][..], granted("strong")),
        (204, &[][..], String::new()),
    ]);
    let arm = crate::arm::Arm::new(&azure, source.clone());
    let subscription = coldkeep_core::resource::ResourceId("/subscriptions/s".into());
    arm.probe_write(&subscription).await.unwrap();
    let asked = network.asked();
    assert_eq!(form(&asked[2].body)["claims"], ASKED);
    assert_eq!(asked[3].headers["authorization"], "Bearer strong");
    assert_eq!(source.demanded(MANAGEMENT).as_deref(), Some(ASKED));
}

#[tokio::test]
async fn a_challenge_that_the_session_cannot_answer_says_what_a_new_sign_in_must_ask_for() {
    let more = r#"{"access_token":{"capolids":{"essential":true,"values":["c"]}}}"#;
    let refused = json!({"error": "invalid_grant", "error_codes": [50076], "claims": more,
        "error_description": "AADSTS50076: You must use multi-factor authentication."});
    let (_, azure, source) = person_over([
        (200, &[][..], granted("weak")),
        (401, &[CHALLENGE][..], String::new()),
        (400, &[][..], refused.to_string()),
    ]);
    let arm = crate::arm::Arm::new(&azure, source);
    let subscription = coldkeep_core::resource::ResourceId("/subscriptions/s".into());
    let error = arm.probe_write(&subscription).await.unwrap_err();
    let problem = error.problem("Nothing was made");
    assert_eq!(problem.code, Code::ClaimsNeeded);
    assert!(problem.names(Field::SignIn), "{problem}");
    let challenge = problem.challenge.unwrap();
    assert_eq!(challenge.audience, MANAGEMENT);
    let claims: serde_json::Value = serde_json::from_str(&challenge.claims.unwrap()).unwrap();
    assert_eq!(claims["access_token"]["acrs"]["values"][0], "p1");
    assert_eq!(claims["access_token"]["capolids"]["values"][0], "c");
}

#[tokio::test]
async fn the_same_in_the_words_for_clients_without_challenges_is_understood() {
    let words = json!({"error": {"code": "RequestDisallowedByPolicy",
        "message": "Resource was disallowed by policy. Reasons: 'MFA is required'."}});
    let refused = json!({"error": "interaction_required", "error_codes": [50158], "error_description": "x"});
    let (_, azure, source) = person_over([
        (200, &[][..], granted("weak")),
        (403, &[][..], words.to_string()),
        (400, &[][..], refused.to_string()),
    ]);
    let arm = crate::arm::Arm::new(&azure, source);
    let subscription = coldkeep_core::resource::ResourceId("/subscriptions/s".into());
    let error = arm.probe_write(&subscription).await.unwrap_err();
    let challenge = error.problem("x").challenge.unwrap();
    assert_eq!(challenge.claims.as_deref(), Some(ASKED));
}

#[tokio::test]
async fn an_application_is_asked_for_no_second_factor() {
    let blocked = json!({"error": "invalid_grant", "error_codes": [53003], "claims": ASKED,
        "error_description": "AADSTS53003: Access has been blocked by Conditional Access policies."});
    let network = Scripted::new([(400, &[][..], blocked.to_string())]);
    let source = TokenSource::for_app(&network.azure(), "t", "a", AppCredential::Secret("s".into()));
    let error = source.token("https://x").await.unwrap_err();
    let problem = error.problem("No token for the application");
    assert_eq!(
        (problem.code, problem.challenge),
        (Code::ApplicationSignInBlocked, None)
    );

    let (_, _, person) = person_over([(400, &[][..], blocked.to_string())]);
    let problem = person.token("https://x").await.unwrap_err().problem("x");
    assert!(
        problem.challenge.is_none(),
        "what blocks is not mended by signing in again in the same way"
    );
    assert_eq!(problem.code, Code::ConditionalAccessBlocks);
    assert!(problem.names(Field::SignIn), "{problem}");
}

#[tokio::test]
async fn a_challenge_names_what_the_cloud_names() {
    let network = Scripted::new([]);
    for (audience, claims) in [
        ("https://evil.example", Some(ASKED)),
        (MANAGEMENT, Some("no claims")),
        (MANAGEMENT, Some("[]")),
    ] {
        let challenge = coldkeep_core::Challenge {
            audience: audience.into(),
            claims: claims.map(str::to_owned),
        };
        let error = network
            .azure()
            .fetch_device_code("organizations", "client", Some(&challenge))
            .await
            .unwrap_err();
        assert_eq!(
            error.problem_code(),
            Code::SignInAnswerInvalid,
            "{audience} {claims:?}"
        );
    }
    assert_eq!(network.asked().len(), 0);
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
