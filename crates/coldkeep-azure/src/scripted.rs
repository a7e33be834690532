//! A network for tests: answers from a script, remembers what was asked.

use crate::{Azure, Body, Error, Exchange};
use bytes::Bytes;
use coldkeep_core::{Clock, Timestamp, cloud::Cloud};
use futures::future::BoxFuture;
use http::{HeaderMap, Request, Response};
use http_body_util::{BodyExt, Full};
use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
};

/// One request as it left.
#[derive(Debug, Clone)]
pub(crate) struct SentRequest {
    pub(crate) line: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

/// Answers in order; a request beyond the script fails as an unreachable host does.
#[derive(Debug, Default)]
pub(crate) struct Scripted {
    answers: Mutex<VecDeque<Response<String>>>,
    asked: Mutex<Vec<SentRequest>>,
}

impl Scripted {
    pub(crate) fn new(
        answers: impl IntoIterator<Item = (u16, &'static [(&'static str, &'static str)], String)>,
    ) -> Arc<Self> {
        let answer = |(status, headers, body): (u16, &[(&'static str, &'static str)], String)| {
            let mut answer = Response::builder().status(status);
            for (name, value) in headers {
                answer = answer.header(*name, *value);
            }
            answer.body(body).unwrap()
        };
        Arc::new(Self {
            answers: Mutex::new(answers.into_iter().map(answer).collect()),
            asked: Mutex::default(),
        })
    }

    pub(crate) fn asked(&self) -> Vec<SentRequest> {
        self.asked.lock().unwrap().clone()
    }

    /// A cloud over this network at a fixed time.
    pub(crate) fn azure(self: &Arc<Self>) -> Azure {
        Azure::with_exchange(Cloud::builtin().remove(0), Arc::new(FixedClock), self.clone())
    }
}

impl Exchange for Scripted {
    fn send(&self, request: Request<Body>) -> BoxFuture<'_, Result<Response<Body>, Error>> {
        Box::pin(async move {
            let (head, body) = request.into_parts();
            let body = body.collect().await?.to_bytes();
            self.asked.lock().unwrap().push(SentRequest {
                line: format!("{} {}", head.method, head.uri),
                headers: head.headers,
                body: String::from_utf8_lossy(&body).into_owned(),
            });
            let answer = self.answers.lock().unwrap().pop_front().ok_or_else(|| {
                Error::without_answer(
                    "the script",
                    coldkeep_core::Code::ServiceUnavailable,
                    "connection refused",
                )
            })?;
            Ok(answer.map(|text| {
                Full::new(Bytes::from(text))
                    .map_err(|never| match never {})
                    .boxed_unsync()
            }))
        })
    }
}

/// Always the same moment.
#[derive(Debug)]
pub(crate) struct FixedClock;

impl Clock for FixedClock {
    fn now(&self) -> Timestamp {
        "2026-03-01T12:00:00Z".parse().unwrap()
    }
}
