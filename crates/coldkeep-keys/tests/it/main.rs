//! Reads files that other programs wrote, and has signatures checked by somebody else.

mod disguises;
mod export;
mod folders;
mod pem;
mod pfx;
mod signing;

use coldkeep_core::Timestamp;
use std::path::Path;

/// A file of `tests/fixtures`.
fn fixture(name: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures")
        .join(name);
    std::fs::read(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

fn text(name: &str) -> String {
    String::from_utf8(fixture(name)).unwrap()
}

/// All fixtures are valid then.
fn now() -> Timestamp {
    "2030-01-01T00:00:00Z".parse().unwrap()
}
