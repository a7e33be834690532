//! Secrets at rest: an envelope around everything that must not lie about in plain, under one master key; under two for
//! as long as it is being changed.
//!
//! The envelope: version (1 byte) · id of the master key (8 bytes) · nonce (24 bytes) · XChaCha20-Poly1305 ciphertext.

use crate::{
    master_key::{KEY_ID_LENGTH, MasterKey, ensure_key_file},
    x509,
};
use chacha20poly1305::{
    KeyInit, XChaCha20Poly1305, XNonce,
    aead::{Aead, Payload},
};
use coldkeep_core::{Code, ExposeSecret, Problem, SecretSlice};
use std::{
    fmt,
    path::{Path, PathBuf},
    sync::{Arc, PoisonError, RwLock},
};

const VERSION: u8 = 1;
const NONCE_LENGTH: usize = 24;
const HEADER_LENGTH: usize = 1 + KEY_ID_LENGTH + NONCE_LENGTH;

/// Encrypts what must not lie about in plain.
pub struct Vault {
    keys: RwLock<Keys>,
}

#[derive(Clone)]
struct Keys {
    /// Seals everything new.
    current: Arc<MasterKey>,
    /// Opens what is not yet sealed again.
    old: Option<Arc<MasterKey>>,
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Vault")
            .field("key_id", &self.key_id())
            .field("key_file", &self.key_file())
            .finish_non_exhaustive()
    }
}

impl Vault {
    /// Reads the master key from `key_file` (base64 of 32 bytes). The first time the file is created, with a random key
    /// and mode 0600. A file that other users than its owner can use is refused.
    pub fn open(key_file: &Path) -> Result<Self, Problem> {
        ensure_key_file(key_file)?;
        Self::open_existing(key_file)
    }

    /// Reads the master key from a file that must exist.
    pub fn open_existing(key_file: &Path) -> Result<Self, Problem> {
        let keys = Keys {
            current: Arc::new(MasterKey::read(key_file)?),
            old: None,
        };
        Ok(Self {
            keys: RwLock::new(keys),
        })
    }

    /// From now on seals with the key in `key_file`, and still opens what the earlier one sealed.
    pub fn take_up(&self, key_file: &Path) -> Result<(), Problem> {
        let current = Arc::new(MasterKey::read(key_file)?);
        let mut keys = self.keys.write().unwrap_or_else(PoisonError::into_inner);
        if current.id != keys.current.id {
            let old = std::mem::replace(&mut keys.current, current);
            keys.old = Some(old);
        }
        Ok(())
    }

    /// Forgets the earlier key, once nothing is sealed with it; the present one is now in `key_file`.
    pub fn drop_old_key(&self, key_file: &Path) -> Result<(), Problem> {
        let current = Arc::new(MasterKey::read(key_file)?);
        *self.keys.write().unwrap_or_else(PoisonError::into_inner) = Keys { current, old: None };
        Ok(())
    }

    /// The id of the master key that seals: 16 hex digits that reveal nothing about the key.
    pub fn key_id(&self) -> String {
        x509::hex_upper(&self.keys().current.id)
    }

    /// Whether a key of this id opens secrets here: the present one, or the one before it until nothing is sealed with it.
    pub fn knows(&self, key_id: &str) -> bool {
        let keys = self.keys();
        let is_it = |key: &MasterKey| x509::hex_upper(&key.id) == key_id;
        is_it(&keys.current) || keys.old.as_deref().is_some_and(is_it)
    }

    pub fn key_file(&self) -> PathBuf {
        self.keys().current.file.clone()
    }

    /// Whether something was sealed with the present master key.
    pub fn is_current(&self, sealed: &[u8]) -> bool {
        sealed.get(1..=KEY_ID_LENGTH) == Some(&self.keys().current.id)
    }

    /// What was sealed with any key, sealed with the present one.
    pub fn seal_again(&self, bound_to: &str, sealed: &[u8]) -> Result<Vec<u8>, Problem> {
        let plain = self.unseal(bound_to, sealed)?;
        self.seal(bound_to, plain.expose_secret())
    }

