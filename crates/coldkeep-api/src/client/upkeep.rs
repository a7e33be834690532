//! Requests of a service account's later life: renewing, editing, and the doctor.

use super::{Client, nouns::encoded};
use crate::{
    AbandonRenewal, Check, CheckServiceAccount, Diagnosis, EditServiceAccount, OnboardingPlan,
    RenewServiceAccount, RetireOldCredentials, ServiceAccountView,
};
use coldkeep_core::Problem;
use http::Method;

fn path(key: &str, rest: &str) -> String {
    format!("/service-accounts/{}{rest}", encoded(key))
}

impl Client {
    pub async fn plan_renewal(
        &self,
        key: &str,
        request: &RenewServiceAccount,
    ) -> Result<OnboardingPlan, Problem> {
        self.post(&path(key, "/renew/plan"), request).await
    }
    pub async fn renew_service_account(
        &self,
        key: &str,
        request: &RenewServiceAccount,
    ) -> Result<ServiceAccountView, Problem> {
        self.post(&path(key, "/renew"), request).await
    }
    pub async fn abandon_renewal(
        &self,
        key: &str,
        how: &AbandonRenewal,
    ) -> Result<ServiceAccountView, Problem> {
        self.post(&path(key, "/renew/abandon"), how).await
    }
    pub async fn retire_old_credentials(
        &self,
        key: &str,
        how: &RetireOldCredentials,
    ) -> Result<ServiceAccountView, Problem> {
        self.post(&path(key, "/renew/retire"), how).await
    }

    pub async fn plan_edit(
        &self,
        key: &str,
        request: &EditServiceAccount,
    ) -> Result<OnboardingPlan, Problem> {
        self.post(&path(key, "/plan"), request).await
    }
    pub async fn edit_service_account(
        &self,
        key: &str,
        request: &EditServiceAccount,
    ) -> Result<ServiceAccountView, Problem> {
        self.call(Method::PATCH, &path(key, ""), Some(request)).await
    }
    pub async fn check_service_account_with(
        &self,
        key: &str,
        how: &CheckServiceAccount,
    ) -> Result<Check, Problem> {
        self.post(&path(key, "/check"), how).await
    }

    pub async fn doctor(&self) -> Result<Diagnosis, Problem> {
        self.get("/doctor").await
    }
}
