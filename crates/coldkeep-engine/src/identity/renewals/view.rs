//! A service account as people and programs are shown it: with what only counts now.

use crate::identity::IdentityWing;
use coldkeep_api::{ServiceAccountView, StayingKey};
use coldkeep_core::{
    Problem,
    renewal::days_left,
    service_account::{Credential, ServiceAccount},
    sharing::{key_needed, same_application},
};

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
            let needed = key_needed(&account, credential, key_id, &others, now)?;
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
