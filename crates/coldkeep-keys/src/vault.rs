//! Secrets at rest: one master key in a file, and an envelope around everything that must not lie about in plain.
//!
//! The envelope: version (1 byte) · id of the master key (8 bytes) · nonce (24 bytes) · XChaCha20-Poly1305 ciphertext.

use crate::x509;
use base64::{Engine, prelude::BASE64_STANDARD};
use chacha20poly1305::{
    KeyInit, XChaCha20Poly1305, XNonce,
    aead::{Aead, Payload},
};
use coldkeep_core::{ExposeSecret, Kind, Problem, SecretBox, SecretSlice, System};
use sha2::{Digest, Sha256};
use std::{
    fmt, fs, io,
    io::{Read, Write},
    os::unix::fs::{OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
};
use zeroize::Zeroizing;

const VERSION: u8 = 1;
const KEY_LENGTH: usize = 32;
const KEY_ID_LENGTH: usize = 8;
const NONCE_LENGTH: usize = 24;
const HEADER_LENGTH: usize = 1 + KEY_ID_LENGTH + NONCE_LENGTH;
/// 32 bytes in base64 are 44 characters; more than this is some other file.
const LONGEST_KEY_FILE: u64 = 256;

/// Encrypts what must not lie about in plain, under one master key.
pub struct Vault {
    key: SecretBox<[u8; KEY_LENGTH]>,
    key_id: [u8; KEY_ID_LENGTH],
    key_file: PathBuf,
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Vault")
            .field("key_id", &x509::hex_upper(&self.key_id))
            .field("key_file", &self.key_file)
            .finish_non_exhaustive()
    }
}

impl Vault {
    /// Reads the master key from `key_file` (base64 of 32 bytes). The first time the file is made, with a random key
    /// and mode 0600. A file that anybody but its owner can use is refused.
    pub fn open(key_file: &Path) -> Result<Self, Problem> {
        if !key_file
            .try_exists()
            .map_err(|e| io_problem("read", key_file, &e))?
        {
            create_key_file(key_file)?;
        }
        let key = read_key_file(key_file)?;
        let digest = Sha256::digest(key.expose_secret());
        let mut key_id = [0; KEY_ID_LENGTH];
        key_id.copy_from_slice(&digest[..KEY_ID_LENGTH]);
        Ok(Self {
            key,
            key_id,
            key_file: key_file.to_owned(),
        })
    }

    /// Encrypts `plain` so that only [`Vault::unseal`] with the same `bound_to` (a row's name, say) gives it back.
    pub fn seal(&self, bound_to: &str, plain: &[u8]) -> Result<Vec<u8>, Problem> {
        let mut nonce = [0; NONCE_LENGTH];
        getrandom::fill(&mut nonce).map_err(|_| Problem::internal("The system gives no random numbers"))?;
        let ciphertext = self
            .cipher()
            .encrypt(
                &XNonce::from(nonce),
                Payload {
                    msg: plain,
                    aad: bound_to.as_bytes(),
                },
            )
            .map_err(|_| Problem::internal("A secret could not be encrypted"))?;
        Ok([&[VERSION], self.key_id.as_slice(), &nonce, &ciphertext].concat())
    }

    /// The reverse of [`Vault::seal`]. Refuses what another master key sealed (and names both keys), what was bound to
    /// something else, and what was changed.
    pub fn unseal(&self, bound_to: &str, sealed: &[u8]) -> Result<SecretSlice<u8>, Problem> {
        let damaged = |why: &str| {
            Problem::new(
                Kind::Corrupt,
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
                Kind::Unsupported,
                format!(
                    "The stored secret of {bound_to} has the format {}, which is not known",
                    header[0]
                ),
                "Use the version of Coldkeep that wrote the database, or a newer one.",
            ));
        }
        if key_id != self.key_id {
            return Err(self.other_master_key(bound_to, key_id));
        }
        let nonce = XNonce::try_from(nonce).map_err(|_| damaged("its nonce is too short"))?;
        self.cipher()
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

    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new(self.key.expose_secret().into())
    }

    fn other_master_key(&self, bound_to: &str, key_id: &[u8]) -> Problem {
        Problem::invalid(
            format!(
                "The secret of {bound_to} was stored under the master key {}, but `{}` holds the master key {}",
                x509::hex_upper(key_id),
                self.key_file.display(),
                x509::hex_upper(&self.key_id),
            ),
            format!(
                "Put the master key that belongs to this database back into `{}`.",
                self.key_file.display()
            ),
        )
    }
}

