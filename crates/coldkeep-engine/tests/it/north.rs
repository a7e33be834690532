//! The service account `north` that tests look after, and what they ask of it.

use crate::scene::here;
use crate::tenant::{ADMIN, Scene, generated, grant, register};
use coldkeep_api::RenewServiceAccount;
use coldkeep_core::{
    id::SignInId,
    permission::PermissionSet,
    service_account::{ServiceAccount, State},
};
use std::sync::atomic::Ordering;

const DAY_S: i64 = 86_400;

/// A renewal to a new certificate, the old one kept for so long.
pub fn renewal(grace_days: u32) -> RenewServiceAccount {
    RenewServiceAccount {
        credential: Some(generated()),
        grace_days,
        ..RenewServiceAccount::default()
    }
}

impl Scene {
    /// A service account `north` with a certificate of 90 days and a grant; answers who made it.
    pub async fn with_account(&self) -> SignInId {
        let sign_in = self.sign_in(ADMIN).await;
        let grants = vec![grant(PermissionSet::CopySource, self.source())];
        let made = self
            .engine
            .identity(here())
            .add_service_account(register("north", sign_in, generated(), grants))
            .await
            .unwrap();
        assert_eq!(made.state, State::Ready);
        sign_in
    }

    /// Both clocks go on.
    pub fn pass_days(&self, days: i64) {
        self.clock.0.fetch_add(days * DAY_S, Ordering::Relaxed);
        self.sim.world().advance_clock(days * DAY_S);
    }

    pub async fn account(&self) -> ServiceAccount {
        self.engine
            .identity(here())
            .show_service_account("north")
            .await
            .unwrap()
    }

    pub async fn works(&self) {
        let check = self
            .engine
            .identity(here())
            .check_service_account("north")
            .await
            .unwrap();
        assert!(check.ok, "{:#?}", check.findings);
    }

    pub async fn certificates(&self) -> usize {
        self.engine
            .identity(here())
            .list_certificates()
            .await
            .unwrap()
            .len()
    }
}
