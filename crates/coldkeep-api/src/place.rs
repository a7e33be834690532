//! The subscriptions, storage accounts and containers that a signed-in person sees.

use coldkeep_core::resource::ResourceId;
use serde::{Deserialize, Serialize};

/// A subscription that the person sees.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeenSubscription {
    pub id: String,
    pub name: String,
    pub tenant_id: String,
    /// `Enabled`, `Disabled`, `Warned`, `PastDue` or `Deleted`: in all but the first, nothing new may work.
    pub state: String,
}

/// A storage account that the person sees.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeenStorageAccount {
    pub id: ResourceId,
    pub name: String,
    pub subscription_id: String,
    pub location: String,
    /// Redundancy and performance, as in `Standard_LRS`.
    pub sku: String,
    /// Without a trailing slash; empty where the account has no blobs.
    pub blob_endpoint: String,
    /// Whether it has a hierarchical namespace.
    pub hierarchical: bool,
}

/// A container that the person sees.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeenContainer {
    pub id: ResourceId,
    pub name: String,
}
