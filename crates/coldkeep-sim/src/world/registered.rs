//! Applications made without a request, and the secrets they sign in with.

use super::{
    World,
    directory::{Application, PasswordCredential, ServicePrincipal},
    handles::Unknown,
};
use crate::wire::{new_guid, read, write};
use coldkeep_core::Timestamp;
use jiff::{SignedDuration, ToSpan};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fmt;

/// An application made without a request, with a secret, ready to sign in.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegisteredApp {
    pub tenant_id: String,
    pub app_id: String,
    pub object_id: String,
    pub service_principal_id: String,
    pub display_name: String,
    pub secret: String,
}

impl fmt::Debug for RegisteredApp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RegisteredApp")
            .field("app_id", &self.app_id)
            .finish_non_exhaustive()
    }
}

impl World {
    /// Makes an application with a service principal and a secret of two years.
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

    /// The application that [`World::ready_app`] made, if it did.
    pub(crate) fn known_ready_app(&self) -> Option<RegisteredApp> {
        read(&self.ready_app).clone()
    }

    /// The application "sim-ready" of the first tenant, a Storage Blob Data Owner of its accounts; made when first asked for.
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

/// An application without credentials, otherwise as made by [`World::register_app`].
fn new_application(made: &RegisteredApp, owners: Vec<String>, now: Timestamp) -> Application {
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

/// A random secret of the form Entra gives: 40 characters with `~` and `.` among them.
pub(crate) fn new_secret() -> String {
    let random = format!(
        "{}{}",
        uuid::Uuid::new_v4().simple(),
        uuid::Uuid::new_v4().simple()
    );
    format!("{}8Q~{}.{}", &random[..3], &random[3..20], &random[20..36])
}

/// The stored half of a secret.
pub(crate) fn new_password(
    secret: &str,
    display_name: Option<String>,
    start: Timestamp,
    end: Timestamp,
    usable_at: Timestamp,
) -> PasswordCredential {
    PasswordCredential {
        key_id: new_guid(),
        display_name,
        hint: secret[..3].to_owned(),
        secret_sha256: Sha256::digest(secret).into(),
        start,
        end,
        usable_at,
    }
}

/// How long a secret lives unless asked otherwise.
pub(crate) fn two_years_after(start: Timestamp) -> Timestamp {
    let span = start.to_zoned(jiff::tz::TimeZone::UTC).checked_add(2.years());
    span.map_or_else(
        |_| {
            start
                .saturating_add(SignedDuration::from_hours(17_520))
                .unwrap_or(start)
        },
        |z| z.timestamp(),
    )
}
