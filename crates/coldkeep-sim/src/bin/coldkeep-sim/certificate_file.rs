//! The file for the certificate that clients are to trust: rewritten at every start, and never over what is not ours.

use coldkeep_sim::is_own_certificate;
use std::{fs, io, path::Path};

/// Checks, before anything is started, whether the file can be written without losing anything. Errors give the reason.
pub(crate) fn check_certificate_file(path: &Path) -> io::Result<()> {
    match fs::metadata(path) {
        Ok(found) if found.is_dir() => Err(told(path, "it is a folder; specify a file")),
        // A pipe or a terminal has nothing to lose, and reading it would not end.
        Ok(found) if !found.is_file() => Ok(()),
        Ok(_) if is_free(&fs::read(path).map_err(|e| told(path, e))?) => Ok(()),
        Ok(_) => Err(told(
            path,
            "this file exists and is not a certificate of the simulator; specify another, or delete it",
        )),
        Err(error) if error.kind() == io::ErrorKind::NotFound => match path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() && !folder.is_dir() => {
                Err(told(path, "the folder does not exist; create it first"))
            }
            _ => Ok(()),
        },
        Err(error) => Err(told(path, error)),
    }
}

pub(crate) fn write_certificate(path: &Path, pem: &str) -> io::Result<()> {
    fs::write(path, pem).map_err(|e| told(path, e))
}

fn is_free(content: &[u8]) -> bool {
    content.trim_ascii().is_empty() || is_own_certificate(content)
}

fn told(path: &Path, why: impl std::fmt::Display) -> io::Error {
    io::Error::other(format!("--https {}: {why}", path.display()))
}
