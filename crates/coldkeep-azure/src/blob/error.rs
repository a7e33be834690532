//! How the Blob service refuses: an XML body, the same code in a header (HEAD has no body)
//! (<https://learn.microsoft.com/rest/api/storageservices/status-and-error-codes2>).

use crate::{Error, RefusalBody};
use coldkeep_core::{Code, Fix, fix, problem::Field};
use http::HeaderMap;

use super::{auth_detail, list::parse_error};

pub(crate) fn understand(headers: &HeaderMap, body: &[u8]) -> RefusalBody {
    let body = parse_error(body).unwrap_or_default();
    let header = headers
        .get("x-ms-error-code")
        .and_then(|value| value.to_str().ok())
        .map(str::to_owned);
    let kept = |text: String| Some(text).filter(|text| !text.is_empty());
    let code = header.or_else(|| kept(body.code));
    let known = auth_detail::understand(&body.authentication_detail)
        .filter(|_| code.as_deref() == Some("AuthenticationFailed"));
    if let Some(known) = known {
        return RefusalBody {
            code,
            message: Some(known.message),
            meaning: Some(known.code),
            next: Some(known.next),
            ..RefusalBody::default()
        };
    }
    let next = match code.as_deref() {
        // Resource Manager's code of the same name is about something else.
        Some("ResourceNotFound") => Some(
            "Check the names of the storage account and the container; they may have been deleted.".into(),
        ),
        // Reported by the target's service; the source's own answer is shown in addition.
        Some("CannotVerifyCopySource") => Some(SOURCE_NOT_READ.into()),
        Some("InvalidHeaderValue") => of_header(&body.header_name),
        _ => None,
    };
    let meaning = match code.as_deref() {
        // Resource Manager has that code, too, about other things.
        Some("ResourceNotFound") => Some(Code::StorageAccountNotFound),
        Some("InvalidHeaderValue") if body.header_name.eq_ignore_ascii_case(TIER_HEADER) => {
            Some(Code::TierUnsupported)
        }
        _ => None,
    };
    RefusalBody {
        code,
        message: kept(body.message),
        meaning,
        next,
        ..RefusalBody::default()
    }
}

const SOURCE_NOT_READ: &str = "The target's storage service could not read the source. Allow it at the \
    source's storage account: the firewall must allow this machine's address or the target's network, and \
    the service account needs `copy-source` there.";

const TIER_HEADER: &str = "x-ms-access-tier";

/// What to do about a header's value that the service does not accept, if the header is known.
fn of_header(name: &str) -> Option<Fix> {
    match name.to_ascii_lowercase().as_str() {
        TIER_HEADER => Some(crate::hints::no_such_tier()),
        "x-ms-version" => Some(fix![
            "The service does not support this API version: give the cloud another ",
            Field::ApiVersion,
            "."
        ]),
        _ => None,
    }
}

/// Whether it means that the blob (or this version of it) does not exist, although the container does.
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
    fn an_ended_signature_is_told_as_that() {
        let body = "<Error><Code>AuthenticationFailed</Code><Message>Server failed to authenticate the \
                    request.</Message><AuthenticationErrorDetail>Signature not valid in the specified time frame: Start \
                    [Thu, 09 Jul 2020 10:11:03 GMT] - Expiry [Thu, 09 Jul 2020 18:11:03 GMT] - Current [Fri, 10 Jul 2020 \
                    10:16:22 GMT]</AuthenticationErrorDetail></Error>";
        let said = understand(&HeaderMap::new(), body.as_bytes());
        assert_eq!(said.code.as_deref(), Some("AuthenticationFailed"));
        assert_eq!(said.meaning, Some(coldkeep_core::Code::SasExpired));
        assert_eq!(
            said.message.as_deref(),
            Some("the shared access signature expired on 2020-07-09T18:11:03Z")
        );
        let new_one = coldkeep_core::problem::Verb::RepositoryEdit
            .any()
            .with(Field::Sas);
        assert!(said.next.unwrap().actions().any(|action| *action == new_one));
        let other = body.replace("AuthenticationFailed", "SomethingElse");
        let said = understand(&HeaderMap::new(), other.as_bytes());
        assert_eq!((said.meaning, said.next), (None, None));
    }

    #[test]
    fn a_page_of_a_proxy_says_nothing() {
        let said = understand(&HeaderMap::new(), b"<html><body>502 Bad Gateway</body></html>");
        assert_eq!((said.code, said.message), (None, None));
    }
}
