//! What every request meets, whatever it is for.

use bytes::Bytes;
use coldkeep_api::{Greeting, PROBLEM_MEDIA_TYPE, ProblemDocument, SocketPath};
use coldkeep_core::SystemClock;
use coldkeep_server::{Config, DataDir, Engine, Listeners, ServerRole, serve};
use http::{Request, StatusCode, header};
use http_body_util::{BodyExt, Full};
use hyper_util::rt::TokioIo;
use std::{sync::Arc, time::Duration};
use tokio::{net::UnixStream, sync::oneshot, task::JoinHandle};

/// A server on a data folder of its own.
struct Server {
    _dir: tempfile::TempDir,
    dir: DataDir,
    stop: oneshot::Sender<()>,
    serving: JoinHandle<()>,
}

impl Server {
    async fn start() -> Self {
        let temp = tempfile::tempdir().unwrap();
        let dir = DataDir::prepare(&temp.path().join("data")).unwrap();
        let listeners = Listeners::open(&dir, dir.try_lock().unwrap().unwrap()).unwrap();
        let engine = Engine::open(Config {
            data_dir: dir.path().to_owned(),
            database_url: None,
            master_key_file: None,
            clock: Arc::new(SystemClock),
        })
        .await
        .unwrap();
        let (stop, stopped) = oneshot::channel();
        let serving = tokio::spawn(async move {
            serve(
                engine,
                listeners,
                ServerRole::Daemon {
                    patience: Duration::from_secs(1),
                },
                async {
                    let _ = stopped.await;
                },
            )
            .await
            .unwrap();
        });
        Self {
            _dir: temp,
            dir,
            stop,
            serving,
        }
    }

    async fn connect(&self) -> UnixStream {
        let address = SocketPath::of(&self.dir.socket()).unwrap();
        UnixStream::connect(address.path()).await.unwrap()
    }

    /// One request on a connection of its own.
    async fn ask(&self, method: &str, path: &str, body: &'static str) -> (StatusCode, String, Bytes) {
        let stream = self.connect().await;
        let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
            .await
            .unwrap();
        tokio::spawn(connection);
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::HOST, "localhost");
        let response = sender
            .send_request(
                request
                    .body(Full::new(Bytes::from_static(body.as_bytes())))
                    .unwrap(),
            )
            .await;
        let response = response.unwrap();
        let kind = response.headers()[header::CONTENT_TYPE]
            .to_str()
            .unwrap()
            .to_owned();
        (
            response.status(),
            kind,
            response.into_body().collect().await.unwrap().to_bytes(),
        )
    }

    async fn end(self) {
        self.stop.send(()).unwrap();
        self.serving.await.unwrap();
        assert!(self.dir.try_lock().unwrap().is_some(), "the lock is given back");
    }
}

#[tokio::test]
async fn what_cannot_be_answered_is_a_problem() {
    let server = Server::start().await;
    for (method, path, body, status) in [
        ("GET", "/", "", 404),
        ("GET", "/api/v1/nonsense", "", 404),
        ("PUT", "/api/v1/clouds", "", 405),
        ("POST", "/api/v1/clouds", "{", 400),
        ("POST", "/api/v1/jobs", "{\"name\":\"n\"}", 400),
        ("GET", "/api/v1/runs/not-an-id", "", 400),
        (
            "GET",
            "/api/v1/points/01890a5d-ac96-774b-bcce-b302099a8057/content",
            "",
            400,
        ),
        (
            "GET",
            "/api/v1/points/01890a5d-ac96-774b-bcce-b302099a8057/files?limit=many",
            "",
            400,
        ),
        ("GET", "/api/v1/clouds/nowhere", "", 404),
        ("GET", "/api/v1/clouds/%ff", "", 400),
    ] {
        let (got, kind, body) = server.ask(method, path, body).await;
        assert_eq!(
            (got.as_u16(), kind.as_str()),
            (status, PROBLEM_MEDIA_TYPE),
            "{method} {path}"
        );
        let document: ProblemDocument = serde_json::from_slice(&body).unwrap();
        assert!(
            !document.hint.is_empty() && !document.detail.is_empty(),
            "{method} {path}: {document:?}"
        );
    }
    server.end().await;
}

#[tokio::test]
async fn the_server_says_who_it_is_and_lists() {
    let server = Server::start().await;
    let (status, kind, body) = server.ask("GET", "/api/v1", "").await;
    assert_eq!((status, kind.as_str()), (StatusCode::OK, "application/json"));
    let greeting: Greeting = serde_json::from_slice(&body).unwrap();
    assert_eq!(greeting.name, "coldkeep");
    let (_, _, body) = server.ask("GET", "/api/v1/clouds", "").await;
    let clouds: Vec<coldkeep_core::cloud::Cloud> = serde_json::from_slice(&body).unwrap();
    assert!(clouds.iter().any(|c| c.name == "AzureCloud"));
    server.end().await;
}

#[tokio::test]
async fn an_idle_client_does_not_hold_up_the_end() {
    let server = Server::start().await;
    let _idle = server.connect().await;
    tokio::time::timeout(std::time::Duration::from_secs(30), server.end())
        .await
        .unwrap();
}
