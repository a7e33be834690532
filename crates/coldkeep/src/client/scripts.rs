//! The API's requests about scripts that set up a service account elsewhere.

use super::{Client, NewServiceAccount};
use coldkeep_core::Problem;
use coldkeep_server::requests::{FromScript, ServiceAccountScript, ServiceAccountView, Shell};
use serde::Serialize;

/// `POST /service-accounts/script`.
#[derive(Debug, Serialize)]
pub struct WriteScript {
    pub shell: Shell,
    pub wish: NewServiceAccount,
}

impl Client {
    pub async fn write_script(&self, wish: &WriteScript) -> Result<ServiceAccountScript, Problem> {
        self.post("/service-accounts/script", wish).await
    }
    pub async fn add_from_script(&self, said: &FromScript) -> Result<ServiceAccountView, Problem> {
        self.post("/service-accounts/from-script", said).await
    }
}
