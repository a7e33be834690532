//! The plan of a change in Entra and Azure, object by object.

use coldkeep_core::Fix;
use serde::{Deserialize, Serialize};

/// What would be created, object by object and permission by permission, before anything is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OnboardingPlan {
    /// Who would do it.
    #[serde(default)]
    pub signed_in_as: Option<String>,
    pub tenant_id: String,
    /// The service account's name, or the one that it will get.
    #[serde(default)]
    pub name: String,
    pub steps: Vec<OnboardingStep>,
    /// For people: what could not be found out beforehand.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unknown: Vec<Fix>,
}

/// One object of a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OnboardingStep {
    /// `make`, `exists`, `change`, `remove` or `keep`.
    pub action: String,
    /// `application`, `service principal`, `certificate`, `role definition`, `role assignment`, `proof`.
    pub object: String,
    /// For people: which one, where.
    pub detail: String,
    /// The rights it gives, for role definitions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rights: Vec<String>,
}
