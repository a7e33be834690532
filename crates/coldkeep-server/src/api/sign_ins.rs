//! `/sign-ins`: a person's sign-in by device code, watched by asking again.

use super::Answer;
use crate::extract::{Body, Id};
use axum::{
    Json, Router,
    extract::State,
    routing::{get, post},
};
use coldkeep_core::id::SignInId;
use coldkeep_engine::{
    Engine,
    requests::{SignIn, StartSignIn},
};
use http::StatusCode;
use std::sync::Arc;

pub(super) fn routes() -> Router<Arc<Engine>> {
    Router::new()
        .route("/sign-ins", post(start))
        .route("/sign-ins/{key}", get(show))
}

async fn start(
    State(engine): State<Arc<Engine>>,
    Body(wish): Body<StartSignIn>,
) -> Answer<(StatusCode, Json<SignIn>)> {
    Ok((StatusCode::CREATED, Json(engine.start_sign_in(wish).await?)))
}

async fn show(State(engine): State<Arc<Engine>>, Id(id): Id<SignInId>) -> Answer<Json<SignIn>> {
    Ok(Json(engine.show_sign_in(id).await?))
}
