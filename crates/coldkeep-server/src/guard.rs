//! What TCP asks of a request, also on loopback: every program and every web page of this machine can reach it.

use crate::refusal::Refusal;
use axum::{
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use coldkeep_core::{Code, ExposeSecret, Kind, Problem, SecretString, fix, problem::Field};
use http::{
    HeaderMap, HeaderValue,
    header::{AUTHORIZATION, CONNECTION, HOST, ORIGIN, WWW_AUTHENTICATE},
};
use std::{net::SocketAddr, sync::Arc};
use subtle::ConstantTimeEq;

#[derive(Debug)]
pub(crate) struct Guard {
    pub token: SecretString,
    pub address: SocketAddr,
}

/// Lets a request through that names this server, comes from no page of another site and has the token.
pub(crate) async fn check_request(State(guard): State<Arc<Guard>>, request: Request, next: Next) -> Response {
    match guard.check_headers(request.headers()) {
        Ok(()) => next.run(request).await,
        Err(problem) => {
            let unauthenticated = problem.kind == Kind::Unauthenticated;
            let mut response = Refusal(problem).into_response();
            // Who is not let in keeps no connection, and what else it sent is not waited for.
            response
                .headers_mut()
                .insert(CONNECTION, HeaderValue::from_static("close"));
            if unauthenticated {
                response.headers_mut().insert(
                    WWW_AUTHENTICATE,
                    HeaderValue::from_static("Bearer realm=\"coldkeep\""),
                );
            }
            response
        }
    }
}

impl Guard {
    fn check_headers(&self, headers: &HeaderMap) -> Result<(), Problem> {
        let text = |name| headers.get(name).and_then(|v: &HeaderValue| v.to_str().ok());
        if !text(HOST).is_some_and(|host| self.is_us(host)) {
            return Err(Problem::new(
                Code::OriginNotAllowed,
                "The request names another host than this server",
                format!(
                    "Address the server as {} (requests under other host names are refused).",
                    self.address
                ),
            ));
        }
        if headers.contains_key(ORIGIN)
            && !text(ORIGIN)
                .and_then(|o| o.strip_prefix("http://"))
                .is_some_and(|o| self.is_us(o))
        {
            return Err(Problem::new(
                Code::OriginNotAllowed,
                "The request comes from a web page of another site",
                "Send it from a program, or from a page of this server.",
            ));
        }
        let sent = text(AUTHORIZATION)
            .and_then(|a| a.split_once(' '))
            .filter(|(how, _)| how.eq_ignore_ascii_case("bearer"));
        let accepted = sent.is_some_and(|(_, sent)| {
            sent.trim()
                .as_bytes()
                .ct_eq(self.token.expose_secret().as_bytes())
                .into()
        });
        if accepted {
            return Ok(());
        }
        Err(Problem::new(
            Code::ServerTokenMissing,
            if sent.is_some() {
                "The token does not belong to this server"
            } else {
                "The request has no token"
            },
            fix![
                "Send `Authorization: Bearer TOKEN` with the content of `api.token` in the server's data folder (",
                Field::ServerToken,
                ")."
            ],
        ))
    }

    /// Whether a `Host` or the rest of an `Origin` means this listener.
    fn is_us(&self, host: &str) -> bool {
        let port = self.address.port();
        [
            self.address.to_string(),
            format!("localhost:{port}"),
            format!("127.0.0.1:{port}"),
            format!("[::1]:{port}"),
        ]
        .iter()
        .any(|own| own.eq_ignore_ascii_case(host))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(headers: &[(&str, &str)]) -> Option<Kind> {
        let guard = Guard {
            token: "secret".into(),
            address: "127.0.0.1:8417".parse().unwrap(),
        };
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.insert(
                http::HeaderName::try_from(*name).unwrap(),
                HeaderValue::try_from(*value).unwrap(),
            );
        }
        guard.check_headers(&map).err().map(|p| p.kind)
    }

    #[test]
    fn who_gets_in() {
        let host = ("host", "127.0.0.1:8417");
        let token = ("authorization", "Bearer secret");
        let cases: &[(&[_], _)] = &[
            (&[host, token], None),
            (&[host, ("authorization", "bearer secret")], None),
            (&[("host", "LOCALHOST:8417"), token], None),
            (&[host, token, ("origin", "http://localhost:8417")], None),
            (&[host], Some(Kind::Unauthenticated)),
            (
                &[host, ("authorization", "Bearer secre")],
                Some(Kind::Unauthenticated),
            ),
            (
                &[host, ("authorization", "Bearer secret2")],
                Some(Kind::Unauthenticated),
            ),
            (
                &[host, ("authorization", "Basic secret")],
                Some(Kind::Unauthenticated),
            ),
            (&[token], Some(Kind::Denied)),
            (&[("host", "evil.example:8417"), token], Some(Kind::Denied)),
            (&[("host", "127.0.0.1"), token], Some(Kind::Denied)),
            (
                &[host, token, ("origin", "http://evil.example")],
                Some(Kind::Denied),
            ),
            (&[host, token, ("origin", "null")], Some(Kind::Denied)),
        ];
        for (headers, expected) in cases {
            assert_eq!(kind(headers), *expected, "{headers:?}");
        }
    }
}
