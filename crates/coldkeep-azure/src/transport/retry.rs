//! Repeating: which failures pass by themselves, how long to wait for them, and when to give up.

use crate::{Error, Repeat};
use coldkeep_core::Kind;
use std::{future::Future, time::Duration};
use tokio::time::Instant;

/// How often a request is sent at most.
pub(crate) const TRIES: u32 = 5;

const FIRST_WAIT: Duration = Duration::from_millis(300);
const LONGEST_WAIT: Duration = Duration::from_secs(15);
/// If a service asks for a longer wait than this, the request fails instead.
const LONGEST_RETRY_AFTER: Duration = Duration::from_secs(120);

/// The waits between the tries of one request.
#[derive(Debug)]
pub(crate) struct Backoff {
    tries: u32,
    /// What the tries took together, and how much they may.
    took: Duration,
    within: Duration,
}

impl Backoff {
    pub(crate) fn new(within: Duration) -> Self {
        Self {
            tries: 0,
            took: Duration::ZERO,
            within,
        }
    }

    /// Tries that failed so far.
    pub(crate) fn tries(&self) -> u32 {
        self.tries
    }

    /// Waits before the next try, or hands the error back when there is to be none.
    /// `took`: the try that failed.
    pub(crate) async fn wait_or_give_up(
        &mut self,
        repeat: Repeat,
        error: Error,
        took: Duration,
    ) -> Result<(), Error> {
        self.tries += 1;
        self.took += took;
        let over = self.tries >= TRIES || self.took >= self.within;
        if repeat == Repeat::Never || over || !passes_by_itself(&error) {
            return Err(error);
        }
        let wait = match error.retry_after() {
            Some(asked) if asked > LONGEST_RETRY_AFTER => return Err(error),
            // All refused requests got an equal time: they are spread out a little after it.
            Some(asked) => asked + jittered(FIRST_WAIT),
            None => jittered(FIRST_WAIT * 2u32.pow(self.tries - 1)).min(LONGEST_WAIT),
        };
        tracing::debug!(tries = self.tries, wait_ms = wait.as_millis() as u64, %error, "a request is repeated");
        tokio::time::sleep(wait).await;
        Ok(())
    }
}

/// Whether the same request may succeed in a moment.
fn passes_by_itself(error: &Error) -> bool {
    match error.status() {
        Some(status) => passing_status(status) && error.copy_source_status().is_none_or(passing_status),
        None => error.kind() == Kind::Unavailable && !error.is_shut(),
    }
}

fn passing_status(status: u16) -> bool {
    matches!(status, 408 | 429 | 500 | 502 | 503 | 504)
}

/// Between a half and the whole of it, so that many clients do not come back together.
fn jittered(wait: Duration) -> Duration {
    let random = (uuid::Uuid::new_v4().as_u128() & 0xFFFF) as u32;
    wait / 2 + wait / 2 * random / 0xFFFF
}

/// How long to wait until a change has reached every replica of a service, and how often it must be seen.
#[derive(Debug, Clone, Copy)]
pub struct ReplicationWait {
    /// No try begins later than this after the first.
    pub within: Duration,
    /// The first wait; it doubles up to 15 seconds.
    pub first_wait: Duration,
    /// Successes in a row that are asked for: one replica may know what the next does not.
    pub successes: u32,
}

/// Repeats `attempt` while it fails with an error that `not_yet` accepts as temporary, within the bounds of `how`. For objects
/// that were just created and have not reached every replica.
///
/// # Errors
/// The first failure that will not pass, or the last one when time is up.
pub async fn wait_until_consistent<T, F>(
    how: ReplicationWait,
    not_yet: impl Fn(&Error) -> bool,
    mut attempt: impl FnMut() -> F,
) -> Result<T, Error>
where
    F: Future<Output = Result<T, Error>>,
{
    let end = Instant::now() + how.within;
    let mut wait = how.first_wait.max(Duration::from_millis(1));
    let mut in_a_row = 0;
    loop {
        match attempt().await {
            Ok(value) => {
                in_a_row += 1;
                if in_a_row >= how.successes {
                    return Ok(value);
                }
            }
            Err(error) if not_yet(&error) && Instant::now() + wait < end => {
                in_a_row = 0;
                tokio::time::sleep(wait).await;
                wait = (wait * 2).min(LONGEST_WAIT);
            }
            Err(error) => return Err(error),
        }
    }
}

/// A new object takes up to some minutes until every replica of a directory or of Resource Manager knows it.
pub(crate) const REPLICATION: ReplicationWait = ReplicationWait {
    within: Duration::from_secs(180),
    first_wait: Duration::from_millis(500),
    successes: 1,
};

/// Reads an object that was just created or seen: "not found" is a replica that lags behind, and is temporary.
///
/// # Errors
/// Another failure, or "not there" for as long as replication takes.
pub(crate) async fn made<T, F>(attempt: impl FnMut() -> F) -> Result<T, Error>
where
    F: Future<Output = Result<T, Error>>,
{
    wait_until_consistent(REPLICATION, |error| error.status() == Some(404), attempt).await
}

/// Waits between the looks for something that does not seem to be there.
const LOOKS: [Duration; 2] = [Duration::from_millis(300), Duration::from_millis(900)];

/// Reads an object that may have been just created; none if several reads in a row do not find it.
///
/// # Errors
/// The first failure.
pub(crate) async fn looked_for<T, F>(mut look: impl FnMut() -> F) -> Result<Option<T>, Error>
where
    F: Future<Output = Result<Option<T>, Error>>,
{
    for wait in LOOKS {
        if let Some(found) = look().await? {
            return Ok(Some(found));
        }
        tokio::time::sleep(wait).await;
    }
    look().await
}

/// Whether Entra may refuse a credential, an application or a consent only because it was just created.
pub fn credential_not_yet_known(error: &Error) -> bool {
    const CODES: [&str; 8] = [
        "AADSTS700016",
        "AADSTS7000215",
        "AADSTS7000229",
        "AADSTS700027",
        "AADSTS70001",
        "AADSTS700011",
        "AADSTS500011",
        "AADSTS65001",
    ];
    error.code().is_some_and(|code| CODES.contains(&code))
}

/// Whether Entra may refuse the credential of an existing application only because it was just changed.
pub fn given_credential_not_yet_known(error: &Error) -> bool {
    const CODES: [&str; 6] = [
        "AADSTS700016",
        "AADSTS7000215",
        "AADSTS7000229",
        "AADSTS700027",
        "AADSTS70001",
        "AADSTS700011",
    ];
    error.code().is_some_and(|code| CODES.contains(&code))
}

/// Whether a service may refuse only because a role was assigned a moment ago (it may take ten minutes:
/// <https://learn.microsoft.com/azure/role-based-access-control/troubleshooting>).
pub fn right_not_yet_known(error: &Error) -> bool {
    // The token for the request may be asked of a replica that has not heard of the application yet.
    credential_not_yet_known(error)
        || matches!(
            error.code(),
            Some("AuthorizationPermissionMismatch" | "AuthorizationFailed")
        )
}
