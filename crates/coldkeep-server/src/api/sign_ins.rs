//! `/sign-ins`: a person's sign-in, watched by asking again.

use super::Answer;
use crate::extract::{Body, Id};
use crate::json::Json;
use crate::wings::Identity;
use axum::{
    Router,
    routing::{get, post},
};
use coldkeep_api::{BrowserAnswer, SignIn, SignInWithTokens, StartSignIn};
use coldkeep_core::id::SignInId;
use coldkeep_engine::Engine;
use http::StatusCode;
use std::sync::Arc;

pub(super) fn routes() -> Router<Arc<Engine>> {
    Router::new()
        .route("/sign-ins", post(start))
        .route("/sign-ins/tokens", post(with_tokens))
        .route("/sign-ins/{key}", get(show).delete(end))
        .route("/sign-ins/{key}/fresh-code", post(fresh_code))
        .route("/sign-ins/{key}/code", post(answer))
}

async fn start(
    Identity(identity): Identity,
    Body(request): Body<StartSignIn>,
) -> Answer<(StatusCode, Json<SignIn>)> {
    Ok((StatusCode::CREATED, Json(identity.start_sign_in(request).await?)))
}

async fn show(Identity(identity): Identity, Id(id): Id<SignInId>) -> Answer<Json<SignIn>> {
    Ok(Json(identity.show_sign_in(id).await?))
}

/// Its tokens are forgotten.
async fn end(Identity(identity): Identity, Id(id): Id<SignInId>) -> Answer<StatusCode> {
    identity.end_sign_in(id).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn with_tokens(
    Identity(identity): Identity,
    Body(request): Body<SignInWithTokens>,
) -> Answer<(StatusCode, Json<SignIn>)> {
    Ok((
        StatusCode::CREATED,
        Json(identity.sign_in_with_tokens(request).await?),
    ))
}

/// Another device code in the place of the last.
async fn fresh_code(Identity(identity): Identity, Id(id): Id<SignInId>) -> Answer<Json<SignIn>> {
    Ok(Json(identity.renew_device_code(id).await?))
}

/// What the browser brought back.
async fn answer(
    Identity(identity): Identity,
    Id(id): Id<SignInId>,
    Body(answer): Body<BrowserAnswer>,
) -> Answer<Json<SignIn>> {
    Ok(Json(identity.answer_sign_in(id, answer).await?))
}
