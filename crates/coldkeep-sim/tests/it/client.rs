//! A running simulator and a small client for its services that speak JSON.

use bytes::Bytes;
use coldkeep_sim::{Options, Sim, World};
use http::{HeaderMap, Method, Request};
use http_body_util::{BodyExt as _, Full};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use serde_json::Value;
use std::sync::Arc;

pub const TENANT: &str = "72f0c5f1-6d0a-4b7e-9c57-2f1e8d3a4b10";
pub const SUBSCRIPTION: &str = "a1d0b7c2-53a7-4a53-8f39-1c1e6a5b9d01";
pub const ADMIN: &str = "admin@northwind.example";
pub const STORAGE: &str = "https://storage.azure.com";

/// A simulator, and what talks to it.
pub struct Scene {
    pub sim: Sim,
    client: Client<HttpConnector, Full<Bytes>>,
}

/// A reply in JSON; an empty body is `null`.
#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Value,
}

impl Reply {
    /// Status and the error code of Graph and Resource Manager.
    pub fn refusal(&self) -> (u16, &str) {
        (
            self.status,
            self.body["error"]["code"].as_str().unwrap_or_default(),
        )
    }

    /// OAuth error and AADSTS number.
    pub fn aadsts(&self) -> (&str, i64) {
        (
            self.body["error"].as_str().unwrap_or_default(),
            self.body["error_codes"][0].as_i64().unwrap_or_default(),
        )
    }

    pub fn text(&self, pointer: &str) -> String {
        let found = self.body.pointer(pointer).and_then(Value::as_str);
        found
            .unwrap_or_else(|| panic!("{pointer} in {self:?}"))
            .to_owned()
    }
}

impl Scene {
    pub async fn start() -> Self {
        Self::with(Options::default()).await
    }

    pub async fn with(options: Options) -> Self {
        let sim = Sim::start(options).await.unwrap();
        Self {
            sim,
            client: Client::builder(TokioExecutor::new()).build_http(),
        }
    }

    pub fn world(&self) -> &Arc<World> {
        self.sim.world()
    }

    pub async fn send(
        &self,
        request: Request<Full<Bytes>>,
    ) -> Result<Reply, hyper_util::client::legacy::Error> {
        let (parts, body) = self.client.request(request).await?.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        let body = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
        Ok(Reply {
            status: parts.status.as_u16(),
            headers: parts.headers,
            body,
        })
    }

    async fn call(&self, method: Method, url: String, token: Option<&str>, body: Value) -> Reply {
        let mut request = Request::builder().method(method).uri(url);
        if let Some(token) = token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        if body["prefer"].is_string() {
            request = request.header("prefer", "create-if-missing");
        }
        let bytes = match &body {
            Value::Null => String::new(),
            Value::Object(map) if map.contains_key("prefer") => body["body"].to_string(),
            _ => body.to_string(),
        };
        self.send(request.body(Full::new(bytes.into())).unwrap())
            .await
            .unwrap()
    }

    /// Asks for a token.
    pub async fn token_request(&self, tenant: &str, form: &[(&str, &str)]) -> Reply {
        self.form(&format!("/{tenant}/oauth2/v2.0/token"), form).await
    }

    /// Posts a form to the sign-in host.
    pub async fn form(&self, path: &str, form: &[(&str, &str)]) -> Reply {
        let body = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(form)
            .finish();
        let request = Request::post(format!("{}{path}", self.sim.endpoints().login))
            .header("content-type", "application/x-www-form-urlencoded")
            .body(Full::new(body.into()))
            .unwrap();
        self.send(request).await.unwrap()
    }

    pub async fn login(&self, path: &str) -> Reply {
        self.call(
            Method::GET,
            format!("{}{path}", self.sim.endpoints().login),
            None,
            Value::Null,
        )
        .await
    }

    /// Calls Graph as the administrator. A body `{"prefer": "", "body": …}` asks to create what is missing.
    pub async fn graph(&self, method: Method, path: &str, body: Value) -> Reply {
        let token = self.person_token(&self.sim.endpoints().graph);
        self.graph_as(&token, method, path, body).await
    }

    pub async fn graph_as(&self, token: &str, method: Method, path: &str, body: Value) -> Reply {
        self.call(
            method,
            format!("{}/v1.0{path}", self.sim.endpoints().graph),
            Some(token),
            body,
        )
        .await
    }

    /// Calls Resource Manager as the administrator; a path without an `api-version` gets one that its provider knows.
    pub async fn arm(&self, method: Method, path: &str, body: Value) -> Reply {
        let token = self.person_token("https://management.azure.com");
        self.arm_as(&token, method, path, body).await
    }

    pub async fn arm_as(&self, token: &str, method: Method, path: &str, body: Value) -> Reply {
        let join = if path.contains('?') { '&' } else { '?' };
        let storage = path.contains("/Microsoft.Storage") && !path.contains("/Microsoft.Authorization");
        let version = match (path.contains("api-version="), storage) {
            (true, _) => String::new(),
            (false, true) => format!("{join}api-version=2023-05-01"),
            (false, false) => format!("{join}api-version=2022-04-01"),
        };
        let url = format!("{}{path}{version}", self.sim.endpoints().resource_manager);
        self.call(method, url, Some(token), body).await
    }

    /// Follows an absolute link of Resource Manager.
    pub async fn follow(&self, url: &str) -> Reply {
        let token = self.person_token("https://management.azure.com");
        self.call(Method::GET, url.to_owned(), Some(&token), Value::Null)
            .await
    }

    pub async fn control(&self, method: Method, path: &str, body: Value) -> Reply {
        self.call(
            method,
            format!("{}{path}", self.sim.endpoints().control),
            None,
            body,
        )
        .await
    }

    /// Asks Graph as the administrator, by a client that may read policies.
    pub async fn policy_graph(&self, path: &str) -> Reply {
        let admin = self.world().principal(ADMIN).unwrap();
        let client = coldkeep_sim::world::first_party::CLIENTS[3];
        let token = self
            .world()
            .token_by(&admin, client, "https://graph.microsoft.com");
        let url = format!("{}/v1.0{path}", self.sim.endpoints().graph);
        self.call(Method::GET, url, token.as_deref(), Value::Null).await
    }

    pub fn person_token(&self, audience: &str) -> String {
        let admin = self.world().principal(ADMIN).unwrap();
        self.world().token_for(&admin, audience).unwrap()
    }
}
