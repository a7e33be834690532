//! Azure Resource Manager: subscriptions, storage accounts, containers.

mod assignments;
mod roles;
mod unassigned;

use crate::{
    Azure, Error, TokenSource, json::JsonApi, transport::address::segment, transport::retry::looked_for,
};
use coldkeep_core::resource::ResourceId;
use serde::Deserialize;
use serde_json::Value;

pub(crate) use assignments::CONDITION_VERSION;
pub use assignments::{NewAssignment, RoleAssignment};
pub use roles::{Permission, RoleDefinition, may};

/// Resource Manager as one person or application sees it.
#[derive(Debug, Clone)]
pub struct Arm {
    api: JsonApi,
}

const SUBSCRIPTIONS: &str = "api-version=2022-12-01";
const STORAGE: &str = "api-version=2023-05-01";
const AUTHORIZATION: &str = "api-version=2022-04-01";
/// Resource Manager answers a DELETE of what is not there so.
const ABSENT: Option<u16> = Some(204);

/// A subscription.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Subscription {
    pub subscription_id: String,
    #[serde(default)]
    pub tenant_id: String,
    pub display_name: String,
    #[serde(default)]
    pub state: String,
}

/// A tenant that the person belongs to.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Tenant {
    pub tenant_id: String,
    #[serde(default)]
    pub display_name: String,
}

/// A storage account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StorageAccount {
    pub id: ResourceId,
    pub name: String,
    pub location: String,
    /// `Standard_LRS`, …
    pub sku: String,
    /// `StorageV2`, `BlockBlobStorage`, …
    pub kind: String,
    /// Without a trailing slash; empty where the account has no blobs.
    pub blob_endpoint: String,
    /// Hierarchical namespace.
    pub hns: bool,
    /// From where copies into it are taken, `AAD` or `PrivateLink`; none: from everywhere.
    pub copy_scope: Option<String>,
}

/// A container as Resource Manager sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContainerResource {
    pub id: ResourceId,
    pub name: String,
}

impl Arm {
    pub fn new(azure: &Azure, tokens: TokenSource) -> Self {
        let cloud = azure.cloud();
        let audience = &cloud.resource_manager_audience;
        Self {
            api: JsonApi::new(
                azure,
                azure.resource_manager(),
                tokens,
                audience,
                &cloud.resource_manager,
            ),
        }
    }

    /// The subscriptions the person sees.
    pub async fn fetch_subscriptions(&self) -> Result<Vec<Subscription>, Error> {
        self.api.list(&format!("/subscriptions?{SUBSCRIPTIONS}")).await
    }

    /// One subscription, where the person sees it.
    pub async fn fetch_subscription(&self, id: &str) -> Result<Option<Subscription>, Error> {
        self.api
            .find(&format!("/subscriptions/{}?{SUBSCRIPTIONS}", segment(id)))
            .await
    }

    /// The tenants the person belongs to.
    pub async fn fetch_tenants(&self) -> Result<Vec<Tenant>, Error> {
        self.api.list(&format!("/tenants?{SUBSCRIPTIONS}")).await
    }

    /// The storage accounts of a subscription that the person sees.
    pub async fn fetch_storage_accounts(&self, subscription: &str) -> Result<Vec<StorageAccount>, Error> {
        let path = format!(
            "/subscriptions/{}/providers/Microsoft.Storage/storageAccounts?{STORAGE}",
            segment(subscription)
        );
        let raw: Vec<Value> = self.api.list(&path).await?;
        Ok(raw.iter().map(storage_account).collect())
    }

    /// One storage account, by its id.
    pub async fn fetch_storage_account(&self, id: &ResourceId) -> Result<Option<StorageAccount>, Error> {
        let raw: Option<Value> = self.api.find(&format!("{}?{STORAGE}", path_of(id))).await?;
        Ok(raw.as_ref().map(storage_account))
    }

    /// One container, by its id.
    pub async fn fetch_container(&self, id: &ResourceId) -> Result<Option<ContainerResource>, Error> {
        let raw: Option<Value> = self.api.find(&format!("{}?{STORAGE}", path_of(id))).await?;
        Ok(raw.map(|raw| ContainerResource {
            id: ResourceId(raw["id"].as_str().unwrap_or(&id.0).to_owned()),
            name: raw["name"].as_str().unwrap_or_default().to_owned(),
        }))
    }

    /// The containers of a storage account, by the account's id.
    pub async fn fetch_containers(&self, account: &ResourceId) -> Result<Vec<ContainerResource>, Error> {
        let path = format!("{}/blobServices/default/containers?{STORAGE}", path_of(account));
        let raw: Vec<Value> = self.api.list(&path).await?;
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        Ok(raw
            .iter()
            .map(|raw| ContainerResource {
                id: ResourceId(text(&raw["id"])),
                name: text(&raw["name"]),
            })
            .collect())
    }

    /// A resource group's existence.
    pub async fn fetch_resource_group(&self, id: &ResourceId) -> Result<Option<()>, Error> {
        let found: Option<Value> = self
            .api
            .find(&format!("{}?api-version=2021-04-01", path_of(id)))
            .await?;
        Ok(found.map(|_| ()))
    }

    /// The principal's role assignments at and above a scope, read until these ids are among them: a new one is not
    /// visible immediately.
    pub async fn look_for_role_assignments(
        &self,
        scope: &ResourceId,
        principal_id: &str,
        expected: &[&str],
    ) -> Result<Vec<RoleAssignment>, Error> {
        let all_there = |found: &[RoleAssignment]| {
            let there = |id: &&str| found.iter().any(|a| a.id.eq_ignore_ascii_case(id));
            expected.iter().all(there)
        };
        let whole = looked_for(|| async {
            let found = self.fetch_role_assignments(scope, principal_id).await?;
            Ok(all_there(&found).then_some(found))
        });
        match whole.await? {
            Some(found) => Ok(found),
            None => self.fetch_role_assignments(scope, principal_id).await,
        }
    }

    /// Sends a write that changes nothing: it removes a role assignment with an unused name. A refusal of all writes
    /// (a missing second factor) shows before anything is created; a missing permission does not.
    ///
    /// # Errors
    /// The refusal that other writes would meet, too.
    pub async fn probe_write(&self, subscription: &ResourceId) -> Result<(), Error> {
        let path = format!(
            "{}/providers/Microsoft.Authorization/roleAssignments/{}?{AUTHORIZATION}",
            path_of(subscription),
            uuid::Uuid::new_v4()
        );
        match self.api.delete_once(&path).await {
            Err(error) if error.is_challenge() => Err(error),
            // Only real writes show more.
            _ => Ok(()),
        }
    }
}

/// A resource id as a path: each segment encoded, so that no id leaves its place.
fn path_of(id: &ResourceId) -> String {
    let segments: Vec<String> = id.0.trim_matches('/').split('/').map(segment).collect();
    format!("/{}", segments.join("/"))
}

fn storage_account(raw: &Value) -> StorageAccount {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let properties = &raw["properties"];
    StorageAccount {
        id: ResourceId(text(&raw["id"])),
        name: text(&raw["name"]),
        location: text(&raw["location"]),
        sku: text(&raw["sku"]["name"]),
        kind: text(&raw["kind"]),
        blob_endpoint: text(&properties["primaryEndpoints"]["blob"])
            .trim_end_matches('/')
            .to_owned(),
        hns: properties["isHnsEnabled"].as_bool().unwrap_or(false),
        copy_scope: Some(text(&properties["allowedCopyScope"])).filter(|scope| !scope.is_empty()),
    }
}
