//! Taking away what Coldkeep made in Entra and Azure: exactly the journalled objects, the last made first.

use crate::Engine;
use coldkeep_azure::{Azure, Error, Person, arm::Arm, graph::Graph};
use coldkeep_core::{
    Problem,
    onboarding::unique_name,
    service_account::{MadeObject, ServiceAccount},
};

/// In this order: an assignment needs its role and its principal, a key its application.
fn rank(object: &MadeObject) -> u8 {
    match object {
        MadeObject::RoleAssignment { .. } => 0,
        MadeObject::RoleDefinition { .. } => 1,
        MadeObject::KeyCredential { .. } | MadeObject::Secret { .. } => 2,
        MadeObject::ServicePrincipal { .. } => 3,
        MadeObject::Application { .. } => 4,
    }
}

impl Engine {
    /// Deletes the account's objects, forgetting each once it is gone, so that a repetition goes on.
    pub(crate) async fn delete_objects(
        &self,
        azure: &Azure,
        person: &Person,
        account: &mut ServiceAccount,
    ) -> Result<(), Problem> {
        let objects = account.objects.clone();
        self.delete_these(azure, person, account, objects).await
    }

    /// The same for some of them.
    pub(crate) async fn delete_these(
        &self,
        azure: &Azure,
        person: &Person,
        account: &mut ServiceAccount,
        mut objects: Vec<MadeObject>,
    ) -> Result<(), Problem> {
        let remover = Remover {
            graph: Graph::new(azure, person.tokens.clone()),
            arm: Arm::new(azure, person.tokens.clone()),
        };
        objects.sort_by_key(rank);
        for object in objects {
            let shared = match &object {
                MadeObject::RoleDefinition { .. } => {
                    let all = self.store.list_service_accounts().await?;
                    all.iter()
                        .any(|a| a.id != account.id && a.objects.contains(&object))
                }
                _ => false,
            };
            // A role that other accounts use stays; they know it.
            if !shared {
                remover
                    .delete(account, &object)
                    .await
                    .map_err(|e| e.problem(format!("{} could not be deleted", named(&object))))?;
            }
            account.objects.retain(|o| *o != object);
            if let MadeObject::RoleAssignment { id } = &object {
                account
                    .grants
                    .retain(|g| !g.assignment_id.eq_ignore_ascii_case(id));
            }
            self.store.save_service_account(account).await?;
        }
        Ok(())
    }
}

struct Remover {
    graph: Graph,
    arm: Arm,
}

impl Remover {
    /// What is gone already is as good as deleted.
    async fn delete(&self, account: &ServiceAccount, object: &MadeObject) -> Result<(), Error> {
        match object {
            MadeObject::RoleAssignment { id } => self.arm.delete_role_assignment(id).await.map(drop),
            MadeObject::RoleDefinition { id } => self.arm.delete_role_definition(id).await.map(drop),
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

    /// Deleted objects wait for 30 days; who may delete may not always purge, and what waits can do no harm.
    async fn purge(&self, id: &str) -> Result<(), Error> {
        if let Err(error) = self.graph.purge_deleted(id).await {
            tracing::info!(%error, "a deleted object of Entra stays in its bin for 30 days");
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
