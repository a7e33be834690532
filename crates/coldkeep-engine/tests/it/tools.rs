//! Where the test command installs outside programs.

use std::path::{Path, PathBuf};

/// The folder; in it a folder for each program.
pub fn tools() -> PathBuf {
    std::env::var_os("COLDKEEP_TEST_TOOLS").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/tools"),
        PathBuf::from,
    )
}
