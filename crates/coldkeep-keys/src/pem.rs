//! A certificate and its key from PEM.
use crate::KeyMaterial;
use coldkeep_core::{Problem, SecretString, Timestamp};

/// Reads a certificate (the one the key belongs to) and an unencrypted RSA key (PKCS#8 or PKCS#1).
pub fn read_pem(_certificates: &str, _key: &SecretString, _now: Timestamp) -> Result<KeyMaterial, Problem> {
    todo!()
}
