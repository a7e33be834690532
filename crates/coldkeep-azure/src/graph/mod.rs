//! Microsoft Graph: the tenant, applications, service principals and their certificates.

mod keys;
mod people;
mod policies;
mod possession;
mod secrets;
mod strangers;

use crate::{
    Azure, Error, TokenSource,
    json::JsonApi,
    transport::address::segment,
    transport::retry::{REPLICATION, looked_for, made},
    wait_until_consistent,
};
use http::Method;
use serde::Deserialize;
use serde_json::json;

pub use keys::{KeyCredential, NewKey, key_id};
pub use people::DirectoryRole;
pub use secrets::{NewSecret, PasswordCredential};
pub use strangers::{FederatedCredential, PrincipalCredentials};

/// Microsoft Graph as one person or application sees it.
#[derive(Debug, Clone)]
pub struct Graph {
    api: JsonApi,
}

/// The signed-in person.
#[derive(Debug, Clone, Deserialize)]
pub struct Me {
    pub id: String,
    #[serde(rename = "userPrincipalName")]
    pub user_principal_name: String,
}

/// A tenant as its members see it.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Organization {
    pub id: String,
    pub display_name: String,
    #[serde(default)]
    pub verified_domains: Vec<VerifiedDomain>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct VerifiedDomain {
    pub name: String,
    #[serde(default)]
    pub is_default: bool,
}

/// An application registration.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Application {
    #[serde(rename = "id")]
    pub object_id: String,
    pub app_id: String,
    pub display_name: String,
    /// The name it was registered under, where it has one.
    #[serde(default)]
    pub unique_name: Option<String>,
}

/// An application to register.
#[derive(Debug, Clone)]
pub struct NewApplication {
    /// Found again by this name, however often it is asked for.
    pub unique_name: String,
    pub display_name: String,
    pub notes: String,
}

/// An application's presence in the tenant: what roles are assigned to.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct ServicePrincipal {
    pub id: String,
    /// Whether the application may sign in to the tenant.
    #[serde(default = "yes", rename = "accountEnabled")]
    pub enabled: bool,
}

fn yes() -> bool {
    true
}

const APPLICATION: &str = "$select=id,appId,displayName,uniqueName";

impl Graph {
    pub fn new(azure: &Azure, tokens: TokenSource) -> Self {
        let base = format!("{}/v1.0", azure.cloud().graph);
        Self {
            api: JsonApi::new(azure, azure.graph_service(), tokens, &azure.cloud().graph, &base),
        }
    }

    /// Who is signed in.
    pub async fn fetch_me(&self) -> Result<Me, Error> {
        self.api.get("/me?$select=id,userPrincipalName").await
    }

    /// The tenant.
    pub async fn fetch_organization(&self) -> Result<Organization, Error> {
        let mut all: Vec<Organization> = self
            .api
            .list("/organization?$select=id,displayName,verifiedDomains")
            .await?;
        all.pop().ok_or_else(|| {
            Error::without_answer(
                "Microsoft Graph",
                coldkeep_core::Code::AzureObjectNotFound,
                "the tenant names no organization",
            )
        })
    }

    /// The application with this client id, where the tenant holds it.
    pub async fn fetch_application(&self, application_id: &str) -> Result<Option<Application>, Error> {
        self.api.find(&by_app_id(application_id)).await
    }

    /// The application with this client id, even if it was just created: it is absent only if several reads do not
    /// find it.
    pub async fn look_for_application(&self, application_id: &str) -> Result<Option<Application>, Error> {
        self.api.look_for(&by_app_id(application_id)).await
    }

    /// The application that was registered under this unique name.
    pub async fn fetch_application_by_unique_name(&self, name: &str) -> Result<Option<Application>, Error> {
        self.api.find(&by_unique_name(name)).await
    }

    /// The object, even if it was just created: read several times before it counts as absent.
    pub async fn look_for_application_by_unique_name(
        &self,
        name: &str,
    ) -> Result<Option<Application>, Error> {
        self.api.look_for(&by_unique_name(name)).await
    }

    /// The applications of the tenant with this display name, which need not be unique. The index may not show
    /// new ones yet.
    pub async fn fetch_applications_named(&self, name: &str) -> Result<Vec<Application>, Error> {
        let filter = segment(&format!("displayName eq '{}'", name.replace('\'', "''")));
        self.api
            .list(&format!("/applications?$filter={filter}&{APPLICATION}"))
            .await
    }

