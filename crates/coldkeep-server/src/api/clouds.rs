//! `/clouds`.

use super::Answer;
use crate::extract::{Body, Key};
use crate::json::Json;
use crate::wings::Setup;
use axum::{Router, routing::get};
use coldkeep_core::cloud::Cloud;
use coldkeep_engine::Engine;
use http::StatusCode;
use std::sync::Arc;

pub(super) fn routes() -> Router<Arc<Engine>> {
    Router::new()
        .route("/clouds", get(list).post(add))
        .route("/clouds/{key}", get(show).delete(remove))
}

async fn list(Setup(setup): Setup) -> Answer<Json<Vec<Cloud>>> {
    Ok(Json(setup.list_clouds().await?))
}

async fn add(Setup(setup): Setup, Body(cloud): Body<Cloud>) -> Answer<(StatusCode, Json<Cloud>)> {
    Ok((StatusCode::CREATED, Json(setup.add_cloud(cloud).await?)))
}

async fn show(Setup(setup): Setup, Key(key): Key) -> Answer<Json<Cloud>> {
    Ok(Json(setup.show_cloud(&key).await?))
}

async fn remove(Setup(setup): Setup, Key(key): Key) -> Answer<StatusCode> {
    setup.remove_cloud(&key).await?;
    Ok(StatusCode::NO_CONTENT)
}
