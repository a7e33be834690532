//! A refused or failed request: what sort of failure, which system with its own code, which request.

use crate::{
    RefusalBody, RefusalClass, Service, hints,
    transport::network::{ProxyRefusal, TrustFailure},
    transport::said::claims,
};
use coldkeep_core::{Challenge, Code, Fix, Kind, Problem, System};
use http::{HeaderMap, StatusCode};
use std::{fmt, time::Duration};

/// The code of an answer that was not read; ours, not a service's.
const TOO_LONG: &str = "AnswerTooLong";

/// What a service answered instead of doing it, or why it could not be asked.
#[derive(Clone)]
pub struct Error(Box<Inner>);

#[derive(Clone)]
struct Inner {
    meaning: Code,
    system: System,
    copy_source_status: Option<u16>,
    copy_source_code: Option<String>,
    retry_after: Option<Duration>,
    entra: Option<String>,
    /// What the refusal asks a new token to carry, as JSON.
    claims: Option<String>,
    challenge: Option<Challenge>,
    /// The next step, if the answer shows more than its code.
    next: Option<Fix>,
    on_the_way: Option<OnTheWay>,
}

/// A failure on the way to a service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum OnTheWay {
    /// A proxy did not let it through; `shut`: nor would it at once.
    Proxy { shut: bool },
    /// The certificate that was shown is not trusted.
    Trust,
}

impl Error {
    /// A failure before or without an answer.
    pub(crate) fn without_answer(service: &str, meaning: Code, message: impl Into<String>) -> Self {
        let system = System {
            name: service.to_owned(),
            message: Some(first_line(&message.into())),
            ..System::default()
        };
        Self(Box::new(Inner {
            meaning,
            system,
            copy_source_status: None,
            copy_source_code: None,
            retry_after: None,
            entra: None,
            claims: None,
            challenge: None,
            next: None,
            on_the_way: None,
        }))
    }

    /// An answer that is a success by its status and yet is unexpected.
    pub(crate) fn unreadable(service: &Service, headers: &HeaderMap, message: impl fmt::Display) -> Self {
        let mut error = Self::without_answer(
            service.name(),
            Code::ServiceAnswerUnexpected,
            format!("unexpected response ({message})"),
        );
        error.0.system.request_id = request_id(headers);
        error
    }

    /// An answer longer than any that is expected here.
    pub(crate) fn too_long(service: &Service, limit_bytes: usize) -> Self {
        let message = format!("the response is longer than {limit_bytes} bytes");
        let mut error = Self::without_answer(service.name(), Code::AzureFeatureUnsupported, message);
        error.0.system.code = Some(TOO_LONG.to_owned());
        error
    }

    /// An account that took no request for as long as `waited`; with its last refusal.
    pub(crate) fn starved(service: &str, waited: Duration, refused: Option<Self>) -> Self {
        let message = "there were too many requests";
        let mut error = refused.unwrap_or_else(|| Self::without_answer(service, Code::Throttled, message));
        error.0.meaning = Code::Throttled;
        let minutes = waited.as_secs().div_ceil(60);
        let next = format!(
            "The storage account refused every request for {minutes} minutes because of throttling. Find out \
             who else uses it (metric `Transactions`, response type `ServerBusyError`), and start again \
             later."
        );
        error.0.next = Some(next.into());
        error
    }

    /// Whether an answer was not read because it is longer than any that is expected.
    pub fn is_too_long(&self) -> bool {
        self.status().is_none() && self.code() == Some(TOO_LONG)
    }

