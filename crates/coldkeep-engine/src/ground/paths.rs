//! Paths of this machine that a caller names.

use coldkeep_core::{Code, Problem};
use std::path::PathBuf;

/// A path that means the same to every caller.
pub(crate) fn absolute(path: &str) -> Result<PathBuf, Problem> {
    let path = PathBuf::from(path);
    if path.is_absolute() {
        return Ok(path);
    }
    Err(Problem::new(
        Code::PathInvalid,
        format!("The path `{}` does not begin with `/`", path.display()),
        "Write the absolute path on the machine that runs Coldkeep.",
    ))
}
