//! Accepting connections until asked to stop, and ending without cutting anybody off.

use crate::{
    api,
    guard::{self, Guard},
    listen::Listeners,
};
use coldkeep_core::Problem;
use coldkeep_engine::Engine;
use hyper::server::conn::http1;
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use std::{future::Future, sync::Arc, time::Duration};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    sync::watch,
    task::JoinSet,
};

/// How long a client that has nothing to ask may keep its connection once the server is to end.
const LINGER: Duration = Duration::from_secs(5);

/// How long the accept loop rests after the system refused a connection (no descriptors left, mostly).
const ACCEPT_REST: Duration = Duration::from_millis(100);

/// Serves the REST API until `shutdown` is done and the last run and the last client have ended.
///
/// After `shutdown` it goes on answering until no run is alive, so that clients can watch theirs to the end; then
/// requests under way are finished, the socket is removed, and the data folder's lock is given back.
pub async fn serve(
    engine: Arc<Engine>,
    listeners: Listeners,
    shutdown: impl Future<Output = ()>,
) -> Result<(), Problem> {
    let router = api::router(engine.clone());
    let open = Open::default();
    let mut accepting = JoinSet::new();
    let Listeners {
        unix,
        tcp,
        socket,
        _lock,
    } = listeners;
    accepting.spawn(accept_unix(unix, router.clone(), open.clone()));
    if let Some(tcp) = tcp {
        let guard = Arc::new(Guard {
            token: tcp.token,
            address: tcp.address,
        });
        let router = router.layer(axum::middleware::from_fn_with_state(guard, guard::check));
        accepting.spawn(accept_tcp(tcp.listener, router, open.clone()));
    }
    shutdown.await;
    engine.drain().await;
    let _ = tokio::time::timeout(LINGER, open.none_left()).await;
    accepting.shutdown().await;
    // Before the last client is let go, so that who comes now starts a server of its own instead of waiting.
    let _ = std::fs::remove_file(&socket);
    open.close.send_replace(true);
    open.none_left().await;
    engine.drain().await;
    Ok(())
}

/// The connections that are open, and the word that they are to close.
#[derive(Debug, Clone)]
struct Open {
    count: watch::Sender<usize>,
    close: watch::Sender<bool>,
}

impl Default for Open {
    fn default() -> Self {
        Self {
            count: watch::Sender::new(0),
            close: watch::Sender::new(false),
        }
    }
}

impl Open {
    async fn none_left(&self) {
        // The sender lives in `self`, so this cannot fail.
        let _ = self.count.subscribe().wait_for(|count| *count == 0).await;
    }

    fn enter(&self) -> Entered {
        self.count.send_modify(|count| *count += 1);
        Entered(self.count.clone())
    }
}

/// Counts a connection as open until dropped, also when its task panics.
struct Entered(watch::Sender<usize>);

impl Drop for Entered {
    fn drop(&mut self) {
        self.0.send_modify(|count| *count -= 1);
    }
}

async fn accept_unix(listener: tokio::net::UnixListener, router: axum::Router, open: Open) {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => spawn_connection(stream, router.clone(), &open),
            Err(error) => rest(&error).await,
        }
    }
}

async fn accept_tcp(listener: tokio::net::TcpListener, router: axum::Router, open: Open) {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                let _ = stream.set_nodelay(true);
                spawn_connection(stream, router.clone(), &open);
            }
            Err(error) => rest(&error).await,
        }
    }
}

async fn rest(error: &std::io::Error) {
    tracing::warn!(%error, "a connection could not be accepted");
    tokio::time::sleep(ACCEPT_REST).await;
}

fn spawn_connection<S>(stream: S, router: axum::Router, open: &Open)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let entered = open.enter();
    let mut close = open.close.subscribe();
    tokio::spawn(async move {
        let _entered = entered;
        let mut builder = http1::Builder::new();
        builder
            .timer(TokioTimer::new())
            .header_read_timeout(Duration::from_secs(60));
        let connection = builder.serve_connection(TokioIo::new(stream), TowerToHyperService::new(router));
        tokio::pin!(connection);
        let ended = tokio::select! {
            ended = connection.as_mut() => ended,
            () = asked_to_close(&mut close) => {
                connection.as_mut().graceful_shutdown();
                connection.await
            }
        };
        if let Err(error) = ended {
            tracing::debug!(%error, "a connection broke off");
        }
    });
}

async fn asked_to_close(close: &mut watch::Receiver<bool>) {
    // An error means that the server is gone, which is the same.
    let _ = close.wait_for(|close| *close).await;
}
