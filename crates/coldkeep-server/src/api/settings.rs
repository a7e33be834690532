//! `/settings`, `/settings/network`, and `POST /settings/rekey`.

use super::Answer;
use crate::extract::Body;
use axum::{
    Json, Router,
    extract::State,
    routing::{get, post},
};
use coldkeep_engine::{
    Engine,
    requests::{ChangeNetwork, NetworkFacts, Rekey, Settings},
};
use std::sync::Arc;

pub(super) fn routes() -> Router<Arc<Engine>> {
    Router::new()
        .route("/settings", get(show))
        .route("/settings/network", get(show_network).put(change_network))
        .route("/settings/rekey", post(rekey))
}

async fn show(State(engine): State<Arc<Engine>>) -> Json<Settings> {
    Json(engine.settings())
}

async fn show_network(State(engine): State<Arc<Engine>>) -> Answer<Json<NetworkFacts>> {
    Ok(Json(engine.show_network().await?))
}

async fn change_network(
    State(engine): State<Arc<Engine>>,
    Body(change): Body<ChangeNetwork>,
) -> Answer<Json<NetworkFacts>> {
    Ok(Json(engine.change_network(change).await?))
}

async fn rekey(State(engine): State<Arc<Engine>>, Body(wish): Body<Rekey>) -> Answer<Json<Settings>> {
    Ok(Json(engine.rekey(wish).await?))
}
