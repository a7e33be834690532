//! `/repositories`.

use super::Answer;
use crate::extract::{Body, Key};
use crate::json::Json;
use crate::wings::Data;
use axum::{
    Router,
    routing::{get, post},
};
use coldkeep_api::{AdmitWriter, AttachRepository, Check, EditRepository, NewRepository, TargetView};
use coldkeep_core::repository::Repository;
use coldkeep_engine::Engine;
use http::StatusCode;
use std::sync::Arc;

pub(super) fn routes() -> Router<Arc<Engine>> {
    Router::new()
        .route("/repositories", get(list).post(add))
        .route("/repositories/{key}", get(show).patch(edit).delete(remove))
        .route("/repositories/{key}/check", post(check_repository))
        .route("/repositories/{key}/attach", post(attach))
        .route("/repositories/{key}/admit", post(admit))
}

async fn list(Data(data): Data) -> Answer<Json<Vec<Repository>>> {
    Ok(Json(data.list_repositories().await?))
}

async fn add(Data(data): Data, Body(request): Body<NewRepository>) -> Answer<(StatusCode, Json<Repository>)> {
    Ok((StatusCode::CREATED, Json(data.add_repository(request).await?)))
}

async fn show(Data(data): Data, Key(key): Key) -> Answer<Json<Repository>> {
    Ok(Json(data.show_repository(&key).await?))
}

async fn edit(
    Data(data): Data,
    Key(key): Key,
    Body(request): Body<EditRepository>,
) -> Answer<Json<Repository>> {
    Ok(Json(data.edit_repository(&key, request).await?))
}

async fn check_repository(Data(data): Data, Key(key): Key) -> Answer<Json<Check>> {
    Ok(Json(data.check_repository(&key).await?))
}

async fn attach(
    Data(data): Data,
    Key(key): Key,
    Body(request): Body<AttachRepository>,
) -> Answer<Json<TargetView>> {
    Ok(Json(data.attach_repository(&key, request).await?))
}

async fn admit(
    Data(data): Data,
    Key(key): Key,
    Body(request): Body<AdmitWriter>,
) -> Answer<Json<TargetView>> {
    Ok(Json(data.admit_writer(&key, request).await?))
}

async fn remove(Data(data): Data, Key(key): Key) -> Answer<StatusCode> {
    data.remove_repository(&key).await?;
    Ok(StatusCode::NO_CONTENT)
}
