//! Forgets what ended by itself: sign-ins that were not used for a while, and the leases of runs and sign-ins that are over.

use crate::IdentityWing;
use std::time::Duration;

pub(super) const NAME: &str = "janitor";

/// Time between two rounds.
const EVERY: Duration = Duration::from_secs(60);

/// One round after the other, for as long as it is polled.
pub(super) async fn run(identity: IdentityWing) {
    loop {
        if let Err(problem) = identity.forget_ended().await {
            tracing::warn!(%problem, "old leases were not deleted");
        }
        tokio::time::sleep(EVERY).await;
    }
}
