//! Tokens: who gets one, who does not, and in which words.

use crate::{
    certificate::{Certificate, claims},
    client::{Reply, STORAGE, Scene, TENANT},
};
use coldkeep_sim::{Options, world::TokenRefusal};
use http::Method;
use serde_json::{Value, json};

const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
const YEAR_S: i64 = 365 * 24 * 3600;

async fn by_secret(scene: &Scene, tenant: &str, client_id: &str, secret: &str) -> Reply {
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", client_id),
        ("client_secret", secret),
        ("scope", "https://storage.azure.com/.default"),
    ];
    scene.token_request(tenant, &form).await
}

async fn by_assertion(scene: &Scene, client_id: &str, assertion: &str) -> Reply {
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", client_id),
        ("client_assertion_type", JWT_BEARER),
        ("client_assertion", assertion),
        ("scope", "https://storage.azure.com/.default"),
    ];
    scene.token_request(TENANT, &form).await
}

/// An application with the shared certificate and a service principal: its client id.
async fn app_with_certificate(scene: &Scene, credential: Value) -> String {
    let app = scene
        .graph(
            Method::POST,
            "/applications",
            json!({"displayName": "a", "keyCredentials": [credential]}),
        )
        .await;
    assert_eq!(app.status, 201, "{app:?}");
    let made = scene
        .graph(
            Method::POST,
            "/servicePrincipals",
            json!({"appId": app.body["appId"]}),
        )
        .await;
    assert_eq!(made.status, 201, "{made:?}");
    app.text("/appId")
}

#[tokio::test]
async fn a_secret_gives_a_signed_token_for_the_resource_asked() {
    let scene = Scene::start().await;
    let app = scene.world().ready_app().unwrap();
    // By the tenant's domain as well as by its id.
    for tenant in [TENANT, "northwind.example"] {
        let reply = by_secret(&scene, tenant, &app.app_id, &app.secret).await;
        assert_eq!(reply.status, 200, "{reply:?}");
        let token = reply.text("/access_token");
        let principal = scene.world().verify_token(&token, |aud| aud == STORAGE).unwrap();
        assert_eq!(principal.object_id, app.service_principal_id);
        assert_eq!(principal.app_id, Some(app.app_id.clone()));
        let wrong = scene
            .world()
            .verify_token(&token, |aud| aud == "https://management.azure.com");
        assert_eq!(wrong, Err(TokenRefusal::WrongAudience(STORAGE.to_owned())));
        let (body, signature) = token.rsplit_once('.').unwrap();
        let forged = format!("{}x.{signature}", &body[..body.len() - 1]);
        assert!(scene.world().verify_token(&forged, |_| true).is_err());
        assert!(reply.body.get("refresh_token").is_none());
    }
    scene.world().advance_clock(3600);
    let reply = by_secret(&scene, TENANT, &app.app_id, &app.secret).await;
    let token = reply.text("/access_token");
    scene.world().advance_clock(3599);
    assert_eq!(
        scene.world().verify_token(&token, |_| true),
        Err(TokenRefusal::Expired)
    );
}

#[tokio::test]
async fn refusals_carry_microsofts_codes() {
    let scene = Scene::start().await;
    let app = scene.world().ready_app().unwrap();
    let no_tenant = by_secret(&scene, "contoso.example", &app.app_id, &app.secret).await;
    assert_eq!(
        (no_tenant.status, no_tenant.aadsts()),
        (400, ("invalid_request", 90002))
    );
    for field in ["trace_id", "correlation_id", "timestamp", "error_uri"] {
        assert!(no_tenant.body[field].is_string(), "{field}");
    }
    assert!(
        no_tenant
            .text("/error_description")
            .starts_with("AADSTS90002: Tenant 'contoso.example' not found.")
    );
    let unknown = by_secret(&scene, TENANT, "00000000-0000-0000-0000-000000000001", "x").await;
    assert_eq!(
        (unknown.status, unknown.aadsts()),
        (400, ("unauthorized_client", 700_016))
    );
    let wrong = by_secret(&scene, TENANT, &app.app_id, "not it").await;
    assert_eq!(
        (wrong.status, wrong.aadsts()),
        (401, ("invalid_client", 7_000_215))
    );
    assert_eq!(
        by_secret(&scene, "common", &app.app_id, &app.secret)
            .await
            .aadsts()
            .1,
        9_001_023
    );
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", &*app.app_id),
        ("scope", "https://storage.azure.com/.default"),
    ];
    assert_eq!(scene.token_request(TENANT, &form).await.aadsts().1, 7_000_218);
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", &*app.app_id),
        ("client_secret", &*app.secret),
        ("scope", "https://nowhere.example/.default"),
    ];
    assert_eq!(
        scene.token_request(TENANT, &form).await.aadsts(),
        ("invalid_resource", 500_011)
    );
    scene.world().advance_clock(3 * YEAR_S);
    assert_eq!(
        by_secret(&scene, TENANT, &app.app_id, &app.secret)
            .await
            .aadsts()
            .1,
        7_000_222
    );
    let discovery = scene
        .login("/contoso.example/v2.0/.well-known/openid-configuration")
        .await;
    assert_eq!(discovery.aadsts(), ("invalid_tenant", 90002));
}

