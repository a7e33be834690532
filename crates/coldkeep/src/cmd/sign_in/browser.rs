//! Signing in with a browser on this machine: listens on loopback for what the browser brings back.

use super::{minutes, seconds_until, way};
use crate::{cmd::Context, failure::Failure, print::Spinner};
use coldkeep_api::{BrowserAnswer, SignIn, SignInState, StartSignIn};
use coldkeep_core::{
    Code, Kind, Problem, System, fix,
    problem::{Field, Verb},
};
use http::{HeaderValue, Method, Request, Response, header::CONTENT_TYPE};
use http_body_util::Full;
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use std::{
    io,
    net::{Ipv4Addr, Ipv6Addr},
    time::Duration,
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{mpsc, oneshot},
    task::JoinSet,
};

type Page = Response<Full<bytes::Bytes>>;

/// What a browser brought, and where to tell whether that was it.
struct BrowserResult {
    answer: BrowserAnswer,
    judged: oneshot::Sender<&'static str>,
}

const DONE: &str = "You are signed in. You can close this window and return to the terminal.";
const FAILED: &str = "The sign-in failed. Return to the terminal to see the reason.";
const NOT_OURS: &str = "This response does not belong to the current sign-in.";

/// How long the last page may take to reach the browser.
const LAST_PAGE: Duration = Duration::from_secs(2);

/// Opens the page (and prints its address) and waits until the sign-in is finished, or the time is over.
pub async fn in_browser(context: Context<'_>, request: StartSignIn) -> Result<SignIn, Failure> {
    let mut loopback = Loopback::open().await.map_err(|e| no_loopback(&e))?;
    let redirect_uri = Some(format!("http://localhost:{}", loopback.port));
    let request = StartSignIn {
        redirect_uri,
        ..request
    };
    let sign_in = context.client.start_sign_in(&request).await?;
    let page = sign_in.authorize_url.clone().unwrap_or_default();
    context
        .out
        .tell("\nTo sign in, open this page in a browser on this machine:\n");
    // Not wrapped: an address that is copied must be in one piece.
    context.out.ask(&format!("{}\n\n", crate::print::plain(&page)));
    if let Ok(opener) = way::opener(context.global.no_input) {
        opener.open(&page);
    }
    let spinner = Spinner::start(context.out);
    loop {
        let left_s = seconds_until(sign_in.expires_at);
        spinner.say(&format!("waiting for the browser, {} left", minutes(left_s)));
        if left_s == 0 {
            return Err(ran_out().into());
        }
        let brought = tokio::select! {
            brought = loopback.next() => brought,
            () = tokio::time::sleep(Duration::from_secs(1)) => continue,
        };
        let ended = context.client.answer_sign_in(sign_in.id, &brought.answer).await;
        let page = match &ended {
            Ok(ended) if ended.state == SignInState::Done => DONE,
            Ok(_) => FAILED,
            Err(problem) if problem.kind == Kind::Invalid => NOT_OURS,
            Err(_) => FAILED,
        };
        let _ = brought.judged.send(page);
        if page == NOT_OURS {
            continue;
        }
        loopback.finish().await;
        return Ok(ended?);
    }
}

/// Listens on loopback, on both families where there are two: `localhost` may be either.
struct Loopback {
    port: u16,
    v4: TcpListener,
    v6: Option<TcpListener>,
    connections: JoinSet<bool>,
    brought: mpsc::Receiver<BrowserResult>,
    bring: mpsc::Sender<BrowserResult>,
}

impl Loopback {
    async fn open() -> io::Result<Self> {
        let v4 = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let port = v4.local_addr()?.port();
        let v6 = TcpListener::bind((Ipv6Addr::LOCALHOST, port)).await.ok();
        let (bring, brought) = mpsc::channel(1);
        Ok(Self {
            port,
            v4,
            v6,
            connections: JoinSet::new(),
            brought,
            bring,
        })
    }

