//! Files that only their owner reads, and errors that name them.

use std::{
    fmt,
    fs::{File, OpenOptions},
    io,
    os::unix::fs::OpenOptionsExt as _,
    path::Path,
};

/// Files that only their owner can read: keys are in them, if only to this simulator.
pub(crate) fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.mode(0o600);
    options
}

pub(crate) fn create(path: &Path) -> io::Result<File> {
    private().write(true).create(true).truncate(true).open(path)
}

/// An error with its path.
pub(crate) fn at(path: &Path, why: impl fmt::Display) -> io::Error {
    io::Error::other(format!("{}: {why}", path.display()))
}
