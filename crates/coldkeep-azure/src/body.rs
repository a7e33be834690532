//! Bodies on their way in: counted as they pass, bounded in length, and not waited for without end.

use crate::{Body, CountsAs, Error, Meter, Service};
use bytes::{Bytes, BytesMut};
use coldkeep_core::Kind;
use http_body::{Frame, SizeHint};
use http_body_util::BodyExt;
use std::{
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

/// Reads a body to its end, refusing more than `limit_bytes`.
pub(crate) async fn read_whole(
    service: &Service,
    mut body: Body,
    limit_bytes: usize,
) -> Result<Bytes, Error> {
    let mut first = Bytes::new();
    let mut rest = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame?.into_data() else { continue };
        if first.len() + rest.len() + data.len() > limit_bytes {
            let message = format!("the answer is longer than {limit_bytes} bytes");
            return Err(Error::without_answer(service.name(), Kind::Unsupported, message));
        }
        if first.is_empty() && rest.is_empty() {
            first = data;
            continue;
        }
        if rest.is_empty() {
            rest.extend_from_slice(&first);
            first = Bytes::new();
        }
        rest.extend_from_slice(&data);
    }
    Ok(if rest.is_empty() { first } else { rest.freeze() })
}

/// How long a body may stand still before its connection counts as broken.
const BODY_IDLE: Duration = Duration::from_secs(60);

/// A body that counts what passes and does not wait for ever.
pub(crate) struct Metered {
    body: Body,
    service: Service,
    meter: Arc<Meter>,
    counts_as: CountsAs,
    /// Runs only while nothing arrives.
    idle: Option<Pin<Box<tokio::time::Sleep>>>,
}

impl Metered {
    pub(crate) fn new(body: Body, service: &Service, meter: &Arc<Meter>, counts_as: CountsAs) -> Self {
        Self {
            body,
            service: service.clone(),
            meter: meter.clone(),
            counts_as,
            idle: None,
        }
    }
}

impl http_body::Body for Metered {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        let this = &mut *self;
        match Pin::new(&mut this.body).poll_frame(cx) {
            Poll::Pending => {
                let idle = this
                    .idle
                    .get_or_insert_with(|| Box::pin(tokio::time::sleep(BODY_IDLE)));
                if idle.as_mut().poll(cx).is_pending() {
                    return Poll::Pending;
                }
                let message = format!("the answer stood still for {} seconds", BODY_IDLE.as_secs());
                Poll::Ready(Some(Err(Error::without_answer(
                    this.service.name(),
                    Kind::Unavailable,
                    message,
                ))))
            }
            Poll::Ready(frame) => {
                this.idle = None;
                if let Some(Ok(frame)) = &frame {
                    Meter::add(
                        this.counts_as.counter(&this.meter),
                        frame.data_ref().map_or(0, |d| d.len() as u64),
                    );
                }
                Poll::Ready(frame.map(|f| f.map_err(|e| e.at(&this.service))))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
