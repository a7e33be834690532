//! Blob Batch: many deletions, or many changes of tier, in one request
//! (<https://learn.microsoft.com/rest/api/storageservices/blob-batch>).
//!
//! Every part is a request of its own: it proves itself, is judged and is answered by itself. The whole needs a right
//! besides.

use bytes::Bytes;
use http::request::Parts;
use http::{HeaderName, HeaderValue, Method, Request, StatusCode, Uri};

use super::{
    address::{Address, Query},
    host::HostStyle,
    need::BATCH,
    reply::{Answer, Common, Refusal, Reply},
    request::Ask,
    rights::scope,
    router::answer,
    versions::DEFAULT_VERSION,
};
use crate::storage::content::Body;

const PARTS_MAX: usize = 256;
const BODY_MAX_BYTES: usize = 4 << 20;

/// Answers every part of the body in turn.
pub(super) fn run(ask: &Ask<'_>) -> Answer {
    scope(ask).require_of_token(&ask.caller, BATCH)?;
    let boundary =
        boundary(ask.required("content-type")?).ok_or_else(|| Refusal::invalid_header("content-type"))?;
    if ask.body.len() > BODY_MAX_BYTES {
        return Err(Refusal::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "RequestBodyTooLarge",
            "The request body is too large and exceeds the maximum permissible limit.",
        ));
    }
    let text = std::str::from_utf8(&ask.body).map_err(|_| invalid_input())?;
    let parts = split(text, boundary)
        .into_iter()
        .map(|part| Part::parse(ask, part).ok_or_else(invalid_input))
        .collect::<Result<Vec<_>, _>>()?;
    check_parts(ask, &parts)?;
    let own = format!("batchresponse_{}", uuid::Uuid::new_v4());
    let mut body = Vec::new();
    for part in parts {
        body.extend_from_slice(format!("--{own}\r\nContent-Type: application/http\r\n").as_bytes());
        part.answer(ask, &mut body);
    }
    body.extend_from_slice(format!("--{own}--\r\n").as_bytes());
    let mut reply = Reply::new(StatusCode::ACCEPTED);
    reply.set("content-type", format!("multipart/mixed; boundary={own}"));
    reply.body = Body::of(body);
    Ok(reply)
}

fn invalid_input() -> Refusal {
    Refusal::bad_request("InvalidInput", "One of the request inputs is not valid.")
}

/// The boundary in a content type of `multipart/mixed`.
fn boundary(content_type: &str) -> Option<&str> {
    let mut words = content_type.split(';').map(str::trim);
    words
        .next()
        .filter(|kind| kind.eq_ignore_ascii_case("multipart/mixed"))?;
    let value = words.find_map(|word| word.strip_prefix("boundary="))?;
    Some(value.trim_matches('"')).filter(|value| !value.is_empty())
}

/// The texts between the boundaries.
fn split<'t>(text: &'t str, boundary: &str) -> Vec<&'t str> {
    let mark = format!("--{boundary}");
    text.split(mark.as_str())
        .skip(1)
        .take_while(|part| !part.starts_with("--"))
        .collect()
}

/// The version of the batch that a request is part of.
#[derive(Debug, Clone)]
pub(super) struct OuterVersion(pub(super) String);

/// One request within the body.
struct Part {
    content_id: Option<String>,
    parts: Parts,
}

impl Part {
    /// Headers of the part, a blank line, and the request: its first line and its headers.
    fn parse(ask: &Ask<'_>, text: &str) -> Option<Self> {
        let mut lines = text.lines().skip_while(|line| line.trim().is_empty());
        let named: Vec<_> = lines.by_ref().map_while(|line| line.split_once(':')).collect();
        let content_id = named
            .iter()
            .find(|(name, _)| name.trim().eq_ignore_ascii_case("content-id"));
        let content_id = content_id.map(|(_, value)| value.trim().to_owned());
        let mut lines = lines.skip_while(|line| line.trim().is_empty());
        let mut first = lines.next()?.split_whitespace();
        let method: Method = first.next()?.parse().ok()?;
        let (uri, host_style) = addressed(ask, first.next()?)?;
        let mut request = Request::builder().method(method).uri(uri);
        for (name, value) in lines.map_while(|line| line.split_once(':')) {
            let name: HeaderName = name.trim().parse().ok()?;
            request = request.header(name, HeaderValue::from_str(value.trim()).ok()?);
        }
        let (mut parts, ()) = request.body(()).ok()?.into_parts();
        // The version is that of the whole, and no part of what the part's sender signed.
        if let Some(version) = ask.header("x-ms-version") {
            parts.extensions.insert(OuterVersion(version.to_owned()));
        }
        if host_style {
            parts.extensions.insert(HostStyle {
                host: ask.header("host").unwrap_or_default().to_owned(),
            });
        }
        parts.extensions.insert(super::network::Peer(ask.client));
        Some(Self { content_id, parts })
    }

