//! `/settings`, `/settings/network`, and `POST /settings/rekey`.

use super::Answer;
use crate::extract::Body;
use crate::json::Json;
use crate::wings::Setup;
use axum::{
    Router,
    routing::{get, post},
};
use coldkeep_api::{ChangeNetwork, NetworkFacts, Rekey, Settings};
use coldkeep_engine::Engine;
use std::sync::Arc;

pub(super) fn routes() -> Router<Arc<Engine>> {
    Router::new()
        .route("/settings", get(show))
        .route("/settings/network", get(show_network).put(change_network))
        .route("/settings/rekey", post(rekey))
}

async fn show(Setup(setup): Setup) -> Json<Settings> {
    Json(setup.show_settings())
}

async fn show_network(Setup(setup): Setup) -> Answer<Json<NetworkFacts>> {
    Ok(Json(setup.show_network().await?))
}

async fn change_network(
    Setup(setup): Setup,
    Body(change): Body<ChangeNetwork>,
) -> Answer<Json<NetworkFacts>> {
    Ok(Json(setup.change_network(change).await?))
}

async fn rekey(Setup(setup): Setup, Body(request): Body<Rekey>) -> Answer<Json<Settings>> {
    Ok(Json(setup.rekey(request).await?))
}
