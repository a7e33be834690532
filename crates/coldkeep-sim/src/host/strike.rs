//! What a fault does to the request that it strikes.

use super::{bodies, front::dispatch, refusal::Refusal, state::Host};
use crate::{
    blob,
    wire::{Body, Service},
    world::{
        faults::Action,
        manner::{MANNER, Manner, manner},
    },
};
use http::{Request, Response, header::CONTENT_LENGTH};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use std::{io, sync::Arc, time::Duration};

/// A fault that strikes a request.
pub(super) struct Strike {
    pub(super) action: Action,
    /// How often faults had been cleared when it struck: clearing them lets held requests go.
    pub(super) epoch: u64,
}

impl Strike {
    /// Answers the request as the fault has it, or fails, which cuts the connection.
    pub(super) async fn answer(
        self,
        host: &Arc<Host>,
        service: Service,
        request: Request<Incoming>,
    ) -> io::Result<Response<Body>> {
        let Self { action, epoch } = self;
        let world = host.world();
        match action {
            Action::Status {
                status,
                code,
                retry_after_s,
            } => {
                bodies::drain(request).await;
                let refusal = Refusal {
                    service,
                    status,
                    code: code.as_deref(),
                    message: "The simulator is configured to refuse this request.",
                    retry_after_s,
                };
                return Ok(refusal.respond(world));
            }
            Action::Drop => {}
            Action::LoseReply => bodies::consume(dispatch(host, service, request).await?).await,
            Action::Hold { after_effect } => {
                if after_effect {
                    bodies::consume(dispatch(host, service, request).await?).await;
                }
                world.faults().hold(epoch).await;
            }
            Action::CutRequest { after_bytes } => bodies::take_in(request, after_bytes).await,
            Action::Delay { ms } => {
                tokio::time::sleep(Duration::from_millis(ms)).await;
                return dispatch(host, service, request).await;
            }
            Action::Stale { seconds } => {
                return lagging(seconds, dispatch(host, service, request)).await;
            }
            Action::SlowRequest { bytes_per_s } => {
                let request =
                    request.map(|body| bodies::slow(body.map_err(io::Error::other).boxed(), bytes_per_s));
                return dispatch(host, service, request).await;
            }
            Action::CutBody { after_bytes } => {
                let response = dispatch(host, service, request).await?;
                return Ok(response.map(|body| bodies::cut_after(body, after_bytes)));
            }
            Action::LieLength { bytes } => {
                let mut response = dispatch(host, service, request)
                    .await?
                    .map(bodies::of_unknown_length);
                response.headers_mut().insert(CONTENT_LENGTH, bytes.into());
                return Ok(response);
            }
            Action::EndlessBody => {
                let mut response = dispatch(host, service, request).await?.map(|_| bodies::endless());
                response.headers_mut().remove(CONTENT_LENGTH);
                return Ok(response);
            }
            Action::RepeatMarkers { period } => {
                let response = dispatch(host, service, request).await?;
                let number = world.faults().next_marker(period);
                return blob::lead_back(response, number).await;
            }
            Action::SlowBody { bytes_per_s } => {
                let response = dispatch(host, service, request).await?;
                return Ok(bodies::with_body(response, |body| {
                    bodies::slow(body, bytes_per_s)
                }));
            }
        }
        Err(bodies::cut())
    }
}

/// Answers as a replica that is this many seconds behind.
async fn lagging<T>(seconds: u32, answer: impl Future<Output = T>) -> T {
    let manner = Manner {
        stale_s: seconds.into(),
        ..manner()
    };
    MANNER.scope(manner, answer).await
}
