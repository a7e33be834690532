//! The steps, done one by one. Each object is journalled before it is created, under an id that a repetition finds again;
//! objects created by others are used and never journalled.

use super::{
    Prepared, accounts,
    observe::{definition, der_of},
    prove::{self, Fresh},
};
use crate::identity::IdentityWing;
use coldkeep_azure::{
    Azure, Error, Person,
    arm::{Arm, NewAssignment},
    graph::{Graph, NewApplication, NewKey, key_id},
};
use coldkeep_core::{
    Code, Problem,
    certificate::Certificate,
    onboarding::{CustomRole, PlannedStep, SetupStep},
    resource::same_id,
    service_account::{Credential, Grant, MadeObject, ServiceAccount, State},
};
use std::sync::Arc;

/// The clients of a signed-in user for Entra and Azure, and the journal of their changes.
pub(crate) struct OnboardingExecutor<'a> {
    identity: &'a IdentityWing,
    azure: Azure,
    graph: Graph,
    arm: Arm,
    account: ServiceAccount,
    certificate: Option<Certificate>,
    steps: Vec<PlannedStep>,
}

impl<'a> OnboardingExecutor<'a> {
    pub(crate) fn new(identity: &'a IdentityWing, person: &Person, prepared: Prepared) -> Self {
        Self {
            identity,
            graph: Graph::new(&prepared.azure, person.tokens.clone()),
            arm: Arm::new(&prepared.azure, person.tokens.clone()),
            azure: prepared.azure,
            account: prepared.account,
            certificate: prepared.certificate.into_stored(),
            steps: prepared.steps,
        }
    }

    /// Every step, then the proofs.
    pub(crate) async fn do_all(mut self) -> Result<ServiceAccount, Problem> {
        for planned in std::mem::take(&mut self.steps) {
            match &planned.step {
                SetupStep::Application {
                    unique_name,
                    display_name,
                    notes,
                } => {
                    let request = NewApplication {
                        unique_name: unique_name.clone(),
                        display_name: display_name.clone(),
                        notes: notes.clone(),
                    };
                    self.make_application(&request).await?;
                }
                SetupStep::ServicePrincipal => self.make_service_principal(planned.exists.is_some()).await?,
                SetupStep::Certificate { .. } => self.register_certificate(planned.exists.is_some()).await?,
                SetupStep::Role(role) => self.make_role(role, planned.exists.is_some()).await?,
                // Every tenant has it.
                SetupStep::BuiltInRole { .. } => {}
                SetupStep::Assignment { .. } => self.assign(&planned).await?,
                SetupStep::ProveToken => self.prove_tokens().await?,
                SetupStep::ProveGrant(grant) => {
                    let source = self
                        .identity
                        .ground
                        .token_source(&self.account, Arc::default())
                        .await?;
                    let found = prove::prove_grant(&self.azure, &source, grant, self.clock()).await?;
                    self.account.proofs.push(found);
                }
            }
        }
        let clock = self.clock();
        accounts::learn(&self.arm, &mut self.account, clock).await;
        self.account.state = State::Ready;
        self.account.answers = None;
        self.account.proven_at = Some(self.clock().now());
        self.save().await?;
        Ok(self.account)
    }

