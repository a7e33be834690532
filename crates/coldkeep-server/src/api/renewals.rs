//! `/service-accounts/{key}/renew`, and changing a service account.

use super::Answer;
use crate::extract::{Body, Key};
use crate::json::Json;
use crate::wings::Identity;
use axum::{
    Router,
    routing::{patch, post},
};
use coldkeep_api::{
    AbandonRenewal, EditServiceAccount, OnboardingPlan, RenewServiceAccount, RetireOldCredentials,
    ServiceAccountView,
};
use coldkeep_engine::Engine;
use std::sync::Arc;

pub(super) fn routes() -> Router<Arc<Engine>> {
    Router::new()
        .route("/service-accounts/{key}", patch(edit))
        .route("/service-accounts/{key}/plan", post(plan_edit))
        .route("/service-accounts/{key}/renew", post(renew))
        .route("/service-accounts/{key}/renew/plan", post(plan_renewal))
        .route("/service-accounts/{key}/renew/abandon", post(abandon))
        .route("/service-accounts/{key}/renew/retire", post(retire))
}

async fn renew(
    Identity(identity): Identity,
    Key(key): Key,
    Body(request): Body<RenewServiceAccount>,
) -> Answer<Json<ServiceAccountView>> {
    let account = identity.renew_service_account(&key, request).await?;
    Ok(Json(identity.view_service_account(account).await?))
}

async fn plan_renewal(
    Identity(identity): Identity,
    Key(key): Key,
    Body(request): Body<RenewServiceAccount>,
) -> Answer<Json<OnboardingPlan>> {
    Ok(Json(identity.plan_renewal(&key, &request).await?))
}

async fn abandon(
    Identity(identity): Identity,
    Key(key): Key,
    Body(how): Body<AbandonRenewal>,
) -> Answer<Json<ServiceAccountView>> {
    let account = identity.abandon_renewal(&key, how).await?;
    Ok(Json(identity.view_service_account(account).await?))
}

async fn retire(
    Identity(identity): Identity,
    Key(key): Key,
    Body(how): Body<RetireOldCredentials>,
) -> Answer<Json<ServiceAccountView>> {
    let account = identity.retire_old_credentials(&key, how).await?;
    Ok(Json(identity.view_service_account(account).await?))
}

async fn edit(
    Identity(identity): Identity,
    Key(key): Key,
    Body(request): Body<EditServiceAccount>,
) -> Answer<Json<ServiceAccountView>> {
    let account = identity.edit_service_account(&key, request).await?;
    Ok(Json(identity.view_service_account(account).await?))
}

async fn plan_edit(
    Identity(identity): Identity,
    Key(key): Key,
    Body(request): Body<EditServiceAccount>,
) -> Answer<Json<OnboardingPlan>> {
    Ok(Json(identity.plan_edit(&key, &request).await?))
}
