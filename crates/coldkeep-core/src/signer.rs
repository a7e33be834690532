//! The seam between keys and the wire: something that signs with a certificate's private key.

use crate::Problem;

/// How a client assertion is signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SigningAlgorithm {
    /// RSASSA-PSS with SHA-256: what Entra's documentation asks for today.
    Ps256,
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    Rs256,
}

/// Signs with the private key of one certificate, wherever that key is.
pub trait AssertionSigner: Send + Sync + std::fmt::Debug {
    /// The certificate, DER.
    fn certificate_der(&self) -> &[u8];
    /// SHA-1 of the certificate's DER.
    fn thumbprint_sha1(&self) -> [u8; 20];
    /// SHA-256 of the certificate's DER.
    fn thumbprint_sha256(&self) -> [u8; 32];
    /// What the key can do, best first.
    fn algorithms(&self) -> &[SigningAlgorithm];
    /// Signs `input` (hashing it with SHA-256). May block for as long as the key's home takes.
    fn sign(&self, algorithm: SigningAlgorithm, input: &[u8]) -> Result<Vec<u8>, Problem>;
}