    fn keys(&self) -> Keys {
        self.keys.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Encrypts `plain` so that only [`Vault::unseal`] with the same `bound_to` (a row's name, say) gives it back.
    pub fn seal(&self, bound_to: &str, plain: &[u8]) -> Result<Vec<u8>, Problem> {
        let mut nonce = [0; NONCE_LENGTH];
        getrandom::fill(&mut nonce)
            .map_err(|_| Problem::internal("The operating system returned no random numbers"))?;
        let key = self.keys().current;
        let ciphertext = cipher(&key)
            .encrypt(
                &XNonce::from(nonce),
                Payload {
                    msg: plain,
                    aad: bound_to.as_bytes(),
                },
            )
            .map_err(|_| Problem::internal("A secret could not be encrypted"))?;
        Ok([&[VERSION], key.id.as_slice(), &nonce, &ciphertext].concat())
    }

    /// The reverse of [`Vault::seal`]. Refuses what another master key sealed (and names both keys), what was bound to
    /// something else, and what was changed.
    pub fn unseal(&self, bound_to: &str, sealed: &[u8]) -> Result<SecretSlice<u8>, Problem> {
        let damaged = |why: &str| {
            Problem::new(
                Code::SecretDamaged,
                format!("The stored secret of {bound_to} cannot be decrypted: {why}"),
                "Restore Coldkeep's database from a backup, or enter the secret again.",
            )
        };
        if sealed.len() < HEADER_LENGTH {
            return Err(damaged("it is too short"));
        }
        let (header, ciphertext) = sealed.split_at(HEADER_LENGTH);
        let (key_id, nonce) = header[1..].split_at(KEY_ID_LENGTH);
        if header[0] != VERSION {
            return Err(Problem::new(
                Code::FormatUnsupported,
                format!(
                    "The stored secret of {bound_to} has the unknown format {}",
                    header[0]
                ),
                "Use the version of Coldkeep that wrote the database, or a newer one.",
            ));
        }
        let Keys { current, old } = self.keys();
        let known = old.iter().chain([&current]).find(|key| key.id == key_id);
        let key = known.ok_or_else(|| other_master_key(&current, bound_to, key_id))?;
        let nonce = XNonce::try_from(nonce).map_err(|_| damaged("its nonce is too short"))?;
        cipher(key)
            .decrypt(
                &nonce,
                Payload {
                    msg: ciphertext,
                    aad: bound_to.as_bytes(),
                },
            )
            .map(SecretSlice::from)
            .map_err(|_| damaged("it was changed, or belongs to something else"))
    }
}

fn cipher(key: &MasterKey) -> XChaCha20Poly1305 {
    XChaCha20Poly1305::new(key.key.expose_secret().into())
}

fn other_master_key(current: &MasterKey, bound_to: &str, key_id: &[u8]) -> Problem {
    Problem::new(
        Code::MasterKeyOther,
        format!(
            "The secret of {bound_to} was stored under the master key {}, but `{}` holds the master key {}",
            x509::hex_upper(key_id),
            current.file.display(),
            x509::hex_upper(&current.id),
        ),
        format!(
            "Restore the master key that belongs to this database in `{}`.",
            current.file.display()
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use coldkeep_core::Kind;
    use std::{fs, os::unix::fs::PermissionsExt};

    fn vault_in(folder: &Path) -> Vault {
        Vault::open(&folder.join("master.key")).unwrap()
    }

    #[test]
    fn what_is_sealed_comes_back_only_where_it_is_bound_to() {
        let folder = tempfile::tempdir().unwrap();
        let vault = vault_in(folder.path());
        let sealed = vault.seal("repository/1", b"swordfish").unwrap();
        assert!(!sealed.windows(9).any(|w| w == b"swordfish"));
        assert_ne!(sealed, vault.seal("repository/1", b"swordfish").unwrap());

        let again = vault_in(folder.path());
        assert_eq!(
            again.unseal("repository/1", &sealed).unwrap().expose_secret(),
            b"swordfish"
        );
        assert_eq!(
            again.unseal("repository/2", &sealed).unwrap_err().kind,
            Kind::Corrupt
        );
        for position in HEADER_LENGTH - NONCE_LENGTH..sealed.len() {
            let mut changed = sealed.clone();
            changed[position] ^= 1;
            assert_eq!(
                again.unseal("repository/1", &changed).unwrap_err().kind,
                Kind::Corrupt
            );
        }
        for length in 0..sealed.len() {
            again.unseal("repository/1", &sealed[..length]).unwrap_err();
        }
        let mut newer = sealed;
        newer[0] = 2;
        assert_eq!(
            again.unseal("repository/1", &newer).unwrap_err().kind,
            Kind::Unsupported
        );
    }

    #[test]
    fn another_master_key_is_named_as_the_reason() {
        let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let sealed = vault_in(one.path()).seal("repository/1", b"swordfish").unwrap();
        let refused = vault_in(other.path())
            .unseal("repository/1", &sealed)
            .unwrap_err();
        assert_eq!(refused.kind, Kind::Invalid);
        assert!(refused.code == Code::MasterKeyOther, "{refused}");
    }

    #[test]
    fn the_key_file_is_made_for_its_owner_alone_and_nothing_else_is_left() {
        let folder = tempfile::tempdir().unwrap();
        vault_in(folder.path());
        let entries: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|e| e.unwrap()).collect();
        assert_eq!(entries.len(), 1);
        assert_eq!(entries[0].metadata().unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn several_that_start_at_once_agree_on_one_key() {
        let folder = tempfile::tempdir().unwrap();
        let ids: Vec<_> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..8)
                .map(|_| scope.spawn(|| vault_in(folder.path()).key_id()))
                .collect();
            threads.into_iter().map(|t| t.join().unwrap()).collect()
        });
        assert!(ids.iter().all(|id| *id == ids[0]));
    }

    #[test]
    fn debug_shows_no_key() {
        let folder = tempfile::tempdir().unwrap();
        let vault = vault_in(folder.path());
        let text = fs::read_to_string(folder.path().join("master.key")).unwrap();
        assert!(!format!("{vault:?}").contains(text.trim()));
    }

    #[test]
    fn both_keys_open_while_the_master_key_is_changed() {
        let folder = tempfile::tempdir().unwrap();
        let (old, new) = (
            folder.path().join("master.key"),
            folder.path().join("master.key.new"),
        );
        let vault = vault_in(folder.path());
        let before = vault.seal("repository/1", b"swordfish").unwrap();
        assert!(vault.is_current(&before) && !vault.is_current(b""));
        ensure_key_file(&new).unwrap();
        vault.take_up(&new).unwrap();
        vault.take_up(&new).unwrap();
        assert!(!vault.is_current(&before));
        let after = vault.seal_again("repository/1", &before).unwrap();
        assert!(vault.is_current(&after));
        for sealed in [&before, &after] {
            assert_eq!(
                vault.unseal("repository/1", sealed).unwrap().expose_secret(),
                b"swordfish"
            );
        }
        vault.seal_again("repository/2", &before).unwrap_err();
        crate::master_key::replace_key_file(&new, &old).unwrap();
        vault.drop_old_key(&old).unwrap();
        vault.unseal("repository/1", &after).unwrap();
        vault.unseal("repository/1", &before).unwrap_err();
        assert_eq!(vault.key_id(), vault_in(folder.path()).key_id());
    }
}
