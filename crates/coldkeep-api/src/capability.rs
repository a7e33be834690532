//! What a signed-in person may do.

use coldkeep_core::{app_policy::AppPolicy, resource::ResourceId};
use serde::{Deserialize, Serialize};

/// Where the signed-in person's capabilities are asked for, and on which application.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CapabilitiesOf {
    /// Subscriptions, resource groups, storage accounts or containers.
    pub scopes: Vec<ResourceId>,
    /// The client id of an application that is to get a key.
    pub application_id: Option<String>,
}

/// Whether a person may do something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ability {
    Yes,
    No,
    /// It cannot be found out, or depends on a condition: the attempt will tell.
    Unknown,
}

impl From<Option<bool>> for Ability {
    fn from(known: Option<bool>) -> Self {
        match known {
            Some(true) => Self::Yes,
            Some(false) => Self::No,
            None => Self::Unknown,
        }
    }
}

/// What the signed-in person may do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Capabilities {
    pub signed_in_as: String,
    pub tenant_id: String,
    pub register_applications: Ability,
    /// To the application that was asked about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub add_keys: Option<Ability>,
    /// What the tenant allows of the credentials of that application, or of a new one; absent if it is not readable.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credential_policy: Option<AppPolicy>,
    pub scopes: Vec<ScopeCapabilities>,
}

/// What they may do at one scope. Deny assignments are not read: they are rare, and the attempt will tell.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScopeCapabilities {
    pub scope: ResourceId,
    pub assign_roles: Ability,
    /// In the scope's subscription, where roles are defined.
    pub define_roles: Ability,
}
