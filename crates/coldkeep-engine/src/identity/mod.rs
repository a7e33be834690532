//! The wing of identity: applications, certificates, permissions and sign-ins. It knows nothing of the wing of data.

pub(crate) mod agreed;
pub(crate) mod capabilities;
pub(crate) mod certificates;
pub(crate) mod edits;
pub(crate) mod onboard;
pub(crate) mod places;
pub(crate) mod renewals;
mod service_accounts;
pub(crate) mod sign_ins;

use sign_ins::LiveSignIns;

use crate::ground::{Ground, leases::HeldLease, shown_plans::ShownPlans};
use coldkeep_api::OnboardingPlan;
use coldkeep_core::{Caller, Problem, lease::LeaseKind, service_account::ServiceAccount};
use std::sync::Arc;

/// What this process keeps of the wing in memory.
#[derive(Debug, Default)]
pub(crate) struct LiveIdentity {
    sign_ins: LiveSignIns,
    plans: ShownPlans<OnboardingPlan>,
}

/// Use cases of identity, on behalf of one caller. Cheap to clone.
#[derive(Debug, Clone)]
pub struct IdentityWing {
    pub(crate) ground: Arc<Ground>,
    live: Arc<LiveIdentity>,
    caller: Caller,
    /// Held while service accounts are changed.
    changing: Option<Arc<HeldLease>>,
}

impl IdentityWing {
    pub(crate) fn new(ground: Arc<Ground>, live: Arc<LiveIdentity>, caller: Caller) -> Self {
        Self {
            ground,
            live,
            caller,
            changing: None,
        }
    }

    /// This wing with the lease under which service accounts are changed, one change at a time in all processes.
    /// It is given back when the last clone is dropped.
    async fn change_accounts(&self) -> Result<Self, Problem> {
        if self.changing.is_some() {
            return Ok(self.clone());
        }
        let lease = self.ground.hold(LeaseKind::Credentials, "").await?;
        Ok(Self {
            changing: Some(Arc::new(lease)),
            ..self.clone()
        })
    }

    /// Saves an account, unless another process changes accounts by now.
    async fn save_account(&self, account: &ServiceAccount) -> Result<(), Problem> {
        let lease = self
            .changing
            .as_ref()
            .ok_or_else(|| Problem::internal("A service account was changed without its lease"))?;
        lease.check()?;
        self.ground.store.save_service_account(account).await
    }

    /// Writes into the log who changed what: `log_change("job added", "nightly")`.
    fn log_change(&self, change: &'static str, name: &str) {
        tracing::info!(caller = %self.caller, name, "{change}");
    }
}
