//! The restored folder. Every step down is taken from an open folder and follows no link, so that nothing is ever
//! written outside, whatever existed there before or appears meanwhile.

use coldkeep_core::{Code, Problem, System, file_names::OWN_FOLDER, fix, problem::Allowance};
use rustix::{
    fs::{AtFlags, Mode, OFlags, RenameFlags, mkdirat, openat, renameat, renameat_with, statat, unlinkat},
    io::Errno,
};
use std::{
    fs::File,
    io,
    os::{fd::OwnedFd, unix::ffi::OsStrExt},
    path::{Path, PathBuf},
};

/// The folder that is restored into, and Coldkeep's own below it.
#[derive(Debug)]
pub struct Tree {
    path: PathBuf,
    root: OwnedFd,
    /// `.coldkeep/tmp`: files are written here and renamed.
    temp: OwnedFd,
    overwrite: bool,
}

impl Tree {
    /// Creates or opens the folder. One that is not empty is refused unless its files may be replaced.
    pub fn open(dir: &Path, overwrite: bool) -> Result<Self, Problem> {
        let failed = |e: io::Error| {
            Problem::new(
                if e.kind() == io::ErrorKind::PermissionDenied {
                    Code::FilePermissionMissing
                } else {
                    Code::FileUnwritable
                },
                format!("The folder `{}` cannot be restored into ({e})", dir.display()),
                "Choose a folder that this user is allowed to write to.",
            )
            .in_system(file_system())
        };
        std::fs::create_dir_all(dir).map_err(failed)?;
        let path = dir.canonicalize().map_err(failed)?;
        if !overwrite && std::fs::read_dir(&path).map_err(failed)?.next().is_some() {
            return Err(Problem::new(
                Code::RestoreDestinationOccupied,
                format!("The folder `{}` is not empty", dir.display()),
                fix![
                    "Choose an empty or new folder, or allow replacing the files in it (",
                    Allowance::Overwrite,
                    ")."
                ],
            )
            .in_system(file_system()));
        }
        let root = File::open(&path).map_err(failed)?.into();
        let own = descend(&root, OWN_FOLDER).map_err(|e| failed(e.into()))?;
        descend(&own, "names").map_err(|e| failed(e.into()))?;
        let temp = descend(&own, "tmp").map_err(|e| failed(e.into()))?;
        Ok(Self {
            path,
            root,
            temp,
            overwrite,
        })
    }

    /// The length of the folder's own path.
    pub fn path_bytes(&self) -> usize {
        self.path.as_os_str().as_bytes().len()
    }

    /// Whether the file system takes names that differ in case or in the writing of an accent for the same one.
    pub fn folds_names(&self) -> Result<bool, Problem> {
        let probe = |name: &str| statat(&self.temp, name, AtFlags::SYMLINK_NOFOLLOW).is_ok();
        let mut folds = false;
        for (made, other) in [("probe-a", "probe-A"), ("probe-\u{e9}", "probe-e\u{301}")] {
            match self.create(made) {
                Ok(file) => drop(file),
                // A file system that cannot hold the name at all.
                Err(Errno::INVAL | Errno::ILSEQ) => return Ok(true),
                Err(e) => return Err(self.problem(made, e)),
            }
            folds |= probe(other);
            let _ = unlinkat(&self.temp, made, AtFlags::empty());
        }
        Ok(folds)
    }

    /// A new file to write to, under a number of its own.
    pub fn start(&self, number: u64) -> Result<File, Problem> {
        let name = number.to_string();
        self.create(&name).map_err(|e| self.problem(&name, e))
    }

    /// Never opens what is there: it could be a link, or have another name elsewhere.
    fn create(&self, name: &str) -> Result<File, Errno> {
        match unlinkat(&self.temp, name, AtFlags::empty()) {
            Ok(()) | Err(Errno::NOENT) => {}
            Err(e) => return Err(e),
        }
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        Ok(openat(&self.temp, name, flags, Mode::from_raw_mode(0o666))?.into())
    }