#[tokio::test]
async fn discovery_names_the_endpoints() {
    let scene = Scene::start().await;
    let found = scene
        .login("/northwind.example/v2.0/.well-known/openid-configuration")
        .await;
    let login = scene.sim.endpoints().login;
    assert_eq!(found.text("/issuer"), format!("{login}/{TENANT}/v2.0"));
    assert_eq!(
        found.text("/token_endpoint"),
        format!("{login}/{TENANT}/oauth2/v2.0/token")
    );
    let keys = scene
        .login(found.text("/jwks_uri").strip_prefix(&login).unwrap())
        .await;
    assert_eq!(keys.text("/keys/0/kty"), "RSA");
    let host = login.strip_prefix("http://").unwrap();
    let path = "/common/discovery/instance?api-version=1.1&authorization_endpoint=";
    let known = scene
        .login(&format!(
            "{path}https%3A%2F%2F{host}%2F{TENANT}%2Foauth2%2Fv2.0%2Fauthorize"
        ))
        .await;
    assert_eq!(known.status, 200);
    assert!(known.text("/tenant_discovery_endpoint").contains(TENANT));
    let unknown = scene
        .login(&format!("{path}https%3A%2F%2Fevil.example%2Fcommon"))
        .await;
    assert_eq!(unknown.text("/error"), "invalid_instance");
    assert_eq!(
        scene
            .login(&format!("/{TENANT}/oauth2/v2.0/token"))
            .await
            .aadsts(),
        ("invalid_request", 900_561)
    );

    // At Microsoft's name, in whatever letters, all names of the authority are told.
    let asked = format!("{login}{path}https%3A%2F%2Flogin.windows.net%2Fcommon%2Foauth2%2Fv2.0%2Fauthorize");
    let ask = http::Request::get(asked)
        .header("host", "Login.MicrosoftOnline.com")
        .body(http_body_util::Full::default())
        .unwrap();
    let public = scene.send(ask).await.unwrap();
    assert_eq!(
        public.body["metadata"][0]["aliases"],
        json!([
            "login.microsoftonline.com",
            "login.windows.net",
            "login.microsoft.com",
            "sts.windows.net"
        ])
    );
}

#[tokio::test]
async fn assertions_are_really_checked() {
    let scene = Scene::start().await;
    let certificate = Certificate::shared();
    let id = app_with_certificate(&scene, certificate.credential()).await;
    let say = |change: Value| claims(scene.world(), TENANT, &id, &change);
    let now_s = scene.world().now().as_second();

    let good = certificate.sign(&say(json!({})));
    assert_eq!(by_assertion(&scene, &id, &good).await.status, 200);
    assert_eq!(
        by_assertion(&scene, &id, &good).await.aadsts().1,
        50013,
        "the same one again"
    );
    let older = certificate.sign_older(&say(json!({"exp": now_s as f64 + 300.5})));
    assert_eq!(by_assertion(&scene, &id, &older).await.status, 200);

    let refused = [
        (say(json!({"aud": "https://elsewhere.example/token"})), 700_023),
        (say(json!({"iss": "someone"})), 700_021),
        (say(json!({"nbf": now_s - 7200, "exp": now_s - 3600})), 700_024),
        (say(json!({"nbf": now_s + 3600, "exp": now_s + 7200})), 700_024),
    ];
    for (claims, code) in refused {
        let reply = by_assertion(&scene, &id, &certificate.sign(&claims)).await;
        assert_eq!((reply.status, reply.aadsts()), (401, ("invalid_client", code)));
    }
    let (body, _) = good.rsplit_once('.').unwrap();
    let (_, other) = older.rsplit_once('.').unwrap();
    assert_eq!(
        by_assertion(&scene, &id, &format!("{body}.{other}"))
            .await
            .aadsts()
            .1,
        700_027
    );
    assert_eq!(by_assertion(&scene, &id, "not a token").await.aadsts().1, 50027);
    let stranger = Certificate::make(2040).sign(&say(json!({})));
    let reply = by_assertion(&scene, &id, &stranger).await;
    assert_eq!(reply.aadsts().1, 700_027);
    assert!(
        reply
            .text("/error_description")
            .contains("The key was not found.")
    );
}

#[tokio::test]
async fn an_expired_certificate_gives_no_token() {
    let scene = Scene::start().await;
    let certificate = Certificate::shared();
    let mut credential = certificate.credential();
    let end = scene
        .world()
        .now()
        .checked_add(jiff::SignedDuration::from_hours(48))
        .unwrap();
    credential["endDateTime"] = json!(end.strftime("%Y-%m-%dT%H:%M:%SZ").to_string());
    let id = app_with_certificate(&scene, credential).await;
    let sign = || certificate.sign(&claims(scene.world(), TENANT, &id, &json!({})));
    assert_eq!(by_assertion(&scene, &id, &sign()).await.status, 200);
    scene.world().advance_clock(3 * 24 * 3600);
    assert_eq!(by_assertion(&scene, &id, &sign()).await.aadsts().1, 1_000_502);
}

#[tokio::test]
async fn new_identities_are_seen_after_the_replication_lag() {
    let scene = Scene::with(Options {
        replication_lag_s: 60,
        ..Options::default()
    })
    .await;
    let app = scene
        .graph(Method::POST, "/applications", json!({"displayName": "slow"}))
        .await;
    let id = app.text("/appId");
    let early = scene
        .graph(Method::POST, "/servicePrincipals", json!({"appId": id}))
        .await;
    assert_eq!(early.refusal(), (400, "Request_BadRequest"));
    assert_eq!(by_secret(&scene, TENANT, &id, "x").await.aadsts().1, 700_016);
    scene.world().advance_clock(60);
    let later = scene
        .graph(Method::POST, "/servicePrincipals", json!({"appId": id}))
        .await;
    assert_eq!(later.status, 201);
    let path = format!("/applications/{}/addPassword", app.text("/id"));
    let secret = scene
        .graph(Method::POST, &path, Value::Null)
        .await
        .text("/secretText");
    assert_eq!(
        by_secret(&scene, TENANT, &id, &secret).await.aadsts().1,
        7_000_215
    );
    scene.world().advance_clock(60);
    assert_eq!(by_secret(&scene, TENANT, &id, &secret).await.status, 200);
}
