//! `/doctor`.

use super::Answer;
use crate::json::Json;
use crate::wings::AskedBy;
use axum::{Router, extract::State, routing::get};
use coldkeep_api::Diagnosis;
use coldkeep_engine::Engine;
use std::sync::Arc;

pub(super) fn routes() -> Router<Arc<Engine>> {
    Router::new().route("/doctor", get(diagnose))
}

async fn diagnose(State(engine): State<Arc<Engine>>, AskedBy(caller): AskedBy) -> Answer<Json<Diagnosis>> {
    Ok(Json(engine.doctor(caller).await))
}
