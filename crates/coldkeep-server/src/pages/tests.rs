//! The pages as a browser asks for them, request by request.

use super::{Site, router};
use axum::{Router, body::Body};
use coldkeep_core::{ExposeSecret, SystemClock};
use coldkeep_engine::{Config, Engine};
use http::{Request, Response, StatusCode, header};
use http_body_util::BodyExt;
use hyper::service::Service as _;
use hyper_util::service::TowerToHyperService;
use std::sync::Arc;
use tempfile::TempDir;

const ADDRESS: &str = "127.0.0.1:8417";
const PASSWORD: &str = "correct horse battery";

/// A server without a network, and the one-time link of it.
struct Server {
    router: Router,
    link: String,
    _dir: TempDir,
}

/// What a browser keeps.
#[derive(Debug, Default, Clone)]
struct Browser {
    cookies: Vec<(String, String)>,
}

struct Page {
    status: StatusCode,
    headers: http::HeaderMap,
    text: String,
}

impl Server {
    async fn start() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let engine = Engine::open(Config {
            data_dir: dir.path().to_owned(),
            database_url: None,
            master_key_file: None,
            clock: Arc::new(SystemClock),
        })
        .await
        .unwrap();
        let address = ADDRESS.parse().unwrap();
        let link = Arc::new(super::SetupLink::new().unwrap());
        let whole = link.address(address).expose_secret().to_owned();
        Self {
            link: whole
                .strip_prefix(&format!("http://{ADDRESS}"))
                .unwrap()
                .to_owned(),
            router: router(Site::new(engine, address, link)),
            _dir: dir,
        }
    }

    async fn send(&self, request: Request<Body>) -> Page {
        let service = TowerToHyperService::new(self.router.clone());
        let response: Response<Body> = service.call(request).await.unwrap();
        let (head, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        Page {
            status: head.status,
            headers: head.headers,
            text: String::from_utf8(bytes.to_vec()).unwrap(),
        }
    }

    /// With the first administrator `ann`, whose browser is answered.
    async fn with_administrator() -> (Self, Browser) {
        let server = Self::start().await;
        let mut browser = Browser::default();
        server.get(&mut browser, &server.link).await;
        let form = server.get(&mut browser, "/setup").await;
        let created = server
            .post(&mut browser, "/setup", &new_person(&form, "ann"))
            .await;
        assert_eq!(created.location(), "/", "{}", created.text);
        (server, browser)
    }

    async fn get(&self, browser: &mut Browser, path: &str) -> Page {
        let page = self
            .send(browser.request("GET", path).body(Body::empty()).unwrap())
            .await;
        browser.keep(&page);
        page
    }

    async fn post(&self, browser: &mut Browser, path: &str, form: &str) -> Page {
        let request = browser
            .request("POST", path)
            .header(header::ORIGIN, format!("http://{ADDRESS}"))
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        let page = self
            .send(request.body(Body::from(form.to_owned())).unwrap())
            .await;
        browser.keep(&page);
        page
    }

    async fn sign_in(&self, browser: &mut Browser, name: &str, password: &str) -> Page {
        let form = self.get(browser, "/sign-in").await;
        let fields = format!("form_token={}&name={name}&password={password}", form.token());
        self.post(browser, "/sign-in", &fields).await
    }
}

impl Browser {
    fn request(&self, method: &str, path: &str) -> http::request::Builder {
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::HOST, ADDRESS);
        if !self.cookies.is_empty() {
            let all: Vec<String> = self
                .cookies
                .iter()
                .map(|(name, value)| format!("{name}={value}"))
                .collect();
            request = request.header(header::COOKIE, all.join("; "));
        }
        request
    }

    fn keep(&mut self, page: &Page) {
        for set in page.headers.get_all(header::SET_COOKIE) {
            let set = set.to_str().unwrap();
            assert!(set.contains("; HttpOnly; SameSite=Lax"), "{set}");
            let (name, value) = set.split(';').next().unwrap().split_once('=').unwrap();
            self.cookies.retain(|(known, _)| known != name);
            if !value.is_empty() {
                self.cookies.push((name.to_owned(), value.to_owned()));
            }
        }
    }
}

