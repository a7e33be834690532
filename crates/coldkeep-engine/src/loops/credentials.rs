//! Renews credentials before they expire, removes replaced ones after their overlap, and warns.

use crate::IdentityWing;
use std::time::Duration;

pub(super) const NAME: &str = "credentials";

/// Time between two rounds; what failed is tried again a day later.
const EVERY: Duration = Duration::from_secs(3600);

/// One round after the other, for as long as it is polled.
pub(super) async fn run(identity: IdentityWing) {
    loop {
        if let Err(problem) = identity.keep_up().await {
            tracing::warn!(%problem, "the service accounts' credentials were not checked");
        }
        tokio::time::sleep(EVERY).await;
    }
}
