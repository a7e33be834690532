//! Signing with a key in memory.
use crate::KeyMaterial;
use coldkeep_core::{
    Problem,
    signer::{AssertionSigner, SigningAlgorithm},
};

/// Signs with a key held in memory.
#[derive(Debug)]
pub struct MemorySigner;

impl MemorySigner {
    /// Loads the key; refuses one that does not belong to the certificate.
    pub fn new(_material: &KeyMaterial) -> Result<Self, Problem> {
        todo!()
    }
}

impl AssertionSigner for MemorySigner {
    fn certificate_der(&self) -> &[u8] {
        todo!()
    }
    fn thumbprint_sha1(&self) -> [u8; 20] {
        todo!()
    }
    fn thumbprint_sha256(&self) -> [u8; 32] {
        todo!()
    }
    fn algorithms(&self) -> &[SigningAlgorithm] {
        todo!()
    }
    fn sign(&self, _algorithm: SigningAlgorithm, _input: &[u8]) -> Result<Vec<u8>, Problem> {
        todo!()
    }
}
