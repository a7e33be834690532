//! How the Blob service refuses: an XML body, the same code in a header (HEAD has no body)
//! (<https://learn.microsoft.com/rest/api/storageservices/status-and-error-codes2>).

use crate::{Error, Said};
use http::HeaderMap;

use super::list::parse_error;

pub(crate) fn understand(headers: &HeaderMap, body: &[u8]) -> Said {
    let (code, message) = parse_error(body).unwrap_or_default();
    let header = headers
        .get("x-ms-error-code")
        .and_then(|value| value.to_str().ok())
        .map(str::to_owned);
    let kept = |text: String| Some(text).filter(|text| !text.is_empty());
    Said {
        code: header.or_else(|| kept(code)),
        message: kept(message),
        ..Said::default()
    }
}

/// Whether it says that the blob (or this version of it) does not exist, where the container does.
pub(super) fn is_absent(error: &Error) -> bool {
    error.status() == Some(404) && error.code() != Some("ContainerNotFound")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header_names_the_code_and_the_body_the_message() {
        let body = "\u{feff}<?xml version=\"1.0\" encoding=\"utf-8\"?><Error><Code>BlobNotFound</Code><Message>The \
                    specified blob does not exist.\nRequestId:1</Message></Error>";
        let said = understand(&HeaderMap::new(), body.as_bytes());
        assert_eq!(said.code.as_deref(), Some("BlobNotFound"));
        assert_eq!(
            said.message.as_deref(),
            Some("The specified blob does not exist.\nRequestId:1")
        );
        let mut headers = HeaderMap::new();
        headers.insert("x-ms-error-code", "SourceConditionNotMet".parse().unwrap());
        let said = understand(&headers, b"");
        assert_eq!(said.code.as_deref(), Some("SourceConditionNotMet"));
        assert_eq!(said.message, None);
    }

    #[test]
    fn a_page_of_a_proxy_says_nothing() {
        let said = understand(&HeaderMap::new(), b"<html><body>502 Bad Gateway</body></html>");
        assert_eq!((said.code, said.message), (None, None));
    }
}
