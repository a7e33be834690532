//! `/certificates`: `POST /certificates` generates, `/import` takes a PFX, `/inspect` only looks into it.

use super::Answer;
use crate::extract::{Body, Key};
use axum::{
    Json, Router,
    extract::State,
    routing::{get, post},
};
use coldkeep_core::certificate::Certificate;
use coldkeep_engine::{
    Engine,
    requests::{GenerateCertificate, ImportPfx},
};
use http::StatusCode;
use std::sync::Arc;

pub(super) fn routes() -> Router<Arc<Engine>> {
    Router::new()
        .route("/certificates", get(list).post(generate))
        .route("/certificates/import", post(import))
        .route("/certificates/inspect", post(inspect))
        .route("/certificates/{key}", get(show))
}

async fn list(State(engine): State<Arc<Engine>>) -> Answer<Json<Vec<Certificate>>> {
    Ok(Json(engine.list_certificates().await?))
}

async fn generate(
    State(engine): State<Arc<Engine>>,
    Body(wish): Body<GenerateCertificate>,
) -> Answer<(StatusCode, Json<Certificate>)> {
    Ok((
        StatusCode::CREATED,
        Json(engine.generate_certificate(wish).await?),
    ))
}

async fn import(
    State(engine): State<Arc<Engine>>,
    Body(wish): Body<ImportPfx>,
) -> Answer<(StatusCode, Json<Certificate>)> {
    Ok((StatusCode::CREATED, Json(engine.import_certificate(wish).await?)))
}

async fn inspect(
    State(engine): State<Arc<Engine>>,
    Body(wish): Body<ImportPfx>,
) -> Answer<Json<Certificate>> {
    Ok(Json(engine.inspect_certificate(wish).await?))
}

async fn show(State(engine): State<Arc<Engine>>, Key(key): Key) -> Answer<Json<Certificate>> {
    Ok(Json(engine.show_certificate(&key).await?))
}
