//! A request's body that is not in memory: opened for every try, of a length that is known, counted as it passes.

use crate::{Body, CountsAs, Error, Meter};
use bytes::Bytes;
use coldkeep_core::Code;
use futures::{
    future::BoxFuture,
    stream::{BoxStream, StreamExt},
};
use http_body::{Frame, SizeHint};
use http_body_util::BodyExt;
use std::{
    fmt,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

/// Content as it comes.
pub type Pieces = BoxStream<'static, Result<Bytes, Error>>;

type OpenContent = dyn Fn() -> BoxFuture<'static, Result<Pieces, Error>> + Send + Sync;

/// Content to be sent that is opened again for every try. Cheap to clone.
#[derive(Clone)]
pub struct Streamed {
    pub(crate) length: u64,
    open: Arc<OpenContent>,
}

impl Streamed {
    /// `length` bytes, of which `open` begins a reading.
    pub fn new(
        length: u64,
        open: impl Fn() -> BoxFuture<'static, Result<Pieces, Error>> + Send + Sync + 'static,
    ) -> Self {
        Self {
            length,
            open: Arc::new(open),
        }
    }

    /// The body of one try.
    pub(crate) async fn body(&self, meter: &Arc<Meter>, counts_as: CountsAs) -> Result<Body, Error> {
        let pieces = (self.open)().await?;
        let sending = SizedBody {
            pieces,
            left: self.length,
            meter: meter.clone(),
            counts_as,
        };
        Ok(sending.boxed_unsync())
    }
}

impl fmt::Debug for Streamed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Streamed({} bytes)", self.length)
    }
}

/// A body of a known length. Content of another length breaks the request, so that the service creates nothing from it.
struct SizedBody {
    pieces: Pieces,
    left: u64,
    meter: Arc<Meter>,
    counts_as: CountsAs,
}

impl http_body::Body for SizedBody {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        let this = &mut *self;
        let piece = match this.pieces.poll_next_unpin(cx) {
            Poll::Pending => return Poll::Pending,
            Poll::Ready(None) if this.left == 0 => return Poll::Ready(None),
            Poll::Ready(None) => return Poll::Ready(Some(Err(other_length("shorter")))),
            Poll::Ready(Some(Err(error))) => return Poll::Ready(Some(Err(error))),
            Poll::Ready(Some(Ok(piece))) => piece,
        };
        let Some(left) = this.left.checked_sub(piece.len() as u64) else {
            return Poll::Ready(Some(Err(other_length("longer"))));
        };
        this.left = left;
        Meter::add(this.counts_as.counter(&this.meter), piece.len() as u64);
        Poll::Ready(Some(Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.left == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}

fn other_length(how: &str) -> Error {
    Error::without_answer(
        "the source",
        Code::ContentDamaged,
        format!("the content is {how} than announced"),
    )
}