    /// Gives a file that is written its place, making the folders on the way.
    pub fn put(&self, number: u64, path: &str) -> Result<(), Problem> {
        self.rename(&number.to_string(), path)
            .map_err(|e| self.problem(path, e))
    }

    /// Creates a folder and its parents; they may exist.
    pub fn make_folder(&self, path: &str) -> Result<(), Problem> {
        let mut folder: Option<OwnedFd> = None;
        for part in path.split('/') {
            folder = Some(
                descend(folder.as_ref().unwrap_or(&self.root), part).map_err(|e| self.problem(path, e))?,
            );
        }
        Ok(())
    }

    fn rename(&self, from: &str, path: &str) -> Result<(), Errno> {
        let mut parts: Vec<&str> = path.split('/').collect();
        let name = parts.pop().unwrap_or_default();
        let mut folder: Option<OwnedFd> = None;
        for part in parts {
            folder = Some(descend(folder.as_ref().unwrap_or(&self.root), part)?);
        }
        let folder = folder.as_ref().unwrap_or(&self.root);
        if self.overwrite {
            return renameat(&self.temp, from, folder, name);
        }
        match renameat_with(&self.temp, from, folder, name, RenameFlags::NOREPLACE) {
            // Some network file systems cannot do both in one step.
            Err(Errno::INVAL | Errno::NOSYS) => match statat(folder, name, AtFlags::SYMLINK_NOFOLLOW) {
                Err(Errno::NOENT) => renameat(&self.temp, from, folder, name),
                Ok(_) => Err(Errno::EXIST),
                Err(e) => Err(e),
            },
            done => done,
        }
    }

    /// Forgets a file that was not written to its end.
    pub fn discard(&self, number: u64) {
        let _ = unlinkat(&self.temp, number.to_string(), AtFlags::empty());
    }

    /// Everything to the disk, and the working folder away.
    pub fn finish(&self) -> Result<(), Problem> {
        if let Ok(own) = descend(&self.root, OWN_FOLDER) {
            let _ = unlinkat(&own, "tmp", AtFlags::REMOVEDIR);
            // Stays if a name is in it.
            let _ = unlinkat(&own, "names", AtFlags::REMOVEDIR);
        }
        rustix::fs::syncfs(&self.root).map_err(|e| self.problem("", e))
    }

    /// What makes continuing pointless is `Kind::Cancelled`.
    pub fn problem(&self, path: &str, error: impl Into<io::Error>) -> Problem {
        let error = error.into();
        let what = format!("`{}` cannot be written ({error})", self.path.join(path).display());
        let through_link = [Errno::NOTDIR, Errno::LOOP]
            .iter()
            .any(|e| error.raw_os_error() == Some(e.raw_os_error()));
        let problem = match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::ReadOnlyFilesystem => {
                Problem::new(
                    Code::RestoreDestinationStopped,
                    what,
                    fix![
                        "Free some disk space, or choose another folder, and restore again, with ",
                        Allowance::Overwrite,
                        "."
                    ],
                )
            }
            _ if through_link => Problem::new(
                Code::RestoreDestinationOccupied,
                what,
                "Its path contains a file or a link, and Coldkeep does not write through links: move it, or \
                 choose an empty folder.",
            ),
            io::ErrorKind::AlreadyExists | io::ErrorKind::IsADirectory | io::ErrorKind::DirectoryNotEmpty => {
                Problem::new(
                    Code::RestoreDestinationOccupied,
                    what,
                    "Something else has that name: move it, or choose an empty folder.",
                )
            }
            io::ErrorKind::PermissionDenied => Problem::new(
                Code::FilePermissionMissing,
                what,
                "Give this user permission to write to the folder.",
            ),
            _ => Problem::new(
                Code::FolderUnusable,
                what,
                "Check the file system, and restore again.",
            ),
        };
        problem.in_system(file_system())
    }
}

