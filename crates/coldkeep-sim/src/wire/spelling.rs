//! How the names of headers are spelled, capitals included, where the HTTP types know them in small letters only.
//!
//! A server that preserves the spelling (`http1::Builder::preserve_header_case`) keeps that of a request in a part of the
//! message that hyper alone can open, and spells a response by the one that it carries. So hyper itself is asked, in memory:
//! a response that carries a request's part is written out and read, and a request is read to get the part for a response.

use bytes::Bytes;
use futures::FutureExt as _;
use http::request::Parts;
use http::{Extensions, HeaderName, HeaderValue, Request, Response};
use http_body_util::Empty;
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use std::{cell::RefCell, convert::Infallible, future, io::Cursor};

/// The names of a request's headers that begin with `prefix` (in small letters), as they were sent.
pub(crate) fn as_sent(request: &Parts, prefix: &str) -> Vec<String> {
    let mut reply = Response::new(Empty::new());
    let begins = |name: &&HeaderName| name.as_str().starts_with(prefix);
    for name in request.headers.keys().filter(begins) {
        reply
            .headers_mut()
            .insert(name.clone(), HeaderValue::from_static(""));
    }
    if reply.headers().is_empty() {
        return Vec::new();
    }
    *reply.extensions_mut() = request.extensions.clone();
    let Some(written) = exchange("GET / HTTP/1.1\r\n\r\n".into(), |_| reply.clone()) else {
        // Better in small letters than not at all.
        return reply.headers().keys().map(HeaderName::to_string).collect();
    };
    let written = String::from_utf8_lossy(&written);
    let names = written.lines().filter_map(|line| line.split_once(':'));
    names
        .map(|(name, _)| name.to_owned())
        .filter(|name| name.to_ascii_lowercase().starts_with(prefix))
        .collect()
}

/// Has the headers of a response with these names spelled so.
pub(crate) fn spell<B>(response: &mut Response<B>, names: &[String]) {
    if names.is_empty() {
        return;
    }
    let lines: String = names.iter().map(|name| format!("{name}:\r\n")).collect();
    let read = RefCell::new(Extensions::new());
    exchange(format!("GET / HTTP/1.1\r\n{lines}\r\n"), |request| {
        *read.borrow_mut() = request.into_parts().0.extensions;
        Response::new(Empty::new())
    });
    response.extensions_mut().extend(read.into_inner());
}

/// Has hyper read `request`, and returns how it writes the answer. Nothing in it waits for anything.
fn exchange(
    request: String,
    answer: impl Fn(Request<Incoming>) -> Response<Empty<Bytes>>,
) -> Option<Vec<u8>> {
    let both = tokio::io::join(Cursor::new(request), Vec::new());
    let service = service_fn(|request| future::ready(Ok::<_, Infallible>(answer(request))));
    let mut connection = http1::Builder::new()
        .preserve_header_case(true)
        .auto_date_header(false)
        .keep_alive(false)
        // There is nothing to read behind the request.
        .half_close(true)
        .serve_connection(TokioIo::new(both), service);
    future::poll_fn(|context| connection.poll_without_shutdown(context))
        .now_or_never()?
        .ok()?;
    let (_, written) = connection.into_parts().io.into_inner().into_inner();
    Some(written)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_come_back_as_they_were_spelled() {
        let names = [
            "x-ms-meta-Owner",
            "X-MS-Meta-in_UPPER_and_lower",
            "x-ms-meta-small",
        ];
        let names = names.map(str::to_owned);
        let mut response = Response::new(());
        spell(&mut response, &names);
        let (parts, ()) = response.into_parts();
        let mut request = Request::new(());
        *request.extensions_mut() = parts.extensions;
        for name in &names {
            let name = HeaderName::try_from(name.as_str()).unwrap();
            request
                .headers_mut()
                .insert(name, HeaderValue::from_static("value"));
        }
        request
            .headers_mut()
            .insert("x-other", HeaderValue::from_static("value"));
        let mut read = as_sent(&request.into_parts().0, "x-ms-meta-");
        read.sort();
        let mut names = names.to_vec();
        names.sort();
        assert_eq!(read, names);
    }

    #[test]
    fn without_a_spelling_names_are_small() {
        let mut request = Request::new(());
        request
            .headers_mut()
            .insert("x-ms-meta-a", HeaderValue::from_static("1"));
        assert_eq!(as_sent(&request.into_parts().0, "x-ms-meta-"), ["x-ms-meta-a"]);
    }
}
