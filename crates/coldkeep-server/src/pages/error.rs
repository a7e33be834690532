//! A page that cannot be shown: what failed, in which system, and what to do next.

use super::layout::{Shell, page};
use askama::Template;
use axum::response::{IntoResponse, Redirect, Response};
use coldkeep_api::ProblemDocument;
use coldkeep_core::{Code, Problem};
use http::{HeaderValue, StatusCode, header::CONTENT_TYPE};

/// Why a page is not shown.
#[derive(Debug)]
pub(super) enum PageError {
    /// Nobody is signed in: to the page for that.
    SignIn,
    Problem(Box<Problem>),
    /// For those who are no visitors of the pages.
    Plain(StatusCode, String),
}

impl PageError {
    pub fn not_found() -> Self {
        Problem::new(
            Code::RouteNotFound,
            "There is no such page",
            "Check the address, or start from the overview.",
        )
        .into()
    }

    pub fn plain(status: StatusCode, text: &str) -> Self {
        Self::Plain(status, format!("{text}\n"))
    }
}

impl From<Problem> for PageError {
    fn from(problem: Problem) -> Self {
        Self::Problem(Box::new(problem))
    }
}

#[derive(Debug, Template)]
#[template(path = "pages/error.html")]
struct ErrorPage {
    shell: Shell,
    what: String,
    system: Option<String>,
    next: String,
    code: &'static str,
}

impl IntoResponse for PageError {
    fn into_response(self) -> Response {
        match self {
            Self::SignIn => Redirect::to("/sign-in").into_response(),
            Self::Plain(status, text) => {
                let mut response = (status, text).into_response();
                let plain = HeaderValue::from_static("text/plain; charset=utf-8");
                response.headers_mut().insert(CONTENT_TYPE, plain);
                response
            }
            Self::Problem(problem) => {
                let status = ProblemDocument::from((*problem).clone()).status;
                let shown = page(&ErrorPage {
                    shell: Shell::bare("Error"),
                    what: problem.what.clone(),
                    system: problem.system.as_ref().map(|system| system.sentence()),
                    next: problem.hint(),
                    code: problem.code.word(),
                });
                (
                    StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
                    shown,
                )
                    .into_response()
            }
        }
    }
}
