//! Accepting connections until asked to stop, and ending without cutting off clients.

use crate::{
    api,
    guard::{self, Guard},
    limits::{self, ConnectionSeats, HEAD_TIME, Unstalled},
    listen::Listeners,
    pages::{self, Site},
};
use axum::routing::any_service;
use coldkeep_core::{Caller, Problem};
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
const LINGER: Duration = Duration::from_secs(3);

/// How long requests under way may take then, before their connections are cut.
const LAST_ANSWERS: Duration = Duration::from_secs(4);

/// How long runs that were stopped may take to write that down.
const LAST_WORDS: Duration = Duration::from_secs(4);

/// How long the accept loop rests after the system refused a connection (no descriptors left, mostly).
const ACCEPT_REST: Duration = Duration::from_millis(100);

/// What a server is there for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ServerRole {
    /// One command in the same process: no background loops, and runs may take as long as they need, because the user
    /// waits for them.
    SingleCommand,
    /// A server of its own: background loops run, and at its end runs have `patience` before they are stopped. The next
    /// run of a job resumes from there.
    Daemon { patience: Duration },
}

/// Serves the REST API until `shutdown` is done and the last run and the last client have ended.
///
/// After `shutdown` it continues answering until no run is alive (or their time is over), so that clients can watch theirs
/// to the end; then requests in progress have a few seconds, whether or not their clients react, the socket is
/// removed, and the data
/// folder's lock is released.
pub async fn serve(
    engine: Arc<Engine>,
    listeners: Listeners,
    role: ServerRole,
    shutdown: impl Future<Output = ()>,
) -> Result<(), Problem> {
    let router = api::router(engine.clone());
    let open = OpenConnections::default();
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
        let api = router.layer(axum::middleware::from_fn_with_state(guard, guard::check_request));
        let site = Site::new(engine.clone(), tcp.address, tcp.link);
        let router = axum::Router::new()
            .route("/api", any_service(api.clone()))
            .route("/api/{*rest}", any_service(api))
            .fallback_service(pages::router(site));
        accepting.spawn(accept_tcp(tcp.listener, router, open.clone()));
    }
    let loops = match role {
        ServerRole::Daemon { .. } => Some(engine.start_loops()),
        ServerRole::SingleCommand => None,
    };
    shutdown.await;
    end_runs(&engine, role).await;
    drop(loops);
    let _ = tokio::time::timeout(LINGER, open.none_left()).await;
    accepting.shutdown().await;
    // Before the last client is disconnected, so that a new client starts its own server instead of waiting.
    let _ = std::fs::remove_file(&socket);
    open.close.send_replace(Close::Soon);
    if tokio::time::timeout(LAST_ANSWERS, open.none_left())
        .await
        .is_err()
    {
        open.close.send_replace(Close::Now);
        open.none_left().await;
    }
    let rest = match role {
        ServerRole::SingleCommand => role,
        ServerRole::Daemon { .. } => ServerRole::Daemon {
            patience: Duration::ZERO,
        },
    };
    end_runs(&engine, rest).await;
    Ok(())
}

async fn end_runs(engine: &Engine, role: ServerRole) {
    match role {
        ServerRole::SingleCommand => engine.drain().await,
        ServerRole::Daemon { patience } => {
            if tokio::time::timeout(patience, engine.drain()).await.is_err() {
                engine.stop_runs();
                // What cannot be written down now is found by the next start.
                let _ = tokio::time::timeout(LAST_WORDS, engine.drain()).await;
            }
        }
    }
}

/// The signal to open connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Close {
    No,
    /// After the answer under way.
    Soon,
    /// At once.
    Now,
}

/// The connections that are open, and the word that they are to close.
#[derive(Debug, Clone)]
struct OpenConnections {
    count: watch::Sender<usize>,
    close: watch::Sender<Close>,
}

impl Default for OpenConnections {
    fn default() -> Self {
        Self {
            count: watch::Sender::new(0),
            close: watch::Sender::new(Close::No),
        }
    }
}

impl OpenConnections {
    async fn none_left(&self) {
        // The sender lives in `self`, so this cannot fail.
        let _ = self.count.subscribe().wait_for(|count| *count == 0).await;
    }

    fn enter(&self) -> ConnectionCount {
        self.count.send_modify(|count| *count += 1);
        ConnectionCount(self.count.clone())
    }
}

/// Counts a connection as open until dropped, also when its task panics.
struct ConnectionCount(watch::Sender<usize>);

impl Drop for ConnectionCount {
    fn drop(&mut self) {
        self.0.send_modify(|count| *count -= 1);
    }
}

async fn accept_unix(listener: tokio::net::UnixListener, router: axum::Router, open: OpenConnections) {
    let seats = ConnectionSeats::of_unix();
    loop {
        match listener.accept().await {
            Ok((stream, _)) => match stream.peer_cred() {
                Ok(peer) => seat(
                    stream,
                    &seats,
                    router_for(&router, Caller::system_user(peer.uid())),
                    &open,
                ),
                Err(error) => tracing::warn!(%error, "a connection from an unknown peer was closed"),
            },
            Err(error) => rest(&error).await,
        }
    }
}

async fn accept_tcp(listener: tokio::net::TcpListener, router: axum::Router, open: OpenConnections) {
    let seats = ConnectionSeats::of_tcp();
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                let _ = stream.set_nodelay(true);
                seat(stream, &seats, router_for(&router, Caller::token_holder()), &open);
            }
            Err(error) => rest(&error).await,
        }
    }
}

async fn rest(error: &std::io::Error) {
    tracing::warn!(%error, "a connection could not be accepted");
    tokio::time::sleep(ACCEPT_REST).await;
}

/// The routes with the connection's caller on every request.
fn router_for(router: &axum::Router, caller: Caller) -> axum::Router {
    router.clone().layer(axum::Extension(caller))
}

/// Answers on a connection while there are seats, else refuses it because there are too many.
fn seat<S>(stream: S, seats: &ConnectionSeats, router: axum::Router, open: &OpenConnections)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let entered = open.enter();
    let Some(seat) = seats.take() else {
        tokio::spawn(async move {
            let _entered = entered;
            limits::turn_away(stream).await;
        });
        return;
    };
    let mut close = open.close.subscribe();
    tokio::spawn(async move {
        let (_entered, _seat) = (entered, seat);
        let mut builder = http1::Builder::new();
        builder.timer(TokioTimer::new()).header_read_timeout(HEAD_TIME);
        let stream = TokioIo::new(Unstalled::new(stream));
        let connection = builder.serve_connection(stream, TowerToHyperService::new(router));
        tokio::pin!(connection);
        let ended = tokio::select! {
            ended = connection.as_mut() => ended,
            () = wait_for_close(&mut close, Close::Soon) => {
                connection.as_mut().graceful_shutdown();
                tokio::select! {
                    ended = connection => ended,
                    () = wait_for_close(&mut close, Close::Now) => return,
                }
            }
        };
        if let Err(error) = ended {
            tracing::debug!(%error, "a connection broke off");
        }
    });
}

async fn wait_for_close(close: &mut watch::Receiver<Close>, what: Close) {
    // An error means that the server is gone, which is the same.
    let _ = close.wait_for(|close| *close >= what).await;
}
