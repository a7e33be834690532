//! A service account as people and programs are shown it: with what only counts now.

use crate::Engine;
use coldkeep_core::{
    Problem,
    renewal::days_left,
    service_account::{Credential, ServiceAccount},
};
use serde::{Deserialize, Serialize};
use std::ops::Deref;

/// The stored account, and what follows from it and the time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceAccountView {
    #[serde(flatten)]
    pub account: ServiceAccount,
    /// Whole days until the credential ends, negative once it has; absent where nobody knows.
    #[serde(default)]
    pub days_left: Option<i64>,
    /// Of the certificate in use.
    #[serde(default)]
    pub thumbprint_sha256: Option<String>,
}

impl Deref for ServiceAccountView {
    type Target = ServiceAccount;

    fn deref(&self) -> &ServiceAccount {
        &self.account
    }
}

impl Engine {
    /// The account with what counts now.
    pub async fn view_service_account(&self, account: ServiceAccount) -> Result<ServiceAccountView, Problem> {
        let certificate = match &account.credential {
            Credential::Certificate { certificate_id, .. } => {
                self.store.load_certificate(*certificate_id).await?
            }
            Credential::Secret { .. } => None,
        };
        Ok(ServiceAccountView {
            days_left: days_left(&account, self.config.clock.now()),
            thumbprint_sha256: certificate.map(|c| c.thumbprint_sha256),
            account,
        })
    }
}
