//! A lenient reader of PFX (PKCS#12) files.
use crate::KeyMaterial;
use coldkeep_core::{Problem, SecretString, Timestamp};

/// Reads the key and its certificate. `which` (friendly name or thumbprint) chooses where the file holds several keys.
pub fn read_pfx(
    _bytes: &[u8],
    _password: Option<&SecretString>,
    _which: Option<&str>,
    _now: Timestamp,
) -> Result<KeyMaterial, Problem> {
    todo!()
}
