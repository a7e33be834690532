//! Listeners and their connections.

use super::{front, state::Host};
use crate::{blob::Peer, wire::Service};
use hyper::{Request, body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use std::{io, sync::Arc};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
    sync::watch,
};
use tokio_rustls::TlsAcceptor;

/// Everything a listener needs.
#[derive(Clone)]
pub(crate) struct Front {
    pub host: Arc<Host>,
    pub service: Service,
    pub tls: Option<TlsAcceptor>,
    /// Turns when the simulator stops.
    pub stop: watch::Receiver<()>,
}

/// Takes connections until the simulator stops.
pub(crate) async fn serve(listener: TcpListener, front: Front) {
    accept(listener, front.stop.clone(), |stream| {
        tokio::spawn(connection(stream, front.clone()));
    })
    .await;
}

/// Hands connections on until the simulator stops.
pub(crate) async fn accept(
    listener: TcpListener,
    mut stop: watch::Receiver<()>,
    mut take: impl FnMut(TcpStream),
) {
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = stop.changed() => return,
        };
        match accepted {
            Ok((stream, _)) => take(stream),
            Err(error) => {
                // Out of file descriptors, mostly: others will be closed.
                tracing::warn!(%error, "a connection could not be taken");
                tokio::task::yield_now().await;
            }
        }
    }
}

async fn connection(stream: TcpStream, mut front: Front) {
    let mut stop = front.stop.clone();
    let served = async {
        stream.set_nodelay(true)?;
        let peer = Peer(stream.peer_addr()?.ip());
        match front.tls.take() {
            Some(tls) => speak(tls.accept(stream).await?, &front, peer).await,
            None => speak(stream, &front, peer).await,
        }
    };
    tokio::select! {
        served = served => if let Err(error) = served {
            tracing::debug!(%error, "a connection ended");
        },
        _ = stop.changed() => {}
    }
}

async fn speak(stream: impl AsyncRead + AsyncWrite + Unpin, front: &Front, peer: Peer) -> io::Result<()> {
    let service = service_fn(|mut request: Request<Incoming>| {
        request.extensions_mut().insert(peer);
        front::answer(&front.host, front.service, request)
    });
    http1::Builder::new()
        .keep_alive(true)
        // The date is the simulated one.
        .auto_date_header(false)
        // Metadata are headers, and their names keep their capitals.
        .preserve_header_case(front.service == Service::Blob)
        .max_buf_size(512 * 1024)
        .serve_connection(TokioIo::new(stream), service)
        .await
        .map_err(io::Error::other)
}
