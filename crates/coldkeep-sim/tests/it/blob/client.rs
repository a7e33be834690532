//! A running simulator and the smallest client that can talk to its Blob service.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use coldkeep_core::{Clock as _, SystemClock};
use coldkeep_sim::world::conditions::Condition;
use coldkeep_sim::{Options, Sim, World};
use hmac::{Hmac, KeyInit as _, Mac as _};
use http::{HeaderMap, Request, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper_util::client::legacy::{Client, connect::HttpConnector};
use hyper_util::rt::TokioExecutor;
use sha2::Sha256;

pub const SOURCE: &str = "northsource";
pub const TARGET: &str = "northtarget";
/// The version of requests whose own does not matter.
pub const VERSION: &str = "2025-11-05";
pub const STORAGE: &str = "https://storage.azure.com";
/// What the actions of Blob Storage begin with.
pub const ACTIONS: &str = "Microsoft.Storage/storageAccounts/blobServices/";

/// A simulator with containers `data` in both accounts.
pub struct Lab {
    pub sim: Sim,
    client: Client<HttpConnector, Full<Bytes>>,
}

/// A request being put together: `Ask::put("/account/container/blob")`.
#[derive(Clone)]
pub struct Ask {
    method: &'static str,
    path: String,
    headers: Vec<(String, String)>,
    body: Bytes,
}

impl Ask {
    pub fn new(method: &'static str, path: impl Into<String>) -> Self {
        Self {
            method,
            path: path.into(),
            headers: Vec::new(),
            body: Bytes::new(),
        }
    }

    pub fn get(path: impl Into<String>) -> Self {
        Self::new("GET", path)
    }

    pub fn head(path: impl Into<String>) -> Self {
        Self::new("HEAD", path)
    }

    pub fn put(path: impl Into<String>) -> Self {
        Self::new("PUT", path)
    }

    pub fn delete(path: impl Into<String>) -> Self {
        Self::new("DELETE", path)
    }

    /// Put Blob of a block blob.
    pub fn blob(path: impl Into<String>, body: impl Into<Bytes>) -> Self {
        Self::put(path).header("x-ms-blob-type", "BlockBlob").body(body)
    }

    pub fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    pub fn body(mut self, body: impl Into<Bytes>) -> Self {
        self.body = body.into();
        self
    }

    /// The request as text, as a batch carries it.
    pub fn as_text(&self) -> String {
        let headers: String = self
            .headers
            .iter()
            .map(|(name, value)| format!("{name}: {value}\r\n"))
            .collect();
        format!("{} {} HTTP/1.1\r\n{headers}", self.method, self.path)
    }

    /// Adds parameters to a path that has some already.
    pub fn query(mut self, more: &str) -> Self {
        self.path = format!("{}&{more}", self.path);
        self
    }

    /// Tokens are not for requests that name no version.
    pub fn token(self, token: &str) -> Self {
        let named = self.headers.iter().any(|(name, _)| name == "x-ms-version");
        let ask = if named {
            self
        } else {
            self.header("x-ms-version", VERSION)
        };
        ask.header("authorization", format!("Bearer {token}"))
    }

    /// Signs with an account's key, as <https://learn.microsoft.com/rest/api/storageservices/authorize-with-shared-key>
    /// says; written apart from the simulator's own reading of it.
    pub fn key(self, account: &str, key: &str) -> Self {
        let date = http_date(SystemClock.now());
        self.header("x-ms-date", date).signed(account, key)
    }

    /// The same, with whatever date the request has.
    pub fn signed(self, account: &str, key: &str) -> Self {
        let ask = self;
        let value = |name: &str| {
            ask.headers
                .iter()
                .find(|(key, _)| key == name)
                .map(|(_, value)| value.clone())
                .unwrap_or_default()
        };
        let length = if ask.body.is_empty() {
            String::new()
        } else {
            ask.body.len().to_string()
        };
        let mut ms: Vec<_> = ask
            .headers
            .iter()
            .filter(|(name, _)| name.starts_with("x-ms-"))
            .collect();
        ms.sort();
        let ms: String = ms
            .iter()
            .map(|(name, value)| format!("{name}:{value}\n"))
            .collect();
        let (path, query) = ask.path.split_once('?').unwrap_or((&ask.path, ""));
        let mut parameters: Vec<_> = query.split('&').filter(|pair| !pair.is_empty()).collect();
        parameters.sort_unstable();
        let parameters: String = parameters
            .iter()
            .map(|pair| {
                let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
                let value = percent_encoding::percent_decode_str(value).decode_utf8().unwrap();
                format!("\n{}:{value}", name.to_lowercase())
            })
            .collect();
        let text = format!(
            "{}\n{}\n{}\n{length}\n{}\n{}\n{}\n{}\n{}\n{}\n{}\n{}\n{ms}/{account}{path}{parameters}",
            ask.method,
            value("content-encoding"),
            value("content-language"),
            value("content-md5"),
            value("content-type"),
            if value("x-ms-date").is_empty() {
                value("date")
            } else {
                String::new()
            },
            value("if-modified-since"),
            value("if-match"),
            value("if-none-match"),
            value("if-unmodified-since"),
            value("range"),
        );
        ask.header(
            "authorization",
            format!("SharedKey {account}:{}", sign(key, &text)),
        )
    }
}

/// A moment as HTTP writes it.
pub fn http_date(at: jiff::Timestamp) -> String {
    jiff::fmt::rfc2822::DateTimePrinter::new()
        .timestamp_to_rfc9110_string(&at)
        .unwrap()
}

/// HMAC-SHA256 under a Base64 key, in Base64.
pub fn sign(key: &str, text: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(&BASE64_STANDARD.decode(key).unwrap()).unwrap();
    mac.update(text.as_bytes());
    BASE64_STANDARD.encode(mac.finalize().into_bytes())
}

/// An answer.
#[derive(Debug)]
pub struct Told {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Told {
    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map(|value| value.to_str().unwrap())
            .unwrap_or_default()
    }

    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    /// Status and error code.
    pub fn outcome(&self) -> (u16, &str) {
        (self.status.as_u16(), self.header("x-ms-error-code"))
    }

    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(
            self.status.as_u16(),
            status,
            "{:?}\n{}",
            self.headers,
            String::from_utf8_lossy(&self.body)
        );
        self
    }

    #[track_caller]
    pub fn expect_error(self, status: u16, code: &str) -> Self {
        assert_eq!(
            self.outcome(),
            (status, code),
            "{}",
            String::from_utf8_lossy(&self.body)
        );
        self
    }

    /// The texts of all elements of a name, in order, as they stand in the document.
    pub fn elements(&self, name: &str) -> Vec<&str> {
        let (open, close) = (format!("<{name}>"), format!("</{name}>"));
        self.text()
            .split(&open)
            .skip(1)
            .filter_map(|rest| rest.split_once(&close))
            .map(|(text, _)| text)
            .collect()
    }
}

