//! Hashing and checking passwords with Argon2id, few at a time: each takes 19 MiB and some hundredths of a second.

use super::off_thread::off_thread;
use crate::ground::random::random;
use argon2::{
    Algorithm, Argon2, Params, Version,
    password_hash::{PasswordHash, PasswordHasher, PasswordVerifier, SaltString},
};
use coldkeep_core::{Code, ExposeSecret, Problem, SecretString};
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::sync::{Semaphore, SemaphorePermit};

/// The number of passwords that are hashed at the same time in this process.
const AT_A_TIME: usize = 2;
/// The number of requests that wait for one of these places.
const WAITING_MAX: usize = 32;

/// OWASP's first choice: 19 MiB, two passes, one lane
/// (<https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html#argon2id>).
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
/// A hash from the database may ask for no more than this: the row may have been changed.
const MEMORY_KIB_MAX: u32 = 64 * 1024;
const PASSES_MAX: u32 = 4;

static PLACES: Semaphore = Semaphore::const_new(AT_A_TIME);
static WAITING: AtomicUsize = AtomicUsize::new(0);

/// Hashes a password with a new salt and the installation's key, as a PHC string. A writer of the database who lacks the key
/// can make no hash that fits.
pub(crate) async fn hash_password(password: SecretString, key: SecretString) -> Result<String, Problem> {
    let salt = SaltString::encode_b64(&random::<16>()?).map_err(|e| defect(&e))?;
    let place = take_place().await?;
    off_thread(move || {
        // Given back when the hashing has ended, also when nobody waits for it any more.
        let _place = place;
        let hash = ours(&key)?.hash_password(password.expose_secret().as_bytes(), &salt);
        hash.map(|hash| hash.to_string()).map_err(|e| defect(&e))
    })
    .await
}

/// Whether the password has this hash. Without a hash, the same work is done in vain: how long it takes tells nothing.
pub(crate) async fn check_password(
    password: SecretString,
    key: SecretString,
    hash: Option<String>,
) -> Result<bool, Problem> {
    let place = take_place().await?;
    off_thread(move || {
        let _place = place;
        let password = password.expose_secret().as_bytes();
        let Some(hash) = hash else {
            let salt = SaltString::encode_b64(&[0; 16]).map_err(|e| defect(&e))?;
            ours(&key)?
                .hash_password(password, &salt)
                .map_err(|e| defect(&e))?;
            return Ok(false);
        };
        let hash = PasswordHash::new(&hash).map_err(|e| defect(&e))?;
        if !is_affordable(&hash) {
            return Err(Problem::new(
                Code::DatabaseDamaged,
                "The stored hash of a password asks for more work than Coldkeep does",
                "Restore a copy of the database.",
            ));
        }
        // The parameters of the hash count, not ours.
        Ok(ours(&key)?.verify_password(password, &hash).is_ok())
    })
    .await
}

fn ours(key: &SecretString) -> Result<Argon2<'_>, Problem> {
    let params = Params::new(MEMORY_KIB, PASSES, 1, Some(32)).map_err(|e| defect(&e))?;
    let key = key.expose_secret().as_bytes();
    Argon2::new_with_secret(key, Algorithm::Argon2id, Version::V0x13, params).map_err(|e| defect(&e))
}

fn is_affordable(hash: &PasswordHash<'_>) -> bool {
    Params::try_from(hash).is_ok_and(|params| {
        params.m_cost() <= MEMORY_KIB_MAX && params.t_cost() <= PASSES_MAX && params.p_cost() <= 4
    })
}

fn defect(error: &dyn std::fmt::Display) -> Problem {
    Problem::internal(format!("A password could not be hashed ({error})"))
}

/// Counts one request that waits, also when it is dropped while it does.
struct Waiting;

impl Drop for Waiting {
    fn drop(&mut self) {
        WAITING.fetch_sub(1, Ordering::Relaxed);
    }
}

async fn take_place() -> Result<SemaphorePermit<'static>, Problem> {
    let before = WAITING.fetch_add(1, Ordering::Relaxed);
    let _waiting = Waiting;
    if before >= WAITING_MAX {
        return Err(Problem::new(
            Code::SignInsTooMany,
            "Too many people sign in at the moment",
            "Try again in a few seconds.",
        ));
    }
    PLACES
        .acquire()
        .await
        .map_err(|_| Problem::internal("Passwords cannot be hashed any more"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> SecretString {
        "00".repeat(32).into()
    }

    #[tokio::test]
    async fn a_hash_knows_its_password_and_its_key_and_no_other() {
        let hash = hash_password("correct horse".into(), key()).await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        let again = hash_password("correct horse".into(), key()).await.unwrap();
        assert_ne!(again, hash, "the salt is new");
        for (password, key, is_right) in [
            ("correct horse", key(), true),
            ("correct horsf", key(), false),
            ("correct horse", "11".repeat(32).into(), false),
        ] {
            let checked = check_password(password.into(), key, Some(hash.clone())).await;
            assert_eq!(checked.unwrap(), is_right, "{password}");
        }
        assert!(!check_password("correct horse".into(), key(), None).await.unwrap());
    }

    #[tokio::test]
    async fn a_hash_that_asks_for_too_much_is_not_computed() {
        let greedy = "$argon2id$v=19$m=4194304,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
        let refused = check_password("x".into(), key(), Some(greedy.into()))
            .await
            .unwrap_err();
        assert_eq!(refused.code, Code::DatabaseDamaged, "{refused}");
    }
}
