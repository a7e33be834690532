//! `/runs`: what was and is being done.

use super::Answer;
use crate::extract::Id;
use axum::{Json, Router, extract::State, routing::get};
use coldkeep_core::{id::RunId, run::Run};
use coldkeep_engine::Engine;
use std::sync::Arc;

pub(super) fn routes() -> Router<Arc<Engine>> {
    Router::new()
        .route("/runs", get(list))
        .route("/runs/{key}", get(show))
}

async fn list(State(engine): State<Arc<Engine>>) -> Answer<Json<Vec<Run>>> {
    Ok(Json(engine.list_runs().await?))
}

async fn show(State(engine): State<Arc<Engine>>, Id(id): Id<RunId>) -> Answer<Json<Run>> {
    Ok(Json(engine.show_run(id).await?))
}
