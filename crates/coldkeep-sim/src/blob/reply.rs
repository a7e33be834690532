//! Answers: successes as a status with headers and a body, refusals as the service's error XML.

use coldkeep_core::Timestamp;
use http::header::{HeaderName, HeaderValue};
use http::{HeaderMap, Response, StatusCode};

use crate::{storage::content::Body, wire::spelling};

/// What a handler answers when it did what was asked.
#[derive(Debug)]
pub(super) struct Reply {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    /// The names of headers that are not in small letters.
    pub(super) spelled: Vec<String>,
    pub(super) body: Body,
}

impl Reply {
    pub(super) fn new(status: StatusCode) -> Self {
        Self {
            status,
            headers: HeaderMap::with_capacity(24),
            spelled: Vec::new(),
            body: Body::default(),
        }
    }

    pub(super) fn xml(text: String) -> Self {
        let mut reply = Self::new(StatusCode::OK);
        reply.set("content-type", "application/xml");
        reply.body = Body::of(text);
        reply
    }

    /// Sets a header; a value that HTTP cannot carry is left out.
    pub(super) fn set(&mut self, name: &'static str, value: impl AsRef<str>) -> &mut Self {
        if let Ok(value) = HeaderValue::from_str(value.as_ref()) {
            self.headers.insert(HeaderName::from_static(name), value);
        }
        self
    }

    /// Sets a header whose value never changes.
    pub(super) fn set_static(&mut self, name: &'static str, value: &'static str) -> &mut Self {
        self.headers
            .insert(HeaderName::from_static(name), HeaderValue::from_static(value));
        self
    }

    /// Sets a header if there is a value.
    pub(super) fn set_some(&mut self, name: &'static str, value: Option<impl AsRef<str>>) -> &mut Self {
        if let Some(value) = value {
            self.set(name, value);
        }
        self
    }
}

/// Why a request was not done: <https://learn.microsoft.com/rest/api/storageservices/blob-service-error-codes>.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) status: StatusCode,
    pub(super) code: &'static str,
    pub(super) message: String,
    pub(super) headers: Vec<(&'static str, String)>,
    /// Elements of the error document behind code and message.
    pub(super) details: Vec<(&'static str, String)>,
}

pub(super) type Answer = Result<Reply, Refusal>;

impl Refusal {
    pub(super) fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self {
            status,
            code,
            message: message.into(),
            headers: Vec::new(),
            details: Vec::new(),
        }
    }

    pub(super) fn bad_request(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code, message)
    }

    pub(super) fn conflict(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, code, message)
    }

    pub(super) fn forbidden(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, code, message)
    }

    pub(super) fn invalid_header(name: &str) -> Self {
        Self::bad_request(
            "InvalidHeaderValue",
            "The value for one of the HTTP headers is not in the correct format.",
        )
        .detail("HeaderName", name)
    }

    pub(super) fn invalid_query(name: &str) -> Self {
        Self::bad_request(
            "InvalidQueryParameterValue",
            "Value for one of the query parameters specified in the request URI is invalid.",
        )
        .detail("QueryParameterName", name)
    }

    pub(super) fn missing_query(name: &str) -> Self {
        Self::bad_request(
            "MissingRequiredQueryParameter",
            "A query parameter that's mandatory for this request is not specified.",
        )
        .detail("QueryParameterName", name)
    }

    pub(super) fn invalid_xml() -> Self {
        Self::bad_request("InvalidXmlDocument", "XML specified is not syntactically valid.")
    }

    pub(super) fn missing_header(name: &str) -> Self {
        Self::bad_request(
            "MissingRequiredHeader",
            "An HTTP header that's mandatory for this request is not specified.",
        )
        .detail("HeaderName", name)
    }

    pub(super) fn blob_not_found() -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "BlobNotFound",
            "The specified blob does not exist.",
        )
    }

    pub(super) fn container_not_found() -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "ContainerNotFound",
            "The specified container does not exist.",
        )
    }

    pub(super) fn archived() -> Self {
        Self::conflict(
            "BlobArchived",
            "This operation is not permitted on an archived blob.",
        )
    }

    pub(super) fn condition_not_met() -> Self {
        Self::new(
            StatusCode::PRECONDITION_FAILED,
            "ConditionNotMet",
            "The condition specified using HTTP conditional header(s) is not met.",
        )
    }

    pub(super) fn invalid_blob_type() -> Self {
        Self::conflict("InvalidBlobType", "The blob type is invalid for this operation.")
    }

    pub(super) fn out_of_range(length: u64) -> Self {
        Self::new(
            StatusCode::RANGE_NOT_SATISFIABLE,
            "InvalidRange",
            "The range specified is invalid for the current size of the resource.",
        )
        .with("content-range", format!("bytes */{length}"))
    }

    pub(super) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// Adds an element of that name to the error document.
    pub(super) fn detail(mut self, element: &'static str, text: impl Into<String>) -> Self {
        self.details.push((element, text.into()));
        self
    }

    /// The error document. A 304 has none.
    pub(super) fn into_reply(self, request_id: &str, now: Timestamp) -> Reply {
        let mut reply = Reply::new(self.status);
        reply.set_static("x-ms-error-code", self.code);
        for (name, value) in &self.headers {
            reply.set(name, value);
        }
        if self.status != StatusCode::NOT_MODIFIED {
            let mut text = String::from("<?xml version=\"1.0\" encoding=\"utf-8\"?><Error><Code>");
            text.push_str(self.code);
            text.push_str("</Code><Message>");
            super::xml::push_text(&mut text, &self.message);
            text.push_str(&format!("\nRequestId:{request_id}\nTime:{now:.7}</Message>"));
            for (element, detail) in &self.details {
                super::xml::push_element(&mut text, element, detail);
            }
            text.push_str("</Error>");
            reply.set_static("content-type", "application/xml");
            reply.body = Body::of(text);
        }
        reply
    }
}

impl Reply {
    /// The HTTP response, with what every answer carries.
    pub(super) fn into_response(mut self, common: Common<'_>) -> Response<Body> {
        self.set_static("server", "Windows-Azure-Blob/1.0");
        self.set("x-ms-request-id", common.request_id);
        self.set("x-ms-version", common.version);
        self.set("date", crate::storage::moment::http_date(common.now));
        self.set_some("x-ms-client-request-id", common.client_request_id);
        let refused = self.status.is_client_error() || self.status.is_server_error();
        if common.head_only && refused {
            // A refusal of HEAD has no error document.
            self.headers.remove("content-type");
            self.body = Body::default();
        } else if common.head_only {
            // Any other reply to HEAD keeps the length it would have had.
            if !self.headers.contains_key("content-length") {
                self.set("content-length", self.body.length().to_string());
            }
            self.body = Body::default();
        }
        let mut response = Response::new(self.body);
        *response.status_mut() = self.status;
        *response.headers_mut() = self.headers;
        spelling::spell(&mut response, &self.spelled);
        response
    }
}

/// What every answer carries.
#[derive(Debug, Clone, Copy)]
pub(super) struct Common<'a> {
    pub(super) request_id: &'a str,
    pub(super) version: &'a str,
    pub(super) client_request_id: Option<&'a str>,
    pub(super) now: Timestamp,
    pub(super) head_only: bool,
}

pub(super) fn precondition_failed(code: &'static str, message: &'static str) -> Refusal {
    Refusal::new(StatusCode::PRECONDITION_FAILED, code, message)
}