impl Page {
    fn token(&self) -> String {
        let (_, rest) = self
            .text
            .split_once("name=\"form_token\" value=\"")
            .expect(&self.text);
        rest.split('"').next().unwrap().to_owned()
    }

    fn location(&self) -> &str {
        self.headers
            .get(header::LOCATION)
            .map_or("", |to| to.to_str().unwrap())
    }
}

fn new_person(form: &Page, name: &str) -> String {
    let password = PASSWORD.replace(' ', "+");
    format!(
        "form_token={}&name={name}&password={password}&password_again={password}",
        form.token()
    )
}

#[tokio::test]
async fn nothing_but_the_link_opens_the_set_up() {
    let server = Server::start().await;
    let mut stranger = Browser::default();
    for path in ["/", "/jobs", "/service-accounts", "/sign-in"] {
        let page = server.get(&mut stranger, path).await;
        assert_eq!(page.status, StatusCode::SEE_OTHER, "{path}");
    }
    let closed = server.get(&mut stranger, "/setup").await;
    assert!(!closed.text.contains("<form"), "{}", closed.text);
    let wrong = format!("/setup?key={}", "0".repeat(64));
    server.get(&mut stranger, &wrong).await;
    assert!(!server.get(&mut stranger, "/setup").await.text.contains("<form"));
    let forged = "form_token=x&name=eve&password=correct+horse+battery&password_again=correct+horse+battery";
    let refused = server.post(&mut stranger, "/setup", forged).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN, "{}", refused.text);
    assert!(refused.text.contains("setup_link_invalid"));
}

