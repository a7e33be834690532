//! Requests about the renewal of a service account's credential.

use crate::{NewCredential, PlanDigest};
use coldkeep_core::{id::SignInId, renewal::GRACE_DAYS};
use serde::{Deserialize, Serialize};

/// `POST /service-accounts/{key}/renew` and `…/renew/plan`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RenewServiceAccount {
    /// The new credential; none: a new certificate, or for an account with a secret a new secret.
    #[serde(default)]
    pub credential: Option<NewCredential>,
    /// How long a generated certificate or a new secret lasts.
    #[serde(default)]
    pub valid_days: Option<u32>,
    /// How long the old one stays beside the new one.
    #[serde(default = "grace_days")]
    pub grace_days: u32,
    /// Whether the old one goes then although Coldkeep did not register it.
    #[serde(default)]
    pub remove_old: bool,
    /// The new credential is registered with the application already: nothing is changed in Entra.
    #[serde(default)]
    pub registered: bool,
    /// The application's object id, where Coldkeep does not know it.
    #[serde(default)]
    pub application_object_id: Option<String>,
    /// A finished sign-in: the change is made with it instead of by the application itself.
    #[serde(default)]
    pub sign_in_id: Option<SignInId>,
    /// The digest of the plan that was agreed to: refused where the plan is another one by now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan_digest: Option<PlanDigest>,
}

fn grace_days() -> u32 {
    GRACE_DAYS
}

impl Default for RenewServiceAccount {
    fn default() -> Self {
        Self {
            credential: None,
            valid_days: None,
            grace_days: GRACE_DAYS,
            remove_old: false,
            registered: false,
            application_object_id: None,
            sign_in_id: None,
            plan_digest: None,
        }
    }
}

/// `POST /service-accounts/{key}/renew/abandon`.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct AbandonRenewal {
    #[serde(default)]
    pub sign_in_id: Option<SignInId>,
}

/// `POST /service-accounts/{key}/renew/retire`.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct RetireOldCredentials {
    /// Also those whose grace is not over.
    #[serde(default)]
    pub now: bool,
    #[serde(default)]
    pub sign_in_id: Option<SignInId>,
}