    fn clock(&self) -> &'a dyn coldkeep_core::Clock {
        &*self.identity.ground.config.clock
    }

    async fn save(&self) -> Result<(), Problem> {
        self.identity.save_account(&self.account).await
    }

    /// Writes down that an object is about to be created, once.
    async fn journal(&mut self, object: MadeObject) -> Result<(), Problem> {
        if !self.account.objects.contains(&object) {
            self.account.objects.push(object);
            self.save().await?;
        }
        Ok(())
    }

    /// Removes the journal entry: the object was created outside Coldkeep.
    async fn unjournal(&mut self, object: &MadeObject) -> Result<(), Problem> {
        self.account.objects.retain(|o| o != object);
        self.save().await
    }

    /// Puts the ids that the service chose in the place of the ones that were not known yet.
    async fn learn(&mut self, intent: &MadeObject, made: MadeObject) -> Result<(), Problem> {
        self.account.objects.retain(|o| o != intent && *o != made);
        self.account.objects.push(made);
        self.save().await
    }

    /// The unique name is used only by us: an application that has it was created for this account.
    async fn make_application(&mut self, request: &NewApplication) -> Result<(), Problem> {
        let known =
            |o: &MadeObject| matches!(o, MadeObject::Application { object_id, .. } if !object_id.is_empty());
        let intent = MadeObject::Application {
            object_id: String::new(),
            application_id: String::new(),
        };
        if !self.account.objects.iter().any(known) {
            self.journal(intent.clone()).await?;
        }
        let made = self.graph.ensure_application(request).await;
        let (made, _) = made.map_err(|e| e.problem("The application could not be registered"))?;
        self.account.objects.retain(|o| !known(o));
        self.account.application_id = made.app_id.clone();
        self.account.application_object_id = Some(made.object_id.clone());
        // Which application it is was not known when the account was stored.
        let binding = self
            .identity
            .ground
            .service_account_binding(&self.account)
            .await?;
        self.identity.ground.save_sealed(&binding, None).await?;
        self.learn(
            &intent,
            MadeObject::Application {
                object_id: made.object_id,
                application_id: made.app_id,
            },
        )
        .await
    }

    async fn make_service_principal(&mut self, exists: bool) -> Result<(), Problem> {
        let failed = |e: Error| e.problem("The service principal could not be created");
        let intent = MadeObject::ServicePrincipal {
            object_id: String::new(),
        };
        let intended = self.account.objects.contains(&intent);
        if !exists {
            self.journal(intent.clone()).await?;
        }
        let (principal, made) = self
            .graph
            .ensure_service_principal(&self.account.application_id)
            .await
            .map_err(failed)?;
        self.account.principal_id = Some(principal.id.clone());
        let journalled = MadeObject::ServicePrincipal {
            object_id: principal.id,
        };
        if made || intended || self.account.objects.contains(&journalled) {
            self.learn(&intent, journalled).await
        } else {
            self.unjournal(&intent).await
        }
    }

    async fn register_certificate(&mut self, exists: bool) -> Result<(), Problem> {
        let Some(certificate) = self.certificate.clone() else {
            return Ok(());
        };
        let der = der_of(&certificate).ok_or_else(|| {
            Problem::internal(format!(
                "The stored certificate `{}` is not base64",
                certificate.name
            ))
        })?;
        let object_id = self.application_object_id().await?;
        let object = MadeObject::KeyCredential {
            key_id: key_id(&object_id, &der),
        };
        if !exists {
            self.journal(object.clone()).await?;
        }
        let key = NewKey {
            der: &der,
            name: &certificate.issued_to,
            start: certificate.not_before,
            end: certificate.not_after,
        };
        let registered = self.graph.ensure_key_credential(&object_id, &key).await;
        let (id, _) = registered
            .map_err(|e| e.problem("The certificate could not be registered with the application"))?;
        if (MadeObject::KeyCredential { key_id: id }) != object {
            // The same certificate under another client's key id.
            self.unjournal(&object).await?;
        }
        Ok(())
    }

    async fn application_object_id(&mut self) -> Result<String, Problem> {
        if let Some(id) = &self.account.application_object_id {
            return Ok(id.clone());
        }
        let found = self
            .graph
            .look_for_application(&self.account.application_id)
            .await;
        let found = found
            .map_err(|e| e.problem("The application cannot be read"))?
            .ok_or_else(|| {
                Problem::new(
                    Code::ApplicationNotFound,
                    "The application no longer exists",
                    "It was deleted in the meantime; check the application id.",
                )
            })?;
        self.account.application_object_id = Some(found.object_id.clone());
        self.save().await?;
        Ok(found.object_id)
    }

    /// A role is shared by the accounts of its subscription: each that uses one of ours knows it, the last takes it away.
    async fn make_role(&mut self, role: &CustomRole, exists: bool) -> Result<(), Problem> {
        let object = MadeObject::RoleDefinition { id: role.id() };
        let ours = !exists || {
            let all = self.identity.ground.store.list_service_accounts().await?;
            all.iter().any(|a| a.objects.contains(&object))
        };
        if ours {
            self.journal(object).await?;
        }
        let wanted = definition(role);
        let failed = |e: Error| e.problem(format!("The role `{}` could not be created", role.name));
        let (id, made) = self.arm.ensure_role_definition(&wanted).await.map_err(failed)?;
        // Since the plan, another client may have created or changed it.
        let there = match made {
            true => None,
            false => self.arm.fetch_role_definition(&id).await.map_err(failed)?,
        };
        match there.filter(|found| !found.same_rights(&wanted)) {
            None => Ok(()),
            Some(found) => Err(Problem::new(
                Code::RoleChanged,
                format!(
                    "The role `{}` was changed in the meantime, and now grants other permissions",
                    found.name
                ),
                "Restore its permissions or delete it in the portal.",
            )),
        }
    }

    async fn assign(&mut self, planned: &PlannedStep) -> Result<(), Problem> {
        let SetupStep::Assignment {
            grant: asked,
            role_definition_id,
            description,
        } = &planned.step
        else {
            return Ok(());
        };
        let principal_id = self.account.principal_id.clone().unwrap_or_default();
        let request = NewAssignment {
            scope: asked.scope.clone(),
            role_definition_id: role_definition_id.clone(),
            principal_id,
            description: description.clone(),
            condition: asked.condition(),
        };
        let ours = MadeObject::RoleAssignment { id: request.id() };
        let assignment_id = match &planned.exists {
            Some(id) => id.clone(),
            None => {
                self.journal(ours.clone()).await?;
                let made = self.arm.ensure_role_assignment(&request).await;
                let set = asked.permission_set;
                made.map_err(|e| e.problem(format!("{set} could not be granted at {}", asked.place())))?
                    .0
            }
        };
        let made_by_us = same_id(&assignment_id, &request.id());
        if !made_by_us {
            self.account.objects.retain(|o| *o != ours);
        }
        let made_by_us = made_by_us && self.account.objects.contains(&ours);
        let grant = Grant {
            permission_set: asked.permission_set,
            scope: asked.scope.clone(),
            folder: asked.folder.clone(),
            assignment_id,
            role_definition_id: role_definition_id.clone(),
            made_by_us,
        };
        self.account
            .grants
            .retain(|g| !(g.permission_set == grant.permission_set && g.scope == grant.scope));
        self.account.grants.push(grant);
        self.save().await
    }

    /// A secret existed before; a wrong one is not retried as long as a new object.
    fn fresh(&self) -> Fresh {
        let made = |o: &MadeObject| matches!(o, MadeObject::ServicePrincipal { .. });
        let given = matches!(self.account.credential, Credential::Secret { .. });
        match given && !self.account.objects.iter().any(made) {
            true => Fresh::Perhaps,
            false => Fresh::Yes,
        }
    }

    async fn prove_tokens(&mut self) -> Result<(), Problem> {
        let source = self
            .identity
            .ground
            .token_source(&self.account, Arc::default())
            .await?;
        self.account.proofs = prove::prove_tokens(&self.azure, &source, self.fresh()).await?;
        self.save().await
    }
}
