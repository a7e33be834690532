//! The master key's file: the given one, the remembered one, or the default beside the database.

use crate::Config;
use coldkeep_core::{Code, Problem, System, fix, problem::Field};
use coldkeep_keys::{Vault, is_credential};
use coldkeep_store::Sealed;
use std::{
    ffi::OsString,
    fs, io,
    os::unix::ffi::{OsStrExt, OsStringExt},
    path::{Path, PathBuf},
};

/// In the data folder: the path of the master key, if it is not here.
const REMEMBERED: &str = "master-key-file";

/// Opens the vault that belongs to the database. A new key is created only for a database without secrets: for any other
/// it would lock their owner out, or split the secrets among two keys.
pub(super) fn check_belongs(vault: &Vault, sealed: &[Sealed]) -> Result<(), Problem> {
    if sealed.is_empty() || sealed.iter().any(|s| vault.is_current(&s.sealed)) {
        return Ok(());
    }
    Err(Problem::new(
        Code::MasterKeyWrong,
        format!(
            "The database's secrets are sealed with another master key than the one in `{}`",
            vault.key_file().display()
        ),
        fix![
            "Name the master key's file (",
            Field::MasterKeyFile,
            "), or put the right key there. Without it the secrets cannot be read."
        ],
    ))
}

pub(super) fn refuse_missing(file: &Path, sealed: &[Sealed]) -> Result<(), Problem> {
    let there = file.try_exists().map_err(|e| failed("read", file, &e))?;
    if there || sealed.is_empty() {
        return Ok(());
    }
    Err(Problem::new(
        Code::MasterKeyMissing,
        format!(
            "The master key `{}` is missing, and the database holds {} secrets that only this key can \
             decrypt",
            file.display(),
            sealed.len()
        ),
        fix![
            "Put it back, or name its file (",
            Field::MasterKeyFile,
            "; for a service started by systemd: LoadCredential=). No new key was created."
        ],
    ))
}

/// Whether a new key may be put there: where nothing is yet, not even a link, in a folder that is there, and where it is
/// found again.
pub(super) fn check_new(to: &Path, data_dir: &Path) -> Result<(), Problem> {
    let refuse = |why: &str, next: &str| {
        Err(Problem::new(
            Code::MasterKeyInvalid,
            format!("The new master key cannot be put at `{}`: {why}", to.display()),
            format!("{next} Nothing was changed."),
        ))
    };
    // The name is kept as one line.
    if to.to_string_lossy().contains(char::is_control) {
        return refuse("its name holds control characters", "Choose another name.");
    }
    let (Some(folder), Some(name)) = (to.parent(), to.file_name()) else {
        return refuse("it is not the name of a file", "Write the whole path of a file.");
    };
    match fs::symlink_metadata(to) {
        Ok(_) => {
            return Err(Problem::new(
                Code::MasterKeyPathTaken,
                format!("`{}` exists already", to.display()),
                "Name a file that does not exist (or remove this one, if an earlier attempt left it). \
                 Nothing was changed.",
            ));
        }
        Err(e) if e.kind() == io::ErrorKind::NotFound => {}
        Err(e) => return Err(failed("look at", to, &e)),
    }
    let folder = match folder.canonicalize() {
        Ok(folder) if folder.is_dir() => folder,
        _ => {
            return refuse(
                "its folder does not exist",
                "Create the folder first, or name another.",
            );
        }
    };
    if is_credential(to) || is_credential(&folder.join(name)) {
        return refuse(
            "systemd manages the files there",
            "Name a file elsewhere, then give it to the service (LoadCredential=).",
        );
    }
    // Other files of the data folder have a meaning of their own, and only this one is looked for there.
    let inside = folder.starts_with(data_dir.canonicalize().unwrap_or_else(|_| data_dir.to_owned()));
    if inside && folder.join(name) != data_dir.canonicalize().unwrap_or_default().join("master.key") {
        return refuse(
            "it is inside the data folder",
            "Choose a file outside the data folder; only `master.key` can be inside.",
        );
    }
    Ok(())
}

/// The file to look for.
pub(super) fn key_file(config: &Config) -> Result<PathBuf, Problem> {
    if let Some(file) = &config.master_key_file {
        return Ok(file.clone());
    }
    let note = config.data_dir.join(REMEMBERED);
    match fs::read(&note) {
        Ok(path) => {
            let path = path.strip_suffix(b"\n").unwrap_or(&path).to_vec();
            Ok(PathBuf::from(OsString::from_vec(path)))
        }
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(config.data_dir.join("master.key")),
        Err(e) => Err(failed("read", &note, &e)),
    }
}

/// So that it need not be given each time.
pub(super) fn remember(config: &Config, file: &Path) -> Result<(), Problem> {
    // The same name means another file for each service, and none where no service runs.
    if is_credential(file) {
        return Ok(());
    }
    let note = config.data_dir.join(REMEMBERED);
    if is_within(file, &config.data_dir) {
        return remove(&note);
    }
    let path = [file.as_os_str().as_bytes(), b"\n"].concat();
    if fs::read(&note).is_ok_and(|known| known == path) {
        return Ok(());
    }
    write_whole(&note, &path)
}

/// Readers see the old content or the new one, also after a crash.
pub(super) fn write_whole(path: &Path, content: &[u8]) -> Result<(), Problem> {
    let draft = path.with_extension("draft");
    let written = || {
        let mut file = fs::File::create(&draft)?;
        io::Write::write_all(&mut file, content)?;
        file.sync_all()?;
        fs::rename(&draft, path)?;
        fs::File::open(path.parent().unwrap_or(Path::new("/")))?.sync_all()
    };
    written().map_err(|e| {
        let _ = fs::remove_file(&draft);
        failed("write", path, &e)
    })
}

/// It may be gone already.
pub(super) fn remove(path: &Path) -> Result<(), Problem> {
    match fs::remove_file(path) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => Err(failed("remove", path, &e)),
        _ => Ok(()),
    }
}

/// Whether a file is in a folder or below, also through links.
pub(crate) fn is_within(file: &Path, folder: &Path) -> bool {
    let real = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
    real(file).starts_with(real(folder))
}

pub(super) fn failed(verb: &str, path: &Path, error: &io::Error) -> Problem {
    Problem::new(
        Code::MasterKeyUnavailable,
        format!("Coldkeep cannot {verb} `{}`", path.display()),
        "Check that the folder exists and belongs to the user that runs Coldkeep.",
    )
    .in_system(System {
        name: "the file system".into(),
        message: Some(error.to_string()),
        ..System::default()
    })
}
