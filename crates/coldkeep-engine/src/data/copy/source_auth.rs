//! The SAS that lets the target's service read the source: created when first needed, renewed before it expires.

use coldkeep_azure::{
    Error,
    blob::{BlobAuth, Container, SasKey},
};
use coldkeep_core::{SecretString, Timestamp, copy::method::SourceAuth};
use jiff::{SignedDuration, ToSpan};
use tokio::sync::Mutex;

/// Clocks differ: a SAS that starts now is refused by a service whose clock is a little behind.
const STARTS_BEFORE_MINUTES: i64 = 15;
const VALID_HOURS: i64 = 24;
/// One that ends sooner is replaced.
const RENEW_BEFORE: SignedDuration = SignedDuration::from_hours(1);

/// The SAS in use, if there is one. Many tasks ask at once; one of them creates it.
#[derive(Debug, Default)]
pub(super) struct Credentials(Mutex<Option<Current>>);

#[derive(Debug)]
struct Current {
    auth: SourceAuth,
    sas: SecretString,
    expires_at: Timestamp,
}

impl Credentials {
    /// A SAS for reading the container.
    pub(super) async fn sas(
        &self,
        auth: SourceAuth,
        source: &Container,
        now: Timestamp,
    ) -> Result<SecretString, Error> {
        let mut current = self.0.lock().await;
        if let Some(have) = current.as_ref()
            && have.auth == auth
            && have.expires_at.duration_since(now) > RENEW_BEFORE
        {
            return Ok(have.sas.clone());
        }
        let start = now.saturating_sub(STARTS_BEFORE_MINUTES.minutes()).unwrap_or(now);
        let expires_at = now.saturating_add(VALID_HOURS.hours()).unwrap_or(Timestamp::MAX);
        let sas = match source.auth() {
            BlobAuth::Sas(given) => given.clone(),
            BlobAuth::Key(key) => source.sign_read_sas(SasKey::Account(key), start, expires_at),
            BlobAuth::Token(_) => {
                let key = source.fetch_user_delegation_key(start, expires_at).await?;
                source.sign_read_sas(SasKey::Delegation(&key), start, expires_at)
            }
        };
        *current = Some(Current {
            auth,
            sas: sas.clone(),
            expires_at,
        });
        Ok(sas)
    }

    /// The next one is created again.
    pub(super) async fn forget(&self) {
        *self.0.lock().await = None;
    }
}
