//! An account's own credentials: the id and key of the credential in use, and the certificates that were created for it.

use super::needs_somebody;
use crate::{identity::IdentityWing, identity::onboard::der_of};
use coldkeep_azure::graph::key_id;
use coldkeep_core::{
    Problem,
    id::CertificateId,
    service_account::{Credential, MadeObject, ServiceAccount},
    sharing,
};

impl IdentityWing {
    /// The id of the credential in use, where Coldkeep registered it.
    pub(crate) async fn own_key_id(&self, account: &ServiceAccount) -> Result<Option<String>, Problem> {
        let ours = |id: &String| {
            let key = MadeObject::KeyCredential { key_id: id.clone() };
            account.objects.contains(&key)
        };
        match &account.credential {
            Credential::Secret { .. } => Ok(account.upkeep.key_id.clone()),
            Credential::Certificate { certificate_id, .. } => {
                if account.upkeep.key_id.is_some() {
                    return Ok(account.upkeep.key_id.clone().filter(ours));
                }
                let stored = self.ground.store.load_certificate(*certificate_id).await?;
                let der = stored.as_ref().and_then(der_of);
                let id = account.application_object_id.as_ref().zip(der);
                Ok(id.map(|(object_id, der)| key_id(object_id, &der)).filter(ours))
            }
        }
    }

    /// The key of the certificate in use.
    pub(crate) async fn own_signer(
        &self,
        account: &ServiceAccount,
    ) -> Result<std::sync::Arc<dyn coldkeep_core::signer::AssertionSigner>, Problem> {
        match &account.credential {
            Credential::Certificate { certificate_id, .. } => self.ground.load_signer(*certificate_id).await,
            Credential::Secret { .. } => Err(needs_somebody(account)),
        }
    }

    /// Deletes a certificate that was generated for this account, unless something uses it.
    pub(crate) async fn delete_made_certificate(
        &self,
        account: &mut ServiceAccount,
        id: CertificateId,
    ) -> Result<(), Problem> {
        if !account.upkeep.made_certificates.contains(&id) || sharing::uses(account, id) {
            return Ok(());
        }
        self.let_certificate_go(account, id).await?;
        account.upkeep.made_certificates.retain(|made| *made != id);
        self.save_account(account).await
    }
}

impl IdentityWing {
    /// Takes a certificate that was generated for `account` out of the store, or leaves it to anyone who uses it.
    pub(crate) async fn let_certificate_go(
        &self,
        account: &ServiceAccount,
        id: CertificateId,
    ) -> Result<(), Problem> {
        let others = self.neighbours(account).await?;
        let Some(needed) = sharing::certificate_needed(account, id, &others) else {
            return self.ground.store.delete_certificate(id).await.map(drop);
        };
        let Some(heir) = needed.by.first() else {
            return Ok(());
        };
        match self.ground.store.load_service_account(*heir).await? {
            Some(mut heir) if !heir.upkeep.made_certificates.contains(&id) => {
                heir.upkeep.made_certificates.push(id);
                self.save_account(&heir).await
            }
            _ => Ok(()),
        }
    }
}