    /// The deleted application that still holds this unique name, while it can be restored.
    pub async fn fetch_deleted_application(&self, unique_name: &str) -> Result<Option<Application>, Error> {
        let all: Vec<Application> = self
            .api
            .list(&format!(
                "/directory/deletedItems/microsoft.graph.application?{APPLICATION}"
            ))
            .await?;
        let mut all = all.into_iter();
        Ok(all.find(|d| d.unique_name.as_deref() == Some(unique_name)))
    }

    /// Registers the application unless its unique name is known already; an existing one stays unchanged. Answers
    /// with it and whether it was created now
    /// (<https://learn.microsoft.com/graph/api/application-upsert>).
    pub async fn ensure_application(&self, wanted: &NewApplication) -> Result<(Application, bool), Error> {
        if let Some(found) = self.fetch_application_by_unique_name(&wanted.unique_name).await? {
            return Ok((found, false));
        }
        let path = format!("/applications(uniqueName='{}')", segment(&wanted.unique_name));
        let body = json!({
            "displayName": wanted.display_name,
            "signInAudience": "AzureADMyOrg",
            "notes": wanted.notes,
        });
        let prefer = [("prefer", "create-if-missing")];
        match self.api.put_with(Method::PATCH, &path, &body, &prefer).await {
            Ok((201, answer)) => return Ok((self.api.read(&answer)?, true)),
            // Created by an earlier try: its answer was lost, or the replica that answered does not have it yet.
            Ok(_) => {}
            Err(error) if error.status() == Some(409) => {}
            Err(error) => return Err(error),
        }
        Ok((
            self.api.get_made(&by_unique_name(&wanted.unique_name)).await?,
            true,
        ))
    }

    /// The application's service principal, where the tenant has one.
    pub async fn fetch_service_principal(
        &self,
        application_id: &str,
    ) -> Result<Option<ServicePrincipal>, Error> {
        self.api.find(&principal_of(application_id)).await
    }

    /// The object, even if it was just created: read several times before it counts as absent.
    pub async fn look_for_service_principal(
        &self,
        application_id: &str,
    ) -> Result<Option<ServicePrincipal>, Error> {
        self.api.look_for(&principal_of(application_id)).await
    }

    /// Creates the service principal unless it exists; answers with it and whether it was created now.
    pub async fn ensure_service_principal(
        &self,
        application_id: &str,
    ) -> Result<(ServicePrincipal, bool), Error> {
        if let Some(found) = self.fetch_service_principal(application_id).await? {
            return Ok((found, false));
        }
        let body = json!({ "appId": application_id });
        // The application may be too new for the replica that is asked.
        let too_new = |e: &Error| {
            let message = e.system().message.as_deref().unwrap_or_default();
            (e.status() == Some(400) && message.contains("does not reference a valid application"))
                || (e.status() == Some(403) && message.contains("backing application"))
        };
        let made = wait_until_consistent(REPLICATION, too_new, || {
            self.api.put(Method::POST, "/servicePrincipals", &body)
        })
        .await;
        match made {
            Ok((_, answer)) => Ok((self.api.read(&answer)?, true)),
            Err(error) if error.status() == Some(409) => {
                Ok((self.api.get_made(&principal_of(application_id)).await?, true))
            }
            Err(error) => Err(error),
        }
    }

    /// Deletes the application; its service principal goes with it. It can be restored for 30 days unless it is
    /// purged. Whether it was there.
    pub async fn delete_application(&self, object_id: &str) -> Result<bool, Error> {
        self.api
            .delete(&format!("/applications/{}", segment(object_id)), None)
            .await
    }

    /// Whether it was there.
    pub async fn delete_service_principal(&self, id: &str) -> Result<bool, Error> {
        self.api
            .delete(&format!("/servicePrincipals/{}", segment(id)), None)
            .await
    }

    /// Removes a deleted application or service principal for good. Whether it was there.
    pub async fn purge_deleted(&self, id: &str) -> Result<bool, Error> {
        self.api
            .delete(&format!("/directory/deletedItems/{}", segment(id)), None)
            .await
    }
}

fn by_app_id(application_id: &str) -> String {
    format!("/applications(appId='{}')?{APPLICATION}", segment(application_id))
}

fn by_unique_name(name: &str) -> String {
    format!("/applications(uniqueName='{}')?{APPLICATION}", segment(name))
}

fn principal_of(application_id: &str) -> String {
    format!(
        "/servicePrincipals(appId='{}')?$select=id,accountEnabled",
        segment(application_id)
    )
}

#[cfg(test)]
mod tests;
