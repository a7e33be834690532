//! Addresses whose host names the account: `ACCOUNT.blob.core.windows.net/CONTAINER/BLOB`
//! (<https://learn.microsoft.com/azure/storage/common/storage-account-overview>), and `ACCOUNT.blob.localhost:PORT/…` here.
//!
//! They are led back to path style before anything looks at the request, so that faults, the log and the handlers know one
//! form only. What a shared key signs is the path as it was sent; [`HostStyle`] remembers that.

use http::{Request, Uri, header::HOST, request::Parts, uri::PathAndQuery};

/// Marks a request whose host named the account.
#[derive(Debug, Clone)]
pub(super) struct HostStyle {
    /// With its port, as it was sent.
    pub(super) host: String,
}

/// The account that a host names: its first label, with `blob` behind it, or behind the zone that newer accounts have.
pub(super) fn account_of(host: &str) -> Option<String> {
    // Host names have no case.
    let host = host.to_ascii_lowercase();
    let (account, rest) = host.split_once('.')?;
    let named = rest.starts_with("blob.") || {
        let (zone, rest) = rest.split_once('.')?;
        zone.starts_with('z') && rest.starts_with("blob.storage.azure.net")
    };
    (named && !account.is_empty()).then(|| account.to_owned())
}

/// Leads a request back to path style, if its host names an account.
pub(crate) fn to_path_style<B>(request: Request<B>) -> Request<B> {
    let (mut parts, body) = request.into_parts();
    if let Some((host, uri)) = rewritten(&parts) {
        parts.uri = uri;
        parts.extensions.insert(HostStyle { host });
    }
    Request::from_parts(parts, body)
}

fn rewritten(parts: &Parts) -> Option<(String, Uri)> {
    let sent = parts.headers.get(HOST).and_then(|value| value.to_str().ok());
    let host = parts
        .uri
        .authority()
        .map(|authority| authority.as_str())
        .or(sent)?;
    let account = account_of(host)?;
    let path = parts.uri.path_and_query().map_or("/", PathAndQuery::as_str);
    let uri = format!("/{account}{path}").parse().ok()?;
    Some((host.to_owned(), uri))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accounts_are_read_from_hosts() {
        for (host, account) in [
            ("north.blob.localhost:10000", Some("north")),
            ("north.blob.core.windows.net", Some("north")),
            ("North.BLOB.Core.windows.net", Some("north")),
            ("north-secondary.blob.core.windows.net", Some("north-secondary")),
            ("north.z07.blob.storage.azure.net", Some("north")),
            ("127.0.0.1:10000", None),
            ("blob.core.windows.net", None),
            ("localhost", None),
        ] {
            assert_eq!(account_of(host).as_deref(), account, "{host}");
        }
    }

    #[test]
    fn the_path_gains_the_account() {
        let request = Request::get("/backups/a%20b?comp=tags").header(HOST, "north.blob.localhost:1");
        let request = to_path_style(request.body(()).unwrap());
        assert_eq!(request.uri(), "/north/backups/a%20b?comp=tags");
        let request = to_path_style(
            Request::get("/north/c")
                .header(HOST, "127.0.0.1")
                .body(())
                .unwrap(),
        );
        assert_eq!(request.uri(), "/north/c");
        assert!(request.extensions().get::<HostStyle>().is_none());
    }
}
