//! `/points`: restore points, what is in them, and the ways back.

use super::Answer;
use crate::extract::{Body, Id, Params};
use crate::json::Json;
use crate::wings::Data;
use axum::{
    Router,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use coldkeep_api::{
    FilesPage, PROBLEM_TRAILER, PointList, ProblemDocument, StartRestore, Verification, VerifyPoint,
};
use coldkeep_core::{PointAddress, Problem, id::PointId, point::Point, run::Run};
use coldkeep_engine::Engine;
use futures::{StreamExt, stream::BoxStream};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use http_body_util::StreamBody;
use hyper::body::Frame;
use serde::Deserialize;
use std::{convert::Infallible, sync::Arc};

/// Files of one page, unless asked otherwise, and at most.
const PAGE_DEFAULT: usize = 1_000;
const PAGE_MAX: usize = 5_000;

pub(super) fn routes() -> Router<Arc<Engine>> {
    Router::new()
        .route("/points", get(list))
        .route("/points/{key}", get(show))
        .route("/points/{key}/files", get(files))
        .route("/points/{key}/content", get(content))
        .route("/points/{key}/verify", post(verify))
        .route("/points/{key}/restore", post(restore))
}

/// `?repository=`: only this one is asked, for the list or for a point.
#[derive(Debug, Deserialize)]
struct RepositoryOf {
    repository: Option<String>,
}

impl RepositoryOf {
    fn point(self, id: PointId) -> PointAddress {
        PointAddress::new(self.repository, id)
    }
}

async fn list(Data(data): Data, Params(params): Params<RepositoryOf>) -> Answer<Json<PointList>> {
    Ok(Json(data.list_points(params.repository.as_deref()).await?))
}

async fn show(
    Data(data): Data,
    Id(id): Id<PointId>,
    Params(of): Params<RepositoryOf>,
) -> Answer<Json<Point>> {
    Ok(Json(data.show_point(of.point(id)).await?))
}

#[derive(Debug, Deserialize)]
struct FilesParams {
    after: Option<String>,
    limit: Option<usize>,
    repository: Option<String>,
}

async fn files(
    Data(data): Data,
    Id(id): Id<PointId>,
    Params(params): Params<FilesParams>,
) -> Answer<Json<FilesPage>> {
    let limit = params.limit.unwrap_or(PAGE_DEFAULT).clamp(1, PAGE_MAX);
    let point = PointAddress::new(params.repository, id);
    let page = data.list_files(point, params.after.as_deref(), limit).await?;
    Ok(Json(page))
}

#[derive(Debug, Deserialize)]
struct ContentParams {
    name: String,
    repository: Option<String>,
}

async fn content(
    Data(data): Data,
    Id(id): Id<PointId>,
    Params(params): Params<ContentParams>,
) -> Answer<Response> {
    let point = PointAddress::new(params.repository, id);
    let stream = data.open_file(point, &params.name).await?;
    let body = axum::body::Body::new(StreamBody::new(frames(stream)));
    let headers = [
        (
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/octet-stream"),
        ),
        (header::TRAILER, HeaderValue::from_static(PROBLEM_TRAILER)),
        // No browser may treat stored content as a page of this server.
        (
            header::X_CONTENT_TYPE_OPTIONS,
            HeaderValue::from_static("nosniff"),
        ),
        (
            header::CONTENT_DISPOSITION,
            HeaderValue::from_static("attachment"),
        ),
    ];
    Ok((headers, body).into_response())
}

/// The octets; where they break off, the reason follows as a trailer. Each answer is chunked, so that a connection
/// that is cut is never mistaken for the end.
fn frames(
    stream: BoxStream<'static, Result<Bytes, Problem>>,
) -> impl futures::Stream<Item = Result<Frame<Bytes>, Infallible>> + Send + 'static {
    stream.scan(false, |ended, item| {
        let frame = match item {
            _ if *ended => None,
            Ok(bytes) => Some(Ok(Frame::data(bytes))),
            Err(problem) => {
                *ended = true;
                Some(Ok(Frame::trailers(trailers(problem))))
            }
        };
        futures::future::ready(frame)
    })
}

fn trailers(problem: Problem) -> HeaderMap {
    let document = serde_json::to_vec(&ProblemDocument::from(problem)).unwrap_or_default();
    let mut trailers = HeaderMap::new();
    if let Ok(value) = HeaderValue::try_from(STANDARD.encode(document)) {
        trailers.insert(PROBLEM_TRAILER, value);
    }
    trailers
}

async fn verify(
    Data(data): Data,
    Id(id): Id<PointId>,
    Params(of): Params<RepositoryOf>,
    Body(how): Body<VerifyPoint>,
) -> Answer<Json<Verification>> {
    Ok(Json(data.verify_point(of.point(id), how.deep).await?))
}

async fn restore(
    Data(data): Data,
    Id(id): Id<PointId>,
    Params(of): Params<RepositoryOf>,
    Body(request): Body<StartRestore>,
) -> Answer<(StatusCode, Json<Run>)> {
    let run = data.start_restore(of.point(id), request).await?;
    Ok((StatusCode::ACCEPTED, Json(run)))
}
