//! How far this machine's clock is off, as Entra's answers tell.

use super::{Ground, findings::finding};
use coldkeep_api::{Finding, Level};
use coldkeep_core::{Code, Problem, service_account::ServiceAccount};

/// Clocks that differ by less do no harm; by more than the second, Entra refuses.
const SKEW_WARNING_S: i64 = 60;
const SKEW_WRONG_S: i64 = 240;

impl Ground {
    /// How far this machine's clock is ahead of Entra's, in seconds.
    pub(crate) async fn clock_skew_s(&self, account: &ServiceAccount) -> Result<i64, Problem> {
        let azure = self.azure(&account.cloud).await?;
        azure
            .fetch_clock_skew_s(&account.tenant_id)
            .await
            .map_err(|e| e.problem("The time of Entra cannot be read"))
    }
}

/// A clock that is off, in words and with its fix.
pub(crate) fn judge_skew(subject: &str, skew_s: i64) -> Option<Finding> {
    let level = match skew_s.abs() {
        s if s >= SKEW_WRONG_S => Level::Wrong,
        s if s >= SKEW_WARNING_S => Level::Warning,
        _ => return None,
    };
    let side = if skew_s > 0 { "ahead of" } else { "behind" };
    Some(finding(
        level,
        Code::ClockDiffers,
        subject,
        format!("This machine's clock is {} seconds {side} Entra's", skew_s.abs()),
        "Set the clock (`timedatectl set-ntp true`): from a difference of five minutes, Entra refuses \
         signatures from this machine.",
    ))
}