/// The subfolder with that name, created if it does not exist; never through a link.
fn descend(folder: &OwnedFd, name: &str) -> Result<OwnedFd, Errno> {
    match mkdirat(folder, name, Mode::from_raw_mode(0o777)) {
        Ok(()) | Err(Errno::EXIST) => {}
        Err(e) => return Err(e),
    }
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    openat(folder, name, flags, Mode::empty())
}

fn file_system() -> System {
    System {
        name: "this machine's file system".into(),
        ..System::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{io::Write, os::unix::fs::symlink};

    fn put_file(tree: &Tree, number: u64, path: &str) -> Result<(), Problem> {
        tree.start(number)?.write_all(path.as_bytes()).unwrap();
        tree.put(number, path)
    }

    #[test]
    fn files_get_their_places_and_nothing_is_left_over() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().join("new/deep");
        let tree = Tree::open(&root, false).unwrap();
        assert!(!tree.folds_names().unwrap());
        put_file(&tree, 1, "a/b/c").unwrap();
        put_file(&tree, 2, "d").unwrap();
        assert_eq!(
            put_file(&tree, 3, "d").unwrap_err().code,
            Code::RestoreDestinationOccupied,
            "nothing is replaced unasked"
        );
        tree.discard(3);
        tree.finish().unwrap();
        assert_eq!(std::fs::read_to_string(root.join("a/b/c")).unwrap(), "a/b/c");
        assert_eq!(std::fs::read_dir(root.join(".coldkeep")).unwrap().count(), 0);
    }

    #[test]
    fn a_folder_with_something_in_it_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("x"), "").unwrap();
        let problem = Tree::open(dir.path(), false).unwrap_err();
        assert_eq!(problem.code, Code::RestoreDestinationOccupied);
        assert_eq!(
            problem.allowances().collect::<Vec<_>>(),
            [coldkeep_core::problem::Allowance::Overwrite]
        );
        assert!(!dir.path().join(".coldkeep").exists());
        Tree::open(dir.path(), true).unwrap();
    }

    #[test]
    fn links_lead_nowhere() {
        let dir = tempfile::tempdir().unwrap();
        let (outside, root) = (dir.path().join("outside"), dir.path().join("root"));
        std::fs::create_dir_all(&outside).unwrap();
        std::fs::create_dir_all(&root).unwrap();
        std::fs::write(outside.join("f"), "theirs").unwrap();
        symlink(&outside, root.join("folder")).unwrap();
        symlink(outside.join("f"), root.join("file")).unwrap();
        let tree = Tree::open(&root, true).unwrap();
        assert_eq!(
            put_file(&tree, 1, "folder/new").unwrap_err().code,
            Code::RestoreDestinationOccupied
        );
        assert_eq!(
            put_file(&tree, 2, "folder/f").unwrap_err().code,
            Code::RestoreDestinationOccupied
        );
        put_file(&tree, 3, "file").unwrap();
        assert_eq!(
            std::fs::read_to_string(root.join("file")).unwrap(),
            "file",
            "the link itself is replaced"
        );
        assert_eq!(std::fs::read_to_string(outside.join("f")).unwrap(), "theirs");
        assert_eq!(std::fs::read_dir(&outside).unwrap().count(), 1);
    }

    #[test]
    fn coldkeeps_own_folder_may_be_no_link_either() {
        let dir = tempfile::tempdir().unwrap();
        let (outside, root) = (dir.path().join("outside"), dir.path().join("root"));
        std::fs::create_dir_all(&outside).unwrap();
        std::fs::create_dir_all(&root).unwrap();
        symlink(&outside, root.join(".coldkeep")).unwrap();
        assert!(Tree::open(&root, true).is_err());
        assert_eq!(std::fs::read_dir(&outside).unwrap().count(), 0);
    }
}
