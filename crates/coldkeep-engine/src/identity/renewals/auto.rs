//! What the server does by itself: renewing what is about to end, taking away what was replaced, and warning.

use crate::identity::IdentityWing;
use coldkeep_api::RenewServiceAccount;
use coldkeep_core::{
    Problem,
    renewal::{Auto, Failure, days_left, plan_auto_renewal, warning_due},
    service_account::{ServiceAccount, State},
};

impl IdentityWing {
    /// One round: renews by the applications' own right what is due, and removes what was replaced long enough
    /// ago. A failure is kept with its account, and tried again a day later.
    pub async fn keep_up(&self) -> Result<(), Problem> {
        for account in self.ground.store.list_service_accounts().await? {
            self.keep_up_with(account).await?;
        }
        Ok(())
    }

    async fn keep_up_with(&self, account: ServiceAccount) -> Result<(), Problem> {
        let now = self.ground.config.clock.now();
        warn_of_end(&account, days_left(&account, now));
        let outcome = match plan_auto_renewal(&account, now) {
            Auto::Nothing => Ok(()),
            Auto::Retire => self.retire_by_itself(&account).await,
            Auto::Cannot(problem) => Err(problem),
            Auto::Renew => {
                tracing::info!(service_account = %account.name, "its credential is renewed");
                let id = account.id.to_string();
                let request = RenewServiceAccount::default();
                self.renew_service_account(&id, request).await.map(drop)
            }
        };
        if let Err(problem) = outcome {
            tracing::warn!(service_account = %account.name, %problem, "its credential could not be checked");
            let this = self.change_accounts().await?;
            // As it is now: a renewal that failed half-way wrote down how far it came.
            let mut account = this.show_service_account(&account.id.to_string()).await?;
            account.upkeep.failure = Some(Failure { at: now, problem });
            this.save_account(&account).await?;
        }
        Ok(())
    }

    async fn retire_by_itself(&self, account: &ServiceAccount) -> Result<(), Problem> {
        let this = self.change_accounts().await?;
        let mut account = this.show_service_account(&account.id.to_string()).await?;
        this.retire_due(&mut account, None).await?;
        match account.upkeep.failure.take() {
            Some(_) => this.save_account(&account).await,
            None => Ok(()),
        }
    }
}

fn warn_of_end(account: &ServiceAccount, days: Option<i64>) {
    if account.state != State::Ready {
        return;
    }
    if let Some(days) = days
        && let Some(at) = warning_due(days)
    {
        tracing::warn!(service_account = %account.name, days_left = days, warned_at = at, "its credential \
            expires soon");
    }
}
