//! The wing of identity: applications, certificates, permissions and sign-ins. It knows nothing of the wing of data.

pub(crate) mod capabilities;
pub(crate) mod certificates;
pub(crate) mod edits;
pub(crate) mod onboard;
pub(crate) mod places;
pub(crate) mod renewals;
mod service_accounts;
pub(crate) mod sign_ins;

pub(crate) use sign_ins::LiveSignIns;

use crate::ground::Ground;
use coldkeep_core::Caller;
use std::sync::Arc;

/// Use cases of identity, on behalf of one caller. Cheap to clone.
#[derive(Debug, Clone)]
pub struct IdentityWing {
    pub(crate) ground: Arc<Ground>,
    sign_ins: Arc<LiveSignIns>,
    caller: Caller,
}

impl IdentityWing {
    pub(crate) fn new(ground: Arc<Ground>, sign_ins: Arc<LiveSignIns>, caller: Caller) -> Self {
        Self {
            ground,
            sign_ins,
            caller,
        }
    }

    /// Writes into the log who changed what: `log_change("job added", "nightly")`.
    fn log_change(&self, change: &'static str, name: &str) {
        tracing::info!(caller = %self.caller, name, "{change}");
    }
}