#[tokio::test]
async fn opening_the_link_spends_nothing_and_leaves_no_secret_in_an_address() {
    let server = Server::start().await;
    for method in ["HEAD", "GET", "GET"] {
        let request = Browser::default().request(method, &server.link);
        let page = server.send(request.body(Body::empty()).unwrap()).await;
        assert_eq!((page.status, page.location()), (StatusCode::SEE_OTHER, "/setup"));
    }
    let mut browser = Browser::default();
    server.get(&mut browser, &server.link).await;
    let form = server.get(&mut browser, "/setup").await;
    let key = server.link.split_once('=').unwrap().1;
    assert!(form.text.contains("<form") && !form.text.contains(key));

    // Wrong forms spend nothing either.
    let token = form.token();
    for (fields, status) in [
        (
            format!("form_token={token}&name=ann&password=short&password_again=short"),
            422,
        ),
        (
            format!("form_token={token}&name=ann&password=correct+horse&password_again=another+horse"),
            422,
        ),
        (
            format!("form_token={token}&name=+&password=correct+horse&password_again=correct+horse"),
            422,
        ),
        (
            "form_token=x&name=ann&password=correct+horse&password_again=correct+horse".into(),
            400,
        ),
        (format!("{}&role=administrator", new_person(&form, "ann")), 400),
        (format!("{}&name=eve", new_person(&form, "ann")), 400),
    ] {
        let refused = server.post(&mut browser, "/setup", &fields).await;
        assert_eq!(refused.status.as_u16(), status, "{fields}: {}", refused.text);
    }
    let created = server
        .post(&mut browser, "/setup", &new_person(&form, "ann"))
        .await;
    assert_eq!((created.status, created.location()), (StatusCode::SEE_OTHER, "/"));
    let overview = server.get(&mut browser, "/").await;
    assert!(overview.text.contains("<strong>ann</strong>") && overview.text.contains("administrator"));

    // The link is used up, for this browser and for any other.
    let mut late = Browser::default();
    server.get(&mut late, &server.link).await;
    assert!(!server.get(&mut late, "/setup").await.text.contains("<form"));
    let again = server.post(&mut late, "/setup", "form_token=x").await;
    assert_eq!(again.status, StatusCode::BAD_REQUEST);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_twenty_who_use_the_link_at_once_one_becomes_the_administrator() {
    let server = Arc::new(Server::start().await);
    let mut tries = tokio::task::JoinSet::new();
    for n in 0..20 {
        let server = server.clone();
        tries.spawn(async move {
            let mut browser = Browser::default();
            server.get(&mut browser, &server.link).await;
            let form = server.get(&mut browser, "/setup").await;
            server
                .post(&mut browser, "/setup", &new_person(&form, &format!("p{n}")))
                .await
                .status
        });
    }
    let statuses = tries.join_all().await;
    let created = statuses
        .iter()
        .filter(|status| **status == StatusCode::SEE_OTHER)
        .count();
    assert_eq!(created, 1, "{statuses:?}");
}

#[tokio::test]
async fn a_person_signs_in_and_out() {
    let (server, mut first) = Server::with_administrator().await;
    let mut browser = Browser::default();
    assert_eq!(server.get(&mut browser, "/runs").await.location(), "/sign-in");
    let mut before = None;
    for (name, password) in [
        ("ann", "wrong+horse+battery"),
        ("bob", "wrong+horse+battery"),
        ("eve", ""),
    ] {
        let refused = server.sign_in(&mut browser, name, password).await;
        assert_eq!(refused.status, StatusCode::UNAUTHORIZED);
        // Nothing tells a known name from an unknown one.
        let text = refused
            .text
            .replace(&refused.token(), "")
            .replace(&format!("value=\"{name}\""), "");
        assert_eq!(*before.get_or_insert(text.clone()), text);
    }
    let done = server
        .sign_in(&mut browser, "ANN", &PASSWORD.replace(' ', "+"))
        .await;
    assert_eq!((done.status, done.location()), (StatusCode::SEE_OTHER, "/"));
    for path in [
        "/",
        "/jobs",
        "/runs",
        "/repositories",
        "/service-accounts",
        "/certificates",
    ] {
        let page = server.get(&mut browser, path).await;
        assert_eq!(page.status, StatusCode::OK, "{path}: {}", page.text);
        assert_eq!(page.headers[header::CACHE_CONTROL], "no-store");
    }

    // A form of another session signs nobody out, and no link does.
    let overview = server.get(&mut browser, "/").await;
    let of_first = server.get(&mut first, "/").await.token();
    let refused = server
        .post(&mut browser, "/sign-out", &format!("form_token={of_first}"))
        .await;
    assert_eq!(refused.status, StatusCode::BAD_REQUEST);
    assert_eq!(
        server.get(&mut browser, "/sign-out").await.status,
        StatusCode::NOT_FOUND
    );
    let old = browser.clone();
    let out = server
        .post(
            &mut browser,
            "/sign-out",
            &format!("form_token={}", overview.token()),
        )
        .await;
    assert_eq!(out.location(), "/sign-in");
    for mut gone in [browser, old] {
        assert_eq!(server.get(&mut gone, "/").await.location(), "/sign-in");
    }
    assert_eq!(
        server.get(&mut first, "/").await.status,
        StatusCode::OK,
        "another browser stays"
    );
}

#[tokio::test]
async fn wrong_passwords_make_the_next_try_wait() {
    let (server, _) = Server::with_administrator().await;
    let mut browser = Browser::default();
    for _ in 0..5 {
        let refused = server.sign_in(&mut browser, "ann", "wrong+horse+battery").await;
        assert_eq!(refused.status, StatusCode::UNAUTHORIZED);
    }
    let waits = server
        .sign_in(&mut browser, "ann", &PASSWORD.replace(' ', "+"))
        .await;
    assert_eq!(waits.status, StatusCode::TOO_MANY_REQUESTS);
}

#[tokio::test]
async fn requests_from_elsewhere_reach_no_page() {
    let (server, mut browser) = Server::with_administrator().await;
    let token = server.get(&mut browser, "/").await.token();
    let own = format!("http://{ADDRESS}");
    let post = |origin: Option<&str>, site: Option<&str>| {
        let mut request = browser
            .request("POST", "/sign-out")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        if let Some(origin) = origin {
            request = request.header(header::ORIGIN, origin);
        }
        if let Some(site) = site {
            request = request.header("sec-fetch-site", site);
        }
        request.body(Body::from(format!("form_token={token}"))).unwrap()
    };
    for (origin, site) in [
        (None, None),
        (Some("null"), None),
        (Some("http://127.0.0.1:9999"), Some("same-site")),
        (Some("http://localhost:8417"), None),
        (Some("https://evil.example"), Some("cross-site")),
        (Some(own.as_str()), Some("cross-site")),
    ] {
        let refused = server.send(post(origin, site)).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{origin:?} {site:?}");
    }
    for host in ["evil.example:8417", "127.0.0.1", "127.0.0.1:8418"] {
        let request = Request::builder()
            .uri("/")
            .header(header::HOST, host)
            .header("x-forwarded-host", "evil");
        let refused = server.send(request.body(Body::empty()).unwrap()).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{host}");
        assert!(!refused.text.contains("evil"), "{}", refused.text);
    }
    let twice = Request::builder()
        .uri("/")
        .header(header::HOST, ADDRESS)
        .header(header::HOST, "evil");
    assert_eq!(
        server.send(twice.body(Body::empty()).unwrap()).await.status,
        StatusCode::FORBIDDEN
    );
    let absolute = Request::builder()
        .uri("http://evil/")
        .header(header::HOST, ADDRESS);
    assert_eq!(
        server.send(absolute.body(Body::empty()).unwrap()).await.status,
        StatusCode::FORBIDDEN
    );
    // Another name of this machine leads to the one address.
    for host in ["localhost:8417", "[::1]:8417"] {
        let request = Request::builder().uri("/jobs?x=1").header(header::HOST, host);
        let moved = server.send(request.body(Body::empty()).unwrap()).await;
        assert_eq!(moved.location(), format!("{own}/jobs?x=1"));
        assert!(!moved.headers.contains_key(header::SET_COOKIE));
    }
    let out = server.send(post(Some(&own), Some("same-origin"))).await;
    assert_eq!(out.location(), "/sign-in", "{}", out.text);
}

#[tokio::test]
async fn every_answer_has_the_headers_that_protect_it() {
    let (server, mut browser) = Server::with_administrator().await;
    let overview = server.get(&mut browser, "/").await;
    let style = overview
        .text
        .split("href=\"")
        .find(|part| part.starts_with("/assets/"))
        .unwrap();
    let style = style.split('"').next().unwrap();
    for (path, status) in [
        ("/", 200),
        ("/sign-in", 303),
        ("/nowhere", 404),
        (style, 200),
        ("/assets/old/app.css", 404),
    ] {
        let page = server.get(&mut browser, path).await;
        assert_eq!(page.status.as_u16(), status, "{path}");
        let policy = page.headers[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
        assert!(
            policy.contains("default-src 'none'") && !policy.contains("unsafe"),
            "{policy}"
        );
        assert_eq!(page.headers[header::REFERRER_POLICY], "same-origin");
        assert_eq!(page.headers[header::X_CONTENT_TYPE_OPTIONS], "nosniff");
        let cached = page.headers[header::CACHE_CONTROL].to_str().unwrap();
        assert_eq!(cached == "no-store", path != style, "{path}: {cached}");
    }
    // What a person is shown is text, never markup.
    let odd = server.get(&mut browser, "/jobs/%3Cimg%20src=x%3E").await;
    assert_eq!(odd.status, StatusCode::NOT_FOUND);
    assert!(!odd.text.contains("<img"), "{}", odd.text);
}

#[tokio::test]
async fn a_body_that_is_no_form_is_refused() {
    let (server, mut browser) = Server::with_administrator().await;
    let long = format!("form_token={}", "x".repeat(10_000));
    for body in [long.as_str(), "form_token=%ff", "form_token=a&form_token=b"] {
        let refused = server.post(&mut browser, "/sign-out", body).await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{body:.40}");
    }
    let json = browser
        .request("POST", "/sign-out")
        .header(header::ORIGIN, format!("http://{ADDRESS}"))
        .header(header::CONTENT_TYPE, "application/json")
        .body(Body::from("{}"))
        .unwrap();
    assert_eq!(server.send(json).await.status, StatusCode::BAD_REQUEST);
}
