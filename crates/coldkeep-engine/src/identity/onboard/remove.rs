//! Deleting what Coldkeep created in Entra and Azure: exactly the journalled objects, the newest first.

use super::neighbours::{shown, shown_departure};
use crate::identity::IdentityWing;
use coldkeep_api::OnboardingStep;
use coldkeep_azure::{Azure, Error, Person, arm::Arm, graph::Graph};
use coldkeep_core::{
    Problem,
    onboarding::unique_name,
    resource::same_id,
    service_account::{MadeObject, ServiceAccount, State},
    sharing::{self, NeededBy, same_object},
};

impl IdentityWing {
    /// Removes the account's objects, forgetting each once it is gone, so that a repetition continues. Answers with
    /// what stayed, and why.
    pub(crate) async fn delete_objects(
        &self,
        azure: &Azure,
        person: &Person,
        account: &mut ServiceAccount,
    ) -> Result<Vec<OnboardingStep>, Problem> {
        let objects = account.objects.clone();
        self.delete_these(azure, person, account, objects).await
    }

    /// Removes some of the account's objects. What another service account needs stays, and belongs to that account
    /// from then on.
    pub(crate) async fn delete_these(
        &self,
        azure: &Azure,
        person: &Person,
        account: &mut ServiceAccount,
        objects: Vec<MadeObject>,
    ) -> Result<Vec<OnboardingStep>, Problem> {
        let remover = Remover {
            graph: Graph::new(azure, person.tokens.clone()),
            arm: Arm::new(azure, person.tokens.clone()),
        };
        let mut stayed = vec![];
        for departure in self.plan_departures(account, objects).await? {
            let object = &departure.object;
            match &departure.stays {
                Some(needed) => {
                    stayed.push(shown_departure(account, &departure));
                    self.hand_over(account, object, needed).await?;
                }
                None => {
                    let gone = remover.delete(account, object).await;
                    if !gone.map_err(|e| e.problem(format!("{} could not be deleted", named(object))))? {
                        let why = "also assigned to an identity that is not a service account of Coldkeep";
                        stayed.push(shown("role definition", named(object), Some(why)));
                        if account.state != State::Removing {
                            // The next edit tries again.
                            continue;
                        }
                    }
                }
            }
            account.objects.retain(|o| !same_object(o, object));
            if let MadeObject::RoleAssignment { id } = object {
                account.grants.retain(|g| !same_id(&g.assignment_id, id));
            }
            self.save_account(account).await?;
        }
        Ok(stayed)
    }

    /// Writes what stays into the journal of the first account that needs it, before this one forgets it. A grant or role
    /// that Coldkeep did not create is in no journal.
    pub(crate) async fn hand_over(
        &self,
        account: &ServiceAccount,
        object: &MadeObject,
        needed: &NeededBy,
    ) -> Result<(), Problem> {
        if !account.objects.iter().any(|o| same_object(o, object)) {
            return Ok(());
        }
        for id in &needed.by {
            if let Some(mut heir) = self.ground.store.load_service_account(*id).await? {
                sharing::hand_over(account, object, &mut heir);
                return self.save_account(&heir).await;
            }
        }
        Ok(())
    }
}

struct Remover {
    graph: Graph,
    arm: Arm,
}

impl Remover {
    /// Whether it is deleted; an object that no longer exists counts as deleted. A role with other assignments stays.
    async fn delete(&self, account: &ServiceAccount, object: &MadeObject) -> Result<bool, Error> {
        match object {
            MadeObject::RoleDefinition { id } => {
                let own = account.principal_id.as_deref().unwrap_or_default();
                self.arm.delete_role_unless_assigned(id, own).await
            }
            other => self.delete_other(account, other).await.map(|()| true),
        }
    }

    async fn delete_other(&self, account: &ServiceAccount, object: &MadeObject) -> Result<(), Error> {
        match object {
            MadeObject::RoleAssignment { id } => self.arm.delete_role_assignment(id).await.map(drop),
            MadeObject::RoleDefinition { .. } => Ok(()),
            MadeObject::KeyCredential { key_id } => match &account.application_object_id {
                Some(application) => self
                    .graph
                    .remove_key_credential(application, key_id)
                    .await
                    .map(drop),
                None => Ok(()),
            },
            MadeObject::Secret { name } => match &account.application_object_id {
                Some(application) => self.graph.remove_secrets_named(application, name).await,
                None => Ok(()),
            },
            MadeObject::ServicePrincipal { object_id } if object_id.is_empty() => {
                match self
                    .graph
                    .look_for_service_principal(&account.application_id)
                    .await?
                {
                    Some(found) => self.delete_principal(&found.id).await,
                    None => Ok(()),
                }
            }
            MadeObject::ServicePrincipal { object_id } => self.delete_principal(object_id).await,
            MadeObject::Application { object_id, .. } if object_id.is_empty() => {
                // The answer to its making was lost: it is found by the name that is this account's alone.
                match self
                    .graph
                    .look_for_application_by_unique_name(&unique_name(account.id))
                    .await?
                {
                    Some(found) => self.delete_application(&found.object_id).await,
                    None => Ok(()),
                }
            }
            MadeObject::Application { object_id, .. } => self.delete_application(object_id).await,
        }
    }

    async fn delete_principal(&self, id: &str) -> Result<(), Error> {
        self.graph.delete_service_principal(id).await?;
        self.purge(id).await
    }

    async fn delete_application(&self, object_id: &str) -> Result<(), Error> {
        self.graph.delete_application(object_id).await?;
        self.purge(object_id).await
    }

    /// Deleted objects are kept for 30 days; a caller that can delete may not be able to purge, and they can do no harm.
    async fn purge(&self, id: &str) -> Result<(), Error> {
        if let Err(error) = self.graph.purge_deleted(id).await {
            tracing::info!(%error, "Entra keeps a deleted object among its deleted applications for 30 days");
        }
        Ok(())
    }
}

fn named(object: &MadeObject) -> String {
    match object {
        MadeObject::Application { application_id, .. } => format!("The application {application_id}"),
        MadeObject::ServicePrincipal { object_id } => format!("The service principal {object_id}"),
        MadeObject::KeyCredential { key_id } => format!("The certificate's registration {key_id}"),
        MadeObject::Secret { name } => format!("The secret `{name}`"),
        MadeObject::RoleDefinition { id } => format!("The role {id}"),
        MadeObject::RoleAssignment { id } => format!("The role assignment {id}"),
    }
}
