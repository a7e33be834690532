//! Requests of a service account's later life: renewing, editing, and the doctor.

use super::{Client, bodies::Credential, nouns::encoded};
use coldkeep_core::{Problem, id::SignInId};
use coldkeep_server::requests::{
    AbandonRenewal, Check, CheckServiceAccount, Diagnosis, EditServiceAccount, OnboardingPlan, RetireOld,
    ServiceAccountView,
};
use http::Method;
use serde::Serialize;

/// `POST /service-accounts/{key}/renew` and `…/renew/plan`.
#[derive(Debug, Serialize)]
pub struct Renew {
    pub credential: Option<Credential>,
    pub valid_days: Option<u32>,
    pub grace_days: u32,
    pub remove_old: bool,
    pub registered: bool,
    pub application_object_id: Option<String>,
    pub sign_in_id: Option<SignInId>,
}

fn path(key: &str, rest: &str) -> String {
    format!("/service-accounts/{}{rest}", encoded(key))
}

impl Client {
    pub async fn plan_renewal(&self, key: &str, wish: &Renew) -> Result<OnboardingPlan, Problem> {
        self.post(&path(key, "/renew/plan"), wish).await
    }
    pub async fn renew_service_account(
        &self,
        key: &str,
        wish: &Renew,
    ) -> Result<ServiceAccountView, Problem> {
        self.post(&path(key, "/renew"), wish).await
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
        how: &RetireOld,
    ) -> Result<ServiceAccountView, Problem> {
        self.post(&path(key, "/renew/retire"), how).await
    }

    pub async fn plan_edit(&self, key: &str, wish: &EditServiceAccount) -> Result<OnboardingPlan, Problem> {
        self.post(&path(key, "/plan"), wish).await
    }
    pub async fn edit_service_account(
        &self,
        key: &str,
        wish: &EditServiceAccount,
    ) -> Result<ServiceAccountView, Problem> {
        self.call(Method::PATCH, &path(key, ""), Some(wish)).await
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

#[cfg(test)]
mod tests {
    use super::*;
    use coldkeep_server::requests;

    #[test]
    fn the_server_reads_what_the_client_writes() {
        let wish = Renew {
            credential: Some(Credential::Secret {
                secret: "hush".into(),
            }),
            valid_days: Some(90),
            grace_days: 3,
            remove_old: true,
            registered: false,
            application_object_id: None,
            sign_in_id: None,
        };
        assert!(!format!("{wish:?}").contains("hush"));
        let read: requests::Renew = serde_json::from_str(&serde_json::to_string(&wish).unwrap()).unwrap();
        assert_eq!(
            (read.valid_days, read.grace_days, read.remove_old),
            (Some(90), 3, true)
        );
        assert!(matches!(
            read.credential,
            Some(requests::CredentialWish::Secret { .. })
        ));
    }
}
