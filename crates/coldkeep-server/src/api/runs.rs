//! `/runs`: what was and is being done.

use super::Answer;
use crate::extract::{Id, Params};
use crate::json::Json;
use crate::wings::Data;
use axum::{Router, routing::get};
use coldkeep_api::{RunItemsPage, RunsPage};
use coldkeep_core::{
    id::RunId,
    run::{FailureReason, Run},
};
use coldkeep_engine::Engine;
use serde::Deserialize;
use std::sync::Arc;

/// Runs of a page, and failed items of one, unless the request names another number.
const RUNS_DEFAULT: usize = 100;
const ITEMS_DEFAULT: usize = 1000;

pub(super) fn routes() -> Router<Arc<Engine>> {
    Router::new()
        .route("/runs", get(list))
        .route("/runs/{key}", get(show))
        .route("/runs/{key}/items", get(items))
        .route("/runs/{key}/reasons", get(reasons))
}

#[derive(Debug, Deserialize)]
struct ListParams {
    /// The `next` of the page before.
    after: Option<String>,
    limit: Option<usize>,
}

async fn list(Data(data): Data, Params(params): Params<ListParams>) -> Answer<Json<RunsPage>> {
    let after = params.after.map(|after| after.parse()).transpose()?;
    Ok(Json(
        data.list_runs(after, params.limit.unwrap_or(RUNS_DEFAULT))
            .await?,
    ))
}

async fn show(Data(data): Data, Id(id): Id<RunId>) -> Answer<Json<Run>> {
    Ok(Json(data.show_run(id).await?))
}

#[derive(Debug, Deserialize)]
struct ItemsParams {
    /// The `next` of the page before.
    after: Option<u64>,
    limit: Option<usize>,
}

async fn items(
    Data(data): Data,
    Id(id): Id<RunId>,
    Params(params): Params<ItemsParams>,
) -> Answer<Json<RunItemsPage>> {
    let limit = params.limit.unwrap_or(ITEMS_DEFAULT);
    let page = data.list_run_items(id, params.after.unwrap_or_default(), limit);
    Ok(Json(page.await?))
}

async fn reasons(Data(data): Data, Id(id): Id<RunId>) -> Answer<Json<Vec<FailureReason>>> {
    Ok(Json(data.list_run_reasons(id).await?))
}