    /// What may stand in a batch: deleting a blob, and setting its tier.
    fn kind(&self) -> Option<&'static str> {
        let query = Query::parse(self.parts.uri.query().unwrap_or_default())?;
        if query.some("restype").is_some() {
            return None;
        }
        match (self.parts.method.as_str(), query.some("comp")) {
            ("DELETE", None) => Some("delete"),
            ("PUT", Some("tier")) => Some("tier"),
            _ => None,
        }
    }

    /// Whether it is about a blob of that container, however its address is written.
    fn is_in(&self, ask: &Ask<'_>, container: &str) -> bool {
        let written = Address::parse(self.parts.uri.path());
        let meant = written.and_then(|address| {
            if ask.account.hns {
                Some(address)
            } else {
                address.walked()
            }
        });
        meant.is_some_and(|meant| meant.blob.is_some() && meant.container.as_deref() == Some(container))
    }

    /// Does it, and writes the answer as the part of a body.
    fn answer(self, ask: &Ask<'_>, out: &mut Vec<u8>) {
        let (answer, _) = answer(ask.world, &self.parts, Bytes::new());
        let request_id = ask.world.next_request_id();
        let reply = answer.unwrap_or_else(|refusal| refusal.into_reply(&request_id, ask.now));
        let response = reply.into_response(Common {
            request_id: &request_id,
            version: ask.header("x-ms-version").unwrap_or(DEFAULT_VERSION),
            client_request_id: super::address::header(&self.parts.headers, "x-ms-client-request-id"),
            now: ask.now,
            head_only: false,
        });
        if let Some(id) = self.content_id {
            out.extend_from_slice(format!("Content-ID: {id}\r\n").as_bytes());
        }
        let status = response.status();
        let reason = status.canonical_reason().unwrap_or_default();
        out.extend_from_slice(format!("\r\nHTTP/1.1 {} {reason}\r\n", status.as_u16()).as_bytes());
        for (name, value) in response.headers() {
            out.extend_from_slice(name.as_str().as_bytes());
            out.extend_from_slice(b": ");
            out.extend_from_slice(value.as_bytes());
            out.extend_from_slice(b"\r\n");
        }
        let body = response.into_body().into_bytes();
        if !body.is_empty() {
            out.extend_from_slice(format!("content-length: {}\r\n", body.len()).as_bytes());
        }
        out.extend_from_slice(b"\r\n");
        out.extend_from_slice(&body);
        out.extend_from_slice(b"\r\n");
    }
}

/// The address of a part in path style, and whether it was sent without the account: clients that address the emulator by
/// its path write it either way.
fn addressed(ask: &Ask<'_>, target: &str) -> Option<(Uri, bool)> {
    let path = match target.split_once("://") {
        Some((_, rest)) => &rest[rest.find('/')?..],
        None => target,
    };
    let account = format!("/{}/", ask.address.account);
    if path.starts_with(&account) && ask.host.is_none() {
        return Some((path.parse().ok()?, false));
    }
    let rest = path.strip_prefix('/')?;
    Some((format!("{account}{rest}").parse().ok()?, true))
}

/// All parts do the same, at most 256 of them, and in the container that the batch names.
fn check_parts(ask: &Ask<'_>, parts: &[Part]) -> Result<(), Refusal> {
    let kind = parts
        .first()
        .ok_or_else(invalid_input)?
        .kind()
        .ok_or_else(invalid_input)?;
    if parts.len() > PARTS_MAX {
        return Err(Refusal::bad_request(
            "ExceedsMaxBatchRequestCount",
            "The batch operation exceeds maximum number of allowed subrequests.",
        ));
    }
    if parts.iter().any(|part| part.kind() != Some(kind)) {
        return Err(Refusal::bad_request(
            "AllBatchSubRequestsShouldBeSameApi",
            "All batch subrequests should be the same api.",
        ));
    }
    if let Some(container) = &ask.address.container
        && !parts.iter().all(|part| part.is_in(ask, container))
    {
        return Err(invalid_input());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boundaries_are_found() {
        assert_eq!(boundary("multipart/mixed; boundary=b_1"), Some("b_1"));
        assert_eq!(boundary("Multipart/Mixed;boundary=\"b 1\""), Some("b 1"));
        assert_eq!(boundary("multipart/form-data; boundary=b"), None);
        assert_eq!(boundary("multipart/mixed"), None);
        assert_eq!(
            split("--b\r\none\r\n--b\r\ntwo\r\n--b--\r\n", "b"),
            ["\r\none\r\n", "\r\ntwo\r\n"]
        );
        assert!(split("nothing", "b").is_empty());
    }
}
