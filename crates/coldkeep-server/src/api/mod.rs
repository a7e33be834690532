//! The routes, and what holds for all of them.

mod capabilities;
mod certificates;
mod clouds;
mod doctor;
mod jobs;
mod places;
mod points;
mod renewals;
mod repositories;
mod runs;
mod service_accounts;
mod settings;
mod sign_ins;

use crate::json::Json;
use crate::refusal::Refusal;
use axum::{
    Router,
    extract::Request,
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::get,
};
use coldkeep_api::Greeting;
use coldkeep_core::{Code, Problem};
use coldkeep_engine::Engine;
use futures::FutureExt;
use http::{Method, StatusCode};
use std::{panic::AssertUnwindSafe, sync::Arc};

/// What a handler answers.
pub(crate) type Answer<T> = Result<T, Refusal>;

/// The whole REST API, without what TCP asks besides.
pub(crate) fn router(engine: Arc<Engine>) -> Router {
    let nouns = Router::new()
        .merge(clouds::routes())
        .merge(certificates::routes())
        .merge(sign_ins::routes())
        .merge(places::routes())
        .merge(capabilities::routes())
        .merge(service_accounts::routes())
        .merge(renewals::routes())
        .merge(doctor::routes())
        .merge(repositories::routes())
        .merge(jobs::routes())
        .merge(runs::routes())
        .merge(points::routes())
        .merge(settings::routes())
        .with_state(engine);
    Router::new()
        .route("/api/v1", get(greet))
        .nest("/api/v1", nouns)
        .fallback(unknown_route)
        .method_not_allowed_fallback(wrong_method)
        .layer(middleware::from_fn(to_its_end))
}

async fn greet() -> Json<Greeting> {
    Json(Greeting {
        name: "coldkeep".into(),
        version: env!("CARGO_PKG_VERSION").into(),
    })
}

async fn unknown_route(request: Request) -> Refusal {
    Refusal(Problem::new(
        Code::RouteNotFound,
        format!("The API has no path `{}`", request.uri().path()),
        "Paths begin with `/api/v1/` and a plural noun, for example `/api/v1/jobs`.",
    ))
}

async fn wrong_method(request: Request) -> Response {
    let problem = Problem::new(
        Code::MethodNotAllowed,
        format!("`{}` does not support {}", request.uri().path(), request.method()),
        "Use one of the methods in the response's `Allow` header.",
    );
    let mut response = Refusal(problem).into_response();
    *response.status_mut() = StatusCode::METHOD_NOT_ALLOWED;
    response
}

/// What changes something is done to its end, also when its client hangs up; a panic becomes a problem.
pub(crate) async fn to_its_end(request: Request, next: Next) -> Response {
    let changes = request.method() != Method::GET;
    let answer = AssertUnwindSafe(next.run(request)).catch_unwind();
    let answer = if changes {
        match tokio::spawn(answer).await {
            Ok(answer) => answer,
            Err(_) => return defect(),
        }
    } else {
        answer.await
    };
    answer.unwrap_or_else(|_| defect())
}

fn defect() -> Response {
    Refusal(Problem::internal(
        "The server stopped in the middle of this request",
    ))
    .into_response()
}

#[cfg(test)]
mod tests {
    use super::*;
    use hyper::service::Service as _;
    use hyper_util::service::TowerToHyperService;

    async fn breaks(_: Method) -> &'static str {
        panic!("a defect")
    }

    #[tokio::test]
    async fn a_defect_is_a_problem_and_no_lost_connection() {
        let router = Router::new()
            .route("/", get(breaks).post(breaks))
            .layer(middleware::from_fn(to_its_end));
        let service = TowerToHyperService::new(router);
        for method in [Method::GET, Method::POST] {
            let request = Request::builder()
                .method(method)
                .uri("/")
                .body(axum::body::Body::empty())
                .unwrap();
            let response = service.call(request).await.unwrap();
            assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
            assert_eq!(
                response.headers()[http::header::CONTENT_TYPE],
                coldkeep_api::PROBLEM_MEDIA_TYPE
            );
        }
    }
}
