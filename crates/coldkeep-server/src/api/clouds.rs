//! `/clouds`.

use super::Answer;
use crate::extract::{Body, Key};
use axum::{Json, Router, extract::State, routing::get};
use coldkeep_core::cloud::Cloud;
use coldkeep_engine::Engine;
use http::StatusCode;
use std::sync::Arc;

pub(super) fn routes() -> Router<Arc<Engine>> {
    Router::new()
        .route("/clouds", get(list).post(add))
        .route("/clouds/{key}", get(show).delete(remove))
}

async fn list(State(engine): State<Arc<Engine>>) -> Answer<Json<Vec<Cloud>>> {
    Ok(Json(engine.list_clouds().await?))
}

async fn add(
    State(engine): State<Arc<Engine>>,
    Body(cloud): Body<Cloud>,
) -> Answer<(StatusCode, Json<Cloud>)> {
    Ok((StatusCode::CREATED, Json(engine.add_cloud(cloud).await?)))
}

async fn show(State(engine): State<Arc<Engine>>, Key(key): Key) -> Answer<Json<Cloud>> {
    Ok(Json(engine.show_cloud(&key).await?))
}

async fn remove(State(engine): State<Arc<Engine>>, Key(key): Key) -> Answer<StatusCode> {
    engine.remove_cloud(&key).await?;
    Ok(StatusCode::NO_CONTENT)
}
