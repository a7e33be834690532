//! Secrets at rest.
use coldkeep_core::{Problem, SecretSlice};
use std::path::Path;

/// Encrypts what must not lie about in plain.
#[derive(Debug)]
pub struct Vault;

impl Vault {
    /// Reads the master key from `key_file`, which is made the first time; refused if others can read it.
    pub fn open(_key_file: &Path) -> Result<Self, Problem> {
        todo!()
    }
    /// Encrypts `plain` so that only `unseal` with the same `bound_to` gives it back.
    pub fn seal(&self, _bound_to: &str, _plain: &[u8]) -> Result<Vec<u8>, Problem> {
        todo!()
    }
    /// The reverse of `seal`.
    pub fn unseal(&self, _bound_to: &str, _sealed: &[u8]) -> Result<SecretSlice<u8>, Problem> {
        todo!()
    }
}
