//! The master key: a file with 32 random bytes, for its owner alone.

use crate::x509;
use base64::{Engine, prelude::BASE64_STANDARD};
use coldkeep_core::{Code, ExposeSecret, Problem, SecretBox, System};
use sha2::{Digest, Sha256};
use std::{
    fs, io,
    io::{Read, Write},
    os::unix::fs::{OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
};
use zeroize::Zeroizing;

pub(crate) const KEY_LENGTH: usize = 32;
pub(crate) const KEY_ID_LENGTH: usize = 8;
/// 32 bytes in base64 are 44 characters; more than this is some other file.
const LONGEST_KEY_FILE: u64 = 256;

/// A master key that was read from its file.
pub(crate) struct MasterKey {
    pub key: SecretBox<[u8; KEY_LENGTH]>,
    /// The beginning of the key's SHA-256.
    pub id: [u8; KEY_ID_LENGTH],
    pub file: PathBuf,
}

impl MasterKey {
    pub fn read(file: &Path) -> Result<Self, Problem> {
        let key = read_key_file(file)?;
        let digest = Sha256::digest(key.expose_secret());
        let mut id = [0; KEY_ID_LENGTH];
        id.copy_from_slice(&digest[..KEY_ID_LENGTH]);
        Ok(Self {
            key,
            id,
            file: file.to_owned(),
        })
    }
}

/// Creates the file, with a random key and mode 0600, unless it exists.
pub fn ensure_key_file(path: &Path) -> Result<(), Problem> {
    if path.try_exists().map_err(|e| io_problem("read", path, &e))? {
        return Ok(());
    }
    create_key_file(path)
}

/// Creates a key file if nothing exists there, not even a link, and reads it back before it reports success. A failure
/// leaves nothing.
pub fn create_new_key_file(path: &Path) -> Result<(), Problem> {
    let text = random_key_text()?;
    write_draft(path, text.as_bytes()).map_err(|e| io_problem("create", path, &e))?;
    let lasting = sync_folder_of(path).map_err(|e| io_problem("create", path, &e));
    let whole = lasting.and_then(|()| {
        let read = MasterKey::read(path)?;
        let same = BASE64_STANDARD.encode(read.key.expose_secret()) == text.trim_end();
        same.then_some(()).ok_or_else(|| {
            let changed = io::Error::other("it reads back as something else");
            io_problem("create", path, &changed)
        })
    });
    if whole.is_err() {
        // It is ours: nothing was there a moment ago.
        let _ = fs::remove_file(path);
    }
    whole
}

/// Whether the file is a master key that could be opened.
pub fn is_key_file(path: &Path) -> bool {
    let plain = fs::symlink_metadata(path).is_ok_and(|facts| facts.is_file());
    plain && MasterKey::read(path).is_ok()
}

/// Puts the key file `new` in the place of `old`, as one step.
pub fn replace_key_file(new: &Path, old: &Path) -> Result<(), Problem> {
    fs::rename(new, old)
        .and_then(|()| sync_folder_of(old))
        .map_err(|e| io_problem("replace", old, &e))
}

/// Whether systemd keeps the file (`LoadCredential=`): it can be read there and nothing else.
pub fn is_credential(path: &Path) -> bool {
    path.starts_with("/run") && path.components().any(|part| part.as_os_str() == "credentials")
}

/// The mode bits that must not be set. systemd lets a service's user read a credential by an access list, which shows
/// as a right of the group.
fn forbidden_mode(path: &Path) -> u32 {
    if is_credential(path) { 0o037 } else { 0o077 }
}

fn read_key_file(path: &Path) -> Result<SecretBox<[u8; KEY_LENGTH]>, Problem> {
    let malformed = || {
        Problem::new(
            Code::MasterKeyInvalid,
            format!(
                "`{}` is not a master key file: it must hold 32 bytes in base64",
                path.display()
            ),
            "Restore the right file. Do not create a new one for an existing database: its secrets would be \
             lost.",
        )
    };
    // Opening a pipe would wait for a writer.
    let kind = fs::metadata(path).map_err(|e| io_problem("read", path, &e))?;
    if !kind.is_file() {
        return Err(malformed());
    }
    let mut file = fs::File::open(path).map_err(|e| io_problem("read", path, &e))?;
    // Asked of the open file, so that it cannot be exchanged between the check and the read.
    let facts = file.metadata().map_err(|e| io_problem("read", path, &e))?;
    if !facts.is_file() || facts.len() > LONGEST_KEY_FILE {
        return Err(malformed());
    }
    let mode = facts.permissions().mode() & 0o777;
    if mode & forbidden_mode(path) != 0 {
        return Err(Problem::new(
            Code::MasterKeyInvalid,
            format!(
                "Users other than its owner can read or write the master key file `{}` (mode {mode:04o})",
                path.display()
            ),
            format!(
                "Run `chmod 600 '{}'`; if other users could have read it, treat its secrets as compromised.",
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
    let text = random_key_text()?;
    let mut suffix = [0_u8; 8];
    getrandom::fill(&mut suffix).map_err(no_random)?;
    let draft = folder_of(path).join(format!(".master-key-{}", x509::hex_upper(&suffix)));
    let placed = write_draft(&draft, text.as_bytes()).and_then(|()| match fs::hard_link(&draft, path) {
        Err(e) if e.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        other => other,
    });
    let removed = fs::remove_file(&draft);
    placed.and(removed).map_err(|e| io_problem("create", path, &e))?;
    sync_folder_of(path).map_err(|e| io_problem("create", path, &e))
}

fn random_key_text() -> Result<Zeroizing<String>, Problem> {
    let mut key = Zeroizing::new([0_u8; KEY_LENGTH]);
    getrandom::fill(key.as_mut_slice()).map_err(no_random)?;
    let mut text = Zeroizing::new(BASE64_STANDARD.encode(key.as_slice()));
    text.push('\n');
    Ok(text)
}

fn no_random(_: getrandom::Error) -> Problem {
    Problem::internal("The operating system returned no random numbers")
}

fn sync_folder_of(path: &Path) -> io::Result<()> {
    fs::File::open(folder_of(path)).and_then(|f| f.sync_all())
}

fn folder_of(path: &Path) -> &Path {
    path.parent()
        .filter(|p| !p.as_os_str().is_empty())
        .unwrap_or(Path::new("."))
}

fn write_draft(draft: &Path, text: &[u8]) -> io::Result<()> {
    let mut file = fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(draft)?;
    let written = file.write_all(text).and_then(|()| file.sync_all());
    if written.is_err() {
        // A torn file must not block anything: it did not exist before.
        let _ = fs::remove_file(draft);
    }
    written
}

fn io_problem(verb: &str, path: &Path, error: &io::Error) -> Problem {
    Problem::new(
        Code::MasterKeyUnavailable,
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
    use crate::Vault;
    use coldkeep_core::Kind;

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
    fn systemd_s_credentials_may_show_a_right_of_the_group() {
        for (path, forbidden) in [
            ("/run/credentials/coldkeep.service/coldkeep-master-key", 0o037),
            (
                "/run/user/1000/credentials/coldkeep.service/coldkeep-master-key",
                0o037,
            ),
            ("/var/lib/credentials/master.key", 0o077),
            ("/run/coldkeep/master.key", 0o077),
        ] {
            assert_eq!(forbidden_mode(Path::new(path)), forbidden, "{path}");
        }
    }
}
