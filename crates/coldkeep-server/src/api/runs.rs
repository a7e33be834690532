//! `/runs`: what was and is being done.

use super::Answer;
use crate::extract::Id;
use crate::wings::Data;
use axum::{Json, Router, routing::get};
use coldkeep_core::{id::RunId, run::Run};
use coldkeep_engine::Engine;
use std::sync::Arc;

pub(super) fn routes() -> Router<Arc<Engine>> {
    Router::new()
        .route("/runs", get(list))
        .route("/runs/{key}", get(show))
}

async fn list(Data(data): Data) -> Answer<Json<Vec<Run>>> {
    Ok(Json(data.list_runs().await?))
}

async fn show(Data(data): Data, Id(id): Id<RunId>) -> Answer<Json<Run>> {
    Ok(Json(data.show_run(id).await?))
}
