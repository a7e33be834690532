//! Signing in with a name and a password, and out again.

use super::{
    PageError, Site,
    form::{Form, invalid},
    layout::{Shell, page},
    session::{CookieKind, SignedIn, form_token, is_form_of, new_secret},
};
use askama::Template;
use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use coldkeep_core::{Caller, ExposeSecret, Kind, Problem, SecretString};
use http::{HeaderMap, StatusCode, header::SET_COOKIE};
use std::time::Instant;

#[derive(Debug, Template)]
#[template(path = "pages/sign_in.html")]
struct SignInPage {
    shell: Shell,
    form_token: String,
    name: String,
    error: Option<String>,
}

pub(super) async fn show(State(site): State<Site>, headers: HeaderMap) -> Result<Response, PageError> {
    if SignedIn::find(&site, &headers).await?.is_some() {
        return Ok(Redirect::to("/").into_response());
    }
    if !site.engine.setup(Caller::visitor()).is_set_up().await? {
        return Ok(Redirect::to("/setup").into_response());
    }
    form_page(&site, &headers, String::new(), None)
}

pub(super) async fn sign_in(
    State(site): State<Site>,
    headers: HeaderMap,
    mut form: Form,
) -> Result<Response, PageError> {
    let cookie = CookieKind::SignInForm.find(&site, &headers);
    let token = form.token();
    if !cookie.is_some_and(|secret| is_form_of(&secret, token.as_deref())) {
        return Err(invalid("it is older than an hour, or cookies are switched off").into());
    }
    let name = form.take("name")?;
    let password: SecretString = form.take("password")?.into();
    form.end()?;
    let signed_in = match site.throttle.check(&name, Instant::now()) {
        Ok(()) => {
            site.engine
                .setup(Caller::visitor())
                .sign_in_person(&name, password)
                .await
        }
        Err(problem) => Err(problem),
    };
    match signed_in {
        Ok(session) => {
            site.throttle.note(&name, true, Instant::now());
            // A session that the browser had before ends with the new one.
            if let Some(old) = SignedIn::find(&site, &headers).await? {
                end(&site, &old).await?;
            }
            let mut response = Redirect::to("/").into_response();
            let answer = response.headers_mut();
            answer.append(SET_COOKIE, CookieKind::Session.set(&site, &session.secret));
            answer.append(SET_COOKIE, CookieKind::SignInForm.delete(&site));
            Ok(response)
        }
        Err(problem) => {
            if problem.kind == Kind::Unauthenticated {
                site.throttle.note(&name, false, Instant::now());
            }
            refused(&site, &headers, name, problem)
        }
    }
}

/// A form, not a link: what fetches links in advance signs nobody out.
pub(super) async fn sign_out(
    State(site): State<Site>,
    signed_in: SignedIn,
    mut form: Form,
) -> Result<Response, PageError> {
    if !is_form_of(&signed_in.secret, form.token().as_deref()) {
        return Err(invalid("it belongs to another session").into());
    }
    form.end()?;
    end(&site, &signed_in).await?;
    let mut response = Redirect::to("/sign-in").into_response();
    let cookie = CookieKind::Session.delete(&site);
    response.headers_mut().append(SET_COOKIE, cookie);
    Ok(response)
}

async fn end(site: &Site, signed_in: &SignedIn) -> Result<(), Problem> {
    let setup = site.engine.setup(signed_in.caller());
    setup.sign_out_person(signed_in.secret.expose_secret()).await
}

fn refused(site: &Site, headers: &HeaderMap, name: String, problem: Problem) -> Result<Response, PageError> {
    let status = match problem.kind {
        Kind::Unauthenticated => StatusCode::UNAUTHORIZED,
        Kind::Throttled => StatusCode::TOO_MANY_REQUESTS,
        _ => return Err(problem.into()),
    };
    let text = format!("{}. {}", problem.what.trim_end_matches('.'), problem.hint());
    Ok((status, form_page(site, headers, name, Some(text))?).into_response())
}

/// The form, bound to this browser by a cookie.
fn form_page(
    site: &Site,
    headers: &HeaderMap,
    name: String,
    error: Option<String>,
) -> Result<Response, PageError> {
    let known = CookieKind::SignInForm.find(site, headers);
    let secret = match &known {
        Some(secret) => secret.clone(),
        None => new_secret()?,
    };
    let title = if error.is_some() {
        "Error: sign in"
    } else {
        "Sign in"
    };
    let mut response = page(&SignInPage {
        shell: Shell::bare(title),
        form_token: form_token(&secret),
        name,
        error,
    });
    if known.is_none() {
        let cookie = CookieKind::SignInForm.set(site, &secret);
        response.headers_mut().append(SET_COOKIE, cookie);
    }
    Ok(response)
}
