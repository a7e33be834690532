//! One function per request about service accounts, from their scripts to their removal.

use super::{Client, encoded};
use crate::{
    Check, CheckServiceAccount, EditServiceAccount, FromScript, NewServiceAccount, OnboardingPlan,
    RemoveServiceAccount, RemovedServiceAccount, ServiceAccountScript, ServiceAccountView, WriteScript,
};
use coldkeep_core::Problem;
use http::Method;
use serde_json::json;

/// Of one service account.
pub(super) fn path(key: &str, rest: &str) -> String {
    format!("/service-accounts/{}{rest}", encoded(key))
}

impl Client {
    /// `GET /service-accounts`.
    pub async fn list_service_accounts(&self) -> Result<Vec<ServiceAccountView>, Problem> {
        self.get("/service-accounts").await
    }
    /// `GET /service-accounts/{key}`.
    pub async fn show_service_account(&self, key: &str) -> Result<ServiceAccountView, Problem> {
        self.get(&path(key, "")).await
    }
    /// `POST /service-accounts/plan`.
    pub async fn plan_service_account(&self, request: &NewServiceAccount) -> Result<OnboardingPlan, Problem> {
        self.post("/service-accounts/plan", request).await
    }
    /// `POST /service-accounts`.
    pub async fn add_service_account(
        &self,
        request: &NewServiceAccount,
    ) -> Result<ServiceAccountView, Problem> {
        self.post("/service-accounts", request).await
    }
    /// `POST /service-accounts/script`.
    pub async fn write_script(&self, request: &WriteScript) -> Result<ServiceAccountScript, Problem> {
        self.post("/service-accounts/script", request).await
    }
    /// `POST /service-accounts/from-script`.
    pub async fn add_from_script(&self, said: &FromScript) -> Result<ServiceAccountView, Problem> {
        self.post("/service-accounts/from-script", said).await
    }
    /// `POST /service-accounts/{key}/check`.
    pub async fn check_service_account(&self, key: &str) -> Result<Check, Problem> {
        self.post(&path(key, "/check"), &json!({})).await
    }
    /// `POST /service-accounts/{key}/check`.
    pub async fn check_service_account_with(
        &self,
        key: &str,
        how: &CheckServiceAccount,
    ) -> Result<Check, Problem> {
        self.post(&path(key, "/check"), how).await
    }
    /// `POST /service-accounts/{key}/plan`.
    pub async fn plan_edit(
        &self,
        key: &str,
        request: &EditServiceAccount,
    ) -> Result<OnboardingPlan, Problem> {
        self.post(&path(key, "/plan"), request).await
    }
    /// `PATCH /service-accounts/{key}`.
    pub async fn edit_service_account(
        &self,
        key: &str,
        request: &EditServiceAccount,
    ) -> Result<ServiceAccountView, Problem> {
        self.call(Method::PATCH, &path(key, ""), Some(request)).await
    }
    /// `POST /service-accounts/{key}/removal/plan`.
    pub async fn plan_service_account_removal(
        &self,
        key: &str,
        how: &RemoveServiceAccount,
    ) -> Result<OnboardingPlan, Problem> {
        self.post(&path(key, "/removal/plan"), how).await
    }
    /// `DELETE /service-accounts/{key}`.
    pub async fn remove_service_account(
        &self,
        key: &str,
        how: &RemoveServiceAccount,
    ) -> Result<RemovedServiceAccount, Problem> {
        self.call(Method::DELETE, &path(key, ""), Some(how)).await
    }
}
