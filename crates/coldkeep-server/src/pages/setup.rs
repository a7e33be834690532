//! The first start: a one-time link that the server prints opens the page that creates the first administrator.

use super::{
    PageError, Site,
    form::{Form, invalid},
    layout::{Shell, page},
    session::{CookieKind, form_token, is_form_of, is_secret, new_secret},
};
use askama::Template;
use axum::{
    extract::{Query, State},
    response::{IntoResponse, Redirect, Response},
};
use coldkeep_core::{Caller, Code, ExposeSecret, Problem, SecretString};
use http::{HeaderMap, StatusCode, header::SET_COOKIE};
use serde::Deserialize;
use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};
use subtle::ConstantTimeEq;

/// How long the link can be used.
const LASTS: Duration = Duration::from_secs(3600);

/// The secret of the one-time link: of this process, for an hour. The first administrator closes it for ever.
#[derive(Debug)]
pub(crate) struct SetupLink {
    secret: SecretString,
    ends_at: Instant,
}

impl SetupLink {
    /// # Errors
    /// If the system has no random bytes.
    pub(crate) fn new() -> Result<Self, Problem> {
        Ok(Self {
            secret: new_secret()?,
            ends_at: Instant::now() + LASTS,
        })
    }

    /// The address to open.
    pub(crate) fn address(&self, server: SocketAddr) -> SecretString {
        format!("http://{server}/setup?key={}", self.secret.expose_secret()).into()
    }

    fn opens_with(&self, key: &SecretString) -> bool {
        let same = self
            .secret
            .expose_secret()
            .as_bytes()
            .ct_eq(key.expose_secret().as_bytes());
        bool::from(same) && Instant::now() < self.ends_at
    }
}

#[derive(Debug, Deserialize)]
pub(super) struct LinkQuery {
    #[serde(default)]
    key: Option<String>,
}

#[derive(Debug, Template)]
#[template(path = "pages/setup.html")]
struct SetupPage {
    shell: Shell,
    form_token: String,
    name: String,
    name_error: Option<String>,
    password_error: Option<String>,
}

#[derive(Debug, Template)]
#[template(path = "pages/setup_closed.html")]
struct ClosedPage {
    shell: Shell,
    is_set_up: bool,
}

/// Spends nothing, however often it is opened. The secret goes from the address into a short cookie, so that no history and
/// no log keeps it.
pub(super) async fn show(
    State(site): State<Site>,
    Query(query): Query<LinkQuery>,
    headers: HeaderMap,
) -> Result<Response, PageError> {
    if let Some(key) = query.key {
        let mut response = Redirect::to("/setup").into_response();
        if is_secret(&key) {
            let cookie = CookieKind::Setup.set(&site, &key.into());
            response.headers_mut().append(SET_COOKIE, cookie);
        }
        return Ok(response);
    }
    if site.engine.setup(Caller::visitor()).is_set_up().await? {
        return Ok(closed(true));
    }
    Ok(match key_of(&site, &headers) {
        Some(key) => page(&SetupPage {
            shell: Shell::bare("Create the administrator"),
            form_token: form_token(&key),
            name: String::new(),
            name_error: None,
            password_error: None,
        }),
        None => closed(false),
    })
}

/// Creates the administrator and signs in.
pub(super) async fn create(
    State(site): State<Site>,
    headers: HeaderMap,
    mut form: Form,
) -> Result<Response, PageError> {
    let Some(key) = key_of(&site, &headers) else {
        return Err(Problem::new(
            Code::SetupLinkInvalid,
            "The one-time link is wrong, used or expired",
            "Restart the server: it prints a new link.",
        )
        .into());
    };
    if !is_form_of(&key, form.token().as_deref()) {
        return Err(invalid("it belongs to another browser").into());
    }
    let name = form.take("name")?;
    let password: SecretString = form.take("password")?.into();
    let again: SecretString = form.take("password_again")?.into();
    form.end()?;
    let created = match password.expose_secret() == again.expose_secret() {
        true => site.engine.setup(Caller::visitor()).set_up(&name, password).await,
        false => Err(Problem::new(
            Code::PasswordUnsuitable,
            "The two passwords differ",
            "Write the same password twice.",
        )),
    };
    match created {
        Ok(session) => {
            let mut response = Redirect::to("/").into_response();
            let answer = response.headers_mut();
            answer.append(SET_COOKIE, CookieKind::Session.set(&site, &session.secret));
            answer.append(SET_COOKIE, CookieKind::Setup.delete(&site));
            Ok(response)
        }
        Err(problem) => refused(problem, name, &key),
    }
}

/// The form again, with what is wrong at its field.
fn refused(problem: Problem, name: String, key: &SecretString) -> Result<Response, PageError> {
    let text = Some(format!(
        "{}. {}",
        problem.what.trim_end_matches('.'),
        problem.hint()
    ));
    let (name_error, password_error) = match problem.code {
        Code::PersonNameInvalid => (text, None),
        Code::PasswordUnsuitable => (None, text),
        _ => return Err(problem.into()),
    };
    let shown = page(&SetupPage {
        shell: Shell::bare("Error: create the administrator"),
        form_token: form_token(key),
        name,
        name_error,
        password_error,
    });
    Ok((StatusCode::UNPROCESSABLE_ENTITY, shown).into_response())
}

fn key_of(site: &Site, headers: &HeaderMap) -> Option<SecretString> {
    CookieKind::Setup
        .find(site, headers)
        .filter(|key| site.link.opens_with(key))
}

fn closed(is_set_up: bool) -> Response {
    page(&ClosedPage {
        shell: Shell::bare("Set-up"),
        is_set_up,
    })
}
