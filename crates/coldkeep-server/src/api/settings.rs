//! `/settings`, and `POST /settings/rekey`.

use super::Answer;
use crate::extract::Body;
use axum::{
    Json, Router,
    extract::State,
    routing::{get, post},
};
use coldkeep_engine::{
    Engine,
    requests::{Rekey, Settings},
};
use std::sync::Arc;

pub(super) fn routes() -> Router<Arc<Engine>> {
    Router::new()
        .route("/settings", get(show))
        .route("/settings/rekey", post(rekey))
}

async fn show(State(engine): State<Arc<Engine>>) -> Json<Settings> {
    Json(engine.settings())
}

async fn rekey(State(engine): State<Arc<Engine>>, Body(wish): Body<Rekey>) -> Answer<Json<Settings>> {
    Ok(Json(engine.rekey(wish).await?))
}
