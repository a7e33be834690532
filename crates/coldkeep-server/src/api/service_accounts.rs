//! `/service-accounts`.

use super::Answer;
use crate::extract::{Body, Key};
use crate::json::Json;
use crate::wings::Identity;
use axum::{
    Router,
    routing::{get, post},
};
use coldkeep_api::{
    Check, CheckServiceAccount, FromScript, NewServiceAccount, OnboardingPlan, RemoveServiceAccount,
    RemovedServiceAccount, ServiceAccountScript, ServiceAccountView, WizardView, WriteScript,
};
use coldkeep_core::wizard::{Answers, Wizard};
use coldkeep_engine::Engine;
use http::StatusCode;
use std::sync::Arc;

pub(super) fn routes() -> Router<Arc<Engine>> {
    Router::new()
        .route("/service-accounts", get(list).post(add))
        .route("/service-accounts/plan", post(plan))
        .route("/service-accounts/wizard", post(wizard))
        .route("/service-accounts/script", post(script))
        .route("/service-accounts/from-script", post(from_script))
        .route("/service-accounts/{key}", get(show).delete(remove))
        .route("/service-accounts/{key}/check", post(check_service_account))
        .route("/service-accounts/{key}/removal/plan", post(plan_removal))
}

async fn list(Identity(identity): Identity) -> Answer<Json<Vec<ServiceAccountView>>> {
    let mut shown = vec![];
    for account in identity.list_service_accounts().await? {
        shown.push(identity.view_service_account(account).await?);
    }
    Ok(Json(shown))
}

async fn add(
    Identity(identity): Identity,
    Body(request): Body<NewServiceAccount>,
) -> Answer<(StatusCode, Json<ServiceAccountView>)> {
    let account = identity.add_service_account(request).await?;
    Ok((
        StatusCode::CREATED,
        Json(identity.view_service_account(account).await?),
    ))
}

async fn plan(
    Identity(identity): Identity,
    Body(request): Body<NewServiceAccount>,
) -> Answer<Json<OnboardingPlan>> {
    Ok(Json(identity.plan_service_account(&request).await?))
}

/// Which step comes after these answers, and how all of them stand.
async fn wizard(Body(answers): Body<Answers>) -> Answer<Json<WizardView>> {
    Ok(Json(WizardView::of(&Wizard::replay(answers)?)))
}

async fn show(Identity(identity): Identity, Key(key): Key) -> Answer<Json<ServiceAccountView>> {
    let account = identity.show_service_account(&key).await?;
    Ok(Json(identity.view_service_account(account).await?))
}

async fn check_service_account(
    Identity(identity): Identity,
    Key(key): Key,
    Body(how): Body<CheckServiceAccount>,
) -> Answer<Json<Check>> {
    Ok(Json(identity.check_service_account_with(&key, how).await?))
}

async fn remove(
    Identity(identity): Identity,
    Key(key): Key,
    Body(how): Body<RemoveServiceAccount>,
) -> Answer<Json<RemovedServiceAccount>> {
    Ok(Json(identity.remove_service_account(&key, how).await?))
}

/// What would go and what would stay, and why.
async fn plan_removal(
    Identity(identity): Identity,
    Key(key): Key,
    Body(how): Body<RemoveServiceAccount>,
) -> Answer<Json<OnboardingPlan>> {
    Ok(Json(identity.plan_service_account_removal(&key, &how).await?))
}

/// The script that an administrator runs elsewhere; see `from-script`.
async fn script(
    Identity(identity): Identity,
    Body(request): Body<WriteScript>,
) -> Answer<Json<ServiceAccountScript>> {
    Ok(Json(identity.write_script(request).await?))
}

/// What the script printed.
async fn from_script(
    Identity(identity): Identity,
    Body(said): Body<FromScript>,
) -> Answer<(StatusCode, Json<ServiceAccountView>)> {
    let account = identity.add_from_script(said).await?;
    Ok((
        StatusCode::CREATED,
        Json(identity.view_service_account(account).await?),
    ))
}
