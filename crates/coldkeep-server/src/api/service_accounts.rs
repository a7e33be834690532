//! `/service-accounts`.

use super::Answer;
use crate::extract::{Body, Key};
use axum::{
    Json, Router,
    extract::State,
    routing::{get, post},
};
use coldkeep_core::wizard::{Answers, Wizard};
use coldkeep_engine::{
    Engine,
    requests::{
        Check, CheckServiceAccount, FromScript, NewServiceAccount, OnboardingPlan, RemoveServiceAccount,
        RemovedServiceAccount, ServiceAccountScript, ServiceAccountView, WizardView, WriteScript,
    },
};
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
        .route("/service-accounts/{key}/check", post(check))
        .route("/service-accounts/{key}/removal/plan", post(plan_removal))
}

async fn list(State(engine): State<Arc<Engine>>) -> Answer<Json<Vec<ServiceAccountView>>> {
    let mut shown = vec![];
    for account in engine.list_service_accounts().await? {
        shown.push(engine.view_service_account(account).await?);
    }
    Ok(Json(shown))
}

async fn add(
    State(engine): State<Arc<Engine>>,
    Body(wish): Body<NewServiceAccount>,
) -> Answer<(StatusCode, Json<ServiceAccountView>)> {
    let account = engine.add_service_account(wish).await?;
    Ok((
        StatusCode::CREATED,
        Json(engine.view_service_account(account).await?),
    ))
}

async fn plan(
    State(engine): State<Arc<Engine>>,
    Body(wish): Body<NewServiceAccount>,
) -> Answer<Json<OnboardingPlan>> {
    Ok(Json(engine.plan_service_account(&wish).await?))
}

/// Which step comes after these answers, and how all of them stand.
async fn wizard(Body(answers): Body<Answers>) -> Answer<Json<WizardView>> {
    Ok(Json(WizardView::of(&Wizard::replay(answers)?)))
}

async fn show(State(engine): State<Arc<Engine>>, Key(key): Key) -> Answer<Json<ServiceAccountView>> {
    let account = engine.show_service_account(&key).await?;
    Ok(Json(engine.view_service_account(account).await?))
}

async fn check(
    State(engine): State<Arc<Engine>>,
    Key(key): Key,
    Body(how): Body<CheckServiceAccount>,
) -> Answer<Json<Check>> {
    Ok(Json(engine.check_service_account_with(&key, how).await?))
}

async fn remove(
    State(engine): State<Arc<Engine>>,
    Key(key): Key,
    Body(how): Body<RemoveServiceAccount>,
) -> Answer<Json<RemovedServiceAccount>> {
    Ok(Json(engine.remove_service_account(&key, how).await?))
}

/// What would go and what would stay, and why.
async fn plan_removal(
    State(engine): State<Arc<Engine>>,
    Key(key): Key,
    Body(how): Body<RemoveServiceAccount>,
) -> Answer<Json<OnboardingPlan>> {
    Ok(Json(engine.plan_service_account_removal(&key, &how).await?))
}

/// What somebody runs elsewhere; see `from-script`.
async fn script(
    State(engine): State<Arc<Engine>>,
    Body(wish): Body<WriteScript>,
) -> Answer<Json<ServiceAccountScript>> {
    Ok(Json(engine.write_script(wish).await?))
}

/// What the script printed.
async fn from_script(
    State(engine): State<Arc<Engine>>,
    Body(said): Body<FromScript>,
) -> Answer<(StatusCode, Json<ServiceAccountView>)> {
    let account = engine.add_from_script(said).await?;
    Ok((
        StatusCode::CREATED,
        Json(engine.view_service_account(account).await?),
    ))
}
