//! Applications created without a request.

use crate::world::registered::RegisteredApp;
use crate::world::registered::new_password;
use crate::world::registered::new_secret;
use crate::world::registered::two_years_after;
use crate::{
    wire::{new_guid, read, write},
    world::{
        directory::{Application, ServicePrincipal},
        state::World,
        unknown::Unknown,
    },
};
use coldkeep_core::Timestamp;

impl World {
    /// Creates an application with a service principal and a secret of two years.
    pub fn register_app(&self, tenant: &str, display_name: &str) -> Result<RegisteredApp, Unknown> {
        let now = self.now();
        let mut directory = write(&self.directory);
        let tenant_id = directory
            .tenant(tenant)
            .map(|t| t.id.clone())
            .ok_or_else(|| Unknown(format!("tenant `{tenant}`")))?;
        let owner_id = directory
            .users
            .iter()
            .find(|u| u.tenant_id == tenant_id)
            .map(|u| u.object_id.clone());
        let made = RegisteredApp {
            tenant_id,
            app_id: new_guid(),
            object_id: new_guid(),
            service_principal_id: new_guid(),
            display_name: display_name.to_owned(),
            secret: new_secret(),
        };
        let owners: Vec<String> = owner_id.into_iter().collect();
        directory.service_principals.push(ServicePrincipal {
            object_id: made.service_principal_id.clone(),
            app_id: made.app_id.clone(),
            tenant_id: made.tenant_id.clone(),
            owner_tenant_id: made.tenant_id.clone(),
            display_name: made.display_name.clone(),
            enabled: true,
            other: serde_json::Map::new(),
            key_credentials: vec![],
            password_credentials: vec![],
            owners: owners.clone(),
            created_at: now,
            visible_at: Timestamp::UNIX_EPOCH,
            deleted_at: None,
        });
        directory.applications.push(Application {
            password_credentials: vec![new_password(
                &made.secret,
                None,
                now,
                two_years_after(now),
                Timestamp::UNIX_EPOCH,
            )],
            ..new_application(&made, owners, now)
        });
        Ok(made)
    }

    /// The application that [`World::ready_app`] created, if it did.
    pub(crate) fn known_ready_app(&self) -> Option<RegisteredApp> {
        read(&self.ready_app).clone()
    }

    /// The application "sim-ready" of the first tenant, a Storage Blob Data Owner of its accounts; created on first use.
    pub fn ready_app(&self) -> Result<RegisteredApp, Unknown> {
        if let Some(app) = read(&self.ready_app).clone() {
            return Ok(app);
        }
        let first = read(&self.directory).tenants.first().map(|t| t.id.clone());
        let tenant = first.unwrap_or_default();
        let app = self.register_app(&tenant, "sim-ready")?;
        let scopes: Vec<String> = read(&self.resources)
            .accounts
            .values()
            .filter(|a| a.tenant_id == tenant)
            .map(|a| a.resource_id.clone())
            .collect();
        for scope in scopes {
            self.grant(&app.service_principal_id, "Storage Blob Data Owner", &scope)?;
        }
        *write(&self.ready_app) = Some(app.clone());
        Ok(app)
    }
}

/// An application without credentials, otherwise as created by [`World::register_app`].
pub(super) fn new_application(made: &RegisteredApp, owners: Vec<String>, now: Timestamp) -> Application {
    Application {
        object_id: made.object_id.clone(),
        app_id: made.app_id.clone(),
        tenant_id: made.tenant_id.clone(),
        unique_name: None,
        display_name: made.display_name.clone(),
        sign_in_audience: "AzureADMyOrg".to_owned(),
        public_client: false,
        other: serde_json::Map::new(),
        key_credentials: vec![],
        password_credentials: vec![],
        owners,
        created_at: now,
        visible_at: Timestamp::UNIX_EPOCH,
        deleted_at: None,
    }
}
