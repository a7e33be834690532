//! Bodies that faults cut or slow down, on their way in and out.

use crate::{
    Body as Reply,
    wire::{Body, reply},
};
use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, StreamBody};
use hyper::body::{Frame, Incoming};
use std::{io, time::Duration};

/// What a cut connection is reported as.
pub(crate) fn cut() -> io::Error {
    io::Error::new(io::ErrorKind::ConnectionAborted, "a fault cut the connection")
}

/// Reads a request's body away, so that the client gets the reply instead of a broken pipe.
pub(crate) async fn drain(request: Request<Incoming>) {
    take_in(request, u64::MAX).await;
}

/// Reads at least this many bytes of a request's body, or all of it.
pub(crate) async fn take_in(request: Request<Incoming>, bytes: u64) {
    let mut body = request.into_body();
    let mut taken = 0;
    while taken < bytes {
        let Some(Ok(frame)) = body.frame().await else {
            return;
        };
        taken += frame.data_ref().map_or(0, |data| data.len() as u64);
    }
}

/// Reads a reply that is not sent to a client: its effects while being sent are part of the request's effect.
pub(crate) async fn consume(response: Response<Reply>) {
    let mut body = response.into_body();
    while let Some(Ok(_)) = body.frame().await {}
}

/// A body that breaks off after this many bytes.
pub(crate) fn cut_after(body: Body, after_bytes: u64) -> Body {
    let frames = futures::stream::unfold((body, Some(after_bytes)), |(mut body, left)| async move {
        let left = left?;
        if left == 0 {
            // What came before is sent first, instead of being dropped with the connection.
            tokio::task::yield_now().await;
            return Some((Err(cut()), (body, None)));
        }
        let data = match body.frame().await? {
            Ok(frame) => frame.into_data().unwrap_or_default(),
            Err(error) => return Some((Err(error), (body, None))),
        };
        let keep = usize::try_from(left).unwrap_or(usize::MAX).min(data.len());
        let sent: Bytes = data.slice(..keep);
        Some((Ok(Frame::data(sent)), (body, Some(left - keep as u64))))
    });
    BodyExt::boxed(StreamBody::new(frames))
}

/// A body that comes at this many bytes a second, in pieces of a tenth of a second or of one byte. This is the machine's time: a client waits
/// for bytes by its own clock.
pub(crate) fn slow(body: Body, bytes_per_s: u64) -> Body {
    let piece_bytes = usize::try_from(bytes_per_s / 10).unwrap_or(usize::MAX).max(1);
    let pause = if bytes_per_s < 10 {
        Duration::from_secs(1) / u32::try_from(bytes_per_s.max(1)).unwrap_or(1)
    } else {
        Duration::from_millis(100)
    };
    let frames = futures::stream::unfold((body, Bytes::new()), move |(mut body, mut rest)| async move {
        while rest.is_empty() {
            match body.frame().await? {
                Ok(frame) => rest = frame.into_data().unwrap_or_default(),
                Err(error) => return Some((Err(error), (body, Bytes::new()))),
            }
        }
        tokio::time::sleep(pause).await;
        let sent = rest.split_to(piece_bytes.min(rest.len()));
        Some((Ok(Frame::data(sent)), (body, rest)))
    });
    BodyExt::boxed(StreamBody::new(frames))
}

/// A body whose length is not known from itself.
pub(crate) fn of_unknown_length(body: Body) -> Body {
    BodyExt::boxed(StreamBody::new(futures::stream::unfold(
        body,
        |mut body| async move {
            let frame = body.frame().await?;
            Some((frame, body))
        },
    )))
}

/// A body of zeros that ends when the client goes away.
pub(crate) fn endless() -> Body {
    static ZEROS: [u8; 65_536] = [0; 65_536];
    BodyExt::boxed(StreamBody::new(futures::stream::repeat_with(|| {
        Ok(Frame::data(Bytes::from_static(&ZEROS)))
    })))
}

/// A reply with another body; its stated length stays what it was.
pub(crate) fn with_body(response: Response<Body>, change: impl FnOnce(Body) -> Body) -> Response<Body> {
    let length = hyper::body::Body::size_hint(response.body()).exact();
    let mut response = response.map(change);
    if let Some(length) = length
        && !response.headers().contains_key("content-length")
    {
        reply::set_header(&mut response, "content-length", &length.to_string());
    }
    response
}
