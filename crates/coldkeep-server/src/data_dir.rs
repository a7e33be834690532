//! The data folder: readable only by its owner, and used by one process.

use coldkeep_core::{Code, Problem, System, fix, problem::Field};
use std::{
    fs::{File, OpenOptions, TryLockError},
    io,
    os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
};

/// Coldkeep's data folder.
#[derive(Debug, Clone)]
pub struct DataDir {
    path: PathBuf,
}

/// Held by the one process that runs the server of a data folder; released when dropped, or when the process ends
/// for any reason.
#[derive(Debug)]
pub struct DataDirLock {
    _file: File,
}

impl DataDir {
    /// Creates the folder (mode 0700) if it does not exist; refuses one that other users can write to.
    pub fn prepare(path: &Path) -> Result<Self, Problem> {
        std::fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(path)
            .map_err(|e| failed("made", path, &e))?;
        let path = path.canonicalize().map_err(|e| failed("used", path, &e))?;
        let mode = std::fs::metadata(&path)
            .map_err(|e| failed("used", &path, &e))?
            .permissions()
            .mode();
        if mode & 0o022 != 0 {
            return Err(Problem::new(
                Code::DataDirNotPrivate,
                format!(
                    "Other users can write to the data folder `{}` (mode {:o})",
                    path.display(),
                    mode & 0o777
                ),
                format!("Run `chmod 700 {}`, or choose another folder.", path.display()),
            )
            .in_system(data_folder()));
        }
        Ok(Self { path })
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The Unix socket of the process that holds the folder.
    pub fn socket(&self) -> PathBuf {
        self.path.join("coldkeep.sock")
    }

    /// The bearer token for TCP.
    pub fn token_file(&self) -> PathBuf {
        self.path.join("api.token")
    }

    /// Takes the folder's lock; none if another process has it.
    pub fn try_lock(&self) -> Result<Option<DataDirLock>, Problem> {
        let path = self.path.join("lock");
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .mode(0o600)
            .open(&path)
            .map_err(|e| failed("locked", &self.path, &e))?;
        match file.try_lock() {
            Ok(()) => Ok(Some(DataDirLock { _file: file })),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(e)) => Err(failed("locked", &self.path, &e)),
        }
    }
}

fn failed(what: &str, path: &Path, error: &io::Error) -> Problem {
    Problem::new(
        if error.kind() == io::ErrorKind::PermissionDenied {
            Code::DataDirNotWritable
        } else {
            Code::DataDirUnusable
        },
        format!("The data folder `{}` cannot be {what} ({error})", path.display()),
        fix![
            "Choose a folder that this user is allowed to write to (",
            Field::DataDir,
            ", or COLDKEEP_DATA_DIR)."
        ],
    )
    .in_system(data_folder())
}

pub(crate) fn data_folder() -> System {
    System {
        name: "the data folder".into(),
        ..System::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use coldkeep_core::Kind;

    #[test]
    fn one_process_at_a_time_and_nobody_else() {
        let dir = tempfile::tempdir().unwrap();
        let data = DataDir::prepare(&dir.path().join("a/b")).unwrap();
        let mode = std::fs::metadata(data.path()).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o700);
        let lock = data.try_lock().unwrap().expect("the lock is free");
        assert!(data.try_lock().unwrap().is_none());
        drop(lock);
        assert!(data.try_lock().unwrap().is_some());
    }

    #[test]
    fn a_folder_that_others_may_write_to_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::set_permissions(dir.path(), std::fs::Permissions::from_mode(0o777)).unwrap();
        assert_eq!(DataDir::prepare(dir.path()).unwrap_err().kind, Kind::Denied);
    }
}
