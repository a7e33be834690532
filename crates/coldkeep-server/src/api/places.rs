//! `/sign-ins/{id}/…`: what the signed-in person sees, to choose from.

use super::Answer;
use crate::extract::{Id, Params};
use crate::json::Json;
use crate::wings::Identity;
use axum::{Router, routing::get};
use coldkeep_api::{SeenContainer, SeenStorageAccount, SeenSubscription};
use coldkeep_core::{Code, Problem, id::SignInId, resource::ResourceId};
use coldkeep_engine::Engine;
use serde::Deserialize;
use std::sync::Arc;

pub(super) fn routes() -> Router<Arc<Engine>> {
    Router::new()
        .route("/sign-ins/{key}/subscriptions", get(subscriptions))
        .route("/sign-ins/{key}/storage-accounts", get(storage_accounts))
        .route("/sign-ins/{key}/containers", get(containers))
}

async fn subscriptions(
    Identity(identity): Identity,
    Id(id): Id<SignInId>,
) -> Answer<Json<Vec<SeenSubscription>>> {
    Ok(Json(identity.list_subscriptions(id).await?))
}

/// `subscription` may be repeated.
async fn storage_accounts(
    Identity(identity): Identity,
    Id(id): Id<SignInId>,
    Params(query): Params<Vec<(String, String)>>,
) -> Answer<Json<Vec<SeenStorageAccount>>> {
    let subscriptions = repeated(query, "subscription")?;
    Ok(Json(identity.list_storage_accounts(id, &subscriptions).await?))
}

#[derive(Deserialize)]
struct PlacesQuery {
    storage_account: ResourceId,
}

async fn containers(
    Identity(identity): Identity,
    Id(id): Id<SignInId>,
    Params(of): Params<PlacesQuery>,
) -> Answer<Json<Vec<SeenContainer>>> {
    Ok(Json(identity.list_containers(id, &of.storage_account).await?))
}

/// The values of the one parameter there may be.
fn repeated(query: Vec<(String, String)>, name: &str) -> Result<Vec<String>, Problem> {
    query
        .into_iter()
        .map(|(key, value)| {
            if key == name && !value.is_empty() {
                return Ok(value);
            }
            Err(Problem::new(
                Code::RequestQueryInvalid,
                format!("The query's `{key}` cannot be used here"),
                format!("Write `{name}=…`, once or several times."),
            ))
        })
        .collect()
}
