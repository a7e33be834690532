//! Signing client assertions with a private key held in memory.

use crate::{KeyMaterial, x509};
use aws_lc_rs::{
    rand::SystemRandom,
    rsa::KeyPair,
    signature::{RSA_PKCS1_SHA256, RSA_PSS_SHA256},
};
use coldkeep_core::{
    Problem,
    signer::{AssertionSigner, SigningAlgorithm},
};

/// Signs with a key in memory, in constant time.
pub struct MemorySigner {
    pair: KeyPair,
    certificate_der: Vec<u8>,
}

impl MemorySigner {
    /// Loads the key; refuses one that does not belong to the certificate.
    pub fn new(material: &KeyMaterial) -> Result<Self, Problem> {
        Ok(Self {
            pair: material.key_pair()?,
            certificate_der: material.certificate_der.clone(),
        })
    }
}

impl std::fmt::Debug for MemorySigner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MemorySigner")
            .field("thumbprint_sha1", &x509::hex_upper(&self.thumbprint_sha1()))
            .finish_non_exhaustive()
    }
}

impl AssertionSigner for MemorySigner {
    fn certificate_der(&self) -> &[u8] {
        &self.certificate_der
    }

    fn thumbprint_sha1(&self) -> [u8; 20] {
        x509::thumbprint_sha1(&self.certificate_der)
    }

    fn thumbprint_sha256(&self) -> [u8; 32] {
        x509::thumbprint_sha256(&self.certificate_der)
    }

    fn algorithms(&self) -> &[SigningAlgorithm] {
        &[SigningAlgorithm::Ps256, SigningAlgorithm::Rs256]
    }

    fn sign(&self, algorithm: SigningAlgorithm, input: &[u8]) -> Result<Vec<u8>, Problem> {
        let padding: &'static dyn aws_lc_rs::signature::RsaEncoding = match algorithm {
            SigningAlgorithm::Ps256 => &RSA_PSS_SHA256,
            SigningAlgorithm::Rs256 => &RSA_PKCS1_SHA256,
        };
        let mut signature = vec![0; self.pair.public_modulus_len()];
        self.pair
            .sign(padding, &SystemRandom::new(), input, &mut signature)
            .map_err(|_| Problem::internal("A signature could not be created"))?;
        Ok(signature)
    }
}