fn read_key_file(path: &Path) -> Result<SecretBox<[u8; KEY_LENGTH]>, Problem> {
    let mut file = fs::File::open(path).map_err(|e| io_problem("read", path, &e))?;
    // Asked of the open file, so that nobody can exchange it between the question and the reading.
    let facts = file.metadata().map_err(|e| io_problem("read", path, &e))?;
    let malformed = || {
        Problem::invalid(
            format!(
                "`{}` is not a master key file: it shall hold 32 bytes in base64",
                path.display()
            ),
            "Put the right file back. Do not make a new one for an existing database: its secrets would be lost.",
        )
    };
    if !facts.is_file() || facts.len() > LONGEST_KEY_FILE {
        return Err(malformed());
    }
    let mode = facts.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        return Err(Problem::invalid(
            format!(
                "The master key file `{}` can be used by others than its owner (mode {mode:04o})",
                path.display()
            ),
            format!(
                "Run `chmod 600 '{}'`; if others could have read it, treat its secrets as known.",
                path.display()
            ),
        ));
    }
    let mut text = Zeroizing::new(Vec::with_capacity(
        usize::try_from(LONGEST_KEY_FILE).unwrap_or(256) + 1,
    ));
    (&mut file)
        .take(LONGEST_KEY_FILE)
        .read_to_end(&mut text)
        .map_err(|e| io_problem("read", path, &e))?;
    let mut decoded = Zeroizing::new([0_u8; KEY_LENGTH + 4]);
    let length = BASE64_STANDARD
        .decode_slice(text.trim_ascii(), decoded.as_mut_slice())
        .map_err(|_| malformed())?;
    if length != KEY_LENGTH {
        return Err(malformed());
    }
    Ok(SecretBox::init_with_mut(|key: &mut [u8; KEY_LENGTH]| {
        key.copy_from_slice(&decoded[..KEY_LENGTH])
    }))
}

/// Writes a fresh key beside `path` and links it into place: a reader sees the whole file or none, and of two
/// processes that start at once the second finds the first one's key.
fn create_key_file(path: &Path) -> Result<(), Problem> {
    let mut key = Zeroizing::new([0_u8; KEY_LENGTH]);
    let mut suffix = [0_u8; 8];
    let no_random = |_| Problem::internal("The system gives no random numbers");
    getrandom::fill(key.as_mut_slice()).map_err(no_random)?;
    getrandom::fill(&mut suffix).map_err(no_random)?;
    let mut text = Zeroizing::new(BASE64_STANDARD.encode(key.as_slice()));
    text.push('\n');

    let folder = path
        .parent()
        .filter(|p| !p.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    let draft = folder.join(format!(".master-key-{}", x509::hex_upper(&suffix)));
    let placed = write_draft(&draft, text.as_bytes()).and_then(|()| match fs::hard_link(&draft, path) {
        Err(e) if e.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        other => other,
    });
    let removed = fs::remove_file(&draft);
    placed.and(removed).map_err(|e| io_problem("create", path, &e))?;
    fs::File::open(folder)
        .and_then(|f| f.sync_all())
        .map_err(|e| io_problem("create", path, &e))
}

fn write_draft(draft: &Path, text: &[u8]) -> io::Result<()> {
    let mut file = fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(draft)?;
    file.write_all(text)?;
    file.sync_all()
}

fn io_problem(verb: &str, path: &Path, error: &io::Error) -> Problem {
    Problem::new(
        Kind::Unavailable,
        format!("Coldkeep cannot {verb} the master key file `{}`", path.display()),
        "Check that the folder exists and belongs to the user that runs Coldkeep.",
    )
    .in_system(System {
        name: "The file system".into(),
        message: Some(error.to_string()),
        ..System::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

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
        assert!(
            refused.what.contains("was stored under the master key"),
            "{refused}"
        );
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
                .map(|_| scope.spawn(|| vault_in(folder.path()).key_id))
                .collect();
            threads.into_iter().map(|t| t.join().unwrap()).collect()
        });
        assert!(ids.iter().all(|id| *id == ids[0]));
    }

    #[test]
    fn a_key_file_that_others_can_read_or_that_is_something_else_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("master.key");
        Vault::open(&path).unwrap();
        for mode in [0o640, 0o604, 0o620] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            let refused = Vault::open(&path).unwrap_err();
            assert!(refused.what.contains(&format!("mode {mode:04o}")), "{refused}");
        }
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        for content in [
            "",
            "not base64 !",
            "c2hvcnQ=",
            &BASE64_STANDARD.encode([7; 33]),
            &"A".repeat(4000),
        ] {
            fs::write(&path, content).unwrap();
            assert_eq!(Vault::open(&path).unwrap_err().kind, Kind::Invalid);
        }
        let missing = Vault::open(&folder.path().join("no/such/folder/master.key")).unwrap_err();
        assert_eq!(missing.kind, Kind::Unavailable);
    }

    #[test]
    fn debug_shows_no_key() {
        let folder = tempfile::tempdir().unwrap();
        let vault = vault_in(folder.path());
        let text = fs::read_to_string(folder.path().join("master.key")).unwrap();
        assert!(!format!("{vault:?}").contains(text.trim()));
    }
}
