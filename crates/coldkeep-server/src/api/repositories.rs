//! `/repositories`.

use super::Answer;
use crate::extract::{Body, Key};
use axum::{
    Json, Router,
    extract::State,
    routing::{get, post},
};
use coldkeep_core::repository::Repository;
use coldkeep_engine::{
    Engine,
    requests::{Admit, Attach, Check, EditRepository, NewRepository, TargetView},
};
use http::StatusCode;
use std::sync::Arc;

pub(super) fn routes() -> Router<Arc<Engine>> {
    Router::new()
        .route("/repositories", get(list).post(add))
        .route("/repositories/{key}", get(show).patch(edit).delete(remove))
        .route("/repositories/{key}/check", post(check))
        .route("/repositories/{key}/attach", post(attach))
        .route("/repositories/{key}/admit", post(admit))
}

async fn list(State(engine): State<Arc<Engine>>) -> Answer<Json<Vec<Repository>>> {
    Ok(Json(engine.list_repositories().await?))
}

async fn add(
    State(engine): State<Arc<Engine>>,
    Body(wish): Body<NewRepository>,
) -> Answer<(StatusCode, Json<Repository>)> {
    Ok((StatusCode::CREATED, Json(engine.add_repository(wish).await?)))
}

async fn show(State(engine): State<Arc<Engine>>, Key(key): Key) -> Answer<Json<Repository>> {
    Ok(Json(engine.show_repository(&key).await?))
}

async fn edit(
    State(engine): State<Arc<Engine>>,
    Key(key): Key,
    Body(wish): Body<EditRepository>,
) -> Answer<Json<Repository>> {
    Ok(Json(engine.edit_repository(&key, wish).await?))
}

async fn check(State(engine): State<Arc<Engine>>, Key(key): Key) -> Answer<Json<Check>> {
    Ok(Json(engine.check_repository(&key).await?))
}

async fn attach(
    State(engine): State<Arc<Engine>>,
    Key(key): Key,
    Body(wish): Body<Attach>,
) -> Answer<Json<TargetView>> {
    Ok(Json(engine.attach_repository(&key, wish).await?))
}

async fn admit(
    State(engine): State<Arc<Engine>>,
    Key(key): Key,
    Body(wish): Body<Admit>,
) -> Answer<Json<TargetView>> {
    Ok(Json(engine.admit_writer(&key, wish).await?))
}

async fn remove(State(engine): State<Arc<Engine>>, Key(key): Key) -> Answer<StatusCode> {
    engine.remove_repository(&key).await?;
    Ok(StatusCode::NO_CONTENT)
}
