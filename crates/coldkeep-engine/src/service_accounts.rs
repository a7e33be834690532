//! Use cases of service accounts.

use crate::{
    Engine,
    requests::{Check, NewServiceAccount, OnboardingPlan, RemoveServiceAccount},
};
use coldkeep_core::{Problem, service_account::ServiceAccount};

impl Engine {
    /// The exact list of objects and rights, before anything is made.
    pub async fn plan_service_account(&self, _wish: &NewServiceAccount) -> Result<OnboardingPlan, Problem> {
        todo!()
    }
    pub async fn add_service_account(&self, _wish: NewServiceAccount) -> Result<ServiceAccount, Problem> {
        todo!()
    }
    pub async fn list_service_accounts(&self) -> Result<Vec<ServiceAccount>, Problem> {
        todo!()
    }
    /// `key`: id or name, here and below.
    pub async fn show_service_account(&self, _key: &str) -> Result<ServiceAccount, Problem> {
        todo!()
    }
    pub async fn check_service_account(&self, _key: &str) -> Result<Check, Problem> {
        todo!()
    }
    pub async fn remove_service_account(&self, _key: &str, _how: RemoveServiceAccount) -> Result<(), Problem> {
        todo!()
    }
}
