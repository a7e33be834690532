//! A typed client of the REST API, over the data folder's socket or loopback TCP.

mod certificates;
mod connect;
mod content;
mod jobs;
mod places;
mod points;
mod renewals;
mod repositories;
mod service_accounts;
mod settings;
mod sign_ins;

pub use content::Content;

use crate::{PROBLEM_MEDIA_TYPE, ProblemDocument};
use bytes::Bytes;
use coldkeep_core::{
    Code, ExposeSecret, Problem, SecretString, System, fix,
    id::SignInId,
    problem::{Field, Verb},
};
use connect::{Connector, Target};
use http::{
    HeaderValue, Method, Request, Response, StatusCode,
    header::{AUTHORIZATION, CONTENT_TYPE, TE},
};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper_util::{client::legacy, rt::TokioExecutor};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::{Serialize, de::DeserializeOwned};
use std::{
    path::PathBuf,
    sync::{Arc, Mutex},
};

/// Longer than any answer that is not content.
const ANSWER_MAX_BYTES: usize = 256 << 20;

/// A name as one segment of a path or one value of a query.
fn encoded(name: &str) -> String {
    utf8_percent_encode(name, NON_ALPHANUMERIC).to_string()
}

/// A client of one server. Cheap to clone; clones share connections.
#[derive(Debug, Clone)]
pub struct Client {
    http: legacy::Client<Connector, Full<Bytes>>,
    /// What stands before every path: `http://HOST`.
    base: String,
    token: Option<SecretString>,
    /// For people.
    server: String,
    /// The sign-ins that this client started and did not end.
    started: Arc<Mutex<Vec<SignInId>>>,
}

impl Client {
    /// Through the data folder's socket, which lets in anyone who may open it.
    pub fn unix(socket: PathBuf) -> Self {
        let server = format!("the Coldkeep server at {}", socket.display());
        Self::new(Target::Unix(socket), "http://localhost".into(), None, server)
    }

    /// Over TCP on loopback.
    pub fn tcp(url: &str, token: SecretString) -> Result<Self, Problem> {
        coldkeep_core::cloud::check_endpoint("The server's address", url, false)?;
        let invalid = || {
            Problem::new(
                Code::EndpointInvalid,
                format!("`{url}` is not the address of a Coldkeep server"),
                "Write http://127.0.0.1:PORT, as the server prints it when it listens.",
            )
        };
        let uri: http::Uri = url.trim_end_matches('/').parse().map_err(|_| invalid())?;
        if uri.scheme_str() != Some("http") || !matches!(uri.path(), "" | "/") {
            return Err(invalid());
        }
        let authority = uri.authority().ok_or_else(invalid)?.as_str().to_owned();
        let server = format!("the Coldkeep server at {authority}");
        Ok(Self::new(
            Target::Tcp(authority.clone()),
            format!("http://{authority}"),
            Some(token),
            server,
        ))
    }

    fn new(target: Target, base: String, token: Option<SecretString>, server: String) -> Self {
        let http = legacy::Client::builder(TokioExecutor::new()).build(Connector(target));
        Self {
            http,
            base,
            token,
            server,
            started: Arc::default(),
        }
    }

    async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, Problem> {
        self.call(Method::GET, path, None::<&()>).await
    }

    async fn post<T: DeserializeOwned>(&self, path: &str, body: &impl Serialize) -> Result<T, Problem> {
        self.call(Method::POST, path, Some(body)).await
    }

    async fn put<T: DeserializeOwned>(&self, path: &str, body: &impl Serialize) -> Result<T, Problem> {
        self.call(Method::PUT, path, Some(body)).await
    }

    async fn delete(&self, path: &str, body: Option<&impl Serialize>) -> Result<(), Problem> {
        self.send(Method::DELETE, path, body).await.map(drop)
    }

    async fn call<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        body: Option<&impl Serialize>,
    ) -> Result<T, Problem> {
        let response = self.send(method, path, body).await?;
        let bytes = self.read(response).await?;
        serde_json::from_slice(&bytes).map_err(|e| {
            Problem::new(
                Code::ServerAnswerInvalid,
                format!("The server's response cannot be read ({e})"),
                "Use the same version of Coldkeep on the client and the server.",
            )
            .in_system(self.system(None))
        })
    }

    /// Sends a request; an answer with a problem document becomes that problem again.
    async fn send(
        &self,
        method: Method,
        path: &str,
        body: Option<&impl Serialize>,
    ) -> Result<Response<Incoming>, Problem> {
        let mut request = Request::builder()
            .method(method)
            .uri(format!("{}/api/v1{path}", self.base));
        if let Some(token) = &self.token {
            let value = HeaderValue::try_from(format!("Bearer {}", token.expose_secret()));
            let mut value = value.map_err(|_| {
                Problem::new(
                    Code::ServerTokenUnusable,
                    "The token has characters that are not allowed in a token",
                    fix!["Name the file that holds it (", Field::ServerToken, ")."],
                )
            })?;
            value.set_sensitive(true);
            request = request.header(AUTHORIZATION, value);
        }
        let bytes = match body {
            Some(body) => {
                request = request.header(CONTENT_TYPE, "application/json");
                serde_json::to_vec(body)
                    .map_err(|e| Problem::internal(format!("A request could not be written ({e})")))?
            }
            None => Vec::new(),
        };
        let request = request
            .header(TE, "trailers")
            .body(Full::new(bytes.into()))
            .map_err(|e| Problem::internal(format!("A request could not be written ({e})")))?;
        let response = self
            .http
            .request(request)
            .await
            .map_err(|e| self.unreachable(&e))?;
        if response.status().is_success() {
            Ok(response)
        } else {
            Err(self.refusal(response).await)
        }
    }

    async fn refusal(&self, response: Response<Incoming>) -> Problem {
        let status = response.status();
        let is_problem = response
            .headers()
            .get(CONTENT_TYPE)
            .is_some_and(|t| t.as_bytes() == PROBLEM_MEDIA_TYPE.as_bytes());
        let bytes = match self.read(response).await {
            Ok(bytes) => bytes,
            Err(problem) => return problem,
        };
        match serde_json::from_slice::<ProblemDocument>(&bytes) {
            Ok(document) if is_problem => document.into(),
            _ => Problem::new(
                Code::ServerAnswerInvalid,
                "The server is not a Coldkeep server of this version",
                fix![
                    "Correct ",
                    Field::Server,
                    ", or use the same version of Coldkeep on the client and the server."
                ],
            )
            .in_system(self.system(Some(status))),
        }
    }

    async fn read(&self, response: Response<Incoming>) -> Result<Bytes, Problem> {
        match Limited::new(response.into_body(), ANSWER_MAX_BYTES)
            .collect()
            .await
        {
            Ok(body) => Ok(body.to_bytes()),
            Err(error) => Err(self.unreachable(error.as_ref())),
        }
    }

    fn unreachable(&self, error: &(dyn std::error::Error + 'static)) -> Problem {
        let mut why = error.to_string();
        let mut cause = error.source();
        while let Some(error) = cause {
            why = error.to_string();
            cause = error.source();
        }
        Problem::new(
            Code::ServerUnreachable,
            format!("The server cannot be reached ({why})"),
            fix!["Check that it is running, or start one: ", Verb::Serve.any(), "."],
        )
        .in_system(self.system(None))
    }

    fn system(&self, status: Option<StatusCode>) -> System {
        System {
            name: self.server.clone(),
            status: status.map(|s| s.as_u16()),
            ..System::default()
        }
    }
}
