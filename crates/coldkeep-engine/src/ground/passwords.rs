//! Hashing and checking passwords with Argon2id, few at a time: each takes 19 MiB and some hundredths of a second.

use super::off_thread::off_thread;
use crate::ground::random::random;
use argon2::{Algorithm, Argon2, Block, Params, Version};
use coldkeep_core::{Code, ExposeSecret, Problem, SecretString};
use data_encoding::BASE64_NOPAD;
use std::sync::atomic::{AtomicUsize, Ordering};
use subtle::ConstantTimeEq;
use tokio::sync::{Semaphore, SemaphorePermit};

/// The number of passwords that are hashed at the same time in this process.
const AT_A_TIME: usize = 2;
/// The number of requests that wait for one of these places.
const WAITING_MAX: usize = 32;

/// OWASP's first choice: 19 MiB, two passes, one lane
/// (<https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html#argon2id>).
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
/// These parameters in the text of a hash.
const PARAMETERS: &str = "$argon2id$v=19$m=19456,t=2,p=1";
const SALT_BYTES: usize = 16;
const HASH_BYTES: usize = 32;

static PLACES: Semaphore = Semaphore::const_new(AT_A_TIME);
static WAITING: AtomicUsize = AtomicUsize::new(0);

/// Hashes a password with a new salt and the installation's key, as a PHC string. A writer of the database who lacks the key
/// can make no hash that fits.
pub(crate) async fn hash_password(password: SecretString, key: SecretString) -> Result<String, Problem> {
    let salt = random::<SALT_BYTES>()?;
    let place = take_place().await?;
    off_thread(move || {
        // Given back when the hashing has ended, also when nobody waits for it any more.
        let _place = place;
        let hash = compute(&password, &key, &salt)?;
        Ok(format!(
            "{PARAMETERS}${}${}",
            BASE64_NOPAD.encode(&salt),
            BASE64_NOPAD.encode(&hash)
        ))
    })
    .await
}

/// Whether the password has this hash. Without a hash, the same work is done in vain: how long it takes tells nothing.
pub(crate) async fn check_password(
    password: SecretString,
    key: SecretString,
    hash: Option<String>,
) -> Result<bool, Problem> {
    let expected = hash.as_deref().map(parse).transpose()?;
    let place = take_place().await?;
    off_thread(move || {
        let _place = place;
        let salt = expected
            .as_ref()
            .map_or([0; SALT_BYTES], |expected| expected.salt);
        let computed = compute(&password, &key, &salt)?;
        Ok(expected.is_some_and(|expected| computed.ct_eq(&expected.hash).into()))
    })
    .await
}

/// A hash from the database.
struct StoredHash {
    salt: [u8; SALT_BYTES],
    hash: [u8; HASH_BYTES],
}

/// Only what this version writes: a row that was changed could ask for any amount of memory.
fn parse(text: &str) -> Result<StoredHash, Problem> {
    let parts = text
        .strip_prefix(PARAMETERS)
        .and_then(|rest| rest.strip_prefix('$'))
        .and_then(|rest| rest.split_once('$'));
    let read = parts.and_then(|(salt, hash)| {
        Some(StoredHash {
            salt: BASE64_NOPAD.decode(salt.as_bytes()).ok()?.try_into().ok()?,
            hash: BASE64_NOPAD.decode(hash.as_bytes()).ok()?.try_into().ok()?,
        })
    });
    read.ok_or_else(|| {
        Problem::new(
            Code::DatabaseDamaged,
            "The stored hash of a password is not one that this version writes",
            "Restore a copy of the database.",
        )
    })
}

fn compute(
    password: &SecretString,
    key: &SecretString,
    salt: &[u8; SALT_BYTES],
) -> Result<[u8; HASH_BYTES], Problem> {
    let defect = |e: argon2::Error| Problem::internal(format!("A password could not be hashed ({e})"));
    let params = Params::new(MEMORY_KIB, PASSES, 1, Some(HASH_BYTES)).map_err(defect)?;
    let mut memory = vec![Block::default(); params.block_count()];
    let key = key.expose_secret().as_bytes();
    let argon2 = Argon2::new_with_secret(key, Algorithm::Argon2id, Version::V0x13, params).map_err(defect)?;
    let mut hash = [0; HASH_BYTES];
    argon2
        .hash_password_into_with_memory(password.expose_secret().as_bytes(), salt, &mut hash, &mut memory)
        .map_err(defect)?;
    Ok(hash)
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
    async fn a_hash_with_other_parameters_is_not_computed() {
        let greedy = "$argon2id$v=19$m=4194304,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
        let refused = check_password("x".into(), key(), Some(greedy.into()))
            .await
            .unwrap_err();
        assert_eq!(refused.code, Code::DatabaseDamaged, "{refused}");
    }
}