    /// The next thing a browser brings. Connections without anything to bring are answered and forgotten.
    async fn next(&mut self) -> BrowserResult {
        loop {
            let accepted = tokio::select! {
                Some(brought) = self.brought.recv() => return brought,
                accepted = self.v4.accept() => accepted,
                accepted = accept_maybe(self.v6.as_ref()) => accepted,
            };
            if let Ok((stream, _)) = accepted {
                self.connections.spawn(serve(stream, self.bring.clone()));
            }
        }
    }

    /// Lets the connection that brought the answer end: its page is on the way.
    async fn finish(mut self) {
        let page_sent = async {
            while let Some(ended) = self.connections.join_next().await {
                if ended.unwrap_or(false) {
                    return;
                }
            }
        };
        let _ = tokio::time::timeout(LAST_PAGE, page_sent).await;
    }
}

async fn accept_maybe(listener: Option<&TcpListener>) -> io::Result<(TcpStream, std::net::SocketAddr)> {
    match listener {
        Some(listener) => listener.accept().await,
        None => std::future::pending().await,
    }
}

/// Serves one request of a browser; returns whether it brought the expected answer.
async fn serve(stream: TcpStream, bring: mpsc::Sender<BrowserResult>) -> bool {
    let brought = std::sync::atomic::AtomicBool::new(false);
    let service = service_fn(|request: Request<Incoming>| {
        let (bring, brought) = (bring.clone(), &brought);
        async move {
            let Some(answer) = answer_in(&request) else {
                return Ok::<_, io::Error>(page(404, "There is no page at this address."));
            };
            let (judged, judgement) = oneshot::channel();
            let gone = || io::Error::other("the sign-in is no longer waiting for a response");
            bring
                .send(BrowserResult { answer, judged })
                .await
                .map_err(|_| gone())?;
            let text = judgement.await.map_err(|_| gone())?;
            brought.store(text != NOT_OURS, std::sync::atomic::Ordering::Relaxed);
            Ok(page(if text == NOT_OURS { 400 } else { 200 }, text))
        }
    });
    let connection = http1::Builder::new()
        .keep_alive(false)
        .serve_connection(TokioIo::new(stream), service);
    let _ = connection.await;
    brought.into_inner()
}

/// The query of a request that can be an answer.
fn answer_in(request: &Request<Incoming>) -> Option<BrowserAnswer> {
    let query = request.uri().query()?;
    let is_answer = request.method() == Method::GET
        && request.uri().path() == "/"
        && query.split('&').any(|pair| pair.starts_with("state="));
    is_answer.then(|| BrowserAnswer { answer: query.into() })
}

fn page(status: u16, text: &str) -> Page {
    let html = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Coldkeep</title><h1>Coldkeep</h1><p>{text}</p></html>"
    );
    let mut page = Response::new(Full::new(html.into()));
    *page.status_mut() = http::StatusCode::from_u16(status).unwrap_or_default();
    page.headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    // The address holds a code: no other page is to learn of it.
    page.headers_mut()
        .insert("referrer-policy", HeaderValue::from_static("no-referrer"));
    page
}

fn no_loopback(error: &io::Error) -> Problem {
    Problem::new(
        Code::BrowserNotReachable,
        format!("Coldkeep cannot listen on this machine's loopback address ({error})"),
        fix![
            "Use another sign-in method: ",
            Field::SignIn.set("device-code"),
            " or ",
            Field::SignIn.set("azure-cli"),
            "."
        ],
    )
    .in_system(System {
        name: "this machine".into(),
        ..System::default()
    })
}

fn ran_out() -> Problem {
    Problem::new(
        Code::SignInExpired,
        "The sign-in was not finished within 15 minutes",
        fix![
            "Sign in again. If the browser reported that the sign-in is blocked, use ",
            Field::SignIn.set("azure-cli"),
            ", or give an administrator a script to run elsewhere: ",
            Verb::ServiceAccountScript.any(),
            "."
        ],
    )
}
