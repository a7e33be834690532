//! The pages for a browser: the same use cases as the REST API, on the TCP listener. Every page works without script.

mod assets;
mod certificates;
mod door;
mod error;
mod form;
mod jobs;
mod layout;
mod overview;
mod repositories;
mod runs;
mod service_accounts;
mod session;
mod setup;
mod sign_in;
#[cfg(test)]
mod tests;
mod throttle;
mod words;

pub(crate) use setup::SetupLink;

use crate::api::to_its_end;
use axum::{
    Router,
    extract::{FromRef, Request},
    middleware::{self, Next},
    response::Response,
    routing::{get, post},
};
use coldkeep_engine::Engine;
use error::PageError;
use http::{
    HeaderName, HeaderValue,
    header::{
        CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
    },
};
use std::{net::SocketAddr, sync::Arc};
use throttle::Throttle;

/// What every page needs: the engine, where the server listens, and what is remembered between requests.
#[derive(Debug, Clone)]
pub(crate) struct Site {
    engine: Arc<Engine>,
    address: SocketAddr,
    link: Arc<SetupLink>,
    throttle: Arc<Throttle>,
}

impl Site {
    pub(crate) fn new(engine: Arc<Engine>, address: SocketAddr, link: Arc<SetupLink>) -> Self {
        Self {
            engine,
            address,
            link,
            throttle: Arc::default(),
        }
    }
}

impl FromRef<Site> for Arc<Engine> {
    fn from_ref(site: &Site) -> Self {
        site.engine.clone()
    }
}

/// All pages and their assets.
pub(crate) fn router(site: Site) -> Router {
    Router::new()
        .route("/", get(overview::show))
        .route("/setup", get(setup::show).post(setup::create))
        .route("/sign-in", get(sign_in::show).post(sign_in::sign_in))
        .route("/sign-out", post(sign_in::sign_out))
        .route("/jobs", get(jobs::list))
        .route("/jobs/{key}", get(jobs::show))
        .route("/jobs/{key}/runs", post(jobs::run))
        .route("/runs", get(runs::list))
        .route("/runs/{key}", get(runs::show))
        .route("/repositories", get(repositories::list))
        .route("/service-accounts", get(service_accounts::list))
        .route("/service-accounts/{key}", get(service_accounts::show))
        .route("/certificates", get(certificates::list))
        .route("/assets/{version}/{file}", get(assets::show))
        .fallback(async || PageError::not_found())
        .method_not_allowed_fallback(async || PageError::not_found())
        .layer(middleware::from_fn_with_state(site.clone(), door::check))
        .layer(middleware::from_fn(protect))
        .layer(middleware::from_fn(to_its_end))
        .with_state(site)
}

/// The headers of every answer. `same-origin`: with `no-referrer` a browser would send our own forms with `Origin: null`.
async fn protect(request: Request, next: Next) -> Response {
    const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; \
                          form-action 'self'; frame-ancestors 'none'; base-uri 'none'";
    const OPENER: HeaderName = HeaderName::from_static("cross-origin-opener-policy");
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in [
        (CONTENT_SECURITY_POLICY, POLICY),
        (REFERRER_POLICY, "same-origin"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (X_FRAME_OPTIONS, "DENY"),
        (OPENER, "same-origin"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers
        .entry(CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("no-store"));
    response
}