    /// From an answer that is not a success.
    pub(crate) fn from_response(
        service: &Service,
        status: StatusCode,
        headers: &HeaderMap,
        body: &[u8],
    ) -> Self {
        let said: RefusalBody = service.understand(headers, body);
        let text = |name: &str| headers.get(name).and_then(|v| v.to_str().ok()).map(str::to_owned);
        let code = said.code.or_else(|| text("x-ms-error-code"));
        let copy_source_code = text("x-ms-copy-source-error-code");
        let copy_source_status = text("x-ms-copy-source-status-code");
        let meaning = said
            .meaning
            .unwrap_or_else(|| hints::meaning_of(code.as_deref(), status.as_u16()));
        Self(Box::new(Inner {
            meaning,
            system: System {
                name: service.name().to_owned(),
                status: Some(status.as_u16()),
                code,
                source_answered: answered(copy_source_status.as_deref(), copy_source_code.as_deref()),
                request_id: said.request_id.or_else(|| request_id(headers)),
                message: said.message.map(|m| first_line(&m)),
            },
            copy_source_status: copy_source_status.and_then(|s| s.parse().ok()),
            copy_source_code,
            retry_after: retry_after(headers),
            next: said.next,
            entra: said.entra_error,
            claims: said.claims.or_else(|| claims::in_headers(headers)),
            challenge: None,
            on_the_way: None,
        }))
    }

    /// A problem of this host (a signer that fails, a token request that cannot be built), carried as an error.
    pub(crate) fn from_problem(service: &str, problem: &Problem) -> Self {
        Self::without_answer(service, problem.code, problem.what.clone())
    }

    /// A refusal that did not come as an answer but in an address that a browser was sent to.
    pub(crate) fn from_redirect(service: &Service, body: RefusalBody) -> Self {
        let meaning = hints::meaning_of(body.code.as_deref(), 401);
        let mut error = Self::without_answer(service.name(), meaning, body.message.unwrap_or_default());
        error.0.system.message = error.0.system.message.filter(|m| !m.is_empty());
        error.0.system.code = body.code;
        error.0.system.request_id = body.request_id;
        error.0.entra = body.entra_error;
        error
    }

    /// A proxy blocked a request. Its answer is not a status of a service, so it is only reported.
    pub(crate) fn of_proxy(refusal: &ProxyRefusal) -> Self {
        let name = format!("the proxy {}", refusal.proxy);
        let mut error = Self::without_answer(&name, refusal.code(), refusal.words());
        error.0.next = Some(refusal.next());
        let shut = refusal.trust.is_some() || refusal.status.is_some_and(|status| status < 500);
        error.0.on_the_way = Some(OnTheWay::Proxy { shut });
        error
    }

    /// The failure, marked as caused by the server's certificate.
    #[must_use]
    pub(crate) fn of_trust(mut self, failure: TrustFailure) -> Self {
        self.0.meaning = Code::NetworkCertificateUntrusted;
        self.0.next = Some(failure.next());
        self.0.on_the_way = Some(OnTheWay::Trust);
        self
    }

    /// Whether the way to the service is shut, so that trying again at once is of no use.
    pub(crate) fn is_shut(&self) -> bool {
        match self.0.on_the_way {
            Some(OnTheWay::Proxy { shut }) => shut,
            Some(OnTheWay::Trust) => true,
            None => false,
        }
    }

    /// Names the service in an error of the network layer.
    #[must_use]
    pub(crate) fn at(mut self, service: &Service) -> Self {
        if !matches!(self.0.on_the_way, Some(OnTheWay::Proxy { .. })) {
            self.0.system.name = service.name().to_owned();
        }
        self
    }

    /// What sort of failure it is.
    pub fn kind(&self) -> Kind {
        self.0.meaning.kind()
    }

    /// The code, independent of the service's own name for it.
    pub fn problem_code(&self) -> Code {
        self.0.meaning
    }

    /// The system with its code and request id.
    pub fn system(&self) -> &System {
        &self.0.system
    }

    /// HTTP status, where there was an answer.
    pub(crate) fn status(&self) -> Option<u16> {
        self.0.system.status
    }

    /// Whether the service answered at all.
    pub fn is_answered(&self) -> bool {
        self.status().is_some()
    }

    /// For what sort of reason the service refused; none where there was no answer, or a success that cannot be read.
    pub fn class(&self) -> Option<RefusalClass> {
        RefusalClass::of(self.status()?)
    }

