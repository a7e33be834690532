//! The API's requests about scripts that set up a service account elsewhere.

use super::Client;
use crate::{FromScript, ServiceAccountScript, ServiceAccountView, WriteScript};
use coldkeep_core::Problem;

impl Client {
    pub async fn write_script(&self, request: &WriteScript) -> Result<ServiceAccountScript, Problem> {
        self.post("/service-accounts/script", request).await
    }
    pub async fn add_from_script(&self, said: &FromScript) -> Result<ServiceAccountView, Problem> {
        self.post("/service-accounts/from-script", said).await
    }
}
