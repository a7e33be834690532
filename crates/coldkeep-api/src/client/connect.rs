//! Connections of the client: a Unix socket or TCP, behind one type.

use crate::SocketPath;
use http::Uri;
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_util::{
    client::legacy::connect::{Connected, Connection},
    rt::TokioIo,
};
use std::{
    future::Future,
    io,
    path::PathBuf,
    pin::Pin,
    task::{Context, Poll},
};
use tokio::net::{TcpStream, UnixStream};

/// The destination of all connections of a client, independent of the request's address.
#[derive(Debug, Clone)]
pub enum Target {
    Unix(PathBuf),
    /// `HOST:PORT`.
    Tcp(String),
}

#[derive(Debug, Clone)]
pub struct Connector(pub Target);

impl tower::Service<Uri> for Connector {
    type Response = Stream;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<Stream>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Uri) -> Self::Future {
        let target = self.0.clone();
        Box::pin(async move {
            Ok(match target {
                Target::Unix(socket) => {
                    let address = SocketPath::of(&socket)?;
                    Stream::Unix(TokioIo::new(UnixStream::connect(address.path()).await?))
                }
                Target::Tcp(address) => Stream::Tcp(TokioIo::new(TcpStream::connect(address).await?)),
            })
        })
    }
}

#[derive(Debug)]
pub enum Stream {
    Unix(TokioIo<UnixStream>),
    Tcp(TokioIo<TcpStream>),
}

impl Connection for Stream {
    fn connected(&self) -> Connected {
        Connected::new()
    }
}

/// The stream it is, as a value to be polled.
macro_rules! either {
    ($self:expr, $stream:ident => $poll:expr) => {
        match $self.get_mut() {
            Stream::Unix(stream) => {
                let $stream = Pin::new(stream);
                $poll
            }
            Stream::Tcp(stream) => {
                let $stream = Pin::new(stream);
                $poll
            }
        }
    };
}

impl Read for Stream {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: ReadBufCursor<'_>) -> Poll<io::Result<()>> {
        either!(self, stream => stream.poll_read(cx, buf))
    }
}

impl Write for Stream {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        either!(self, stream => stream.poll_write(cx, buf))
    }
    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        either!(self, stream => stream.poll_flush(cx))
    }
    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        either!(self, stream => stream.poll_shutdown(cx))
    }
}
