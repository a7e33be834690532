//! A scripted network for Coldkeep's Blob client: what is answered, and what was sent.

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use coldkeep_azure::{
    Azure, Body, Error, Exchange, Meter,
    blob::{BlobAuth, Container},
};
use coldkeep_core::{Clock, SecretString, Timestamp, cloud::Cloud};
use futures::future::BoxFuture;
use http_body_util::{BodyExt, Full};

/// The signature that [`with_sas`] opens its container by.
pub(crate) const SAS: &str = "sv=2023-11-03&sig=a%2Bb";

/// What was sent, as text: `PUT /path?query`, its headers, its body.
#[derive(Debug, Clone)]
pub(crate) struct Sent {
    pub(crate) line: String,
    pub(crate) headers: http::HeaderMap,
    pub(crate) body: Bytes,
}

impl Sent {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

/// Answers from a list, in order; a missing answer is a broken connection.
#[derive(Debug, Default)]
pub(crate) struct Script {
    answers: Mutex<Vec<Option<http::Response<Bytes>>>>,
    sent: Mutex<Vec<Sent>>,
}

impl Exchange for Script {
    fn send(&self, request: http::Request<Body>) -> BoxFuture<'_, Result<http::Response<Body>, Error>> {
        Box::pin(async move {
            let (head, body) = request.into_parts();
            let body = body.collect().await?.to_bytes();
            let line = format!("{} {}", head.method, head.uri);
            self.sent.lock().unwrap().push(Sent {
                line,
                headers: head.headers,
                body,
            });
            let mut answers = self.answers.lock().unwrap();
            assert!(!answers.is_empty(), "a request more than was scripted");
            let answer = answers.remove(0).unwrap_or_else(|| {
                // A gateway's word for a lost answer; the connection errors of a real network end the same way.
                http::Response::builder().status(504).body(Bytes::new()).unwrap()
            });
            Ok(answer.map(|bytes| Full::new(bytes).map_err(|never| match never {}).boxed_unsync()))
        })
    }
}

#[derive(Debug)]
struct Noon;

impl Clock for Noon {
    fn now(&self) -> Timestamp {
        "2025-06-03T12:00:00Z".parse().unwrap()
    }
}

pub(crate) fn answer(status: u16, headers: &[(&str, &str)], body: &str) -> Option<http::Response<Bytes>> {
    let mut answer = http::Response::builder().status(status);
    for (name, value) in headers {
        answer = answer.header(*name, *value);
    }
    Some(answer.body(Bytes::copy_from_slice(body.as_bytes())).unwrap())
}

pub(crate) fn container(
    auth: BlobAuth,
    answers: Vec<Option<http::Response<Bytes>>>,
) -> (Container, Arc<Script>, Arc<Meter>) {
    let script = Arc::new(Script {
        answers: Mutex::new(answers),
        sent: Mutex::default(),
    });
    let cloud = Cloud {
        name: "Scripted".into(),
        blob_endpoint: "http://127.0.0.1:9/{account}".into(),
        builtin: false,
        ..Cloud::builtin().remove(0)
    };
    let meter = Arc::new(Meter::default());
    let azure = Azure::with_exchange(cloud, Arc::new(Noon), script.clone()).with_meter(meter.clone());
    (
        Container::new(&azure, "north", None, "backups", auth).unwrap(),
        script,
        meter,
    )
}

pub(crate) fn with_sas(answers: Vec<Option<http::Response<Bytes>>>) -> (Container, Arc<Script>, Arc<Meter>) {
    container(BlobAuth::Sas(SecretString::from(SAS)), answers)
}

pub(crate) fn sent(script: &Script) -> Vec<Sent> {
    script.sent.lock().unwrap().clone()
}