impl Lab {
    pub async fn start() -> Self {
        Self::start_with(Options::default()).await
    }

    pub async fn start_with(options: Options) -> Self {
        let lab = Self::of(Sim::start(options).await.unwrap());
        let now = lab.world().now();
        for account in [SOURCE, TARGET] {
            assert!(lab.world().blobs.create_container(account, "data", now));
            lab.world().set_versioning(account, false).unwrap();
        }
        lab
    }

    /// A client for a simulator as it is.
    pub fn of(sim: Sim) -> Self {
        Self {
            sim,
            client: client(),
        }
    }

    pub fn world(&self) -> &World {
        self.sim.world()
    }

    /// `http://127.0.0.1:PORT`
    pub fn base(&self) -> String {
        self.world().endpoints().blob.replace("/{account}", "")
    }

    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base())
    }

    /// Sends a request as it is.
    pub async fn send(&self, ask: Ask) -> Told {
        send(&self.client, &self.base(), ask).await
    }

    /// Posts to the control API.
    pub async fn control(&self, path: &str, body: &serde_json::Value) -> Told {
        let ask = Ask::new("POST", path).body(body.to_string());
        send(&self.client, &self.sim.endpoints().control, ask).await
    }

    /// Sends a request signed with the key of the account it goes to.
    pub async fn owner(&self, ask: Ask) -> Told {
        let account = ask.path.split(['/', '?']).nth(1).unwrap().to_owned();
        let key = self.world().account_key(&account).unwrap();
        self.send(ask.key(&account, &key)).await
    }

    /// The token of a new application holding `role` at each of the scopes.
    pub fn token(&self, role: &str, scopes: &[&str]) -> String {
        let world = self.world();
        let tenant = world.storage_account(SOURCE).unwrap().tenant_id.clone();
        let app = world.register_app(&tenant, "test").unwrap();
        for scope in scopes {
            world.grant(&app.service_principal_id, role, scope).unwrap();
        }
        world
            .token_for(&world.principal(&app.app_id).unwrap(), STORAGE)
            .unwrap()
    }

    /// The token of a new application that holds these actions at a scope, where the condition holds if there is one. Actions
    /// are named from behind `Microsoft.Storage/storageAccounts/blobServices/`.
    pub fn token_for(&self, actions: &[&str], scope: &str, condition: Option<&str>) -> String {
        let world = self.world();
        let tenant = world.storage_account(SOURCE).unwrap().tenant_id.clone();
        let app = world.register_app(&tenant, "test").unwrap();
        let actions: Vec<_> = actions
            .iter()
            .map(|action| format!("{ACTIONS}{action}"))
            .collect();
        let actions: Vec<_> = actions.iter().map(String::as_str).collect();
        let role = world.define_role(&tenant, "of a test", &actions);
        let condition = condition.map(|text| Condition::parse(&text.replace("~/", ACTIONS)).unwrap());
        world
            .grant_where(&app.service_principal_id, &role, scope, condition)
            .unwrap();
        world
            .token_for(&world.principal(&app.app_id).unwrap(), STORAGE)
            .unwrap()
    }

    /// Resource Manager's id of container `data` of an account.
    pub fn data(&self, account: &str) -> String {
        self.world()
            .storage_account(account)
            .unwrap()
            .container_id("data")
    }
}

/// A client for [`send`].
pub fn client() -> Client<HttpConnector, Full<Bytes>> {
    Client::builder(TokioExecutor::new()).build_http()
}

/// Sends a request to a simulator in whatever process.
pub async fn send(client: &Client<HttpConnector, Full<Bytes>>, base: &str, ask: Ask) -> Told {
    let mut request = Request::builder()
        .method(ask.method)
        .uri(format!("{base}{}", ask.path));
    for (name, value) in &ask.headers {
        request = request.header(name, value);
    }
    // Which this client leaves out where there is no body.
    if ask.method == "PUT" && ask.body.is_empty() {
        request = request.header("content-length", "0");
    }
    let response = client
        .request(request.body(Full::new(ask.body)).unwrap())
        .await
        .unwrap();
    let (parts, body) = response.into_parts();
    Told {
        status: parts.status,
        headers: parts.headers,
        body: body.collect().await.unwrap().to_bytes(),
    }
}
