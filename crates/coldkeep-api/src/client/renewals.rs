//! One function per request about the renewal of a service account's credential.

use super::{Client, service_accounts::path};
use crate::{AbandonRenewal, OnboardingPlan, RenewServiceAccount, RetireOldCredentials, ServiceAccountView};
use coldkeep_core::Problem;

impl Client {
    /// `POST /service-accounts/{key}/renew/plan`.
    pub async fn plan_renewal(
        &self,
        key: &str,
        request: &RenewServiceAccount,
    ) -> Result<OnboardingPlan, Problem> {
        self.post(&path(key, "/renew/plan"), request).await
    }
    /// `POST /service-accounts/{key}/renew`.
    pub async fn renew_service_account(
        &self,
        key: &str,
        request: &RenewServiceAccount,
    ) -> Result<ServiceAccountView, Problem> {
        self.post(&path(key, "/renew"), request).await
    }
    /// `POST /service-accounts/{key}/renew/abandon`.
    pub async fn abandon_renewal(
        &self,
        key: &str,
        how: &AbandonRenewal,
    ) -> Result<ServiceAccountView, Problem> {
        self.post(&path(key, "/renew/abandon"), how).await
    }
    /// `POST /service-accounts/{key}/renew/retire`.
    pub async fn retire_old_credentials(
        &self,
        key: &str,
        how: &RetireOldCredentials,
    ) -> Result<ServiceAccountView, Problem> {
        self.post(&path(key, "/renew/retire"), how).await
    }
}
