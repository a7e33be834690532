//! `/sign-ins`: a person's sign-in, watched by asking again.

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
    requests::{BrowserAnswer, SignIn, SignInWithTokens, StartSignIn},
};
use http::StatusCode;
use std::sync::Arc;

pub(super) fn routes() -> Router<Arc<Engine>> {
    Router::new()
        .route("/sign-ins", post(start))
        .route("/sign-ins/tokens", post(with_tokens))
        .route("/sign-ins/{key}", get(show))
        .route("/sign-ins/{key}/fresh-code", post(fresh_code))
        .route("/sign-ins/{key}/code", post(answer))
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

async fn with_tokens(
    State(engine): State<Arc<Engine>>,
    Body(wish): Body<SignInWithTokens>,
) -> Answer<(StatusCode, Json<SignIn>)> {
    Ok((StatusCode::CREATED, Json(engine.sign_in_with_tokens(wish).await?)))
}

/// Another device code in the place of the last.
async fn fresh_code(State(engine): State<Arc<Engine>>, Id(id): Id<SignInId>) -> Answer<Json<SignIn>> {
    Ok(Json(engine.renew_device_code(id).await?))
}

/// What the browser brought back.
async fn answer(
    State(engine): State<Arc<Engine>>,
    Id(id): Id<SignInId>,
    Body(answer): Body<BrowserAnswer>,
) -> Answer<Json<SignIn>> {
    Ok(Json(engine.answer_sign_in(id, answer).await?))
}
