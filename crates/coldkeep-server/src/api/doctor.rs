//! `/doctor`.

use super::Answer;
use axum::{Json, Router, extract::State, routing::get};
use coldkeep_engine::{Engine, requests::Diagnosis};
use std::sync::Arc;

pub(super) fn routes() -> Router<Arc<Engine>> {
    Router::new().route("/doctor", get(diagnose))
}

async fn diagnose(State(engine): State<Arc<Engine>>) -> Answer<Json<Diagnosis>> {
    Ok(Json(engine.doctor().await))
}
