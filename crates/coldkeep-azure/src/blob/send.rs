//! A request to a container on its way: through the account's gate, signed when it leaves, repeated as often as that is
//! useful.
//!
//! A refusal for too many requests is no failure of the request: it waits for its turn again, as all others do, and is
//! given up only when nothing at all passed for very long.

use bytes::Bytes;
use coldkeep_core::flow::Outcome;
use http::Response;
use http_body_util::{BodyExt, Full};
use tokio::{task::JoinHandle, time::Instant};

use super::{Container, request::BlobRequest};
use crate::{
    Body, Call, Error, Meter,
    transport::gate::{Starved, is_throttled, outcome_of},
    transport::retry::Backoff,
};

/// An answer's body, streaming or read.
enum AnswerBody {
    Stream(Body),
    Whole(Bytes),
}

/// A task that ends when its outcome is no longer wanted.
struct AbortOnDrop<T>(JoinHandle<T>);

impl<T> Drop for AbortOnDrop<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Container {
    /// Sends it; the answer's body still streams.
    pub(super) async fn send_streaming(&self, request: BlobRequest) -> Result<Response<Body>, Error> {
        let (head, body) = self.send(request, None).await?.into_parts();
        let body = match body {
            AnswerBody::Stream(body) => body,
            AnswerBody::Whole(bytes) => Full::new(bytes).map_err(|never| match never {}).boxed_unsync(),
        };
        Ok(Response::from_parts(head, body))
    }

    /// Sends it and reads the whole answer.
    pub(super) async fn send_whole(&self, request: BlobRequest) -> Result<Response<Bytes>, Error> {
        let limit_bytes = request.answer_limit_bytes;
        let (head, body) = self.send(request, Some(limit_bytes)).await?.into_parts();
        let body = match body {
            AnswerBody::Whole(bytes) => bytes,
            AnswerBody::Stream(body) => self.azure.read(&self.inner.service, body, limit_bytes).await?,
        };
        Ok(Response::from_parts(head, body))
    }

    /// The requests that may be in flight to the account at once, as it is now.
    pub fn in_flight_max(&self) -> usize {
        self.gate.limit() as usize
    }

    /// In a task of its own: the caller may do something else before it looks at the answer, and what waits at the gate or
    /// is in flight must continue meanwhile, since others wait behind it.
    async fn send(&self, request: BlobRequest, whole: Option<usize>) -> Result<Response<AnswerBody>, Error> {
        let this = self.clone();
        let task = tokio::spawn(async move { this.send_here(&request, whole).await });
        let mut task = AbortOnDrop(task);
        match (&mut task.0).await {
            Ok(answer) => answer,
            Err(broken) => match broken.try_into_panic() {
                Ok(panic) => std::panic::resume_unwind(panic),
                // The program ends.
                Err(_) => std::future::pending().await,
            },
        }
    }

    async fn send_here(
        &self,
        request: &BlobRequest,
        whole: Option<usize>,
    ) -> Result<Response<AnswerBody>, Error> {
        let deadlines = self.azure.deadlines();
        let since = Instant::now();
        let mut backoff = Backoff::new(deadlines.tries);
        let mut refused = None;
        loop {
            let turn = self.gate.enter(self.azure.pace(), since, deadlines.throttled);
            let pass = match turn.await {
                Ok(pass) => pass,
                Err(Starved(patience)) => {
                    return Err(Error::starved(self.inner.service.name(), patience, refused));
                }
            };
            // Signed now: a request may have waited for longer than a signature is good for.
            let call = self.call(request.clone()).await?;
            call.service.check_names(&call.uri)?;
            let again = backoff.tries() > 0 || refused.is_some();
            let began = Instant::now();
            let error = match self.once(&call, again, whole).await {
                Ok(answer) => {
                    pass.answered(Outcome::Answered);
                    return Ok(answer);
                }
                Err(error) => error,
            };
            pass.answered(outcome_of(&error));
            if is_throttled(&error) {
                Meter::add(&self.azure.meter().throttled, 1);
                refused = Some(error);
            } else {
                backoff
                    .wait_or_give_up(call.repeat, error, began.elapsed())
                    .await?;
            }
        }
    }

    async fn once(
        &self,
        call: &Call,
        again: bool,
        whole: Option<usize>,
    ) -> Result<Response<AnswerBody>, Error> {
        let (head, body) = self.azure.try_once(call, again).await?.into_parts();
        let body = match whole {
            None => AnswerBody::Stream(body),
            Some(limit_bytes) => AnswerBody::Whole(self.azure.read(&call.service, body, limit_bytes).await?),
        };
        Ok(Response::from_parts(head, body))
    }
}
