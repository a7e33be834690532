//! Bodies on their way in: counted as they pass, bounded in length, and not waited for without end.

use crate::{Body, CountsAs, Deadlines, Error, Meter, Service};
use bytes::{Bytes, BytesMut};
use coldkeep_core::Code;
use http_body::{Body as _, Frame, SizeHint};
use http_body_util::BodyExt;
use std::{
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};
use tokio::time::{Instant, Sleep, sleep_until, timeout};

/// Reads a body to its end, refusing more than `limit_bytes` and giving up after `within`.
pub(crate) async fn read_whole(
    service: &Service,
    body: Body,
    limit_bytes: usize,
    within: Duration,
) -> Result<Bytes, Error> {
    // A body that is declared too long is not read at all; the declared length is not trusted otherwise.
    if body.size_hint().lower() > limit_bytes as u64 {
        return Err(Error::too_long(service, limit_bytes));
    }
    match timeout(within, read(service, body, limit_bytes)).await {
        Ok(read) => read,
        Err(_) => Err(too_slow(
            service,
            format!("the response was not complete after {} seconds", within.as_secs()),
        )),
    }
}

async fn read(service: &Service, mut body: Body, limit_bytes: usize) -> Result<Bytes, Error> {
    let mut first = Bytes::new();
    let mut rest = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame?.into_data() else { continue };
        if first.len() + rest.len() + data.len() > limit_bytes {
            return Err(Error::too_long(service, limit_bytes));
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

fn too_slow(service: &Service, message: String) -> Error {
    Error::without_answer(service.name(), Code::ServiceUnavailable, message)
}

/// The time spent waiting for a body. Time without a waiting reader does not count.
struct Watch {
    deadlines: Deadlines,
    timer: Pin<Box<Sleep>>,
    /// Since when the body has stopped, and since when that is not in `waited` yet; none without a waiting reader.
    still: Option<(Instant, Instant)>,
    /// Waiting and bytes of the running window.
    waited: Duration,
    came: u64,
}

impl Watch {
    fn new(deadlines: Deadlines) -> Self {
        Self {
            deadlines,
            timer: Box::pin(sleep_until(Instant::now())),
            still: None,
            waited: Duration::ZERO,
            came: 0,
        }
    }

    fn came(&mut self, bytes: u64) {
        if let Some((_, since)) = self.still.take() {
            self.waited += since.elapsed();
        }
        self.came += bytes;
    }

    /// Nothing is there yet. Why it is not waited for any longer, or pending.
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<String> {
        let now = Instant::now();
        let (still, since) = match self.still {
            Some(times) => times,
            None => {
                self.still = Some((now, now));
                self.arm(now, now);
                (now, now)
            }
        };
        if self.timer.as_mut().poll(cx).is_pending() {
            return Poll::Pending;
        }
        let idle = self.deadlines.idle;
        if now.duration_since(still) >= idle {
            return Poll::Ready(format!("the response stopped for {} seconds", idle.as_secs()));
        }
        if self.waited + now.duration_since(since) >= self.deadlines.window {
            if self.came < self.deadlines.window_bytes {
                return Poll::Ready(format!(
                    "the response was too slow, {} bytes in {} seconds",
                    self.came,
                    self.deadlines.window.as_secs()
                ));
            }
            (self.waited, self.came) = (Duration::ZERO, 0);
            self.still = Some((still, now));
        }
        self.arm(still, self.still.map_or(now, |(_, since)| since));
        match self.timer.as_mut().poll(cx) {
            Poll::Pending => Poll::Pending,
            // The next poll sees which it was.
            Poll::Ready(()) => {
                cx.waker().wake_by_ref();
                Poll::Pending
            }
        }
    }

    /// Sets the timer to whichever is due first.
    fn arm(&mut self, still: Instant, since: Instant) {
        let left = self.deadlines.window.saturating_sub(self.waited);
        let due = (still + self.deadlines.idle).min(since + left);
        self.timer.as_mut().reset(due);
    }
}

/// A body that counts what passes and does not wait for ever.
pub(crate) struct Metered {
    body: Body,
    service: Service,
    meter: Arc<Meter>,
    counts_as: CountsAs,
    watch: Watch,
}

impl Metered {
    pub(crate) fn new(
        body: Body,
        service: &Service,
        meter: &Arc<Meter>,
        counts_as: CountsAs,
        deadlines: Deadlines,
    ) -> Self {
        Self {
            body,
            service: service.clone(),
            meter: meter.clone(),
            counts_as,
            watch: Watch::new(deadlines),
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
            Poll::Pending => match this.watch.poll(cx) {
                Poll::Pending => Poll::Pending,
                Poll::Ready(why) => Poll::Ready(Some(Err(too_slow(&this.service, why)))),
            },
            Poll::Ready(frame) => {
                let bytes = match &frame {
                    Some(Ok(frame)) => frame.data_ref().map_or(0, |d| d.len() as u64),
                    _ => 0,
                };
                this.watch.came(bytes);
                Meter::add(this.counts_as.counter(&this.meter), bytes);
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