    /// The service's own code: `BlobAlreadyExists`, `AADSTS90002`.
    pub fn code(&self) -> Option<&str> {
        self.0.system.code.as_deref()
    }

    /// What the source of a server-side copy answered the service.
    pub(crate) fn copy_source_status(&self) -> Option<u16> {
        self.0.copy_source_status
    }

    /// The source's own code in a server-side copy.
    pub(crate) fn copy_source_code(&self) -> Option<&str> {
        self.0.copy_source_code.as_deref()
    }

    /// The OAuth `error` word of an Entra answer: `authorization_pending`.
    pub(crate) fn oauth_error(&self) -> Option<&str> {
        self.0.entra.as_deref()
    }

    /// What the refusal asks a new token to carry, as JSON.
    pub(crate) fn claims(&self) -> Option<&str> {
        self.0.claims.as_deref()
    }

    /// The refusal, marked as one that a new sign-in with these claims resolves.
    #[must_use]
    pub(crate) fn challenged(mut self, challenge: Challenge) -> Self {
        self.0.meaning = Code::ClaimsNeeded;
        self.0.next = Some(hints::step_up());
        self.0.challenge = Some(challenge);
        self
    }

    /// Whether it passes once the person signs in again.
    pub fn is_challenge(&self) -> bool {
        self.0.challenge.is_some()
    }

    /// The refusal of an application's own token: a refused sign-in method means something else for an application.
    #[must_use]
    pub(crate) fn of_application(mut self) -> Self {
        if let Some(next) = hints::next_of_application(self.0.meaning) {
            self.0.meaning = Code::ApplicationSignInBlocked;
            self.0.next = Some(next);
        }
        self
    }

    /// How long the service asks to wait.
    pub(crate) fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// For people: `what` failed, the system with its words, and the next step (which the caller may replace).
    pub fn problem(&self, what: impl Into<String>) -> Problem {
        let next = self.0.next.clone();
        let next = next.unwrap_or_else(|| hints::next_step(self.code(), self.kind(), &self.0.system.name));
        Problem::new(self.0.meaning, what, next)
            .in_system(self.0.system.clone())
            .with_challenge(self.0.challenge.clone())
    }
}

/// What the source of a copy answered: status and code, as far as they are known.
fn answered(status: Option<&str>, code: Option<&str>) -> Option<String> {
    let told: Vec<&str> = [status, code].into_iter().flatten().collect();
    (!told.is_empty()).then(|| told.join(" ").chars().take(100).collect())
}

/// The request id in whichever header the service uses.
fn request_id(headers: &HeaderMap) -> Option<String> {
    ["x-ms-request-id", "request-id"].iter().find_map(|name| {
        headers
            .get(*name)
            .and_then(|v| v.to_str().ok())
            .map(str::to_owned)
    })
}

/// `Retry-After` in seconds, or the finer `x-ms-retry-after-ms`.
/// The date form is not sent by these services and counts as absent.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let number = |name: &str| {
        headers
            .get(name)
            .and_then(|v| v.to_str().ok())
            .and_then(|s| s.trim().parse::<u64>().ok())
    };
    number("x-ms-retry-after-ms")
        .map(Duration::from_millis)
        .or_else(|| number("retry-after").map(Duration::from_secs))
}

/// The first line, bounded: service messages carry traces and timestamps after it.
fn first_line(text: &str) -> String {
    text.lines()
        .next()
        .unwrap_or_default()
        .trim()
        .chars()
        .take(500)
        .collect()
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("meaning", &self.0.meaning)
            .field("system", &self.0.system)
            .finish_non_exhaustive()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.system.fmt(f)
    }
}

impl std::error::Error for Error {}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        let what = match error.status() {
            Some(_) => format!("{} refused a request", error.0.system.name),
            None => format!("The request to {} failed", error.0.system.name),
        };
        error.problem(what)
    }
}
