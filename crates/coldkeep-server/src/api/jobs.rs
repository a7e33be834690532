//! `/jobs`: `POST /jobs/{key}/plan` shows what a run would do, `POST /jobs/{key}/runs` starts one.

use super::Answer;
use crate::extract::{Body, Key};
use axum::{
    Json, Router,
    extract::State,
    routing::{get, post},
};
use coldkeep_core::{job::Job, run::Run};
use coldkeep_engine::{
    Engine,
    requests::{CopyPlan, NewJob},
};
use http::StatusCode;
use serde::Deserialize;
use std::sync::Arc;

pub(super) fn routes() -> Router<Arc<Engine>> {
    Router::new()
        .route("/jobs", get(list).post(add))
        .route("/jobs/{key}", get(show).delete(remove))
        .route("/jobs/{key}/plan", post(plan))
        .route("/jobs/{key}/runs", post(start))
}

async fn list(State(engine): State<Arc<Engine>>) -> Answer<Json<Vec<Job>>> {
    Ok(Json(engine.list_jobs().await?))
}

async fn add(State(engine): State<Arc<Engine>>, Body(wish): Body<NewJob>) -> Answer<(StatusCode, Json<Job>)> {
    Ok((StatusCode::CREATED, Json(engine.add_job(wish).await?)))
}

async fn show(State(engine): State<Arc<Engine>>, Key(key): Key) -> Answer<Json<Job>> {
    Ok(Json(engine.show_job(&key).await?))
}

async fn plan(State(engine): State<Arc<Engine>>, Key(key): Key) -> Answer<Json<CopyPlan>> {
    Ok(Json(engine.plan_job(&key).await?))
}

/// What may differ in this run from the job's own rules.
#[derive(Debug, Default, Deserialize)]
struct StartRun {
    #[serde(default)]
    allow_incomplete: Option<bool>,
}

async fn start(
    State(engine): State<Arc<Engine>>,
    Key(key): Key,
    Body(how): Body<StartRun>,
) -> Answer<(StatusCode, Json<Run>)> {
    Ok((
        StatusCode::ACCEPTED,
        Json(engine.start_job(&key, how.allow_incomplete).await?),
    ))
}

async fn remove(State(engine): State<Arc<Engine>>, Key(key): Key) -> Answer<StatusCode> {
    engine.remove_job(&key).await?;
    Ok(StatusCode::NO_CONTENT)
}
