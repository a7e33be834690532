//! A service account as people and programs are shown it: with what only counts now.

use crate::identity::IdentityWing;
use coldkeep_core::{
    Problem,
    renewal::days_left,
    service_account::{Credential, ServiceAccount},
    sharing::{key_needed, same_application},
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
    /// The names of the other service accounts that are the same application.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub same_application: Vec<String>,
    /// Which keys that are replaced, or being registered, stay in any case.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub staying_keys: Vec<StayingKey>,
}

/// A registered certificate that is not taken away although this account needs it no more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StayingKey {
    pub key_id: String,
    /// For people: "also used by the service account `north-2`".
    pub why: String,
}

impl Deref for ServiceAccountView {
    type Target = ServiceAccount;

    fn deref(&self) -> &ServiceAccount {
        &self.account
    }
}

impl IdentityWing {
    /// The account with what counts now.
    pub async fn view_service_account(&self, account: ServiceAccount) -> Result<ServiceAccountView, Problem> {
        let certificate = match &account.credential {
            Credential::Certificate { certificate_id, .. } => {
                self.ground.store.load_certificate(*certificate_id).await?
            }
            Credential::Secret { .. } => None,
        };
        let now = self.ground.config.clock.now();
        let others = self.neighbours(&account).await?;
        let upkeep = &account.upkeep;
        let replaced = upkeep.retiring.iter().map(|r| (&r.credential, Some(&r.key_id)));
        let coming = upkeep.renewal.iter().map(|r| (&r.credential, r.key_id.as_ref()));
        let staying = replaced.chain(coming).filter_map(|(credential, key_id)| {
            let key_id = key_id?;
            let needed = key_needed(&account, (credential, key_id), &others, now)?;
            Some(StayingKey {
                key_id: key_id.clone(),
                why: needed.why,
            })
        });
        let same = others.iter().filter(|o| same_application(&account, &o.account));
        Ok(ServiceAccountView {
            days_left: days_left(&account, now),
            staying_keys: staying.collect(),
            same_application: same.map(|o| o.account.name.clone()).collect(),
            thumbprint_sha256: certificate.map(|c| c.thumbprint_sha256),
            account,
        })
    }
}
