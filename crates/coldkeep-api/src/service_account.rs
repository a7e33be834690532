//! Requests about service accounts, and how one is shown.

use crate::{Given, PfxFile, PlanDigest, plan::OnboardingStep};
use coldkeep_core::{
    Timestamp,
    id::SignInId,
    onboarding::OnPurpose,
    permission::GrantRequest,
    service_account::{Proof, ServiceAccount},
    wizard::Answers,
};
use serde::{Deserialize, Serialize};
use std::ops::Deref;

/// `POST /service-accounts` and `/service-accounts/plan`: the wizard's answers, and beside them what no answer holds.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct NewServiceAccount {
    pub answers: Answers,
    /// The secret or the file that the answers refer to; none if they need none.
    #[serde(default)]
    pub given: Option<GivenCredential>,
    /// What would otherwise be refused.
    #[serde(flatten)]
    pub allow: OnPurpose,
    /// A sign-in that is done; needed where something in Entra or Azure is to be created.
    #[serde(default)]
    pub sign_in_id: Option<SignInId>,
    /// The digest of the plan that was agreed to: refused where the plan is another one by now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan_digest: Option<PlanDigest>,
}

/// An existing credential.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GivenCredential {
    Pfx(PfxFile),
    Secret(Given),
}

/// `PATCH /service-accounts/{key}`; what is absent stays as it is.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct EditServiceAccount {
    #[serde(default)]
    pub description: Option<String>,
    /// Days before its expiry at which the server renews the credential; 0: never by itself.
    #[serde(default)]
    pub auto_renew_days: Option<u32>,
    #[serde(default)]
    pub grants: Vec<GrantRequest>,
    /// Allow grants at a whole subscription or resource group.
    #[serde(default)]
    pub allow_wide_scope: bool,
    /// Where no role may be defined, assign the nearest built-in one.
    #[serde(default)]
    pub allow_built_in_roles: bool,
    #[serde(default)]
    pub revokes: Vec<GrantRequest>,
    /// Move the grants whose permission set has changed since to the present version.
    #[serde(default)]
    pub update_roles: bool,
    /// A sign-in that is done; needed to grant, to revoke and to update roles.
    #[serde(default)]
    pub sign_in_id: Option<SignInId>,
    /// Refused, with the reason, where it is another than the account's.
    #[serde(default)]
    pub tenant_id: Option<String>,
    /// Refused, with the reason, where it is another than the account's.
    #[serde(default)]
    pub application_id: Option<String>,
    /// The digest of the plan that was agreed to: refused where the plan is another one by now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan_digest: Option<PlanDigest>,
}

/// `POST /service-accounts/{key}/check`.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct CheckServiceAccount {
    /// A sign-in that is done: compare also what is in Entra and Azure with what Coldkeep knows.
    #[serde(default)]
    pub sign_in_id: Option<SignInId>,
}

/// What a check of a service account or a repository found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    pub name: String,
    pub checked_at: Timestamp,
    /// Whether nothing is `missing` or `failed`.
    pub ok: bool,
    pub findings: Vec<Proof>,
}

/// `DELETE /service-accounts/{key}`.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct RemoveServiceAccount {
    /// Delete also what Coldkeep created in Entra and Azure (needs a sign-in).
    #[serde(default)]
    pub delete_objects: bool,
    #[serde(default)]
    pub sign_in_id: Option<SignInId>,
    /// The digest of the plan that was agreed to: refused where the plan is another one by now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan_digest: Option<PlanDigest>,
}

/// What a removal left.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RemovedServiceAccount {
    pub name: String,
    /// What Coldkeep created for it in Entra and Azure and left there, each with the reason (`keep`).
    pub stays: Vec<OnboardingStep>,
}

/// A service account as people and programs are shown it: as it is stored, and what follows from that and the time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceAccountView {
    #[serde(flatten)]
    pub account: ServiceAccount,
    /// Whole days until the credential expires, negative once it has; absent where that is not known.
    #[serde(default)]
    pub days_left: Option<i64>,
    /// Of the certificate in use.
    #[serde(default)]
    pub thumbprint_sha256: Option<String>,
    /// The names of the other service accounts that are the same application.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub same_application: Vec<String>,
    /// Which keys that are replaced, or being registered, stay in any case.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub staying_keys: Vec<StayingKey>,
}

/// A registered certificate that is not removed although this account does not need it any more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StayingKey {
    pub key_id: String,
    /// For people: "also used by the service account `north-2`".
    pub why: String,
}

impl Deref for ServiceAccountView {
    type Target = ServiceAccount;

    fn deref(&self) -> &ServiceAccount {
        &self.account
    }
}
