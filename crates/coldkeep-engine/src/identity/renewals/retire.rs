//! Taking replaced credentials away once their grace is over: those that were written down, and no others. One that
//! another service account of the application needs waits for that one.

use super::needs_somebody;
use crate::identity::IdentityWing;
use coldkeep_azure::{Error, Person, graph::Graph};
use coldkeep_core::{
    Problem,
    renewal::{Retiring, check_own_right, due_to_go},
    service_account::{Credential, MadeObject, ServiceAccount},
    sharing::key_needed,
};

impl IdentityWing {
    /// Removes each credential that is due, forgetting it once it is removed, so that a repetition continues. A secret is left
    /// if there is no sign-in.
    pub(super) async fn retire_due(
        &self,
        account: &mut ServiceAccount,
        person: Option<&Person>,
    ) -> Result<(), Problem> {
        let now = self.ground.config.clock.now();
        for old in due_to_go(account, now) {
            let others = self.neighbours(account).await?;
            // It waits until it is no longer needed.
            if key_needed(account, &old.credential, &old.key_id, &others, now).is_some() {
                continue;
            }
            let own = check_own_right(account, now).is_ok();
            let possible =
                person.is_some() || (own && matches!(old.credential, Credential::Certificate { .. }));
            if !possible {
                continue;
            }
            self.take_away(account, person, &old).await?;
            account.upkeep.retiring.retain(|r| r.key_id != old.key_id);
            let gone = MadeObject::KeyCredential {
                key_id: old.key_id.clone(),
            };
            account.objects.retain(|o| *o != gone);
            self.save_account(account).await?;
            if let Credential::Certificate { certificate_id, .. } = old.credential {
                self.delete_made_certificate(account, certificate_id).await?;
            }
        }
        Ok(())
    }

    async fn take_away(
        &self,
        account: &ServiceAccount,
        person: Option<&Person>,
        old: &Retiring,
    ) -> Result<(), Problem> {
        let failed = |e: Error| e.problem("The old credential could not be removed");
        let object_id = account.application_object_id.clone();
        let object_id = object_id.ok_or_else(|| needs_somebody(account))?;
        let azure = self.ground.azure(&account.cloud).await?;
        let graph = person.map(|p| Graph::new(&azure, p.tokens.clone()));
        match (&old.credential, graph) {
            (Credential::Secret { .. }, Some(graph)) => {
                graph
                    .remove_secret(&object_id, &old.key_id)
                    .await
                    .map_err(failed)?;
            }
            (Credential::Secret { .. }, None) => return Err(needs_somebody(account)),
            (Credential::Certificate { .. }, graph) => {
                let signer = self.own_signer(account).await;
                match (graph, signer) {
                    // A proof removes only this one; a write of the whole list could lose another client's.
                    (None, Ok(signer)) => {
                        let graph = self.graph_of_app(account).await?;
                        graph
                            .remove_key(&object_id, &old.key_id, &signer)
                            .await
                            .map_err(failed)?;
                    }
                    (Some(graph), Ok(signer)) => {
                        graph
                            .remove_key(&object_id, &old.key_id, &signer)
                            .await
                            .map_err(failed)?;
                    }
                    (Some(graph), Err(_)) => {
                        graph
                            .remove_key_credential(&object_id, &old.key_id)
                            .await
                            .map_err(failed)?;
                    }
                    (None, Err(problem)) => return Err(problem),
                }
            }
        }
        Ok(())
    }
}
