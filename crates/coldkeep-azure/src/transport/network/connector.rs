//! Connections to services, directly or through a proxy: a tunnel (`CONNECT`) to what speaks TLS, the proxy itself for
//! the rest.

use super::{Network, Proxy, ProxyRefusal, untrusted_within};
use bytes::Bytes;
use http::{Method, Request, Response, Uri, header};
use http_body_util::Empty;
use hyper::{body::Incoming, client::conn::http1, rt, upgrade};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::connect::{Connected, Connection, HttpConnector};
use std::{
    error::Error as StdError,
    future::Future,
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};
use tower::Service;

type BoxError = Box<dyn StdError + Send + Sync>;

/// A proxy first connects to another host before it answers.
const TUNNEL_WITHIN: Duration = Duration::from_secs(30);

/// Opens connections through a [`Network`].
#[derive(Clone)]
pub(crate) struct Connector {
    direct: HttpConnector,
    /// To the proxy, which may speak TLS itself.
    to_proxy: HttpsConnector<HttpConnector>,
    network: Arc<Network>,
}

impl Connector {
    pub fn new(network: &Network, tcp: HttpConnector, tls: rustls::ClientConfig) -> Self {
        let to_proxy = HttpsConnectorBuilder::new()
            .with_tls_config(tls)
            .https_or_http()
            .enable_http1()
            .wrap_connector(tcp.clone());
        Self {
            direct: tcp,
            to_proxy,
            network: Arc::new(network.clone()),
        }
    }
}

impl Service<Uri> for Connector {
    type Response = Stream;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<Stream, BoxError>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        // Neither connector ever has to wait.
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, to: Uri) -> Self::Future {
        let Some(proxy) = self.network.proxy_of(&to).cloned() else {
            let connecting = self.direct.call(to);
            return Box::pin(async move {
                let stream = connecting.await?;
                Ok(Stream::new(stream, false))
            });
        };
        let address: Result<Uri, _> = proxy.address().parse();
        let mut to_proxy = self.to_proxy.clone();
        Box::pin(async move {
            let within = tokio::time::timeout(TUNNEL_WITHIN, async {
                let stream = to_proxy.call(address?).await.map_err(|e| ProxyRefusal {
                    trust: untrusted_within(&*e),
                    ..unreachable(&proxy, &to, innermost(&*e))
                })?;
                if to.scheme_str() == Some("https") {
                    tunnel(stream, &proxy, &to).await
                } else {
                    Ok(Stream::new(stream, true))
                }
            });
            within.await.unwrap_or_else(|_| {
                let seconds = TUNNEL_WITHIN.as_secs();
                Err(unreachable(&proxy, &to, format!("no response within {seconds} seconds")).into())
            })
        })
    }
}

/// Asks a proxy for a connection to a host.
async fn tunnel<T>(stream: T, proxy: &Proxy, to: &Uri) -> Result<Stream, BoxError>
where
    T: rt::Read + rt::Write + Send + Unpin + 'static,
{
    let broken = |e: hyper::Error| unreachable(proxy, to, e.to_string());
    let (mut sender, connection) = http1::handshake(stream).await.map_err(broken)?;
    tokio::spawn(connection.with_upgrades());
    let host = to.host().unwrap_or_default();
    let authority = format!("{host}:{}", to.port_u16().unwrap_or(443));
    let mut request = Request::builder()
        .method(Method::CONNECT)
        .uri(&authority)
        .header(header::HOST, &authority)
        .body(Empty::<Bytes>::new())?;
    if let Some(authorization) = proxy.authorization() {
        request
            .headers_mut()
            .insert(header::PROXY_AUTHORIZATION, authorization);
    }
    let answer = sender.send_request(request).await.map_err(broken)?;
    if !answer.status().is_success() {
        return Err(refused(proxy, to, &answer).into());
    }
    let upgraded = upgrade::on(answer).await.map_err(broken)?;
    Ok(Stream::new(upgraded, false))
}

/// A proxy's answer in place of a service's.
pub(crate) fn refused(proxy: &Proxy, to: &Uri, answer: &Response<Incoming>) -> ProxyRefusal {
    let schemes = answer.headers().get_all(header::PROXY_AUTHENTICATE).iter();
    ProxyRefusal {
        status: Some(answer.status().as_u16()),
        schemes: schemes
            .filter_map(|value| value.to_str().ok()?.split_whitespace().next())
            .map(|scheme| scheme.chars().take(20).collect())
            .take(5)
            .collect(),
        ..unreachable(proxy, to, String::new())
    }
}

fn unreachable(proxy: &Proxy, to: &Uri, reason: String) -> ProxyRefusal {
    ProxyRefusal {
        proxy: proxy.to_string(),
        host: to.host().unwrap_or_default().to_owned(),
        status: None,
        schemes: Vec::new(),
        had_user: proxy.has_user(),
        reason,
        trust: None,
    }
}

/// "connection refused", without where.
fn innermost(error: &(dyn StdError + 'static)) -> String {
    let mut last = error;
    for _ in 0..8 {
        match last.source() {
            Some(inner) => last = inner,
            None => break,
        }
    }
    last.to_string()
}

/// A connection of any kind.
pub(crate) struct Stream {
    io: Pin<Box<dyn Io>>,
    /// Whole addresses are written into requests.
    through_proxy: bool,
}

trait Io: rt::Read + rt::Write + Send {}
impl<T: rt::Read + rt::Write + Send> Io for T {}

impl Stream {
    fn new(io: impl Io + 'static, through_proxy: bool) -> Self {
        Self {
            io: Box::pin(io),
            through_proxy,
        }
    }
}

impl Connection for Stream {
    fn connected(&self) -> Connected {
        Connected::new().proxy(self.through_proxy)
    }
}

impl rt::Read for Stream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: rt::ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        self.io.as_mut().poll_read(cx, buf)
    }
}

impl rt::Write for Stream {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        self.io.as_mut().poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.io.as_mut().poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.io.as_mut().poll_shutdown(cx)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.io.as_mut().poll_write_vectored(cx, bufs)
    }
}
