//! `/jobs`: `POST /jobs/{key}/plan` shows what a run would do, `POST /jobs/{key}/runs` starts one.

use super::Answer;
use crate::extract::{Body, Key};
use crate::json::Json;
use crate::wings::Data;
use axum::{
    Router,
    routing::{get, post},
};
use coldkeep_api::{CopyPlan, NewJob, StartRun};
use coldkeep_core::{job::Job, run::Run};
use coldkeep_engine::Engine;
use http::StatusCode;
use std::sync::Arc;

pub(super) fn routes() -> Router<Arc<Engine>> {
    Router::new()
        .route("/jobs", get(list).post(add))
        .route("/jobs/{key}", get(show).delete(remove))
        .route("/jobs/{key}/plan", post(plan))
        .route("/jobs/{key}/runs", post(start))
}

async fn list(Data(data): Data) -> Answer<Json<Vec<Job>>> {
    Ok(Json(data.list_jobs().await?))
}

async fn add(Data(data): Data, Body(request): Body<NewJob>) -> Answer<(StatusCode, Json<Job>)> {
    Ok((StatusCode::CREATED, Json(data.add_job(request).await?)))
}

async fn show(Data(data): Data, Key(key): Key) -> Answer<Json<Job>> {
    Ok(Json(data.show_job(&key).await?))
}

async fn plan(Data(data): Data, Key(key): Key) -> Answer<Json<CopyPlan>> {
    Ok(Json(data.plan_job(&key).await?))
}

async fn start(
    Data(data): Data,
    Key(key): Key,
    Body(request): Body<StartRun>,
) -> Answer<(StatusCode, Json<Run>)> {
    Ok((StatusCode::ACCEPTED, Json(data.start_job(&key, request).await?)))
}

async fn remove(Data(data): Data, Key(key): Key) -> Answer<StatusCode> {
    data.remove_job(&key).await?;
    Ok(StatusCode::NO_CONTENT)
}
