//! What one client may take: connections, time for what it sends, time for reading what it asked for.

use std::{
    future::Future,
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncWrite, AsyncWriteExt, ReadBuf},
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{Instant, Sleep},
};

/// Connections over TCP at a time. Any program of this machine can open them.
const TCP_MAX: usize = 256;

/// Connections over the socket at a time, which only its owner can open: a flood over TCP takes none of them.
const UNIX_MAX: usize = 128;

/// For the head of a request, and for waiting between two requests.
pub(crate) const HEAD_TIME: Duration = Duration::from_secs(30);

/// For the body of a request: none is longer than some megabytes, and all come from this machine.
pub(crate) const BODY_TIME: Duration = Duration::from_secs(30);

/// For a client that takes nothing of its answer.
const STALL_TIME: Duration = Duration::from_secs(120);

/// For telling a client that there are too many.
const REFUSAL_TIME: Duration = Duration::from_secs(1);

/// How many connections a listener has left.
#[derive(Debug, Clone)]
pub(crate) struct ConnectionSeats(Arc<Semaphore>);

impl ConnectionSeats {
    pub fn of_tcp() -> Self {
        Self(Arc::new(Semaphore::new(TCP_MAX)))
    }

    pub fn of_unix() -> Self {
        Self(Arc::new(Semaphore::new(UNIX_MAX)))
    }

    /// One of them, until dropped; none where all are taken.
    pub fn take(&self) -> Option<OwnedSemaphorePermit> {
        self.0.clone().try_acquire_owned().ok()
    }
}

/// Refuses a client because there are too many, and ends its connection.
pub(crate) async fn turn_away(mut stream: impl AsyncWrite + Unpin) {
    const ANSWER: &[u8] = b"HTTP/1.1 503 Service Unavailable\r\nconnection: close\r\ncontent-length: 0\r\nretry-after: 5\r\n\r\n";
    let told = async {
        stream.write_all(ANSWER).await?;
        stream.shutdown().await
    };
    // A client that does not listen gets no answer.
    let _ = tokio::time::timeout(REFUSAL_TIME, told).await;
}

/// A stream whose writes fail once the other side has taken nothing for a while.
#[derive(Debug)]
pub(crate) struct Unstalled<S> {
    stream: S,
    waiting: Option<Pin<Box<Sleep>>>,
    patience: Duration,
}

impl<S> Unstalled<S> {
    pub fn new(stream: S) -> Self {
        Self::with_patience(stream, STALL_TIME)
    }

    fn with_patience(stream: S, patience: Duration) -> Self {
        Self {
            stream,
            waiting: None,
            patience,
        }
    }

    /// What came of a write, or that it has waited for too long.
    fn judge<T>(&mut self, cx: &mut Context<'_>, written: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if written.is_ready() {
            self.waiting = None;
            return written;
        }
        let patience = self.patience;
        let waiting = self
            .waiting
            .get_or_insert_with(|| Box::pin(tokio::time::sleep_until(Instant::now() + patience)));
        match waiting.as_mut().poll(cx) {
            Poll::Ready(()) => Poll::Ready(Err(io::ErrorKind::TimedOut.into())),
            Poll::Pending => Poll::Pending,
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Unstalled<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Unstalled<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(cx, buf);
        self.judge(cx, written)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.stream).poll_flush(cx);
        self.judge(cx, flushed)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let shut = Pin::new(&mut self.stream).poll_shutdown(cx);
        self.judge(cx, shut)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_client_that_reads_nothing_is_given_up() {
        let (ours, _theirs) = tokio::io::duplex(16);
        let mut stream = Unstalled::with_patience(ours, Duration::from_millis(10));
        let written = stream.write_all(&[0; 64]).await;
        assert_eq!(written.unwrap_err().kind(), io::ErrorKind::TimedOut);
    }

    #[tokio::test]
    async fn a_flood_over_tcp_takes_no_seat_of_the_socket() {
        let (tcp, unix) = (ConnectionSeats::of_tcp(), ConnectionSeats::of_unix());
        let taken: Vec<_> = std::iter::from_fn(|| tcp.take()).collect();
        assert_eq!(taken.len(), TCP_MAX);
        assert!(unix.take().is_some());
        drop(taken);
        assert!(tcp.take().is_some());
    }
}
