//! New RSA keys with their self-signed certificates.
use crate::KeyMaterial;
use coldkeep_core::{Problem, Timestamp};

/// What a new certificate shall be.
#[derive(Debug, Clone)]
pub struct Generate {
    /// The common name, without `CN=`.
    pub subject_cn: String,
    /// 2048, 3072 or 4096.
    pub key_bits: u32,
    pub valid_days: u32,
    pub now: Timestamp,
}

/// Makes a key and its self-signed certificate. Takes up to a second of processor time: not for an async thread.
pub fn generate(_how: &Generate) -> Result<KeyMaterial, Problem> {
    todo!()
}
